"""Columns of many files: told once where nobody reads them, and found in names of folders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, made_up
from packopt.cli import main
from packopt.datasets.generate import to_csv
from packopt.engine.engines import Threads
from packopt.engine.nesting import unnest_orders
from packopt.errors import OrdersError
from packopt.lake.case import FilesCase
from packopt.lake.file_columns import in_folders, names_in
from packopt.lake.parts import Part
from packopt.lake.places import Place
from packopt.lake.reading import read_part
from packopt.orders import read_skus
from packopt.part_notes import sum_notes
from packopt.savings import FilesSavings

LARGEST = CATALOGUE.package_ids[int(np.argmax(CATALOGUE.inner_mm.prod(axis=1)))]
HOLDING = [CATALOGUE.package_ids[k] for k in np.argsort(CATALOGUE.inner_mm.prod(axis=1))[-2:]]


def pieces(n: int, number: int) -> Iterator[pa.Table]:
    """The lines of ``n`` made-up orders in so many tables, by whole orders."""
    lines = made_up(n)
    ids = lines["order_id"].to_pylist()
    place = {name: k for k, name in enumerate(dict.fromkeys(ids))}
    for k in range(number):
        yield lines.filter(pa.array([place[name] * number // len(place) == k for name in ids]))


def with_column(table: pa.Table, name: str, value: Any = "x") -> pa.Table:
    """A table with one value in a column more."""
    return table.append_column(name, pa.array([value] * table.num_rows))


def nested_with(table: pa.Table, within: str, beside: str) -> pa.Table:
    """Nested orders with a strange column among the items, and one beside them."""
    nested = packopt.nest_orders(table)
    items = nested["items"].combine_chunks()
    fields = dict(zip([one.name for one in items.type.value_type], items.values.flatten(),
                      strict=True))  # fmt: skip
    fields[within] = pa.array(["x"] * len(items.values))
    structs = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    lists = pa.ListArray.from_arrays(items.offsets, structs)
    return with_column(nested.set_column(1, "items", lists), beside)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lines in two formats and nested orders, each with columns that nobody reads."""
    where = tmp_path / "in"
    (where / "month=2026-01").mkdir(parents=True)
    lines, rows, nests = pieces(60, 3)
    strange = with_column(with_column(lines, "price"), "wieght_g", 1)
    pq.write_table(strange, where / "a.parquet", row_group_size=30)
    (where / "b.csv").write_bytes(to_csv(with_column(with_column(rows, "colour"), "price")))
    pq.write_table(nested_with(nests, "shelf", "price"), where / "month=2026-01" / "c.parquet")
    return where


def told_of(folder: Path) -> str:
    """What is told of that folder."""
    names = "price, wieght_g (did you mean weight_g?), colour, shelf, month"
    return f"{folder}: ignored columns {names}"


@pytest.mark.parametrize("part_rows", [40, 100_000], ids=["many parts", "few"])
def test_ignored_columns_of_all_files_are_one_note(folder: Path, part_rows: int) -> None:
    """By first appearance, whatever the parts are, and in a rerun that answers none of them."""
    out = folder.parent / "out"
    for engine in (None, Threads(2)):
        found = packopt.recommend_files(folder, out, CATALOGUE, part_rows=part_rows, engine=engine)
        assert found.notes == (told_of(folder),)
        assert packopt.read_files(out).notes == found.notes
    assert found.answered == 0


def test_savings_of_many_files_tell_them_too(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """First of all notes, and once on the command line."""
    found = packopt.savings_of_files(folder, CATALOGUE, baseline="volume-80", resamples=100)
    assert found.about["notes"][0] == told_of(folder)
    assert sum("ignored columns" in note for note in found.about["notes"]) == 1
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit):
        main(("savings", str(folder), "--baseline", "volume-80", "--resamples", "100"))
    assert capsys.readouterr().err.count("ignored columns") == 1


