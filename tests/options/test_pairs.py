"""The table of pairs: what it must say, and that its options exist."""

import pandas as pd
import pytest

from planner.errors import InputError
from planner.options.pairs import PAIRS
from tests.disaggregated_worlds import apart, pair_row


def test_a_pair_has_times_a_cache_and_a_reach_that_may_be_empty():
    checked = PAIRS.check(pd.DataFrame([pair_row("chat", "p", "d")]), "pairs")

    assert checked["ttft_ms"].tolist() == [135.0]
    assert checked["network_ms_max"].isna().all()
    with pytest.raises(InputError, match="kv_transfer_ms"):
        PAIRS.check(pd.DataFrame([{**pair_row("chat", "p", "d"), "kv_transfer_ms": -1.0}]), "pairs")


def test_a_pair_of_unknown_options_or_workloads_is_refused():
    given = apart()
    for column in ("workload", "prefill_option", "decode_option"):
        with pytest.raises(InputError, match=f"pairs, column {column}.*'nobody'"):
            given.with_tables(pairs=given.pairs.assign(**{column: "nobody"}))
