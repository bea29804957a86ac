"""Tables of facts as rules take them, and tables of outcomes."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from packopt.errors import RulesError
from packopt.rules import evaluate, rule_pack, summarise
from rules.evaluated import EU, LOOSE, SNUG, Row, parcels, said


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"content_mm3": [-1.0]},
            "column content_mm3: row 1: found -1.0, expected numbers.*from 0",
        ),
        ({"content_mm3": ["three"]}, "row 1: found 'three', expected numbers"),
        ({"content_mm3": [True]}, "found values of type bool"),
        ({"content_mm3": [float("inf")]}, "row 1: found inf"),
        ({"own_container": ["perhaps"]}, "row 1: found 'perhaps', expected true or false"),
        ({"own_container": [2]}, "row 1: found 2, expected true or false"),
        ({"own_container": [0.5]}, "expected true or false"),
        ({"own_container": [dt.date(2025, 1, 1)]}, "found values of type date32"),
        ({"kind": [1.5]}, "found values of type double, expected text"),
    ],
)
def test_facts_of_another_kind_are_refused(column: Row, message: str) -> None:
    """Column, row, what was found, what was expected."""
    table = parcels(SNUG)
    for name, values in column.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(values))
    with pytest.raises(RulesError, match=message):
        evaluate(rule_pack(EU), table, dt.date(2030, 1, 1))


def test_facts_come_as_text_and_as_words_too() -> None:
    """A CSV file gives text; numbers, yes and no, and blanks are read as what they are."""
    text = {name: str(value) for name, value in SNUG.items()} | {"own_container": " No "}
    table = parcels(text, text | {"content_mm3": " "}, text | {"own_container": ""})
    table = table.set_column(
        table.schema.get_field_index("kind"), "kind", table["kind"].dictionary_encode()
    )
    outcomes = evaluate(rule_pack(EU), table, dt.date(2030, 1, 1)).to_pylist()
    assert [said(row) for row in outcomes[:3]] == [
        ("PASS", None),
        ("UNKNOWN", "missing: content_mm3"),
        ("UNKNOWN", "missing: own_container"),
    ]


def test_what_cannot_be_judged_is_refused() -> None:
    """Facts about something else, no pack, no day, and days that are none."""
    table = pa.table({"sku": ["S"]})
    with pytest.raises(RulesError, match="found no column order_id and parcel"):
        evaluate(rule_pack(EU), table, dt.date(2030, 1, 1))
    with pytest.raises(RulesError, match="found no rule pack"):
        evaluate([], table, dt.date(2030, 1, 1))
    with pytest.raises(RulesError, match="found no column 'date'"):
        evaluate(rule_pack("AMAZON-SIPP"), table)
    with pytest.raises(RulesError, match="as days, expected 1 days"):
        evaluate(rule_pack("AMAZON-SIPP"), table, pa.array([1.5]))
    with pytest.raises(RulesError, match="row 1: found 'soon', expected a day"):
        evaluate(rule_pack("AMAZON-SIPP"), table, pa.array(["soon"]))


def test_no_rows_give_no_outcomes() -> None:
    """An empty table of facts is a table of facts."""
    table = pa.table({"order_id": pa.array([], pa.string()), "parcel": pa.array([], pa.int32())})
    outcomes = evaluate(rule_pack(EU), table, dt.date(2030, 1, 1))
    assert outcomes.num_rows == 0
    assert summarise(outcomes).num_rows == 0


def test_the_summary_counts_every_row_once() -> None:
    """Rows by rule, outcome and reason; shares of a rule add up to one."""
    table = parcels(SNUG, LOOSE, LOOSE, SNUG | {"content_mm3": None})
    summary = summarise(evaluate(rule_pack(EU), table, dt.date(2030, 1, 1))).to_pylist()
    outer = [row for row in summary if row["rule_id"] == "EU-2025/40-24.outer"]
    assert [(row["outcome"], row["reason"], row["rows"], row["share"]) for row in outer] == [
        ("PASS", None, 1, 0.25),
        ("FAIL", "above the limit", 2, 0.5),
        ("UNKNOWN", "missing: content_mm3", 1, 0.25),
    ]
    assert {row["version"] for row in summary} == {rule_pack(EU).version}
