"""Problems of length buckets on machine types: the files of Mélange, and of AIBrix with rows and columns exchanged.

A file gives a price and a throughput by bucket (requests/s under the latency promise) for each GPU type, the share of
traffic by bucket, the total rate, and in how many equal slices a bucket is cut; each slice goes whole to one type:

    minimise sum of cost x count  such that  sum over buckets of rate / throughput <= count,  counts whole.

Shares are used as given, never normalised; a throughput of 0 is a type that cannot serve the bucket.
"""

from pathlib import Path

from planner.imports.instance_files import Machine, PeerProblem, Stream, plain_names
from planner.imports.peer_file import PeerFile, read_peer_file

SLICES_MAX = 1000
Matrix = list[list[float]]


def melange_problem(path: Path, is_continuous: bool = False) -> PeerProblem:
    """Returns the problem of a Mélange file: rows are input buckets, columns output buckets; raises InputError."""
    return _problem(read_peer_file(path), "Mélange", ("in", "out"), is_continuous)


def aibrix_problem(path: Path, is_continuous: bool = False) -> PeerProblem:
    """Returns the problem of an AIBrix file: rows are output buckets, GPUs are whole; raises InputError."""
    return _problem(read_peer_file(path), "AIBrix", ("out", "in"), is_continuous)


def _problem(file: PeerFile, peer: str, axes: tuple[str, str], is_continuous: bool) -> PeerProblem:
    shares = file.matrix(file.value(file.data, "workload_distribution", "document"), "workload_distribution")
    rate = file.number(file.value(file.data, "total_request_rate", "document"), "total_request_rate")
    slices = file.number(file.value(file.data, "slice_factor", "document"), "slice_factor", minimum=1, is_whole=True)
    if slices > SLICES_MAX:
        file.fault("slice_factor", f"at most {SLICES_MAX}", f"{slices:g}")
    shape = (len(shares), len(shares[0]) if shares else 0)
    machines, throughputs = _machines(file, shape)
    file.raise_faults()
    streams = _streams(shares, rate, machines, throughputs, axes)
    cut = "spread freely" if is_continuous else f"cut in {slices:g} equal slices, each on one type"
    story = (
        f"{path_name(file)} of {peer}: {rate:g} requests/s over {shape[0]} x {shape[1]} length buckets,"
        f" {len(streams)} of them with traffic; {cut}.\n"
        "Rates are those of the file and hold its latency promise; load factor 1.\n"
        "One hour, so that the cost is the peer's cost an hour; the file names no place, lengths or model."
    )
    return PeerProblem(
        name=plain_names([file.path.stem])[0], story=story, source=f"{peer} file {path_name(file)}", machines=machines,
        streams=streams, slices=0 if is_continuous else int(slices), is_shared=True,
    )  # fmt: skip


def path_name(file: PeerFile) -> str:
    """Returns the name of a file without the signs that a table cell or YAML text would have to quote."""
    return plain_names([file.path.name])[0]


def _machines(file: PeerFile, shape: tuple[int, int]) -> tuple[tuple[Machine, ...], list[Matrix]]:
    """Returns the GPU types and their throughputs by bucket."""
    found = file.value(file.data, "gpu_info", "document")
    if found is not None and (not isinstance(found, dict) or not found):
        file.fault("gpu_info", "an object of GPU types", repr(found))
        found = None
    machines, throughputs = [], []
    for name, (gpu, facts) in zip(plain_names(list(found or {})), (found or {}).items(), strict=True):
        where = f"gpu_info.{gpu}"
        cost = file.number(file.value(facts, "cost", where), f"{where}.cost")
        throughputs.append(file.matrix(file.value(facts, "tputs", where), f"{where}.tputs", shape))
        machines.append(Machine(name, name, 1, cost))
    return tuple(machines), throughputs


def _streams(
    shares: list[list[float]],
    rate: float,
    machines: tuple[Machine, ...],
    throughputs: list[list[list[float]]],
    axes: tuple[str, str],
) -> tuple[Stream, ...]:
    """Returns a stream for each bucket with traffic; the first bucket alone where there is none anywhere."""
    streams = [
        Stream(
            f"{axes[0]}{i + 1:02d}-{axes[1]}{j + 1:02d}", share * rate,
            {machine.machine: table[i][j] for machine, table in zip(machines, throughputs, strict=True)},
        )
        for i, row in enumerate(shares) for j, share in enumerate(row)
    ]  # fmt: skip
    return tuple(s for s in streams if s.requests_per_s > 0) or tuple(streams[:1])
