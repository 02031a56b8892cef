"""Loading, overlay, faults, names and digest of a catalog."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.catalog import CATALOG_TABLES, Catalog, load_catalog, shipped_folder

NAMES_FILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "facts" / "measured" / "names.csv"
KIND_OF = {"model": "model", "accelerator": "accelerator", "precision_weights": "precision", "engine_family": "engine"}

KEPT = {
    "accelerators": ("accelerator", ["H100-SXM", "MI355X"]),
    "node_types": ("accelerator", ["H100-SXM"]),
    "precision_support": ("accelerator", ["H100-SXM", "MI355X"]),
    "models": ("model", ["llama-3.1-8b"]),
    "aliases": ("name", ["llama-3.1-8b", "H100-SXM", "vllm", "nvfp4", "mxfp4", "bf16"]),
    "regions": ("region", ["us-virginia", "finland"]),
    "providers": ("provider", ["nebius", "verda"]),
    "provider_regions": ("region", ["finland"]),
    "offers": ("node_type", ["1xH100-SXM"]),
    "purchases": ("node_type", ["8xH100-SXM"]),
    "colocation": ("region", ["finland"]),
    "api_prices": ("model", ["llama-3.1-8b"]),
    "quality": ("model", ["llama-3.1-8b"]),
    "drafts": ("model", ["llama-3.1-8b"]),
    "quantization": ("model", ["llama-3.1-8b"]),
    "price_history": ("provider", []),
    "savings_plans": ("provider", []),
}
"""What the small catalog keeps of the shipped one: few rows, every table."""


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog()


@pytest.fixture
def small(shipped: Catalog, tmp_path: Path) -> Path:
    """A folder with a few rows of every table."""
    folder = tmp_path / "catalog"
    for table in CATALOG_TABLES:
        frame = shipped.tables[table.name]
        if table.name in KEPT:
            column, values = KEPT[table.name]
            frame = frame[frame[column].isin(values)]
        if table.name in ("offers", "provider_regions"):
            frame = frame[frame["provider"].isin(["nebius", "verda"])]
        if table.name == "offers":
            frame = frame[frame["region"] == "finland"]
        table.write(frame, folder / f"{table.name}.csv")
    return folder


def edit(path: Path, key: str, value: str, column: str, new: str) -> None:
    """Writes `new` into a column of the row whose key column has the value."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[frame[key] == value, column] = new
    frame.to_csv(path, index=False)


def test_shipped_folder_is_the_checkout_folder_and_loads(shipped: Catalog) -> None:
    assert shipped_folder().name == "catalogs"
    assert set(shipped.tables) == {table.name for table in CATALOG_TABLES}
    assert shipped.accelerators["H100-SXM"].memory_gb_per_s == 3350
    assert shipped.accelerators["A100-80GB-SXM"].fp8_tflops is None


def test_faults_of_several_files_are_told_together(small: Path) -> None:
    edit(small / "accelerators.csv", "accelerator", "H100-SXM", "memory_gib", "-1")
    edit(small / "models.csv", "model", "llama-3.1-8b", "layers", "many")
    (small / "purchases.csv").unlink()

    with pytest.raises(InputError) as caught:
        load_catalog(small)

    told = str(caught.value)
    assert "accelerators.csv, line 2, column memory_gib" in told
    assert "models.csv, line 2, column layers" in told
    assert "purchases.csv: expected a table file" in told
    assert len(caught.value.faults) == 3


def test_a_name_that_no_other_table_has_is_a_fault_with_table_and_column(small: Path) -> None:
    edit(small / "offers.csv", "node_type", "1xH100-SXM", "node_type", "1xH900")

    with pytest.raises(InputError, match="offers, column node_type: expected a node_type of table node_types"):
        load_catalog(small)


def test_a_rate_that_is_not_the_peak_of_its_column_is_a_fault(small: Path) -> None:
    edit(small / "accelerators.csv", "accelerator", "H100-SXM", "fp8_tflops", "3958")

    with pytest.raises(InputError, match="H100-SXM \\+ fp8, column rate_tflops"):
        load_catalog(small)


def test_layers_that_do_not_add_up_are_a_fault(small: Path) -> None:
    edit(small / "models.csv", "model", "llama-3.1-8b", "full_attention_layers", "31")

    with pytest.raises(InputError, match="full attention \\+ window \\+ linear layers"):
        load_catalog(small)


def test_an_estimate_without_a_rule_is_a_fault(small: Path) -> None:
    edit(small / "colocation.csv", "region", "finland", "note", "")

    with pytest.raises(InputError, match=r"colocation, finland.*column note: expected the rule of an estimate"):
        load_catalog(small)


