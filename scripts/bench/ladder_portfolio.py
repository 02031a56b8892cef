"""The portfolio of a ladder instance: services, their homes, lengths, promises and traffic, drawn from a seed."""

import copy
import math
import random
from dataclasses import dataclass
from typing import Any

REGIONS = ("us-virginia", "uk-london", "us-oregon", "us-iowa", "us-ohio", "germany-frankfurt", "japan-tokyo", "sweden")
ROAMING_HOMES = (0.5, 1.5)
"""Size of a roaming service at even and odd homes: most of its users live where nodes are dear, so traffic wants to move."""
NODE_TYPES = (
    "8xH100-SXM", "8xH200-SXM", "8xB200-SXM", "8xB300-SXM", "8xA100-80GB-SXM", "8xA100-40GB-SXM", "8xL40S", "8xL4", "8xMI300X",
    "8xRTX-PRO-6000-SE",
)  # fmt: skip
CANDIDATES = {
    "llama-3.1-8b": ("fp8", "bf16"), "gpt-oss-20b": ("mxfp4", "bf16"), "qwen3-30b-a3b-instruct-2507": ("fp8", "int4-awq"),
    "gemma-3-12b": ("fp8", "bf16"), "mistral-small-3.2-24b": ("fp8", "int4-awq"), "qwen3-32b": ("fp8", "int4-awq"),
    "llama-3.3-70b": ("fp8", "int4-awq"), "gpt-oss-120b": ("mxfp4", "bf16"), "qwen3-next-80b-a3b": ("fp8", "int4-awq"),
    "qwen3-235b-a22b-instruct-2507": ("fp8", "int4-awq"), "gemma-2-9b": ("fp8", "bf16"), "mistral-7b": ("fp8", "bf16"),
    "phi-4": ("fp8", "bf16"), "gemma-3-27b": ("fp8", "int4-awq"), "glm-4.5-air": ("fp8", "int4-awq"),
    "gemma-3-4b": ("fp8", "bf16"), "qwen2.5-72b": ("fp8", "int4-awq"), "qwq-32b": ("fp8", "int4-awq"),
    "deepseek-r1-0528": ("fp8", "int4-awq"), "llama-3.2-3b": ("fp8", "bf16"), "llama-3-8b": ("fp8", "bf16"),
    "gemma-2-27b": ("fp8", "int4-awq"), "qwen3-30b-a3b": ("fp8", "int4-awq"), "mixtral-8x7b": ("fp8", "int4-awq"),
    "llama-3.1-70b": ("fp8", "int4-awq"), "llama-4-scout": ("fp8", "int4-awq"), "mistral-small-3.1-24b": ("fp8", "int4-awq"),
    "qwen2.5-coder-32b": ("fp8", "int4-awq"), "llama-3.1-nemotron-70b": ("fp8", "int4-awq"), "glm-4.6": ("fp8", "int4-awq"),
    "phi-3-medium": ("fp8", "bf16"), "olmo-2-32b": ("fp8", "int4-awq"), "mistral-large-2411": ("fp8", "int4-awq"),
    "qwen3-235b-a22b": ("fp8", "int4-awq"), "command-a-111b": ("fp8", "int4-awq"), "minimax-m2": ("fp8", "int4-awq"),
    "llama-2-13b": ("fp8", "bf16"), "deepseek-v3.1": ("fp8", "int4-awq"), "mistral-small-24b": ("fp8", "int4-awq"),
    "gemma-2-2b": ("fp8", "bf16"),
}  # fmt: skip
"""Models in the order in which larger rungs take them, each at two precisions; the first ten span all floors."""
SHAPES = {
    "day": (1.25, 1.05, 0.95, 0.75), "office": (1.40, 1.20, 0.80, 0.60), "flat": (1.0, 1.0, 1.0, 1.0),
    "night": (0.70, 0.85, 1.10, 1.35),
}  # fmt: skip
"""Rate relative to the mean of the day at four points of the clock; fewer blocks take them spread out. Made up."""
BENCHMARK = "LMArena win rate"


@dataclass(frozen=True)
class Archetype:
    """A kind of service: token lengths, promises in ms, quality floor, prefix hits, shape of its day."""

    name: str
    lengths: str | tuple[int, int]
    """A histogram file of the shipped instances, or mean (input, output) tokens."""
    tokens: tuple[float, float]
    """Mean input and output tokens, to give services of different lengths alike loads."""
    slo: tuple[tuple[str, str, int], ...]
    floor: float
    prefix_hit_share: float
    shape: str
    may_roam: bool
    family: str = ""
    """Services of one home and family share replicas."""


