"""Catalogue: reading, what is derived, and that one bad row fails it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.catalogue import (
    CARTON,
    MAILER,
    Catalogue,
    builtin_catalogue,
    builtin_catalogues,
    read_catalogue,
)
from packopt.catalogue_rows import TEXT_COLUMNS as OF_CATALOGUES
from packopt.errors import CatalogueError
from packopt.materials import derived_outer_mm, derived_tare_g
from packopt.order_columns import TEXT_COLUMNS as OF_ORDERS

CARTON_ROW = {
    "package_id": "C1",
    "kind": "carton",
    "length_mm": 200,
    "width_mm": 150,
    "height_mm": 100,
}
MAILER_ROW = {
    "package_id": "P1",
    "kind": "mailer",
    "length_mm": 310,
    "width_mm": 230,
    "max_thickness_mm": 50,
}


def table(*rows: dict[str, Any]) -> pa.Table:
    """A table of rows that need not have the same keys."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    for name, values in columns.items():
        if len({type(value) for value in values} & {int, float, str}) > 1:
            columns[name] = [None if value is None else str(value) for value in values]
    return pa.table(columns)


def catalogue(*rows: dict[str, Any]) -> Catalogue:
    """The catalogue of these rows."""
    return Catalogue.from_table(table(*rows))


def refusal(*rows: dict[str, Any]) -> list[str]:
    """The problems for which these rows are refused."""
    with pytest.raises(CatalogueError) as caught:
        catalogue(*rows)
    return caught.value.problems


def test_little_has_to_be_stated() -> None:
    """Outer size, tare, style, closure and plastic are derived or assumed."""
    both = catalogue(CARTON_ROW, MAILER_ROW)
    assert both.package_ids == ("C1", "P1")
    assert both.kind.tolist() == [CARTON, MAILER]
    assert both.style == ("0201", "poly")
    assert both.inner_mm.tolist() == [[200, 150, 100], [310, 230, 50]]
    assert both.closure == ("tape", "adhesive")
    assert both.plastic.tolist() == [False, True]
    assert (both.flute, both.material, both.currency) == (("", ""), ("", ""), "")
    assert both.max_content_g.tolist() == [-1, -1]
    assert np.isnan([both.grammage_gsm, both.unit_cost]).all()
    assert np.array_equal(both.outer_mm, derived_outer_mm(both.style, both.inner_mm, both.flute))
    assert both.outer_mm.tolist() == [[206, 156, 112], [310, 230, 50]]
    expected = derived_tare_g(both.kind, both.style, both.inner_mm, both.flute, both.grammage_gsm)
    assert both.tare_g.tolist() == expected.tolist()
    assert both.tare_stated.tolist() == [False, False]
    assert (both.notes, both.n_packages) == ((), 2)


def test_everything_may_be_stated() -> None:
    """What is stated is kept, whatever could have been derived."""
    one = catalogue(
        CARTON_ROW
        | {
            "style": "427",
            "outer_length_mm": 210,
            "outer_width_mm": 160,
            "outer_height_mm": 111.2,
            "flute": "e",
            "grammage_gsm": 430.5,
            "tare_kg": 0.0975,
            "max_content_lb": 10,
            "unit_cost": "0.25",
            "currency": "eur",
            "material": "corrugated board",
            "plastic": "no",
            "closure": "Tape ",
            "degradable": "yes",
            "reusable_trips": 3,
            "recycled_share": 0.8,
            "recyclable": None,
            "certificate": "FSC",
            "package_code": None,
            "stock": None,
            "sites": "",
            "colour": "brown",
        }
    )
    assert (one.style, one.flute, one.closure) == (("0427",), ("E",), ("tape",))
    assert one.outer_mm.tolist() == [[210, 160, 112]]
    assert (one.grammage_gsm[0], one.tare_g[0], one.tare_stated[0]) == (430.5, 97.5, True)
    assert (one.max_content_g[0], one.unit_cost[0], one.currency) == (4535, 0.25, "EUR")
    assert one.attributes.to_pylist() == [
        {
            "degradable": True,
            "reusable_trips": 3,
            "recycled_share": 0.8,
            "recyclable": None,
            "certificate": "FSC",
            "package_code": None,
        }
    ]
    assert one.notes == ("catalogue: ignored columns colour",)


