"""What names of folders say counts as what a file says: in its lines, and over all files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, assert_same
from packopt.datasets.generate import to_csv
from packopt.engine.engines import Threads
from packopt.engine.nesting import nest_orders
from packopt.lake.case import FilesCase

HEAVY = 40_000
BESIDE = {"length_mm": 200, "width_mm": 150, "height_mm": 20, "qty": 1}


def lines(*without: str) -> pa.Table:
    """Three orders of one line each, but for some columns."""
    table = {
        "order_id": ["A", "B", "C"],
        "sku": ["s", "t", "u"],
        **{name: [value] * 3 for name, value in BESIDE.items()},
    }
    return pa.table({name: values for name, values in table.items() if name not in without})


def write(table: pa.Table, path: Path, form: str) -> None:
    """Orders as a file of some form; `path` has no suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "csv":
        path.with_suffix(".csv").write_bytes(to_csv(table))
    else:
        made = nest_orders(table) if form == "nested" else table
        pq.write_table(made, path.with_suffix(".parquet"))


def answered(folder: Path) -> packopt.Recommendations:
    """The answers to a folder, which check finds right."""
    out = folder.parent / "out"
    packopt.recommend_files(folder, out, CATALOGUE, engine=Threads(2))
    assert FilesCase(str(out), str(folder), CATALOGUE).check(0)[1] == []
    return packopt.read_files(out)


FORMS = pytest.mark.parametrize("form", ["lines", "csv", "nested"])


@FORMS
@pytest.mark.parametrize(
    "told",
    [
        {"weight_g": HEAVY},
        {"weight_kg": HEAVY / 1000},
        {"weight": HEAVY / 1000, "weight_unit": "KGM"},
        {"length_mm": 700},
        {"length_cm": 70},
        {"tolerance_mm": 9},
        {"padding_mm": 30},
        {"max_load_g": 5},
        {"nest_height_mm": 3},
        {"qty": 40},
        {"goods_class": "paint"},
    ],
    ids="+".join,
)
def test_a_column_is_the_same_in_a_file_and_in_names_of_folders(
    tmp_path: Path, told: dict[str, float | str], form: str
) -> None:
    """Sizes, weights and limits alike, whatever the unit and the form of the file."""
    base = lines(*told, *("length_mm" for name in told if name == "length_cm"))
    names = "/".join(f"{name}={value}" for name, value in told.items())
    write(base, tmp_path / "in" / names / "a", form)
    table = base
    for name, value in told.items():
        table = table.append_column(name, pa.array([str(value)] * 3))
    wanted = packopt.recommend(packopt.Orders.from_table(table), CATALOGUE)
    assert wanted.orders.num_rows == 3
    found = answered(tmp_path / "in")
    assert_same(found, wanted, by_order=True, with_rows=False)
    if "weight" in names:
        assert not any("no weights" in note for note in found.notes)


@FORMS
@pytest.mark.parametrize("blank", [False, True])
def test_the_unit_of_a_weight_may_be_the_name_of_a_folder(
    tmp_path: Path, form: str, *, blank: bool
) -> None:
    """Beside the weights in the file, and beside none."""
    weight = pa.array([None if blank else 40] * 3, pa.int64())
    table = lines().append_column("weight", weight)
    write(table, tmp_path / "in" / "weight_unit=KGM" / "a", form)
    units = pa.array(["KGM"] * 3)
    orders = packopt.Orders.from_table(table.append_column("weight_unit", units))
    assert orders.weights_known is not blank
    wanted = packopt.recommend(orders, CATALOGUE)
    assert_same(answered(tmp_path / "in"), wanted, by_order=True, with_rows=False)


@FORMS
def test_a_weight_in_one_folder_is_wanted_of_all_files(tmp_path: Path, form: str) -> None:
    """As where one file has a column of weights: what is known of some is not asked of none."""
    write(lines().slice(0, 2), tmp_path / "in" / f"weight_g={HEAVY}" / "a", form)
    write(lines().slice(2), tmp_path / "in" / "b", form)
    rejects = answered(tmp_path / "in").rejects
    assert rejects["order_id"].to_pylist() == ["C"]
    assert rejects["field"].to_pylist() == ["weight_g"]


