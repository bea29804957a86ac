"""The way from the baseline's packaging to the plan's: by part of the parcel, and by material."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packopt.report import charts
from packopt.report.answer import MAIN
from packopt.report.blocks import Block, Cell, Chart, Column, Paragraph, Section, Table
from packopt.report.figures import key_of
from packopt.report.numerals import Unit, decimals, numeral

if TYPE_CHECKING:
    from markupsafe import Markup

    from packopt.report.material import Material

#: The packages themselves are what is neither tape nor filler.
BODY: Final = "body"
PARTS: Final = (BODY, "tape_g", "fill_g")
MATERIALS: Final = ("board_g", "paper_g", "plastic_g", "other_g")
_SIDES: Final = ("baseline", "plan", "saved")


def breakdown(material: Material) -> Section:
    """Where on the way from baseline to plan the packaging is saved."""
    words = material.words
    blocks: list[Block] = []
    finding = words("breakdown.unknown_finding")
    if MAIN in material.totals:
        parts, materials = _parts(material), _materials(material)
        blocks += [_chart(material, "parts", parts)] if parts else []
        blocks += [_chart(material, "materials", materials)] if materials else []
        finding = _finding(material, parts or materials)
    if not blocks:
        blocks = [Paragraph(words("breakdown.unknown"))]
    return Section("breakdown", words("breakdown.name"), finding, blocks)


def _materials(material: Material) -> dict[str, dict[str, float]]:
    """Figures of each material; none where one of them is not known."""
    totals = material.totals
    if not all(name in totals for name in MATERIALS):
        return {}
    return {name: {side: totals[name][side] for side in _SIDES} for name in MATERIALS}


def _parts(material: Material) -> dict[str, dict[str, float]]:
    """Figures of packages, tape and filler; none where one of them is not known."""
    totals = material.totals
    if not all(name in totals for name in ("tape_g", "fill_g")):
        return {}
    rest = {
        side: totals[MAIN][side] - totals["tape_g"][side] - totals["fill_g"][side]
        for side in _SIDES
    }
    return {BODY: rest} | {
        name: {side: totals[name][side] for side in _SIDES} for name in PARTS[1:]
    }


def _finding(material: Material, parts: dict[str, dict[str, float]]) -> Markup:
    """Which part saves most, and how much of the whole that is."""
    words, shown, saved = material.words, material.shown, material.totals[MAIN]["saved"]
    if saved <= 0 or not parts:
        return words("breakdown.no_saving")
    best = max(parts, key=lambda name: parts[name]["saved"])
    amount = parts[best]["saved"]
    return words(
        "breakdown.finding",
        part=words(f"measure.{best}"),
        amount=shown.amount("part.saved", best, amount, "kg"),
        total=shown.amount("total.saved", MAIN, saved, "kg"),
    )


def _chart(material: Material, name: str, parts: dict[str, dict[str, float]]) -> Chart:
    words, shown, total = material.words, material.shown, material.totals[MAIN]
    most = max(total["baseline"], total["plan"])
    unit = shown.unit_of(MAIN, most)
    places = decimals(most / unit.per, 4)
    steps = [
        _step(words("column.baseline"), total["baseline"] / unit.per, places, total=True),
        *(
            _step(words(f"measure.{part}"), -figures["saved"] / unit.per, places)
            for part, figures in parts.items()
            if figures["baseline"] or figures["plan"]
        ),
        _step(words("column.plan"), total["plan"] / unit.per, places, total=True),
    ]
    figure, height = charts.waterfall(steps, str(shown.unit_name(unit)))
    label = words("breakdown.label", steps="; ".join(f"{one.name} {one.text}" for one in steps))
    title = words(f"breakdown.{name}")
    return Chart(name, title, label, figure, height, _table(material, name, parts, unit))


def _step(name: str, size: float, places: int, *, total: bool = False) -> charts.Step:
    text = numeral(size, places)
    sign = "+" if size > 0 and not total else ""
    return charts.Step(str(name), size, f"{sign}{text}", total)


def _table(material: Material, name: str, parts: dict[str, dict[str, float]], unit: Unit) -> Table:
    words, shown = material.words, material.shown
    shown_unit = shown.unit_name(unit)
    columns = [
        Column(words("column.part"), numeric=False),
        *(Column(words(f"column.{side}"), shown_unit) for side in _SIDES),
        Column(words("column.share_of_saved")),
    ]
    whole: dict[str, Any] = material.totals[MAIN]
    places = decimals(max(whole["baseline"], whole["plan"]) / unit.per, 4)
    rows = [
        [
            Cell(words(f"measure.{part}")),
            *(
                Cell(shown.number(f"part.{side}", part, figures[side], unit, places))
                for side in _SIDES
            ),
            Cell(
                shown.share(
                    "part.share",
                    key_of(name, part),
                    figures["saved"] / whole["saved"] if whole["saved"] else None,
                )
            ),
        ]
        for part, figures in parts.items()
    ]
    rows.append(
        [
            Cell(words(f"measure.{MAIN}")),
            *(
                Cell(shown.number(f"total.{side}", MAIN, whole[side], unit, places))
                for side in _SIDES
            ),
            Cell(""),
        ]
    )
    return Table(f"{name}-figures", words(f"breakdown.{name}"), columns, rows, sortable=False)
