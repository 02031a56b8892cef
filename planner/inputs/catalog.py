"""Loads the catalog: accelerators, nodes, models, prices, places and quality, checked as a whole.

The catalog is a folder of CSV files, each declared as a Table in this room. Reading collects every fault of every file
before it raises. A second folder, the overlay, may replace rows (same key) and add rows.
"""

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.catalog_checks import cross_faults
from planner.inputs.catalog_rows import built
from planner.inputs.hardware import ACCELERATORS, NODE_TYPES, PRECISION_SUPPORT, Accelerator, NodeType
from planner.inputs.models import ALIASES, DRAFTS, MODELS, PRECISIONS, LanguageModel, Precision
from planner.inputs.places import PROVIDER_REGIONS, PROVIDERS, REGIONS
from planner.inputs.prices import API_PRICES, COLOCATION, OFFERS, PRICE_HISTORY, PURCHASES, SAVINGS_PLANS
from planner.inputs.quality import QUALITY, QUANTIZATION, QUANTIZATION_DEFAULTS
from planner.tables import Table

CATALOG_TABLES: tuple[Table, ...] = (
    ACCELERATORS,
    NODE_TYPES,
    PRECISIONS,
    PRECISION_SUPPORT,
    MODELS,
    ALIASES,
    DRAFTS,
    REGIONS,
    PROVIDERS,
    PROVIDER_REGIONS,
    OFFERS,
    PURCHASES,
    COLOCATION,
    SAVINGS_PLANS,
    API_PRICES,
    QUALITY,
    QUANTIZATION,
    QUANTIZATION_DEFAULTS,
    PRICE_HISTORY,
)
"""Every table of the catalog, in reading order. `offers` is a folder with one file a provider."""

NEAREST_NAMES = 3


@dataclass(frozen=True)
class Catalog:
    """The catalog, typed. Frames are shared and must not be changed in place.

    `precision_support` maps (accelerator, precision) to the dense rate in TFLOPS; a pair that is absent does not run.
    `tables` holds every table with its provenance columns; `digest` is the SHA-256 of all rows in key order, so it
    changes when a fact or its source changes and not when lines are reordered.
    """

    accelerators: Mapping[str, Accelerator]
    node_types: Mapping[str, NodeType]
    models: Mapping[str, LanguageModel]
    precisions: Mapping[str, Precision]
    precision_support: Mapping[tuple[str, str], float]
    tables: Mapping[str, pd.DataFrame]
    digest: str
    _names: Mapping[str, Mapping[str, str]]

    @property
    def offers(self) -> pd.DataFrame:
        """Node types for rent."""
        return self.tables["offers"]

    @property
    def purchases(self) -> pd.DataFrame:
        """Node types for sale."""
        return self.tables["purchases"]

    @property
    def colocation(self) -> pd.DataFrame:
        """Rent of data-centre space by region."""
        return self.tables["colocation"]

    @property
    def savings_plans(self) -> pd.DataFrame:
        """Promises to spend by the hour."""
        return self.tables["savings_plans"]

    @property
    def api_prices(self) -> pd.DataFrame:
        """Models by the token."""
        return self.tables["api_prices"]

    @property
    def regions(self) -> pd.DataFrame:
        """Places with carbon, electricity and PUE."""
        return self.tables["regions"]

    @property
    def provider_regions(self) -> pd.DataFrame:
        """Providers' region names."""
        return self.tables["provider_regions"]

    @property
    def providers(self) -> pd.DataFrame:
        """Sellers of capacity."""
        return self.tables["providers"]

    @property
    def quality(self) -> pd.DataFrame:
        """Scores by model, benchmark and reporter."""
        return self.tables["quality"]

    @property
    def quantization(self) -> pd.DataFrame:
        """Measured recovery by model, precision and benchmark."""
        return self.tables["quantization"]

    @property
    def quantization_defaults(self) -> pd.DataFrame:
        """Recovery to expect by precision and model size."""
        return self.tables["quantization_defaults"]

    @property
    def drafts(self) -> pd.DataFrame:
        """Ways to draft tokens by model."""
        return self.tables["drafts"]

    @property
    def price_history(self) -> pd.DataFrame:
        """Dates on which list prices changed."""
        return self.tables["price_history"]

    @property
    def aliases(self) -> pd.DataFrame:
        """Other names."""
        return self.tables["aliases"]

    def resolve(self, kind: str, name: str) -> str:
        """Returns the canonical name; case, spaces and underscores do not matter.

        Parameters
        ----------
        kind
            `model`, `accelerator`, `precision`, `engine`, `node_type`, `region` or `provider`.
        name
            A canonical name or an alias; a node type may name its accelerator by an alias (`8xH100`).

        Raises
        ------
        InputError
            Names nothing; the message tells the nearest names.
        """
        if kind not in self._names:
            raise InputError.single(f"kind {kind!r}", f"one of {', '.join(sorted(self._names))}", repr(kind))
        known = self._names[kind]
        folded = _folded(name)
        if folded in known:
            return known[folded]
        if kind == "node_type":
            count, cross, accelerator = folded.partition("x")
            inner = self._names["accelerator"].get(accelerator, "")
            if cross and _folded(f"{count}x{inner}") in known:
                return known[_folded(f"{count}x{inner}")]
        raise InputError.single(f"{kind} {name!r}", _nearest(folded, known), repr(name))

    def resolve_precision(self, name: str, accelerator: str) -> str:
        """Returns the canonical precision that a name means on an accelerator (bare `fp4` on AMD is `mxfp4`)."""
        vendor = self.accelerators[self.resolve("accelerator", accelerator)].vendor
        known = self._names["precision"]
        by_vendor = known.get(_folded(f"{name}@{vendor}"))
        return by_vendor if by_vendor is not None else self.resolve("precision", name)


