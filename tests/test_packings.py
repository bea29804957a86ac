"""Records of the packing bench at the door: every format, every fault by name, no note."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packopt.dates import to_times
from packopt.errors import PackingsError
from packopt.packings import REASONS, Packings, read_packings

NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=dt.UTC)
SECRET = "Mrs Miller asked for it"
#: As the service lists them.
RECORDS: list[dict[str, Any]] = [
    {
        "order_id": "A",
        "parcel": 1,
        "recommended_package_id": "S",
        "package_id": "S",
        "reason": None,
        "note": None,
        "packed": NOON,
    },
    {
        "order_id": "2024-01-31",
        "parcel": 2,
        "recommended_package_id": "S",
        "package_id": "M, large",
        "reason": "damaged",
        "note": SECRET,
        "packed": NOON + dt.timedelta(hours=1),
    },
]


def _write(folder: Path, suffix: str) -> Path:
    path = folder / f"packings{suffix}"
    if suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(RECORDS[0]))
            writer.writeheader()
            writer.writerows(RECORDS)
    elif suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(RECORDS), path)
    else:
        told = [row | {"packed": row["packed"].isoformat()} for row in RECORDS]
        lines = "\n".join(map(json.dumps, told))
        path.write_text(json.dumps(told) if suffix == ".json" else lines, encoding="utf-8")
    return path


def _records(**changes: Any) -> pa.Table:
    row = {name: RECORDS[0][name] for name in RECORDS[0] if name != "note"}
    return pa.Table.from_pylist([row, row | changes])


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".json", ".ndjson"])
def test_every_format_holds_the_same_records(tmp_path: Path, suffix: str) -> None:
    """As the service lists them; ids stay text, times are points in time, the note is not read."""
    found = read_packings(_write(tmp_path, suffix))
    wanted = [row | {"row": at} for at, row in enumerate(RECORDS, 1)]
    assert found.table.to_pylist() == [
        {name: row[name] for name in found.table.column_names} for row in wanted
    ]
    assert "note" not in found.table.column_names
    assert (found.rejects.num_rows, found.notes) == (0, ())


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"order_id": " "}, "order_id", "found no value"),
        ({"parcel": 0}, "parcel", "found too small a number"),
        ({"parcel": 10_001}, "parcel", "found too large a number"),
        ({"recommended_package_id": None}, "recommended_package_id", "found no value"),
        ({"package_id": ""}, "package_id", "found no value"),
        ({"reason": "tired"}, "reason", "found an unknown word"),
        ({"packed": None}, "packed", "found no value"),
    ],
)
def test_a_bad_record_is_told_and_the_others_stay(
    changes: dict[str, Any], field: str, found: str
) -> None:
    """One fault, one reject with its row, column, reason and hint."""
    packings = Packings.from_table(_records(**changes))
    assert packings.table["row"].to_pylist() == [1]
    (fault,) = packings.rejects.to_pylist()
    assert (fault["row"], fault["field"]) == (2, field)
    assert fault["reason"].startswith(found)
    assert fault["hint"]


def test_rows_of_the_wrong_shape_are_rejects(tmp_path: Path) -> None:
    """A comma too much moves all values: none of them is believed, or repeated."""
    path = tmp_path / "packings.csv"
    text = _write(tmp_path, ".csv").read_text(encoding="utf-8")
    path.write_text(text + f"B,1,S,M,other,{SECRET}, indeed,2026-03-01 12:00:00\n\n")
    found = read_packings(path)
    assert found.table["row"].to_pylist() == [1, 2]
    (fault,) = found.rejects.to_pylist()
    assert (fault["row"], fault["field"], fault["value"]) == (3, "row", None)


def test_parcel_and_reason_may_be_left_out() -> None:
    """Who sends orders in one parcel has no number for it."""
    table = _records().drop_columns(["parcel", "reason"])
    rows = Packings.from_table(table).table.to_pylist()
    assert {(row["parcel"], row["reason"]) for row in rows} == {(1, None)}


def test_reasons_are_read_in_any_case() -> None:
    """Words of the service, as somebody may have typed them."""
    for word in REASONS:
        (_, row) = Packings.from_table(_records(reason=f" {word.upper()} ")).table.to_pylist()
        assert row["reason"] == word


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("order_id,package_id\nA,S\n", "recommended_package_id is missing"),
        ("order_id,recommended_package_id,package_id,packed\n", "no rows"),
        ("order_id,recommended_package_id,package_id,packed,email\nA,S,S,x,y\n", "personal data"),
        ("", "the file is empty"),
    ],
)
def test_files_without_use_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """With the file, what was found and what is expected."""
    path = tmp_path / "packings.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PackingsError, match=message) as refused:
        read_packings(path)
    assert refused.value.source == str(path)


def test_a_missing_file_and_what_is_no_table_are_refused(tmp_path: Path) -> None:
    """By name, as of every other input."""
    with pytest.raises(PackingsError, match="there is no such file"):
        read_packings(tmp_path / "none.csv")
    with pytest.raises(PackingsError, match="is no table"):
        Packings.from_table(7)
    with pytest.raises(PackingsError, match=r"column packed: found values of type int64"):
        Packings.from_table(_records().set_column(5, "packed", pa.array([1, 2])))


def test_strange_columns_are_told_but_for_those_of_the_service() -> None:
    """A column that nobody reads may be one misspelt."""
    table = _records().append_column("note", pa.array([SECRET] * 2))
    table = table.append_column("job_id", pa.array([None, "of the service"]))
    assert Packings.from_table(table).notes == ()
    table = table.append_column("reasons", pa.array([""] * 2))
    (note,) = Packings.from_table(table).notes
    assert "reasons (did you mean reason?)" in note
    assert "note" not in note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00"),
        ("2026-01-31T14:05:00Z", "2026-01-31T14:05:00"),
        ("2026-01-31 14:05", "2026-01-31T14:05:00"),
        (" 2026-01-31 14:05:00 UTC ", "2026-01-31T14:05:00"),
        ("2026-01-31 14:05:00.123456+01:00", "2026-01-31T13:05:00.123456"),
        ("2026-01-31T14:05:00,5-0530", "2026-01-31T19:35:00.500000"),
        ("2026-01-31T14:05:00.123456789+00", "2026-01-31T14:05:00.123456"),
    ],
)
def test_times_are_read_as_iso_writes_them(text: str, expected: str) -> None:
    """With any zone or none, which is UTC."""
    times, unreadable, strange = to_times(pa.array([text]))
    assert times[0].as_py() == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)
    assert not unreadable.any()
    assert not strange.any()


@pytest.mark.parametrize("text", ["2026-02-30", "2026-01-31 25:00", "31.1.2026", "now", "20260131"])
def test_what_is_no_time_is_told(text: str) -> None:
    """Nothing is guessed."""
    times, unreadable, _ = to_times(pa.array([text, None, " "]))
    assert times.null_count == 3
    assert unreadable.tolist() == [True, False, False]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_timestamps_of_any_unit_are_the_same_time(unit: str, zone: str | None) -> None:
    """Also at the ends of what is accepted; beyond them nothing was packed."""
    days = [dt.datetime(1970, 1, 1), dt.datetime(2199, 12, 31, 23, 59, 59)]  # noqa: DTZ001
    times, _, strange = to_times(pa.array([*days, None], pa.timestamp(unit, zone)))
    assert times.to_pylist() == [*(day.replace(tzinfo=dt.UTC) for day in days), None]
    assert not strange.any()
    early = pa.array([-1, 2**63 - 1], pa.int64()).cast(pa.timestamp(unit, zone))
    times, _, strange = to_times(early)
    assert times.null_count == 2
    assert strange.all()


def test_dates_are_their_first_moment() -> None:
    """And dates of no calendar are told, not wrapped around."""
    values = pa.array([20_000, 2**31 - 1], pa.int32()).cast(pa.date32())
    times, _, strange = to_times(values)
    assert times[0].as_py() == dt.datetime(2024, 10, 4, tzinfo=dt.UTC)
    assert strange.tolist() == [False, True]
