"""The table `pairs`: which prefill replica may hand its prompts to which decode replica, and what a request then waits."""

from planner.tables import Column, Table


def _text(name: str, description: str) -> Column:
    return Column(name, "str", description=description)


PAIRS = Table(
    "pairs",
    (
        _text("workload", "workload"),
        _text("prefill_option", "option of role prefill"),
        _text("decode_option", "option of role decode"),
        Column("ttft_ms", "float", "ms", "prefill, KV transfer, and the first decode step with half a one before it", minimum=0),
        Column("e2e_ms", "float", "ms", "end to end, without network", minimum=0),
        Column("kv_transfer_ms", "float", "ms", "the prompt's cache from one replica to the other", minimum=0),
        Column("kv_gb_per_request", "float", "GB", "cache that crosses for a request of mean length", minimum=0),
        Column(
            "network_ms_max", "float", "ms", "longest network round trip with which the promises hold; empty: any",
            nullable=True, minimum=0,
        ),
    ),
    ("workload", "prefill_option", "decode_option"),
    "Disaggregated serving: pairs of options that keep a workload's promises together. Empty where nobody asks for it.",
)  # fmt: skip
