"""Reading: every format to the same raw columns, and what is wrong with a file as a whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packopt.errors import InputError, OrdersError
from packopt.raw_table import RawTable, select
from packopt.reading import read_table

ROWS = [{"a": "x", "b": "1"}, {"a": "y", "b": None}]


def keep(name: str) -> bool:
    """The columns these tests want."""
    return name in ("a", "b")


def read(folder: Path, name: str, content: bytes) -> RawTable:
    """Read what a file of that name with that content holds."""
    path = folder / name
    path.write_bytes(content)
    return read_table(path, keep, error=OrdersError, text=("a",))


def refusal(folder: Path, name: str, content: bytes) -> str:
    """The message with which such a file is refused; the path must lead it."""
    with pytest.raises(OrdersError) as caught:
        read(folder, name, content)
    assert str(caught.value).startswith(str(folder / name))
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\nx,1\ny,\n",
        b"a,b\r\nx,1\r\ny,\r\n",
        b"a,b\nx,1\ny,",
        b"\xef\xbb\xbfa,b\nx,1\ny,\n",
        b"a;b\nx;1\ny;\n",
        b"a\tb\nx\t1\ny\t\n",
        b"a|b\nx|1\ny|\n",
        b"\n  \na,b\nx,1\n\ny,\n\n",
        b' a , b \n x , 1 \n"y",""\n',
        b'"a";"b, c;d";b\nx;0;1\ny;0;\n',
        b"a,b,,\nx,1,,\ny,,,\n",
        b",a,b\n0,x,1\n1,y,\n",
    ],
)
def test_csv_of_any_spelling_is_the_same_table(tmp_path: Path, content: bytes) -> None:
    """Marks, line ends, separators, blanks and blank lines do not matter; empty is null."""
    raw = read(tmp_path, "t.csv", content)
    assert raw.table.to_pylist() == ROWS
    assert raw.faults == {}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".CSV", ".csv.gz"])
def test_text_tables_have_several_suffixes(tmp_path: Path, suffix: str) -> None:
    """The separator is detected, not told by the suffix; compression is told by it."""
    content = b"a;b\nx;1\ny;\n"
    content = gzip.compress(content) if suffix.endswith(".gz") else content
    assert read(tmp_path, f"t{suffix}", content).table.to_pylist() == ROWS


@pytest.mark.parametrize(
    "content",
    [
        b'[{"a": "x", "b": 1}, {"a": "y"}]',
        b'[{"a": "x", "b": 1, "c": [1]}, {"a": "y", "b": null}]',
        b'{"a": "x", "b": 1}\n\n{"a": "y"}\n',
        b'\xef\xbb\xbf{"a": "x", "b": 1, "c": {"d": 1}}\n{"a": "y", "b": null}',
        b'{"a": "x", "b": 1}\r\n{"a": "y", "c": "one"}',
        b'{\n "a": "x",\n "b": 1\n}\n{"a": "y"}',
        b'{\n "a": "x",\n "b": "1"\n}\n{"a": "y", "b": null, "c": 1}',
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".ndjson", ".jsonl"])
def test_json_arrays_and_lines_are_the_same_table(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    """Both shapes under any suffix; missing keys are nulls, unwanted keys may be nested."""
    table = read(tmp_path, f"t{suffix}", content).table
    assert (
        table.select(["a", "b"]).cast(pa.schema({"a": pa.string(), "b": pa.string()})).to_pylist()
        == ROWS
    )


def test_json_with_mixed_types_is_text(tmp_path: Path) -> None:
    """One odd value costs one reject later, not the file; numbers keep their digits."""
    content = b'{"a": 1, "b": 2.50}\n{"a": "x", "b": "y"}\n{"a": true, "b": NaN}'
    assert read(tmp_path, "t.json", content).table.to_pylist() == [
        {"a": "1", "b": "2.50"},
        {"a": "x", "b": "y"},
        {"a": "true", "b": "NaN"},
    ]


def test_json_text_columns_are_never_dates(tmp_path: Path) -> None:
    """An id such as 2024-01-31 stays as it is written."""
    table = read(tmp_path, "t.json", b'{"a": "2024-01-31", "b": 1}').table
    assert table["a"].to_pylist() == ["2024-01-31"]


def test_parquet_and_arrow_keep_their_types(tmp_path: Path) -> None:
    """Typed files are taken as they are; only the wanted columns are read."""
    table = pa.table({"a": ["x", "y"], "c": [1, 2], "b": pa.array([1, None], pa.int16())})
    pq.write_table(table, tmp_path / "t.parquet")
    for name, writer in (("t.arrow", pa.ipc.new_file), ("t.ipc", pa.ipc.new_stream)):
        with writer(str(tmp_path / name), table.schema) as sink:
            sink.write_table(table)
    for name in ("t.parquet", "t.arrow", "t.ipc"):
        raw = read_table(tmp_path / name, keep)
        assert raw.table.equals(table.select(["a", "b"]))
        assert raw.ignored == ("c",)


def test_ragged_csv_rows_keep_their_place_and_get_a_fault(tmp_path: Path) -> None:
    """Row numbers after a ragged row stay those of the file."""
    raw = read(tmp_path, "t.csv", b"a,b,c\nx,1,0\ny\nz,2,0,0\n\n   \nw,3,0\n")
    assert raw.table["a"].to_pylist() == ["x", "y", "z", None, "w"]
    assert raw.table["b"].to_pylist() == ["1", None, "2", None, "3"]
    assert raw.faults == {
        1: "1 values where the header has 3",
        2: "4 values where the header has 3",
    }


def test_quoted_line_breaks_and_separators_are_part_of_the_value(tmp_path: Path) -> None:
    """Quotes protect, doubled quotes stand for one, and a stray quote inside a value is a quote."""
    raw = read(tmp_path, "t.csv", b'a,b\n"x\n1","say ""hi"", you"\ny,5" pipe\n')
    assert raw.table["a"].to_pylist() == ["x\n1", "y"]
    assert raw.table["b"].to_pylist() == ['say "hi", you', '5" pipe']


@pytest.mark.parametrize(
    "content", [b'a,b\nx,"1\ny,2\nz,3\n', b'a,b\n"x,1\ny,2\n', b'a,b,c\nx,1,"u\ny,2,v\n']
)
def test_an_open_quote_is_refused(tmp_path: Path, content: bytes) -> None:
    """It would swallow the orders after it, wherever it stands."""
    assert "row 1: a double quote is opened and never closed" in refusal(tmp_path, "t.csv", content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b" \n \n", "the file is empty"),
        ("t.json", b"", "the file is empty"),
        ("t.parquet", b"", "the file is empty"),
        ("t.csv", b"a,a,b\nx,y,1\n", "more than once: a;"),
        ("t.csv", b"a, a\nx,y\n", "more than once: a;"),
        ("t.csv", b"\x00\x01\x02\x03", "found binary data"),
        ("t.csv", b"PAR1\x15\x04", "found Parquet"),
        ("t.csv", b"PK\x03\x04\x14", "zip archive or an Excel workbook"),
        ("t.csv", "a,b\nx,1\n".encode("utf-16"), "found UTF-16 text"),
        ("t.csv", b"a,b\nx,1\ny\xe9,2\n", "line 3: byte 0xe9 is not UTF-8"),
        ("t.csv.gz", b"a,b\nx,1\n", "cannot be read as csv"),
        ("t.csv.gz", gzip.compress(b"a,b\nx,1\n" * 500, mtime=0)[:-12], "cut off or damaged"),
        ("t.parquet", b"a,b\nx,1\n", "cut off or damaged"),
        ("t.parquet", b"ARROW1\x00\x00 and more", "looks like Arrow IPC"),
        ("t.arrow", b"PAR1 and some more text PAR1", "looks like Parquet"),
        ("t.arrow", b"a,b\nx,1\n", "cannot be read as arrow"),
        ("t.xlsx", b"PK\x03\x04", "unknown file type '.xlsx'; expected one of .csv"),
        ("table", b"a,b\n", "unknown file type ''"),
        ("t.json", b'{"a": {"n": 1}, "b": 1}', "row 1, column a: found nested JSON"),
        ("t.json", b'[{"a": "x"}, {"a": [1, 2]}]', "row 2, column a: found nested JSON"),
        ("t.json", b'{"orders": [{"a": "x", "b": 1}]}', "found only the keys orders"),
        ("t.json", b'{"orders": [\n{"a": "x"}\n]}', "found only the keys orders"),
        ("t.json", b'[{"a": "x"},', "row 1 is not JSON"),
        ("t.json", b'{"a": "x"}\n{"a": ', "row 2 is not JSON"),
        ("t.json", b'{"a": "x"}\n[1]', "row 2: found \"['1']\""),
        ("t.json", b"[]", "found no rows"),
        ("t.json", b"[1, 2]", "row 1: found '1'"),
        ("t.json", b'"text"', "row 1: found 'text'"),
        ("t.json", b'{"a": "x", "a": "y"}', "row 1: keys occur more than once: a"),
        ("t.json", b'[{"a": "\\ud83d"}]', "half a character"),
        ("t.json", b"[" * 100_000, "is not JSON"),
        ("t.json", b"a,b\nx,1\n", "row 1 is not JSON"),
    ],
)
def test_unusable_files_are_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """The message names the file, the place in it, and what was expected."""
    assert message in refusal(tmp_path, name, content)


def test_a_truncated_parquet_is_refused(tmp_path: Path) -> None:
    """As after a copy that was broken off."""
    pq.write_table(
        pa.table({"a": ["x"] * 1000, "b": list(range(1000))}), tmp_path / "whole.parquet"
    )
    content = (tmp_path / "whole.parquet").read_bytes()
    assert "cut off or damaged" in refusal(tmp_path, "t.parquet", content[: len(content) // 2])


def test_duplicate_parquet_columns_are_refused(tmp_path: Path) -> None:
    """Nobody can say which of the two is meant."""
    table = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="more than once: a"):
        read_table(tmp_path / "t.parquet", keep)


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    """Both by name, with what to do."""
    with pytest.raises(OrdersError, match="there is no such file; check the path"):
        read_table(tmp_path / "none.csv", keep, error=OrdersError)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OrdersError, match="is a directory"):
        read_table(tmp_path / "folder.csv", keep, error=OrdersError)


def test_columns_are_selected_from_tables_in_memory() -> None:
    """What is not wanted is named, not read."""
    raw = select(pa.table({"a": [1], "z": [2]}), keep)
    assert (raw.table.column_names, raw.ignored) == (["a"], ("z",))


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(text, text), min_size=1, max_size=5))
def test_csv_and_json_agree_on_any_text(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """Whatever the values hold, quoting brings them through, but for blanks at their ends."""
    quoted = "".join(
        ",".join('"' + value.replace('"', '""') + '"' for value in row) + "\n" for row in rows
    )
    objects = [dict(zip("ab", row, strict=True)) for row in rows]
    from_csv = read(tmp_path, "t.csv", f"a,b\n{quoted}".encode()).table
    from_json = read(tmp_path, "t.json", json.dumps(objects).encode()).table

    def trimmed(table: pa.Table) -> list[list[str]]:
        return [[(value or "").strip() for value in row.values()] for row in table.to_pylist()]

    assert trimmed(from_csv) == trimmed(from_json)
