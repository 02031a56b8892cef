"""The paper's search: a 400 x 400 grid of devices and sequences, and the cheapest cell under each latency."""

import math
from dataclasses import dataclass

import numpy as np

from planner.economics.erdil_constants import Version
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import Workload, fits_all_sequences
from planner.economics.erdil_models import ErdilModel, FloatArray
from planner.economics.erdil_speculative import Draft, token_latency
from planner.errors import Fault, UnsatisfiableError
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

GRID_POINTS = 400
MOST_GPUS_LOG2 = 18
MOST_BATCH_LOG2 = 18
"""The grid ends at 2^18 devices and 2^18 s sequences, s = the model's sparsity."""
LATENCY_SPAN_LOG10 = 2
THRESHOLDS = 1000
"""v2: thresholds from the least latency to 100 times it."""
THRESHOLDS_V1 = 600
FIRST_THRESHOLD_V1_LOG10 = -4
"""v1: thresholds from 0.1 ms to 1 s."""
PREFERENCE_EXPONENT: dict[Version, float] = {"v1": 4.0, "v2": 3.0}
"""The preferred point maximises (tokens/s)^exponent / price."""


@dataclass(frozen=True)
class Question:
    """What a frontier is asked for: a model on a device at a constant context, by a version of the notebook.

    `demand_cap_tok_per_s` bounds the throughput of one instance; `usd_per_gpu_hour` None means the device's price.
    """

    model: ErdilModel
    device: ErdilDevice
    context: float = 0.0
    version: Version = "v2"
    draft: Draft | None = None
    demand_cap_tok_per_s: float = math.inf
    usd_per_gpu_hour: float | None = None


@dataclass(frozen=True)
class LatencyGrid:
    """Time per token over (batch, gpus); infinite where infeasible."""

    gpus: FloatArray
    batch: FloatArray
    latency_s: FloatArray
    drafted: FloatArray


@dataclass(frozen=True)
class Frontier:
    """The Pareto set of speed and price from fastest to slowest; `mfu` is FLOP over the theoretical peak (quirk 20)."""

    tok_s_per_request: FloatArray
    usd_per_mtok: FloatArray
    gpus: FloatArray
    batch: FloatArray
    mfu: FloatArray
    drafted: FloatArray


def gpu_axis(model: ErdilModel, device: ErdilDevice, points: int = GRID_POINTS) -> FloatArray:
    """Returns the devices tried: log-spaced, real-valued, from weights / memory to 2^18 (below 1 never feasible)."""
    fewest = model.parameters * model.weight_bytes / device.hbm_bytes
    return np.logspace(np.log2(fewest), MOST_GPUS_LOG2, num=points, base=2)


def batch_axis(model: ErdilModel, points: int = GRID_POINTS) -> FloatArray:
    """Returns the sequences in flight tried: log-spaced, real-valued, from 1 to 2^18 s."""
    return np.logspace(0, MOST_BATCH_LOG2 + np.log2(model.sparsity), num=points, base=2)


def latency_grid(question: Question, gpus: FloatArray | None = None, batch: FloatArray | None = None) -> LatencyGrid:
    """Returns the time per token on the paper's grid, or on other axes (one-dimensional arrays)."""
    gpus = gpu_axis(question.model, question.device) if gpus is None else gpus
    batch = batch_axis(question.model) if batch is None else batch
    load = Workload(gpus[None, :], batch[:, None], question.context)
    latency = token_latency(question.version, question.model, question.device, load, question.draft)
    return LatencyGrid(gpus, batch, latency.latency_s, latency.drafted)


def thresholds_s(version: Version, least_latency_s: float) -> FloatArray:
    """Returns the latencies under which the cheapest cell is sought."""
    if version == "v1":
        return np.logspace(FIRST_THRESHOLD_V1_LOG10, 0, num=THRESHOLDS_V1)
    return least_latency_s * np.logspace(0, LATENCY_SPAN_LOG10, num=THRESHOLDS)


