"""What fits: weights and KV cache per accelerator, sequences per replica.

Free bytes = capacity x usable share - weights - workspace; a pipeline stage holds 1/pp of the layers and of the cache.
Worked: Llama-3.1-70B fp8 over 8 H100 80 GiB: weights 8.9 GB each, free 0.9 x 85.9 - 8.9 - 1.5 = 66.9 GB, KV of one
token 80 x 2 x 1 x 128 x 1 B = 20.5 kB a rank, so 3.27 M tokens.
"""

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats


def weights_bytes_per_accelerator(candidates: Candidates) -> Floats:
    """Returns the bytes of weights on the fullest accelerator.

    Layers / pp, plus the larger of head and embedding (both, where the pipeline has a single stage).
    """
    c = candidates
    layers = (c.attention_bytes + c.ffn_bytes + c.expert_bytes) / c.pp
    ends = np.where(c.pp > 1, np.maximum(c.head_bytes, c.embedding_bytes), c.head_bytes + c.embedding_bytes)
    return layers + ends


def kv_bytes_per_token(candidates: Candidates, context: Floats | float) -> Floats:
    """Returns mean KV bytes per context token a tensor rank holds, all layers, for sequences of `context` tokens.

    Window layers keep min(context, window); a linear layer's state is spread over the sequence.
    """
    return sequence_bytes(candidates, np.asarray(context, dtype=np.float64)) / np.maximum(context, 1.0)


def sequence_bytes(candidates: Candidates, context: Floats) -> Floats:
    """Returns KV and state bytes of one sequence of `context` tokens on a tensor rank, all layers."""
    c = candidates
    window = np.where(c.window_tokens > 0, np.minimum(context, c.window_tokens), context)
    return (c.kv_bytes_full + c.kv_bytes_index) * context + c.kv_bytes_window * window + c.state_bytes


def free_bytes_per_accelerator(candidates: Candidates, efficiencies: Efficiencies, factor: Values = 1.0) -> Floats:
    """Returns the bytes left for KV cache on one accelerator; 0 where the weights, times `factor`, do not fit."""
    usable = candidates.memory_bytes * efficiencies.usable_memory_share - efficiencies.workspace_bytes
    return np.maximum(usable - weights_bytes_per_accelerator(candidates) * factor, 0.0)


def sequences_max(candidates: Candidates, context: Floats | float, efficiencies: Efficiencies, factor: Values = 1.0) -> Floats:
    """Returns how many sequences of `context` tokens one replica holds (a real number; 0 = the weights do not fit).

    `factor` multiplies weights and cache: above 1 where a draft stands beside the model.
    """
    c = candidates
    one = sequence_bytes(c, np.asarray(context, dtype=np.float64)) * factor / c.pp
    return free_bytes_per_accelerator(c, efficiencies, factor) / np.maximum(one, 1.0) * c.dp
