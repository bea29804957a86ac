"""Loaders of public sets: small files of the published formats, and the real ones where present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from packopt.datasets import loaders
from packopt.errors import OrdersError
from packopt.orders import Orders

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared")) / "data"


def shared(name: str) -> Path:
    """A file or folder of the data that does not ship, or a skip that says what is missing."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set PACKOPT_SHARED to the folder that holds data/")
    return path


def write(folder: Path, name: str, text: str) -> Path:
    """A text file in a folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_olist_files_become_one_line_per_item(tmp_path: Path) -> None:
    """Items find their product's size; unknown products keep null sizes and become rejects."""
    write(
        tmp_path,
        "olist_order_items_dataset.csv",
        "order_id,order_item_id,product_id,price\na,1,p,9\na,2,p,9\nb,1,q,5\nc,1,zz,5\n",
    )
    write(
        tmp_path,
        "olist_products_dataset.csv",
        "product_id,product_category_name,product_weight_g,product_length_cm,product_height_cm,"
        "product_width_cm\np,toys,300,30,5,20\nq,toys,50,16,2,11\n",
    )
    orders = Orders.from_table(loaders.load_olist(tmp_path))
    assert orders.order_ids.to_pylist() == ["a", "b"]
    assert orders.size_mm.tolist() == [[300, 200, 50], [300, 200, 50], [160, 110, 20]]
    assert set(orders.rejects["order_id"].to_pylist()) == {"c"}


def test_boxpacker_files_become_orders_and_cartons(tmp_path: Path) -> None:
    """Sides come in the order length, width, height; the height may be kept vertical."""
    write(
        tmp_path,
        "items.csv",
        "order_id,sku,qty,width_mm,length_mm,height_mm,weight_g\no,s,3,210,297,8,300\n",
    )
    write(
        tmp_path,
        "boxes.csv",
        "id,outer_width_mm,outer_length_mm,outer_height_mm,tare_g,inner_width_mm,inner_length_mm,"
        "inner_height_mm,max_weight_g\nOption 1,370,375,60,140,364,374,40,3000\n",
    )
    instance = loaders.load_boxpacker(tmp_path, upright=True)
    orders = Orders.from_table(instance.orders)
    assert orders.size_mm.tolist() == [[297, 210, 8]]
    assert orders.orientation.tolist() == [1]
    assert instance.catalogue.to_pylist() == [
        {
            "package_id": "Option 1",
            "tare_g": "140",
            "max_content_g": "3000",
            "length_mm": "374",
            "width_mm": "364",
            "height_mm": "40",
            "outer_length_mm": "375",
            "outer_width_mm": "370",
            "outer_height_mm": "60",
            "kind": "carton",
        }
    ]


def test_shopee_files_become_orders_of_one_unit(tmp_path: Path) -> None:
    """Centimetres stay centimetres until the door converts them; zero sizes become rejects."""
    write(tmp_path, "sku_dimension.csv", "sku_id,length,width,height\nx,50.0,29.05,44\ny,0,0,0\n")
    write(tmp_path, "box_dimension.csv", "id,box_number,length,width,height\n1,S1,32.5,30,20\n")
    instance = loaders.load_shopee(tmp_path)
    orders = Orders.from_table(instance.orders)
    assert orders.size_mm.tolist() == [[500, 291, 440]]
    assert not orders.weights_known
    assert set(orders.rejects["order_id"].to_pylist()) == {"y"}
    assert instance.catalogue["length_cm"].to_pylist() == ["32.5"]


THPACK = """ 2
 1 2502505
 587 233 220
 3
 1 108 0 76 0 30 1 40
 2 110 0 43 1 25 1 33
 3 92 1 81 1 55 1 39
 2
 21 18 30
 1
 1 6 1 9 12 1 20
"""


def test_thpack_problems_become_instances(tmp_path: Path) -> None:
    """One allowed vertical side is upright, three are any, two are the caller's choice."""
    path = write(tmp_path, "thpack0.txt", THPACK)
    first, second = loaders.load_thpack(path)
    assert (first.name, second.name) == ("thpack0-1", "thpack0-2")
    assert first.orders["orientation"].to_pylist() == ["upright", "upright", "any"]
    assert first.orders["qty"].to_pylist() == [40, 33, 39]
    assert first.catalogue.to_pylist() == [
        {
            "package_id": "thpack0-1",
            "kind": "carton",
            "length_mm": 587,
            "width_mm": 233,
            "height_mm": 220,
        }
    ]
    relaxed = loaders.load_thpack(path, two_vertical="any")[0]
    assert relaxed.orders["orientation"].to_pylist() == ["upright", "any", "any"]


