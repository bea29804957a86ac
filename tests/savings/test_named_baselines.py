"""Where baselines are told: columns, tables, catalogues, earlier answers; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import packopt
from packopt import Policy, recommend
from packopt.errors import SavingsError
from packopt.report.sentences import sentence
from packopt.report.words import Words
from packopt.savings import (
    CatalogueBaseline,
    ColumnBaseline,
    ResultBaseline,
    TableBaseline,
    savings,
)
from packopt.tables import PLACEMENTS
from savings.replayed import ordered, shop, statuses
from savings.three_cartons import CARTONS, FLAT, LONG, SMALL, reasons, replayed


def test_rows_of_other_orders_are_left_aside() -> None:
    """A result for the whole year may be held against a month."""
    table = pa.table({"order_id": ["x", "o0", None], "package_id": ["S", "M", "S"]})
    found = replayed(ordered({"size": SMALL}, {"size": SMALL}), TableBaseline(table, "year.csv"))
    assert list(statuses(found).values()) == ["counted", "no_baseline"]
    note = "2 of 3 rows of year.csv are of no accepted order and left aside"
    assert note in found.about["notes"]
    assert (
        str(sentence(Words("zh"), note))
        == "year.csv 的 3 行中有 2 行不属于任何被接受的订单，未计入"
    )


def test_many_unknown_packages_are_summed_up() -> None:
    """Twenty names are told, the others together."""
    names = ["S", *(f"box {n}" for n in range(25))]
    lines = ordered(*({"size": SMALL, "baseline_package": name} for name in names))
    rows = replayed(lines, ColumnBaseline()).dropped.to_pylist()
    assert len(rows) == 21
    assert rows[0] == {
        "status": "unknown_package",
        "reason": "another package that is not in the catalogue",
        "orders": 5,
    }


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"order_id": ["o0"], "box": ["S"]}, "columns package_id are missing; found order_id, box"),
        (
            {"order_id": ["x"], "package_id": ["S"]},
            "found 1 rows and none of an order of the input",
        ),
        (
            {"order_id": ["o0"], "package_id": ["s"]},
            "column package_id: found 's', none of them a package .* did you mean 'S'?",
        ),
        (
            {"order_id": ["o0"], "package_id": ["crate"]},
            "expected ids such as 'S', 'M', 'L', 'own_container'; name another column",
        ),
    ],
)
def test_a_table_that_says_nothing_about_the_orders_is_refused(
    table: dict[str, list[str]], message: str
) -> None:
    """A wrong file is no baseline of nothing."""
    with pytest.raises(SavingsError, match=message):
        replayed(ordered({"size": SMALL}), TableBaseline(pa.table(table)))


def test_a_missing_column_is_a_named_error() -> None:
    """The message names the column as the user did."""
    with pytest.raises(SavingsError, match="column box is missing"):
        replayed(ordered({"size": SMALL}), ColumnBaseline("box"))


def test_a_column_without_a_package_is_refused_before_anything_is_packed() -> None:
    """Another column was meant, or another catalogue; an empty one says nothing."""
    for name, message in (
        ("XXL", "column box: found 'XXL', none of them"),
        (" ", "found no order for which"),
    ):
        done: list[int] = []
        with pytest.raises(SavingsError, match=message):
            replayed(
                ordered({"size": SMALL, "baseline_package": name}),
                ColumnBaseline("box"),
                progress=done.append,
            )
        assert not done


def test_the_column_may_have_another_name(tmp_path: Path) -> None:
    """`read_orders` takes it for the baseline package, wherever it stands."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,sku,qty,length_mm,width_mm,height_mm,box,baseline_package\n"
        "a,s,1,100,100,50,L,S\n",
        encoding="utf-8",
    )
    orders = packopt.read_orders(path, baseline_column="box")
    assert orders.baseline_package is not None
    assert orders.baseline_package.to_pylist() == ["L"]
    assert any("baseline_package" in note for note in orders.notes), "the other column is ignored"
    with pytest.raises(packopt.OrdersError, match=r"column bx is missing.*did you mean 'box'"):
        packopt.read_orders(path, baseline_column="bx")
    text = path.read_text(encoding="utf-8").replace("box", "customer_name")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(packopt.OrdersError, match="personal"):
        packopt.read_orders(path, baseline_column="customer_name")