def test_insides_are_rounded_down_and_outsides_up() -> None:
    """A carton never promises a millimetre that it does not have."""
    inches = {
        "package_id": "S",
        "kind": "Carton",
        "length_in": 12,
        "width_in": 8.625,
        "height_in": 1.6875,
        "outer_length_in": 12.25,
        "outer_width_in": 9,
        "outer_height_in": 1.75,
    }
    one = catalogue(inches)
    assert one.inner_mm.tolist() == [[304, 219, 42]]
    assert one.outer_mm.tolist() == [[312, 229, 45]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"package_id": None}, "column package_id: found no value"),
        ({"package_id": " "}, "column package_id: found ' ', no value"),
        ({"kind": "crate"}, "column kind: found 'crate', an unknown word"),
        ({"style": "poly"}, "column style: found 'poly', a style of another kind"),
        ({"style": "0203"}, "column style: found '0203', an unknown word"),
        ({"length_mm": 0.9}, "column length_mm: found '0.9', too small a number"),
        ({"width_mm": "wide"}, "column width_mm: found 'wide', no number"),
        ({"height_mm": None}, "column height_mm: found no value"),
        ({"height_mm": 10_001}, "column height_mm: found '10001', too large a number"),
        ({"max_thickness_mm": 5}, "column max_thickness_mm: found '5', a value that this kind"),
        ({"outer_length_mm": 205}, "column outer_width_mm: found no value"),
        (
            {"outer_length_mm": 205, "outer_width_mm": 149, "outer_height_mm": 104},
            "column outer_width_mm: found '149', less than inside",
        ),
        ({"flute": "Q"}, "column flute: found 'Q', an unknown word; expected one of f, e, b"),
        ({"grammage_gsm": -5}, "column grammage_gsm: found '-5'"),
        ({"tare_g": 0}, "column tare_g: found '0', too small"),
        ({"max_content_g": 0}, "column max_content_g: found '0', too small"),
        ({"unit_cost": float("inf")}, "column unit_cost: found 'inf', no finite number"),
        ({"unit_cost": -1}, "column unit_cost: found '-1', too small"),
        ({"currency": "Euro"}, "column currency: found 'Euro', no currency code"),
        ({"plastic": "some"}, "column plastic: found 'some', an unknown word"),
        ({"reusable_trips": 1.5}, "column reusable_trips: found '1.5', a fraction"),
        ({"recycled_share": 80}, "column recycled_share: found '80', too large"),
    ],
)
def test_a_bad_row_fails_the_catalogue(change: dict[str, Any], message: str) -> None:
    """Row, column, finding, expectation and advice; a package lost in silence would be worse."""
    problems = refusal(MAILER_ROW, CARTON_ROW | change)
    assert any(problem.startswith("row 2, ") and message in problem for problem in problems)
    assert all("; expected " in problem for problem in problems)


def test_mailers_have_a_thickness_and_no_outer_size() -> None:
    """The thickness of a filled mailer depends on its content."""
    problems = refusal(MAILER_ROW | {"max_thickness_mm": None, "height_mm": 5, "outer_width_mm": 9})
    assert [problem.split(":")[0] for problem in problems] == [
        "row 1, column height_mm",
        "row 1, column max_thickness_mm",
        "row 1, column outer_width_mm",
    ]


def test_every_bad_row_is_listed_by_row() -> None:
    """One round of corrections is enough."""
    problems = refusal(
        CARTON_ROW | {"length_mm": "x"}, MAILER_ROW, CARTON_ROW | {"tare_g": -1, "width_mm": None}
    )
    places = [problem.split(":")[0] for problem in problems]
    assert places == [
        "row 1, column package_id",
        "row 1, column length_mm",
        "row 3, column package_id",
        "row 3, column width_mm",
        "row 3, column tare_g",
    ]


def test_prices_have_one_currency() -> None:
    """Two currencies cannot be ranked, and a price beside others needs its own."""
    euro = {"unit_cost": 1, "currency": "EUR"}
    assert (
        "a second currency"
        in refusal(CARTON_ROW | euro, MAILER_ROW | euro | {"currency": "USD"})[0]
    )
    assert "no value beside a price" in refusal(CARTON_ROW | euro, MAILER_ROW | {"unit_cost": 1})[0]
    assert catalogue(CARTON_ROW | euro, MAILER_ROW).currency == "EUR"
    assert catalogue(CARTON_ROW | {"unit_cost": 1}).unit_cost.tolist() == [1]


def test_a_catalogue_without_a_package_is_refused() -> None:
    """There would be nothing to choose from."""
    with pytest.raises(CatalogueError, match="found no packages"):
        Catalogue.from_table(table(CARTON_ROW).slice(1))


def test_missing_and_doubled_columns_are_refused() -> None:
    """All at once, with near misses; `code` is nobody's name for package_id."""
    row = {"code": "C1", "kind": "carton", "length": 3, "width_mm": 1, "width_in": 1}
    problems = refusal(row)
    assert len(problems) == 3
    assert "Did you mean 'length'?" in problems[1]


