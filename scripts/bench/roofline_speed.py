"""Measures how many operating points a second the core evaluates on one core, against the plain-Python oracle.

usage: python scripts/bench/roofline_speed.py [--points N] [--repeat K] [--format json]

A point is one candidate at one batch and length mix: decode step, prefill interference, rate, TPOT, TTFT and bound. Also
timed: the largest batch under an SLO, which evaluates about a dozen points a candidate.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import fields
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.options.calibrated import load_calibration  # noqa: E402
from planner.roofline import service  # noqa: E402
from planner.roofline.calibration import Efficiencies  # noqa: E402
from planner.roofline.candidates import from_rows  # noqa: E402
from planner.roofline.lengths import Lengths  # noqa: E402
from tests.oracles.scalar_roofline import Replica  # noqa: E402
from tests.roofline.machines import varied  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=25)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    args = parser.parse_args()
    rows = varied()
    place = np.arange(args.points) % len(rows)
    small = from_rows(rows)
    reached_small = load_calibration().efficiencies(small)
    candidates, reached = small.take(place), reached_small.take(place)
    batch = 1.0 + np.random.default_rng(1).integers(0, 256, args.points)
    lengths = Lengths.of([200, 1000, 4000], [100, 300, 600], [3, 2, 1])

    def best_of(work: "object", count: int) -> float:
        times = []
        for _ in range(count):
            start = time.perf_counter()
            work()  # type: ignore[operator]
            times.append(time.perf_counter() - start)
        return min(times)

    point_s = best_of(lambda: service.operating_point(candidates, batch, lengths, reached), args.repeat) / args.points
    slo_s = best_of(lambda: service.best_under_slo(candidates, lengths, 2.0, 0.05, np.inf, reached), 3) / args.points
    values = {one.name: np.broadcast_to(getattr(reached_small, one.name), (len(rows),)) for one in fields(Efficiencies)}
    oracles = [Replica(row, {name: float(value[i]) for name, value in values.items()}) for i, row in enumerate(rows)]
    oracle_s = best_of(lambda: [one.steady(32.0, 1000.0, 300.0) for one in oracles], args.repeat) / len(rows)
    result = {
        "operating_points_per_s": round(1 / point_s),
        "slo_candidates_per_s": round(1 / slo_s),
        "oracle_points_per_s": round(1 / oracle_s),
        "ratio_to_oracle": round(oracle_s / point_s, 1),
        "points": args.points,
    }
    print(json.dumps(result) if args.format == "json" else "\n".join(f"{key:26s}{value:>12,}" for key, value in result.items()))


if __name__ == "__main__":
    main()