def test_a_column_that_is_something_else_as_well_stays_it(tmp_path: Path) -> None:
    """Whoever names boxes after SKUs keeps the SKUs."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,sku,qty,length_mm,width_mm,height_mm\na,S,1,100,100,50\n", encoding="utf-8"
    )
    orders = packopt.read_orders(path, baseline_column="sku")
    assert orders.skus.to_pylist() == ["S"]
    assert orders.baseline_package is not None
    assert orders.baseline_package.to_pylist() == ["S"]


def test_another_catalogue_is_answered_by_the_same_solver() -> None:
    """Without S the orders need M; what M holds counts, what only L would is proved."""
    lines = ordered({"size": SMALL}, {"size": LONG})
    other = shop(CARTONS[1:2])
    found = replayed(lines, CatalogueBaseline(other, "old.csv"))
    assert list(statuses(found).values()) == ["counted", "cannot_hold"]
    assert found.about["baseline"] == "catalogue: old.csv"
    assert found.about["catalogues"] == {
        "baseline": other.digest,
        "plan": shop(CARTONS).digest,
    }
    assert found.baseline_parcels["package_id"].to_pylist() == ["M"]


def test_orders_that_another_catalogue_does_not_admit_have_no_baseline() -> None:
    """A site that the old catalogue never heard of."""
    packages = [one | {"sites": "A;B"} for one in CARTONS]
    other = shop([one | {"sites": "A"} for one in CARTONS])
    lines = ordered({"size": SMALL, "site": "A"}, {"size": SMALL, "site": "B"})
    found = savings(lines, shop(packages), baseline=CatalogueBaseline(other), resamples=200)
    assert list(statuses(found).values()) == ["counted", "no_baseline"]
    assert ("no_baseline", "the baseline's catalogue cannot answer the order") in reasons(found)


def test_an_earlier_answer_is_checked_and_counts() -> None:
    """packopt's own answer under another objective is a baseline without asking again."""
    catalogue = shop(CARTONS)
    lines = ordered({"size": SMALL}, {"size": FLAT}, {"size": (900, 10, 10)})
    earlier = recommend(lines, catalogue, Policy(objective="volume"))
    found = replayed(lines, ResultBaseline(earlier, catalogue, "answers"))
    assert list(statuses(found).values()) == ["counted", "counted", "no_plan"]
    assert found.about["baseline"] == "result: answers"


def test_an_earlier_answer_that_is_wrong_is_refused() -> None:
    """A tampered plan is no baseline, nor is one without plans, nor that of another catalogue."""
    catalogue = shop(CARTONS)
    lines = ordered({"size": SMALL}, {"size": FLAT})
    earlier = recommend(lines, catalogue)
    for wrong, message in (
        (replace(earlier, placements=PLACEMENTS.empty_table()), "no placements"),
        (replace(earlier, catalogue_digest="0" * 64), "digest"),
        (recommend(ordered({"size": SMALL}), catalogue), "o1"),
    ):
        with pytest.raises(SavingsError, match=message):
            replayed(lines, ResultBaseline(wrong, catalogue))


def test_an_earlier_answer_by_other_materials_is_refused() -> None:
    """Both sides are counted by one set of material settings."""
    catalogue, lines = shop(CARTONS), ordered({"size": SMALL})
    heavy = Policy(materials=packopt.MaterialSettings(filler_kg_m3=20.0))
    earlier = recommend(lines, catalogue, heavy)
    with pytest.raises(SavingsError, match="field materials of the policy"):
        replayed(lines, ResultBaseline(earlier, catalogue))


def test_prices_in_two_currencies_are_not_compared() -> None:
    """A saving in euros less dollars is none."""
    euros = shop([one | {"unit_cost": 0.2} for one in CARTONS])
    dollars = shop([one | {"unit_cost": 0.2} for one in CARTONS], currency="USD")
    with pytest.raises(SavingsError, match="EUR of the catalogue, USD of the baseline's catalogue"):
        savings(ordered({"size": SMALL}), euros, baseline=CatalogueBaseline(dollars))
