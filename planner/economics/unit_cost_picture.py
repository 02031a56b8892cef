"""The picture of a plan's unit economics: price of output by period, and what is paid for against what is busy."""

from planner.economics.pictures import Panel, Picture, Scale, Series
from planner.economics.unit_costs import UnitCosts


def unit_cost_picture(costs: UnitCosts) -> Picture:
    """Returns two panels over the periods (numbered in order): usd per million output tokens by workload, busy shares."""
    periods = list(dict.fromkeys(costs.use["period"]))
    place = {name: float(number + 1) for number, name in enumerate(periods)}
    prices = costs.by(["workload", "period"])
    prices = prices[prices["usd_per_mtok_output"].notna()].assign(x=lambda frame: frame["period"].map(place)).sort_values("x")
    lines = [
        Series(str(name), mine["x"].tolist(), mine["usd_per_mtok_output"].tolist(), style)
        for style, (name, mine) in enumerate(prices.groupby("workload", sort=True))
    ]
    shares = []
    for style, (name, mine) in enumerate(costs.use.groupby("accelerator", sort=True)):
        x = [place[period] for period in mine["period"]]
        shares.append(Series(f"{name}: in replicas", x, mine["allocated_share"].tolist(), 2 * style))
        shares.append(Series(f"{name}: busy", x, mine["busy_share"].tolist(), 2 * style + 1))
    across = Scale("period, in order")
    up = Scale("price of output, idle nodes apart", "USD per million tokens", is_log=True)
    panels = [
        Panel(across, up, lines, title="What a million output tokens costs"),
        Panel(across, Scale("share of accelerator-hours paid for", limits=(0.0, 1.05)), shares, title="Paid for, in use, busy"),
    ]
    caption = (
        f"Plan {costs.name}; periods {', '.join(periods)}. Node cost goes to replicas by accelerators, to workloads by busy "
        f"replicas, to tokens by {costs.rule}. Spread over all, what nobody uses makes "
        f"every price {costs.idle_factor:.3f} times as high."
    )
    return Picture(f"Unit economics of {costs.name}", panels, caption)
