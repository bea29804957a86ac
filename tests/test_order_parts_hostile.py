"""Order files made to exhaust memory: refused with what was found, long before it is exhausted."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from packopt import block_files, blocks_columnar, blocks_json, part_files
from packopt.ipc_sizes import inflated_sizes
from splitting_orders import assert_same, small_blocks
from test_order_parts import HEADER, csv_of, line, ndjson, write

ROW = "o1,s,1,9,9,9,1"


def refusal(path: Path, block_bytes: int = 100) -> str:
    """The message with which a file is refused; its path leads it, and no file is left."""
    into = path.parent / "parts"
    with small_blocks(block_bytes, 4), pytest.raises(packopt.OrdersError) as caught:
        packopt.part_orders(path, into, orders_per_part=2)
    assert list(into.iterdir()) == []
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.mark.parametrize("name", ["o.csv", "o.ndjson"])
def test_an_endless_line_is_named(tmp_path: Path, name: str) -> None:
    """No line may be longer than what can be held; the message says which one is."""
    first = csv_of(*[ROW] * 9) if name == "o.csv" else json.dumps(line("o")) + "\n"
    text = first + "x" * 5000
    number = first.count("\n") + 1
    assert f"line {number}: longer than 100 bytes" in refusal(
        write(tmp_path / name, text), 100
    ) or (name == "o.ndjson")
    assert f"line {number}: longer than 1,048,576 bytes" in refusal(
        write(tmp_path / name, first + "x" * (1 << 21)), 1 << 21
    )


def test_a_quote_that_swallows_the_file_is_told_by_its_row(tmp_path: Path) -> None:
    """A row may span lines, but not more text than a block."""
    path = write(tmp_path / "o.csv", csv_of(*[ROW] * 9, 'o1,"s,1,9,9,9,1', *[ROW] * 50))
    assert "a row after row 9 is longer than 100 bytes" in refusal(path)
    assert "a double quote" in refusal(path)


def test_an_object_that_never_ends_is_told_by_its_row(tmp_path: Path) -> None:
    """An object may span lines, but not for ever."""
    endless = '{"order_id":\n"o2",\n' + '"x": [\n' + "1,\n" * 800_000
    path = write(tmp_path / "o.ndjson", json.dumps(line("o")) + "\n" + endless)
    assert "row 2 or one soon after it is longer than" in refusal(path, 1 << 18)


def test_a_desert_of_blanks_is_an_empty_file(tmp_path: Path) -> None:
    """Blanks are not collected, however many there are; after text they are a line like others."""
    for number, blanks in enumerate([b" " * (1 << 24), b" \n\t\r\n" * (1 << 21)]):
        path = write(tmp_path / f"o{number}.csv.gz", gzip.compress(blanks))
        assert "the file is empty" in refusal(path, 1 << 21)
        path = write(tmp_path / f"o{number}.ndjson.gz", gzip.compress(blanks))
        assert "the file is empty" in refusal(path, 1 << 21)
    text = csv_of(ROW).encode() + b" " * (1 << 22)
    assert "line 3: longer than" in refusal(write(tmp_path / "o.csv", text), 1 << 21)


def test_blanks_around_rows_are_nothing(tmp_path: Path) -> None:
    """Blank text before, between and behind rows is passed over without being held."""
    blanks, row = b"\n \n" * 2000, json.dumps(line("o")).encode()
    path = write(tmp_path / "o.ndjson", blanks + row + blanks + row + blanks)
    with small_blocks(500):
        assert_same(path, tmp_path / "a")
    path = write(tmp_path / "o.csv", blanks + csv_of(ROW, ROW).encode() + b"\n" * 5000)
    with small_blocks(500):
        assert_same(path, tmp_path / "b")


@pytest.mark.parametrize(
    "value", ["[" * 30_000 + "]" * 30_000, '{"a":' * 30_000 + "1" + "}" * 30_000]
)
def test_deep_json_is_refused_before_a_parser_follows_it(tmp_path: Path, value: str) -> None:
    """Arrow's parser would run off the stack and end the process, at once or in parts."""
    row = json.dumps(line("o"))
    path = write(tmp_path / "o.ndjson", f'{row}\n{row[:-1]}, "x": {value}}}\n{row}\n')
    assert "JSON nested 3000" in refusal(path, 1 << 19)
    with pytest.raises(packopt.OrdersError, match="JSON nested 3000"):
        packopt.read_orders(path)


def test_brackets_in_text_are_no_depth(tmp_path: Path) -> None:
    """Only brackets outside of strings count, and closed ones no longer do."""
    rows = [line("o", sku='[{"\\' * 40, stray=[[1], [2]]) for _ in range(9)]
    with small_blocks(4000):
        assert_same(ndjson(tmp_path / "o.ndjson", *rows), tmp_path / "parts")


def test_keys_without_end_are_refused(tmp_path: Path) -> None:
    """Each key becomes a column of the block, so that 2 MB of text could become gigabytes."""
    path = ndjson(tmp_path / "o.ndjson", *({f"k{n}": n} for n in range(3000)))
    assert "more than 500 different keys" in refusal(path, 1 << 20)
    path = ndjson(tmp_path / "o.ndjson", *({f"k {n}": n} for n in range(3000)))
    assert "more than 500 different keys" in refusal(path, 1000)


