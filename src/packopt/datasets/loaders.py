"""Public order sets and packing instances, read from wherever the user has put them.

None of these sets ships with packopt; their own licences hold. Each loader returns tables in the
order and catalogue columns, which `packopt.Orders.from_table` and `Catalogue.from_table` check:
dirty rows of the source stay in and become rejects there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import OrdersError
from packopt.reading import read_table

if TYPE_CHECKING:
    from os import PathLike

    Rows = list[tuple[int, list[int]]]  # line number in the file, numbers on the line

_OLIST_ITEMS: Final = "olist_order_items_dataset.csv"
_OLIST_PRODUCTS: Final = "olist_products_dataset.csv"
_SIDES: Final = ("length", "width", "height")


class Instance(NamedTuple):
    """Orders and the packages that belong to them."""

    name: str
    orders: pa.Table
    catalogue: pa.Table


def load_olist(path: str | PathLike[str]) -> pa.Table:
    """Orders of the Olist marketplace with declared item sizes.

    Many articles are declared with the post's least parcel, 16 x 11 x 2 cm, so savings on small
    items are understated; say so wherever such figures are shown.

    Parameters
    ----------
    path
        The folder of the published CSV files (one item a row, sizes in cm), or a single table
        file that has the order columns in mm already.

    Returns
    -------
    Order lines; of the published files one line per item, with quantity 1.

    Raises
    ------
    OrdersError
        Where a file or a column is missing.
    """
    path = Path(path)
    if not path.is_dir():
        sides = {f"{side}_mm": f"{side}_mm" for side in _SIDES}
        return _columns(
            path,
            {"order_id": "order_id", "sku": "sku", "qty": "qty", **sides, "weight_g": "weight_g"},
        )
    items = _columns(path / _OLIST_ITEMS, {"order_id": "order_id", "product_id": "sku"})
    sides = {f"product_{side}_cm": f"{side}_cm" for side in _SIDES}
    products = _columns(
        path / _OLIST_PRODUCTS, {"product_id": "sku", **sides, "product_weight_g": "weight_g"}
    )
    row = pc.index_in(items["sku"], value_set=products["sku"])
    sizes = products.drop_columns("sku").take(row)  # an unknown product has null sizes
    ones = pa.array([1], pa.int32()).take(pa.array([0] * items.num_rows, pa.int64()))
    lines = items.append_column("qty", ones)
    for name in sizes.column_names:
        lines = lines.append_column(name, sizes[name])
    return lines


def load_boxpacker(folder: str | PathLike[str], *, upright: bool = False) -> Instance:
    """Anonymised orders of a web shop and its boxes, from the tests of dvdoug/BoxPacker (MIT).

    Parameters
    ----------
    folder
        Where `items.csv` and `boxes.csv` are.
    upright
        Keep the declared height vertical, as one of the set's two baselines does.

    Returns
    -------
    All orders, with the boxes as cartons.

    Raises
    ------
    OrdersError
        Where a file or a column is missing.
    """
    names = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm", "weight_g")
    orders = _columns(Path(folder) / "items.csv", {name: name for name in names})
    orientation = pa.array(["upright" if upright else "any"] * orders.num_rows, pa.string())
    inner = {f"inner_{side}_mm": f"{side}_mm" for side in _SIDES}
    outer = {f"outer_{side}_mm": f"outer_{side}_mm" for side in _SIDES}
    rest = {"id": "package_id", "tare_g": "tare_g", "max_weight_g": "max_content_g"}
    boxes = _columns(Path(folder) / "boxes.csv", {**rest, **inner, **outer})
    return Instance("boxpacker", orders.append_column("orientation", orientation), _cartons(boxes))


def load_shopee(folder: str | PathLike[str]) -> Instance:
    """Real article sizes and boxes of the Shopee coding contest of 2020, in cm, without weights.

    Parameters
    ----------
    folder
        Where `sku_dimension.csv` and `box_dimension.csv` are.

    Returns
    -------
    Each article as an order of one unit, with the boxes as cartons.

    Raises
    ------
    OrdersError
        Where a file or a column is missing.
    """
    sides = {side: f"{side}_cm" for side in _SIDES}
    skus = _columns(Path(folder) / "sku_dimension.csv", {"sku_id": "sku", **sides})
    orders = skus.add_column(0, "order_id", skus["sku"])
    orders = orders.add_column(2, "qty", pa.array([1] * skus.num_rows, pa.int32()))
    boxes = _columns(Path(folder) / "box_dimension.csv", {"box_number": "package_id", **sides})
    return Instance("shopee", orders, _cartons(boxes))


def load_thpack(
    path: str | PathLike[str], *, two_vertical: Literal["upright", "any"] = "upright"
) -> list[Instance]:
    """Container loading problems of the OR-Library: thpack1 to thpack9, and the BR files.

    Format: number of problems; for each its number, the container's sides, the number of box
    types, and per type its number, three sides each with a flag that allows it to be vertical,
    and the count. The files' unit of length is taken as mm.

    Parameters
    ----------
    path
        One file.
    two_vertical
        What to make of boxes with two allowed vertical sides, which packopt's orientations cannot
        say: "upright" allows the last one only (cautious), "any" allows all three (a relaxation).

    Returns
    -------
    One instance per problem: one order, one carton.

    Raises
    ------
    OrdersError
        Where the file is missing or is not of that format.
    """
    path = Path(path)
    rows = _integers(path)
    (problems,) = _take(rows, path, 1)
    instances = []
    for _ in range(problems):
        number = _take(rows, path, 1, 2)[0]  # thpack1 to thpack7 add a seed
        container = _take(rows, path, 3)
        (types,) = _take(rows, path, 1)
        boxes = [_take(rows, path, 7, 8) for _ in range(types)]
        name = f"{path.stem}-{number}"
        lines = [_thpack_line(box, two_vertical) for box in boxes]
        instances.append(Instance(name, _lines(name, lines), _container(name, container)))
    return instances


def load_mpv(path: str | PathLike[str]) -> Instance:
    """A bin packing instance of Martello, Pisinger and Vigo: one box a line, no rotation.

    Format: number of boxes and the bin's width, height and depth; then the sides of each box in
    the same order. The file's unit of length is taken as mm.

    Parameters
    ----------
    path
        One file.

    Returns
    -------
    One order with fixed orientations, one carton.

    Raises
    ------
    OrdersError
        Where the file is missing or is not of that format.
    """
    path = Path(path)
    rows = _integers(path)
    count, *container = _take(rows, path, 4)
    lines = [(str(i + 1), 1, _take(rows, path, 3), "fixed") for i in range(count)]
    return Instance(path.stem, _lines(path.stem, lines), _container(path.stem, container))


def _columns(path: Path, names: dict[str, str]) -> pa.Table:
    """Columns of a file under new names, in the order of `names`."""
    raw = read_table(path, names.__contains__, error=OrdersError, text=tuple(names))
    missing = [name for name in names if name not in raw.table.column_names]
    if missing:
        raise OrdersError(
            str(path),
            f"found no column {', '.join(missing)}, expected {', '.join(names)}; "
            "check that this is the published file",
        )
    if raw.faults:
        problems = [f"row {row + 1}: {fault}" for row, fault in raw.faults.items()]
        raise OrdersError(str(path), problems)
    return raw.table.select(list(names)).rename_columns(list(names.values()))


def _cartons(boxes: pa.Table) -> pa.Table:
    return boxes.append_column("kind", pa.array(["carton"] * boxes.num_rows, pa.string()))


def _thpack_line(
    box: list[int], two_vertical: Literal["upright", "any"]
) -> tuple[str, int, list[int], str]:
    if len(box) == 7:
        # Problems 18 to 20 of thpack9 lack the flag of the second side; all others there are 1.
        box = [*box[:4], 1, *box[4:]]
    number, *sides_and_flags, count = box
    sides, vertical = sides_and_flags[0::2], sides_and_flags[1::2]
    if sum(vertical) == 3 or (sum(vertical) == 2 and two_vertical == "any"):
        return str(number), count, sides, "any"
    # The last side that may be vertical becomes the height, the other two keep their order.
    up = max((axis for axis in range(3) if vertical[axis]), default=2)
    return str(number), count, [sides[a] for a in range(3) if a != up] + [sides[up]], "upright"


def _lines(order_id: str, lines: list[tuple[str, int, list[int], str]]) -> pa.Table:
    columns = {
        "order_id": [order_id] * len(lines),
        "sku": [sku for sku, _, _, _ in lines],
        "qty": [qty for _, qty, _, _ in lines],
        **{f"{side}_mm": [row[a] for _, _, row, _ in lines] for a, side in enumerate(_SIDES)},
        "orientation": [orientation for _, _, _, orientation in lines],
    }
    return pa.table(columns)


def _container(package_id: str, sides: list[int]) -> pa.Table:
    columns = {f"{side}_mm": [mm] for side, mm in zip(_SIDES, sides, strict=True)}
    return pa.table({"package_id": [package_id], "kind": ["carton"], **columns})


def _integers(path: Path) -> Rows:
    """Lines of whole numbers, last line first, so that they can be popped."""
    if not path.is_file():
        raise OrdersError(str(path), "found no such file, expected an instance; check the path")
    rows = []
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            values = [int(word) for word in line.split()]
        except ValueError:
            raise OrdersError(
                str(path),
                f"line {number}: found {line.strip()!r}, expected whole numbers; "
                "check that this is the published file",
            ) from None
        if values:
            rows.append((number, values))
    return rows[::-1]


def _take(rows: Rows, path: Path, *widths: int) -> list[int]:
    """The next line, which must hold as many numbers as one of `widths`."""
    if not rows:
        raise OrdersError(str(path), "the file ends too early, expected more lines; fetch it again")
    number, values = rows.pop()
    if len(values) not in widths:
        raise OrdersError(
            str(path),
            f"line {number}: found {len(values)} numbers, expected "
            f"{' or '.join(map(str, widths))}; check that this is the published file",
        )
    return values
