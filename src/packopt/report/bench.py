"""What the packing bench did: parcels recorded, packages overridden, why, and at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from packopt.packings import REASONS
from packopt.report.blocks import Block, Cell, Column, Heading, Paragraph, Section, Table
from packopt.report.figures import key_of
from packopt.report.material import plain
from packopt.report.numerals import Unit, decimals
from packopt.savings.tables import EXTRA_UNKNOWN, RECORD_STATUSES

if TYPE_CHECKING:
    from packopt.report.material import Material
    from packopt.savings import Overrides

MOST_ROWS: Final = 30
NOT_STATED: Final = "not_stated"
REJECTED: Final = "rejected"
COMPARED: Final = "compared"
_NOTHING: Final = Markup("–")


def bench(material: Material) -> Section | None:
    """The section, or None where nobody gave records of the packing bench."""
    overrides, words = material.overrides, material.words
    if overrides is None:
        return None
    blocks: list[Block] = [_summary(material, overrides)]
    if overrides.recorded:
        blocks.append(Paragraph(words("bench.meaning"), quiet=True))
    if overrides.overridden:
        changed = plain(overrides.counted.filter(overrides.counted["overridden"]))
        blocks += [
            Heading(words("bench.reasons_heading")),
            _reasons(material, changed),
            Heading(words("bench.packages_heading")),
            _replaced(material, overrides),
            _swaps(material, changed),
            Heading(words("bench.cost_heading")),
            _cost(material, changed),
            Paragraph(words("bench.cost_meaning"), quiet=True),
        ]
    blocks += [Heading(words("bench.records_heading")), _records(material, overrides)]
    return Section("packing-bench", words("bench.name"), _finding(material, overrides), blocks)


def _finding(material: Material, overrides: Overrides) -> Markup:
    words, shown = material.words, material.shown
    if not overrides.recorded:
        return words("bench.finding_none")
    recorded = shown.count("bench.recorded", "", overrides.recorded)
    return words(
        "bench.finding",
        share=shown.share("bench.rate", "", overrides.rate),
        parcels=words.counted("recorded", overrides.recorded, recorded),
    )


def _summary(material: Material, overrides: Overrides) -> Table:
    """Parcels of the plan, recorded, overridden; the rate with its interval."""
    words, shown = material.words, material.shown
    columns = [
        Column(words("column.fate"), numeric=False),
        Column(words("bench.parcels")),
        Column(words("column.share")),
        Column(words("column.interval")),
    ]
    recorded = overrides.recorded / overrides.parcels if overrides.parcels else None
    interval = _NOTHING
    if overrides.interval is not None:
        interval = shown.share_interval("bench.rate", "", *overrides.interval)
    rows = [
        [
            Cell(words("bench.planned")),
            Cell(shown.count("bench.parcels", "", overrides.parcels)),
            Cell(_NOTHING),
            Cell(_NOTHING),
        ],
        [
            Cell(words("bench.recorded")),
            Cell(shown.count("bench.recorded", "", overrides.recorded)),
            Cell(shown.share("bench.recorded_share", "", recorded)),
            Cell(_NOTHING),
        ],
        [
            Cell(words("bench.overridden")),
            Cell(shown.count("bench.overridden", "", overrides.overridden)),
            Cell(shown.share("bench.rate", "", overrides.rate)),
            Cell(interval),
        ],
    ]
    confidence = shown.share("about.confidence", "", overrides.confidence, places=0)
    caption = words("bench.caption", confidence=confidence)
    return Table("bench-rate", caption, columns, rows, sortable=False)


def _counts(table: pa.Table, *keys: str) -> list[dict[str, Any]]:
    """Rows by key, with `n`; the most frequent first, ties by key."""
    counted = table.group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    rows = [
        {**{key: row[key] for key in keys}, "n": row["count_all"]} for row in counted.to_pylist()
    ]
    rows.sort(key=lambda row: (-row["n"], *(row[key] or "" for key in keys)))
    return rows


def _reasons(material: Material, changed: pa.Table) -> Table:
    words, shown = material.words, material.shown
    columns = [
        Column(words("column.reason"), numeric=False),
        Column(words("bench.parcels")),
        Column(words("column.share")),
    ]
    rows = []
    for row in _counts(changed, "reason"):
        reason, n = row["reason"] or NOT_STATED, row["n"]
        share = n / changed.num_rows
        rows.append(
            [
                Cell(words(f"bench_reason.{reason}"), reason),
                Cell(shown.count("bench.reason", reason, n), n),
                Cell(shown.share("bench.reason_share", reason, share), share),
            ]
        )
    return Table("bench-reasons", words("bench.reasons_caption"), columns, rows)


def _replaced(material: Material, overrides: Overrides) -> Table:
    """The packages that were most often replaced, and how often they were recorded."""
    words, shown = material.words, material.shown
    counted = plain(overrides.counted.select(["recommended_package", "overridden"]))
    recorded = {row["recommended_package"]: row["n"] for row in _counts(counted, *_RECOMMENDED)}
    rows = _counts(counted.filter(counted["overridden"]), *_RECOMMENDED)
    columns = [
        Column(words("column.package"), numeric=False),
        Column(words("bench.recorded"), words("unit.parcels")),
        Column(words("bench.overridden"), words("unit.parcels")),
        Column(words("bench.rate")),
    ]
    cells = []
    for row in rows[:MOST_ROWS]:
        package, n = row["recommended_package"], row["n"]
        of, rate = recorded[package], n / recorded[package]
        cells.append(
            [
                Cell(package, package),
                Cell(shown.count("bench.package_recorded", package, of), of),
                Cell(shown.count("bench.package_overridden", package, n), n),
                Cell(shown.share("bench.package_rate", package, rate), rate),
            ]
        )
    note = _cut(material, len(rows), "bench.packages")
    return Table("bench-packages", words("bench.packages_caption"), columns, cells, note=note)


_RECOMMENDED: Final = ("recommended_package",)
_PAIR: Final = ("recommended_package", "used_package")


def _swaps(material: Material, changed: pa.Table) -> Table:
    """Which package was taken instead of which, and what that takes more, where it is known."""
    words, shown = material.words, material.shown
    rows = _counts(changed, *_PAIR)
    known = changed.filter(pc.is_valid(changed["extra_g"]))
    means = known.group_by(list(_PAIR), use_threads=False).aggregate(
        [("extra_g", "mean"), ("extra_g", "count")]
    )
    extra = {tuple(row[name] for name in _PAIR): row for row in means.to_pylist()}
    columns = [
        Column(words("bench.recommended"), numeric=False),
        Column(words("bench.used"), numeric=False),
        Column(words("bench.parcels")),
        Column(words("bench.compared"), words("unit.parcels")),
        Column(words("bench.extra_each"), "g"),
    ]
    cells = []
    for row in rows[:MOST_ROWS]:
        before, after, n = row["recommended_package"], row["used_package"], row["n"]
        key, mean = key_of(before, after), extra.get((before, after))
        compared = mean["extra_g_count"] if mean else 0
        each = mean["extra_g_mean"] if mean else None
        cells.append(
            [
                Cell(before, before),
                Cell(after, after),
                Cell(shown.count("bench.swap", key, n), n),
                Cell(shown.count("bench.swap_compared", key, compared), compared),
                Cell(shown.number("bench.swap_each", key, each, Unit("g"), 1), each),
            ]
        )
    note = _cut(material, len(rows), "bench.swaps")
    return Table("bench-swaps", words("bench.swaps_caption"), columns, cells, note=note)


def _cost(material: Material, changed: pa.Table) -> Table:
    """What the used packages take more than the plan's; and why that is not known of others."""
    words, shown = material.words, material.shown
    known = changed["extra_g"].drop_null()
    extra_g = float(pc.sum(known).as_py()) if len(known) else None
    unit = shown.unit_of("packaging_g", extra_g or 0.0, own=True)
    places = decimals((extra_g or 0.0) / unit.per)
    columns = [
        Column(words("column.fate"), numeric=False),
        Column(words("bench.parcels")),
        Column(words("bench.extra"), shown.unit_name(unit)),
    ]
    rows = [
        [
            Cell(words(f"bench_extra.{COMPARED}")),
            Cell(shown.count("bench.extra_parcels", COMPARED, len(known))),
            Cell(shown.number("bench.extra", "", extra_g, unit, places)),
        ]
    ]
    unknown = {row["extra_unknown"]: row["n"] for row in _counts(changed, "extra_unknown")}
    rows += [
        [
            Cell(words(f"bench_extra.{why}")),
            Cell(shown.count("bench.extra_parcels", why, unknown[why])),
            Cell(_NOTHING),
        ]
        for why in EXTRA_UNKNOWN
        if why in unknown
    ]
    return Table("bench-cost", words("bench.cost_caption"), columns, rows, sortable=False)


def _records(material: Material, overrides: Overrides) -> Table:
    """What became of the rows of the input."""
    words, shown = material.words, material.shown
    columns = [Column(words("column.fate"), numeric=False), Column(words("bench.rows"))]
    counts = {status: overrides.count(status) for status in RECORD_STATUSES}
    counts[REJECTED] = overrides.rejected
    rows = [
        [Cell(words(f"bench_record.{one}")), Cell(shown.count("bench.rows", one, n))]
        for one, n in counts.items()
    ]
    return Table("bench-records", words("bench.records_caption"), columns, rows, sortable=False)


def _cut(material: Material, rows: int, key: str) -> Markup | str:
    """Says that a table was cut, and where the rest is."""
    if rows <= MOST_ROWS:
        return ""
    shown = material.shown.count("rows.all", key, rows)
    return material.words("page.cut", most=MOST_ROWS, rows=shown, file="overrides.parquet")


#: Every word of these has a name in the texts.
WORDS: Final = {
    "bench_reason": (*REASONS, NOT_STATED),
    "bench_extra": (COMPARED, *EXTRA_UNKNOWN),
    "bench_record": (*RECORD_STATUSES, REJECTED),
}