ARCHETYPES = (
    Archetype("chat", "lengths_azure2023_conv.csv", (1155, 211),
              (("ttft", "p95", 2200), ("tpot", "mean", 45)), 51, 0.1, "day", True),
    Archetype("code", "lengths_azure2023_code.csv", (2048, 28),
              (("ttft", "p95", 900), ("tpot", "mean", 28)), 43, 0.3, "office", False, "assist"),
    Archetype("rag", "lengths_mooncake_conversation.csv", (12000, 340),
              (("ttft", "p95", 9000), ("tpot", "mean", 50)), 51, 0.3, "office", True),
    Archetype("support", "lengths_servegen_large.csv", (1000, 130),
              (("ttft", "p95", 1800), ("tpot", "mean", 50)), 44, 0.4, "day", False, "assist"),
    Archetype("reasoning", "lengths_servegen_reasoning.csv", (800, 1800),
              (("ttft", "p95", 5000), ("tpot", "mean", 40)), 60, 0.0, "day", True),
    Archetype("classify", (600, 8), (600, 8),
              (("e2e", "p95", 3500),), 34, 0.2, "flat", False, "tasks"),
    Archetype("summary", (2600, 290), (2600, 290),
              (("ttft", "p95", 5000), ("tpot", "mean", 80)), 42, 0.0, "night", True),
    Archetype("extract", (1800, 120), (1800, 120),
              (("e2e", "p95", 12000),), 34, 0.1, "night", False, "tasks"),
    Archetype("agent", "lengths_mooncake_conversation.csv", (12000, 340),
              (("ttft", "p95", 7000), ("tpot", "mean", 40)), 56, 0.5, "office", True),
    Archetype("translate", (450, 480), (450, 480),
              (("ttft", "p95", 2500), ("tpot", "mean", 60)), 43, 0.0, "flat", False, "tasks"),
)  # fmt: skip


@dataclass(frozen=True)
class Portfolio:
    """Workload and pool entries of an instance, and each workload's rates before the volume scales them."""

    workloads: tuple[dict[str, Any], ...]
    pools: tuple[dict[str, Any], ...]
    load: dict[tuple[str, int, int], float]
    """(workload, period number, block number): requests per second in arbitrary scale."""
    files: tuple[str, ...]


def candidates(models: int) -> list[dict[str, Any]]:
    """Returns the candidate entries of the first models, each at two precisions."""
    return [{"model": name, "precisions": list(kept)} for name, kept in list(CANDIDATES.items())[:models]]


def draw_portfolio(seed: int, workloads: int, regions: int, periods: int, blocks: int) -> Portfolio:
    """Returns services spread over their homes: every second service may be served anywhere, the others only at home.

    Replicas are shared (pools) by the workloads of one service that may roam, and by like services of one home.
    """
    draw = random.Random(seed)
    entries: list[dict[str, Any]] = []
    members: dict[str, list[str]] = {}
    load: dict[tuple[str, int, int], float] = {}
    for number in range(-(-workloads // regions)):
        kind = ARCHETYPES[number % len(ARCHETYPES)]
        service = _service(draw, kind, number)
        growth, weight = draw.uniform(1.0, 1.06), draw.lognormvariate(0.0, 0.3)
        for position, home in enumerate(REGIONS[: min(regions, workloads - len(entries))]):
            name = f"{service['workload']}-{home}"
            allowed = {} if kind.may_roam else {"regions": {"allow": [home]}}
            entries.append({**copy.deepcopy(service), "workload": name, "origin": home, **allowed})
            pool = service["workload"] if kind.may_roam else f"{kind.family}{number // len(ARCHETYPES)}-{home}"
            members.setdefault(pool, []).append(name)
            size = ROAMING_HOMES[position % 2] if kind.may_roam else 1.0
            mean = size * weight * draw.uniform(0.7, 1.3) / (kind.tokens[0] + 8 * kind.tokens[1])
            for period in range(periods):
                for block in range(blocks):
                    shape = SHAPES[kind.shape][round(block * 3 / (blocks - 1))] if blocks > 1 else 1.0
                    load[name, period, block] = mean * growth**period * shape * draw.lognormvariate(0.0, 0.05)
    pools = tuple({"pool": pool, "workloads": names} for pool, names in members.items() if len(names) > 1)
    files = tuple(dict.fromkeys(kind.lengths for kind in ARCHETYPES if isinstance(kind.lengths, str)))
    return Portfolio(tuple(entries), pools, load, files)


def _service(draw: random.Random, kind: Archetype, number: int) -> dict[str, Any]:
    """Returns the entry of a service before it has a home: its archetype's with lengths, promises and floor varied."""
    stretch = math.exp(draw.uniform(-0.3, 0.3))
    if isinstance(kind.lengths, str):
        lengths: dict[str, Any] = {"histogram": kind.lengths}
    else:
        lengths = {"input_tokens_mean": round(kind.lengths[0] * stretch), "output_tokens_mean": round(kind.lengths[1] * stretch)}
    slo = [
        {"metric": metric, "statistic": statistic, "ms": round(ms * draw.uniform(0.9, 1.3), -1)}
        for metric, statistic, ms in kind.slo
    ]
    for target in slo:
        target["ms"] = max(20, int(target["ms"]))
    return {
        "workload": f"{kind.name}{number:02d}",
        "lengths": lengths,
        "slo": slo,
        "quality": {"benchmark": BENCHMARK, "floor": round(kind.floor + draw.uniform(-3.0, 3.0), 1)},
        "prefix_hit_share": kind.prefix_hit_share,
    }