def frontier(question: Question, grid: LatencyGrid | None = None) -> Frontier:
    """Returns the cheapest cell under each latency threshold, each cell once.

    usd per Mtok = 1e6 G t / B x price / 3600: decode only, the instance busy all the time.

    Raises
    ------
    UnsatisfiableError
        Where no cell of the grid is feasible under any threshold and the demand cap.
    """
    grid = latency_grid(question) if grid is None else grid
    latency = grid.latency_s.ravel()
    batch, gpus = (axis.ravel() for axis in np.meshgrid(grid.batch, grid.gpus, indexing="ij"))
    allowed = np.flatnonzero(np.isfinite(latency) & (batch / latency <= question.demand_cap_tok_per_s))
    by_latency = allowed[np.argsort(latency[allowed], kind="stable")]
    cost = (gpus * latency / batch)[by_latency]
    limits = thresholds_s(question.version, float(latency.min()))
    reachable = np.searchsorted(latency[by_latency], limits, side="right")
    ends = reachable[reachable > 0]
    if not len(ends):
        raise UnsatisfiableError([_no_cell(question)])
    chosen = by_latency[np.unique(_running_argmin(cost)[ends - 1])]
    return _points(question, gpus[chosen], batch[chosen], latency[chosen], grid.drafted.ravel()[chosen])


def _running_argmin(values: FloatArray) -> np.ndarray:
    """The place of the least value up to each place, the first where several are equal."""
    least = np.minimum.accumulate(values)
    is_new = np.concatenate([[True], values[1:] < least[:-1]])
    return np.maximum.accumulate(np.where(is_new, np.arange(len(values)), 0))


def _no_cell(question: Question) -> Fault:
    where = f"erdil {question.version} frontier of {question.model.model} on {question.device.device}"
    return Fault(where, "a feasible number of devices and sequences", "none on the paper's grid")


def _points(question: Question, gpus: FloatArray, batch: FloatArray, latency_s: FloatArray, drafted: FloatArray) -> Frontier:
    price = question.device.usd_per_hour if question.usd_per_gpu_hour is None else question.usd_per_gpu_hour
    peak_flop_per_s = question.device.peak_flop_per_s(question.model.weight_bits)
    return Frontier(
        tok_s_per_request=1 / latency_s,
        usd_per_mtok=TOKENS_PER_MTOK * gpus * latency_s / batch * price / SECONDS_PER_HOUR,
        gpus=gpus,
        batch=batch,
        mfu=question.model.flop(question.context, batch) / (gpus * peak_flop_per_s * latency_s),
        drafted=drafted,
    )


def fits_all(question: Question, gpus: FloatArray, batch: FloatArray) -> np.ndarray:
    """Whether points hold the KV cache of all their sequences, which v2 does not ask for (quirk 5)."""
    return fits_all_sequences(question.model, question.device, Workload(gpus, batch, question.context))


def preferred_point(points: Frontier, exponent: float) -> int:
    """Returns the place of the point that maximises (tokens/s)^exponent / price."""
    return int(np.argmax(points.tok_s_per_request**exponent / points.usd_per_mtok))


def usd_at_speed(points: Frontier, tok_s_per_request: FloatArray) -> FloatArray:
    """Returns the least price among points at least this fast; infinite beyond the fastest."""
    fastest_first = np.argsort(-points.tok_s_per_request, kind="stable")
    speed = points.tok_s_per_request[fastest_first]
    least_usd = np.concatenate([[np.inf], np.minimum.accumulate(points.usd_per_mtok[fastest_first])])
    return least_usd[np.searchsorted(-speed, -np.asarray(tok_s_per_request), side="right")]


def speed_at_usd(points: Frontier, usd_per_mtok: float) -> float:
    """Returns the fastest speed at no more than a price; NaN where every point costs more."""
    speeds = points.tok_s_per_request[points.usd_per_mtok <= usd_per_mtok]
    return float(speeds.max()) if len(speeds) else math.nan
