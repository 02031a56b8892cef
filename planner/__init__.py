"""Plans LLM inference fleets: which accelerators, where, on which contract, serving what, at least cost, with a proof.

>>> import planner  # loads neither pyomo nor a solver
"""

__version__ = "0.1.0"
