"""Language models: the geometry that memory and arithmetic follow from, and the precisions of their weights."""

from dataclasses import dataclass

from planner.inputs.provenance import PROVENANCE
from planner.tables import Column, Table

ARCHITECTURES = ("dense", "moe")
COMPUTE_FORMATS = ("bf16", "fp8", "int8", "fp4")
DRAFT_KINDS = ("mtp", "eagle3", "draft_model")
ALIAS_KINDS = ("model", "accelerator", "precision", "engine")


@dataclass(frozen=True)
class LanguageModel:
    """One model's geometry; a count is 0 where the block does not exist."""

    model: str
    organisation: str
    huggingface_id: str
    architecture: str
    params_total_billion: float
    params_active_billion: float
    layers: int
    hidden: int
    intermediate: int
    ffn_matrices: int
    q_heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    experts: int
    experts_per_token: int
    shared_experts: int
    expert_intermediate: int
    shared_intermediate: int
    moe_layers: int
    kv_lora_rank: int
    q_lora_rank: int
    qk_rope_head_dim: int
    qk_nope_head_dim: int
    v_head_dim: int
    full_attention_layers: int
    window_layers: int
    window_tokens: int
    linear_layers: int
    linear_kind: str
    sparse_attention_tokens: int
    is_tied_embeddings: bool
    native_precision: str
    max_context_tokens: int
    licence: str
    released_on: str


@dataclass(frozen=True)
class Precision:
    """A format of weights: its bits with scales, and the arithmetic that its matrix products use."""

    precision: str
    weight_bits: float
    compute_format: str
    is_weight_only: bool
    description: str


@dataclass(frozen=True)
class Draft:
    """A way to draft tokens for a model: how many a step, the chance of each, the layers that a draft pass runs."""

    model: str
    draft: str
    draft_tokens: int
    acceptance: float
    draft_layers: float
    source: str

    @property
    def name(self) -> str:
        """Kind and number of tokens: mtp1, eagle3x3."""
        return f"{self.draft}{'x' if self.draft[-1].isdigit() else ''}{self.draft_tokens}"


def _count(name: str, meaning: str, minimum: int = 0) -> Column:
    return Column(name, "int", "", meaning, minimum=minimum)


def _block(name: str, meaning: str) -> Column:
    return Column(name, "int", "", f"{meaning}; 0: none", nullable=True, default=0, minimum=0)


MODELS = Table(
    "models",
    (
        Column("model", "str", "", "canonical name, lower case"),
        Column("organisation", "str", "", "publisher of the weights"),
        Column("huggingface_id", "str", "", "repository of the weights"),
        Column("architecture", "str", "", "every token uses all weights, or some experts", choices=ARCHITECTURES),
        Column("params_total_billion", "float", "1e9", "parameters, as published", is_positive=True),
        Column("params_active_billion", "float", "1e9", "parameters one token uses, as published", is_positive=True),
        _count("layers", "token mixers: full attention + window + linear", 1),
        _count("hidden", "width of the residual stream", 1),
        _block("intermediate", "width of the dense feed-forward block"),
        Column("ffn_matrices", "int", "", "matrices of a feed-forward block: 3 gated, 2 plain", minimum=2, maximum=3),
        _count("q_heads", "query heads", 1),
        _count("kv_heads", "key and value heads", 1),
        _count("head_dim", "elements of a query head (with latent attention: nope + rope)", 1),
        _count("vocab", "rows of the embedding", 1),
        _block("experts", "routed experts of an MoE layer"),
        _block("experts_per_token", "routed experts one token uses"),
        _block("shared_experts", "experts every token uses"),
        _block("expert_intermediate", "width of one routed expert"),
        _block("shared_intermediate", "width of all shared experts together"),
        _block("moe_layers", "layers with experts; the others have the dense block"),
        _block("kv_lora_rank", "latent width of compressed keys and values (MLA)"),
        _block("q_lora_rank", "latent width of compressed queries (MLA)"),
        _block("qk_rope_head_dim", "positional part of a key (MLA)"),
        _block("qk_nope_head_dim", "other part of a key, a head (MLA)"),
        _block("v_head_dim", "elements of a value head (MLA)"),
        _block("full_attention_layers", "layers that see the whole context"),
        _block("window_layers", "layers that see a window or chunk"),
        _block("window_tokens", "tokens of that window"),
        _block("linear_layers", "layers with a state of fixed size instead of keys and values"),
        Column("linear_kind", "str", "", "gated-deltanet or mamba-2", nullable=True, default=""),
        _block("sparse_attention_tokens", "tokens that sparse attention reads (DSA top-k)"),
        Column("is_tied_embeddings", "bool", "", "input and output embedding are one matrix"),
        Column("native_precision", "str", "", "key of precisions: how the weights are published"),
        _count("max_context_tokens", "longest context in the configuration", 1),
        Column("licence", "str", "", "licence of the weights"),
        Column("released_on", "date", "", "publication of the weights; empty: not known", nullable=True, default=""),
        *PROVENANCE,
    ),
    key=("model",),
    description="Language models with full geometry: dense, mixture of experts, latent, window and linear attention.",
)

PRECISIONS = Table(
    "precisions",
    (
        Column("precision", "str", "", "name"),
        Column("weight_bits", "float", "bit", "bits a weight with its scales", is_positive=True, maximum=16),
        Column("compute_format", "str", "", "arithmetic of native units", choices=COMPUTE_FORMATS),
        Column("is_weight_only", "bool", "", "activations stay 16-bit, so arithmetic runs at the 16-bit rate"),
        Column("description", "str", "", "what the format is"),
        *PROVENANCE,
    ),
    key=("precision",),
    description="Formats of weights; what an accelerator does with one is in precision_support.",
)

ALIASES = Table(
    "aliases",
    (
        Column("kind", "str", "", "what is named", choices=ALIAS_KINDS),
        Column("alias", "str", "", "another name, read without regard to case; name@vendor: only for that vendor"),
        Column("name", "str", "", "canonical name"),
        *PROVENANCE,
    ),
    key=("kind", "alias"),
    description="Other names of models, accelerators, precisions and engines.",
)

DRAFTS = Table(
    "drafts",
    (
        Column("model", "str", "", "key of models"),
        Column("draft", "str", "", "head of the model itself, trained head, or small model beside it", choices=DRAFT_KINDS),
        Column("draft_tokens", "int", "", "tokens drafted a step, in a chain", minimum=1, maximum=16),
        Column("acceptance", "float", "", "chance that a drafted token is accepted, the same at each place of the chain",
               is_positive=True, maximum=1),
        Column("draft_layers", "float", "", "layers of the model that a draft pass costs, and its size", is_positive=True),
        *PROVENANCE,
    ),
    key=("model", "draft", "draft_tokens"),
    description="Speculative decoding: how well drafts of a model are accepted. A model without a row is not drafted for.",
)  # fmt: skip
