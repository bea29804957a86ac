"""Rules held against facts: the worked examples, the days, and what is never said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.errors import RulesError
from packopt.rules import OUTCOMES, evaluate, read_pack, rule_pack, summarise
from packopt.rules.expressions import FLAG, NUMBER
from packopt.rules.known_facts import KNOWN_FACTS
from packopt.rules.packs import RulePack

Row = dict[str, Any]


def one(pack: str | RulePack, rule: str, day: str, **facts: Any) -> Row:
    """The outcome of one rule for one row of facts."""
    pack = rule_pack(pack) if isinstance(pack, str) else pack
    keys = {
        "parcel": {"order_id": "A", "parcel": 1},
        "sku": {"sku": "S"},
        "package": {"package_id": "P"},
    }
    table = pa.table({name: [value] for name, value in (keys[pack.subject] | facts).items()})
    outcomes = evaluate(pack, table, dt.date.fromisoformat(day))
    assert outcomes.schema.equals(OUTCOMES)
    (row,) = [row for row in outcomes.to_pylist() if row["rule_id"] == f"{pack.id}{rule}"]
    return row


def _said(row: Row) -> tuple[str, str | None]:
    return row["outcome"], row["reason"]


_EU = "EU-2025/40-24"
_KR = "KR-2026"
_GB = "CN-GB23350"

#: 200 x 150 x 100 in 220 x 160 x 140 with walls of 3, 3 and 6 mm.
SNUG: Row = {
    "kind": "carton", "own_container": False, "reusable": False, "content_mm3": 3_000_000,
    "inner_mm3": 220 * 160 * 140, "outer_mm3": 226 * 166 * 152,
}  # fmt: skip
#: The same 3.0 L in 300 x 200 x 150.
LOOSE: Row = SNUG | {"inner_mm3": 300 * 200 * 150, "outer_mm3": 306 * 206 * 162}


@pytest.mark.parametrize(
    ("facts", "rule", "value", "outcome"),
    [
        (SNUG, ".inner", 0.391, "PASS"),
        (SNUG, ".outer", 0.474, "PASS"),
        (LOOSE, ".inner", 0.667, "FAIL"),
        (LOOSE, ".outer", 0.706, "FAIL"),
    ],
)
def test_the_worked_examples_of_article_24(
    facts: Row, rule: str, value: float, outcome: str
) -> None:
    """Both bases give the numbers worked out by hand, and the right side of 50 %."""
    row = one(_EU, rule, "2030-01-01", **facts)
    assert row["value"] == pytest.approx(value, abs=5e-4)
    assert (row["limit"], row["at"], row["outcome"]) == (0.5, "most", outcome)


@pytest.mark.parametrize(("k", "ratio"), [(12, 0.0), (7, 0.2 / 3), (5, 1 / 3)])
def test_the_worked_examples_of_gb_23350(k: int, ratio: float) -> None:
    """3000 cm3 for eight contents of 50 cm3: 0, 6.7 % and 33.3 % for coefficients 12, 7 and 5."""
    row = one(
        _GB,
        ".space",
        "2024-01-01",
        goods="food",
        for_sale=True,
        sales_pack_cm3=3000,
        contents_cm3=8 * 50,
        space_coefficient=k,
        item_content=50,
    )
    assert row["value"] == pytest.approx(ratio, abs=1e-12)
    assert (row["outcome"], row["would_be"]) == ("ADVISORY", "PASS")
    assert row["reason"] == "text not verified (M)"


@pytest.mark.parametrize(
    ("content", "limit"),
    [(1, 0.85), (1.1, 0.7), (5, 0.7), (15, 0.6), (30, 0.5), (50, 0.4), (51, 0.3)],
)
def test_the_limits_of_gb_23350_by_net_content(content: float, limit: float) -> None:
    """Each bracket reaches up to its end; the limits only advise."""
    row = one(
        _GB,
        ".space",
        "2024-01-01",
        goods="cosmetics",
        for_sale=True,
        sales_pack_cm3=10,
        contents_cm3=1,
        space_coefficient=1,
        item_content=content,
    )
    assert (row["limit"], row["outcome"], row["would_be"]) == (limit, "ADVISORY", "FAIL")
    assert row["reason"] == "above the limit; text not verified (M)"


_SINGLE: Row = SNUG | {
    "units": 1, "coolant_mm3": 0, "outer_length_mm": 226, "outer_width_mm": 166,
    "outer_height_mm": 152, "box_length_mm": 200, "box_width_mm": 150, "annual_sales_krw": 6e10,
    "cushioning": "none", "glass": False, "liquid": False, "drop_test_failed": False,
    "reused_pack": False, "rebundled": False, "automated_packing": False, "packing_count": 1,
    "plastic": False, "recycled_share": 0.0,
}  # fmt: skip
_WIDE: Row = _SINGLE | {"inner_mm3": 7_500_000}  # 60 % empty


@pytest.mark.parametrize(
    ("facts", "outcome", "reason", "limit"),
    [
        (_SINGLE, "PASS", None, 0.5),
        (_WIDE, "FAIL", "above the limit", 0.5),
        (_WIDE | {"cushioning": "paper"}, "PASS", None, 0.7),
        (_WIDE | {"coolant_mm3": 750_000}, "PASS", None, 0.5),
        (_WIDE | {"units": 2}, "EXEMPT", "several products packed together", 0.5),
        (_WIDE | {"glass": True}, "EXEMPT", "glass, ceramic or clay", 0.5),
        (
            _WIDE | {"outer_length_mm": 182},
            "EXEMPT",
            "small parcel, sides of 50 cm together at most",
            0.5,
        ),
        (_WIDE | {"outer_length_mm": 183}, "FAIL", "above the limit", 0.5),
        (
            _WIDE | {"box_width_mm": 40},
            "EXEMPT",
            "long: both short sides at most 20 % of the longest",
            0.5,
        ),
        (
            _WIDE | {"annual_sales_krw": 4.99e10},
            "NOT_APPLICABLE",
            "annual sales below KRW 50 bn",
            0.5,
        ),
        (
            _WIDE | {"automated_packing": True},
            "ADVISORY",
            "small parcel, 60 cm with automated packing: draft of March 2026 (not verified)",
            0.5,
        ),
        (
            _WIDE | {"kind": "mailer", "plastic": True, "recycled_share": 0.2},
            "ADVISORY",
            "the volume of a mailer is modelled",
            0.6,
        ),
    ],
)
def test_korea_exempts_and_relaxes(
    facts: Row, outcome: str, reason: str | None, limit: float
) -> None:
    """Several products, small, long and fragile parcels, paper, film, coolant, and drafts."""
    row = one(_KR, ".space", "2026-06-01", **facts)
    assert (row["outcome"], row["reason"], row["limit"]) == (outcome, reason, limit)


def test_korea_counts_packs_of_small_parcels_too() -> None:
    """The space ratio does not bind them, the packing count does."""
    small = _WIDE | {"outer_length_mm": 100, "packing_count": 2}
    assert one(_KR, ".space", "2026-06-01", **small)["outcome"] == "EXEMPT"
    assert one(_KR, ".count", "2026-06-01", **small)["outcome"] == "FAIL"


def test_confidence_travels_with_the_outcome() -> None:
    """A reader sees that a rule was read in secondary sources only."""
    assert one(_KR, ".space", "2026-06-01", **_SINGLE)["confidence"] == "S2"
    assert one(_EU, ".outer", "2030-01-01", **SNUG)["confidence"] == "V"


@pytest.mark.parametrize(
    ("facts", "limit"),
    [
        ({"perishable": False, "temperature": "ambient", "fragile": False}, 2),
        ({"perishable": False, "temperature": "ambient", "fragile": True}, 3),
        ({"perishable": True, "temperature": "ambient", "fragile": True}, 4),
        ({"temperature": "chilled"}, 4),
    ],
)
def test_china_express_only_advises(facts: Row, limit: int) -> None:
    """Two, three or four layers by what travels; the text of the standard was not found."""
    for layers in (limit, limit + 1):
        row = one("CN-EXPRESS-2026", ".layers", "2026-07-01", packing_layers=layers, **facts)
        assert (row["outcome"], row["limit"]) == ("ADVISORY", limit)
        assert row["would_be"] == ("PASS" if layers == limit else "FAIL")


def test_china_express_measures_tape_and_diagonals() -> None:
    """45 mm of tape; the diagonal of the package over that of the box around the units."""
    pack = "CN-EXPRESS-2026"
    row = one(pack, ".tape-width", "2026-07-01", tape_width_mm=48, closure="tape")
    assert (row["would_be"], row["value"], row["limit"]) == ("FAIL", 48, 45)
    row = one(pack, ".tape-width", "2026-07-01", tape_width_mm=48, closure="self-lock")
    assert _said(row) == ("NOT_APPLICABLE", "no tape")
    sides = {"outer_length_mm": 300, "outer_width_mm": 400, "outer_height_mm": 0}
    sides |= {"box_length_mm": 120, "box_width_mm": 160, "box_height_mm": 0}
    row = one(pack, ".size", "2026-07-01", own_container=False, **sides)
    assert row["value"] == pytest.approx(2.5)
    assert (row["outcome"], row["would_be"]) == ("ADVISORY", "FAIL")


_REPORT: Row = {
    "pack_material": "plastic", "biodegradable": True, "food_contact": False, "pb_mg_kg": 40,
    "hg_mg_kg": 0.1, "cd_mg_kg": 0.1, "cr_mg_kg": 49, "zn_mg_kg": 150, "benzenes_mg_m2": 2.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "change", "expected"),
    [
        (".metals", {}, ("PASS", None)),
        (".metals", {"pb_mg_kg": 51}, ("FAIL", "above the limit")),
        (".pb", {"pb_mg_kg": 50}, ("PASS", None)),
        (".pb", {"pb_mg_kg": 50.1}, ("FAIL", "above the limit")),
        (".pb", {"pb_mg_kg": None}, ("UNKNOWN", "missing: pb_mg_kg")),
        (".zn", {}, ("PASS", None)),
        (".zn", {"biodegradable": False}, ("NOT_APPLICABLE", "no biodegradable plastic")),
        (".benzenes", {}, ("FAIL", "above the limit")),
        (".benzenes", {"pack_material": "paper"}, ("PASS", None)),
        (".aox", {}, ("NOT_APPLICABLE", "no express pack of paper")),
        (".solvents", {}, ("UNKNOWN", "missing: solvent_mg_m2")),
        (
            ".pb",
            {"food_contact": True},
            ("NOT_APPLICABLE", "no express pack of paper, plastic or textile"),
        ),
    ],
)
def test_laboratory_reports_pass_fail_or_are_missing(
    rule: str, change: Row, expected: tuple[str, str | None]
) -> None:
    """GB 43352 by material, each limit with both sides of it."""
    assert _said(one("CN-GB43352", rule, "2024-06-01", **_REPORT | change)) == expected


_BAG: Row = {
    "pack_form": "bag", "length_mm": 455, "width_mm": 340, "height_mm": 140, "weight_g": 5000,
    "ista6_passed": True, "ista6_by_lab": False, "fragile": False, "liquid": False, "sharp": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "change", "expected"),
    [
        (".form", {}, ("PASS", None)),
        (".form", {"pack_form": "tube"}, ("FAIL", "no box, mailer or bag")),
        (".least-size", {}, ("PASS", None)),
        (".least-size", {"height_mm": 9.4}, ("FAIL", "smaller than 15.24 x 10.16 x 0.95 cm")),
        (".flexible-size", {}, ("PASS", None)),
        (".flexible-size", {"height_mm": 141}, ("FAIL", "larger than a mailer or bag may be")),
        (
            ".flexible-size",
            {"pack_form": "box", "height_mm": 400},
            ("NOT_APPLICABLE", "no mailer or bag"),
        ),
        (".flexible-weight", {"weight_g": 5001}, ("FAIL", "above the limit")),
        (".test", {}, ("PASS", None)),
        (".test", {"liquid": True}, ("FAIL", "no ISTA 6 test that counts")),
        (".test", {"liquid": True, "ista6_by_lab": True}, ("PASS", None)),
        (".test", {"ista6_passed": None}, ("UNKNOWN", "missing: ista6_passed")),
    ],
)
def test_amazon_says_eligible_or_why_not(
    rule: str, change: Row, expected: tuple[str, str | None]
) -> None:
    """Form, sizes, weight and test, on any day."""
    assert _said(one("AMAZON-SIPP", rule, "2020-01-01", **_BAG | change)) == expected


@pytest.mark.parametrize(
    ("pack", "rule", "facts", "before", "since", "says"),
    [
        (_EU, ".outer", SNUG, "2029-12-31", "2030-01-01", "PASS"),
        (_EU, ".inner", LOOSE, "2029-12-31", "2030-01-01", "FAIL"),
        (
            "EU-2025/40-10",
            ".smallest",
            {"own_container": False, "smaller_that_hold": 1},
            "2029-12-31",
            "2030-01-01",
            "FAIL",
        ),
        (_KR, ".space", _WIDE, "2024-04-29", "2024-04-30", "FAIL"),
        (_KR, ".count", _SINGLE, "2024-04-29", "2024-04-30", "PASS"),
        (
            "CN-EXPRESS-2026",
            ".layers",
            {"packing_layers": 9, "temperature": "frozen"},
            "2026-06-30",
            "2026-07-01",
            "ADVISORY",
        ),
        (
            _GB,
            ".layers",
            {
                "goods": "food",
                "for_sale": True,
                "product_class": "mooncake",
                "sales_pack_layers": 4,
            },
            "2023-08-31",
            "2023-09-01",
            "FAIL",
        ),
        ("CN-GB43352", ".pb", _REPORT, "2024-05-31", "2024-06-01", "PASS"),
        (
            "EU-2025/40-24(4)",
            ".sales-pack",
            {"product_mm3": 1, "sales_pack_inner_mm3": 2},
            "2028-02-11",
            "2028-02-12",
            "ADVISORY",
        ),
    ],
)
def test_days_decide(pack: str, rule: str, facts: Row, before: str, since: str, says: str) -> None:
    """The same parcel on the day before a rule and on its first day; the value is told on both."""
    early, due = one(pack, rule, before, **facts), one(pack, rule, since, **facts)
    assert early["outcome"] == "NOT_APPLICABLE"
    assert early["reason"].startswith(f"from {since}")
    assert due["outcome"] == says
    assert early["value"] == due["value"] is not None
    assert early["would_be"] == due["would_be"]


def test_grace_is_told() -> None:
    """Korea fined nothing until 29 April 2026; the outcome is the same, and a note says so."""
    assert one(_KR, ".space", "2026-04-29", **_WIDE)["note"] == "no fines until 2026-04-29"
    assert one(_KR, ".space", "2026-04-30", **_WIDE)["note"] is None
    assert one(_KR, ".space", "2024-04-29", **_WIDE)["note"] is None


def test_rules_end() -> None:
    """After its last day a rule is no more."""
    pack = _own(valid_to=dt.date(2025, 12, 31))
    assert one(pack, ".void", "2025-12-31", **SNUG)["outcome"] == "FAIL"
    assert _said(one(pack, ".void", "2026-01-01", **SNUG)) == ("NOT_APPLICABLE", "until 2025-12-31")


def test_another_act_moves_the_first_day() -> None:
    """A user who knows the day of the method act writes it into the pack."""
    after = {"years": 3, "act": "the act", "in_force": dt.date(2028, 2, 12)}
    pack = _own(valid_from=dt.date(2030, 1, 1), after=after)
    row = one(pack, ".void", "2031-02-11", **SNUG)
    assert _said(row) == ("NOT_APPLICABLE", "from 2031-02-12")
    row = one(pack, ".void", "2031-02-12", **SNUG)
    assert (row["outcome"], row["note"]) == ("FAIL", None)


def test_days_of_their_own() -> None:
    """Each parcel is judged by its own day; without one, nothing can be said."""
    table = _parcels(*[SNUG | {"date": day} for day in ("2029-12-31", "2030-01-01", None)])
    outcomes = evaluate(rule_pack(_EU), table).to_pylist()[:3]
    assert [row["outcome"] for row in outcomes] == ["NOT_APPLICABLE", "PASS", "UNKNOWN"]
    assert outcomes[2]["reason"] == "missing: date"
    assert [row["on"] for row in outcomes] == [dt.date(2029, 12, 31), dt.date(2030, 1, 1), None]


def test_no_day_is_needed_where_a_rule_has_none() -> None:
    """A vendor's page without dates is judged on any day, and on none."""
    table = pa.table({"sku": ["S"], "pack_form": ["bag"], "date": pa.nulls(1, pa.date32())})
    assert evaluate(rule_pack("AMAZON-SIPP"), table).to_pylist()[0]["outcome"] == "PASS"