def shipped_folder() -> Path:
    """Returns the folder of the shipped catalog: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "catalogs"
    return checkout if (package.parent / "pyproject.toml").is_file() else package / "_data" / "catalogs"


def load_catalog(folder: Path | None = None, overlay: Path | None = None) -> Catalog:
    """Returns the catalog of a folder (None: the shipped one), with the rows of an overlay folder on top.

    An overlay holds any of the catalog's files; a row with a known key replaces the whole row, any other is added.

    Raises
    ------
    InputError
        All faults of all files: unreadable or missing files, bad cells, repeated keys, names that no other table has.
    """
    base = folder if folder is not None else shipped_folder()
    if not base.is_dir():
        raise InputError.single(str(base), "a folder of catalog tables", "no such folder")
    paths = [path for table in CATALOG_TABLES for path in _files(table, base)]
    stamp = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    if overlay is None:
        return _whole(base, stamp)
    tables, known = _base_tables(base, stamp)
    faults, laid = [*known, *_overlay_faults(overlay)], dict(tables)
    for table in CATALOG_TABLES:
        laid[table.name] = _laid_over(table, tables[table.name], _read(table, overlay, faults, is_required=False))
    return _checked(laid, faults)


Stamp = tuple[tuple[str, int, int], ...]
"""(file, time of change, size) of every file: what was read once is not read again until one changes."""


@lru_cache(maxsize=4)
def _whole(base: Path, stamp: Stamp) -> Catalog:
    tables, faults = _base_tables(base, stamp)
    return _checked(tables, list(faults))


@lru_cache(maxsize=4)
def _base_tables(base: Path, stamp: Stamp) -> tuple[dict[str, pd.DataFrame], tuple[Fault, ...]]:
    """Returns a folder's tables and their faults; nobody changes a table in place."""
    faults: list[Fault] = []
    tables = {table.name: _read(table, base, faults, is_required=True) for table in CATALOG_TABLES}
    return tables, tuple(faults)


def _checked(tables: dict[str, pd.DataFrame], faults: list[Fault]) -> Catalog:
    faults = faults or cross_faults(tables)
    if faults:
        raise InputError(faults)
    return _catalog(tables)


