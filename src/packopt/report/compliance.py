"""What rules say of the plan's parcels and of the baseline's: outcomes by rule, and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from packopt.report.blocks import Block, Cell, Column, Heading, Paragraph, Section, Table
from packopt.report.figures import key_of
from packopt.report.sentences import sentence
from packopt.rules.counting import count_words
from packopt.rules.outcomes import RESULTS, summarise

if TYPE_CHECKING:
    from packopt.report.material import Material
    from packopt.rules import Judgement

MOST_REASONS: Final = 40
_WOULD: Final = ("PASS", "FAIL")
#: Whose parcels a table is about: what ends its names.
_AFTER, _BEFORE = "", "_before"
_TOGETHER: Final = Markup('<span class="together">{}</span>')


def compliance(material: Material) -> Section | None:
    """The section, or None where no rules were evaluated."""
    after = material.compliance
    counted = material.rules_summary
    if after is None or counted is None or not after.rows:
        return None
    words = material.words
    summary = counted.to_pylist()
    blocks: list[Block] = [
        _table(material, _AFTER, summary, _would_be(after)),
        Paragraph(words("rules.meaning"), quiet=True),
    ]
    before = material.compliance_before
    if before is not None and before.rows:
        rows = summarise(before.cases).to_pylist()
        blocks.append(_table(material, _BEFORE, rows, _would_be(before)))
    reasons = [row for row in summary if row["reason"]]
    if reasons:
        blocks += [Heading(words("rules.reasons_heading")), _reasons(material, reasons)]
    return Section("rules", words("rules.name"), _finding(material, summary), blocks)


def _finding(material: Material, summary: list[dict[str, Any]]) -> Markup:
    """How many rules are broken somewhere, of those that say anything about these parcels."""
    said = {row["rule_id"] for row in summary if row["outcome"] in {"PASS", "FAIL"}}
    broken = {row["rule_id"] for row in summary if row["outcome"] == "FAIL"}
    if not said:
        return material.words("rules.finding_none")
    shown = material.shown
    return material.words(
        "rules.finding" if broken else "rules.finding_kept",
        broken=shown.count("rules.broken", "", len(broken)),
        said=shown.counted("rules.said", "", len(said), "rule"),
    )


def _would_be(judged: Judgement) -> dict[tuple[str, str], int]:
    """How often a rule's number would pass and fail by itself, whether it binds or not."""
    counts = count_words(judged.cases, ["rule_id", "would_be"], "rows")
    return {(str(rule), str(one)): rows for (rule, one), rows in counts.items()}


def _table(
    material: Material,
    side: str,
    summary: list[dict[str, Any]],
    would_be: dict[tuple[str, str], int],
) -> Table:
    """A row for each rule, a column for each outcome that there is."""
    words = material.words
    outcomes = [one for one in RESULTS if any(row["outcome"] == one for row in summary)]
    rules: dict[str, list[dict[str, Any]]] = {}
    for row in summary:
        rules.setdefault(row["rule_id"], []).append(row)
    columns = [
        Column(words("column.rule"), numeric=False),
        *(Column(outcome_name(material, one)) for one in outcomes),
        *(Column(words(f"rules.would_{one}")) for one in _WOULD),
    ]
    cells = []
    for rule, rows in rules.items():
        total = sum(row["rows"] for row in rows)
        counts = {
            one: sum(row["rows"] for row in rows if row["outcome"] == one) for one in outcomes
        }
        would = {one: would_be.get((rule, one), 0) for one in _WOULD}
        cells.append(
            [
                Cell(rule_name(material, rows[0]), rule),
                *_counts(material, f"rule.outcome{side}", rule, counts, total),
                *_counts(material, f"rule.would_be{side}", rule, would, total),
            ]
        )
    return Table(f"outcomes{side}", words(f"rules.caption{side}"), columns, cells, wordy=True)


def _counts(
    material: Material, measure: str, rule: str, counts: dict[str, int], total: int
) -> list[Cell]:
    return [
        Cell(_count(material, measure, key_of(rule, one), count, total), count)
        for one, count in counts.items()
    ]


def _count(material: Material, measure: str, key: str, count: int, total: int) -> Markup:
    """A count, and below it its share of all; a dash for none."""
    if not count:
        return Markup("–")
    shown = material.shown
    share = shown.share(f"{measure}_share", key, count / total)
    return Markup("{}<br><small>{}</small>").format(shown.count(measure, key, count), share)


def rule_name(material: Material, row: dict[str, Any]) -> Markup:
    """What a rule asks for, its id, the version of its pack, and how its text was read."""
    rule = row["rule_id"]
    signs = material.words("rules.signs", rule=rule, version=row["version"], read=row["confidence"])
    if f"rule.{rule}" not in material.words:
        return signs
    return Markup("{}<br><small>{}</small>").format(material.words(f"rule.{rule}"), signs)


def outcome_name(material: Material, outcome: str) -> Markup:
    """What an outcome is called."""
    return material.words(f"outcome.{outcome}")


def _reasons(material: Material, reasons: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    columns = [
        Column(words("column.rule"), numeric=False),
        Column(words("column.outcome"), numeric=False),
        Column(words("column.reason"), numeric=False),
        Column(words("column.count")),
    ]
    most = sorted(reasons, key=lambda row: -row["rows"])[:MOST_REASONS]
    cells = [
        [
            Cell(row["rule_id"], row["rule_id"]),
            Cell(_TOGETHER.format(outcome_name(material, row["outcome"])), row["outcome"]),
            Cell(sentence(material.words, row["reason"]), row["reason"]),
            Cell(
                shown.count(
                    "rule.reason",
                    key_of(row["rule_id"], row["outcome"], row["reason"]),
                    row["rows"],
                ),
                row["rows"],
            ),
        ]
        for row in most
    ]
    return Table("outcome-reasons", words("rules.reasons_caption"), columns, cells)
