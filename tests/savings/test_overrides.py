"""Overrides: which records count, how often packers took another package, and what that takes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from packopt import Policy
from packopt.green.wilson import wilson
from packopt.packings import REASONS, Packings
from packopt.savings import Overrides, Savings, overrides, savings
from packopt.savings.tables import EXTRA_UNKNOWN, OVERRIDES, OVERRIDES_REJECTS
from savings.replayed import PACKAGES, demo_catalogue, demo_savings, ordered, shop

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
Row = dict[str, Any]
_CATALOGUE = shop(
    [
        *PACKAGES,
        {"package_id": "T", "inner": (500, 400, 300), "reusable": True, "reusable_trips": 10},
        {"package_id": "PP", "inner": (520, 400, 300), "material": "pp"},
        {"package_id": "V", "kind": "adjustable", "inner": (510, 390, 300), "min_height_mm": 100},
    ]
)


@cache
def _replay() -> Savings:
    """Two orders of one parcel each, one of two, and one that fits nothing."""
    orders = ordered(
        {"order_id": "a", "size": (190, 140, 90)},
        {"order_id": "b", "size": (290, 190, 140)},
        {"order_id": "c", "size": (590, 390, 290), "qty": 2},
        {"order_id": "d", "size": (5000, 50, 50)},
    )
    return savings(orders, _CATALOGUE, baseline="volume-80", resamples=100)


def _of(*rows: Row) -> Overrides:
    """Records of the bench, of the package that the plan has for parcel 1 of order a."""
    usual = {
        "order_id": "a",
        "parcel": 1,
        "recommended_package_id": "S",
        "package_id": "S",
        "reason": None,
        "packed": NOON,
    }
    table = pa.Table.from_pylist([usual | row for row in rows])
    return overrides(_replay(), Packings.from_table(table), _CATALOGUE)


def _column(found: Overrides, name: str) -> list[Any]:
    values: list[Any] = found.records[name].to_pylist()
    return values


def test_the_newest_record_of_a_parcel_counts() -> None:
    """Whatever its place in the file; of two at one time, the later row."""
    hour = dt.timedelta(hours=1)
    found = _of(
        {"package_id": "M", "reason": "damaged", "packed": NOON + hour},
        {"packed": NOON},
        {"order_id": "c", "recommended_package_id": "XL", "package_id": "XL"},
        {"order_id": "c", "recommended_package_id": "XL", "package_id": "L"},
        {"order_id": "c", "recommended_package_id": "XL", "package_id": "XL", "parcel": 2},
    )
    expected = ["counted", "replaced", "replaced", "counted", "counted"]
    assert _column(found, "status") == expected
    assert (found.recorded, found.overridden, found.parcels) == (3, 2, 4)
    assert found.count("replaced") == 2


def test_records_without_a_parcel_of_the_plan_are_told() -> None:
    """Of orders that nobody knows, of parcels that an order does not have, of orders unanswered."""
    found = _of({"order_id": "z"}, {"parcel": 2}, {"order_id": "c", "parcel": 3}, {"order_id": "d"})
    expected = ["unknown_order", "unknown_parcel", "unknown_parcel", "unknown_parcel"]
    assert _column(found, "status") == expected
    assert _column(found, "plan_package") == [None] * 4
    assert (found.recorded, found.rate, found.interval) == (0, None, None)


def test_a_reason_for_the_recommended_package_is_none() -> None:
    """It says nothing; and an override without a reason is an override."""
    found = _of({"reason": "damaged"}, {"order_id": "b", "package_id": "L"})
    assert _column(found, "overridden") == [False, True]
    assert _column(found, "reason") == [None, None]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"recommended_package_id": "M", "package_id": "L"}, "plan_differs"),
        ({"recommended_package_id": "M", "package_id": "S"}, "plan_differs"),
        ({"package_id": "sack"}, "not_in_catalogue"),
        ({"package_id": "V"}, "size_not_told"),
        ({"package_id": "PP"}, "mass_not_known"),
        ({"package_id": "M"}, None),
        ({"package_id": "own_container"}, None),
    ],
)
def test_what_an_override_takes_is_known_or_told_why_not(row: Row, why: str | None) -> None:
    """One of the two, for every record that counts and was overridden."""
    assert why is None or why in EXTRA_UNKNOWN
    found = _of(row)
    assert _column(found, "extra_unknown") == [why]
    assert (_column(found, "extra_g")[0] is None) == (why is not None)


@pytest.mark.parametrize("used", ["M", "L", "XL", "K", "T"])
def test_an_override_takes_what_a_plan_in_that_package_would(used: str) -> None:
    """Package, tape and filler, as if the catalogue had nothing else; of reusables one trip."""
    only = [row for row in PACKAGES if row["package_id"] == used]
    if used == "T":
        only = [
            {"package_id": "T", "inner": (500, 400, 300), "reusable": True, "reusable_trips": 10}
        ]
    size = (190, 140, 30) if used == "K" else (190, 140, 90)
    orders = ordered({"order_id": "a", "size": size})
    ours = savings(orders, _CATALOGUE, baseline="volume-80", resamples=100)
    theirs = savings(orders, shop(only), baseline="volume-80", resamples=100)
    assert theirs.plan.parcels["package_id"].to_pylist() == [used]
    planned = ours.plan.parcels["package_id"].to_pylist()[0]
    row = {
        "order_id": "a",
        "recommended_package_id": planned,
        "package_id": used,
        "packed": NOON,
        "reason": "other",
    }
    found = overrides(ours, Packings.from_table(pa.Table.from_pylist([row])), _CATALOGUE)
    grams = [one.plan_quantities["packaging_g"].to_pylist()[0] for one in (theirs, ours)]
    assert _column(found, "extra_g")[0] == pytest.approx(grams[0] - grams[1], abs=1e-6)


def test_no_package_takes_nothing() -> None:
    """A unit that shipped as it is saves all of the plan's packaging."""
    found = _of({"package_id": "own_container"})
    assert _column(found, "extra_g") == [-_replay().plan_quantities["packaging_g"].to_pylist()[0]]


