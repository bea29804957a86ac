"""Order files in parts: what spans the whole file, what is kept, and when it is used again."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from packopt import first_parts, order_split, part_files
from packopt.datasets.generate import olist_like
from splitting_orders import assert_same, columns_of, small_blocks

HEADER = "order_id,sku,qty,length_mm,width_mm,height_mm,weight_g\n"


def line(order: object, weight: object = 5, **more: object) -> dict[str, Any]:
    """An order line that is in order."""
    sizes = {"length_mm": 100, "width_mm": 50, "height_mm": 20}
    return {"order_id": order, "sku": "s", "qty": 1, **sizes, "weight_g": weight, **more}


def csv_of(*rows: str) -> str:
    """CSV text with the usual header."""
    return HEADER + "".join(f"{row}\n" for row in rows)


def write(path: Path, text: str | bytes) -> Path:
    """A file with that content."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def ndjson(path: Path, *rows: dict[str, Any]) -> Path:
    """A file with one object a line."""
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def names(folder: Path) -> list[str]:
    """What is in a directory."""
    return sorted(path.name for path in folder.iterdir())


def told(result: Any) -> dict[str, Any]:
    """Columns, not a refusal."""
    assert isinstance(result, dict), result
    return result


def test_parts_tell_what_they_hold(tmp_path: Path) -> None:
    """Numbers of parts, rows and orders, and columns, before anything is read."""
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n // 2},s,1,9,9,9,1" for n in range(20))))
    parts = packopt.part_orders(path, tmp_path / "parts", orders_per_part=4)
    assert (parts.n_parts, len(parts), parts.n_rows, parts.n_orders) == (3, 3, 20, 10)
    assert parts.part_rows == (8, 8, 4)
    assert parts.columns == tuple(HEADER.strip().split(","))
    assert parts.read(2).row.tolist() == [17, 18, 19, 20]
    with pytest.raises(IndexError):
        parts.read(3)


def test_results_of_all_parts_are_the_result_of_the_whole(tmp_path: Path) -> None:
    """The tables of `recommend` one after the other, row for row."""
    table = olist_like(60, 3)
    scattered = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)))
    path = tmp_path / "o.parquet"
    pq.write_table(scattered, path)
    catalogue = packopt.builtin_catalogue("demo")
    with small_blocks(n_rows=9):
        parts = packopt.part_orders(path, tmp_path / "parts", orders_per_part=13)
    results = [packopt.recommend(orders, catalogue) for orders in parts]
    whole = packopt.recommend(packopt.read_orders(path), catalogue)
    for name in ("orders", "parcels", "placements", "ruled_out", "rejects"):
        joined = pa.concat_tables([getattr(result, name) for result in results])
        assert joined.to_pylist() == getattr(whole, name).to_pylist(), name


def test_late_lines_find_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines far behind their order are appended to its part, however often that is written."""
    monkeypatch.setattr(part_files, "MOST_WAITING_BYTES", 200)
    rows = [f"o{n % 7},s{n},1,9,9,9,1" for n in range(70)]
    path = write(tmp_path / "o.csv", csv_of(*rows))
    with small_blocks(100):
        assert told(assert_same(path, tmp_path / "parts", 2))["line_start"] == [10] * 7


def test_contiguous_orders_have_no_late_lines(tmp_path: Path) -> None:
    """An order that a block cuts in two is still written in one go."""
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n // 3},s,1,9,9,9,1" for n in range(60))))
    with small_blocks(100):
        parts = packopt.part_orders(path, tmp_path / "parts", orders_per_part=3)
    assert set(parts.part_rows) == {9, 6}
    for file in (tmp_path / "parts").glob("*.arrows"):
        with pa.OSFile(str(file)) as source:
            assert len(pa.ipc.open_stream(source).read_all()) in (9, 6)
            assert source.tell() == source.size()


def test_orders_of_one_hash_share_a_part_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if all hashes were the same, no two orders would be mixed up."""
    monkeypatch.setattr(order_split, "hashes", lambda ids: np.full(len(ids), 7, np.uint64))
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n // 2},s,1,9,9,9,1" for n in range(20))))
    with small_blocks(100):
        assert told(assert_same(path, tmp_path / "parts", 2))["line_start"] == [2] * 10


