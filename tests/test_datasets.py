"""Built-in catalogues and generated orders."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.catalogue import Catalogue, read_catalogue
from packopt.costing import package_costs
from packopt.datasets import catalogue_names, catalogue_path, demo_orders_path
from packopt.datasets.generate import FAMILIES, cartons, demo_orders, olist_like, to_csv
from packopt.errors import CatalogueError
from packopt.materials import blank_area_m2, derived_outer_mm, derived_tare_g
from packopt.orders import Orders, read_orders
from packopt.policy import Policy

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared")) / "data"

PRICES = {"0201": (0.10, 0.80), "0427": (0.15, 1.10), "poly": (0.02, 0.25), "paper": (0.03, 0.60)}


def shared(name: str) -> Path:
    """A file or folder of the data that does not ship, or a skip that says what is missing."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set PACKOPT_SHARED to the folder that holds data/")
    return path


def read(name: str) -> list[dict[str, str]]:
    """Rows of a built-in catalogue."""
    with catalogue_path(name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sides_of(row: dict[str, str]) -> list[float]:
    """Inner sides of a carton, or flat sides and thickness of a mailer, in mm."""
    third = "height_mm" if row["kind"] == "carton" else "max_thickness_mm"
    return [float(row[name]) for name in ("length_mm", "width_mm", third)]


# Built-in catalogues


def test_five_catalogues_are_built_in() -> None:
    """New catalogues are added on purpose, with a source in the README beside them."""
    assert catalogue_names() == ("demo", "fedex", "korea_post", "ups", "usps")
    readme = catalogue_path("demo").with_name("README.md").read_text(encoding="utf-8")
    assert all(f"| {name}.csv | " in readme for name in catalogue_names())


def test_unknown_catalogues_get_a_suggestion() -> None:
    """The nearest name is offered, and all names where none is near."""
    with pytest.raises(CatalogueError, match="Did you mean 'usps'"):
        catalogue_path("uspss")
    with pytest.raises(CatalogueError, match=r"demo, fedex, .* or give a file"):
        catalogue_path("qqqq")


def test_names_and_paths_load_nothing_heavy() -> None:
    """Completing a catalogue name on the command line must not load numpy or pyarrow."""
    code = (
        "import sys; from packopt.datasets import catalogue_names, catalogue_path; "
        "[catalogue_path(name) for name in catalogue_names()]; "
        "sys.exit(int(bool({'numpy', 'pyarrow'} & sys.modules.keys())))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["demo", "fedex", "korea_post", "ups", "usps"])
def test_built_in_catalogues_pass_the_door(name: str) -> None:
    """Every row is accepted, every tare is known, and every objective can be costed."""
    catalogue = read_catalogue(catalogue_path(name))
    assert catalogue.package_ids == tuple(row["package_id"] for row in read(name))
    assert (catalogue.tare_g > 0).all()
    assert (catalogue.outer_mm >= catalogue.inner_mm).all()
    for objective in ("material", "volume", "cost"):
        package_costs(catalogue, Policy(objective=objective))


def test_the_demo_catalogue_follows_its_own_formulas() -> None:
    """Tare, outer sides and the illustrative prices are what the README says they are."""
    rows = read("demo")
    style, inner = [row["style"] for row in rows], [sides_of(row) for row in rows]
    flute, kind = [row["flute"] for row in rows], [row["kind"] == "mailer" for row in rows]
    gsm = [float(row["grammage_gsm"]) for row in rows]
    area = blank_area_m2(style, inner)
    tare = derived_tare_g(kind, style, inner, flute, gsm)
    assert tare == pytest.approx([float(row["tare_g"]) for row in rows], abs=0.5)
    assert tare == pytest.approx(derived_tare_g(kind, style, inner, flute, [math.nan] * 25))
    stated = [
        [float(row[f"outer_{s}_mm"] or 0) for s in ("length", "width", "height")] for row in rows
    ]
    is_carton = ~np.array(kind)
    assert (np.ceil(stated)[is_carton] == derived_outer_mm(style, inner, flute)[is_carton]).all()
    prices = [PRICES[s][0] + PRICES[s][1] * m2 for s, m2 in zip(style, area.tolist(), strict=True)]
    assert prices == pytest.approx([float(row["unit_cost"]) for row in rows], abs=0.0051)


def test_demo_mailers_stay_within_their_rule_of_thickness() -> None:
    """A quarter of the flat width for poly, rounded down, and about an eighth for paper."""
    for row in read("demo"):
        if row["kind"] == "mailer":
            _, width, thickness = sides_of(row)
            whole = (
                math.floor(width / 40) * 10 if row["style"] == "poly" else round(width / 80) * 10
            )
            assert thickness == whole, row["package_id"]


@pytest.mark.parametrize("name", ["ups", "fedex", "korea_post"])
def test_sizes_of_unstated_basis_are_read_as_outer(name: str) -> None:
    """Inner sides are the published ones less measured walls, rounded down."""
    for row in read(name):
        outer = [float(row[f"outer_{side}_mm"]) for side in ("length", "width", "height")]
        walls = {
            tuple(math.floor(o - w + 1e-9) for o, w in zip(outer, wall, strict=True))
            for wall in ((6.4, 6.4, 12.8), (9.6, 3.2, 3.2))
        }
        assert tuple(sides_of(row)) in walls, row["package_id"]


@pytest.mark.parametrize("name", ["demo", "fedex", "korea_post", "ups", "usps"])
def test_shipped_sizes_are_the_verified_ones(name: str) -> None:
    """Each row stands in the collected facts, marked verified, with the same size and tare."""
    source = shared("catalogs") / ("demo_generic.csv" if name == "demo" else f"{name}.csv")
    with source.open(newline="", encoding="utf-8") as file:
        facts = {row["code"]: row for row in csv.DictReader(file)}
    assert sum(fact.get("status", "verified") == "verified" for fact in facts.values()) == len(
        read(name)
    )
    for row in read(name):
        fact = facts[row["package_id"].removeprefix("no")]
        assert fact.get("status", "verified") == "verified"
        assert row.get("tare_g", "") == fact["tare_g"]
        if row["kind"] == "mailer":
            assert sides_of(row)[:2] == [float(fact["flat_l_mm"]), float(fact["flat_w_mm"])]
        else:
            outer = [float(row[f"outer_{side}_mm"]) for side in ("length", "width", "height")]
            basis = "outer" if fact["outer_l_mm"] else "inner"
            assert outer == [float(fact[f"{basis}_{side}_mm"]) for side in "lwh"]


# Generated orders


def test_the_embedded_demo_is_what_the_generator_makes() -> None:
    """300 orders by seed 1, byte for byte."""
    assert demo_orders_path().read_bytes() == to_csv(demo_orders(300, seed=1))


def test_the_embedded_demo_passes_the_door_whole() -> None:
    """No order of the demo is rejected, and every sort of handling occurs in it."""
    orders = read_orders(demo_orders_path())
    assert (orders.n_orders, orders.rejects.num_rows) == (300, 0)
    assert orders.weights_known
    assert orders.fragile.any()
    assert set(orders.orientation.tolist()) == {0, 1, 2}
    assert (orders.min_height_mm > 0).any()
    assert (orders.max_load_g >= 0).any()
    assert (orders.padding_mm > 0).any()
    assert (~orders.mailer_ok & ~orders.fragile).any()
    assert (np.diff(orders.line_start) > 1).any()
    assert orders.date is not None


@pytest.mark.parametrize("make", [demo_orders, olist_like])
@given(n=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_generated_orders_are_repeatable_and_acceptable(make: object, n: int, seed: int) -> None:
    """Any number and seed give n orders without a reject, twice the same."""
    table = make(n, seed)  # type: ignore[operator]
    assert table.equals(make(n, seed))  # type: ignore[operator]
    orders = Orders.from_table(table)
    assert (orders.n_orders, orders.rejects.num_rows) == (n, 0)
    soft = orders.min_height_mm > 0
    assert (orders.min_height_mm[soft] <= orders.size_mm[soft, 2]).all()


def test_seeds_differ() -> None:
    """Another seed gives other orders."""
    assert not demo_orders(50, 1).equals(demo_orders(50, 2))
    assert not olist_like(50, 1).equals(olist_like(50, 2))


@pytest.mark.parametrize("make", [demo_orders, olist_like])
@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-3, 1), (1, -1)])
def test_numbers_below_the_least_are_refused(make: object, n: int, seed: int) -> None:
    """No orders, and negative seeds, are mistakes."""
    with pytest.raises(ValueError, match=r"(n|seed): found -?\d, expected at least"):
        make(n, seed)  # type: ignore[operator]


