"""What the audit reads: the plan's folder as it is, damage and all, and the joins that several checks need."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.instance import Instance
from planner.options.coefficients import TABLES as COEFFICIENT_TABLES
from planner.options.coefficients import Coefficients, with_base_blocks
from planner.options.extension_tables import EXTENSIONS
from planner.options.places import is_spot_place, provider_of_place, zone_of_offer, zone_of_place
from planner.plan.files import COEFFICIENTS_FOLDER, INSTANCE_FOLDER, read_catalog, read_facts, read_instance
from planner.plan.handovers import with_pair_latencies
from planner.plan.ledger import ledger, offers_used, region_of
from planner.plan.length_classes import classed
from planner.plan.plan import EXTENSIONS as PLAN_EXTENSIONS
from planner.plan.plan import TABLES, PlanFacts, PlanTables
from planner.tables import Table

SLOT = ["period", "block"]


@dataclass(frozen=True, eq=False)
class AuditInput:
    """A plan's folder as found.

    Cells that are missing or cannot be read are NaN or empty in the frames and stand in `faults`; so do broken
    instance and catalog files, for which `instance` is None.
    """

    folder: Path
    facts: PlanFacts
    tables: PlanTables
    coefficients: Coefficients
    instance: Instance | None
    """With its length classes as workloads."""
    catalog: Mapping[str, pd.DataFrame]
    faults: tuple[Fault, ...]
    written: Instance | None = None
    """The instance as its user wrote it."""

    @cached_property
    def periods(self) -> list[str]:
        """Periods in order."""
        return [str(name) for name in self.coefficients.periods.sort_values("position")["period"]]

    @cached_property
    def slots(self) -> pd.DataFrame:
        """period, block, position, hours of every block."""
        positions = self.coefficients.periods.drop_duplicates("period")[["period", "position"]]
        blocks = self.coefficients.blocks.drop_duplicates(SLOT)
        return blocks.merge(positions, on="period", how="left")

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Offers, each name once, with the zone that their nodes stand in."""
        rows = self.coefficients.offers.drop_duplicates("offer")
        zones = [zone_of_offer(str(region), str(kind)) for region, kind in zip(rows["region"], rows["kind"], strict=True)]
        return rows.assign(zone=pd.Series(zones, index=rows.index, dtype=object))

    @cached_property
    def due(self) -> pd.DataFrame:
        """The ledger recomputed from what the plan does and the prices alone."""
        tables = self.tables
        more = {name: getattr(tables, name) for name in ("deployments", *PLAN_EXTENSIONS)}
        return ledger(tables.traffic, tables.nodes, tables.orders, self.coefficients, more)

    @cached_property
    def options(self) -> pd.DataFrame:
        """Options, each name once."""
        return self.coefficients.options.drop_duplicates("option")

    @cached_property
    def pool_of(self) -> pd.Series:
        """Pool by workload."""
        unique = self.coefficients.pools.drop_duplicates("workload")
        return unique.set_index("workload")["pool"]

    @cached_property
    def demand(self) -> pd.DataFrame:
        """Offered traffic that is not zero: workload, period, block, requests_per_s."""
        rows = self.coefficients.demand
        return rows.loc[~(rows["requests_per_s"] <= 0), ["workload", *SLOT, "requests_per_s"]]

    @cached_property
    def traffic(self) -> pd.DataFrame:
        """Traffic with region, provider, pool, variant, and the rate and path it relies on (NaN where there is none)."""
        rows = _placed(self.tables.traffic)
        rates = self.coefficients.rates.drop_duplicates(["workload", "option"])
        rates = rates[["workload", "option", "requests_per_s", "ttft_ms", "tpot_ms", "e2e_ms", "network_ms_max", "source"]]
        rates = rates.rename(columns={"requests_per_s": "rate_requests_per_s", "source": "rate_source"})
        rates = rates.astype({"ttft_ms": float, "e2e_ms": float})
        paths = self.coefficients.paths.drop_duplicates(["workload", "region"])
        rows = _with(rows, rates, ["workload", "option"])
        rows = _with(rows, paths[["workload", "region", "network_ms", "is_allowed"]], ["workload", "region"])
        rows = _with(rows, self.options[["option", "variant", "model", "precision", "role"]], ["option"])
        rows = with_pair_latencies(rows, self.tables.handovers, self.coefficients)
        pool = rows["workload"].map(self.pool_of).astype(object).fillna("")
        return rows.assign(pool=pool, is_allowed=rows["is_allowed"].eq(True))

    @cached_property
    def deployments(self) -> pd.DataFrame:
        """Deployments with region, provider and the size of a replica."""
        columns = ["option", "node_type", "gpus", "nodes_per_replica", "role"]
        return _with(_placed(self.tables.deployments), self.options[columns], ["option"])

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """Nodes with what their offer is."""
        columns = ["offer", "node_type", "region", "zone", "provider", "accelerators", "kind"]
        return _with(self.tables.nodes, self.offers[columns], ["offer"])

    @cached_property
    def placement(self) -> pd.DataFrame:
        """Placement with the offer of the node (`_node` where a name is taken) and the option of the replica (`_option`)."""
        offers = self.offers[["offer", "node_type", "region", "zone", "provider", "accelerators"]]
        options = self.options[["option", "node_type", "gpus", "nodes_per_replica", "role"]]
        rows = _with(self.tables.placement, offers.rename(columns={"accelerators": "accelerators_node"}), ["offer"])
        return _with(rows, options.rename(columns={"node_type": "node_type_option"}), ["option"])

    def up_share(self, rows: pd.DataFrame) -> np.ndarray:
        """Returns the share of replicas that is up on average for rows of option and place: below 1 on spot nodes alone."""
        nodes = rows["option"].map(self.options.set_index("option")["nodes_per_replica"]).to_numpy(dtype=float)
        is_spot = np.array([is_spot_place(str(place)) for place in rows["place"]], dtype=bool)
        return np.where(is_spot, (1.0 - self.coefficients.scalar("spot_interruption_share")) ** nodes, 1.0)

    @cached_property
    def offers_needed(self) -> list[str]:
        """Offers whose price the plan's cost rests on."""
        return offers_used(self.tables.nodes, self.tables.orders, self.coefficients)


