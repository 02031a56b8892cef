"""Quality scores and what quantisation takes from them.

A score means something only with its benchmark and its reporter: the same benchmark run by two parties differs by
prompt, harness and sampling, so scores are compared only inside one (benchmark, reported_by) pair.
"""

from planner.inputs.provenance import PROVENANCE
from planner.tables import Column, Table

SIZE_CLASSES = ("small", "medium", "large")
SMALL_BELOW_BILLION = 15.0
LARGE_ABOVE_BILLION = 100.0

QUALITY = Table(
    "quality",
    (
        Column("model", "str", "", "key of models"),
        Column("benchmark", "str", "", "benchmark with its variant; different harnesses have different names"),
        Column("reported_by", "str", "", "who ran it"),
        Column("score", "float", "points", "0..100, higher is better", minimum=0, maximum=100),
        *PROVENANCE,
    ),
    key=("model", "benchmark", "reported_by"),
    description="Scores of unquantised models; compare only inside one benchmark and reporter.",
)

QUANTIZATION = Table(
    "quantization",
    (
        Column("model", "str", "", "key of models"),
        Column("precision", "str", "", "key of precisions"),
        Column("benchmark", "str", "", "benchmark as the source names it"),
        Column("scheme", "str", "", "method and format detail"),
        Column("baseline_score", "float", "", "score in 16 bit", nullable=True, is_positive=True),
        Column("quantized_score", "float", "", "score at the precision", nullable=True, minimum=0),
        Column("recovery_share", "float", "", "quantised over baseline", is_positive=True, maximum=2),
        *PROVENANCE,
    ),
    key=("model", "precision", "benchmark", "scheme"),
    description="Measured scores of quantised models beside their 16-bit baselines.",
)

QUANTIZATION_DEFAULTS = Table(
    "quantization_defaults",
    (
        Column("precision", "str", "", "key of precisions"),
        Column("size_class", "str", "", "small < 15, medium 15 to 100, large > 100 billion", choices=SIZE_CLASSES),
        Column("recovery_share", "float", "", "median", is_positive=True, maximum=1.5),
        Column("recovery_low", "float", "", "tenth percentile", is_positive=True, maximum=1.5),
        Column("recovery_high", "float", "", "ninetieth percentile", is_positive=True, maximum=1.5),
        Column("points", "int", "", "measurements behind it", minimum=0),
        *PROVENANCE,
    ),
    key=("precision", "size_class"),
    description="Recovery to expect where a model was not measured at a precision.",
)