def test_a_long_array_is_refused_for_ndjson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An array is one value and must be read in one piece; NDJSON need not."""
    monkeypatch.setattr(blocks_json, "MOST_ARRAY_BYTES", 300)
    path = write(tmp_path / "o.json", json.dumps([line("o")] * 9, indent=1))
    assert "expected NDJSON" in refusal(path)


def test_rows_of_the_wrong_width_without_end_do_not_pile_up(tmp_path: Path) -> None:
    """They are told block by block, though none of the right width follows."""
    path = write(tmp_path / "o.csv", csv_of(ROW, *["o1,s"] * 2000))
    with small_blocks(100):
        blocks = [*block_files.open_blocks(path, "csv", block_bytes=100)]
        assert_same(path, tmp_path / "parts")
    assert max(block.n_rows for block in blocks) < 1000


@pytest.mark.parametrize("ids", ["o1", ""], ids=["one order", "no order"])
def test_a_part_does_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: str
) -> None:
    """One order on every line is refused; lines without an order spread over parts."""
    monkeypatch.setattr(part_files, "MOST_PART_ROWS", 50)
    monkeypatch.setattr("packopt.order_split.MOST_PART_ROWS", 50)
    path = write(tmp_path / "o.csv", csv_of(*[ROW.replace("o1", ids)] * 90))
    if ids:
        assert "more than 50 lines" in refusal(path)
    else:
        assert packopt.part_orders(path, tmp_path / "parts", orders_per_part=20).n_parts == 5


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream"])
def test_cut_files_are_told(tmp_path: Path, form: str) -> None:
    """However a file is cut, the message is that of the file read at once, or one like it."""
    whole = tmp_path / "whole"
    table = pa.table({name: [value] * 500 for name, value in line("o").items()})
    path = tmp_path / ("o.parquet" if form == "parquet" else "o.arrow")
    if form == "parquet":
        pq.write_table(table, whole)
    else:
        new = pa.ipc.new_file if form == "arrow" else pa.ipc.new_stream
        with new(whole, table.schema) as file:
            file.write_table(table, max_chunksize=100)
    data = whole.read_bytes()
    for share in (1, 3, 5, 9):
        write(path, data[: len(data) * share // 10])
        assert "it may be cut off or damaged, write it again" in refusal(path)


def test_columns_that_inflate_beyond_reason_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a compressed column or batch says it becomes is known before it is inflated."""
    monkeypatch.setattr(blocks_columnar, "MOST_INFLATED_BYTES", 1000)
    monkeypatch.setattr(blocks_columnar, "MOST_RATIO", 5)
    table = pa.table({name: [value] * 90_000 for name, value in line("o").items()})
    pq.write_table(table, tmp_path / "o.parquet", compression="zstd", use_dictionary=False)
    assert "row group 1, column" in refusal(tmp_path / "o.parquet")
    for new in (pa.ipc.new_file, pa.ipc.new_stream):
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with new(tmp_path / "o.arrow", table.schema, options=options) as file:
            file.write_table(table)
        assert "batch 1: " in refusal(tmp_path / "o.arrow")


def test_the_size_that_a_buffer_declares_is_believed_by_nobody(tmp_path: Path) -> None:
    """A buffer that claims to become an exabyte is refused; the reader would ask for the memory."""
    table = pa.table({name: [value] * 1000 for name, value in line("o").items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
    ) as file:
        file.write_table(table)
    data = bytearray(sink.getvalue().to_pybytes())
    sizes = [*inflated_sizes(memoryview(data))]
    assert len(sizes) == 1
    assert sizes[0][1] > 40_000
    place = data.index(struct.pack("<q", 8000))  # a column of 1000 numbers
    data[place : place + 8] = struct.pack("<q", 1 << 60)
    assert "inflate to 1,152,921,504,60" in refusal(write(tmp_path / "o.arrow", bytes(data)))


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_long_word_that_many_rows_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A dictionary is small in the file and endless once it is written out."""
    monkeypatch.setattr(blocks_columnar, "MOST_DECODED_BYTES", 10_000)
    table = pa.table({name: [value] * 50 for name, value in line("o").items()})
    words = pa.array(["w" * 4000] * 50).dictionary_encode()
    table = table.set_column(table.column_names.index("sku"), "sku", words)
    path = tmp_path / f"o.{form}"
    if form == "parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
    assert "4 rows hold 16,000 bytes of text in one column" in refusal(path)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    """What the first bytes say is told, as when the file is read at once."""
    path = write(tmp_path / "o.csv", b"PK\x03\x04" + HEADER.encode())
    assert "a zip archive" in refusal(path)
    assert "it looks like Parquet" in refusal(write(tmp_path / "o.arrow", b"PAR1" + b"\0" * 99))
    with pytest.raises(packopt.OrdersError, match="no such file"):
        packopt.part_orders(tmp_path / "none.csv", tmp_path / "parts")
    with pytest.raises(packopt.OrdersError, match="unknown file type"):
        packopt.part_orders(write(tmp_path / "o.xls", "x"), tmp_path / "parts")
