"""Where packages are, how many, and what they keep cold: what is accepted, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.catalogue import Catalogue, read_catalogue
from packopt.errors import CatalogueError
from test_catalogue import CARTON_ROW, MAILER_ROW, catalogue, refusal


def test_without_the_columns_there_is_no_limit() -> None:
    """Packages are everywhere, in any number, for what needs no cooling."""
    one = catalogue(CARTON_ROW)
    assert (one.stock, one.sites, one.temperature) == (({},), ((),), (("ambient",),))
    assert (one.coolant_mm3.tolist(), one.coolant_g.tolist()) == ([0], [0])
    assert one.reusable.tolist() == [False]


@pytest.mark.parametrize(
    ("stock", "sites", "expected"),
    [
        (100, None, {"": 100}),
        (0, None, {"": 0}),
        ("100", "", {"": 100}),
        (100.0, None, {"": 100}),
        (" 7 ", "A", {"": 7}),
        ("A=100;B=20", None, {"A": 100, "B": 20}),
        ("A = 100 ; B=0;", "B;A", {"A": 100, "B": 0}),
        ("x=1=2", None, {"x=1": 2}),
        (None, "A;B", {}),
        (" ", None, {}),
    ],
)
def test_stock_is_a_number_or_one_by_site(
    stock: Any, sites: str | None, expected: dict[str, int]
) -> None:
    """The number as a whole number, a float or text, and without a value no limit."""
    assert catalogue(CARTON_ROW | {"stock": stock, "sites": sites}).stock == (expected,)


def test_a_stock_by_site_says_where_the_package_is() -> None:
    """A site that is not named has none."""
    one = catalogue(
        CARTON_ROW | {"stock": "A=5;B=0"},
        MAILER_ROW | {"sites": " Köln ; Bonn;Köln", "stock": "Köln=1;Bonn=2"},
    )
    assert one.sites == (("A", "B"), ("Köln", "Bonn"))


def test_cold_packages_say_what_they_carry() -> None:
    """Classes in small letters; volume and mass are rounded up."""
    one = catalogue(
        CARTON_ROW
        | {"temperature": "Chilled; frozen;CHILLED", "coolant_l": 0.5000001, "coolant_kg": 0.4801}
        | {"max_content_g": 5_000},
        MAILER_ROW | {"temperature": " Ambient ", "coolant_kg": 0.2},
    )
    assert one.temperature == (("chilled", "frozen"), ("ambient",))
    assert one.coolant_mm3.tolist() == [500_001, 0]
    assert one.coolant_g.tolist() == [481, 200]


def test_reusable_packages_say_how_often() -> None:
    """In any spelling of yes; trips alone say nothing about coming back."""
    rows = [
        CARTON_ROW | {"reusable": "Yes", "reusable_trips": 40},
        CARTON_ROW | {"package_id": "C2", "reusable": "no", "reusable_trips": 40},
        CARTON_ROW | {"package_id": "C3", "reusable": None, "reusable_trips": None},
    ]
    assert catalogue(*rows).reusable.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("change", "column", "found"),
    [
        ({"stock": -1}, "stock", "found '-1', no stock"),
        ({"stock": 1.5}, "stock", "found '1.5', no stock"),
        ({"stock": "many"}, "stock", "found 'many', no stock"),
        ({"stock": float("inf")}, "stock", "found 'inf', no stock"),
        ({"stock": float("nan")}, "stock", "found 'nan', no stock"),
        ({"stock": 1_000_000_001}, "stock", "no stock"),
        ({"stock": 10.0**20}, "stock", "no stock"),
        ({"stock": "1,000"}, "stock", "found '1,000', no stock"),
        ({"stock": "A=-1;B=2"}, "stock", "found 'A=-1;B=2', no stock"),
        ({"stock": "A=1;A=2"}, "stock", "no stock"),
        ({"stock": "A=;B=2"}, "stock", "no stock"),
        ({"stock": "=3"}, "stock", "no stock"),
        ({"stock": "A:100"}, "stock", "no stock"),
        ({"stock": "10;20"}, "stock", "no stock"),
        ({"stock": "A=1;20"}, "stock", "no stock"),
        ({"stock": ";"}, "stock", "separators and no value"),
        ({"stock": "A=1,B=2"}, "stock", "a comma, which would make one value of several"),
        ({"sites": "A,B"}, "sites", "a comma"),
        ({"temperature": "chilled,frozen"}, "temperature", "a comma"),
        ({"stock": 100, "sites": "A;B"}, "stock", "one stock for several sites"),
        ({"stock": "Koln=5;Bonn=1", "sites": "Köln;Bonn"}, "stock", "a stock at 'Koln', which is"),
        ({"stock": "A=5", "sites": "A;B"}, "stock", "no stock for B"),
        ({"sites": " ; "}, "sites", "separators and no value"),
        ({"temperature": ";"}, "temperature", "separators and no value"),
        ({"coolant_mm3": -1}, "coolant_mm3", "too small a number"),
        ({"coolant_l": "ice"}, "coolant_l", "no number"),
        ({"coolant_ml": float("nan")}, "coolant_ml", "no finite number"),
        ({"coolant_l": 3}, "coolant_l", "coolant that leaves no room"),
        ({"coolant_mm3": 10**13}, "coolant_mm3", "too large a number"),
        ({"coolant_g": -1}, "coolant_g", "too small a number"),
        ({"coolant_g": 500, "max_content_g": 500}, "coolant_g", "coolant as heavy as the content"),
        ({"reusable": "often", "reusable_trips": 4}, "reusable", "an unknown word"),
        ({"reusable": True}, "reusable", "a reusable package without reusable_trips"),
        ({"reusable": True, "reusable_trips": 0}, "reusable_trips", "too small a number"),
    ],
)
def test_bad_supply_fails_the_catalogue(change: dict[str, Any], column: str, found: str) -> None:
    """Row, column, finding, expectation and advice."""
    problems = refusal(MAILER_ROW, CARTON_ROW | change)
    place = f"row 2, column {column}: found "
    assert any(one.startswith(place) and found in one for one in problems), problems
    for problem in problems:
        assert "; expected " in problem
        assert problem[-1] in ".?"


def test_a_misspelt_site_is_answered_with_the_one_that_was_meant() -> None:
    """Stock at one site, package at another: one of the two is a typing error."""
    (problem,) = refusal(CARTON_ROW | {"stock": "Koln=5;Bonn=1", "sites": "Köln;Bonn"})
    assert problem.endswith("Did you mean Köln?")


def test_mailers_have_no_lid_for_coolant() -> None:
    """Its layer would need a place of its own."""
    (problem,) = refusal(MAILER_ROW | {"coolant_ml": 100})
    assert "column coolant_ml: found '100', a layer of coolant in a mailer" in problem


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stock", [1]),
        ("stock", True),
        ("sites", ["A", "B"]),
        ("temperature", True),
        ("heights_mm", [100, 150]),
        ("coolant_l", True),
        ("reusable", [True]),
    ],
)
def test_columns_of_useless_types_are_refused(column: str, value: Any) -> None:
    """Lists are written as text, which every format can hold."""
    with pytest.raises(CatalogueError, match=f"column {column}: found values of.*; expected"):
        catalogue(CARTON_ROW | {column: value})


def test_the_digest_knows_the_supply() -> None:
    """Every new column counts; the order in which sites are named does not."""
    changes: list[dict[str, Any]] = [
        {},
        {"stock": 5},
        {"stock": 0},
        {"stock": "A=5;B=6"},
        {"sites": "A"},
        {"temperature": "chilled"},
        {"coolant_ml": 5},
        {"coolant_g": 5},
        {"reusable_trips": 5},
        {"reusable_trips": 5, "reusable": True},
    ]
    assert len({catalogue(CARTON_ROW | change).digest for change in changes}) == len(changes)
    same = [{"stock": "B=6;A=5", "sites": "A;B"}, {"stock": "A=5;B=6"}]
    assert len({catalogue(CARTON_ROW | change).digest for change in same}) == 1


def test_every_format_says_the_same(tmp_path: Path) -> None:
    """Typed columns where the format has types, text where it has not."""
    rows: list[dict[str, Any]] = [
        CARTON_ROW
        | {"stock": 5, "temperature": "chilled", "coolant_g": 9, "reusable": True}
        | {"reusable_trips": 3},
        CARTON_ROW | {"package_id": "C2", "sites": "A;B", "stock": None, "reusable": False},
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    assert table.schema.field("stock").type == pa.int64()
    pq.write_table(table, tmp_path / "c.parquet")
    (tmp_path / "c.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "c.ndjson").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    lines = [",".join(names)]
    lines += [",".join(str(row.get(name) or "") for name in names) for row in rows]
    (tmp_path / "c.csv").write_text("\n".join(lines), encoding="utf-8")
    expected = Catalogue.from_table(table)
    assert (expected.stock, expected.sites) == (({"": 5}, {}), ((), ("A", "B")))
    for path in tmp_path.iterdir():
        assert read_catalogue(path).digest == expected.digest, path.suffix


SUPPLY_COLUMNS = [
    *("stock", "sites", "temperature", "coolant_mm3", "coolant_g", "reusable", "reusable_trips"),
    "max_content_g",
]
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-1, 200),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.sampled_from(["A=1;B=2", "A;B", "=", ";", "ambient", "yes"]),
)


@given(st.dictionaries(st.sampled_from(SUPPLY_COLUMNS), anything, max_size=4))
def test_no_value_brings_the_catalogue_down(values: dict[str, Any]) -> None:
    """Any type in any column: a sound catalogue or an error of ours."""
    try:
        one = Catalogue.from_table(pa.Table.from_pylist([CARTON_ROW | values]))
    except CatalogueError:
        return
    (stock,), (sites,) = one.stock, one.sites
    assert all(0 <= count <= 1_000_000_000 for count in stock.values())
    assert set(stock) in ({""}, set(sites), set())
    assert one.temperature[0]
    assert one.coolant_mm3[0] < one.inner_mm[0].astype(int).prod()
    assert one.max_content_g[0] < 0 or one.coolant_g[0] < one.max_content_g[0]
