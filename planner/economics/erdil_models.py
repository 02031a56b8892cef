"""The paper's language models: their dimensions, the parameters, bytes and FLOP counted from them, and scaled ones."""

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from planner.economics.erdil_constants import Version, read_models, read_scaled_models
from planner.errors import InputError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ErdilModel:
    """A decoder-only transformer as Erdil (2025) describes it; dimensions of scaled models are fractional.

    `layers` has `experts` feed-forward networks of width `intermediate`, of which `active_experts` serve a token;
    `query_heads` share KV heads in groups of `group_size`; `mla_kv_dim` > 0 means multi-head latent attention.
    """

    model: str
    hidden: float
    intermediate: float
    layers: int
    experts: int
    active_experts: int
    query_heads: float
    group_size: float
    head_dim: float
    vocab: float
    weight_bytes: float
    activation_bytes: float
    ff_in_matrices: int
    ff_out_matrices: int
    is_parallel_attention: bool = False
    mla_kv_dim: float = 0.0
    mla_query_dim: float = 0.0

    @property
    def has_latent_attention(self) -> bool:
        """Whether keys and values are cached as one latent vector (MLA)."""
        return self.mla_kv_dim > 0

    @property
    def weight_bits(self) -> float:
        """Bits per weight, the key of the device's arithmetic rate (quirk 13: whatever the activations)."""
        return 8 * self.weight_bytes

    @property
    def sparsity(self) -> int:
        """floor(E / a): the share of experts a token leaves idle is 1 - 1/sparsity (quirk 2: 28 for DeepSeek-V3)."""
        return self.experts // self.active_experts

    @property
    def kv_heads_both(self) -> float:
        """Key heads plus value heads, 2 h / g."""
        return 2 * self.query_heads / self.group_size

    @property
    def attention_width(self) -> float:
        """Output width A = (h + 2 k) e of the fused query-key-value projection."""
        return (self.query_heads + self.kv_heads_both) * self.head_dim

    @property
    def ff_matrices(self) -> int:
        """Matrices of one feed-forward network, m1 + m2."""
        return self.ff_in_matrices + self.ff_out_matrices

    @property
    def ff_parameters_per_expert(self) -> float:
        """(m1 + m2) d f."""
        return self.ff_matrices * self.hidden * self.intermediate

    @property
    def ff_parameters(self) -> float:
        """L E (m1 + m2) d f."""
        return self.layers * self.experts * self.ff_parameters_per_expert

    @property
    def attention_parameters_per_layer(self) -> float:
        """A d + h e d; with MLA 2 r_kv d + r_q d + 2 h e r_kv + h e r_q + h e d (quirk 2: r_kv d counted twice)."""
        heads_width = self.head_dim * self.query_heads
        if not self.has_latent_attention:
            return self.attention_width * self.hidden + heads_width * self.hidden
        down = 2 * self.mla_kv_dim * self.hidden + self.mla_query_dim * self.hidden
        up = self.kv_heads_both * self.head_dim * self.mla_kv_dim + heads_width * self.mla_query_dim
        return down + up + heads_width * self.hidden

    @property
    def embedding_parameters(self) -> float:
        """2 V d: input and output tables, always untied (quirk 4)."""
        return self.vocab * self.hidden * 2

    @property
    def attention_parameters(self) -> float:
        """Attention parameters of all layers."""
        return self.layers * self.attention_parameters_per_layer

    @property
    def parameters(self) -> float:
        """Total parameters N."""
        return self.attention_parameters + self.ff_parameters + self.embedding_parameters

    @property
    def active_parameters(self) -> float:
        """Parameters a token meets, N_a = attention + floor(FF / sparsity) + embeddings."""
        return self.attention_parameters + self.ff_parameters // self.sparsity + self.embedding_parameters

    @property
    def weights_bytes(self) -> float:
        """Bytes of all weights, w N."""
        return self.weight_bytes * self.parameters

    @property
    def kv_bytes_per_token(self) -> float:
        """Bytes of KV cache per token over all layers: 2 k e L b, with MLA r_kv L b (quirk 2: no rope part)."""
        width = self.mla_kv_dim if self.has_latent_attention else self.kv_heads_both * self.head_dim
        return width * self.layers * self.activation_bytes

    @property
    def attention_flop_per_token_pair(self) -> float:
        """FLOP of one new token against one cached token over all layers: 4 L h e, with MLA 4 L h r_kv."""
        width = self.mla_kv_dim if self.has_latent_attention else self.head_dim
        return 4 * width * self.query_heads * self.layers

    @property
    def unembedding_bytes(self) -> float:
        """Bytes of the output table, w V d, read once per pass."""
        return self.weight_bytes * self.vocab * self.hidden

    def flop(self, context_tokens: float | FloatArray, tokens: float | FloatArray) -> FloatArray:
        """Returns the FLOP of one forward over `tokens` new tokens: 2 N_a tokens + 4 L h e c tokens."""
        return np.asarray(2 * self.active_parameters * tokens + self.attention_flop(context_tokens, tokens))

    def ff_flop(self, tokens: float | FloatArray) -> FloatArray:
        """Returns the feed-forward FLOP, 2 (L E ff / s) tokens."""
        return np.asarray(2 * self.ff_parameters / self.sparsity * tokens)

    def attention_flop(self, context_tokens: float | FloatArray, tokens: float | FloatArray) -> FloatArray:
        """Returns the FLOP of queries against the KV cache."""
        return np.asarray(self.attention_flop_per_token_pair * np.asarray(context_tokens) * tokens)

    def projection_flop(self, context_tokens: float | FloatArray, tokens: float | FloatArray) -> FloatArray:
        """Returns the rest: attention projections and both embedding tables (quirk 4)."""
        attention = self.attention_flop(context_tokens, tokens)
        return np.asarray(self.flop(context_tokens, tokens) - (self.ff_flop(tokens) + attention))


