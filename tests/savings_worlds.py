"""Worlds with savings plans, small enough to say the optimum in a sentence, and a solved instance."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd

from planner.options.coefficients import Coefficients
from tests.plan.solved import solved_plan
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world


def plan_rows(plan: str, offers: list[str], term_periods: int, discount_share: float) -> list[dict[str, object]]:
    """Returns the rows of a savings plan."""
    fixed = {"savings_plan": plan, "term_periods": term_periods, "discount_share": discount_share}
    return [{**fixed, "offer": offer, "source": "estimate", "source_note": "a guess"} for offer in offers]


def promised(discount_share: float = 0.6, terminal_use_share: float = 0.5) -> Coefficients:
    """The tiny world with nothing reserved and a plan of two periods on its nodes (2, 1, 3, 1 of them, 400 usd a slot each)."""
    made = tiny(terminal_use_share)
    kept = {n: getattr(made, n)[getattr(made, n)["offer"] != "re"] for n in ("offers", "prices", "supply", "sites")}
    return made.with_tables(**kept, savings_plans=pd.DataFrame(plan_rows("p/two", ["od"], 2, discount_share)))


def moving() -> Coefficients:
    """A node of kind T for `chat` in q1, one of kind U for `code` in q2, 4 usd/h on demand; a plan at half price covers both."""
    prices = price_rows("t", ["q1", "q2"], 4.0) + price_rows("u", ["q1", "q2"], 4.0)
    made = world(
        [option_row("o1", "2xT", 1), option_row("o2", "2xU", 1)], [rate_row("chat", "o1", 5.0), rate_row("code", "o2", 5.0)],
        [offer_row("t", "2xT", 2), offer_row("u", "2xU", 2)], prices,
        {("chat", "q1", "day"): 4.0, ("chat", "q2", "day"): 0.0, ("code", "q1", "day"): 0.0, ("code", "q2", "day"): 4.0},
        {("q1", "day"): 200.0, ("q2", "day"): 200.0},
    )  # fmt: skip
    return made.with_tables(savings_plans=pd.DataFrame(plan_rows("p/half", ["t", "u"], 2, 0.5)))


QUARTERS = [{"period": f"q{i}", "hours": 2190} for i in (1, 2, 3, 4)]


@cache
def solved() -> Path:
    """A plan of four quarters on aws in which a savings plan is signed; by day twice as many nodes run as by night."""
    rows = [f"chat,q{i},{b},{v}" for i in (1, 2, 3, 4) for b, v in (("day", 1200), ("night", 700))]
    changes: dict[str, Any] = {
        "horizon.periods": QUARTERS, "supply.terms": ["on_demand", "savings_plan"], "money.discount_rate_per_year": 0.1,
        "supply.price_change_per_year": {"default": -0.1},
    }  # fmt: skip
    demand = "\n".join(["workload,period,block,requests_per_s", *rows, ""])
    return solved_plan(Path(mkdtemp()), changes, {"demand.csv": demand})
