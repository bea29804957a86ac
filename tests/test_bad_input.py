"""Bad input at the door: a reject or a clear error, and never a traceback from inside."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from packopt.catalogue import read_catalogue
from packopt.errors import CatalogueError, OrdersError, PackoptError
from packopt.orders import Orders, read_orders
from packopt.policy import Policy
from packopt.reading import _KIND_BY_SUFFIX

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared")) / "data"

HEADER = "order_id,sku,qty,length_mm,width_mm,height_mm,weight_g"
GOOD = "ok,s,1,100,80,60,350"


def orders_of(folder: Path, *rows: str, header: str = HEADER) -> Orders:
    """Read a CSV file of these rows."""
    path = folder / "orders.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return read_orders(path)


def only_reject(folder: Path, row: str, header: str = HEADER) -> tuple[str, str, str]:
    """Field, value and finding of the one reject of a row that stands below a good one."""
    extra = "," * (header.count(",") - GOOD.count(","))
    orders = orders_of(folder, GOOD + extra, row, header=header)
    assert orders.order_ids.to_pylist() == ["ok"]
    (reject,) = orders.rejects.to_pylist()
    assert reject["row"] == 2
    assert reject["hint"]
    found, expected = reject["reason"].split("; expected ")
    assert expected
    return reject["field"], reject["value"], found


@pytest.mark.parametrize(
    ("row", "field", "value", "found"),
    [
        (",s,1,100,80,60,350", "order_id", None, "no value"),
        ("B,,1,100,80,60,350", "sku", None, "no value"),
        ("B,s,,100,80,60,350", "qty", None, "no value"),
        ("B,s,0,100,80,60,350", "qty", "0", "too small a number"),
        ("B,s,-3,100,80,60,350", "qty", "-3", "too small a number"),
        ("B,s,1.5,100,80,60,350", "qty", "1.5", "a fraction"),
        ("B,s,10001,100,80,60,350", "qty", "10001", "too large a number"),
        ("B,s,two,100,80,60,350", "qty", "two", "no number"),
        ("B,s,1,,80,60,350", "length_mm", None, "no value"),
        ("B,s,1,0,80,60,350", "length_mm", "0", "too small a number"),
        ("B,s,1,-100,80,60,350", "length_mm", "-100", "too small a number"),
        ("B,s,1,nan,80,60,350", "length_mm", "nan", "no finite number"),
        ("B,s,1,NULL,80,60,350", "length_mm", "NULL", "no number"),
        ("B,s,1,100,inf,60,350", "width_mm", "inf", "no finite number"),
        ("B,s,1,100,1e400,60,350", "width_mm", "1e400", "no finite number"),
        ("B,s,1,100,1e12,60,350", "width_mm", "1e12", "too large a number"),
        ("B,s,1,100,80,10000.01,350", "height_mm", "10000.01", "too large a number"),
        ("B,s,1,100,80,6 cm,350", "height_mm", "6 cm", "no number"),
        ('B,s,1,100,80,"6,5",350', "height_mm", "6,5", "no number"),
        ('B,s,1,100,80,"1,000.5",350', "height_mm", "1,000.5", "no number"),
        ("B,s,1,100,80,0x3C,350", "height_mm", "0x3C", "no number"),
        ("B,s,1,100,80,60,", "weight_g", None, "no value"),
        ("B,s,1,100,80,60,0", "weight_g", "0", "too small a number"),
        ("B,s,1,100,80,60,1000001", "weight_g", "1000001", "too large a number"),
    ],
)
def test_bad_values_become_rejects(
    tmp_path: Path, row: str, field: str, value: str | None, found: str
) -> None:
    """Row, field, value, reason and hint; the orders around it are accepted."""
    assert only_reject(tmp_path, row) == (field, value, f"found {found}")


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("orientation", "sideways", "an unknown word"),
        ("fragile", "maybe", "an unknown word"),
        ("mailer_ok", "2", "an unknown word"),
        ("max_load_g", "-1", "too small a number"),
        ("max_load_g", "inf", "no finite number"),
        ("padding_mm", "1001", "too large a number"),
        ("padding_mm", "-1", "too small a number"),
        ("min_height_mm", "61", "more than the height"),
        ("min_height_mm", "soft", "no number"),
    ],
)
def test_bad_optional_values_become_rejects(
    tmp_path: Path, column: str, value: str, found: str
) -> None:
    """An optional column may be empty, but what it says is checked."""
    row = f"B,s,1,100,80,60,350,{value}"
    assert only_reject(tmp_path, row, f"{HEADER},{column}") == (column, value, f"found {found}")


def test_real_dirty_patterns_are_told_apart(tmp_path: Path) -> None:
    """What shops really send: no sizes, zero sizes, zero weight; flat, heavy and many are fine."""
    orders = orders_of(
        tmp_path,
        "null_dims,5eb5,1,,,,",
        "zero_weight,36ba,2,300,300,250,0",
        "zero_dims,9498,1,0,0,0,120",
        "one_zero,e1f5,1,260,0,190,120",
        "null_weight,6015,1,280,200,5,",
        "flat_1mm,5045,1,50,50,1,1.0",
        "many,ee3d,20,190,150,180,360",
        "oversize,256a,1,680,660,660,25250",
        "heavy,2664,1,130,280,650,40425",
    )
    assert orders.order_ids.to_pylist() == ["flat_1mm", "many", "oversize", "heavy"]
    faults = [(r["row"], r["field"]) for r in orders.rejects.to_pylist()]
    sides = ["length_mm", "width_mm", "height_mm"]
    assert faults == [
        *((1, field) for field in [*sides, "weight_g"]),
        (2, "weight_g"),
        *((3, field) for field in sides),
        (4, "width_mm"),
        (5, "weight_g"),
    ]


def test_the_collected_real_bad_lines_are_judged_by_their_kind() -> None:
    """55 dirty lines of real shops, where they are at hand."""
    path = SHARED / "bad_inputs" / "real_bad_lines.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: set PACKOPT_SHARED to the folder that holds data/")
    table = pacsv.read_csv(path)
    problem = dict(zip(table["order_id"].to_pylist(), table["problem"].to_pylist(), strict=True))
    orders = read_orders(path)
    accepted = Counter(problem[order_id] for order_id in orders.order_ids.to_pylist())
    rejected = Counter(
        problem[order_id] for order_id in set(orders.rejects["order_id"].to_pylist())
    )
    assert accepted == {"flat_1mm": 10, "very_high_qty": 3, "oversize": 3, "overweight_unit": 3}
    assert rejected == {"null_dims": 16, "zero_weight": 6, "zero_dims": 12, "null_weight": 2}


def test_many_units_over_several_lines_reject_the_order(tmp_path: Path) -> None:
    """10,000 units in an order are accepted, 10,001 are not; the sum is the value."""
    orders = orders_of(
        tmp_path,
        "A,s,10000,1,1,1,1",
        "B,s,5000,1,1,1,1",
        "A2,s,1,1,1,1,1",
        "B,t,5001,1,1,1,1",
    )
    assert orders.order_ids.to_pylist() == ["A", "A2"]
    assert orders.rejects.select(["row", "order_id", "field", "value"]).to_pylist() == [
        {"row": 2, "order_id": "B", "field": "qty", "value": "10001"}
    ]


def test_ragged_rows_reject_their_orders_with_one_reject(tmp_path: Path) -> None:
    """A separator inside a value shifts everything behind it: nothing there can be believed."""
    orders = orders_of(
        tmp_path, GOOD, "B,s,1,1,000,80,60,350", "C,s,1", "B,t,1,100,80,60,350", "D,s,1,9,9,9,9"
    )
    assert orders.order_ids.to_pylist() == ["ok", "D"]
    expected = "where the header has 7; expected one value for each column of the header"
    rejects = orders.rejects.select(["row", "order_id", "field", "reason"]).to_pylist()
    assert [tuple(reject.values()) for reject in rejects] == [
        (2, "B", "row", f"found 8 values {expected}"),
        (3, "C", "row", f"found 3 values {expected}"),
    ]


def test_endless_values_are_cut_in_rejects(tmp_path: Path) -> None:
    """A megabyte in a cell must not become a megabyte in the answer."""
    field, value, _ = only_reject(tmp_path, f"B,s,{'9x' * 500_000},100,80,60,350")
    assert (field, len(value)) == ("qty", 200)


def test_nothing_accepted_is_still_an_answer(tmp_path: Path) -> None:
    """All rejects and no orders: the batch does not fail."""
    orders = orders_of(tmp_path, "A,s,0,1,1,1,1", "B,s,0,1,1,1,1")
    assert (orders.n_orders, orders.n_lines, orders.rejects.num_rows) == (0, 0, 2)
    assert (orders.line_start.tolist(), orders.unit_start.tolist()) == ([0], [0])
    assert orders.size_mm.shape == (0, 3)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("order_id,sku,quantity,length_mm,width_mm,height_mm,weight_g", "Did you mean 'quantity'"),
        ("order_id,sku,qty,length,width_mm,height_mm,weight_g", "Did you mean 'length'"),
        ("1,s,2,100,80,60,350", "column order_id is missing; found 1, s, 2"),
        (f"{HEADER},length_cm", "length_mm and length_cm say the same"),
        (f"{HEADER},qty", "column names occur more than once: qty"),
        (f"{HEADER},email,first_name", "columns email, first_name look like personal data"),
    ],
)
def test_bad_headers_are_errors_that_name_the_fix(
    tmp_path: Path, header: str, message: str
) -> None:
    """Nothing can be read under a wrong header, so nothing is guessed."""
    with pytest.raises(OrdersError, match=message) as caught:
        orders_of(tmp_path, GOOD + ",1" * (header.count(",") - 6), header=header)
    assert str(caught.value).startswith(str(tmp_path / "orders.csv"))


def test_a_file_without_rows_is_an_error(tmp_path: Path) -> None:
    """A header alone, or a header and empty rows, is no answerable question."""
    for rows in ((), (",,,,,,", ",,,,,,")):
        with pytest.raises(OrdersError, match="found no rows"):
            orders_of(tmp_path, *rows)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("qty", pa.array([True])),
        ("qty", pa.array([[1]])),
        ("length_mm", pa.array([{"mm": 1}])),
        ("weight_g", pa.array([dt.date(2024, 1, 31)])),
        ("order_id", pa.array([1.5])),
        ("order_id", pa.array([True])),
        ("sku", pa.array([[b"x"]])),
        ("sku", pa.array([dt.datetime(2024, 1, 31, tzinfo=dt.UTC)])),
        ("sku", pa.array([b"\xff\xfe"])),
        ("fragile", pa.array([[True]])),
        ("orientation", pa.array([dt.time(1)])),
    ],
)
def test_columns_of_useless_types_are_errors(column: str, values: pa.Array) -> None:
    """Every row of such a column would be a reject: the column is the fault."""
    line: dict[str, Any] = {"order_id": "A", "sku": "s", "qty": 1, "weight_g": 1}
    table = pa.Table.from_pylist([line | dict.fromkeys(("length_mm", "width_mm", "height_mm"), 1)])
    if column in table.column_names:
        table = table.drop_columns([column])
    with pytest.raises(OrdersError, match=f"column {column}: found .*; expected"):
        Orders.from_table(table.append_column(column, values))


def test_text_that_is_not_utf8_inside_parquet_is_an_error(tmp_path: Path) -> None:
    """Parquet may call any bytes text; Arrow does not look until it has to."""
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff\xfe")]
    )
    names = ["order_id", "sku", "qty", "length_mm", "width_mm", "height_mm"]
    pq.write_table(
        pa.Table.from_arrays([bad, *[pa.array([1])] * 5], names=names), tmp_path / "o.parquet"
    )
    with pytest.raises(OrdersError, match="column order_id: found unusable text"):
        read_orders(tmp_path / "o.parquet")


def test_what_is_no_table_is_an_error() -> None:
    """A path given where a table belongs, for instance."""
    for thing in ("orders.csv", 3, None, [1]):
        with pytest.raises(OrdersError, match="is no table"):
            Orders.from_table(thing)


@pytest.mark.parametrize(
    ("skus", "message"),
    [
        ("sku,length_mm,width_mm\ns,1,1\n", "height_mm or .* is missing"),
        ("sku,length_mm,width_mm,height_mm,phone\ns,1,1,1,2\n", "personal data"),
        ("article,length_mm,width_mm,height_mm\ns,1,1,1\n", "column sku is missing"),
        ("sku,length_mm,width_mm,height_mm,weight_g\ns,1,1,1,1\n", "weight_g are also in"),
    ],
)
def test_bad_sku_files_are_errors(tmp_path: Path, skus: str, message: str) -> None:
    """The second file is held to the same rules, and no column stands in both."""
    (tmp_path / "orders.csv").write_text("order_id,sku,qty,weight_g\nA,s,1,5\n", encoding="utf-8")
    (tmp_path / "skus.csv").write_text(skus, encoding="utf-8")
    with pytest.raises(OrdersError, match=message) as caught:
        read_orders(tmp_path / "orders.csv", skus=tmp_path / "skus.csv")
    assert str(caught.value).startswith(str(tmp_path / "skus.csv"))


def test_ragged_sku_rows_are_ignored_with_a_note(tmp_path: Path) -> None:
    """Their SKUs count as missing, so that only the orders that need them are rejected."""
    (tmp_path / "orders.csv").write_text("order_id,sku,qty\nA,s,1\nB,t,1\n", encoding="utf-8")
    (tmp_path / "skus.csv").write_text(
        "sku,length_mm,width_mm,height_mm\ns,1,1,1\nt,1,1,1,1\n", encoding="utf-8"
    )
    orders = read_orders(tmp_path / "orders.csv", skus=tmp_path / "skus.csv")
    assert orders.order_ids.to_pylist() == ["A"]
    assert orders.rejects["field"].to_pylist() == ["sku"]
    assert any("ignored row 2: 5 values" in note for note in orders.notes)


suffixes = st.sampled_from([*sorted(_KIND_BY_SUFFIX), ".csv.gz", ".json.zst", ".xls", ""])
pieces = st.sampled_from(
    [HEADER, GOOD, "\n", ",", ";", '"', "\t", "{", "}", "[", "]", ":", "order_id", "qty", "1e9"]
)
contents = st.binary(max_size=200) | st.lists(pieces, max_size=30).map(
    lambda words: "".join(words).encode()
)


def quietly(read: Callable[[Path], object], path: Path) -> None:
    """Read a file; only errors of packopt's own may come out, and they name the file."""
    message = ""
    try:
        read(path)
    except PackoptError as error:
        message = str(error)
    assert not message or str(path) in message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(suffixes, contents)
