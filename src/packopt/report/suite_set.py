"""The proposed set: how good it is, its types, and both sets drawn to one scale."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from packopt.report.blocks import Block, Cell, Column, Paragraph, Picture, Section, Table
from packopt.report.charts import AFTER, BEFORE, INK
from packopt.report.figures import key_of
from packopt.report.numerals import Unit, decimals, suitable

if TYPE_CHECKING:
    from packopt.report.material import Material

#: Of a unit of the objective, what the page counts in, and how many make one.
UNITS: Final = {"g": ("kg", 1e3), "mm3": ("m3", 1e9), "g CO2e": ("kg CO2e", 1e3)}
#: The same for one package.
_UNITS_OF_ONE: Final = {"g": ("g", 1.0), "mm3": ("L", 1e6), "g CO2e": ("g CO₂e", 1.0)}
SIDES: Final = ("length_mm", "width_mm", "height_mm")

_TALLEST: Final = 110.0  # pixels that the largest box takes
_GAP: Final = 14.0
_LINE: Final = 34.0
_WIDE: Final = 760.0


def amount(material: Material, measure: str, key: str, value: float) -> Markup:
    """A cost in the unit that the page counts in."""
    unit, per = unit_of(material)
    return material.shown.amount(measure, key, value / per, unit)


def unit_of(material: Material) -> tuple[str, float]:
    """What costs are counted in on the page, and how many units of the objective make one."""
    assert material.suite is not None  # noqa: S101  # told to the type checker
    return UNITS.get(str(material.suite.about["unit"]), ("money", 1.0))


def unit_name(material: Material) -> Markup:
    """What costs are counted in on the page, as it is written."""
    unit, _ = unit_of(material)
    return material.shown.unit_name(Unit(suitable(unit, 1.0).name))


def about(material: Material) -> dict[str, Any]:
    """What the suite says about itself."""
    assert material.suite is not None  # noqa: S101  # told to the type checker
    return material.suite.about


def rows_of(material: Material, name: str) -> list[dict[str, Any]]:
    """Rows of one of the suite's tables."""
    assert material.suite is not None  # noqa: S101  # told to the type checker
    return list(material.suite.tables[name].to_pylist())


def under(material: Material, use: str) -> Markup:
    """The settings under which a sentence about sets holds, in brackets; nothing where all may be.

    Parameters
    ----------
    use
        What is said of the least use: ``least_use``, that it holds, or ``left_use``, that the
        sentence leaves it aside.
    """
    words, shown, wanted = material.words, material.shown, about(material)["wanted"]
    parts = []
    if wanted["changes"] is not None:
        n = shown.count("suite.changes", "", wanted["changes"])
        parts.append(words("suite.under_changes", n=n))
    if wanted["keep"]:
        kept = [Markup.escape(one) for one in wanted["keep"]]
        parts.append(words("suite.under_keep", types=words.listed(kept)))
    if wanted["only_new"]:
        parts.append(words("suite.under_only_new"))
    if wanted["forbid"]:
        left = [Markup.escape(one) for one in wanted["forbid"]]
        parts.append(words("suite.under_forbid", types=words.listed(left)))
    if wanted["least_use"]:
        n = shown.count("suite.least_use", "", wanted["least_use"])
        parts.append(words(f"suite.under_{use}", n=n))
    if not parts:
        return Markup()
    return words("suite.under", parts=words("page.semicolon").join(parts))


def how_good(material: Material) -> Section:
    """The section that says how far the set may be from the best possible."""
    words, shown = material.words, material.shown
    fit = about(material)["fit"]
    types = [row for row in rows_of(material, "suite_types") if row["set"] == "proposed"]
    number = shown.counted("suite.types", "proposed", len(types), "package")
    packed = fit["recommended"]
    if packed["below_bound"]:
        finding = words("suite.finding_apart", types=number)
    else:
        within = shown.share("suite.within", "", fit["within"], places=2)
        finding = words("suite.finding", types=number, within=within)
    told = words(
        "suite.bounds",
        contents=shown.count("suite.contents", "", fit["contents"]),
        distinct=shown.count("suite.distinct", "", fit["distinct"]),
        candidates=shown.count("suite.candidates", "", fit["candidates"]),
        cost=amount(material, "suite.cost", "", fit["cost"]),
        bound=amount(material, "suite.bound", "", fit["bound"]),
        under=under(material, "left_use"),
    )
    blocks: list[Block] = [Paragraph(told)]
    if packed["below_bound"]:
        apart = shown.count("suite.apart", "", packed["apart"]["contents"])
        blocks.append(Paragraph(words("suite.bounds_apart", apart=apart)))
    elif "carton" in about(material)["wanted"]["kinds"]:
        grid = shown.share("suite.within_of_grid", "", fit["within_of_grid"], places=2)
        blocks.append(Paragraph(words("suite.bounds_grid", grid=grid)))
    parted = about(material)["split"]
    periods = words(
        f"suite.split_{parted['by']}",
        fit=shown.counted("suite.fit_orders", "", parted["fit"], "order"),
        holdout=shown.counted("suite.holdout_orders", "", parted["holdout"], "order"),
        since="" if parted["since"] is None else words.day(parted["since"]),
    )
    blocks.append(Paragraph(periods))
    return Section("how-good", words("suite.name"), finding, blocks)


