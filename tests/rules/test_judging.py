"""Equal facts are judged once, and that changes nothing of what is said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt.errors import RulesError
from packopt.rules import OUTCOMES, Judge, evaluate, judge, rule_pack, rule_packs, summarise
from packopt.rules.known_facts import KNOWN_FACTS

PACKS = [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]
#: Days around which rules begin, end, and begin to be fined.
DAYS = sorted(
    {
        day + dt.timedelta(days=one)
        for pack in PACKS
        for rule in pack.rules
        for day in (rule.first_day, rule.valid_to, rule.grace_until)
        if day is not None
        for one in (-1, 0, 1)
    }
)
#: Few values of each, so that rows repeat.
VALUES: dict[str, Any] = {
    "kind": st.sampled_from(["carton", "mailer", None]),
    "content_mm3": st.sampled_from([3_000_000, 5_000_000, None]),
    "inner_mm3": st.sampled_from([4_928_000, 9_000_000, None]),
    "outer_mm3": st.sampled_from([5_702_432, 10_212_696]),
    "content_g": st.sampled_from([900.0, 4_000.0]),
    "own_container": st.sampled_from([True, False]),
    "reusable": st.sampled_from([True, False, None]),
    "closure": st.sampled_from(["tape", "glue"]),
}
ROWS = st.lists(
    st.fixed_dictionaries({**VALUES, "date": st.sampled_from([*DAYS, None])}),
    min_size=1,
    max_size=12,
)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    keys = [{"order_id": f"O{at}", "parcel": 1} for at in range(len(rows))]
    table = pa.Table.from_pylist([key | row for key, row in zip(keys, rows, strict=True)])
    return table.set_column(
        table.column_names.index("date"), "date", table["date"].cast(pa.date32())
    )


@settings(deadline=None, max_examples=25)
@given(rows=ROWS)
def test_together_or_alone_the_outcomes_are_the_same(rows: list[dict[str, Any]]) -> None:
    """What is said of a row hangs on no other row: around all days, known facts or not."""
    table = _table(rows)
    whole = evaluate(PACKS, table)
    assert whole.schema.equals(OUTCOMES)
    alone = [evaluate(PACKS, table.slice(at, 1)).to_pylist() for at in range(len(rows))]
    by_rule = [one[rule] for rule in range(len(alone[0])) for one in alone]
    assert whole.to_pylist() == by_rule


@settings(deadline=None, max_examples=25)
@given(rows=ROWS)
def test_cases_count_what_they_stand_for(rows: list[dict[str, Any]]) -> None:
    """Each row is one case, and the summary of cases is that of all outcomes."""
    table = _table(rows)
    judged = judge(PACKS, table)
    distinct = {tuple(row.values()) for row in table.drop(["order_id", "parcel"]).to_pylist()}
    rules = len(set(judged.cases["rule_id"].to_pylist()))
    assert judged.cases.num_rows <= len(distinct) * rules
    first = judged.cases.slice(0, judged.cases.num_rows // rules)
    told = dict(zip(first["case_number"].to_pylist(), first["rows"].to_pylist(), strict=True))
    found = judged.subjects["case_number"].to_pylist()
    assert told == {case: found.count(case) for case in set(found)}
    assert summarise(judged.cases).to_pylist() == summarise(evaluate(PACKS, table)).to_pylist()


def test_a_million_equal_parcels_are_one_case() -> None:
    """Whatever their names are, and in whichever order."""
    n = 1_000_000
    table = pa.table(
        {
            "order_id": pa.array([f"O{at}" for at in range(n)]),
            "parcel": pa.array([1] * n, pa.int32()),
            "kind": pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), ["carton"]),
        }
    )
    judged = judge(PACKS, table, dt.date(2030, 1, 1))
    assert set(judged.cases["rows"].to_pylist()) == {n}
    assert judged.subjects.num_rows == n


def test_a_fault_is_told_by_its_row() -> None:
    """Not by its place among the rows that differ."""
    table = _table([{"kind": "carton", "content_mm3": one, "date": None} for one in (5, 5, 5, -1)])
    with pytest.raises(RulesError, match="column content_mm3: row 4: found -1"):
        judge(PACKS, table)


def test_facts_of_a_kind_that_none_has_are_refused() -> None:
    """A list is no fact: the column is named."""
    table = pa.table({"order_id": ["A"], "parcel": [1], "kind": [["carton"]]})
    with pytest.raises(RulesError, match="column kind: found values of type list"):
        judge(PACKS, table, dt.date(2030, 1, 1))


def test_without_any_known_fact_all_is_unknown_or_not_applicable() -> None:
    """No column of facts at all: one case for all rows."""
    table = pa.table({"order_id": ["A", "B"], "parcel": [1, 1]})
    judged = judge(PACKS, table, dt.date(2030, 1, 1))
    assert set(judged.cases["rows"].to_pylist()) == {2}
    assert not {"PASS", "FAIL"} & set(judged.cases["outcome"].to_pylist())
    assert {fact.name for fact in KNOWN_FACTS["parcel"]} & {"kind", "content_mm3"}


@settings(deadline=None, max_examples=25)
@given(rows=ROWS, share=st.floats(0, 1))
def test_batch_after_batch_says_the_same_as_all_at_once(
    rows: list[dict[str, Any]], share: float
) -> None:
    """Though each batch numbers its words in its own way, or not at all."""
    table = _table(rows)
    whole = judge(PACKS, table)
    one = Judge(PACKS)
    first, second = sorted((round(share * len(rows)), round(share * share * len(rows))))
    batches = table.slice(0, first), table.slice(first, second - first), table.slice(second)
    for batch, kind in zip(batches, (None, pa.int32(), pa.int8()), strict=True):
        for at, name in enumerate(batch.column_names):
            if kind is not None and pa.types.is_string(batch.schema.field(name).type):
                words = batch[name].cast(pa.dictionary(kind, pa.string()))
                batch = batch.set_column(at, name, words)
        one.add(batch)
    judged = one.judgement()
    assert judged.subjects.to_pylist() == whole.subjects.to_pylist()
    assert judged.cases.to_pylist() == whole.cases.to_pylist()


def test_a_word_with_several_numbers_is_one_word() -> None:
    """Nobody else's tables need number each word once."""
    kinds = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), ["carton"] * 2 + [None])
    table = _table([{"date": None}] * 3).append_column("kind", kinds)
    assert judge(PACKS, table).subjects["case_number"].to_pylist() == [0, 0, 1]