def _catalog(tables: Mapping[str, pd.DataFrame]) -> Catalog:
    support = tables["precision_support"]
    pairs = zip(support["accelerator"], support["precision"], support["rate_tflops"], strict=True)
    return Catalog(
        accelerators=built(Accelerator, tables["accelerators"]),
        node_types=built(NodeType, tables["node_types"]),
        models=built(LanguageModel, tables["models"]),
        precisions=built(Precision, tables["precisions"]),
        precision_support={(str(accelerator), str(precision)): float(rate) for accelerator, precision, rate in pairs},
        tables=tables,
        digest=_digest(tables),
        _names=_names(tables),
    )


def _files(table: Table, folder: Path) -> list[Path]:
    """Returns the files of a table: NAME.csv, or every file of the folder NAME/."""
    single = folder / f"{table.name}.csv"
    several = sorted((folder / table.name).glob("*.csv"))
    return [*([single] if single.is_file() else []), *several]


def _read(table: Table, folder: Path, faults: list[Fault], is_required: bool) -> pd.DataFrame:
    paths = _files(table, folder)
    if not paths:
        if is_required:
            faults.append(Fault(str(folder / f"{table.name}.csv"), "a table file", "no such file"))
        return table.empty()
    frames = []
    for path in paths:
        frame, found = table.read_faults(path)
        faults += found
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if len(frames) > 1 and set(table.key) <= set(whole.columns):
        repeated = whole[whole.duplicated(list(table.key))]
        faults += [
            Fault(f"{table.name}/", f"a {' + '.join(table.key)} in one file only", " + ".join(map(str, row)))
            for row in repeated[list(table.key)].itertuples(index=False)
            if not any(str(row[0]) in fault.found for fault in faults)
        ]
    return whole


def _overlay_faults(overlay: Path) -> list[Fault]:
    """Returns a fault for a missing overlay folder and for every table file that no catalog table reads."""
    if not overlay.is_dir():
        return [Fault(str(overlay), "a folder of catalog tables", "no such folder")]
    known = {path for table in CATALOG_TABLES for path in _files(table, overlay)}
    names = ", ".join(table.name for table in CATALOG_TABLES)
    return [
        Fault(str(path), f"only tables {names}", repr(path.name)) for path in sorted(overlay.rglob("*.csv")) if path not in known
    ]


def _laid_over(table: Table, base: pd.DataFrame, over: pd.DataFrame) -> pd.DataFrame:
    """Returns base with the rows of over in place of those with the same key, and the others after them."""
    if over.empty or not set(table.key) <= set(base.columns):
        return base
    key = list(table.key)
    replaced = pd.MultiIndex.from_frame(base[key]).isin(pd.MultiIndex.from_frame(over[key]))
    return pd.concat([base[~replaced], over], ignore_index=True)


def _digest(tables: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for table in sorted(CATALOG_TABLES, key=lambda one: one.name):
        ordered = tables[table.name].sort_values(list(table.key), kind="stable")
        digest.update(f"{table.name}\n".encode())
        digest.update(ordered.to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", "-").replace(" ", "-")


def _names(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """Returns, for every kind, folded name -> canonical name; a canonical name wins over an alias."""
    names: dict[str, dict[str, str]] = {"engine": {}}
    aliases = tables["aliases"]
    for kind, alias, name in zip(aliases["kind"], aliases["alias"], aliases["name"], strict=True):
        names.setdefault(str(kind), {})[_folded(str(alias))] = str(name)
    for table in (MODELS, ACCELERATORS, PRECISIONS, NODE_TYPES, REGIONS, PROVIDERS):
        column = table.key[0]
        names.setdefault(column, {}).update({_folded(str(name)): str(name) for name in tables[table.name][column]})
    return names


def _nearest(folded: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(folded, [name for name in known if "@" not in name], n=NEAREST_NAMES, cutoff=0.3)
    nearest = list(dict.fromkeys(known[name] for name in close))
    if not nearest:
        return f"a known name such as {', '.join(sorted(set(known.values()))[:NEAREST_NAMES])}"
    return f"a known name; nearest: {', '.join(nearest)}"
