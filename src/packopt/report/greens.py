"""Green packaging management: the scorecard, and every table behind it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from markupsafe import Markup

from packopt.green import TABLES
from packopt.report.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Fold,
    Heading,
    Paragraph,
    Section,
    Table,
)
from packopt.report.figures import key_of
from packopt.report.material import plain
from packopt.report.numerals import Unit, decimals
from packopt.report.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from packopt.report.material import Material
    from packopt.report.words import Words

SCORECARD: Final = "scorecard"
MOST_ROWS: Final = 12
_STATUSES: Final = ("met", "missed", "unknown")
_NO_TARGET: Final = "no_target"
_SHARE: Final = "share"
_ONE: Final = Unit("")
_PERCENT: Final = Unit("%", 1e-2)


def greens(material: Material) -> Section | None:
    """The section, or None where no tables were made."""
    made = material.green
    if made is None:
        return None
    words = material.words
    blocks: list[Block] = []
    finding = words("green.finding_none")
    if SCORECARD in made.tables:
        rows = made.tables[SCORECARD].to_pylist()
        finding = _finding(material, rows)
        blocks += _scorecard(material, rows)
    blocks += _folds(material, made.tables)
    if made.notes:
        notes = [sentence(words, note) for note in made.notes]
        blocks += [Heading(words("green.notes_heading")), Bullets(notes)]
    return Section("green", words("green.name"), finding, blocks)


def _folds(material: Material, tables: Mapping[str, pa.Table]) -> list[Block]:
    """Every table that has rows, and the names of those that have none."""
    words = material.words
    others = {name: table for name, table in tables.items() if name != SCORECARD}
    folds = [
        Fold(title(words, name), _table(material, name, table))
        for name, table in others.items()
        if table.num_rows
    ]
    empty = [title(words, name) for name, table in others.items() if not table.num_rows]
    blocks: list[Block] = [
        Heading(words("green.tables")),
        Paragraph(words("green.folded"), quiet=True),
        *folds,
    ]
    if empty:
        blocks.append(Paragraph(words("green.empty", tables=words.listed(empty)), quiet=True))
    return blocks


def title(words: Words, name: str) -> Markup:
    """What a table is called."""
    if name not in TABLES:
        return Markup.escape(name)
    return Markup.escape(TABLES[name].title_zh if words.language == "zh" else TABLES[name].title)


def _says(words: Words, name: str) -> str:
    if name not in TABLES:
        return ""
    return TABLES[name].sentence_zh if words.language == "zh" else TABLES[name].sentence


def _finding(material: Material, rows: list[dict[str, Any]]) -> Markup:
    """How many targets are met, missed and not known."""
    counts = {one: sum(row["status"] == one for row in rows) for one in _STATUSES}
    shown = {one: material.shown.count("green.status", one, count) for one, count in counts.items()}
    return material.words("green.finding", **shown)


def _scorecard(material: Material, rows: list[dict[str, Any]]) -> list[Block]:
    """Metrics with a target; then, folded, those that are known, and those that are not."""
    words = material.words
    targets = [row for row in rows if row["status"] != _NO_TARGET]
    others = [row for row in rows if row["status"] == _NO_TARGET]
    known = [row for row in others if row["value"] is not None]
    unknown = [row for row in others if row["value"] is None]
    blocks: list[Block] = []
    if targets:
        shown = ("metric", "value", "unit", "target", "status", "missing")
        blocks.append(_metrics(material, "targets", targets, shown))
        blocks.append(Paragraph(words("green.meaning"), quiet=True))
    parts: tuple[tuple[str, list[dict[str, Any]], tuple[str, ...]], ...] = (
        ("known", known, ("metric", "value", "unit", "interval", "missing")),
        ("unknown", unknown, ("metric", "missing")),
    )
    folded = [_metrics(material, *part) for part in parts if part[1]]
    return [*blocks, *(Fold(table.caption, table) for table in folded)]


def _metrics(
    material: Material, name: str, rows: list[dict[str, Any]], shown: Sequence[str]
) -> Table:
    """Some rows of the scorecard with some of its columns."""
    words = material.words
    columns = [Column(words(f"column.{one}"), numeric=one in _NUMBERS) for one in shown]
    cells = [[_METRIC[one](material, row) for one in shown] for row in rows]
    return Table(f"green-{name}", words(f"green.{name}"), columns, cells, wordy=True)


def _name(material: Material, row: dict[str, Any]) -> Cell:
    name = row["title_zh"] if material.words.language == "zh" else row["title"]
    return Cell(name, name)


def _value(material: Material, row: dict[str, Any]) -> Cell:
    unit, value = _unit_of(row), row["value"]
    places = _places(value, unit)
    return Cell(material.shown.number("green.value", row["metric"], value, unit, places), value)


def _unit(material: Material, row: dict[str, Any]) -> Cell:
    percent = _unit_of(row) is _PERCENT
    return Cell("%" if percent else material.words.name("green_unit", row["unit"]))


def _interval(material: Material, row: dict[str, Any]) -> Cell:
    if row["low"] is None or row["high"] is None:
        return Cell("–")
    ends = (row["value"], row["low"], row["high"])
    return Cell(material.shown.interval("green.value", row["metric"], ends, _unit_of(row))[1])


def _target(material: Material, row: dict[str, Any]) -> Cell:
    unit, target = _unit_of(row), row["target"]
    sign = "≤" if row["direction"] == "at_most" else "≥"
    shown = material.shown.number("green.target", row["metric"], target, unit)
    return Cell(Markup("{}&nbsp;{}").format(sign, shown), target)


def _status(material: Material, row: dict[str, Any]) -> Cell:
    status = material.words(f"green_status.{row['status']}")
    if not row["advisory"]:
        return Cell(status, row["status"])
    advisory = material.words("green.advisory")
    return Cell(Markup("{} <small>{}</small>").format(status, advisory), row["status"])


def _missing(material: Material, row: dict[str, Any]) -> Cell:
    return Cell(sentence(material.words, row["missing"]) if row["missing"] else "", row["missing"])


def _unit_of(row: dict[str, Any]) -> Unit:
    return _PERCENT if row["unit"] == _SHARE else _ONE


_METRIC: Final[dict[str, Callable[[Material, dict[str, Any]], Cell]]] = {
    "metric": _name,
    "value": _value,
    "unit": _unit,
    "interval": _interval,
    "target": _target,
    "status": _status,
    "missing": _missing,
}
_NUMBERS: Final = ("value", "interval", "target")


def _places(value: float | None, unit: Unit) -> int:
    if unit is _PERCENT or value is None:
        return 1
    return 0 if float(value).is_integer() else decimals(value)


def _table(material: Material, name: str, table: pa.Table) -> Table:
    """The first rows of a table, as they are."""
    words = material.words
    flat = plain(table)
    columns = [
        Column(words.name("green_column", field.name), numeric=_is_number(field.type))
        for field in flat.schema
    ]
    rows = [
        [_cell(material, name, at, column, value) for column, value in row.items()]
        for at, row in enumerate(flat.slice(0, MOST_ROWS).to_pylist())
    ]
    note = Markup.escape(_says(words, name))
    if table.num_rows > MOST_ROWS:
        all_rows = material.shown.count("rows.all", f"green/{name}", table.num_rows)
        file = f"green/{name}.csv"
        note += Markup(" ") + words("page.cut", most=MOST_ROWS, rows=all_rows, file=file)
    return Table(f"green-{name}", title(words, name), columns, rows, note=note)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _cell(material: Material, name: str, at: int, column: str, value: Any) -> Cell:
    words = material.words
    if value is None:
        return Cell("–")
    if isinstance(value, bool):
        return Cell(words("page.yes" if value else "page.no"), str(value))
    if isinstance(value, int | float):
        places = 0 if isinstance(value, int) else decimals(value, 4)
        key = key_of(str(at), column)
        return Cell(material.shown.number(f"green.{name}", key, value, _ONE, places), value)
    if isinstance(value, dt.date):
        return Cell(value.isoformat(), value.isoformat())
    return Cell(sentence(words, str(value)), str(value))