def test_the_demo_shop_has_a_long_tail() -> None:
    """A tenth of the SKUs makes more than a third of the lines, and all families are sold."""
    table = demo_orders(30_000, seed=3)
    counts = np.sort(np.unique(table["sku"].to_numpy(), return_counts=True)[1])[::-1]
    assert counts[: len(counts) // 10].sum() > counts.sum() / 3
    assert sum(family.share for family in FAMILIES.values()) == pytest.approx(1.0)
    assert set(table["orientation"].to_pylist()) == {"any", "upright", "flat"}


def test_marketplace_orders_have_the_shares_that_were_asked_for() -> None:
    """Nine orders in ten are one unit; sizes are whole cm from 16 x 11 x 2; SKUs repeat."""
    table = olist_like(50_000, seed=1)
    orders = Orders.from_table(table)
    assert 0.88 < (np.diff(orders.unit_start) == 1).mean() < 0.92
    assert orders.size_mm.min(axis=0).tolist() == [160, 110, 20]
    assert not (orders.size_mm % 10).any()
    on_least = (orders.size_mm == [160, 110, 20]).mean(axis=0)
    assert (on_least > [0.10, 0.05, 0.01]).all()
    assert len(set(table["sku"].to_pylist())) < 0.4 * table.num_rows


def test_csv_of_orders_reads_back() -> None:
    """Writing and reading a table changes nothing that the door looks at."""
    table = demo_orders(40, 9)
    again = pa.csv.read_csv(pa.BufferReader(to_csv(table)))
    one, two = Orders.from_table(table), Orders.from_table(again)
    assert one.order_ids.equals(two.order_ids)
    for name in ("qty", "size_mm", "weight_g", "orientation", "fragile", "max_load_g"):
        assert (getattr(one, name) == getattr(two, name)).all(), name


def test_made_up_cartons_are_a_catalogue_and_depend_on_the_seed_alone() -> None:
    """Any number of made-up cartons passes the door, smallest first, the same for a seed."""
    made = cartons(50, 3)
    catalogue = Catalogue.from_table(made)
    volume = catalogue.inner_mm.astype(np.int64).prod(axis=1)
    assert catalogue.n_packages == 50
    assert (np.diff(volume) >= 0).all()
    assert made.equals(cartons(50, 3))
    assert not made.equals(cartons(50, 4))
