"""List prices from catalog rows, by hand."""

from pathlib import Path

import pandas as pd
import pytest

from planner.plan.list_prices import list_prices, price_changes
from tests.plan.worlds import BUY, OD, OWNED, OWNED_CSV, PRICES, RE, catalog_rows, coefficients, instance


def _listed(folder: Path, catalog: dict[str, pd.DataFrame] | None = None) -> dict[tuple[str, str], tuple[float, float]]:
    frame = list_prices(coefficients(), instance(folder), catalog or catalog_rows()).drop(columns="residual_usd")
    return {(o, p): (h, u) for o, p, h, u in frame.itertuples(index=False, name=None)}


def test_the_rule_gives_the_worlds_prices(tmp_path: Path) -> None:
    listed = _listed(tmp_path)

    assert set(listed) == set(PRICES)
    for key, price in PRICES.items():
        assert listed[key] == pytest.approx(price, rel=1e-12), key


def test_on_demand_moves_to_the_middle_of_the_period_and_commitments_to_its_start(tmp_path: Path) -> None:
    """80 x 0.8^(3252/8766) and 50 x 0.8^(2160/8766)."""
    listed = _listed(tmp_path)

    assert listed[OD, "q2"][0] == pytest.approx(73.644, abs=1e-3)
    assert listed[RE, "q2"][0] == pytest.approx(47.325, abs=1e-3)


def test_a_purchase_pays_capex_net_of_the_residual_and_then_power_space_and_upkeep(tmp_path: Path) -> None:
    """10 kW x (1.2 x 0.1 + 146.1 / 730.5) usd/kWh = 3.2, and 5 % of 300000 usd over 8766 h = 1.7112."""
    assert _listed(tmp_path)[BUY, "q1"] == pytest.approx((4.9112, 310_000), abs=1e-4)


def test_the_residual_of_a_purchase_follows_its_price(tmp_path: Path) -> None:
    """A tenth of 300000 usd, at 0.8 a year after 2160 h; of what is rented nothing comes back."""
    frame = list_prices(coefficients(), instance(tmp_path), catalog_rows()).set_index(["offer", "period"])["residual_usd"]

    assert frame[BUY, "q1"] == pytest.approx(30_000.0)
    assert frame[BUY, "q2"] == pytest.approx(30_000.0 * 0.8 ** (2160 / 8766))
    assert frame[RE, "q1"] == 0.0


def test_an_owned_node_without_a_running_cost_pays_its_power(tmp_path: Path) -> None:
    instance(tmp_path)
    (tmp_path / "owned.csv").write_text(OWNED_CSV.replace(",5\n", ",\n"))
    from planner.inputs.instance import load_instance

    frame = list_prices(coefficients(), load_instance(tmp_path), catalog_rows())
    owned = frame[frame["offer"] == OWNED]
    assert owned["usd_per_hour"].tolist() == pytest.approx([6.5 * 1.2 * 0.1] * 2)


def test_rows_that_are_not_there_give_no_price(tmp_path: Path) -> None:
    listed = _listed(tmp_path, {"offers": catalog_rows()["offers"].iloc[:1]})

    assert listed[OD, "q1"] == pytest.approx(PRICES[OD, "q1"])
    assert pd.isna(listed[RE, "q1"][0])
    assert pd.isna(listed[BUY, "q1"][1])


def test_changes_go_by_accelerator_then_default(tmp_path: Path) -> None:
    path = tmp_path / "instance.yaml"
    instance(tmp_path)
    path.write_text(path.read_text().replace("{H100: -0.2}", "{H100: -0.2, default: 0.1}"))
    from planner.inputs.instance import load_instance

    assert price_changes(load_instance(tmp_path), {}, ["A100", "H100"]) == {"A100": 0.1, "H100": -0.2}
