"""Rule packs: those that come with packopt, anybody's own, and everything that is refused."""

from __future__ import annotations

import copy
import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from packopt.errors import RulesError
from packopt.rules import read_pack, rule_pack, rule_packs
from packopt.rules.known_facts import KNOWN_FACTS, schema_of
from packopt.rules.packs import CONFIDENCES, FIRM, SUBJECTS

EXPECTED_PACKS = (
    "AMAZON-SIPP",
    "CN-EXPRESS-2026",
    "CN-GB23350",
    "CN-GB43352",
    "EU-2025/40-10",
    "EU-2025/40-24",
    "EU-2025/40-24(4)",
    "KR-2026",
)
OWN = """
id = "MY-RULES"
title = "What our warehouse promises"
version = "1"
jurisdiction = "us"
subject = "parcel"
source = "manual, page 3"
confidence = "V"

[facts.gift]
kind = "flag"
meaning = "some unit is a gift"
from_skus = "any"

[[rules]]
id = "MY-RULES.void"
title = "At most a third of the box is empty"
valid_from = 2025-01-01
valid_to = 2025-12-31
basis = "inner"
value = "1 - content_mm3 / inner_mm3"
limit = "0.5 if gift else 0.33"
exemptions = [{when = "own_container", code = "ships as it is"}]

[[rules]]
id = "MY-RULES.plastic"
title = "No plastic"
valid_from = "earliest known"
test = "not plastic"
"""


def test_the_packs_that_come_with_packopt() -> None:
    """Each is found by its id, and says whose rules it holds."""
    assert rule_packs() == EXPECTED_PACKS
    for name in rule_packs():
        assert rule_pack(name).id == name


@pytest.mark.parametrize("name", EXPECTED_PACKS)
def test_every_rule_says_where_it_was_read_and_from_when_it_holds(name: str) -> None:
    """Source and confidence are there; what is not verified twice can only advise."""
    pack = rule_pack(name)
    assert pack.subject in SUBJECTS
    for rule in pack.rules:
        assert rule.source
        assert rule.confidence in CONFIDENCES
        assert rule.valid_from is not None or pack.id == "AMAZON-SIPP"
        firm = rule.confidence in FIRM
        for clause in (*rule.exemptions, *rule.advisories):
            assert firm or clause.confidence not in FIRM


def test_facts_that_a_pack_declares_are_asked_for() -> None:
    """Nobody is asked to state what no rule reads."""
    for name in rule_packs():
        pack = rule_pack(name)
        assert {fact.name for fact in pack.facts} <= pack.named_facts


def test_no_fact_is_both_known_and_a_key_of_another_kind() -> None:
    """The tables of facts have each name once."""
    for subject in SUBJECTS:
        names = [fact.name for fact in KNOWN_FACTS[subject]]
        assert len(names) == len(set(names))
        assert len(set(schema_of(subject).names)) == len(schema_of(subject).names)


def test_anybody_can_write_a_pack(tmp_path: Path) -> None:
    """A TOML file in the same schema is a pack like any other."""
    path = tmp_path / "mine.toml"
    path.write_text(OWN, encoding="utf-8")
    pack = rule_pack(path)
    void, plastic = pack.rules
    assert (void.valid_from, void.valid_to) == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert void.facts == {"content_mm3", "inner_mm3", "gift", "own_container"}
    assert (void.fail, plastic.fail) == ("above the limit", "not kept")
    assert plastic.valid_from is None
    assert [fact.from_skus for fact in pack.facts] == ["any"]


def test_another_act_can_make_a_rule_begin_later() -> None:
    """Three years after the act, or its own day if that is later."""
    settings = _own()
    settings["rules"][0] |= {
        "valid_from": dt.date(2030, 1, 1),
        "valid_to": dt.date(2040, 1, 1),
        "after": {"years": 3, "act": "the act", "in_force": dt.date(2028, 2, 29)},
    }
    assert read_pack(settings).rules[0].first_day == dt.date(2031, 3, 1)
    settings["rules"][0]["after"]["in_force"] = dt.date(2026, 2, 12)
    assert read_pack(settings).rules[0].first_day == dt.date(2030, 1, 1)
    del settings["rules"][0]["after"]["in_force"]
    assert read_pack(settings).rules[0].first_day == dt.date(2030, 1, 1)


def _own() -> dict[str, Any]:
    return copy.deepcopy(tomllib.loads(OWN))


