"""One more unit is worth what two enumerations say, and an LP dual that says otherwise is flagged."""

import pytest

from planner.methods import MethodSettings
from planner.methods.textbook import textbook
from planner.plan.assemble import plan_tables
from planner.plan.interval import Interval, Proved
from planner.program.groups import Groups
from planner.solvers import Worker
from planner.studies.forced import Program
from planner.studies.worth import RightSide, binding_sides, duals, is_misleading, raised, worth
from tests.oracles.brute_force import least_cost_usd
from tests.worlds import random_world, tiny

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=60, threads=1)


def sides_of(world):
    supply = [RightSide("supply", (o, t), "nodes") for o, t in world.supply[["offer", "period"]].to_numpy().tolist()]
    keys = world.demand.loc[world.demand["requests_per_s"] > 0, ["workload", "period", "block"]].to_numpy().tolist()
    pools = [RightSide("pools", (w,), "replicas") for w in world.pools["workload"]]
    return [*supply, *(RightSide("demand", tuple(key), "requests/s") for key in keys), *pools]


@pytest.mark.parametrize("seed", [None, 3, 5, 8, 11])
def test_the_interval_holds_the_difference_of_two_enumerations(seed):
    """Seven right sides a world at most, 31 in all."""
    world = tiny() if seed is None else random_world(seed)
    z = least_cost_usd(world)
    first = textbook(Groups(world), EXACT)
    plan = Proved(first.objective_usd, first.bound_usd)

    for side in sides_of(world)[:7]:
        known = least_cost_usd(raised(world, side)) - z
        found = worth(world, side, plan, EXACT, None, "textbook").change
        assert found.low_usd - 0.01 <= known <= found.high_usd + 0.01
        assert found.high_usd - found.low_usd <= 0.01 + 4e-6 * z


def test_there_are_thirty_right_sides():
    assert sum(len(sides_of(w)[:7]) for w in (tiny(), *map(random_world, (3, 5, 8, 11)))) >= 30


def test_duals_of_held_whole_numbers_miss_what_a_cap_is_worth():
    """No reserved node may be had; one would save money, but the LP with every node held sees nothing."""
    world = tiny()
    caps = world.supply["nodes_max"].where(world.supply["offer"] != "re", 0)
    capped = world.with_tables(supply=world.supply.assign(nodes_max=caps))
    result = textbook(Groups(capped), EXACT)
    d = result.decision
    tables = plan_tables(capped, d.deployments, d.traffic, d.rentals, d.orders)
    side = RightSide("supply", ("re", "q1"), "nodes")
    program = Program.of(capped)
    with Worker() as worker:
        [dual] = duals(program, tables, [side], EXACT, worker)
    both = raised(raised(capped, side), RightSide("supply", ("re", "q2"), "nodes"))

    assert dual == pytest.approx(0.0)
    assert least_cost_usd(both) < least_cost_usd(capped)
    assert is_misleading(0.0, Interval(-300.0, -200.0))


def test_a_dual_within_a_factor_of_two_and_of_the_same_sign_is_not_flagged():
    assert not is_misleading(-10.0, Interval(-21.0, -19.9))
    assert is_misleading(-10.0, Interval(-30.0, -21.0))
    assert is_misleading(10.0, Interval(-30.0, -5.0))
    assert not is_misleading(0.0, Interval(-1.0, 1.0))
    assert not is_misleading(5.0, Interval(None, None))


def test_what_binds_is_supply_at_its_cap_and_asked_for_replicas():
    world = random_world(5)
    result = textbook(Groups(world), EXACT)
    d = result.decision
    tables = plan_tables(world, d.deployments, d.traffic, d.rentals, d.orders)
    peak = tables.nodes.groupby(["offer", "period"])["nodes"].max()
    caps = world.supply.set_index(["offer", "period"])["nodes_max"]
    wanted = {(key[0],) for key, count in peak.items() if count >= caps[key]}

    assert {s.key for s in binding_sides(tables, world) if s.table == "supply"} == wanted
