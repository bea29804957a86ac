"""The section on the packing bench: every number recomputed, nothing where nobody recorded."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from packopt.packings import REASONS, Packings
from packopt.report import LANGUAGES, check_data, write_report
from packopt.report.bench import WORDS
from packopt.report.words import texts
from packopt.savings import Overrides, overrides
from report.page import Page
from report.pretend import NASTY
from report.recount import Recount
from savings.replayed import demo_catalogue, demo_savings

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECRET = "Mrs Miller asked for it"
_SECTION = 'id="packing-bench"'


def _records(n: int, seed: int, share: float) -> Overrides:
    """Random records of the demo's plan; names are not kind, faults and strangers among them."""
    chance = np.random.default_rng(seed)
    parcels = demo_savings().plan.parcels.select(["order_id", "parcel", "package_id"]).to_pylist()
    names = [*demo_catalogue().package_ids[:40], *(name for name in NASTY if name.strip())]
    rows: list[dict[str, Any]] = []
    for number in chance.integers(0, len(parcels), n).tolist():
        one, other = parcels[number], chance.random() < share
        early = chance.random() < 0.1
        rows.append(
            {
                "order_id": "nobody" if chance.random() < 0.05 else one["order_id"],
                "parcel": one["parcel"] + int(chance.random() < 0.05),
                "recommended_package_id": names[0] if early else one["package_id"],
                "package_id": str(chance.choice(names)) if other else one["package_id"],
                "reason": str(chance.choice([*REASONS, "", SECRET])) if other else "",
                "note": SECRET,
                "packed": NOON + dt.timedelta(minutes=int(chance.integers(0, 20))),
            }
        )
    packings = Packings.from_table(pa.Table.from_pylist(rows))
    return overrides(demo_savings(), packings, demo_catalogue())


def _written(folder: Path, found: Overrides | None, language: str = "en") -> Path:
    path = folder / "report.html"
    write_report(demo_savings(), path, overrides=found, language=language)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("n", "share"),
    [(1, 1.0), (3, 0.0), (200, 0.3), (2000, 0.9)],
    ids=["one", "none", "some", "most"],
)
def test_every_number_of_the_bench_is_what_the_records_say(
    tmp_path: Path, n: int, share: float, language: str
) -> None:
    """Rates, reasons, swaps and grams, recomputed with DuckDB from the records beside the page."""
    path = _written(tmp_path, _records(n, n, share), language)
    page, truth = Page.read(path), Recount(path.with_name("report_data"))
    ours = [one for one in page.figures if one.measure.startswith("bench.")]
    assert len(ours) > (100 if n > 100 else 7)
    for figure in page.figures:
        expected = truth.values[figure.measure][figure.key]
        assert math.isclose(expected, figure.value, rel_tol=1e-9, abs_tol=1e-9), figure
        assert abs(abs(figure.shown) - abs(figure.value)) <= figure.half_step * (1 + 1e-9) + 1e-12
    assert check_data(path.with_name("report_data")) == []


def test_the_recount_finds_a_record_that_is_misjudged(tmp_path: Path) -> None:
    """A record that counts though a newer one does, and the recount says so."""
    found = _records(400, 1, 0.3)
    status = found.records["status"].cast(pa.string()).to_pylist()
    status[status.index("replaced")] = "counted"
    words = pa.chunked_array([pa.array(status).dictionary_encode()])
    records = found.records.set_column(4, found.records.schema.field("status"), words)
    path = _written(tmp_path, dataclasses.replace(found, records=records))
    with pytest.raises(AssertionError):
        Recount(path.with_name("report_data"))


def test_without_records_nothing_is_said(tmp_path: Path) -> None:
    """No section, no file, and no figure of the bench."""
    path = _written(tmp_path, None)
    assert _SECTION not in path.read_text(encoding="utf-8")
    assert not list(path.with_name("report_data").glob("overrides*"))


def test_records_of_no_parcel_are_told(tmp_path: Path) -> None:
    """The section says that nothing is recorded, and what became of the records."""
    row = {
        "order_id": "nobody",
        "recommended_package_id": "S",
        "package_id": "M",
        "packed": NOON,
    }
    packings = Packings.from_table(pa.Table.from_pylist([row]))
    path = _written(tmp_path, overrides(demo_savings(), packings, demo_catalogue()))
    page, truth = Page.read(path), Recount(path.with_name("report_data"))
    assert "No parcel of the plan is recorded" in path.read_text(encoding="utf-8")
    ours = {
        (one.measure, one.key): one.value
        for one in page.figures
        if one.measure.startswith("bench.")
    }
    assert ours["bench.rows", "unknown_order"] == 1
    assert ours == {key: truth.values[key[0]][key[1]] for key in ours}


def test_free_text_of_packers_is_nowhere(tmp_path: Path) -> None:
    """Neither a note nor a reason in own words is on the page or in a file beside it."""
    path = _written(tmp_path, _records(300, 2, 0.9))
    files = [path, *(one for one in path.with_name("report_data").rglob("*") if one.is_file())]
    assert len(files) > 10
    assert not [one for one in files if SECRET.encode() in one.read_bytes()]


def test_every_word_of_the_bench_has_a_name() -> None:
    """Reasons, statuses of records, and why a cost is not known."""
    words = {f"{group}.{word}" for group, all_words in WORDS.items() for word in all_words}
    assert sorted(words - texts("en").keys()) == []
