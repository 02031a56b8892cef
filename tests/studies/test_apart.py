"""Parts alike in both programs cancel out of their difference; what is asked about one part is asked of it alone."""

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.solvers import Settings, solve_here
from planner.studies.apart import changed
from planner.studies.forced import Memory, Program
from planner.studies.why_not import why_not
from planner.studies.worth import RightSide, raised, worth
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=0.0, time_limit_s=30.0, threads=1)
DAY = ("q1", "day")
PRICES = {"t": 4.0, "r": 6.0, "h": 10.0, "i": 90.0, "j": 90.0}


def islands():
    """Two workloads that share nothing: chat on T or R (5 requests/s a replica), code on H, I or J (10)."""
    return world(
        [option_row("t", "2xT", 1), option_row("r", "2xR", 1), *(option_row(o, f"2x{o.upper()}", 1) for o in "hij")],
        [rate_row("chat", "t", 5.0), rate_row("chat", "r", 5.0), *(rate_row("code", o, 10.0) for o in "hij")],
        [offer_row(f"od-{o}", f"2x{o.upper()}", 2) for o in "trhij"],
        [row for o, usd in PRICES.items() for row in price_rows(f"od-{o}", ["q1"], usd)],
        {("chat", *DAY): 16.0, ("code", *DAY): 38.0},
        {DAY: 100.0},
    )


def least_usd(compiled) -> float:
    return solve_here(compiled.problem, Settings(relative_gap=0.0, threads=1, log=False)).objective


def test_a_part_that_did_not_change_is_left_out_and_the_difference_is_that_of_the_whole():
    before = Program.of(islands())
    after = Program.of(raised(islands(), RightSide("demand", ("code", *DAY), "requests/s", 100.0)))
    pair = changed(before.compiled, after.compiled)

    assert {index[0] for name, index in pair.before.columns if name == "serve"} == {"code"}
    assert pair.before.columns == pair.after.columns
    whole = least_usd(after.compiled) - least_usd(before.compiled)
    assert least_usd(pair.after) - least_usd(pair.before) == pytest.approx(whole)
    assert whole > 1000.0


def test_a_price_of_one_part_leaves_that_part_alone():
    before = Program.of(islands())
    prices = islands().prices
    dearer = islands().with_tables(
        prices=prices.assign(usd_per_hour=prices["usd_per_hour"].where(prices["offer"] != "od-h", 12.0))
    )
    pair = changed(before.compiled, Program.of(dearer).compiled)

    assert {index[0] for name, index in pair.after.columns if name == "rent"} == {"od-h", "od-i", "od-j"}
    assert least_usd(pair.after) - least_usd(pair.before) == pytest.approx(3 * 2.0 * 100)


def test_programs_that_are_alike_have_nothing_in_which_they_differ():
    pair = changed(Program.of(islands()).compiled, Program.of(islands()).compiled)

    assert pair.before.problem.columns == pair.after.problem.columns == 0


def test_programs_in_one_piece_stay_whole():
    program = Program.of(islands())
    row = dict.fromkeys(range(program.compiled.problem.columns), 1.0)
    tied = program.with_rows([(row, 0.0, np.inf)])
    looser = program.with_rows([(row, -1.0, np.inf)])
    pair = changed(tied, looser)

    assert (pair.before, pair.after) == (tied, looser)


def test_a_wide_gap_of_the_plan_does_not_blur_what_is_asked_about_a_part_of_it():
    """The plan is proved to a tenth only; a node of R in place of one of T costs exactly 200 usd more.

    Ten requests/s more take four nodes of T instead of two.
    """
    wide = Proved(2000.0, 1800.0)
    program = Program.of(islands())
    cost = why_not(program, "2xR", wide, EXACT, Memory()).cost
    more = worth(islands(), RightSide("demand", ("chat", *DAY), "requests/s", 10.0), wide, EXACT, None)
    memory = Memory()
    [column] = program.columns(lambda name, index: name == "rent" and index[0] == "od-t")
    compared = memory.compared(wide, program, program.with_compiled(program.with_rows([({column: 1.0}, 0.0, 1e3)])), EXACT)

    assert (cost.low_usd, cost.high_usd) == pytest.approx((200.0, 200.0), abs=0.01)
    assert (more.change.low_usd, more.change.high_usd) == pytest.approx((800.0, 800.0), abs=0.01)
    assert compared.is_part
    assert len(memory.parts) == 1


def test_a_part_of_most_of_the_columns_is_asked_as_a_whole():
    program = Program.of(islands())
    columns = [j for j, (name, index) in enumerate(program.compiled.columns) if name == "rent"]
    tied = program.with_rows([(dict.fromkeys(columns, 1.0), 1.0, np.inf)])
    plan = Proved(2000.0, 1900.0)
    found = Memory().compared(plan, program, program.with_compiled(tied), EXACT)

    assert found.before == plan
    assert not found.is_part
    assert found.status == "feasible"
