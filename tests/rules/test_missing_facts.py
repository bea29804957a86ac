"""What is not known, or contradicts itself, passes no rule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.rules import evaluate, rule_pack
from packopt.rules.expressions import FLAG, NUMBER
from packopt.rules.known_facts import KNOWN_FACTS
from packopt.rules.packs import RulePack
from rules.evaluated import BAG, EU, GB, KR, REPORT, SINGLE, SNUG, Row, one

_FULL = {
    (EU, ".outer"): SNUG,
    (EU, ".inner"): SNUG,
    ("EU-2025/40-10", ".smallest"): {"own_container": False, "smaller_that_hold": 0},
    (KR, ".space"): SINGLE,
    (KR, ".count"): SINGLE,
    (GB, ".layers"): {
        "goods": "food",
        "for_sale": True,
        "product_class": "tea",
        "sales_pack_layers": 4,
    },
    (GB, ".cost"): {
        "goods": "food",
        "for_sale": True,
        "product_class": "zongzi",
        "sales_pack_cost_cny": 1,
        "price_cny": 150,
    },
    **{("CN-GB43352", f".{name}"): REPORT for name in ("metals", "pb", "hg", "cd", "cr", "zn")},
    **{
        ("AMAZON-SIPP", rule): BAG
        for rule in (".form", ".least-size", ".flexible-size", ".flexible-weight", ".test")
    },
}

_PASSING = [
    (pack, rule, fact)
    for (pack, rule), facts in _FULL.items()
    for fact in sorted(
        next(one for one in rule_pack(pack).rules if one.id == f"{pack}{rule}").facts & facts.keys()
    )
]


@pytest.mark.parametrize(("pack", "rule"), _FULL)
def test_with_all_facts_the_rules_pass(pack: str, rule: str) -> None:
    """The rows from which facts are taken away do pass."""
    assert one(pack, rule, "2030-06-01", **_FULL[pack, rule])["outcome"] == "PASS"


@pytest.mark.parametrize(("pack", "rule", "fact"), _PASSING)
@pytest.mark.parametrize("gone", ["value", "column"])
def test_without_a_fact_nothing_passes(pack: str, rule: str, fact: str, gone: str) -> None:
    """Every fact that decides, taken away: UNKNOWN and its name, unless the others decide.

    They do where a condition is false already: of a rigid box nobody asks how much of it is
    recycled film.
    """
    facts = _FULL[pack, rule] | {fact: None}
    if gone == "column":
        del facts[fact]
    row = one(pack, rule, "2030-06-01", **facts)
    decided = {
        "automated_packing": False, "recycled_share": True, "plastic": True, "box_length_mm": False,
        "ista6_by_lab": True, "reusable": False, "reuse_system": True, "price_cny": False,
    }  # fmt: skip
    if row["outcome"] == "PASS":
        assert decided[fact], f"{fact} decides, but {rule} passes without it"
    else:
        assert row["outcome"] == "UNKNOWN"
        assert fact in row["reason"].removeprefix("missing: ").split(", ")


def _strategy(pack: RulePack) -> st.SearchStrategy[Row]:
    facts = [*KNOWN_FACTS[pack.subject], *pack.facts]
    values: dict[str, st.SearchStrategy[Any]] = {}
    words = ["carton", "mailer", "tape", "paper", "plastic", "food", "ambient", "box", "grain"]
    for fact in facts:
        if fact.name not in pack.named_facts:
            continue
        if fact.kind == NUMBER:
            numbers = [0.0, 0.3, 1.0, 2.0, 45.0, 500.0, 6e10]
            values[fact.name] = st.sampled_from([n for n in numbers if n <= fact.most])
        else:
            values[fact.name] = st.booleans() if fact.kind == FLAG else st.sampled_from(words)
    values["date"] = st.sampled_from(
        [dt.date(2024, 1, 1), dt.date(2026, 6, 1), dt.date(2031, 1, 1)]
    )
    return st.fixed_dictionaries(values)


_PACKS = (
    "EU-2025/40-24",
    "EU-2025/40-10",
    "KR-2026",
    "CN-EXPRESS-2026",
    "CN-GB23350",
    "CN-GB43352",
    "AMAZON-SIPP",
)


@given(data=st.data(), name=st.sampled_from(_PACKS))
def test_taking_facts_away_never_makes_a_rule_pass(data: st.DataObject, name: str) -> None:
    """With any facts gone, what does not pass with all of them does not pass; nor is it broken."""
    pack = rule_pack(name)
    full = data.draw(_strategy(pack))
    gone = data.draw(st.sets(st.sampled_from(sorted(full))))
    key = {
        "parcel": {"order_id": "A", "parcel": 1},
        "sku": {"sku": "S"},
        "package": {"package_id": "P"},
    }
    rows = [key[pack.subject] | full, key[pack.subject] | full | dict.fromkeys(gone)]
    outcomes = evaluate(pack, pa.Table.from_pylist(rows)).to_pylist()
    for whole, part in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert part["outcome"] in (whole["outcome"], "UNKNOWN")
        if part["outcome"] == "UNKNOWN" and whole["outcome"] != "UNKNOWN":
            assert set(part["reason"].removeprefix("missing: ").split(", ")) & gone


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (SNUG | {"content_mm3": 6_000_000}, "larger than the package"),
        (SNUG | {"content_mm3": 0}, "larger than the package, or nothing"),
    ],
)
def test_facts_that_contradict_each_other_prove_nothing(facts: Row, text: str) -> None:
    """What is larger than its package, or nothing at all, cannot pass."""
    for rule in (".outer", ".inner"):
        row = one(EU, rule, "2030-01-01", **facts)
        assert row["outcome"] == "UNKNOWN"
        assert text in row["reason"]
        assert row["would_be"] is None