def test_hashes_do_not_hang_on_neighbours() -> None:
    """A text has one hash, alone, among texts of its length, of other lengths, and in a slice."""
    texts = pa.array(["", "a", "b", "ab", "ba", "x" * 64, "x" * 65, "x" * 66, "Ä"])
    hashes = first_parts.hashes(texts)
    assert len(set(hashes.tolist())) == len(texts)
    alone = [first_parts.hashes(texts.slice(n, 1))[0] for n in range(len(texts))]
    assert hashes.tolist() == alone


def test_first_parts_remember_every_order() -> None:
    """However runs are merged, an order stays in its part, and a new one has none."""
    rng = np.random.default_rng(5)
    keys = rng.permutation(np.unique(rng.integers(0, 1 << 64, 500, dtype=np.uint64)))
    known = first_parts.FirstParts()
    for start in range(0, 400, 16):
        known.add(keys[start : start + 16], np.arange(start, start + 16, dtype=np.int32))
    assert len(known) == 400
    assert known.find(keys[:400]).tolist() == list(range(400))
    assert set(known.find(keys[400:]).tolist()) == {-1}


def test_lines_without_weight_are_rejected_wherever_the_others_are(tmp_path: Path) -> None:
    """A part without any weight knows that other parts have some."""
    rows = [f"o{n},s,1,9,9,9,{'' if n < 15 else 3}" for n in range(20)]
    path = write(tmp_path / "o.csv", csv_of(*rows))
    with small_blocks(100):
        result = told(assert_same(path, tmp_path / "parts", 4))
    assert result["weights_known"] == {True}
    assert [one["row"] for one in result["rejects"]] == list(range(1, 16))


def test_without_any_weight_no_weight_is_asked(tmp_path: Path) -> None:
    """Blank weights in every part are no weights at all."""
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n},s,1,9,9,9, " for n in range(20))))
    with small_blocks(100):
        result = told(assert_same(path, tmp_path / "parts", 4))
    assert result["weights_known"] == {False}
    assert len(result["notes"]) == 1


