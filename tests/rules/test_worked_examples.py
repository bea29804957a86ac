"""Rules held against the worked examples of the law, and what stands beside an outcome."""

from __future__ import annotations

import pytest

from rules.evaluated import (
    BAG,
    EU,
    GB,
    KR,
    LOOSE,
    REPORT,
    SINGLE,
    SNUG,
    WIDE,
    Row,
    one,
    said,
)


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
    row = one(EU, rule, "2030-01-01", **facts)
    assert row["value"] == pytest.approx(value, abs=5e-4)
    assert (row["limit"], row["at"], row["outcome"]) == (0.5, "most", outcome)


@pytest.mark.parametrize(("k", "ratio"), [(12, 0.0), (7, 0.2 / 3), (5, 1 / 3)])
def test_the_worked_examples_of_gb_23350(k: int, ratio: float) -> None:
    """3000 cm3 for eight contents of 50 cm3: 0, 6.7 % and 33.3 % for coefficients 12, 7 and 5."""
    row = one(
        GB,
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
        GB,
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


@pytest.mark.parametrize(
    ("facts", "outcome", "reason", "limit"),
    [
        (SINGLE, "PASS", None, 0.5),
        (WIDE, "FAIL", "above the limit", 0.5),
        (WIDE | {"cushioning": "paper"}, "PASS", None, 0.7),
        (WIDE | {"coolant_mm3": 750_000}, "PASS", None, 0.5),
        (WIDE | {"units": 2}, "EXEMPT", "several products packed together", 0.5),
        (WIDE | {"glass": True}, "EXEMPT", "glass, ceramic or clay", 0.5),
        (
            WIDE | {"outer_length_mm": 182},
            "EXEMPT",
            "small parcel, sides of 50 cm together at most",
            0.5,
        ),
        (WIDE | {"outer_length_mm": 183}, "FAIL", "above the limit", 0.5),
        (
            WIDE | {"box_width_mm": 40},
            "EXEMPT",
            "long: both short sides at most 20 % of the longest",
            0.5,
        ),
        (
            WIDE | {"annual_sales_krw": 4.99e10},
            "NOT_APPLICABLE",
            "annual sales below KRW 50 bn",
            0.5,
        ),
        (
            WIDE | {"automated_packing": True},
            "ADVISORY",
            "small parcel, 60 cm with automated packing: draft of March 2026 (not verified)",
            0.5,
        ),
        (
            WIDE | {"kind": "mailer", "plastic": True, "recycled_share": 0.2},
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
    row = one(KR, ".space", "2026-06-01", **facts)
    assert (row["outcome"], row["reason"], row["limit"]) == (outcome, reason, limit)


def test_korea_counts_packs_of_small_parcels_too() -> None:
    """The space ratio does not bind them, the packing count does."""
    small = WIDE | {"outer_length_mm": 100, "packing_count": 2}
    assert one(KR, ".space", "2026-06-01", **small)["outcome"] == "EXEMPT"
    assert one(KR, ".count", "2026-06-01", **small)["outcome"] == "FAIL"


def test_confidence_travels_with_the_outcome() -> None:
    """A reader sees that a rule was read in secondary sources only."""
    assert one(KR, ".space", "2026-06-01", **SINGLE)["confidence"] == "S2"
    assert one(EU, ".outer", "2030-01-01", **SNUG)["confidence"] == "V"


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
    assert said(row) == ("NOT_APPLICABLE", "no tape")
    sides = {"outer_length_mm": 300, "outer_width_mm": 400, "outer_height_mm": 0}
    sides |= {"box_length_mm": 120, "box_width_mm": 160, "box_height_mm": 0}
    row = one(pack, ".size", "2026-07-01", own_container=False, **sides)
    assert row["value"] == pytest.approx(2.5)
    assert (row["outcome"], row["would_be"]) == ("ADVISORY", "FAIL")


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
    assert said(one("CN-GB43352", rule, "2024-06-01", **REPORT | change)) == expected


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
    assert said(one("AMAZON-SIPP", rule, "2020-01-01", **BAG | change)) == expected


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
        row = one(EU, rule, "2030-01-01", **facts)
        assert said(row) == ("EXEMPT", code)
        assert row["would_be"] == "EXEMPT"
        assert row["value"] > 0.5


def test_a_reusable_outside_a_system_is_not_exempt() -> None:
    """It has to belong to one; whether it does must be known."""
    loose = LOOSE | {"reusable": True}
    assert one(EU, ".outer", "2030-01-01", reuse_system=False, **loose)["outcome"] == "FAIL"
    row = one(EU, ".outer", "2030-01-01", **loose)
    assert said(row) == ("UNKNOWN", "missing: reuse_system")
    assert row["would_be"] == "FAIL"


def test_mailers_are_modelled() -> None:
    """No text says how a bag is measured: what the model gives, only advises."""
    row = one(EU, ".outer", "2030-01-01", **SNUG | {"kind": "mailer"})
    assert (row["outcome"], row["would_be"]) == ("ADVISORY", "PASS")
    assert "modelled" in row["reason"]


def test_what_excuses_more_space_is_told() -> None:
    """Reasons that the method act must consider stand beside the outcome."""
    facts = LOOSE | {"units": 3, "fragile": True, "liquid": True, "coolant_mm3": 5}
    note = one(EU, ".outer", "2030-01-01", **facts)["note"]
    for text in ("24(2): fragile", "24(2): several products", "24(2): liquid", "coolant counted"):
        assert text in note


def test_evidence_stands_beside_the_outcome() -> None:
    """Why the next smaller package will not do."""
    facts = {"own_container": False, "smaller_that_hold": 0, "next_smaller": "C1: volume"}
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts)
    assert (row["outcome"], row["note"]) == ("PASS", "C1: volume")
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts | {"smaller_that_hold": 2})
    assert said(row) == ("FAIL", "a smaller package holds the units")
    row = one("EU-2025/40-10", ".smallest", "2030-01-01", **facts | {"smaller_that_hold": None})
    assert said(row) == ("UNKNOWN", "missing: smaller_that_hold")