def chosen(material: Material) -> Section:
    """The section with the types of the proposed set and of today's."""
    words = material.words
    blocks = [_types(material, one) for one in ("proposed", "today")]
    return Section("types", words("suite.types_name"), words("suite.types_heading"), blocks)


def _types(material: Material, which: str) -> Table:
    words, shown = material.words, material.shown
    rows = [row for row in rows_of(material, "suite_types") if row["set"] == which]
    unit, per = _UNITS_OF_ONE.get(
        str(about(material)["unit"]), (str(material.about.get("currency") or ""), 1.0)
    )
    most = max((row["cost"] / per for row in rows), default=1.0)
    columns = [
        Column(words("column.package"), numeric=False),
        Column(words("suite.kind"), numeric=False),
        *(Column(words(f"suite.{side}"), "mm") for side in SIDES),
        Column(words("suite.each"), unit),
        Column(words("suite.fit_parcels"), words("unit.parcels")),
        Column(words("suite.holdout_parcels"), words("unit.parcels")),
    ]
    if which == "proposed":
        columns.append(Column(words("suite.again"), "%"))
    cells = []
    for row in rows:
        key = key_of(which, row["package_id"])
        line = [Cell(row["package_id"], row["package_id"])]
        line.append(Cell(words.name("kind", row["kind"]), row["kind"]))
        line += [
            Cell(shown.count(f"suite.type_{side}", key, row[side]), row[side]) for side in SIDES
        ]
        each = shown.number("suite.type_cost", key, row["cost"], Unit(unit, per), decimals(most, 4))
        line.append(Cell(each, row["cost"]))
        for name in ("fit_parcels", "holdout_parcels"):
            value = row[name]
            text = "–" if value is None else shown.count(f"suite.type_{name}", key, value)
            line.append(Cell(text, value))
        if which == "proposed":
            again = shown.number("suite.type_again", key, row["again"], Unit("%", 1e-2), 0)
            line.append(Cell(again, row["again"]))
        cells.append(line)
    return Table(f"types-{which}", words(f"suite.types_{which}"), columns, cells)


def both_sets(material: Material) -> Section:
    """The section with both sets, drawn to one scale."""
    words = material.words
    rows = rows_of(material, "suite_types")
    largest = max(_extent(row) for row in rows)
    blocks = [
        Picture(
            f"drawn-{which}",
            words(f"suite.types_{which}"),
            words("suite.drawn_label"),
            draw([row for row in rows if row["set"] == which], _TALLEST / largest, colour),
        )
        for which, colour in (("today", BEFORE), ("proposed", AFTER))
    ]
    return Section("drawn", words("suite.drawn_name"), words("suite.drawn_heading"), blocks)


def _extent(row: dict[str, Any]) -> float:
    """Height of a drawn box in mm: that of its front, and the depth that goes up behind it."""
    return float(row["height_mm"] + 0.35 * row["width_mm"])


def draw(rows: list[dict[str, Any]], scale: float, colour: str) -> Markup:
    """Boxes as SVG, the smallest first, in as many lines as they take.

    Parameters
    ----------
    rows
        Package types with their sides and names.
    scale
        Pixels of one mm.
    colour
        Of the boxes.
    """
    ranked = sorted(rows, key=lambda row: row["length_mm"] * row["width_mm"] * row["height_mm"])
    parts, y = [], 0.0
    for line in _lines(ranked, scale):
        base = y + max(_extent(row) for _, row in line) * scale
        for x, row in line:
            front, tall = row["length_mm"] * scale, row["height_mm"] * scale
            deep = 0.35 * row["width_mm"] * scale
            parts.append(_box(x, base, front, tall, deep, colour, str(row["package_id"])))
        y = base + _LINE
    size = f'viewBox="0 0 {_WIDE:.0f} {y:.0f}" width="100%"'
    return Markup(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>')  # noqa: S704  (names are escaped)


def _lines(rows: list[dict[str, Any]], scale: float) -> list[list[tuple[float, dict[str, Any]]]]:
    """Boxes in lines no wider than the picture, each with where it begins."""
    lines: list[list[tuple[float, dict[str, Any]]]] = []
    x = _WIDE + 1
    for row in rows:
        width = (row["length_mm"] + 0.35 * row["width_mm"]) * scale
        room = max(width, 7.0 * len(row["package_id"]))
        if x + room > _WIDE:
            x = 0.0
            lines.append([])
        lines[-1].append((x, row))
        x += room + _GAP
    return lines


def _box(
    x: float, base: float, front: float, tall: float, deep: float, colour: str, name: str
) -> str:
    """One box: its front, its top and its right side, and its name below."""
    top = base - tall
    faces = (
        (((x, base), (x + front, base), (x + front, top), (x, top)), 0.55),
        (((x, top), (x + front, top), (x + front + deep, top - deep), (x + deep, top - deep)), 0.3),
        (
            (
                (x + front, base), (x + front, top), (x + front + deep, top - deep),
                (x + front + deep, base - deep),
            ),
            0.8,
        ),
    )  # fmt: skip
    drawn = [
        f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" fill="{colour}" '
        f'fill-opacity="{shade}" stroke="{INK}" stroke-width="0.7"/>'
        for points, shade in faces
    ]
    text = (
        f'<text x="{x:.1f}" y="{base + 14:.1f}" font-size="11" fill="{INK}">{escape(name)}</text>'
    )
    return "".join(drawn) + text
