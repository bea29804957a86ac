"""Which packages are used before and after, and which take the place of which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packopt.report import charts
from packopt.report.answer import MAIN
from packopt.report.blocks import Block, Cell, Chart, Column, Heading, Section, Table
from packopt.report.figures import key_of
from packopt.report.material import by_key
from packopt.report.numerals import Unit, decimals

if TYPE_CHECKING:
    from markupsafe import Markup

    from packopt.report.material import Material

MOST_BARS: Final = 15
MOST_ROWS: Final = 60
MOST_SWAPS: Final = 15


def packages(material: Material) -> Section:
    """The section: usage before and after, then the swaps that save most."""
    words, shown = material.words, material.shown
    rows = _rows(material)
    used = {side: sum(1 for row in rows if row[f"{side}_parcels"]) for side in ("baseline", "plan")}
    blocks: list[Block] = [_chart(material, rows)] if rows else []
    swaps = _swaps(material)
    if swaps:
        blocks += [Heading(words("swaps.heading")), _swap_table(material, swaps)]
    finding = words(
        "packages.finding",
        before=shown.counted("packages.used", "baseline", used["baseline"], "package"),
        after=shown.count("packages.used", "plan", used["plan"]),
    )
    return Section("packages", words("packages.name"), finding, blocks)


def _rows(material: Material) -> list[dict[str, Any]]:
    """One row for each package, most used first, with its mass where that is known."""
    rows = []
    for package, measures in by_key(material.savings.by_package, "package_id").items():
        some = measures.get(MAIN) or next(iter(measures.values()))
        rows.append(
            {
                "package_id": package,
                "baseline_parcels": some["baseline_parcels"],
                "plan_parcels": some["plan_parcels"],
                "mass": measures.get(MAIN),
            }
        )
    rows.sort(key=lambda row: (-row["baseline_parcels"] - row["plan_parcels"], row["package_id"]))
    return rows


def _chart(material: Material, rows: list[dict[str, Any]]) -> Chart:
    words = material.words
    most = rows[:MOST_BARS]
    called = (str(words("column.baseline")), str(words("column.plan")))
    figure, height = charts.pairs(
        [row["package_id"] for row in most],
        [row["baseline_parcels"] for row in most],
        [row["plan_parcels"] for row in most],
        str(words("unit.parcels")),
        called,
    )
    label = words("packages.label", packages=len(most))
    return Chart("usage", words("packages.title"), label, figure, height, _table(material, rows))


def _table(material: Material, rows: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    largest = max(
        (max(row["mass"]["baseline"], row["mass"]["plan"]) for row in rows if row["mass"]),
        default=0.0,
    )
    unit = shown.unit_of(MAIN, largest)
    places = decimals(largest / unit.per, 4)
    parcels, mass = words("unit.parcels"), shown.unit_name(unit)
    columns = [
        Column(words("column.package"), numeric=False),
        Column(words("column.baseline"), parcels),
        Column(words("column.plan"), parcels),
        Column(words("column.change"), parcels),
        Column(words("column.packaging_before"), mass),
        Column(words("column.packaging_after"), mass),
        Column(words("column.saved"), mass),
    ]
    cells = [_row(material, row, unit, places) for row in rows[:MOST_ROWS]]
    note = _cut(material, len(rows), MOST_ROWS, "packages", "savings_by_package")
    return Table("usage-figures", words("packages.title"), columns, cells, note=note)


def _row(material: Material, row: dict[str, Any], unit: Unit, places: int) -> list[Cell]:
    shown, package = material.shown, row["package_id"]
    before, after = row["baseline_parcels"], row["plan_parcels"]
    cells = [
        Cell(package, package),
        Cell(shown.count("package.baseline_parcels", package, before), before),
        Cell(shown.count("package.plan_parcels", package, after), after),
        Cell(shown.count("package.change", package, after - before), after - before),
    ]
    for side in ("baseline", "plan", "saved"):
        value = row["mass"][side] if row["mass"] else None
        element = shown.number(f"package.{side}", key_of(package, MAIN), value, unit, places)
        cells.append(Cell(element, value))
    return cells


def _cut(material: Material, rows: int, most: int, key: str, table: str) -> Markup | str:
    """Says that a table was cut, and where the rest is."""
    if rows <= most:
        return ""
    shown = material.shown.count("rows.all", key, rows)
    return material.words("page.cut", most=most, rows=shown, file=f"{table}.parquet")


def _swaps(material: Material) -> list[dict[str, Any]]:
    """Pairs of one package and another in its place, by what that saves."""
    rows: list[dict[str, Any]] = material.swaps.to_pylist()
    rows.sort(key=lambda row: (-row["saved_g"], row["baseline_package"], row["plan_package"]))
    return [row for row in rows if row["saved_g"] > 0][:MOST_SWAPS]


def _swap_table(material: Material, swaps: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    most = swaps[0]["saved_g"] / 1e3
    unit = shown.unit_of(MAIN, most)
    places = decimals(most / unit.per, 4)
    columns = [
        Column(words("column.instead_of"), numeric=False),
        Column(words("column.now"), numeric=False),
        Column(words("column.orders")),
        Column(words("column.saved"), shown.unit_name(unit)),
        Column(words("column.saved_each"), "g"),
    ]
    rows = []
    for row in swaps:
        before, after = row["baseline_package"], row["plan_package"]
        key, count, saved = key_of(before, after), row["orders"], row["saved_g"] / 1e3
        each = row["saved_g"] / count
        rows.append(
            [
                Cell(before, before),
                Cell(after, after),
                Cell(shown.count("swap.orders", key, count), count),
                Cell(shown.number("swap.saved", key, saved, unit, places), saved, saved / most),
                Cell(shown.number("swap.each", key, each, Unit("g"), 1), each),
            ]
        )
    return Table("swaps", words("swaps.caption"), columns, rows)