def test_ignored_columns_of_sizes_by_sku_are_told_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their file, in the sentence of one file of orders, whether the input is one or many."""
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)
    orders = pa.table({"order_id": ["A", "B"], "sku": ["s", "s"], "qty": [1, 2]})
    Path("in").mkdir()
    pq.write_table(orders, "in/a.parquet")
    text = "sku,length_mm,width_mm,height_mm,shelf,wieght_g\ns,50,40,30,7,1\n"
    Path("skus.csv").write_text(text, encoding="utf-8")
    told = "note: skus.csv: ignored columns shelf, wieght_g (did you mean weight_g?)"
    replay = ("--baseline", "volume-80", "--resamples", "100")
    for words in (
        ("recommend", "in/a.parquet", "--out", "one"),
        ("recommend", "in", "--out", "out"),
        ("savings", "in/a.parquet", *replay),
        ("savings", "in", *replay),
    ):
        with pytest.raises(SystemExit) as leaving:
            main((*words, "--skus", "skus.csv"))
        assert not leaving.value.code
        assert capsys.readouterr().err.splitlines().count(told) == 1
    for name in ("one", "out"):
        summary = json.loads(Path(name, "run.json").read_text(encoding="utf-8"))
        assert told.removeprefix("note: ") in summary["notes"]
    with pytest.raises(SystemExit):
        main(("savings", "in", *replay, "--skus", "skus.csv", "--quiet"))
    assert "ignored" not in capsys.readouterr().err


def test_personal_columns_of_sizes_by_sku_are_refused_for_folders_as_well(tmp_path: Path) -> None:
    """As with one file; the name of an article is nobody's."""
    path = tmp_path / "skus.csv"
    path.write_text("sku,length_mm,width_mm,height_mm,Name,email\n", encoding="utf-8")
    with pytest.raises(OrdersError, match=r"columns email look like personal data"):
        read_skus(path)


def test_the_sentence_is_that_of_one_file(tmp_path: Path) -> None:
    """Of a folder with one file, but for the name of the place."""
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.csv"
    # A size without a unit says nothing either.
    path.write_bytes(to_csv(with_column(with_column(made_up(20), "price"), "length", 3)))
    wanted = packopt.read_orders(path).notes
    found = packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE).notes
    told = "ignored columns price, length (did you mean length_mm?)"
    assert wanted == (f"{path}: {told}",)
    assert found == (f"{tmp_path / 'in'}: {told}",)


def test_files_that_are_read_whole_tell_nothing(tmp_path: Path) -> None:
    """No column is ignored, no note is made; nor of what nesting adds to items."""
    (tmp_path / "in").mkdir()
    pq.write_table(packopt.nest_orders(made_up(20)), tmp_path / "in" / "a.parquet")
    assert packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE).notes == ()


def test_notes_of_parts_with_other_columns_become_one() -> None:
    """Of each input for itself; other notes stay where they are."""
    parts = [["a: ignored columns x, y", "no weights"], ["a: ignored columns y, z"],
             ["b: ignored columns x", "no weights"]]  # fmt: skip
    wanted = ("a: ignored columns x, y, z", "no weights", "b: ignored columns x")
    assert sum_notes(parts) == wanted


@pytest.mark.parametrize("items", [pa.int64(), pa.list_(pa.int64())])
def test_items_that_are_none_are_told(tmp_path: Path, items: pa.DataType) -> None:
    """By what they should be, and by no fault of ours."""
    (tmp_path / "in").mkdir()
    table = pa.table({"order_id": ["A"], "items": pa.array([None], items)})
    pq.write_table(table, tmp_path / "in" / "a.parquet")
    assert names_in(table.schema) == ["order_id"]
    with pytest.raises(OrdersError, match="expected a list of structs"):
        packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE)


def write(table: pa.Table, path: Path, form: str) -> None:
    """Orders as a file of some form."""
    path.parent.mkdir(parents=True)
    if form == "csv":
        path.with_suffix(".csv").write_bytes(to_csv(table))
    else:
        pq.write_table(packopt.nest_orders(table) if form == "nested" else table, path)


def saved(where: Path, column: str) -> FilesSavings:
    """Savings against what was really used."""
    baseline = packopt.ColumnBaseline(column)
    return packopt.savings_of_files(where, CATALOGUE, baseline=baseline, resamples=100)