@pytest.mark.parametrize(
    "late",
    [
        {"group": "g"},
        {"weight_g": 2.5},
        {"colour": "red"},
        {"order_id": 99},
        {"qty": "3"},
        {"qty": "2024-01-01"},
        {"fragile": True},
        {"colour": {"deep": [1]}},
        {"weight_g": None},
        {"length_mm": "x"},
        {"sku": ["s"]},
        {"order_id": 1.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("first", [{}, {"order_id": 1}, {"qty": "2024-01-01"}], ids=str)
def test_what_a_late_line_changes_it_changes_for_all(
    tmp_path: Path, first: dict[str, Any], late: dict[str, Any]
) -> None:
    """A column, or a type of its values, that NDJSON shows only at the end."""
    rows = [line(f"o{n}") | first for n in range(9)] + [line("last") | late]
    path = ndjson(tmp_path / "o.ndjson", *rows)
    with small_blocks(300):
        assert_same(path, tmp_path / "parts")


def test_empty_rows_count_as_rows_and_are_told_once(tmp_path: Path) -> None:
    """Rows that a spreadsheet leaves behind move no number of another row."""
    rows = ["o1,s,1,9,9,9,1", ",,,,,,", "o2,s,0,9,9,9,1", *[",,,,,,"] * 9]
    path = write(tmp_path / "o.csv", csv_of(*rows))
    with small_blocks(100):
        result = told(assert_same(path, tmp_path / "parts", 1))
    assert result["notes"] == (f"{path}: ignored 10 empty rows",)
    assert packopt.OrderParts.open(tmp_path / "parts").n_rows == 12


def test_notes_that_count_add_up(tmp_path: Path) -> None:
    """Counts of lines and orders are the parts', and their sum is the whole's."""
    rows = [
        line(f"o{n // 2}", date=f"2026-01-0{n % 9 + 1}", baseline_package=f"P{n}", stray=1)
        | {"own_container": True, "temperature": "chilled"}
        for n in range(40)
    ]
    path = ndjson(tmp_path / "o.ndjson", *rows)
    with small_blocks(500):
        result = told(assert_same(path, tmp_path / "parts"))
    assert len(result["notes"]) == 4


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + csv_of("o1,s,1,9,9,9,1", "o2,s,1,9,9,9,1").encode(),
        b"\n  \n\n" + csv_of("o1,s,1,9,9,9,1").replace(",", ";").encode(),
        csv_of("o1,s,1,9,9,9,1", "", "o2,s,1,9,9").replace("\n", "\r\n").encode(),
        csv_of('o1,"a\nb\n""c",1,9,9,9,1', 'o2,5" pipe,1,9,9,9,1', 'o3,"x,y",1,9,9,9,1').encode(),
        csv_of(*['o1,s,1,"9,5",9,9,1'] * 9, "o1,s,1,9,9,9,nan(1)", "o2,s,x,9,9,9,1").encode(),
        csv_of(*["o1,s"] * 30, "o2,s,1,9,9,9,1", *["o3,s,1,1,1,1,1,1"] * 30).encode(),
        csv_of("o1,s,1,9,9,9,1").replace("\n", "\r").encode(),
        HEADER.encode(),
        HEADER.replace("sku", "colour").encode(),
        HEADER.replace("sku", "sku,sku").encode(),
        HEADER.replace("sku", "sku,e-mail").encode() + b"o1,s,x,1,9,9,9,1\n",
        csv_of(*["o1,s,1,9,9,9,1"] * 5, 'o2,"s,1,9,9,9,1', "o3,s,1,9,9,9,1").encode(),
        csv_of(*["o1,s,1,9,9,9,1"] * 20).encode() + b"o\xff,s,1,9,9,9,1\n",
        csv_of(*["\u00e4,s,1,9,9,9,1"] * 20).encode() + b"\xc3",
        csv_of("o1,s,1,9,9,9,1").encode("utf-16"),
        csv_of(*["o1,s,1,9,9,9,1"] * 20).encode() + b"\0",
        b" \n \n",
        b"",
    ],
)
def test_csv_of_any_spelling_is_read_as_at_once(tmp_path: Path, text: bytes) -> None:
    """Marks, blank lines, quotes and faults of the whole file, with the same words."""
    with small_blocks(120):
        assert_same(write(tmp_path / "o.csv", text), tmp_path / "parts", 1)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}\n{}",
        '{"orders": [1]}',
        json.dumps(line("o1")) + "\n" + '{"order_id": "o2",\n' * 2,
        "\n".join([json.dumps(line("o1"))] * 9 + ['{"qty": 1, "qty": 2}']),
        "\n".join([json.dumps(line("o1"))] * 9 + ["17"]),
        "\n".join([json.dumps(line("o1"))] * 9 + ['{"phone": 1}']),
        "\n".join([json.dumps(line("o1"))] * 9 + ['{"length_cm": 1}']),
        "\r\n \r\n".join([json.dumps(line(n), indent=1) for n in range(9)]),
        "".join([json.dumps(line(n // 2)) for n in range(2)]),
    ],
)
def test_json_of_any_spelling_is_read_as_at_once(tmp_path: Path, text: str) -> None:
    """Rows over several lines, rows on one line, and what is no JSON, with the same words."""
    with small_blocks(300):
        assert_same(write(tmp_path / "o.ndjson", text), tmp_path / "parts", 1)


@pytest.mark.parametrize(
    "columns",
    [
        {"order_id": pa.array([1.5, 2.5])},
        {"qty": pa.array([True, False])},
        {"length_mm": pa.array([[1], [2]])},
        {"weight_g": pa.array([None, [2]])},
        {"sku": pa.array([b"a", b"\xff"])},
        {"order_id": pa.array([7, 8]), "qty": pa.array([1.0, 2.5])},
        {"order_id": pa.array(["x", "y"]).dictionary_encode(), "sku": pa.array([b"a", b"b"])},
        {"order_id": pa.array(["x", "y"], pa.large_string()), "sku": pa.nulls(2)},
    ],
    ids=[
        "numbers-as-ids",
        "flags-as-counts",
        "lists-as-lengths",
        "lists-as-weights",
        "bytes-as-skus",
        "whole-and-broken-numbers",
        "dictionary-and-bytes",
        "large-strings-and-nulls",
    ],
)
def test_types_of_columns_are_judged_as_at_once(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Columns that can hold no name or number are refused, with the same words."""
    table = pa.table({name: [value] * 2 for name, value in line("o").items()} | columns)
    for form in ("parquet", "arrow"):
        path = tmp_path / f"o.{form}"
        if form == "parquet":
            pq.write_table(table, path)
        else:
            with pa.ipc.new_file(path, table.schema) as file:
                file.write_table(table)
        assert_same(path, tmp_path / form, 1)


def test_compressed_files_and_other_suffixes_are_read(tmp_path: Path) -> None:
    """The suffix names the compression, and the format unless `kind` does."""
    text = csv_of(*(f"o{n},s,1,9,9,9,1" for n in range(50))).encode()
    told(assert_same(write(tmp_path / "o.csv.gz", gzip.compress(text)), tmp_path / "a"))
    zst = pa.compress(text, codec="zstd", asbytes=True)
    told(assert_same(write(tmp_path / "o.tsv.zst", zst), tmp_path / "b"))
    path = write(tmp_path / "upload", text)
    parts = packopt.part_orders(path, tmp_path / "c", kind="csv")
    assert columns_of(list(parts))["order_ids"] == [f"o{n}" for n in range(50)]
    with pytest.raises(ValueError, match="expected one of csv"):
        packopt.part_orders(path, tmp_path / "c", kind="xls")
    with pytest.raises(ValueError, match="at least 1"):
        packopt.part_orders(path, tmp_path / "c", orders_per_part=0)


def test_a_complete_split_is_used_again(tmp_path: Path) -> None:
    """The same input is not read twice; another time of change, or another size of part, is."""
    path = write(tmp_path / "o.csv", csv_of("o1,s,1,9,9,9,1"))
    into, calls = tmp_path / "parts", []

    def split(**options: Any) -> int:
        calls.clear()
        packopt.part_orders(path, into, progress=lambda *step: calls.append(step), **options)
        return len(calls)

    assert split() == 1
    assert calls == [(path.stat().st_size, path.stat().st_size)]
    assert split() == 0
    assert split(orders_per_part=7) == 1
    os.utime(path, ns=(1, 1))
    assert split(orders_per_part=7) == 1
    assert split(digest="abc") == 1
    os.utime(path, ns=(2, 2))
    assert split(digest="abc") == 0
    (into / "manifest.json").write_text("{}")
    assert split(digest="abc") == 1


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    """Part files are the same byte for byte, so that a repeated task writes what was there."""
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n % 9},s,1,9,9,9,1" for n in range(50))))
    for folder in ("a", "b"):
        with small_blocks(100):
            packopt.part_orders(path, tmp_path / folder, orders_per_part=2)
    assert (
        names(tmp_path / "a")
        == names(tmp_path / "b")
        == ["manifest.json", *(f"part-{n:06d}.arrows" for n in range(5))]
    )
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_interrupted_split_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    """Without its manifest a split is none, and the next call begins anew."""
    path = write(tmp_path / "o.csv", csv_of(*(f"o{n},s,1,9,9,9,1" for n in range(50))))
    into = tmp_path / "parts"

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with small_blocks(100), pytest.raises(KeyboardInterrupt):
        packopt.part_orders(path, into, progress=stop)
    assert names(into) == []
    with pytest.raises(packopt.OrdersError, match="no complete split"):
        packopt.OrderParts.open(into)
    write(into / "part-000009.arrows.tmp", "left by a killed process")
    write(into / "of-somebody-else", "stays")
    packopt.part_orders(path, into)
    assert names(into) == ["manifest.json", "of-somebody-else", "part-000000.arrows"]


def test_a_damaged_split_is_told(tmp_path: Path) -> None:
    """A part file or manifest that somebody has cut is named, with the way out."""
    path = write(tmp_path / "o.csv", csv_of("o1,s,1,9,9,9,1"))
    parts = packopt.part_orders(path, tmp_path / "parts")
    write(tmp_path / "parts" / "part-000000.arrows", b"cut")
    with pytest.raises(packopt.OrdersError, match="split the input again"):
        parts.read(0)
    write(tmp_path / "parts" / "manifest.json", b"[1]")
    with pytest.raises(packopt.OrdersError, match="split the input again"):
        packopt.OrderParts.open(tmp_path / "parts")
