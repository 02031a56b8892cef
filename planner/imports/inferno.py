"""Problems of llm-inferno: servers (a model of a service class each) on accelerators with limited cards.

A replica of server i on accelerator j takes n_ij instances of it and sustains rate_ij requests/s; cards of a type are limited:

    minimise sum of cost_j n_ij replicas_ij  such that  sum_j rate_ij replicas_ij >= arrivals_i (multi), or all of a
    server's replicas on one accelerator (single);  sum of n_ij multiplicity_j replicas_ij <= cards of j's type.

Two shapes of file: the optimiser's (named accelerators, servers, candidates; prices in cents an hour) and the solver
demo's (plain matrices without a unit, taken as usd an hour).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from planner.imports.instance_files import Machine, PeerProblem, Stream, plain_names
from planner.imports.peer_file import PeerFile, read_peer_file
from planner.units import CENTS_PER_USD, SECONDS_PER_MINUTE

Assignment = Literal["single", "multi"]
RATE_TOLERANCE = 1e-6
"""Relative difference allowed between a server's load by the minute and its candidates' arrivals by the second."""


@dataclass(frozen=True)
class _Kind:
    """An accelerator as inferno lists it: cards of a type at a price an instance."""

    name: str
    card: str
    cards: int
    usd_per_hour: float


@dataclass(frozen=True)
class _Candidate:
    """A server on an accelerator: instances of one replica and what it sustains."""

    server: str
    kind: _Kind
    instances: int
    requests_per_s: float


@dataclass(frozen=True)
class _Server:
    """A server, its arrivals, and its mean lengths where the file says."""

    name: str
    requests_per_s: float
    tokens: tuple[float, float] | None = None


def inferno_problem(path: Path, assignment: Assignment = "multi", is_unlimited: bool = False) -> PeerProblem:
    """Returns the problem of an inferno file in either shape; raises InputError with all its faults."""
    file = read_peer_file(path)
    read = _matrices if "ratePerReplica" in file.data or "numServers" in file.data else _named
    servers, candidates, cards = read(file)
    if not candidates and not file.faults:
        file.fault("rates", "a rate > 0 of some server on some accelerator", "none")
    used = {candidate.kind.card for candidate in candidates}
    for card in sorted(used - cards.keys()) if not is_unlimited else ():
        file.fault("capacity", f"a count of cards of type {card}, or --unlimited", "none")
    file.raise_faults()
    limit = None if is_unlimited else {card: count for card, count in cards.items() if card in used}
    return _problem(file, servers, candidates, limit, assignment)


def _problem(
    file: PeerFile,
    servers: Sequence[_Server],
    candidates: Sequence[_Candidate],
    cards: dict[str, float] | None,
    assignment: Assignment,
) -> PeerProblem:
    machines: dict[str, Machine] = {}
    rates: dict[str, dict[str, float]] = {server.name: {} for server in servers}
    for one in candidates:
        name = f"{one.instances} of {one.kind.name}"
        machines[name] = Machine(name, one.kind.card, one.instances * one.kind.cards, one.instances * one.kind.usd_per_hour)
        rates[one.server][name] = one.requests_per_s
    busy = [server for server in servers if server.requests_per_s > 0] or list(servers[:1])
    streams = [Stream(server.name, server.requests_per_s, rates[server.name], server.tokens) for server in busy]
    name = plain_names([file.path.name])[0]
    where = "on one accelerator" if assignment == "single" else "spread over accelerators"
    story = (
        f"{name} of llm-inferno: {len(busy)} servers with traffic, each {where};"
        f" cards {'without limit' if cards is None else 'limited by type'}.\n"
        "Rates a replica are those of the file and hold its latency promises; load factor 1.\n"
        "One hour, so that the cost is the peer's cost an hour; the file names no place."
    )
    return PeerProblem(
        name=plain_names([file.path.stem])[0], story=story, source=f"llm-inferno file {name}", machines=tuple(machines.values()),
        streams=tuple(streams), slices=1 if assignment == "single" else 0, accelerators_max=cards,
    )  # fmt: skip


def _named(file: PeerFile) -> tuple[list[_Server], list[_Candidate], dict[str, float]]:
    """Returns servers, candidates and cards of the optimiser's shape."""
    kinds, types = _kinds(file)
    servers = _servers(file)
    names = list(servers)
    by_name = dict(zip(names, plain_names(names), strict=True))
    candidates: list[_Candidate] = []
    arrivals: dict[str, float] = {}
    for i, row in enumerate(file.rows(file.value(file.data, "candidates", "document"), "candidates")):
        where = f"candidates[{i}]"
        server = file.text(file.value(row, "server", where), f"{where}.server")
        kind = file.text(file.value(row, "acc", where), f"{where}.acc")
        instances = file.number(file.value(row, "numInstancesPerReplica", where), f"{where}.numInstancesPerReplica", 1, True)
        rate = file.number(file.value(row, "ratePerReplica_req_s", where), f"{where}.ratePerReplica_req_s")
        arrival = file.number(file.value(row, "arrivalRate_req_s", where), f"{where}.arrivalRate_req_s")
        if server not in by_name or kind not in kinds:
            file.fault(where, "a server and an accelerator of the file", f"{server!r} on {kind!r}")
            continue
        if abs(arrivals.setdefault(server, arrival) - arrival) > RATE_TOLERANCE * arrival:
            file.fault(f"{where}.arrivalRate_req_s", f"{arrivals[server]:g} as in the server's other candidates", f"{arrival:g}")
        if any((c.server, c.kind) == (by_name[server], kinds[kind]) for c in candidates):
            file.fault(where, "each server and accelerator once", f"{server!r} on {kind!r} again")
        candidates.append(_Candidate(by_name[server], kinds[kind], int(instances), rate))
    found = []
    for name, (load, tokens) in servers.items():
        arrival = arrivals.get(name, load)
        if abs(arrival - load) > RATE_TOLERANCE * load:
            file.fault(
                f"servers, {name}", f"arrivals of {load:g}/s in its candidates, as its load by the minute", f"{arrival:g}/s"
            )
        found.append(_Server(by_name[name], arrival, tokens))
    return found, candidates, _capacity(file, types)


