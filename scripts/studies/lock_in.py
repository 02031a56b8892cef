"""What does independence cost? The quickstart with no provider above a share of the accelerators, in every hour.

Run: python scripts/studies/lock_in.py [provider|vendor|region|accelerator]
"""

import sys

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

SHARES = (0.4, 0.6, 0.8)
WHOSE = sys.argv[1] if len(sys.argv) > 1 else "provider"


def cap(share: float) -> dict[str, object]:
    return {"limits": [{"limit": "most", "kind": f"{WHOSE}_share_max", "value": share}]}


choices = choose(
    instances_folder() / "quickstart",
    {**{f"no {WHOSE} above {share:.0%}": cap(share) for share in SHARES}, "no limit": {}},
    SolveSettings(gap=0.01, time_limit_s=60.0),
    is_nested=True,
)
free = choices[-1]
for one in choices:
    print(one.line())
for one in choices[:-1]:
    if not one.why_not and not free.why_not:
        price = nested_difference(one, free)
        told = "" if price.low_usd > 0 else " (not told from 0 at this gap)"
        print(f"{one.alternative} costs {price.low_usd:,.0f} to {price.high_usd:,.0f} usd more{told}")
