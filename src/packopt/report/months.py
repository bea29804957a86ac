"""The savings by month, where the orders are dated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt.report import charts
from packopt.report.answer import MAIN
from packopt.report.blocks import Cell, Chart, Column, Section, Table
from packopt.report.material import by_key
from packopt.report.numerals import decimals

if TYPE_CHECKING:
    from markupsafe import Markup

    from packopt.report.material import Material

_HEIGHT = 340
_SIDES = ("baseline", "plan", "saved")


def months(material: Material) -> Section | None:
    """The section, or None where no order is dated."""
    words = material.words
    rows = {
        period: measures[MAIN]
        for period, measures in sorted(by_key(material.savings.by_period, "period").items())
        if MAIN in measures
    }
    if not rows:
        return None
    unit = material.shown.unit_of(MAIN, max(row["baseline"] for row in rows.values()))
    called = (str(words("column.baseline")), str(words("column.plan")))
    before, after = ([row[side] / unit.per for row in rows.values()] for side in _SIDES[:2])
    name = str(material.shown.unit_name(unit))
    figure = charts.months(list(rows), before, after, name, called)
    label = words("months.label", months=len(rows))
    table = _table(material, rows)
    chart = Chart("months", words("months.title", unit=name), label, figure, _HEIGHT, table)
    return Section("by-month", words("months.name"), _finding(material, rows), [chart])


def _finding(material: Material, rows: dict[str, dict[str, Any]]) -> Markup:
    """The least and the greatest share that a month saves."""
    shares = {
        period: row["saved_share"] for period, row in rows.items() if row["saved_share"] is not None
    }
    if len(shares) < 2:
        return material.words("months.finding_one")
    least, most = min(shares, key=lambda one: shares[one]), max(shares, key=lambda one: shares[one])
    shown = material.shown
    return material.words(
        "months.finding",
        least=shown.share("period.saved_share", least, shares[least]),
        least_month=least,
        most=shown.share("period.saved_share", most, shares[most]),
        most_month=most,
    )


def _table(material: Material, rows: dict[str, dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    largest = max(row["baseline"] for row in rows.values())
    unit = shown.unit_of(MAIN, largest)
    places = decimals(largest / unit.per, 4)
    columns = [
        Column(words("column.month"), numeric=False),
        Column(words("column.orders")),
        *(Column(words(f"column.{side}"), shown.unit_name(unit)) for side in _SIDES),
        Column(words("column.saved_share")),
    ]
    cells = [
        [
            Cell(period, period),
            Cell(shown.count("period.orders", period, row["orders"]), row["orders"]),
            *(
                Cell(shown.number(f"period.{side}", period, row[side], unit, places), row[side])
                for side in _SIDES
            ),
            Cell(shown.share("period.saved_share", period, row["saved_share"]), row["saved_share"]),
        ]
        for period, row in rows.items()
    ]
    return Table("months-figures", words("months.caption"), columns, cells)