def test_thpack_lines_without_the_second_flag_are_read(tmp_path: Path) -> None:
    """Three lines of the published thpack9 lack one flag."""
    second = loaders.load_thpack(write(tmp_path, "thpack0.txt", THPACK))[1]
    (line,) = second.orders.to_pylist()
    assert [line[name] for name in ("length_mm", "width_mm", "height_mm", "qty")] == [6, 9, 12, 20]
    assert line["orientation"] == "any"


def test_a_side_that_must_stand_becomes_the_height(tmp_path: Path) -> None:
    """Where only the length may be vertical, the sides are turned so that it is the height."""
    path = write(tmp_path, "one.txt", "1\n1\n9 9 9\n1\n1 7 1 5 0 3 0 2\n")
    (line,) = loaders.load_thpack(path)[0].orders.to_pylist()
    assert [line[name] for name in ("length_mm", "width_mm", "height_mm")] == [5, 3, 7]
    assert line["orientation"] == "upright"


def test_mpv_files_become_orders_of_fixed_boxes(tmp_path: Path) -> None:
    """Each line is one unit that may not be turned."""
    instance = loaders.load_mpv(
        write(tmp_path, "class1.txt", "2 100 90 80\n13 92 84\n75 76 21\n\n")
    )
    assert instance.orders["orientation"].to_pylist() == ["fixed", "fixed"]
    assert instance.orders["width_mm"].to_pylist() == [92, 76]
    assert instance.catalogue["height_mm"].to_pylist() == [80]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2 100 90 80\n13 92 84\n", "ends too early"),
        ("2 100 90 80\n13 92\n", "line 2: found 2 numbers, expected 3"),
        ("2 100 90\n", "line 1: found 3 numbers, expected 4"),
        ("two boxes\n", "line 1: found 'two boxes', expected whole numbers"),
        ("", "ends too early"),
    ],
)
def test_damaged_instances_say_where(tmp_path: Path, text: str, message: str) -> None:
    """The line, what was found and what was expected stand in the message."""
    with pytest.raises(OrdersError, match=message):
        loaders.load_mpv(write(tmp_path, "bad.txt", text))


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    """A wrong folder, a wrong file and a ragged file each say what is wrong."""
    with pytest.raises(OrdersError, match="no such file"):
        loaders.load_mpv(tmp_path / "nothing.txt")
    with pytest.raises(OrdersError, match="no such file"):
        loaders.load_shopee(tmp_path)
    write(tmp_path, "sku_dimension.csv", "sku_id,length,width\nx,50,29\n")
    with pytest.raises(OrdersError, match="found no column height, expected sku_id"):
        loaders.load_shopee(tmp_path)
    write(tmp_path, "sku_dimension.csv", "sku_id,length,width,height\nx,50,29,1,7\n")
    with pytest.raises(OrdersError, match="row 1"):
        loaders.load_shopee(tmp_path)


def test_real_olist_orders_load() -> None:
    """The development half of Olist has 82,043 lines; 16 without sizes become rejects."""
    table = loaders.load_olist(shared("orders/olist_dev.parquet"))
    assert table.num_rows == 82_043
    orders = Orders.from_table(table)
    assert orders.n_orders + len(set(orders.rejects["order_id"].to_pylist())) == 79_002


def test_real_boxpacker_orders_load() -> None:
    """2,167 orders and four boxes."""
    instance = loaders.load_boxpacker(shared("orders/boxpacker_dev"))
    assert Orders.from_table(instance.orders).n_orders == 2_167
    assert instance.catalogue.num_rows == 4


def test_real_shopee_sizes_load() -> None:
    """19,216 articles, 12 of them with a zero side, and 22 boxes."""
    instance = loaders.load_shopee(shared("orders/shopee"))
    orders = Orders.from_table(instance.orders)
    assert orders.n_orders + 12 == instance.orders.num_rows == 19_216
    assert instance.catalogue.num_rows == 22


def test_real_instances_load() -> None:
    """All 762 problems of the OR-Library and all 1,050 generated MPV files."""
    files = sorted(shared("instances/thpack_orlib").glob("thpack?.txt"))
    assert sum(len(loaders.load_thpack(path)) for path in files) == 762
    mpv = sorted(shared("instances/mpv_generated").glob("*.txt"))
    assert sum(loaders.load_mpv(path).orders.num_rows for path in mpv) == 60_300