@example(".csv", b"\xef\xbb\xbf")
@example(".csv", b'"')
@example(".csv", b"a\x0bb\n1")
@example(".csv", b",\n,\n")
@example(".json", b'{"qty":1}{')
@example(".parquet", b"PAR1PAR1")
def test_no_content_brings_the_door_down(tmp_path: Path, suffix: str, content: bytes) -> None:
    """Orders, catalogues and policies from anything at all: an answer or an error of ours."""
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)
    for read in (read_orders, read_catalogue, Policy.from_file):
        quietly(read, path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.sampled_from(["t.parquet", "t.arrow"]), st.data())
def test_no_damaged_file_brings_the_door_down(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Bytes overwritten or cut off anywhere in a typed file."""
    whole = bytearray(_typed_file(name))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole)) | st.just(len(whole)))])
    quietly(read_orders, path)


def _typed_file(name: str) -> bytes:
    columns = {column: [1, 2, 3] for column in HEADER.split(",")}
    table = pa.table(columns | {"sku": ["a", "b", "c"]})
    sink = pa.BufferOutputStream()
    if name.endswith("parquet"):
        pq.write_table(table, sink)
    else:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


@given(
    st.dictionaries(
        st.sampled_from(
            ["order_id", "sku", "qty", "length_mm", "width_mm", "height_mm", "fragile"]
        ),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(),
            st.text(),
            st.binary(),
        ),
    ),
)
def test_no_value_in_memory_brings_the_door_down(values: dict[str, Any]) -> None:
    """Any mixture of types in any column, from a data frame for instance."""
    line: dict[str, Any] = {"order_id": "A", "sku": "s", "qty": 1}
    line |= {"length_mm": 1, "width_mm": 1, "height_mm": 1} | values
    table = pa.Table.from_pylist([line])
    try:
        orders = Orders.from_table(table)
    except OrdersError:
        return
    assert orders.n_orders + orders.rejects.num_rows >= 1
    if orders.n_orders:
        assert all(math.isfinite(side) and 1 <= side <= 10_000 for side in orders.size_mm[0])


def test_an_empty_catalogue_file_is_an_error(tmp_path: Path) -> None:
    """A header without packages leaves nothing to choose from."""
    path = tmp_path / "c.csv"
    path.write_text("package_id,kind,length_mm,width_mm,height_mm\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="found no packages"):
        read_catalogue(path)