def test_an_offer_outside_its_providers_region_is_a_fault(small: Path) -> None:
    edit(small / "offers.csv", "provider", "nebius", "region", "us-virginia")

    with pytest.raises(InputError, match="column region: expected a region of provider_regions for nebius eu-north1: finland"):
        load_catalog(small)


def test_a_price_outside_its_own_range_is_a_fault(small: Path) -> None:
    edit(small / "purchases.csv", "node_type", "8xH100-SXM", "capex_low_usd", "900000")

    with pytest.raises(InputError, match="purchases, 8xH100-SXM, column capex_usd"):
        load_catalog(small)


def test_a_key_in_two_files_of_one_table_is_a_fault(small: Path) -> None:
    (small / "offers").mkdir()
    (small / "offers" / "again.csv").write_bytes((small / "offers.csv").read_bytes())

    with pytest.raises(InputError, match="offers/: expected a offer in one file only"):
        load_catalog(small)


def test_overlay_replaces_a_row_of_the_same_key_and_adds_others(small: Path, shipped: Catalog, tmp_path: Path) -> None:
    table = next(table for table in CATALOG_TABLES if table.name == "accelerators")
    rows = shipped.tables["accelerators"]
    mine = rows[rows["accelerator"].isin(["H100-SXM", "L40S"])].assign(tdp_kw=0.123)
    table.write(mine, tmp_path / "overlay" / "accelerators.csv")

    plain, laid_over = load_catalog(small), load_catalog(small, overlay=tmp_path / "overlay")

    assert laid_over.accelerators["H100-SXM"].tdp_kw == 0.123
    assert set(laid_over.accelerators) == {*plain.accelerators, "L40S"}
    assert laid_over.accelerators["MI355X"] == plain.accelerators["MI355X"]
    assert laid_over.digest != plain.digest


def test_overlay_with_a_file_that_no_table_reads_is_a_fault(small: Path, tmp_path: Path) -> None:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "offer.csv").write_text("offer\n")

    with pytest.raises(InputError, match="expected only tables accelerators"):
        load_catalog(small, overlay=tmp_path / "overlay")


def test_missing_folders_are_faults(small: Path, tmp_path: Path) -> None:
    for folder, overlay in ((tmp_path / "none", None), (small, tmp_path / "none")):
        with pytest.raises(InputError, match="a folder of catalog tables"):
            load_catalog(folder, overlay)


def test_digest_ignores_row_order_and_notices_a_changed_source(small: Path) -> None:
    before = load_catalog(small).digest
    path = small / "regions.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.iloc[::-1].to_csv(path, index=False)
    permuted = load_catalog(small).digest
    edit(path, "region", "finland", "pue_source", "another page")
    changed = load_catalog(small).digest

    assert before == permuted
    assert before != changed


@pytest.mark.parametrize(
    ("kind", "name", "canonical"),
    [
        ("model", "LLaMA-3.1-8B", "llama-3.1-8b"),
        ("model", "meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("model", "llama3.1_8b", "llama-3.1-8b"),
        ("accelerator", "h100", "H100-SXM"),
        ("accelerator", "NVIDIA GH200 480GB", "GH200-96GB"),
        ("precision", "FP16", "bf16"),
        ("engine", "TensorRT-LLM", "trtllm"),
        ("node_type", "8xh100", "8xH100-SXM"),
        ("region", "Japan-Tokyo", "japan-tokyo"),
        ("provider", "AWS", "aws"),
    ],
)
def test_resolve_ignores_case_and_follows_aliases(shipped: Catalog, kind: str, name: str, canonical: str) -> None:
    assert shipped.resolve(kind, name) == canonical


def test_resolve_tells_the_nearest_names(shipped: Catalog) -> None:
    with pytest.raises(InputError, match=r"model 'llama-3.1-7b': .*nearest: .*llama-3.1-70b"):
        shipped.resolve("model", "llama-3.1-7b")
    with pytest.raises(InputError, match="expected one of accelerator, engine, model"):
        shipped.resolve("colour", "red")


def test_bare_fp4_is_the_format_of_the_vendor(shipped: Catalog) -> None:
    assert shipped.resolve_precision("fp4", "MI355X") == "mxfp4"
    assert shipped.resolve_precision("fp4", "B200") == "nvfp4"
    assert shipped.resolve_precision("fp8", "MI355X") == "fp8"


def test_every_name_of_the_measurements_resolves(shipped: Catalog) -> None:
    if not NAMES_FILE.is_file():
        pytest.skip("no folder of measured facts beside the repository")
    with NAMES_FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    resolved = [shipped.resolve(KIND_OF[row["kind"]], row["name"]) for row in rows]

    assert all(resolved)