def _own(**rule: Any) -> RulePack:
    """A pack with one rule: at most 40 % of the inner volume is empty in 2025."""
    settings: Row = {
        "id": "OWN", "title": "Own", "version": "7", "jurisdiction": "here", "subject": "parcel",
        "source": "us", "confidence": "V",
        "rules": [
            {
                "id": "OWN.void", "title": "Void", "valid_from": dt.date(2025, 1, 1),
                "value": "1 - content_mm3 / inner_mm3", "limit": 0.3,
            }
        ],
    }  # fmt: skip
    settings["rules"][0] |= rule
    return read_pack(settings)


def _parcels(*rows: Row) -> pa.Table:
    rows = tuple({"order_id": f"A{i}", "parcel": 1} | row for i, row in enumerate(rows))
    return pa.Table.from_pylist(list(rows))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (LOOSE | {"own_container": True}, "24(5) sales pack used as e-commerce pack"),
        (
            LOOSE | {"reusable": True, "reuse_system": True},
            "24(5) reusable within a system for re-use",
        ),
    ],
)
def test_article_24_exempts(facts: Row, code: str) -> None:
    """Own containers, and reusables within a system; the value is told all the same."""
    for rule in (".outer", ".inner"):
        row = one(_EU, rule, "2030-01-01", **facts)
        assert _said(row) == ("EXEMPT", code)
        assert row["would_be"] == "EXEMPT"
        assert row["value"] > 0.5


