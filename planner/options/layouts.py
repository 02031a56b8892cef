"""Legal splits of a model over a node type: tensor, pipeline, expert parallelism and data-parallel attention."""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.inputs.hardware import NodeType
from planner.inputs.models import LanguageModel
from planner.inputs.policy import Deployment


@dataclass(frozen=True)
class Layout:
    """How one replica is split; accelerators = tp x pp x dp, experts are spread over `ep` of the tp x dp ranks."""

    tp: int
    pp: int = 1
    ep: int = 1
    dp: int = 1

    @property
    def gpus(self) -> int:
        """Accelerators of a replica."""
        return self.tp * self.pp * self.dp

    @property
    def name(self) -> str:
        """Short name, degrees of one left out: tp8, tp4pp2, dp8ep8."""
        parts = [
            f"{kind}{degree}"
            for kind, degree in (("tp", self.tp), ("pp", self.pp), ("dp", self.dp), ("ep", self.ep))
            if degree > 1
        ]
        return "".join(parts) or "tp1"


def replica_sizes(node: NodeType, nodes_per_replica_max: int = 1) -> list[int]:
    """Returns the replica sizes allowed on a node type: a divisor chain that ends in the node, then whole nodes.

    On such a chain (1 | 2 | 4 | 8, or 1 | 2 | 4 | 8 | 72) the aggregate row `cover` is an exact statement of packing.
    """
    sizes = []
    size = 1
    while size < node.accelerators and node.accelerators % size == 0:
        sizes.append(size)
        size *= 2
    sizes.append(node.accelerators)
    if node.scale_out_gb_per_s:
        sizes += [node.accelerators * nodes for nodes in range(2, nodes_per_replica_max + 1)]
    return sizes


def legal_layouts(model: LanguageModel, node: NodeType, deployment: Deployment) -> Iterator[Layout]:
    """Yields the layouts that serving engines run: 1-D TP inside a scale-up domain, PP, and EP with DP attention."""
    domain = node.accelerators if node.scale_up_kind == "pcie" else max(1, min(node.scale_up_domain, node.accelerators))
    sizes = set(replica_sizes(node, deployment.nodes_per_replica_max))
    for size in sorted(sizes):
        for pp in range(1, min(deployment.pp_max, size, model.layers) + 1):
            tp, rest = divmod(size, pp)
            if rest == 0 and is_tp_legal(model, tp, min(domain, deployment.tp_max)):
                yield Layout(tp, pp)
        if model.experts and deployment.has_expert_parallel and size > 1 and model.experts % size == 0:
            yield Layout(tp=1, dp=size, ep=size)


def is_tp_legal(model: LanguageModel, tp: int, tp_max: int) -> bool:
    """Says whether attention heads split evenly, and KV heads split or replicate evenly, inside one domain."""
    if tp > tp_max or model.q_heads % tp:
        return False
    kv_heads = max(1, model.kv_heads)
    return model.kv_lora_rank > 0 or kv_heads % tp == 0 or tp % kv_heads == 0