@FORMS
@pytest.mark.parametrize("value", ["", "__HIVE_DEFAULT_PARTITION__", "%20"])
def test_a_folder_without_a_weight_says_none(tmp_path: Path, value: str, form: str) -> None:
    """Nor does a folder of an empty day, nor one whose file has the column itself, blank."""
    write(lines(), tmp_path / "in" / f"weight_g={value}" / "a", form)
    header = lines().slice(0, 0)
    write(header, tmp_path / "in" / "weight_g=5" / "b", "csv")
    write(header, tmp_path / "in" / "weight_g=5" / "c", "lines")
    blank = lines().append_column("weight_g", pa.nulls(3, pa.string()))
    text = [f"{name}2" for name in "ABC"]
    blank = blank.set_column(0, "order_id", pa.array(text))
    if form != "nested":  # nest_orders leaves such a column out
        write(blank, tmp_path / "in" / "weight_g=7" / "d", form)
    found = answered(tmp_path / "in")
    assert found.rejects.num_rows == 0
    assert any("no weights" in note for note in found.notes)


@FORMS
@pytest.mark.parametrize("place", ["lines", "skus"])
@pytest.mark.parametrize("blank", [False, True])
def test_weights_with_their_unit_beside_them_are_weights(
    tmp_path: Path, form: str, place: str, *, blank: bool
) -> None:
    """In a file of a folder, and on an engine, as in one file; and none where all are blank."""
    weights = pa.table({
        "weight": pa.array([None if blank else "40"] * 3, pa.string()),
        "weight_unit": ["KGM"] * 3,
    })  # fmt: skip
    table, skus = lines(), None
    if place == "skus":
        skus = pa.table({"sku": table["sku"]})
        for name in weights.column_names:
            skus = skus.append_column(name, weights[name])
    else:
        for name in weights.column_names:
            table = table.append_column(name, weights[name])
    write(table, tmp_path / "in" / "a", form)
    orders = packopt.Orders.from_table(table, skus=skus)
    assert orders.weights_known is not blank
    wanted = packopt.recommend(orders, CATALOGUE)
    found = packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE, skus=skus)
    assert_same(packopt.read_files(tmp_path / "out"), wanted, by_order=True, with_rows=False)
    assert any("no weights" in note for note in found.notes) is blank
    assert not any("ignored" in note for note in found.notes)
    answer = packopt.NestedRecommender(CATALOGUE, skus=skus)
    told = packopt.flatten_answers(answer(nest_orders(table)), answer.policy, CATALOGUE.digest)
    assert_same(told, wanted, by_order=True, with_rows=False)


def test_sizes_by_sku_with_a_blank_column_of_weights_have_none(tmp_path: Path) -> None:
    """As in one file: no line is refused for a weight that nobody has."""
    write(lines(), tmp_path / "in" / "a", "csv")
    skus = pa.table({"sku": lines()["sku"], "weight_g": pa.nulls(3, pa.int64())})
    found = packopt.recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE, skus=skus)
    assert (found.counts["orders"], found.counts["rejects"]) == (3, 0)
    assert any("no weights" in note for note in found.notes)


def test_savings_know_a_weight_of_a_folder(tmp_path: Path) -> None:
    """Both sides keep the limits of weight that one file would have them keep."""
    write(lines(), tmp_path / "in" / f"weight_g={HEAVY}" / "a", "csv")
    table = lines().append_column("weight_g", pa.array([HEAVY] * 3))
    found = packopt.savings_of_files(
        tmp_path / "in", CATALOGUE, baseline="volume-80", resamples=100
    )
    wanted = packopt.savings(
        packopt.Orders.from_table(table), CATALOGUE, baseline="volume-80", resamples=100
    )
    assert found.about["orders"] == wanted.about["orders"]
    assert found.by_package["package_id"].equals(wanted.by_package["package_id"])