def assert_alike(found: pa.Table, wanted: pa.Table) -> None:
    """The same packages and measures, and the same sums but for their last bits."""
    for name in ("package_id", "measure"):
        assert found[name].to_pylist() == wanted[name].to_pylist()
    for name in ("baseline", "plan", "saved"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("form", ["lines", "csv", "nested"])
@pytest.mark.parametrize("column", ["baseline_package", "box", "site"])
def test_the_package_really_used_may_be_the_name_of_a_folder(
    tmp_path: Path, column: str, form: str
) -> None:
    """Under any name, also under that of another column of orders, which it stays."""
    written = []
    for table, package in zip(pieces(60, 2), HOLDING, strict=True):
        write(table, tmp_path / "in" / f"{column}={package}" / "a.parquet", form)
        written.append(with_column(table, "baseline_package", package))
    found = saved(tmp_path / "in", column)
    lines = pa.concat_tables(written)
    if column == "site":
        lines = lines.append_column("site", lines["baseline_package"])
    wanted = packopt.savings(
        packopt.Orders.from_table(lines),
        CATALOGUE,
        baseline=packopt.ColumnBaseline(column),
        resamples=100,
    )
    assert found.about["orders"] == wanted.about["orders"]
    assert found.about["orders"]["counted"] > 20
    assert_alike(found.by_package, wanted.by_package)
    assert not any("ignored" in note for note in found.about["notes"])


@pytest.mark.parametrize("form", ["lines", "csv", "nested"])
def test_a_column_of_orders_that_is_the_baseline_too_stays_one(tmp_path: Path, form: str) -> None:
    """Whatever the form is; the column of our own name is left out."""
    (table,) = pieces(20, 1)
    table = table.append_column("site", table["sku"])
    table = with_column(table, "baseline_package", "no-such-box")
    write(table, tmp_path / "month=1" / "a.parquet", form)
    name = "month=1/a.csv" if form == "csv" else "month=1/a.parquet"
    (orders,) = read_part(Place(str(tmp_path)), Part(name, 1, "", groups=(0, 1)), "site")
    lines, _ = unnest_orders(orders, "orders")
    assert lines["baseline_package"].equals(lines["sku"])
    assert lines["site"].equals(lines["sku"])


@pytest.mark.parametrize("form", ["lines", "csv", "nested"])
def test_a_column_of_a_file_goes_before_the_name_of_its_folder(tmp_path: Path, form: str) -> None:
    """As with every column that may stand in both; that of our own name is told as ignored."""
    (table,) = pieces(30, 1)
    table = with_column(table, "baseline_package", "no-such-box")
    write(table, tmp_path / "in" / "baseline_package=other" / f"box={LARGEST}" / "a.parquet", form)
    found = saved(tmp_path / "in", "box")
    assert found.about["orders"]["counted"] > 10
    assert f"{tmp_path / 'in'}: ignored columns baseline_package" in found.about["notes"]
    found = saved(tmp_path / "in", "baseline_package")
    assert found.about["orders"]["counted"] == 0
    assert "package 'no-such-box' is not in the catalogue" in found.dropped["reason"].to_pylist()


def test_a_folder_without_a_value_is_an_order_without_a_package(tmp_path: Path) -> None:
    """What Hive and Spark call a missing value is one; and a file in no such folder is told."""
    (table,) = pieces(30, 1)
    hive = "box=__HIVE_DEFAULT_PARTITION__"
    write(table, tmp_path / "in" / hive / "a.parquet", "lines")
    found = saved(tmp_path / "in", "box")
    assert found.about["orders"]["counted"] == 0
    assert any("no package" in reason for reason in found.dropped["reason"].to_pylist())
    pq.write_table(table, tmp_path / "in" / "b.parquet")
    with pytest.raises(OrdersError, match=r"b\.parquet: column box is missing"):
        saved(tmp_path / "in", "box")


def test_a_folder_named_for_people_is_no_baseline(tmp_path: Path) -> None:
    """A name that looks like personal data is refused wherever it stands."""
    (table,) = pieces(30, 1)
    write(table, tmp_path / "in" / "email=x" / "a.parquet", "lines")
    with pytest.raises(OrdersError, match="personal data"):
        saved(tmp_path / "in", "email")


@pytest.mark.parametrize("name", ["email=a%40b.de", "x/customer_name=Ada%20L./y"])
def test_folders_named_for_people_are_refused(tmp_path: Path, name: str) -> None:
    """By the name of the column, as in files, before anything is read or written; nor repeated."""
    write(made_up(20), tmp_path / "in" / name / "a.parquet", "lines")
    (tmp_path / "in" / name / "orders.docx").write_bytes(b"x")
    column, value = name.removeprefix("x/").removesuffix("/y").split("=")
    told = f"{tmp_path / 'in'}: columns {column} in names of folders look like personal data"
    for way in (
        lambda: packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE),
        lambda: packopt.savings_of_files(tmp_path / "in", CATALOGUE, baseline="volume-80"),
    ):
        with pytest.raises(OrdersError) as fault:
            way()
        assert str(fault.value).startswith(told)
        assert value not in str(fault.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_for_people_that_was_added_is_refused_by_check(tmp_path: Path) -> None:
    """Its name is not told as one of a file without answers."""
    write(made_up(20), tmp_path / "in" / "a.parquet", "lines")
    packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE)
    write(made_up(20), tmp_path / "in" / "email=x" / "b.parquet", "lines")
    case = FilesCase(str(tmp_path / "out"), str(tmp_path / "in"), CATALOGUE)
    with pytest.raises(OrdersError, match="personal data"):
        case.unanswered()


def test_names_of_folders_are_read_as_hive_writes_them() -> None:
    """Percent signs and all; a folder without an equals sign says nothing."""
    assert in_folders("x/box=B%2F2/site=/a=b.csv") == {"box": "B/2", "site": ""}