_MISSING = object()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("id", _MISSING, "field id: found nothing, expected a text"),
        ("id", 3, "field id: found 3, expected a text"),
        ("title", " ", "field title: found ' '"),
        ("version", _MISSING, "field version: found nothing"),
        ("subject", "box", "field subject: found 'box', expected one of 'parcel', 'sku'"),
        ("confidence", "sure", "field confidence: found 'sure', expected one of 'V'"),
        ("source", _MISSING, "field source: found nothing"),
        ("sorce", "x", "field sorce: not known here.*did you mean source"),
        ("notes", "one", "field notes: found 'one', expected a list of texts"),
        ("rules", [], "field rules: found none"),
        ("rules", {}, "field rules: found {}, expected a list of tables"),
        ("rules", ["one"], r"\[\[rules\]\] number 1, found 'one', expected a table"),
        ("facts", ["gift"], "field facts: found .'gift'., expected tables"),
        ("facts", {"gift": "yes"}, r"\[facts.gift\] found 'yes', expected a table"),
        ("facts", {"gift": {"kind": "truth", "meaning": "x"}}, "field kind: found 'truth'"),
        ("facts", {"gift": {"kind": "flag"}}, "field meaning: found nothing"),
        (
            "facts",
            {"gift": {"kind": "flag", "meaning": "x", "from_skus": "sum"}},
            "found 'sum' for a flag, expected 'any' or 'all' or 'one'",
        ),
        (
            "facts",
            {"gift": {"kind": "flag", "meaning": "x", "least": "0"}},
            "field least: found '0', expected a number",
        ),
        (
            "facts",
            {"plastic": {"kind": "flag", "meaning": "x"}},
            "known to packopt by itself",
        ),
        ("facts", {"a b": {"kind": "flag", "meaning": "x"}}, "expected letters, digits"),
        ("facts", {"true": {"kind": "flag", "meaning": "x"}}, "expected letters, digits"),
    ],
)
def test_a_fault_of_a_pack_is_named(key: str, value: Any, message: str) -> None:
    """Field, what was found, and what was expected."""
    settings = _own()
    if value is _MISSING:
        del settings[key]
    else:
        settings[key] = value
    with pytest.raises(RulesError, match=message):
        read_pack(settings)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"id": "OTHER"}, "field id: found 'OTHER', expected it to begin with the pack's"),
        ({"id": "MY-RULES.plastic"}, "found the id 'MY-RULES.plastic' twice"),
        ({"valid_from": _MISSING}, "field valid_from: found nothing, expected a day"),
        ({"valid_from": "soon"}, "field valid_from: found 'soon', expected a day"),
        ({"valid_from": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)}, "expected a day"),
        ({"valid_to": dt.date(2024, 1, 1)}, "field valid_to: found 2024-01-01, before the first"),
        ({"valid_to": 2024}, "field valid_to: found 2024"),
        ({"after": {"years": 1.5, "act": "x"}}, "after: field years: found 1.5"),
        ({"after": {"years": 1}}, "after: field act: found nothing"),
        ({"valid_from": "earliest known", "after": {"years": 1, "act": "x"}}, "field after"),
        ({"basis": "middle"}, "field basis: found 'middle', expected one of 'inner', 'outer'"),
        ({"value": _MISSING, "limit": _MISSING}, "found neither test and value"),
        ({"test": "plastic"}, "found both test and value"),
        ({"value": _MISSING, "test": "plastic"}, "field limit: found it without a value"),
        ({"value": "1 - content / inner_mm3"}, "'content'.*which is no fact"),
        ({"value": "inner_mm"}, "did you mean inner_mm3"),
        ({"limit": "big"}, "field limit: found 'big'"),
        ({"limit": True}, "field limit: found 'True', expected a text"),
        ({"limit": float("nan")}, "field limit: found nan"),
        ({"at": "worst"}, "field at: found 'worst', expected one of 'most', 'least'"),
        ({"requires": ["gifts"]}, "field requires: found 'gifts', which is no fact; did you mean"),
        ({"requires": "gift"}, "field requires: found 'gift', expected a list"),
        ({"evidence": "gift"}, "field evidence: found 'gift', expected the name of a fact that"),
        ({"exemptions": [{"code": "x"}]}, "exemptions 1: field when: found nothing"),
        ({"exemptions": [{"when": "gift"}]}, "exemptions 1: field code: found nothing"),
        ({"exemptions": [{"when": "gift", "text": "x"}]}, "field text: not known here"),
        ({"exemptions": [{"when": "units", "code": "x"}]}, "which is a number, expected a flag"),
        ({"exemptions": {"when": "gift"}}, "field exemptions: found .*expected a list of tables"),
        ({"applies": "gift"}, "applies: found 'gift', expected a table"),
        ({"advisories": [{"when": "gift"}]}, "advisories 1: field text"),
        ({"notes": [3]}, "notes 1: found 3, expected a table"),
        ({"confidence": "high"}, "field confidence: found 'high'"),
        ({"limits": 3}, "field limits: not known here.*did you mean limit"),
    ],
)
def test_a_fault_of_a_rule_is_named_with_its_rule(rule: dict[str, Any], message: str) -> None:
    """Rule, field, what was found, and what was expected."""
    settings = _own()
    settings["rules"][0] |= rule
    settings["rules"][0] = {
        key: value for key, value in settings["rules"][0].items() if value is not _MISSING
    }
    with pytest.raises(RulesError) as caught:
        read_pack(settings, source="MY-RULES")
    assert any(re.search(message, problem) for problem in caught.value.problems)


def test_all_faults_are_named_at_once() -> None:
    """Nobody mends a file fault by fault."""
    settings = _own() | {"subject": "box", "notes": 3}
    settings["rules"][0] |= {"at": "worst", "value": "zzz"}
    with pytest.raises(RulesError) as caught:
        read_pack(settings)
    assert len(caught.value.problems) >= 4


def test_too_many_facts_in_one_pack_are_refused() -> None:
    """Each fact of a pack has one bit of a number, and there are 63."""
    settings = _own()
    names = [f"f{i}" for i in range(70)]
    settings["facts"] = {name: {"kind": "flag", "meaning": "x"} for name in names}
    settings["facts"]["gift"] = {"kind": "flag", "meaning": "x"}
    settings["rules"][0]["requires"] = names
    with pytest.raises(RulesError, match="expected at most 63"):
        read_pack(settings)


def test_a_pack_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt name, a missing file, and a file that is no TOML say what they are."""
    with pytest.raises(RulesError, match="did you mean 'KR-2026'"):
        rule_pack("KR-2025")
    with pytest.raises(RulesError, match=r"give a \.toml file"):
        rule_pack("my rules.csv")
    with pytest.raises(RulesError, match="cannot be read"):
        rule_pack(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("id = ", encoding="utf-8")
    with pytest.raises(RulesError, match="is not TOML"):
        rule_pack(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(RulesError, match="is not TOML"):
        rule_pack(broken)
    with pytest.raises(RulesError, match="cannot be read"):
        rule_pack(Path(f"{tmp_path}.toml"))
