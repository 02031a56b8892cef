"""The certificate of an outer approximation: its cells, segments and cuts, from which its bound can be proved again."""

from planner.methods.result import Certificate, CutRecord
from planner.methods.search import Search


def certificate_of(search: Search) -> Certificate:
    """Returns the certificate of a search: every cut that says something, once, with the cells that it holds in."""
    cells = tuple((*oracle.cell.slot, tuple("|".join(key) for key in oracle.keys)) for oracle in search.oracles)
    segments = search.segments
    ends = zip(segments.keys, segments.lower.tolist(), segments.upper.tolist(), strict=True)
    found: dict[tuple[int, float], CutRecord] = {}
    for position, cuts in enumerate(search.cuts):
        for cut in cuts:
            if cut.bound <= 0:
                continue
            key = (id(cut.prices), cut.bound)
            if key in found:
                found[key] = CutRecord(cut.bound, (*found[key].cells, position), found[key].prices, found[key].amounts)
                continue
            used = {s for name in search.oracles[position].keys for s in segments.of_key[name]}
            prices = tuple((s, float(cut.prices.segments[s])) for s in sorted(used) if cut.prices.segments[s])
            found[key] = CutRecord(cut.bound, (position,), prices, tuple(map(float, cut.prices.amounts)))
    return Certificate(
        "decomposition", search.bound, cells, tuple(("|".join(key), low, high) for key, low, high in ends), tuple(found.values())
    )