def _kinds(file: PeerFile) -> tuple[dict[str, _Kind], dict[str, str]]:
    """Returns the accelerators by name, and the plain name of each card type."""
    rows = file.rows(file.value(file.data, "accelerators", "document"), "accelerators")
    facts: list[tuple[str, str, int, float]] = []
    for i, row in enumerate(rows):
        where = f"accelerators[{i}]"
        name, card = (file.text(file.value(row, key, where), f"{where}.{key}") for key in ("name", "type"))
        cards = file.number(file.value(row, "multiplicity", where), f"{where}.multiplicity", 1, True)
        cents = file.number(file.value(row, "cost", where), f"{where}.cost")
        if any(name == known for known, *_ in facts):
            file.fault(f"{where}.name", "each accelerator once", repr(name))
        facts.append((name, card, int(cards), cents / CENTS_PER_USD))
    types = list(dict.fromkeys(card for _, card, *_ in facts))
    plain = dict(zip(types, plain_names(types), strict=True))
    names = plain_names([name for name, *_ in facts])
    return {fact[0]: _Kind(name, plain[fact[1]], fact[2], fact[3]) for name, fact in zip(names, facts, strict=True)}, plain


def _servers(file: PeerFile) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """Returns (requests per second, mean tokens) of each server; the file's loads are by the minute."""
    found: dict[str, tuple[float, tuple[float, float] | None]] = {}
    for i, row in enumerate(file.rows(file.value(file.data, "servers", "document"), "servers")):
        where = f"servers[{i}]"
        name = file.text(file.value(row, "name", where), f"{where}.name")
        load = file.value(row, "load", where)
        rate = file.number(file.value(load, "arrivalRate", f"{where}.load"), f"{where}.load.arrivalRate")
        if name in found:
            file.fault(f"{where}.name", "each server once", repr(name))
        told = [load.get(key) if isinstance(load, dict) else None for key in ("avgInTokens", "avgOutTokens")]
        tokens = [float(count) for count in told if isinstance(count, int | float) and count > 0]
        found[name] = rate / SECONDS_PER_MINUTE, (tokens[0], tokens[1]) if len(tokens) == 2 else None
    return found


