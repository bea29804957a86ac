"""The answer: what is saved in four big numbers, and then everything that was counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from packopt.report.blocks import Block, Card, Cards, Cell, Column, Paragraph, Section, Table
from packopt.savings.tables import MEASURES

if TYPE_CHECKING:
    from packopt.report.material import Material

BIG: Final = ("packaging_g", "board_m2", "money", "co2e_g")
MAIN: Final = "packaging_g"
#: Mass comes first, and mailers are light: what law wants less of must not grow unseen.
PLASTIC: Final = "plastic_g"
_SIDES: Final = ("baseline", "plan")


def headline(material: Material) -> Markup:
    """The title of the page: how much less, or more, and than what."""
    words, row = material.words, material.totals.get(MAIN)
    baseline = baseline_name(material)
    if row is None:
        return words("answer.title_unknown", baseline=baseline)
    share = material.shown.share("total.saved_share", MAIN, row["saved_share"], size=True)
    return words(f"answer.title_{tone(row['saved'])}", share=share, baseline=baseline)


def baseline_kind(material: Material) -> tuple[str, str]:
    """Which kind of baseline it is, and what tells it from others of its kind."""
    name = str(material.about["baseline"])
    volume = re.fullmatch(r"volume-(\d+)", name)
    if volume:
        return "volume", volume[1]
    if f"baseline.{name}" in material.words:
        return name, ""
    kind, _, argument = name.partition(": ")
    return (kind, argument) if f"baseline.{kind}" in material.words else ("other", name)


def baseline_name(material: Material) -> Markup:
    """What the baseline is called inside a sentence."""
    if material.suite is not None:
        return material.words("suite.baseline")
    kind, argument = baseline_kind(material)
    return material.words(f"baseline.{kind}", name=argument)


def compared(material: Material) -> Markup:
    """One plain sentence: what was compared, over which time, for how many orders."""
    words, shown = material.words, material.shown
    orders = shown.counted("orders.counted", "", material.n_counted, "order")
    days = _days(material)
    when = words("answer.period", start=days[0], end=days[1]) if days else Markup()
    sentence = words(
        "answer.compared", orders=orders, period=when, baseline=baseline_name(material)
    )
    row = material.totals.get(MAIN)
    if row is None or material.n_counted == 0:
        return sentence
    return sentence + words(
        "answer.from_to",
        baseline=shown.amount("total.baseline", MAIN, row["baseline"], row["unit"]),
        plan=shown.amount("total.plan", MAIN, row["plan"], row["unit"]),
    )


def caution(material: Material) -> Markup:
    """A line for the head of the page where less packaging is more plastic; else nothing."""
    row = material.totals.get(PLASTIC)
    if row is None or row["saved"] >= 0:
        return Markup()
    words, shown = material.words, material.shown
    plan = shown.amount("total.plan", PLASTIC, row["plan"], row["unit"])
    if row["saved_share"] is None:
        return words("answer.first_plastic", plan=plan)
    return words(
        "answer.more_plastic",
        baseline=shown.amount("total.baseline", PLASTIC, row["baseline"], row["unit"]),
        plan=plan,
        amount=shown.amount("total.saved", PLASTIC, row["saved"], row["unit"], size=True),
        share=shown.share("total.saved_share", PLASTIC, row["saved_share"], size=True),
    )


def period_of(material: Material) -> Markup:
    """The days the orders are from, or nothing where they are not dated."""
    days = _days(material)
    return material.words("page.period", start=days[0], end=days[1]) if days else Markup()


def _days(material: Material) -> list[Markup]:
    period = material.about.get("period") or {}
    ends = [period.get("from"), period.get("to")]
    return [material.words.day(str(end)) for end in ends] if all(ends) else []


def left_out(material: Material) -> Markup:
    """How many orders do not count."""
    words, shown = material.words, material.shown
    dropped = material.savings.dropped.to_pylist()
    missing = sum(row["orders"] for row in dropped)
    if not missing:
        return words("answer.all_count")
    return words(
        "answer.left_out", orders=shown.counted("orders.dropped", "", missing, "order_other")
    )


def answer(material: Material) -> Section:
    """The first section of the page."""
    words = material.words
    blocks: list[Block] = [
        Cards([_card(material, measure) for measure in BIG]),
        Paragraph(words("answer.interval", confidence=_confidence(material)), quiet=True),
        *_worse(material),
        everything(material),
    ]
    return Section("answer", words("answer.name"), words("answer.heading"), blocks)


def _worse(material: Material) -> list[Block]:
    """What the plan uses more of, said as plainly as what it saves."""
    words, shown = material.words, material.shown
    more = [
        words(
            "answer.more_of",
            measure=words.within(f"measure.{one.name}"),
            amount=shown.amount("total.saved", one.name, row["saved"], one.unit, size=True),
            share=shown.share("total.saved_share", one.name, row["saved_share"], size=True),
        )
        for one in MEASURES
        if (row := material.totals.get(one.name)) and row["saved"] < 0
    ]
    return [Paragraph(words("answer.more", list=words.listed(more)))] if more else []


def _confidence(material: Material) -> Markup:
    share = material.about["bootstrap"]["confidence"]
    return material.shown.share("about.confidence", "", share, places=0)


def _card(material: Material, measure: str) -> Card:
    words, row = material.words, material.totals.get(measure)
    title = words(f"card.{measure}")
    if row is None or row["orders"] == 0:
        reason = words(f"unknown.{_why_unknown(material, measure)}")
        return Card(title, Markup("–"), "", reason, "", "", "", "unknown")
    shown = material.shown
    unit = shown.unit_of(measure, max(abs(row["baseline"]), abs(row["plan"])))
    ends = (row["saved"], row["saved_low"], row["saved_high"])
    number, span = shown.interval("total.saved", measure, ends, unit)
    return Card(
        title=title,
        number=number,
        unit=shown.unit_name(unit),
        interval=words("card.interval", span=span, unit=shown.unit_name(unit)),
        share=_share(material, row),
        change=words(
            "card.change",
            baseline=shown.amount("total.baseline", measure, row["baseline"], row["unit"]),
            plan=shown.amount("total.plan", measure, row["plan"], row["unit"]),
        ),
        each=_each(material, measure, row),
        tone=tone(row["saved"]),
    )


def _why_unknown(material: Material, measure: str) -> str:
    unasked = measure == "co2e_g" and not material.about["terms"]["factors"]
    return "no_factors" if unasked else measure


def _share(material: Material, row: dict[str, Any]) -> Markup:
    if row["saved_share"] is None:
        return Markup()
    measure, shown = row["measure"], material.shown
    share = shown.share("total.saved_share", measure, row["saved_share"])
    if row["share_low"] is None:
        return share
    span = shown.share_interval("total.share", measure, row["share_low"], row["share_high"])
    return material.words("card.share", share=share, span=span)


def _each(material: Material, measure: str, row: dict[str, Any]) -> Markup:
    """What is saved per order."""
    if row["per_order"] is None:
        return Markup()
    shown = material.shown
    unit = shown.unit_of(measure, row["per_order"], own=True)
    ends = (row["per_order"], row["per_order_low"], row["per_order_high"])
    number, span = shown.interval("total.per_order", measure, ends, unit)
    return material.words("card.each", number=number, span=span, unit=shown.unit_name(unit))


def tone(saved: float) -> str:
    """Whether a saving is one: less, more or same."""
    return "same" if saved == 0 else "less" if saved > 0 else "more"


def everything(material: Material) -> Table:
    """All measures that are known, one row each."""
    words = material.words
    columns = [
        Column(words("column.measure"), numeric=False),
        Column(words("column.unit"), numeric=False),
        Column(words("column.baseline")),
        Column(words("column.plan")),
        Column(words("column.saved")),
        Column(words("column.interval")),
        Column(words("column.saved_share")),
        Column(words("column.orders_saving")),
        Column(words("column.orders_losing")),
    ]
    known = [one.name for one in MEASURES if one.name in material.totals]
    used = [one for one in known if any(material.totals[one][side] for side in _SIDES)]
    rows = [_row(material, one) for one in used]
    unknown = [
        words.within(f"measure.{one.name}") for one in MEASURES if one.name not in material.totals
    ]
    note = words("answer.unknown", measures=words.listed(unknown)) if unknown else Markup()
    return Table("everything", words("answer.everything"), columns, rows, note=note, sortable=False)


def _row(material: Material, measure: str) -> list[Cell]:
    shown, row = material.shown, material.totals[measure]
    unit = shown.unit_of(measure, max(abs(row["baseline"]), abs(row["plan"])))
    ends = (row["saved"], row["saved_low"], row["saved_high"])
    number, span = shown.interval("total.saved", measure, ends, unit)
    return [
        Cell(material.words(f"measure.{measure}")),
        Cell(shown.unit_name(unit)),
        Cell(shown.number("total.baseline", measure, row["baseline"], unit)),
        Cell(shown.number("total.plan", measure, row["plan"], unit)),
        Cell(number),
        Cell(span),
        Cell(shown.share("total.saved_share", measure, row["saved_share"])),
        Cell(shown.count("total.orders_saving", measure, row["orders_saving"])),
        Cell(shown.count("total.orders_losing", measure, row["orders_losing"])),
    ]
