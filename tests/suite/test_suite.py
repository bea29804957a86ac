"""A suite from end to end: what is promised is what packopt recommends."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from packopt import Catalogue, Orders, Policy, builtin_catalogue, read_catalogue, recommend
from packopt.datasets import demo_orders_path
from packopt.errors import SuiteError
from packopt.orders import read_orders
from packopt.suite import Suite, Wanted, suite
from packopt.suite.holdout import split


@pytest.fixture(scope="module")
def orders() -> Orders:
    """The orders of the demo."""
    return read_orders(demo_orders_path())


@pytest.fixture(scope="module")
def found(orders: Orders) -> Suite:
    """A set of six types beside the demo's."""
    return suite(
        orders, Wanted(6, grid_mm=20, candidates=400), today=builtin_catalogue("demo"), draws=2
    )


def test_recommend_with_the_proposed_catalogue_gives_the_promised_figures(
    orders: Orders, found: Suite, tmp_path: Path
) -> None:
    """Packing the holdout from the written file gives every order the package and cost told."""
    found.write(tmp_path)
    proposed = read_catalogue(tmp_path / "catalogue.csv")
    assert proposed.digest == found.catalogue.digest
    held_out = set(found.held_out["order_id"].to_pylist())
    index = [k for k, one in enumerate(orders.order_ids.to_pylist()) if one in held_out]
    again = recommend(orders.take(np.array(index)), proposed)
    assert again.orders.equals(found.plan.orders)
    promised = json.loads((tmp_path / "suite.json").read_text())["holdout"]
    assert promised["parcels"] == sum(again.orders["parcels"].to_pylist())
    assert promised["cost"] == pytest.approx(
        sum(filter(None, again.orders["cost"].to_pylist())), rel=1e-12
    )


def test_prices_of_parcels_are_in_no_cost(orders: Orders) -> None:
    """Holdout and whole orders cost what recommend says, less the price of each parcel."""
    policy, some = Policy(parcel_price=50.0), orders.take(np.arange(120))
    found = suite(some, Wanted(3, grid_mm=20, candidates=200), policy=policy, draws=0)
    parted = split(some, 0.3)
    for part, told in (
        (parted.held_out, found.about["holdout"]),
        (parted.fit, found.about["fit"]["recommended_whole"]),
    ):
        rows = recommend(some.take(part), found.catalogue, policy).orders.to_pylist()
        packed = [row for row in rows if row["verdict"] in ("optimal", "feasible")]
        assert told["parcels"] == sum(row["parcels"] for row in packed) > 0
        expected = sum(row["cost"] - 50.0 * row["parcels"] for row in packed)
        assert told["cost"] == pytest.approx(expected, rel=1e-9)


def test_the_same_seed_gives_the_same_suite(orders: Orders, found: Suite) -> None:
    """All tables are equal, on any number of threads."""
    again = suite(
        orders, Wanted(6, grid_mm=20, candidates=400), today=builtin_catalogue("demo"), draws=2,
        threads=2,
    )  # fmt: skip
    assert again.catalogue_text == found.catalogue_text
    assert all(again.tables[name].equals(table) for name, table in found.tables.items())
    assert again.about == found.about


def test_more_types_never_cost_more(found: Suite) -> None:
    """The curve falls, and no set costs less than its bound."""
    cost, bound = found.curve["cost"].to_pylist(), found.curve["bound"].to_pylist()
    assert cost == sorted(cost, reverse=True)
    assert all(b <= c for b, c in zip(bound, cost, strict=True))


def test_the_choice_counts_as_recommend_does(found: Suite) -> None:
    """What the set costs by the choice is about what packing the fitting period costs."""
    fit = found.about["fit"]
    assert fit["recommended"]["cost"] <= fit["cost"] * 1.001
    assert fit["bound"] <= fit["cost"] <= fit["today"]


def test_kept_types_are_in_the_set_with_all_they_have(orders: Orders) -> None:
    """A type that is kept stands in the new catalogue as it stood in the old one."""
    today = builtin_catalogue("demo")
    wanted = Wanted(4, keep=("C10", "P3"), only_new=True, grid_mm=20, candidates=300)
    found = suite(orders, wanted, today=today, draws=0)
    names = found.catalogue.package_ids
    assert {"C10", "P3"} <= set(names)
    kept = found.catalogue.take(np.array([names.index("C10"), names.index("P3")]))
    old = today.package_ids
    was = today.take(np.array([old.index("C10"), old.index("P3")]))
    assert kept.digest == was.digest


def test_without_todays_set_there_is_a_set_and_no_comparison(orders: Orders) -> None:
    """A history alone is enough for a proposal."""
    found = suite(orders, Wanted(5, grid_mm=20, candidates=300), draws=0)
    assert found.savings is None
    assert found.catalogue.n_packages == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": 0}, "at least 1 type"),
        ({"sizes": 50, "candidates": 20}, "no more types than candidates"),
        ({"sizes": 3, "keep": ("A",), "forbid": ("A",)}, "not to be kept"),
        ({"sizes": 1, "keep": ("A", "B")}, "at least as many as are kept"),
        ({"sizes": 3, "grid_mm": 0}, "grid_mm"),
        ({"sizes": 3, "changes": -1}, "changes"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, object], message: str) -> None:
    """A bad setting is refused with its name, what was found and what was expected."""
    with pytest.raises(SuiteError, match=message):
        Wanted(**settings)  # type: ignore[arg-type]


def test_unknown_types_to_keep_are_named(orders: Orders) -> None:
    """A type that today's set does not have cannot be kept."""
    with pytest.raises(SuiteError, match="NOPE"):
        suite(orders, Wanted(3, keep=("NOPE",)), today=builtin_catalogue("demo"))


def test_a_kept_type_that_holds_nothing_is_named(orders: Orders) -> None:
    """A box too small for every order is refused as one to keep."""
    sides = {"length_mm": [400, 1], "width_mm": [400, 1], "height_mm": [500, 1]}
    today = Catalogue.from_table(
        pa.table({"package_id": ["L", "S"], "kind": ["carton"] * 2, **sides})
    )
    with pytest.raises(SuiteError, match="type S holds no order"):
        suite(orders, Wanted(3, keep=("S",), grid_mm=20, candidates=200), today=today, draws=0)


@pytest.mark.parametrize("holdout", [0.0, 1.0, dt.date(2100, 1, 1)])
def test_a_holdout_without_orders_is_named(orders: Orders, holdout: float | dt.date) -> None:
    """Both periods need orders."""
    with pytest.raises(SuiteError, match="field holdout"):
        split(orders, holdout)
