"""Traffic set to its demand: removes the feasibility tolerance that an engine leaves in the continuous part."""

from collections.abc import Mapping

import pandas as pd

from planner.program.groups import Groups

SLOT_KEYS = ["workload", "period", "block"]
Frames = Mapping[str, pd.DataFrame]


def settled(frames: Frames, groups: Groups) -> dict[str, pd.DataFrame]:
    """Returns the frames of requests per second (served, bought, turned away) scaled so that they add up to demand.

    Each frame has the columns workload, period, block and requests_per_s, and option or api_offer where someone answers.
    What answers first adds up to the demand of its slot, or of its window where requests may move; a cascade's strong
    answers add up to the escalated share of the first ones.
    """
    marked = {name: _marked(frame, groups) for name, frame in frames.items()}
    first = _scaled(marked, _wanted(groups), True)
    answers = [frame for name, frame in first.items() if name != "unserved" and len(frame)]
    sums = pd.concat(answers).query("is_first").groupby(SLOT_KEYS)["requests_per_s"].sum() if answers else pd.Series(dtype=float)
    escalated = {key: groups.service.escalation_share.get(key[0], 0.0) * float(rate) for key, rate in _items(sums)}
    both = _scaled(first, escalated, False)
    kept = {name: frame[frame["requests_per_s"] > 0].reset_index(drop=True) for name, frame in both.items()}
    return {name: kept[name][list(frame.columns)] for name, frame in frames.items()}


def handed_over(handovers: pd.DataFrame, traffic: pd.DataFrame) -> pd.DataFrame:
    """Returns handovers scaled so that those of a decode route add up to its traffic."""
    key = ["workload", "option", "place", "period", "block"]
    if handovers.empty:
        return handovers
    rates = handovers["requests_per_s"].astype(float)
    sums = rates.groupby([handovers[name] for name in key]).transform("sum")
    served = traffic.set_index(key)["requests_per_s"].astype(float)
    wanted = served.reindex(pd.MultiIndex.from_frame(handovers[key])).fillna(0.0).to_numpy()
    scaled = handovers.assign(requests_per_s=rates * wanted / sums)
    return scaled[scaled["requests_per_s"] > 0].reset_index(drop=True)


def _items(sums: pd.Series) -> list[tuple[tuple[str, ...], float]]:
    return [(tuple(map(str, key)), float(rate)) for key, rate in zip(sums.index, sums.to_numpy(), strict=True)]


def _wanted(groups: Groups) -> dict[tuple[str, ...], float]:
    """Returns what must be answered: requests per second by slot, requests per second x hours by window."""
    windows: dict[tuple[str, ...], float] = {
        key: sum(groups.demand.get(slot, 0.0) * groups.hours[slot[1:]] for slot in slots)
        for key, slots in groups.service.windows.items()
    }
    return {**{key: groups.demand[key] for key in groups.service.fixed}, **windows}


def _marked(frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Returns a frame with what its rows count towards: is_first, key (slot or window) and weight in it."""
    g, movable = groups, {key[0] for key in groups.service.windows}
    slots = list(frame[SLOT_KEYS].itertuples(index=False, name=None))
    is_moving = [w in movable for w, _, _ in slots]
    keys = [(w, t, g.risk.scenario_of[t, b]) if moves else (w, t, b) for (w, t, b), moves in zip(slots, is_moving, strict=True)]
    weights = [g.hours[t, b] if moves else 1.0 for (_, t, b), moves in zip(slots, is_moving, strict=True)]
    if "option" in frame:
        models = [str(g.options[option]["model"]) for option in frame["option"]]
    elif "api_offer" in frame:
        models = [str(g.service.api[a, t]["model"]) for a, t in zip(frame["api_offer"], frame["period"], strict=True)]
    else:
        models = [next(iter(g.service.first_models.get(w, {""}))) for w, _, _ in slots]
    firsts = [g.service.is_first(w, model) for (w, _, _), model in zip(slots, models, strict=True)]
    return frame.assign(
        key=pd.Series(keys, index=frame.index, dtype=object),
        weight=pd.Series(weights, index=frame.index, dtype=float),
        is_first=pd.Series(firsts, index=frame.index, dtype=bool),
        requests_per_s=frame["requests_per_s"].astype(float),
    )


def _scaled(frames: Frames, wanted: Mapping[tuple[str, ...], float], is_first: bool) -> dict[str, pd.DataFrame]:
    """Returns the frames with the rows of one stage scaled to what is wanted of their key (strong ones: of their slot)."""
    totals: dict[tuple[str, ...], float] = {}
    for frame in frames.values():
        rows = frame[frame["is_first"] == is_first]
        amounts = rows["requests_per_s"] * rows["weight"] if is_first else rows["requests_per_s"]
        for key, amount in zip(_keys(rows, is_first), amounts, strict=True):
            totals[key] = totals.get(key, 0.0) + float(amount)
    made = {}
    for name, frame in frames.items():
        known = zip(_keys(frame, is_first), frame["is_first"], frame["requests_per_s"], strict=True)
        rates = [rate * wanted.get(key, 0.0) / totals[key] if stage == is_first else rate for key, stage, rate in known]
        made[name] = frame.assign(requests_per_s=pd.Series(rates, index=frame.index, dtype=float))
    return made


def _keys(frame: pd.DataFrame, is_first: bool) -> list[tuple[str, ...]]:
    return list(frame["key"]) if is_first else list(frame[SLOT_KEYS].itertuples(index=False, name=None))
