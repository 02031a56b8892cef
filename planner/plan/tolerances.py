"""Every tolerance of the audit, in one place; counts of replicas, nodes and accelerators are exact."""

RELATIVE = 1e-6
"""Demand and capacity: relative to the number expected."""
LATENCY_RELATIVE = 1e-6
"""Latency promises: relative to the limit; room for rounding, not for slack."""
SHARE = 1e-9
"""Gaps, shares and factors: absolute."""
USD = 0.01
"""Money: absolute, a ledger row and a total alike."""
FINDINGS_MAX = 20
"""Findings listed a check; one more says how many were left out."""
