"""Results: written whole or not at all, and read back as they were."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from handmade import ANSWERS, made
from packopt.errors import ResultError
from packopt.recommendations import Recommendations, ResultWriter, concat
from packopt.tables import ORDERS, REASONS, TABLES, VERDICTS, describe


def _result() -> Recommendations:
    return replace(made().result, notes=("weights are made up",))


def _split() -> list[Recommendations]:
    """The result as two batches: the tables that one has, the other has not."""
    whole = _result()
    none = {name: getattr(whole, name).slice(0, 0) for name in TABLES}
    return [
        replace(whole, **{name: none[name] for name in ("placements", "ruled_out")}),
        replace(whole, **{name: none[name] for name in ("orders", "parcels", "rejects")}),
    ]


def _same(first: Recommendations, second: Recommendations) -> bool:
    tables = all(
        getattr(first, name).to_pylist() == getattr(second, name).to_pylist() for name in TABLES
    )
    return tables and all(
        getattr(first, name) == getattr(second, name)
        for name in ("policy", "catalogue_digest", "notes")
    )


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Tables, policy, digest and notes survive the way through the directory."""
    _result().write(tmp_path / "out")
    assert _same(Recommendations.read(tmp_path / "out"), _result())


def test_batches_are_appended(tmp_path: Path) -> None:
    """Written in batches or at once, the result is the same."""
    with ResultWriter(tmp_path / "out") as writer:
        for batch in _split():
            writer.write(batch)
    assert _same(Recommendations.read(tmp_path / "out"), _result())


def test_the_run_is_described_beside_the_tables(tmp_path: Path) -> None:
    """run.json says how many rows and verdicts there are, and under which policy."""
    _result().write(tmp_path / "out")
    run = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert run["counts"]["orders"] == len(ANSWERS)
    assert run["verdicts"] == {"optimal": 10, "feasible": 1, "unpackable": 1, "undecided": 1} | {
        "partial": 0
    }
    assert run["policy"] == made().result.policy.to_dict()
    assert run["notes"] == ["weights are made up"]
    assert run["schema_version"] == 3


@pytest.mark.parametrize("name", TABLES)
def test_every_reader_sees_plain_strings_and_what_columns_mean(tmp_path: Path, name: str) -> None:
    """Dictionaries are an encoding, not a type, on disk; the columns' meanings stand beside."""
    _result().write(tmp_path / "out")
    with pq.ParquetFile(tmp_path / "out" / f"{name}.parquet") as file:
        types = {field.name: field.type for field in file.schema_arrow}
        meta = file.metadata.metadata
    assert types["order_id"] == pa.string()
    assert not any(pa.types.is_dictionary(kind) for kind in types.values())
    for column, meaning in describe(name).items():
        assert meta[f"packopt:{column}".encode()].decode() == meaning


def test_every_column_has_a_meaning_and_every_word_stands_once() -> None:
    """The schemas document themselves; the kernel's codes are positions in the tuples of words."""
    assert all(meaning for name in TABLES for meaning in describe(name).values())
    assert REASONS.index("undecided") == 11
    assert VERDICTS.index("undecided") == 3


def _csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": _csv,
    "json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    "parquet": lambda path: pq.ParquetFile(path).read().to_pylist(),
}


@pytest.mark.parametrize("suffix", READERS)
def test_one_file_holds_the_orders_table(tmp_path: Path, suffix: str) -> None:
    """A file name with a known suffix gets the orders, whatever the format."""
    path = tmp_path / f"orders.{suffix}"
    with ResultWriter(path) as writer:
        for batch in [*_split(), *_split()]:
            writer.write(batch)
    rows = READERS[suffix](path)
    assert len(rows) == 2 * len(ANSWERS)
    assert list(rows[0]) == ORDERS.names
    assert [row["order_id"] for row in rows[: len(ANSWERS)]] == list(ANSWERS)
    assert float(rows[0]["cost"]) == _result().orders["cost"][0].as_py()
    assert rows[4]["cost"] in (None, "")
    assert [path.name for path in tmp_path.iterdir()] == [path.name], "no draft is left"


def test_no_orders_make_an_empty_json_array(tmp_path: Path) -> None:
    """A result without orders is still a valid file."""
    _split()[1].write(tmp_path / "orders.json")
    assert json.loads((tmp_path / "orders.json").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["out", "out.json"])
