"""Units stated in a column of their own, as trade codes or as words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from packopt.catalogue import Catalogue
from packopt.errors import OrdersError
from packopt.orders import Orders, read_orders

LINE = {"order_id": "A", "sku": "cup", "qty": 1, "length": 10, "width": 8, "height": 6}


def orders_of(*changes: dict[str, Any]) -> Orders:
    """One order for each change, with the columns of all of them."""
    rows = [LINE | {"order_id": f"{at}"} | one for at, one in enumerate(changes)]
    names = dict.fromkeys(name for row in rows for name in row)
    return Orders.from_table(
        pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    )


@pytest.mark.parametrize(
    ("unit", "mm"),
    [
        ("MMT", 10),
        ("CMT", 100),
        ("DMT", 1000),
        ("INH", 254),
        ("FOT", 3048),
        ("YRD", 9144),
        ("cmt", 100),
        (" in ", 254),
        ("mm", 10),
    ],
)
def test_sizes_are_in_the_unit_of_their_row(unit: str, mm: int) -> None:
    """Codes of Recommendation 20, in any case, and the words of column names."""
    orders = orders_of({"size_unit": unit})
    assert orders.rejects.num_rows == 0
    assert orders.size_mm[0, 0] == mm


@pytest.mark.parametrize(
    ("unit", "g"), [("GRM", 2), ("KGM", 2000), ("LBR", 908), ("ONZ", 57), ("MGM", 1), ("kg", 2000)]
)
def test_weights_are_in_the_unit_of_their_row(unit: str, g: int) -> None:
    """Rounded up to whole grams, as ever."""
    orders = orders_of({"size_unit": "CMT", "weight": 2, "weight_unit": unit})
    assert orders.weights_known
    assert orders.weight_g.tolist() == [g]


def test_rows_may_differ_and_every_size_of_a_row_has_its_unit() -> None:
    """Padding and loads, too; columns with a unit in their name keep it."""
    padded = {"padding": 1, "max_load": 3, "weight_unit": "KGM", "min_height_mm": 5}
    orders = orders_of(
        {"size_unit": "CMT"} | padded, padded | {"size_unit": "INH", "weight_unit": "LBR"}
    )
    assert orders.size_mm.tolist() == [[100, 80, 60], [254, 204, 153]]
    assert orders.padding_mm.tolist() == [10, 26]
    assert orders.max_load_g.tolist() == [3000, 1360]
    assert orders.min_height_mm.tolist() == [5, 5]


@pytest.mark.parametrize("unit", ["XYZ", None])
def test_a_row_without_a_known_unit_is_rejected_once(unit: str | None) -> None:
    """Not once for each of its sizes; the other orders go on."""
    orders = orders_of({"size_unit": "CMT"}, {"size_unit": unit})
    (reject,) = orders.rejects.to_pylist()
    assert (reject["row"], reject["field"], reject["value"]) == (2, "size_unit", unit)
    assert "expected one of MMT, CMT" in reject["reason"]
    assert "Recommendation 20" in reject["hint"]


def test_sizes_without_any_unit_are_missing() -> None:
    """The message offers both ways to state one."""
    message = "Did you mean 'length'. Rename it to length_mm .*, or add size_unit"
    with pytest.raises(OrdersError, match=message):
        orders_of({})


def test_two_ways_to_state_a_size_are_one_too_many() -> None:
    """Nobody can tell which of them counts."""
    with pytest.raises(OrdersError, match="length_mm and length say the same in two units"):
        orders_of({"size_unit": "CMT", "length_mm": 100})


def test_names_that_say_nothing_are_noted() -> None:
    """A weight without a unit, and a unit of nothing, are ignored; that is said."""
    orders = orders_of({"size_unit": "CMT", "weight": 2})
    assert not orders.weights_known
    assert "ignored columns weight (did you mean weight_g?)" in orders.notes[0]
    rows = [{"weight_unit": "KGM"}]
    table = pa.Table.from_pylist(
        [
            {f"{k}_mm" if k in ("length", "width", "height") else k: v for k, v in LINE.items()}
            | row
            for row in rows
        ]
    )
    assert "ignored columns weight_unit" in Orders.from_table(table).notes[0]


def test_a_file_of_skus_may_have_the_units(tmp_path: Path) -> None:
    """Together with the sizes that it states."""
    (tmp_path / "lines.csv").write_text("order_id,sku,qty\nA,cup,1\n", encoding="utf-8")
    (tmp_path / "skus.csv").write_text(
        "sku,length,width,height,size_unit,weight,weight_unit\ncup,10,8,6,CMT,0.5,KGM\n",
        encoding="utf-8",
    )
    orders = read_orders(tmp_path / "lines.csv", skus=tmp_path / "skus.csv")
    assert orders.size_mm.tolist() == [[100, 80, 60]]
    assert orders.weight_g.tolist() == [500]


def test_catalogues_may_state_units_by_row() -> None:
    """Inner sides are rounded down, and lists of heights have the unit of their row."""
    rows = [
        {"package_id": "S", "length": 8.9, "size_unit": "INH", "heights": None, "kind": "carton"},
        {
            "package_id": "T",
            "length": 30,
            "size_unit": "CMT",
            "heights": "10;15",
            "kind": "adjustable",
        },
    ]
    rows = [
        row
        | {"width": 5, "height": None if row["heights"] else 4, "tare": 0.2, "weight_unit": "KGM"}
        for row in rows
    ]
    catalogue = Catalogue.from_table(pa.Table.from_pylist(rows))
    assert catalogue.inner_mm.tolist() == [[226, 127, 101], [300, 50, 150]]
    assert catalogue.heights_mm == ((), (100, 150))
    assert catalogue.tare_g.tolist() == [200, 200]