def test_a_package_that_is_too_small_takes_no_filler_away() -> None:
    """What was squeezed in leaves no space to fill, not less than none."""
    row = {"order_id": "c", "recommended_package_id": "XL"}
    found = _of(row | {"package_id": "S"}, row | {"package_id": "own_container", "parcel": 2})
    small, none = _column(found, "extra_g")
    tape_g = Policy().materials.tape_g_per_m * (2 * 0.2 + 0.28)
    tare_g = float(_CATALOGUE.tare_g[_CATALOGUE.package_ids.index("S")])
    assert small - none == pytest.approx(tare_g + tape_g)


@pytest.mark.parametrize(("parcels", "changed"), [(1, 0), (1, 1), (40, 0), (40, 40), (250, 17)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_is_wilsons(parcels: int, changed: int, confidence: float) -> None:
    """As the green tables have it, by another way."""
    row = {
        "row": 1,
        "order_id": "a",
        "parcel": 1,
        "packed": NOON,
        "status": "counted",
        "recommended_package": "S",
        "used_package": "S",
    }
    rows = [row | {"overridden": at < changed} for at in range(parcels)]
    table = pa.Table.from_pylist(rows, OVERRIDES)
    found = Overrides(table, OVERRIDES_REJECTS.empty_table(), parcels, confidence)
    assert found.rate == changed / parcels
    assert found.interval == pytest.approx(wilson(changed, parcels, confidence), abs=1e-12)


def _random(n: int, seed: int) -> list[Row]:
    """Records of the demo orders: several of some parcels, some of none, in any order of time."""
    chance = np.random.default_rng(seed)
    parcels = demo_savings().plan.parcels.select(["order_id", "parcel", "package_id"]).to_pylist()
    names = [*demo_catalogue().package_ids[:6], "sack"]
    rows = []
    for number in chance.integers(0, len(parcels), n).tolist():
        one = parcels[number]
        other = chance.random() < 0.3
        rows.append(
            {
                "order_id": "nobody" if chance.random() < 0.05 else one["order_id"],
                "parcel": one["parcel"] + (chance.random() < 0.05),
                "recommended_package_id": one["package_id"],
                "package_id": str(chance.choice(names)) if other else one["package_id"],
                "reason": str(chance.choice([*REASONS, ""])) if other else "",
                "packed": NOON + dt.timedelta(minutes=int(chance.integers(0, 20))),
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_any_records_are_counted_as_a_plain_loop_counts_them(seed: int) -> None:
    """By hand: the last of the newest of each parcel of the plan."""
    rows = _random(400, seed)
    replay = demo_savings()
    plan = {
        (row["order_id"], row["parcel"]): row["package_id"]
        for row in replay.plan.parcels.to_pylist()
    }
    newest: dict[tuple[str, int], Row] = {}
    for row in rows:
        key = row["order_id"], row["parcel"]
        if key in plan and (key not in newest or newest[key]["packed"] <= row["packed"]):
            newest[key] = row
    changed = sum(row["package_id"] != row["recommended_package_id"] for row in newest.values())
    table = Packings.from_table(pa.Table.from_pylist(rows))
    found = overrides(replay, table, demo_catalogue())
    assert found.records.num_rows == len(rows)
    assert (found.recorded, found.overridden) == (len(newest), changed)
    assert found.count("replaced") == sum(
        (row["order_id"], row["parcel"]) in plan for row in rows
    ) - len(newest)
    unknown = sum(row["order_id"] == "nobody" for row in rows)
    assert found.count("unknown_order") == unknown


def test_both_tables_are_written_without_values_of_faults(tmp_path: Path) -> None:
    """As Parquet with the meaning of each column, and as CSV; a fault's value may be anything."""
    found = _of({}, {"reason": "Mrs Miller asked for it"}, {"parcel": 0})
    assert found.rejected == 2
    found.write(tmp_path)
    for name, schema in (("overrides", OVERRIDES), ("overrides_rejects", OVERRIDES_REJECTS)):
        path = tmp_path / name
        assert pq.read_schema(f"{path}.parquet").names == schema.names
        metadata = pq.read_metadata(f"{path}.parquet").metadata
        assert metadata[f"packopt:{schema.names[0]}".encode()]
        assert pyarrow.csv.read_csv(f"{path}.csv").column_names == schema.names
    assert not [one for one in tmp_path.iterdir() if b"Mrs Miller" in one.read_bytes()]


def test_no_record_at_all_is_no_rate() -> None:
    """Where every row of the input was faulty, all is zero and nothing is divided."""
    found = _of({"parcel": 0})
    assert (found.recorded, found.overridden, found.rejected) == (0, 0, 1)
    assert found.interval is None