def test_an_earlier_result_is_replaced(tmp_path: Path, name: str) -> None:
    """Writing again replaces what was written before and leaves nothing else."""
    _split()[0].write(tmp_path / name)
    _result().write(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name == "out":
        assert _same(Recommendations.read(tmp_path / name), _result())


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    """A directory that somebody made for the result is as good as none."""
    (tmp_path / "out").mkdir()
    _result().write(tmp_path / "out")
    assert _same(Recommendations.read(tmp_path / "out"), _result())


def test_a_link_keeps_pointing_to_the_result(tmp_path: Path) -> None:
    """Writing to a link replaces the earlier result that it points to."""
    _split()[0].write(tmp_path / "disk" / "out")
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "out")
    _result().write(tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert _same(Recommendations.read(tmp_path / "disk" / "out"), _result())
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["out"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """The result may lie in folders that do not exist yet."""
    _result().write(tmp_path / "a" / "b" / "out")
    assert _same(Recommendations.read(tmp_path / "a" / "b" / "out"), _result())


def test_somebody_elses_directory_is_refused(tmp_path: Path) -> None:
    """A directory with other files in it is never replaced, and that is said at once."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ResultError, match=r"without run\.json.*name another directory"):
        ResultWriter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_directory_filled_meanwhile_is_refused_too(tmp_path: Path) -> None:
    """What appears while the result is being written is not overwritten either."""
    writer = ResultWriter(tmp_path / "out")
    writer.write(_result())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ResultError, match=r"without run\.json"):
        writer.close()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "thesis.txt"]


@pytest.mark.parametrize("name", ["out", "out.csv", "out.json", "out.parquet"])
def test_an_error_leaves_the_earlier_result_and_nothing_else(tmp_path: Path, name: str) -> None:
    """Whatever happens on the way, there is the old result or the new one, and no litter."""
    _result().write(tmp_path / name)
    with contextlib.suppress(KeyboardInterrupt), ResultWriter(tmp_path / name) as writer:
        writer.write(_split()[0])
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name == "out":
        assert _same(Recommendations.read(tmp_path / name), _result())


def test_a_null_where_none_may_be_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    """The schema is enforced when a table is written."""
    rows = [row | {"units": None} for row in _result().orders.to_pylist()]
    faulty = replace(_result(), orders=pa.Table.from_pylist(rows, schema=ORDERS))
    with pytest.raises(pa.ArrowInvalid):
        faulty.write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_got_nothing_leaves_nothing(tmp_path: Path) -> None:
    """There is no result without a batch."""
    with pytest.raises(ResultError, match="found no batch"), ResultWriter(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_result_has_one_policy_and_one_catalogue(tmp_path: Path) -> None:
    """Batches of different runs do not mix, neither in a directory nor in memory."""
    other = replace(_result(), catalogue_digest="another")
    writer = ResultWriter(tmp_path / "out")
    writer.write(_result())
    with pytest.raises(ResultError, match="catalogue_digest"):
        writer.write(other)
    writer.discard()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ResultError, match="several policies or catalogues"):
        concat([_result(), other])
    with pytest.raises(ResultError, match="found no batch"):
        concat([])


def test_concat_keeps_rows_in_order_and_notes_once() -> None:
    """Putting batches together gives the whole."""
    assert _same(concat(_split()), _result())


def test_a_table_in_another_schema_is_refused() -> None:
    """A result is made of the five tables as they are documented."""
    with pytest.raises(ResultError, match=r"table parcels: found .*packopt\.tables\.PARCELS"):
        replace(_result(), parcels=_result().orders)


def _spoil_run(directory: Path, **values: Any) -> None:
    path = directory / "run.json"
    run = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(run), encoding="utf-8")


SPOILED: dict[str, Callable[[Path], object]] = {
    "run.json": lambda out: (out / "run.json").unlink(),
    "schema_version 99": lambda out: _spoil_run(out, schema_version=99),
    "objective": lambda out: _spoil_run(out, policy={"objective": "beauty"}),
    "orders.parquet": lambda out: (out / "orders.parquet").unlink(),
    "magic bytes": lambda out: (out / "orders.parquet").write_text("no Parquet, but long enough"),
    "verdict": lambda out: pq.write_table(
        pq.ParquetFile(out / "orders.parquet").read().drop_columns("verdict"),
        out / "orders.parquet",
    ),
}


@pytest.mark.parametrize("found", SPOILED)
def test_a_spoiled_directory_is_no_result(tmp_path: Path, found: str) -> None:
    """Reading says what is wrong with the directory and what to do."""
    out = tmp_path / "out"
    _result().write(out)
    SPOILED[found](out)
    with pytest.raises(ResultError, match=found) as error:
        Recommendations.read(out)
    assert error.value.source == str(out)
    assert "run it again" in str(error.value)
