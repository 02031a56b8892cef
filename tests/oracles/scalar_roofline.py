"""The roofline for one candidate in plain Python: loops, floats and `if`, written from the formulas, not from the arrays.

`replica(row, efficiency)` holds one layout; its methods are one decode step, one prefill, the memory limit and the steady
state. Slow on purpose: the arrays are compared with it to 1e-9.
"""

import math
from dataclasses import dataclass
from typing import Any


def joined(memory: float, compute: float, exponent: float) -> float:
    """(m^p + c^p)^(1/p)."""
    top = max(memory, compute)
    if top == 0:
        return 0.0
    return top * ((memory / top) ** exponent + (compute / top) ** exponent) ** (1 / exponent)


def attended(size: float, cap: float) -> float:
    """Sum over a prompt's tokens of the context each attends to (continuous)."""
    if cap and cap < size:
        return cap * cap / 2 + (size - cap) * cap
    return size * size / 2


@dataclass(frozen=True)
class Replica:
    """One candidate with scalar efficiencies (a mapping of names to floats)."""

    row: Any
    e: dict[str, float]

    # --- the model's parts on one rank -------------------------------------------------

    def attention_params(self) -> float:
        m, tp = self.row.model, self.row.tp
        if m.kv_lora_rank:
            one = m.hidden * (m.q_lora_rank + m.kv_lora_rank + m.qk_rope_head_dim)
            one += (m.q_lora_rank or m.hidden) * m.q_heads / tp * (m.qk_nope_head_dim + m.qk_rope_head_dim)
            one += m.kv_lora_rank * m.q_heads / tp * (m.qk_nope_head_dim + m.v_head_dim)
            one += m.q_heads / tp * m.v_head_dim * m.hidden
        else:
            query_and_out = 2 * m.hidden * m.q_heads * m.head_dim / tp
            key_and_value = 2 * m.hidden * m.head_dim * (m.kv_heads / tp if m.kv_heads >= tp else 1)
            one = query_and_out + key_and_value
        mixers = m.linear_layers * 7.0 * m.hidden * m.hidden / tp
        return one * (m.full_attention_layers + m.window_layers) + mixers

    def is_expert_only(self) -> bool:
        p, m = self.row.precision, self.row.model
        return m.experts > 0 and p.weight_bits < 6 and p.precision != "nvfp4"

    def attention_byte(self) -> float:
        p, m = self.row.precision, self.row.model
        if self.is_expert_only() or (m.experts > 0 and p.weight_bits < 6 and m.kv_lora_rank > 0):
            return 2.0
        return p.weight_bits / 8

    def attention_rate(self) -> float:
        return min(self.rate(), self.rate16()) if self.attention_byte() >= 2 else self.rate()

    def dense_ffn_params(self) -> float:
        m, tp = self.row.model, self.row.tp
        dense = (m.layers - m.moe_layers) if m.intermediate else 0
        matrices = m.ffn_matrices or 3
        return matrices * m.hidden * (dense * m.intermediate + m.moe_layers * m.shared_intermediate) / tp

    def router_params(self) -> float:
        m = self.row.model
        return m.moe_layers * m.hidden * m.experts

    def one_expert(self) -> float:
        m = self.row.model
        return (m.ffn_matrices or 3) * m.hidden * m.expert_intermediate

    def ranks(self) -> int:
        return self.row.tp * self.row.dp

    def attention_bytes(self) -> float:
        return self.attention_params() * self.attention_byte()

    def ffn_bytes(self) -> float:
        byte = 2.0 if self.is_expert_only() else self.row.precision.weight_bits / 8
        return self.dense_ffn_params() * byte + self.router_params() * 2

    def expert_bytes(self) -> float:
        m = self.row.model
        return m.moe_layers * m.experts * self.one_expert() * self.row.precision.weight_bits / 8 / self.ranks()

    def head_bytes(self) -> float:
        return 2 * self.row.model.hidden * self.row.model.vocab / self.row.tp

    # --- the machine ----------------------------------------------------------------------

    def rate(self) -> float:
        return self.row.rate_flop_per_s

    def rate16(self) -> float:
        return self.row.accelerator.bf16_tflops * 1e12

    def bandwidth(self) -> float:
        return self.row.accelerator.memory_gb_per_s * 1e9

    def domain(self) -> int:
        node = self.row.node
        return max(node.accelerators, 1) if node.scale_up_kind == "pcie" else max(node.scale_up_domain, 1)

    def up(self) -> float:
        return max((self.row.node.scale_up_gb_per_s or 0) * 1e9 * self.e["link_share"], 1e6)

    def out(self) -> float:
        return max((self.row.node.scale_out_gb_per_s or 0) * 1e9 * self.e["scale_out_share"], 1e6)

    # --- collectives ---------------------------------------------------------------------------

    def hop(self, latency: float, wire: float) -> float:
        return (math.sqrt(latency) + math.sqrt(wire)) ** 2

    def floor(self, ranks: int) -> float:
        return self.e["collective_latency_s"] * (max(ranks, 2) / 2) ** self.e["collective_latency_growth"]

    def all_reduce(self, ranks: int, message: float) -> float:
        inside = min(ranks, self.domain())
        time = 0.0
        if inside > 1:
            time = self.hop(self.floor(inside), 2 * (inside - 1) / inside * message / self.up())
        domains = math.ceil(ranks / inside)
        if domains > 1:
            wire = (domains - 1) / domains * 2 * message / inside / self.out()
            time += self.hop(self.e["scale_out_latency_s"], wire)
        return time

    def all_to_all(self, ranks: int, message: float) -> float:
        inside = min(ranks, self.domain())
        near, far = message * inside / ranks, message * (1 - inside / ranks)
        time = self.hop(self.floor(inside), (inside - 1) / inside * near / self.up()) if inside > 1 else 0.0
        return max(time, self.hop(self.e["scale_out_latency_s"], far / self.out())) if inside < ranks else time

    def hand_over(self, message: float) -> float:
        if self.ranks() * self.row.pp <= self.domain():
            return self.hop(self.e["collective_latency_s"], message / self.up())
        return self.hop(self.e["scale_out_latency_s"], message / self.out())

    def collectives(self, rows: float) -> float:
        m, row = self.row.model, self.row
        message = rows * m.hidden * 2
        mixers = m.full_attention_layers + m.window_layers + m.linear_layers
        time = 0.0
        is_spread = row.dp > 1 and m.moe_layers > 0
        reduces = mixers + m.layers - (m.moe_layers if is_spread else 0)
        time += reduces * self.all_reduce(row.tp, message)
        time += (row.pp - 1) * self.hand_over(message)
        if is_spread:
            copies = min(m.experts_per_token, self.ranks()) * rows * m.hidden / row.tp
            time += m.moe_layers * (self.all_to_all(self.ranks(), copies) + self.all_to_all(self.ranks(), 2 * copies))
        return time

    def overhead(self, sequences: float) -> float:
        m, e = self.row.model, self.e
        per_layer = e["layer_overhead_s"] + (e["tp_layer_overhead_s"] if self.ranks() > 1 else 0)
        time = m.layers * (per_layer + (e["mla_layer_overhead_s"] if m.kv_lora_rank else 0))
        time += m.moe_layers * e["moe_layer_overhead_s"] + m.linear_layers * e["linear_layer_overhead_s"]
        return time + e["step_overhead_s"] + sequences * e["sequence_overhead_s"]

    # --- experts -----------------------------------------------------------------------------------

    def coverage(self, tokens: float) -> float:
        m = self.row.model
        if not m.experts:
            return 0.0
        different = max(1 + self.e["coverage_share"] * (tokens - 1), 0)
        return 1 - (1 - min(m.experts_per_token / m.experts, 1 - 1e-12)) ** different

    def imbalance(self) -> float:
        return 1 + self.e["expert_imbalance"] * math.log2(self.row.ep) / 3

    def expert_compute(self, tokens: float, covered: float) -> float:
        m, e = self.row.model, self.e
        if not m.experts:
            return 0.0
        padded = tokens * m.experts_per_token + covered * m.experts * e["expert_padding_rows"]
        flop = 2 * m.moe_layers * self.one_expert() / self.ranks() * padded
        width = m.expert_intermediate * self.row.ep / self.ranks()
        flop *= (1 + e["shard_width_half"] / width) * self.imbalance()
        return flop / (self.rate() * e["compute_share"] * e["moe_compute_share"])

    # --- one decode step ------------------------------------------------------------------------------

    def decode_classes(self, batch: float, context: float) -> dict[str, float]:
        m, e, row = self.row.model, self.e, self.row
        sequences = batch / (row.pp * row.dp)
        window = min(context, m.window_tokens) if m.window_tokens else context
        sparse = min(context, m.sparse_attention_tokens) if m.sparse_attention_tokens else context
        stream = self.bandwidth() * e["memory_share"]
        share = e["compute_share_16bit"] if self.attention_byte() >= 2 else e["compute_share"]
        kv = sequences * self.kv_read(context, window, sparse)
        flop = sequences * self.attention_flop(context, window, sparse, is_decode=True)
        tokens = sequences * row.dp
        read = min(self.coverage(tokens) * self.imbalance(), 1) * self.expert_bytes()
        vocab = m.vocab / row.tp
        p = e["overlap_exponent"]
        projection = 2 * self.attention_params() * sequences / (self.attention_rate() * share)
        ffn = 2 * (self.dense_ffn_params() + self.router_params()) * sequences / (self.rate() * e["compute_share"])
        head = 2 * m.hidden * vocab * sequences / (self.rate16() * e["compute_share_16bit"])
        return {
            "attention_projection_s": joined(self.attention_bytes() / stream, projection, p),
            "attention_s": joined(
                kv / (self.bandwidth() * e["kv_memory_share"]), flop / (self.rate16() * e["attention_compute_share"]), p
            ),
            "ffn_s": joined(self.ffn_bytes() / stream, ffn, p),
            "expert_s": joined(
                read / (self.bandwidth() * e["moe_memory_share"]), self.expert_compute(tokens, self.coverage(tokens)), p
            ),
            "head_s": joined((self.head_bytes() + sequences * vocab * 8) / stream, head, p),
            "activation_s": self.activation(sequences),
            "collective_s": self.collectives(sequences),
            "overhead_s": self.overhead(sequences),
        }

    def decode(self, batch: float, context: float) -> float:
        return sum(self.decode_classes(batch, context).values())

    def activation(self, tokens: float) -> float:
        m = self.row.model
        width = m.experts_per_token * m.expert_intermediate if m.moe_layers else m.intermediate
        passed = 2 * m.layers * (10 * m.hidden + 4 * (width + m.shared_intermediate) / self.row.tp)
        return passed * tokens / (self.bandwidth() * self.e["activation_share"])

    def kv_layer_bytes(self) -> float:
        m, tp = self.row.model, self.row.tp
        if m.kv_lora_rank:
            return (m.kv_lora_rank + m.qk_rope_head_dim) * self.row.kv_bits / 8
        return 2 * (m.kv_heads / tp if m.kv_heads >= tp else 1) * m.head_dim * self.row.kv_bits / 8

    def state_bytes(self) -> float:
        m = self.row.model
        return m.linear_layers * 256 * m.hidden * 2 / self.row.tp

    def kv_read(self, context: float, window: float, sparse: float) -> float:
        m = self.row.model
        index = m.full_attention_layers * 128 if m.sparse_attention_tokens else 0
        cache = m.full_attention_layers * self.kv_layer_bytes() * sparse + m.window_layers * self.kv_layer_bytes() * window
        return cache + index * context + 2 * self.state_bytes()

    def attention_flop(self, context: float, window: float, sparse: float, *, is_decode: bool) -> float:
        m, tp = self.row.model, self.row.tp
        heads = m.q_heads / tp
        if m.kv_lora_rank and is_decode:
            one = 2 * heads * (m.kv_lora_rank + m.qk_rope_head_dim + m.kv_lora_rank)
        elif m.kv_lora_rank:
            one = 2 * heads * (m.qk_nope_head_dim + m.qk_rope_head_dim + m.v_head_dim)
        else:
            one = 4 * heads * m.head_dim
        index = m.full_attention_layers * 2 * 64 * 128 / tp if m.sparse_attention_tokens else 0
        return one * (m.full_attention_layers * sparse + m.window_layers * window) + index * context

    # --- one prefill ------------------------------------------------------------------------------------

    def prefill(self, size: float, cached_share: float) -> float:
        m, e, row = self.row.model, self.e, self.row
        old = size * cached_share
        new = size - old
        passes = max(math.ceil(new / e["chunk_tokens"]), 1)
        stream, p = self.bandwidth() * e["memory_share"], e["overlap_exponent"]
        projection, attention, ffn = self.prefill_compute(size, old)
        covered = self.coverage(new * row.dp / passes)
        experts = joined(
            passes * covered * self.expert_bytes() / (self.bandwidth() * e["moe_memory_share"]),
            self.expert_compute(new * row.dp, 1.0),
            p,
        )
        head = 2 * m.hidden * m.vocab / row.tp / (self.rate16() * e["compute_share_16bit"])
        total = joined(passes * self.attention_bytes() / stream, projection, p) + attention
        total += joined(passes * self.ffn_bytes() / stream, ffn, p) + experts + joined(self.head_bytes() / stream, head, p)
        total += self.activation(new) + passes * self.collectives(new / passes)
        return total + passes * self.overhead(1) + e["prefill_overhead_s"]

    def prefill_compute(self, size: float, old: float) -> tuple[float, float, float]:
        m, e = self.row.model, self.e
        pairs = [attended(size, cap) - attended(old, cap) for cap in (0, m.window_tokens, m.sparse_attention_tokens)]
        share = e["compute_share_16bit"] if self.attention_byte() >= 2 else e["compute_share"]
        new = size - old
        projection = 2 * self.attention_params() * new / (self.attention_rate() * share)
        flop = self.attention_flop(*pairs, is_decode=False)
        ffn = 2 * (self.dense_ffn_params() + self.router_params()) * new / (self.rate() * e["compute_share"])
        return projection, flop / (self.rate16() * e["attention_compute_share"]), ffn

    def prefill_marginal(self, size: float, covered: float) -> float:
        e, row = self.e, self.row
        projection, attention, ffn = self.prefill_compute(size, 0.0)
        passes = size / e["chunk_tokens"]
        rest = max(self.coverage(size * row.dp) - covered, 0) * max(passes, 1)
        expert = joined(
            rest * self.expert_bytes() / (self.bandwidth() * e["moe_memory_share"]),
            self.expert_compute(size * row.dp, 1.0),
            e["overlap_exponent"],
        )
        total = projection + attention + ffn + expert + self.activation(size)
        total += self.collectives(min(size, e["chunk_tokens"])) * max(passes, 1)
        return total + e["request_overhead_s"]

    # --- memory and steady state --------------------------------------------------------------------------

    def weights(self) -> float:
        layers = (self.attention_bytes() + self.ffn_bytes() + self.expert_bytes()) / self.row.pp
        embedding = 0.0 if self.row.model.is_tied_embeddings else self.head_bytes()
        ends = max(self.head_bytes(), embedding) if self.row.pp > 1 else self.head_bytes() + embedding
        return layers + ends

    def sequences_max(self, context: float) -> float:
        m, e = self.row.model, self.e
        capacity = self.row.accelerator.memory_gib * 2**30 * e["usable_memory_share"] - e["workspace_bytes"]
        free = max(capacity - self.weights(), 0)
        window = min(context, m.window_tokens) if m.window_tokens else context
        index = m.full_attention_layers * 128 if m.sparse_attention_tokens else 0
        one = (m.full_attention_layers * self.kv_layer_bytes() + index) * context
        one += m.window_layers * self.kv_layer_bytes() * window + self.state_bytes()
        return free / (one / self.row.pp) * self.row.dp

    def steady(self, batch: float, size: float, output: float) -> dict[str, float]:
        """requests/s, TPOT, TTFT with `batch` sequences of one length class."""
        row, e = self.row, self.e
        step = self.decode(batch, size + output / 2)
        busy = e["interference_share"] * self.prefill_marginal(size, self.coverage(batch / row.pp)) / (row.pp * row.dp)
        steps = max(output - 1, 0)
        cycle = steps * step + batch * busy
        rho = min(batch * busy / cycle, 0.95)
        chunks = math.ceil(max(size / e["chunk_tokens"], 1))
        ttft = (0.5 + (chunks if batch > 1 else 0)) * step + self.prefill(size, 0.0) + rho * busy / (2 * (1 - rho))
        return {"requests_per_s": batch / cycle, "tpot_s": step + batch * busy / max(steps, 1), "ttft_s": ttft}
