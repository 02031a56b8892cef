"""An instance whose long and short requests are best served apart: the optimum is known with and without classes."""

from pathlib import Path

from tests.small_instances import write_instance

HISTOGRAM = "input_tokens,output_tokens,weight\n100,100,9\n900,900,1\n"
"""Nine short requests in ten carry half the tokens, the long one the other half: two classes of 90 % and 10 %."""
OFFERS = """offer,node_type,accelerator,accelerators,region,provider,usd_per_hour,power_kw,source
slow,1xSlow,Slow,1,us-virginia,me,1,1,quote
fast,1xFast,Fast,1,us-virginia,me,3,1,quote
"""
RATES = "workload,variant,node_type,requests_per_s,source\n"
APART = (("chat#1", "1xSlow", 5.0), ("chat#1", "1xFast", 10.0), ("chat#2", "1xSlow", 0.1), ("chat#2", "1xFast", 2.0))
"""Requests/s of a replica: the slow machine is good at short requests and bad at long ones."""
TOGETHER = (("chat", "1xSlow", 1 / (0.9 / 5 + 0.1 / 0.1)), ("chat", "1xFast", 1 / (0.9 / 10 + 0.1 / 2)))
"""The same on average over all requests: 0.8475 and 7.143 a second."""
HOURS = 2 * 2190.0


def classed_instance(folder: Path, buckets: int = 2, rates: str = "") -> Path:
    """Writes an instance of 10 requests/s and returns its folder; with classes two slow and one fast machine are enough."""
    rows = APART if buckets > 1 else TOGETHER
    text = rates or RATES + "".join(f"{w},mine@q7,{node},{rate},test bench\n" for w, node, rate in rows)
    changes = {
        "candidates": [{"model": "mine", "precisions": ["q7"], "is_modelled": False}], "workloads.0.slo": [],
        "workloads.0.lengths": {"histogram": "h.csv"}, "workloads.0.length_buckets": buckets,
        "supply": {"providers": ["aws"], "node_types": ["8xH100-SXM"], "terms": ["on_demand"]}, "service.utilisation_max": 1.0,
        "tables": {"offers": "offers.csv", "rates": "rates.csv"},
    }  # fmt: skip
    return write_instance(folder, changes, {"h.csv": HISTOGRAM, "offers.csv": OFFERS, "rates.csv": text})