def test_columns_of_useless_types_are_refused() -> None:
    """Floats name nothing and lists measure nothing."""
    for change in ({"package_id": 1.5}, {"length_mm": [1]}, {"kind": [1]}, {"style": {"a": 1}}):
        with pytest.raises(CatalogueError, match=f"column {next(iter(change))}: found values of"):
            catalogue(CARTON_ROW | change)


def test_files_are_read_in_every_format(tmp_path: Path) -> None:
    """The same catalogue, whichever way it is stored."""
    rows = table(CARTON_ROW, MAILER_ROW)
    pq.write_table(rows, tmp_path / "c.parquet")
    (tmp_path / "c.csv").write_text(
        "package_id;kind;length_mm;width_mm;height_mm;max_thickness_mm\n"
        "C1;carton;200;150;100;\nP1;mailer;310;230;;50\n",
        encoding="utf-8-sig",
    )
    digests = {read_catalogue(tmp_path / name).digest for name in ("c.parquet", "c.csv")}
    assert digests == {Catalogue.from_table(rows).digest}


def test_empty_rows_at_the_end_are_no_packages(tmp_path: Path) -> None:
    """Spreadsheets leave them; within the table they are faults like any other."""
    header, row = "package_id,kind,length_mm,width_mm,height_mm", "A,carton,1,1,1"
    path = tmp_path / "c.csv"
    path.write_text(f"{header}\n{row}\n,,,,\n,,,,\n", encoding="utf-8")
    assert read_catalogue(path).n_packages == 1
    path.write_text(f"{header}\n{row}\n,,,,\nB{row[1:]}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="row 2, column package_id: found no value"):
        read_catalogue(path)


def test_ragged_rows_fail_the_catalogue(tmp_path: Path) -> None:
    """A row of the wrong width may hide a package."""
    path = tmp_path / "c.csv"
    path.write_text(
        "package_id,kind,length_mm,width_mm,height_mm\nA,carton,1,1,1\nB,carton,1,000,1,1\n",
        encoding="utf-8",
    )
    with pytest.raises(CatalogueError, match="row 2: found 6 values where the header has 5"):
        read_catalogue(path)


@given(st.permutations(range(4)))
def test_the_digest_knows_the_content_not_the_order(order: list[int]) -> None:
    """Row order does not matter, and every value does."""
    rows = [CARTON_ROW | {"package_id": f"C{n}", "length_mm": 100 + n} for n in range(4)]
    digest = catalogue(*rows).digest
    assert catalogue(*(rows[n] for n in order)).digest == digest
    for change in ({"tare_g": 5}, {"certificate": "FSC"}, {"closure": "glue"}, {"height_mm": 99}):
        assert catalogue(*rows[:3], rows[3] | change).digest != digest


def test_built_in_catalogues_are_sound() -> None:
    """Each passes the same door as a user's own."""
    assert "demo" in builtin_catalogues()
    for name in builtin_catalogues():
        assert builtin_catalogue(name).n_packages > 0


def test_unknown_built_in_catalogues_are_refused_with_a_suggestion() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(CatalogueError, match="Did you mean 'demo'"):
        builtin_catalogue("deom")


def test_some_packages_are_a_catalogue_of_them_without_stock() -> None:
    """Every column is picked in the order asked for; limits of stock are of the whole."""
    rows = [
        CARTON_ROW | {"stock": "3", "material": "PP", "tare_g": 5, "sites": "A"},
        MAILER_ROW | {"currency": "EUR", "unit_cost": 0.5, "certificate": "FSC"},
        CARTON_ROW | {"package_id": "C2", "reusable": "yes", "reusable_trips": 8},
    ]
    whole = catalogue(*rows)
    some = whole.take(np.array([2, 1]))
    assert some.package_ids == ("C2", "P1")
    assert some.trips.tolist() == [8, 1]
    assert (some.currency, some.unit_cost.tolist()[1]) == ("EUR", 0.5)
    assert some.attributes["certificate"].to_pylist() == [None, "FSC"]
    assert some.digest == catalogue(rows[2], rows[1]).digest
    assert whole.take(np.array([0])).stock == ({},)
    assert whole.take(np.array([0])).sites == (("A",),)
    assert whole.take(np.array([], np.int64)).n_packages == 0


def test_json_that_is_no_catalogue_is_refused_and_does_not_end_the_process(tmp_path: Path) -> None:
    """Arrow's reader of JSON dies of a schema with a name twice as soon as values are nested."""
    path = tmp_path / "cartons.json"
    path.write_text('{"x": {"y": false}, "w": -1, "e": []}', encoding="utf-8")
    with pytest.raises(CatalogueError, match="only the keys x, w, e"):
        read_catalogue(path)
    for columns in (OF_CATALOGUES, OF_ORDERS):
        assert len(set(columns)) == len(columns)
