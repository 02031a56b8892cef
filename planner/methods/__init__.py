"""How the program is attacked: whole, or narrowed first; bounds are proofs whatever the route."""

from planner.methods.choose import METHODS, solve_program
from planner.methods.result import MethodResult, MethodSettings

__all__ = ["METHODS", "MethodResult", "MethodSettings", "solve_program"]
