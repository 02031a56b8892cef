"""Demand scenarios laid out in blocks: the two-stage program sees every block once for each future.

Commitments are signed before a scenario is known: they belong to periods. Replicas, traffic and rented nodes answer it: they
belong to blocks. So with several scenarios each block stands once for each of them (`peak@high`), with its demand there and
with its hours weighed by the scenario's probability: costs by the hour then add up to their expectation, and rows that a
block has are kept in every scenario. With one scenario the blocks are the instance's own.
"""

from collections.abc import Mapping

import pandas as pd

from planner.inputs.instance import Instance
from planner.options.coefficients import BLOCKS, DEMAND, EXPECTED
from planner.options.prices import period_table
from planner.units import HOURS_PER_DAY


def probabilities(instance: Instance) -> Mapping[str, float]:
    """Returns the probability of each scenario; one certain scenario where the instance declares none."""
    return {s.scenario: s.probability for s in instance.settings.risk.scenarios} or {EXPECTED: 1.0}


def block_id(block: str, scenario: str, is_only: bool) -> str:
    """Returns the name of a block in a scenario.

    >>> block_id("peak", "high", False), block_id("peak", "expected", True)
    ('peak@high', 'peak')
    """
    return block if is_only else f"{block}@{scenario}"


def block_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `blocks`: each block of each period in each scenario, its hours weighed by the probability."""
    chances = probabilities(instance)
    periods = period_table(instance)
    rows = [
        {
            "period": period, "block": block_id(block.block, scenario, len(chances) == 1),
            "hours": hours * block.hours_per_day / HOURS_PER_DAY * probability,
            "scenario": scenario, "probability": probability, "base_block": block.block,
        }
        for period, hours in zip(periods["period"], periods["hours"], strict=True)
        for scenario, probability in chances.items()
        for block in instance.settings.horizon.blocks
    ]  # fmt: skip
    return BLOCKS.check(pd.DataFrame(rows), "blocks")


def demand_table(instance: Instance) -> pd.DataFrame:
    """Returns the table `demand` with the blocks of `block_table`."""
    is_only = len(probabilities(instance)) == 1
    names = zip(instance.demand["block"], instance.demand["scenario"], strict=True)
    return DEMAND.check(instance.demand.assign(block=[block_id(str(b), str(s), is_only) for b, s in names]), "demand")
