"""What does independence cost? The quickstart with no provider above a share of the accelerators, in every hour.

Under such a cap all cells hang together: one engine proves these programs closer than cells with cuts do.

Run: python scripts/studies/lock_in.py [provider|vendor|region|accelerator] [SECONDS of one solve]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

SHARES = (0.4, 0.6, 0.8)
WHOSE = sys.argv[1] if len(sys.argv) > 1 else "provider"
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 300.0


def cap(share: float) -> dict[str, object]:
    return {"limits": [{"limit": "most", "kind": f"{WHOSE}_share_max", "value": share}]}


capped = choose(
    instances_folder() / "quickstart",
    {f"no {WHOSE} above {share:.0%}": cap(share) for share in SHARES},
    SolveSettings(gap=0.003, time_limit_s=SECONDS, method="textbook"),
    is_nested=True,
)
(free,) = choose(instances_folder() / "quickstart", {"no limit": {}}, SolveSettings(gap=0.003, time_limit_s=SECONDS))
for one in (*capped, free):
    print(one.line())
for one in capped:
    if not one.why_not and not free.why_not:
        price = nested_difference(one, free)
        low, high = price.low_usd, price.high_usd
        told = "" if low > 0 else " (not told from 0 at this gap)"
        shares = f"{low / free.objective_usd:.1%} to {high / free.objective_usd:.1%}"
        print(f"{one.alternative} costs {low:,.0f} to {high:,.0f} usd more, {shares}{told}")
