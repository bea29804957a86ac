"""Savings on disk: whole or not at all, and the same when they are read again."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from packopt.errors import ResultError, SavingsError
from packopt.savings import TABLES, Savings
from packopt.savings import files as on_disk
from packopt.savings.result import ATTRIBUTES, PARTS
from packopt.savings.tables import SCHEMA_VERSION
from savings.replayed import demo_savings


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Every table in its schema, packopt's answer, and what is known about them."""
    found = demo_savings()
    found.write(tmp_path / "savings")
    again = Savings.read(tmp_path / "savings")
    for name in (*ATTRIBUTES.values(), *PARTS):
        mine, other = getattr(found, name), getattr(again, name)
        assert other.schema.equals(mine.schema), name
        assert other.to_pylist() == mine.to_pylist(), name
    assert again.about == found.about
    assert again.plan.orders.to_pylist() == found.plan.orders.to_pylist()


def test_long_tables_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row group after row group, with all rows once."""
    found = demo_savings()
    monkeypatch.setattr(on_disk, "_PIECE", 70)
    found.write(tmp_path / "savings")
    for name in ("savings_orders", "plan_quantities", "baseline_quantities"):
        groups = pq.read_metadata(tmp_path / "savings" / f"{name}.parquet").num_row_groups
        assert groups > 1, name
    again = Savings.read(tmp_path / "savings")
    for name in ("orders", "plan_quantities", "baseline_quantities"):
        assert getattr(again, name).to_pylist() == getattr(found, name).to_pylist(), name


def test_tables_that_are_made_when_they_are_asked_for_are_like_others() -> None:
    """Whole or in columns, in a copy, and with another in their place."""
    found = demo_savings()
    columns = ["order_id", "plan_board_g"]
    assert found.select("orders", columns).equals(found.orders.select(columns))
    assert pickle.loads(pickle.dumps(found)).orders.equals(found.orders)
    fewer = replace(found, orders=found.orders.slice(0, 5))
    assert fewer.orders.num_rows == 5
    assert fewer.select("orders", columns).equals(found.orders.select(columns).slice(0, 5))
    assert fewer.plan_quantities.equals(found.plan_quantities)


def test_no_word_stands_twice_in_a_dictionary() -> None:
    """Pyarrow writes such dictionaries with bytes that nobody set: equal runs, unequal files."""
    found = demo_savings()
    for name in (*ATTRIBUTES.values(), *PARTS):
        table = getattr(found, name)
        for field in table.schema:
            if pa.types.is_dictionary(field.type):
                for chunk in table[field.name].chunks:
                    words = chunk.dictionary.to_pylist()
                    assert len(words) == len(set(words)), (name, field.name)


def test_every_table_is_parquet_and_csv_with_a_versioned_schema(tmp_path: Path) -> None:
    """Plain columns that DuckDB reads, the meaning of each beside it, the version everywhere."""
    found = demo_savings()
    found.write(tmp_path / "savings")
    told = json.loads((tmp_path / "savings" / "savings.json").read_text(encoding="utf-8"))
    assert told["schema_version"] == SCHEMA_VERSION
    for name, schema in TABLES.items():
        path = tmp_path / "savings" / name
        rows = duckdb.sql(f"SELECT count(*) FROM '{path}.parquet'").fetchall()
        assert rows == [(getattr(found, ATTRIBUTES[name]).num_rows,)]
        metadata = pq.read_metadata(f"{path}.parquet").metadata
        assert metadata[b"packopt:schema_version"].decode() == SCHEMA_VERSION
        columns = told["tables"][name]["columns"]
        assert list(columns) == schema.names
        assert metadata[f"packopt:{schema.names[0]}".encode()].decode() == columns[schema.names[0]]
        assert pyarrow.csv.read_csv(f"{path}.csv").column_names == schema.names


def test_tables_too_long_for_a_spreadsheet_are_parquet_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million lines of text help nobody."""
    monkeypatch.setattr(on_disk, "MOST_CSV_ROWS", 100)
    demo_savings().write(tmp_path / "savings")
    names = {path.name for path in (tmp_path / "savings").iterdir()}
    assert "savings_orders.parquet" in names
    assert "savings_orders.csv" not in names
    assert "savings_total.csv" in names


def test_earlier_savings_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    """A folder of somebody else's is refused, and stays as it was."""
    folder = tmp_path / "savings"
    demo_savings().write(folder)
    (folder / "extra.txt").write_text("old", encoding="utf-8")
    demo_savings().write(folder)
    assert not (folder / "extra.txt").exists()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match=r"without savings\.json"):
        demo_savings().write(foreign)
    assert [path.name for path in foreign.iterdir()] == ["mine.txt"]


def test_a_failure_on_the_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder appears when the last file is written, or not at all."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(on_disk, "replace_directory", fail)
    with pytest.raises(OSError, match="disk full"):
        demo_savings().write(tmp_path / "savings")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["version", "json", "table", "folder"])
def test_what_is_not_complete_is_a_named_error(tmp_path: Path, change: str) -> None:
    """Another version, a broken file or a missing one is told, and what to do."""
    folder = tmp_path / "savings"
    demo_savings().write(folder)
    about = folder / "savings.json"
    if change == "version":
        about.write_text(
            about.read_text(encoding="utf-8").replace('"1"', '"0"', 1), encoding="utf-8"
        )
    elif change == "json":
        about.write_text("{", encoding="utf-8")
    elif change == "table":
        (folder / "savings_total.parquet").unlink()
    else:
        folder = tmp_path / "none"
    with pytest.raises(ResultError, match="expected a folder written by packopt savings"):
        Savings.read(folder)


def test_tables_of_another_schema_are_refused() -> None:
    """A consumer can rely on the columns."""
    wrong = pa.table({"measure": ["packaging_g"]})
    with pytest.raises(SavingsError, match="table total: found columns measure"):
        replace(demo_savings(), total=wrong)