def scaled_model(base: ErdilModel, name: str, size_factor: float, depth_exponent: float = 1 / 3) -> ErdilModel:
    """Returns a model of about `size_factor` times the parameters, as the notebook's scaling helper makes it.

    With factor x and exponent y: d, f ~ x^((1-y)/2), L = int(L x^y), h = ceil(h x^((1-y)/4)), e ~ x^((1-y)/4);
    the number of KV heads and all else are kept. Widths and group size become fractional.
    """
    width = size_factor ** ((1 - depth_exponent) / 2)
    heads = size_factor ** ((1 - depth_exponent) / 4)
    query_heads = float(math.ceil(base.query_heads * heads))
    return replace(
        base,
        model=name,
        hidden=base.hidden * width,
        intermediate=base.intermediate * width,
        layers=int(base.layers * size_factor**depth_exponent),
        query_heads=query_heads,
        group_size=query_heads / (base.query_heads / base.group_size),
        head_dim=base.head_dim * heads,
    )


@cache
def load_models(version: Version = "v2") -> dict[str, ErdilModel]:
    """Returns the models of a version of the notebook by object name, scaled ones included (v2)."""
    models: dict[str, ErdilModel] = {}
    fields = list(ErdilModel.__dataclass_fields__)
    for row in read_models(version)[fields].to_dict("records"):
        models[str(row["model"])] = ErdilModel(**{str(key): value for key, value in row.items()})
    for row in read_scaled_models(version).to_dict("records"):
        base = models[row["base_model"]]
        models[row["model"]] = scaled_model(base, row["model"], row["size_factor"], row["depth_exponent"])
    return models


def find_model(name: str, version: Version = "v2") -> ErdilModel:
    """Returns a model by its object name; raises InputError naming those that exist."""
    models = load_models(version)
    if name not in models:
        raise InputError.single(f"erdil {version} model", "one of " + ", ".join(models), repr(name))
    return models[name]
