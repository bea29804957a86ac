"""Data quality: which orders count, why others do not, what was wrong with the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from packopt.report.blocks import Block, Bullets, Cell, Column, Heading, Section, Table
from packopt.report.figures import key_of
from packopt.report.sentences import sentence

if TYPE_CHECKING:
    from packopt.report.material import Material

MOST_REASONS: Final = 40


def quality(material: Material) -> Section:
    """The section: orders by what became of them, faults of the input, notes."""
    words, shown = material.words, material.shown
    dropped = material.savings.dropped.to_pylist()
    whole = material.n_counted + sum(row["orders"] for row in dropped)
    blocks: list[Block] = [_fates(material, dropped, whole)]
    if dropped:
        blocks += [Heading(words("quality.reasons_heading")), _reasons(material, dropped)]
    faults = _faults(material)
    if faults is not None:
        blocks += [Heading(words("quality.faults_heading")), faults]
    notes = [sentence(words, note) for note in material.about.get("notes", [])]
    if notes:
        blocks += [Heading(words("quality.notes_heading")), Bullets(notes)]
    finding = words(
        "quality.finding",
        share=shown.share("orders.share", "counted", _part(material.n_counted, whole)),
        orders=shown.counted("orders.all", "", whole, "order"),
    )
    return Section("data-quality", words("quality.name"), finding, blocks)


def _part(some: int, whole: int) -> float | None:
    return some / whole if whole else None


def _fates(material: Material, dropped: list[dict[str, Any]], whole: int) -> Table:
    """Orders by what became of them."""
    words, shown, counted = material.words, material.shown, material.n_counted
    columns = [
        Column(words("column.fate"), numeric=False),
        Column(words("column.orders")),
        Column(words("column.share")),
    ]
    rows = [
        [
            Cell(words("status.counted")),
            Cell(shown.count("orders.counted", "", counted)),
            Cell(shown.share("orders.share", "counted", _part(counted, whole))),
        ]
    ]
    by_status: dict[str, int] = {}
    for row in dropped:
        by_status[row["status"]] = by_status.get(row["status"], 0) + row["orders"]
    rows += [
        [
            Cell(words.name("status", status)),
            Cell(shown.count("orders.by_status", status, orders)),
            Cell(shown.share("orders.share", status, _part(orders, whole))),
        ]
        for status, orders in by_status.items()
    ]
    return Table("fates", words("quality.caption"), columns, rows, sortable=False)


def _reasons(material: Material, dropped: list[dict[str, Any]]) -> Table:
    """Why orders do not count, most frequent first."""
    words, shown = material.words, material.shown
    columns = [
        Column(words("column.fate"), numeric=False),
        Column(words("column.reason"), numeric=False),
        Column(words("column.orders")),
    ]
    rows = [
        [
            Cell(words.name("status", row["status"]), row["status"]),
            Cell(sentence(words, row["reason"]), row["reason"]),
            Cell(
                shown.count("dropped", key_of(row["status"], row["reason"]), row["orders"]),
                row["orders"],
            ),
        ]
        for row in sorted(dropped, key=lambda row: -row["orders"])[:MOST_REASONS]
    ]
    return Table("reasons", words("quality.reasons_caption"), columns, rows)


def _faults(material: Material) -> Table | None:
    """Faults of the input by the column at fault."""
    counted = material.faults.to_pylist()
    if not counted:
        return None
    words, shown = material.words, material.shown
    counted.sort(key=lambda row: (-row["faults"], row["field"] or ""))
    columns = [Column(words("column.field"), numeric=False), Column(words("column.faults"))]
    rows = [
        [
            Cell(row["field"] or Markup("–")),
            Cell(shown.count("faults", row["field"] or "", row["faults"])),
        ]
        for row in counted
    ]
    return Table("faults", words("quality.faults_caption"), columns, rows, sortable=False)