def read_audit_input(folder: Path) -> AuditInput:
    """Returns a plan's folder as found; raises InputError where plan.json or a table file is missing or unreadable."""
    facts = read_facts(folder)
    faults: list[Fault] = []
    unreadable: list[Fault] = []
    with np.errstate(all="ignore"):  # numbers out of all bounds are faults, not warnings
        frames = _frames(folder, "", TABLES, faults, unreadable)
        coefficients = _frames(folder, f"{COEFFICIENTS_FOLDER}/", COEFFICIENT_TABLES, faults, unreadable)
    if unreadable:
        raise InputError(unreadable)
    coefficients["blocks"] = with_base_blocks(coefficients["blocks"])
    instance, written, catalog = None, None, {}
    try:
        written = read_instance(folder, facts)
        instance = classed(written)
    except InputError as error:
        faults += error.faults
    except Exception as error:  # a copy damaged beyond what the reader foresees is a fault like any other
        faults.append(Fault(INSTANCE_FOLDER, "an instance that can be read", f"{type(error).__name__}: {error}"))
    try:
        catalog = read_catalog(folder)
    except InputError as error:
        faults += error.faults
    read = PlanTables(**frames), Coefficients(**coefficients)
    return AuditInput(folder, facts, *read, instance, catalog, tuple(faults), written)


def numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    """Returns a column of text as numbers, NaN where it is empty, no number or missing."""
    if column not in frame.columns:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    return pd.to_numeric(frame[column], errors="coerce").astype(float)


def canonical(catalog: Mapping[str, pd.DataFrame], kind: str, name: str) -> str:
    """Returns the lower-case canonical name that a name of an instance stands for, by the aliases copied with the plan."""
    frame = catalog.get("aliases")
    if frame is not None and {"kind", "alias", "name"} <= set(frame.columns):
        rows = frame[(frame["kind"] == kind) & (frame["alias"].str.lower() == name.lower())]
        if len(rows):
            return str(rows["name"].iloc[0]).lower()
    return name.lower()


def _with(rows: pd.DataFrame, facts: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Returns the rows with the facts of their key; where there are none numbers are NaN and texts empty."""
    joined = rows.merge(facts, on=key, how="left")
    texts = [name for name in facts.columns if name not in key and facts[name].dtype == object]
    return joined.assign(**{name: joined[name].astype(object).fillna("") for name in texts})


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    place = frame["place"].astype(str)
    parts = {"zone": zone_of_place, "provider": provider_of_place}
    found = {name: pd.Series([part(one) for one in place], index=frame.index, dtype=object) for name, part in parts.items()}
    return frame.assign(region=region_of(place).astype(object), **found)


def _frames(
    folder: Path, under: str, tables: Mapping[str, Table], faults: list[Fault], unreadable: list[Fault]
) -> dict[str, pd.DataFrame]:
    """Returns each table loosely typed; appends the faults against its declaration and the files that cannot be read."""
    frames = {}
    for name, declared in tables.items():
        where = f"{under}{name}.csv"
        try:
            raw = pd.read_csv(folder / where, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
        except FileNotFoundError:
            if name in EXTENSIONS or name in PLAN_EXTENSIONS:  # a plan older than the table; one that lost it fails its digests
                frames[name] = declared.empty()
                continue
            unreadable.append(Fault(str(folder / where), "a table of the plan", "no such file"))
            continue
        except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
            unreadable.append(Fault(str(folder / where), "a readable table", str(error).splitlines()[0]))
            continue
        checked, found = declared.faults(raw, where, first_line=2)
        faults += found
        frames[name] = checked if not found else _loosened(declared).faults(raw, where)[0]
    return frames


def _loosened(declared: Table) -> Table:
    """Returns a declaration with the same columns that takes any row: counts may be broken, cells may be empty."""
    columns = tuple(
        replace(
            column,
            kind="float" if column.kind == "int" else column.kind,
            required=False,
            nullable=True,
            minimum=None,
            maximum=None,
            is_positive=False,
            choices=(),
        )
        for column in declared.columns
    )
    return Table(declared.name, columns, ())