def test_a_reusable_outside_a_system_is_not_exempt() -> None:
    """It has to belong to one; whether it does must be known."""
    loose = LOOSE | {"reusable": True}
    assert one(_EU, ".outer", "2030-01-01", reuse_system=False, **loose)["outcome"] == "FAIL"
    row = one(_EU, ".outer", "2030-01-01", **loose)
    assert _said(row) == ("UNKNOWN", "missing: reuse_system")
    assert row["would_be"] == "FAIL"


def test_mailers_are_modelled() -> None:
    """No text says how a bag is measured: what the model gives, only advises."""
    row = one(_EU, ".outer", "2030-01-01", **SNUG | {"kind": "mailer"})
    assert (row["outcome"], row["would_be"]) == ("ADVISORY", "PASS")
    assert "modelled" in row["reason"]


def test_what_excuses_more_space_is_told() -> None:
    """Reasons that the method act must consider stand beside the outcome."""
    facts = LOOSE | {"units": 3, "fragile": True, "liquid": True, "coolant_mm3": 5}
    note = one(_EU, ".outer", "2030-01-01", **facts)["note"]
    for text in ("24(2): fragile", "24(2): several products", "24(2): liquid", "coolant counted"):
        assert text in note


def test_evidence_stands_beside_the_outcome() -> None:
    """Why the next smaller package will not do."""
    facts = {"own_container": False, "smaller_that_hold": 0, "next_smaller": "C1: volume"}
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts)
    assert (row["outcome"], row["note"]) == ("PASS", "C1: volume")
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts | {"smaller_that_hold": 2})
    assert _said(row) == ("FAIL", "a smaller package holds the units")
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts | {"smaller_that_hold": None})
    assert _said(row) == ("UNKNOWN", "missing: smaller_that_hold")


