"""The texts: complete in every language, and in step with what they translate."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from markupsafe import Markup

from packopt.errors import ReportError
from packopt.factors import MATERIALS
from packopt.green import METRICS, SHEETS
from packopt.report import LANGUAGES, write_report
from packopt.report.sentences import sentence
from packopt.report.words import Words, texts
from packopt.rules import RESULTS, rule_pack, rule_packs
from packopt.savings import MEASURES, RULES, STATUSES, baselines, replay, verifying
from report.page import Page
from report.pretend import pretend_savings

OTHERS = [language for language in LANGUAGES if language != "en"]
#: Groups of English sentences of the data: the English page needs no translation of them.
_TRANSLATIONS = ("sentence.", "frame.")
_RULES = [rule for name in rule_packs() for rule in rule_pack(name).rules]


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_texts(language: str) -> None:
    """No key is missing and none is too much, and the same parts are filled into each text."""
    ours = {key: text for key, text in texts(language).items() if not key.startswith(_TRANSLATIONS)}
    assert ours.keys() == texts("en").keys()
    assert {key: _holes(text) for key, text in ours.items()} == {
        key: _holes(text) for key, text in texts("en").items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_frames_fill_in_what_they_find(language: str) -> None:
    """A translated sentence uses the parts that its pattern names, and no others."""
    frames = {key: text for key, text in texts(language).items() if key.startswith("frame.")}
    assert frames
    for key, text in frames.items():
        assert _holes(text) == set(re.compile(key.removeprefix("frame.")).groupindex)


def test_rules_are_called_what_their_packs_call_them() -> None:
    """The English titles are those of the rule packs; a new or changed rule wants a translation."""
    titles = {key: text for key, text in texts("en").items() if key.startswith("rule.")}
    assert titles == {f"rule.{rule.id}": rule.title for rule in _RULES}


def test_every_word_of_the_tables_has_a_name() -> None:
    """Measures, statuses, outcomes, materials, baselines, columns and units of green tables."""
    words = {
        *(f"measure.{one.name}" for one in MEASURES),
        *(f"status.{one}" for one in (*STATUSES, "rejected")),
        *(f"outcome.{one}" for one in RESULTS),
        *(f"material.{one}" for one in MATERIALS),
        *(f"baseline.{one}" for one in RULES if not one.startswith("volume-")),
        *(f"green_column.{field.name}" for one in SHEETS.values() for field in one.schema),
        *(f"green_unit.{one.unit}" for one in METRICS.values()),
    }
    assert sorted(words - texts("en").keys()) == []


def _reasons() -> list[str]:
    """Sentences that savings and rules give as reasons."""
    clauses = [
        clause
        for rule in _RULES
        for clause in (*rule.exemptions, *rule.advisories, rule.applies, rule.sound)
        if clause
    ]
    return [
        *(clause.text for clause in clauses),
        *(rule.fail for rule in _RULES),
        *(rule.after.act for rule in _RULES if rule.after),
        *verifying._WORDS.values(),
        *verifying._OF_STATUS.values(),
        *replay._VERDICTS.values(),
        replay._LIMITED,
        *filter(None, baselines._WORDS),
    ]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("reason", sorted(set(_reasons())))
def test_every_reason_has_a_translation(language: str, reason: str) -> None:
    """No page in another language falls back to English for a reason of ours."""
    assert "<span lang" not in sentence(Words(language), reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 2030-01-01", "自2030年1月1日起"),
        (
            "from 2030-01-01, or 3 years after the method act of Article 24(2)",
            "自2030年1月1日起，或第 24 条第 2 款的方法法案生效 3 年后",
        ),
        ("missing: glass, liquid", "缺少：glass, liquid"),
        ("no tape; text not verified (S)", "没有胶带；文本未经核实（S）"),
        ("no tape (not verified)", "没有胶带（未经核实）"),
        ("the file zones, region of some orders", "文件 zones、部分订单的地区"),
        ("B4", "B4"),
        ("nobody knows <this>", '<span lang="en">nobody knows &lt;this&gt;</span>'),
        ("from yesterday, or so", '<span lang="en">from yesterday, or so</span>'),
    ],
)
def test_sentences_of_the_data_are_translated(text: str, expected: str) -> None:
    """Part by part; what has no translation is marked as English, and escaped."""
    assert sentence(Words("zh"), text) == expected


def test_english_sentences_stay() -> None:
    """The English page shows them as they are, escaped."""
    assert sentence(Words("en"), "from <b> & more") == "from &lt;b&gt; &amp; more"


def test_a_language_without_texts_is_refused(tmp_path: Path) -> None:
    """The message names the languages that there are; nothing is written."""
    with pytest.raises(ReportError, match="found 'fr', expected one of en, zh"):
        write_report(pretend_savings(), tmp_path / "report.html", language="fr")
    assert list(tmp_path.iterdir()) == []


def test_parts_from_the_input_are_escaped() -> None:
    """Braces and tags in a name are text."""
    told = Words("en")("baseline.other", name="{x} <b>")
    assert told == Markup("{x} &lt;b&gt;")


@pytest.mark.parametrize(("count", "expected"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders")])
def test_nouns_agree_with_their_number(count: int, expected: str) -> None:
    """One order, two orders."""
    assert Words("en").counted("order", count, count) == expected


def test_days_are_written_as_the_language_does() -> None:
    """A day of an ISO date, with the name of its month."""
    assert Words("en").day("2030-01-09") == "9 January 2030"
    assert Words("zh").day("2030-01-09") == "2030年1月9日"


def test_a_page_in_chinese_speaks_chinese(tmp_path: Path) -> None:
    """No English phrase is left but names, codes and what is marked as somebody else's words."""
    path = tmp_path / "report.html"
    found = pretend_savings()
    found.about["notes"] = []
    write_report(found, path, language="zh")
    page = Page.read(path)
    english = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
    left = [text for place, text in page.texts if "english" not in place and english.search(text)]
    assert left == []
    marked = [text for place, text in page.texts if "english" in place]
    factors = found.about["terms"]["factors"]
    reasons = {"in words", "the input has faults"}  # none that packopt gives
    assert set(marked) == {factors["source"], factors["boundary"], *reasons}
    assert ("html", {"lang": "zh-CN"}) in page.tags
