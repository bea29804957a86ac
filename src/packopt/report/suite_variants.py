"""What else was thought of: more types or fewer, one change, another history; and the method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packopt.report import charts
from packopt.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Heading,
    Paragraph,
    Section,
    Table,
)
from packopt.report.charts import AFTER, BEFORE
from packopt.report.figures import key_of
from packopt.report.numerals import Unit, decimals
from packopt.report.sentences import sentence
from packopt.report.suite_set import about, rows_of, under, unit_name, unit_of

if TYPE_CHECKING:
    from packopt.report.material import Material

_HEIGHT: Final = 340
_METHOD: Final = ("frontier", "thinned", "choice", "bound", "holdout", "draws")


def curve(material: Material) -> Section | None:
    """The section on the number of types; None where no number holds everything."""
    words, shown = material.words, material.shown
    rows = rows_of(material, "suite_curve")
    if not rows:
        return None
    per = unit_of(material)[1]
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [row["sizes"] for row in rows],
            "y": [row[name] / per for row in rows],
            "name": str(words(f"suite.{name}")),
            "line": {"color": colour, "dash": dash},
        }
        for name, colour, dash in (("cost", AFTER, "solid"), ("bound", BEFORE, "dot"))
    ]
    layout = charts.layout(
        xaxis=charts.axis(title={"text": str(words("suite.sizes"))}),
        yaxis=charts.axis(title={"text": str(unit_name(material))}, rangemode="tozero"),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.12},
    )
    title = words("suite.curve_title")
    chart = Chart(
        "curve-chart", title, words("suite.curve_label"), {"data": traces, "layout": layout},
        _HEIGHT, _curve_table(material, rows),
    )  # fmt: skip
    wanted = about(material)["wanted"]["sizes"]
    row = next(one for one in rows if one["sizes"] == wanted)
    sizes = shown.count("suite.curve_sizes", str(wanted), wanted)
    share = shown.share("suite.curve_saved_share", str(wanted), row["saved_share"])
    finding = words("suite.curve_finding", sizes=sizes, share=share)
    how = words("suite.curve_how", sizes=sizes, under=under(material, "least_use"))
    return Section("curve", words("suite.curve_name"), finding, [Paragraph(how), chart])


def _curve_table(material: Material, rows: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    unit, per = unit_of(material)
    name = unit_name(material)
    columns = [
        Column(words("suite.sizes")),
        Column(words("suite.cost"), name),
        Column(words("suite.bound"), name),
        Column(words("suite.within"), "%"),
        Column(words("suite.saved_share"), "%"),
        Column(words("suite.holdout_saved_share"), "%"),
    ]
    places = decimals(max(row["cost"] for row in rows) / per, 4)
    cells = []
    for row in rows:
        key = str(row["sizes"])
        line = [Cell(shown.count("suite.curve_sizes", key, row["sizes"]), row["sizes"])]
        for field in ("cost", "bound"):
            value = row[field] / per
            text = shown.number(f"suite.curve_{field}", key, value, Unit(unit, 1.0), places)
            line.append(Cell(text, value))
        for field in ("within", "saved_share", "holdout_saved_share"):
            value = row[field]
            text = shown.number(f"suite.curve_{field}", key, value, Unit("%", 1e-2), 1)
            line.append(Cell(text, value))
        cells.append(line)
    return Table("curve-figures", words("suite.curve_title"), columns, cells)


def changes(material: Material) -> Section:
    """The section on one change: of the set in use first, then of the proposed one."""
    words = material.words
    rows = rows_of(material, "suite_moves")
    blocks: list[Block] = [Paragraph(words("suite.changes_how"))]
    for which in ("today", "proposed"):
        blocks.append(Heading(words(f"suite.types_{which}")))
        for change in ("add", "drop", "swap"):
            some = [row for row in rows if row["set"] == which and row["change"] == change]
            if some:
                blocks.append(_changes(material, which, change, some))
    return Section("changes", words("suite.changes_name"), words("suite.changes_heading"), blocks)


def _changes(material: Material, which: str, change: str, rows: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    unit, per = unit_of(material)
    columns = [
        Column(words("suite.leaves"), numeric=False),
        Column(words("suite.comes"), numeric=False),
        Column(words("suite.saved"), unit_name(material)),
        Column(words("suite.saved_of_set"), "%"),
    ]
    places = decimals(max(abs(row["saved"]) for row in rows) / per, 3)
    cells = []
    for row in rows:
        key = key_of(which, change, row["leaves"] or "", row["comes"] or "")
        saved = row["saved"] / per
        cells.append(
            [
                Cell(row["leaves"] or "–", row["leaves"]),
                Cell(row["comes"] or "–", row["comes"]),
                Cell(shown.number("suite.move_saved", key, saved, Unit(unit, 1.0), places), saved),
                Cell(
                    shown.number(
                        "suite.move_saved_share", key, row["saved_share"], Unit("%", 1e-2), 2
                    ),
                    row["saved_share"],
                ),
            ]
        )
    return Table(f"{change}-{which}", words(f"suite.{change}"), columns, cells)


def steadiness(material: Material) -> Section | None:
    """The section on resampled histories; None where none were drawn."""
    words, shown = material.words, material.shown
    regret = [row["regret"] for row in rows_of(material, "suite_draws")]
    if not regret:
        return None
    finding = words(
        "suite.steady_finding",
        draws=shown.count("suite.draws", "", len(regret)),
        worst=shown.share("suite.worst_regret", "", max(regret), places=2),
    )
    text = words(
        "suite.steady_text",
        mean=shown.share("suite.mean_regret", "", sum(regret) / len(regret), places=2),
    )
    return Section("steady", words("suite.steady_name"), finding, [Paragraph(text)])


def suite_method(material: Material) -> Section:
    """The section on how the set was found, with its sources."""
    words = material.words
    items = [words(f"suite.how_{one}") for one in _METHOD]
    if set(about(material)["wanted"]["kinds"]) != {"carton"}:
        items.insert(2, words("suite.how_kinds"))
    notes = [sentence(words, note) for note in about(material)["notes"]]
    blocks: list[Block] = [Bullets(items)]
    if notes:
        blocks += [Heading(words("suite.notes")), Bullets(notes)]
    return Section(
        "suite-method", words("suite.method_name"), words("suite.method_heading"), blocks
    )