_FULL = {
    (_EU, ".outer"): SNUG,
    (_EU, ".inner"): SNUG,
    ("EU-2025/40-10", ".smallest"): {"own_container": False, "smaller_that_hold": 0},
    (_KR, ".space"): _SINGLE,
    (_KR, ".count"): _SINGLE,
    (_GB, ".layers"): {
        "goods": "food",
        "for_sale": True,
        "product_class": "tea",
        "sales_pack_layers": 4,
    },
    (_GB, ".cost"): {
        "goods": "food",
        "for_sale": True,
        "product_class": "zongzi",
        "sales_pack_cost_cny": 1,
        "price_cny": 150,
    },
    **{("CN-GB43352", f".{name}"): _REPORT for name in ("metals", "pb", "hg", "cd", "cr", "zn")},
    **{
        ("AMAZON-SIPP", rule): _BAG
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
        row = one(_EU, rule, "2030-01-01", **facts)
        assert row["outcome"] == "UNKNOWN"
        assert text in row["reason"]
        assert row["would_be"] is None


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
    table = _parcels(SNUG)
    for name, values in column.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(values))
    with pytest.raises(RulesError, match=message):
        evaluate(rule_pack(_EU), table, dt.date(2030, 1, 1))


def test_facts_come_as_text_and_as_words_too() -> None:
    """A CSV file gives text; numbers, yes and no, and blanks are read as what they are."""
    text = {name: str(value) for name, value in SNUG.items()} | {"own_container": " No "}
    table = _parcels(text, text | {"content_mm3": " "}, text | {"own_container": ""})
    table = table.set_column(
        table.schema.get_field_index("kind"), "kind", table["kind"].dictionary_encode()
    )
    outcomes = evaluate(rule_pack(_EU), table, dt.date(2030, 1, 1)).to_pylist()
    assert [_said(row) for row in outcomes[:3]] == [
        ("PASS", None),
        ("UNKNOWN", "missing: content_mm3"),
        ("UNKNOWN", "missing: own_container"),
    ]


def test_what_cannot_be_judged_is_refused() -> None:
    """Facts about something else, no pack, no day, and days that are none."""
    table = pa.table({"sku": ["S"]})
    with pytest.raises(RulesError, match="found no column order_id and parcel"):
        evaluate(rule_pack(_EU), table, dt.date(2030, 1, 1))
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
    outcomes = evaluate(rule_pack(_EU), table, dt.date(2030, 1, 1))
    assert outcomes.num_rows == 0
    assert summarise(outcomes).num_rows == 0


def test_the_summary_counts_every_row_once() -> None:
    """Rows by rule, outcome and reason; shares of a rule add up to one."""
    table = _parcels(SNUG, LOOSE, LOOSE, SNUG | {"content_mm3": None})
    summary = summarise(evaluate(rule_pack(_EU), table, dt.date(2030, 1, 1))).to_pylist()
    outer = [row for row in summary if row["rule_id"] == "EU-2025/40-24.outer"]
    assert [(row["outcome"], row["reason"], row["rows"], row["share"]) for row in outer] == [
        ("PASS", None, 1, 0.25),
        ("FAIL", "above the limit", 2, 0.5),
        ("UNKNOWN", "missing: content_mm3", 1, 0.25),
    ]
    assert {row["version"] for row in summary} == {rule_pack(_EU).version}
