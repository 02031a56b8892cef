"""What the replicas of a plan could carry after a loss, recomputed from its tables: the audit judges it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from planner.options.places import is_spot_place
from planner.plan.answers import answers, is_first_answer
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.ledger import limit_or_nan

STREAM = ["workload", "is_first"]


@dataclass(frozen=True, eq=False)
class Crowd:
    """The running replicas of a pool in a block, and what they answer."""

    pool: str
    period: str
    block: str
    requests_per_s: np.ndarray
    """What one replica carries at the utilisation allowed, by stream and deployment; 0 where the stream may not go there."""
    replicas: np.ndarray
    """By deployment."""
    regions: np.ndarray
    served: np.ndarray
    """Requests per second that replicas answer, by stream."""
    bought: np.ndarray
    """Requests per second that API offers answer, by stream."""

    def merged(self) -> "Crowd":
        """Returns the crowd with deployments of equal replicas taken together; regions are lost."""
        rates, position = np.unique(self.requests_per_s, axis=1, return_inverse=True)
        counts = np.bincount(position.ravel(), weights=self.replicas, minlength=rates.shape[1])
        none = np.array([], dtype=object)
        return Crowd(self.pool, self.period, self.block, rates, counts, none, self.served, self.bought)

    def left_after(self, spares: int) -> Iterator[np.ndarray]:
        """Yields the replicas left, by deployment, after every loss of so many of them that can be the worst."""
        if len(self.served) == 1:
            order = np.argsort(-self.requests_per_s[0], kind="stable")
            before = np.concatenate([[0.0], np.cumsum(self.replicas[order])[:-1]])
            lost = np.clip(spares - before, 0.0, self.replicas[order])
            yield self.replicas - lost[np.argsort(order, kind="stable")]
            return
        for lost_at in itertools.combinations_with_replacement(range(len(self.replicas)), spares):
            yield np.maximum(self.replicas - np.bincount(lost_at, minlength=len(self.replicas)), 0.0)


def crowds(found: AuditInput) -> list[Crowd]:
    """Returns the running replicas and what is answered, by pool and block with traffic."""
    carriers, given = _carriers(found), _answered(found)
    running = found.deployments[found.deployments["replicas"] > 0]
    parts = dict(iter(running.groupby(["pool", *SLOT], sort=False)))
    rows = []
    for key, mine in given.groupby(["pool", *SLOT], sort=False):
        here = parts.get(key, running.iloc[:0])
        here = here.groupby(["option", "place", "region"], as_index=False)[["replicas"]].sum()
        rates = np.array([
            [carriers.get((*stream, option, place), 0.0) for option, place in here[["option", "place"]].to_numpy().tolist()]
            for stream in mine[STREAM].itertuples(index=False, name=None)
        ], dtype=float).reshape(len(mine), len(here))  # fmt: skip
        served, bought = (mine[name].to_numpy(dtype=float) for name in ("served", "bought"))
        pool, period, block = map(str, key)
        counts, regions = here["replicas"].to_numpy(dtype=float), here["region"].to_numpy()
        rows.append(Crowd(pool, period, block, rates, counts, regions, served, bought))
    return rows


def _answered(found: AuditInput) -> pd.DataFrame:
    """Returns pool, period, block, workload, is_first, served (by replicas) and bought, where anything is answered."""
    key = [*STREAM, *SLOT]
    own = found.traffic.assign(is_first=is_first_answer(found.traffic, found)).groupby(key)["requests_per_s"].sum()
    total = answers(found).groupby(key)["requests_per_s"].sum()
    rows = pd.DataFrame({"total": total, "served": own}).fillna(0.0).reset_index()
    rows = rows[rows["total"] > 0]
    return rows.assign(pool=rows["workload"].map(found.pool_of), bought=(rows["total"] - rows["served"]).clip(lower=0.0))


def _carriers(found: AuditInput) -> dict[tuple[str, bool, str, str], float]:
    """Returns what one replica carries by (workload, is_first, option, place), where the workload may go there; 1/s."""
    places = found.deployments[["option", "place", "region"]].drop_duplicates()
    rates = found.coefficients.rates.drop_duplicates(["workload", "option"])
    rows = places.merge(rates[["workload", "option", "requests_per_s", "network_ms_max"]], on="option")
    paths = found.coefficients.paths.drop_duplicates(["workload", "region"])
    rows = rows.merge(paths[["workload", "region", "network_ms", "is_allowed"]], on=["workload", "region"])
    rows = rows.merge(found.options[["option", "model"]], on="option")
    is_spot = np.array([is_spot_place(str(place)) for place in rows["place"]], dtype=bool)
    bears = rows["workload"].isin(found.coefficients.spot["workload"]).to_numpy()
    near = ~(rows["network_ms"] > rows["network_ms_max"]).to_numpy()
    rows = rows[rows["is_allowed"].eq(True).to_numpy() & near & (~is_spot | bears)]
    carries = limit_or_nan(found.coefficients, "utilisation_max") * found.up_share(rows) * rows["requests_per_s"]
    keys = rows.assign(is_first=is_first_answer(rows, found))[[*STREAM, "option", "place"]].itertuples(index=False, name=None)
    return dict(zip(keys, carries.astype(float).tolist(), strict=True))


def carried_share(requests_per_s: np.ndarray, left: np.ndarray, needs: np.ndarray) -> float:
    """Returns the largest share, at most 1, of what streams need that replicas left can carry together.

    One stream: capacity over need. Several: the linear program max f with sum of traffic >= f x need by stream, and sum of
    traffic / rate <= replicas by deployment.
    """
    wanting = needs > 0
    rates, needs = requests_per_s[wanting], needs[wanting]
    if not len(needs):
        return 1.0
    if len(needs) == 1:
        return float(min(1.0, rates[0] @ left / needs[0]))
    streams, places = np.nonzero(rates > 0)
    many = len(streams)
    carried = np.zeros((len(needs), many + 1))
    carried[streams, np.arange(many)] = -1.0
    carried[:, many] = needs
    busy = np.zeros((rates.shape[1], many + 1))
    busy[places, np.arange(many)] = 1.0 / rates[streams, places]
    cost = np.append(np.zeros(many), -1.0)
    bounds = [*[(0.0, None)] * many, (0.0, 1.0)]
    answer = linprog(cost, A_ub=np.vstack([carried, busy]), b_ub=np.append(np.zeros(len(needs)), left), bounds=bounds)
    return float(answer.x[many]) if answer.status == 0 and answer.x is not None else float("nan")
