"""GTINs of articles and package codes of UN/CEFACT: read, carried along, and checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import packopt
from packopt import CatalogueError
from packopt.catalogue import Catalogue
from packopt.check import check
from packopt.orders import Orders, read_orders
from packopt.recommend import recommend
from packopt.trade_codes import package_code_names

LINE = {
    "order_id": "A",
    "sku": "cup",
    "qty": 1,
    "length_mm": 100,
    "width_mm": 80,
    "height_mm": 60,
}
PACKAGES = [
    {"package_id": "S", "length_mm": 200, "width_mm": 150, "height_mm": 100, "package_code": "4g"},
    {"package_id": "L", "length_mm": 400, "width_mm": 300, "height_mm": 250, "package_code": None},
]
CUP, PLATE = "06291041500213", "08904000210037"


def orders_of(*gtins: Any) -> Orders:
    """One order for each GTIN."""
    lines = [LINE | {"order_id": f"{at}", "gtin": gtin} for at, gtin in enumerate(gtins)]
    return Orders.from_table(pa.Table.from_pylist(lines))


def catalogue_of(*changes: dict[str, Any]) -> Catalogue:
    """The packages with changes."""
    rows = [
        {"kind": "carton"} | row | change
        for row, change in zip(PACKAGES, changes or ({},) * 2, strict=True)
    ]
    return Catalogue.from_table(pa.Table.from_pylist(rows))


def test_gtins_of_every_length_are_kept_with_fourteen_digits() -> None:
    """8, 12, 13 and 14 digits; an empty value is none."""
    orders = orders_of("23456785", "036000241457", "6291041500213", CUP, None, " ")
    assert orders.rejects.num_rows == 0
    assert orders.gtin.to_pylist() == [
        "00000023456785",
        "00036000241457",
        CUP,
        CUP,
        None,
        None,
    ]


def test_whole_numbers_are_gtins_where_they_have_the_digits_of_one() -> None:
    """What a number has lost is not guessed: a hint says what may have happened."""
    orders = orders_of(23456785, 614141000036, 6291041500213, 36000241457, 2345673, 17)
    assert orders.gtin.to_pylist() == ["00000023456785", "00614141000036", CUP]
    lost, short, tiny = orders.rejects["hint"].to_pylist()
    assert "dropped zeros on the left" in lost
    assert lost == short
    assert tiny == "Write digits only, or leave it empty where the article has none."


@pytest.mark.parametrize("gtin", ["00000000", "0000000000000", "0", 0])
def test_zeros_only_are_no_gtin(gtin: str | int) -> None:
    """They have the right check digit, and stand in for a number that nobody knew."""
    (reject,) = orders_of(gtin).rejects.to_pylist()
    assert reject["reason"].startswith("found zeros only, which no article has; expected 8, 12,")
    assert reject["hint"] == "Leave it empty where the article has none."


def test_without_the_column_there_is_none() -> None:
    """Nothing is made up, and nothing takes memory."""
    assert Orders.from_table(pa.Table.from_pylist([LINE])).gtin is None


@pytest.mark.parametrize(
    ("gtin", "reason"),
    [
        (
            "6291041500214",
            "found a wrong check digit; expected 3 as the last digit, if the others are right",
        ),
        ("629104150021", "found a wrong check digit; expected 4 as the last digit"),
        ("62910415002", "found no GTIN; expected 8, 12, 13 or 14 digits"),
        ("6291041 500213", "found no GTIN; expected 8, 12, 13 or 14 digits"),
        ("٦291041500213", "found no GTIN; expected 8, 12, 13 or 14 digits"),
    ],
)
def test_a_wrong_gtin_rejects_its_order_and_says_why(gtin: str, reason: str) -> None:
    """With row, field, value, what was found and what was expected; the other order goes on."""
    orders = orders_of(CUP, gtin)
    (reject,) = orders.rejects.to_pylist()
    assert orders.order_ids.to_pylist() == ["0"]
    assert (reject["row"], reject["order_id"], reject["field"]) == (2, "1", "gtin")
    assert reject["value"] == gtin
    assert reject["reason"].startswith(reason)
    assert reject["hint"]


def test_gtins_follow_their_lines_when_these_are_sorted(tmp_path: Path) -> None:
    """Scattered lines of an order are gathered, and a file of SKUs may state the GTIN."""
    lines = tmp_path / "lines.csv"
    lines.write_text("order_id,sku,qty\nA,cup,1\nB,plate,1\nA,plate,2\n", encoding="utf-8")
    skus = tmp_path / "skus.csv"
    sizes = "100,80,60"
    skus.write_text(
        f"sku,length_mm,width_mm,height_mm,gtin\ncup,{sizes},{CUP}\nplate,{sizes},{PLATE}\n",
        encoding="utf-8",
    )
    orders = read_orders(lines, skus=skus)
    assert orders.skus.to_pylist() == ["cup", "plate", "plate"]
    assert orders.gtin.to_pylist() == [CUP, PLATE, PLATE]
    assert orders.take(orders.line_start[:0]).gtin.to_pylist() == []
    assert orders.slice(1, 2).gtin.to_pylist() == [PLATE]


def test_results_carry_both_codes_along(tmp_path: Path) -> None:
    """Placements have the GTIN, parcels the package code; on disk and as documents, too."""
    orders = orders_of(CUP, None)
    result = recommend(orders, catalogue_of())
    assert result.placements["gtin"].to_pylist() == [CUP, None]
    assert result.parcels["package_code"].to_pylist() == ["4G", "4G"]
    assert check(result, orders, catalogue_of()) == []
    result.write(tmp_path / "answers")
    read = packopt.Recommendations.read(tmp_path / "answers")
    assert read.placements["gtin"].to_pylist() == [CUP, None]
    first, _ = packopt.to_documents(result)
    assert first["parcels"][0]["package_code"] == "4G"
    assert first["parcels"][0]["placements"][0]["gtin"] == CUP


def test_own_containers_have_no_package_code() -> None:
    """Nobody chose a package for them."""
    orders = Orders.from_table(pa.Table.from_pylist([LINE | {"own_container": True}]))
    result = recommend(orders, catalogue_of())
    assert result.parcels["package_code"].to_pylist() == [None]
    assert check(result, orders, catalogue_of()) == []


@pytest.mark.parametrize(("table", "column"), [("placements", "gtin"), ("parcels", "package_code")])
@pytest.mark.parametrize("stated", [True, False])
def test_the_checker_notices_a_code_that_nobody_stated(
    table: str, column: str, *, stated: bool
) -> None:
    """A code that was changed, lost or made up is a violation."""
    orders = orders_of(CUP if stated else None)
    catalogue = catalogue_of({} if stated else {"package_code": None}, {})
    result = recommend(orders, catalogue)
    rows = getattr(result, table)
    at = rows.column_names.index(column)
    field = rows.schema.field(at)
    for wrong in [PLATE] if not stated else [PLATE, None]:
        words = pa.array([wrong], pa.string()).dictionary_encode().cast(field.type)
        spoilt = replace(result, **{table: rows.set_column(at, field, words)})
        assert [one.code for one in check(spoilt, orders, catalogue)] == ["trade_code"]


def test_an_unknown_package_code_fails_the_catalogue() -> None:
    """It is told with its row, and with examples of codes."""
    with pytest.raises(CatalogueError, match=r"row 1.*package_code.*'Q7'.*Recommendation 21"):
        catalogue_of({"package_code": "Q7"}, {})


def test_codes_are_part_of_a_catalogue_only_where_there_are_any() -> None:
    """A catalogue without codes is the one that it was before there was such a column."""
    bare = {"package_code": None}
    rows = [{name: v for name, v in row.items() if name != "package_code"} for row in PACKAGES]
    without = Catalogue.from_table(pa.Table.from_pylist([{"kind": "carton"} | row for row in rows]))
    assert catalogue_of(bare, bare).digest == without.digest != catalogue_of().digest


def test_the_list_of_package_codes_is_well_formed() -> None:
    """Two capital letters or digits each, and the usual packages are on it."""
    names = package_code_names()
    assert all(
        (len(code) == 2 and code.isalnum() and code.isupper()) or code == "43" or code == "44"
        for code in names
    )
    assert {code: names[code] for code in ("CT", "4G", "BG", "EN", "BX", "PC", "ZZ")} == {
        "CT": "Carton",
        "4G": "Box, fibreboard",
        "BG": "Bag",
        "EN": "Envelope",
        "BX": "Box",
        "PC": "Parcel",
        "ZZ": "Mutually defined",
    }
