"""How the program is attacked: whole, or narrowed first; bounds are proofs whatever the route."""

from planner.methods.choose import METHODS, solve_near, solve_one_of_many, solve_program
from planner.methods.known import Known, known_of_plan
from planner.methods.result import Certificate, CutRecord, MethodResult, MethodSettings

__all__ = [
    "METHODS", "Certificate", "CutRecord", "Known", "MethodResult", "MethodSettings", "known_of_plan", "solve_near",
    "solve_one_of_many", "solve_program",
]  # fmt: skip