def _capacity(file: PeerFile, types: dict[str, str]) -> dict[str, float]:
    """Returns the cards by type; a type that no accelerator has is left out, a file without counts has none."""
    rows = file.data.get("capacity", [])
    found: dict[str, float] = {}
    for i, row in enumerate(rows if isinstance(rows, list) else file.rows(rows, "capacity")):
        where = f"capacity[{i}]"
        card = file.text(file.value(row, "type", where), f"{where}.type")
        count = file.number(file.value(row, "count", where), f"{where}.count", is_whole=True)
        if card in types:
            found[types[card]] = count
    return found


def _matrices(file: PeerFile) -> tuple[list[_Server], list[_Candidate], dict[str, float]]:
    """Returns servers, candidates and cards of the solver demo's shape."""
    costs = [file.number(v, f"instanceCost[{j}]") for j, v in enumerate(_list(file, "instanceCost"))]
    arrivals = [file.number(v, f"arrivalRates[{i}]") for i, v in enumerate(_list(file, "arrivalRates"))]
    shape = (len(arrivals), len(costs))
    rates = file.matrix(file.value(file.data, "ratePerReplica", "document"), "ratePerReplica", shape)
    instances = file.matrix(file.value(file.data, "numInstancesPerReplica", "document"), "numInstancesPerReplica", shape)
    for key, size in (("numServers", shape[0]), ("numAccelerators", shape[1])):
        if file.data.get(key, size) != size:
            file.fault(key, f"{size}, the length of the lists", repr(file.data[key]))
    units = _list(file, "unitsAvail") if "unitsAvail" in file.data else []
    cards = {f"type-{k + 1}": file.number(count, f"unitsAvail[{k}]", is_whole=True) for k, count in enumerate(units)}
    types = _types(file, len(costs), len(cards))
    file.raise_faults()
    kinds = [_Kind(f"accelerator-{j + 1}", f"type-{types[j][0] + 1}", types[j][1], cost) for j, cost in enumerate(costs)]
    candidates = []
    for i, (row, counts) in enumerate(zip(rates, instances, strict=True)):
        for j, (rate, count) in enumerate(zip(row, counts, strict=True)):
            if rate > 0 and (count < 1 or count != int(count)):
                file.fault(f"numInstancesPerReplica[{i}][{j}]", "a whole number >= 1 where a replica has a rate", f"{count:g}")
            elif rate > 0:
                candidates.append(_Candidate(f"server-{i + 1}", kinds[j], int(count), rate))
    return [_Server(f"server-{i + 1}", rate) for i, rate in enumerate(arrivals)], candidates, cards


def _list(file: PeerFile, key: str) -> list[object]:
    return file.rows(file.value(file.data, key, "document"), key)


def _types(file: PeerFile, accelerators: int, types: int) -> list[tuple[int, int]]:
    """Returns (card type, cards an instance) of each accelerator: its own where the matrix is `identity`."""
    matrix = file.data.get("acceleratorTypesMatrix", "identity")
    if matrix == "identity":
        return [(j, 1) for j in range(accelerators)]
    rows = file.matrix(matrix, "acceleratorTypesMatrix", (types, accelerators))
    found = []
    for j in range(accelerators):
        used = [(k, row[j]) for k, row in enumerate(rows) if j < len(row) and row[j]]
        if len(used) != 1 or used[0][1] != int(used[0][1]):
            file.fault(f"acceleratorTypesMatrix, column {j}", "one whole number of cards of one type", repr([n for _, n in used]))
            found.append((0, 1))
        else:
            found.append((used[0][0], int(used[0][1])))
    return found
