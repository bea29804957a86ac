"""From which day to which a rule holds."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from packopt.rules import evaluate, rule_pack
from rules.evaluated import (
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
    own,
    parcels,
    said,
)


@pytest.mark.parametrize(
    ("pack", "rule", "facts", "before", "since", "says"),
    [
        (EU, ".outer", SNUG, "2029-12-31", "2030-01-01", "PASS"),
        (EU, ".inner", LOOSE, "2029-12-31", "2030-01-01", "FAIL"),
        (
            "EU-2025/40-10",
            ".smallest",
            {"own_container": False, "smaller_that_hold": 1},
            "2029-12-31",
            "2030-01-01",
            "FAIL",
        ),
        (KR, ".space", WIDE, "2024-04-29", "2024-04-30", "FAIL"),
        (KR, ".count", SINGLE, "2024-04-29", "2024-04-30", "PASS"),
        (
            "CN-EXPRESS-2026",
            ".layers",
            {"packing_layers": 9, "temperature": "frozen"},
            "2026-06-30",
            "2026-07-01",
            "ADVISORY",
        ),
        (
            GB,
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
        ("CN-GB43352", ".pb", REPORT, "2024-05-31", "2024-06-01", "PASS"),
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
    assert one(KR, ".space", "2026-04-29", **WIDE)["note"] == "no fines until 2026-04-29"
    assert one(KR, ".space", "2026-04-30", **WIDE)["note"] is None
    assert one(KR, ".space", "2024-04-29", **WIDE)["note"] is None


def test_rules_end() -> None:
    """After its last day a rule is no more."""
    pack = own(valid_to=dt.date(2025, 12, 31))
    assert one(pack, ".void", "2025-12-31", **SNUG)["outcome"] == "FAIL"
    assert said(one(pack, ".void", "2026-01-01", **SNUG)) == ("NOT_APPLICABLE", "until 2025-12-31")


def test_another_act_moves_the_first_day() -> None:
    """A user who knows the day of the method act writes it into the pack."""
    after = {"years": 3, "act": "the act", "in_force": dt.date(2028, 2, 12)}
    pack = own(valid_from=dt.date(2030, 1, 1), after=after)
    row = one(pack, ".void", "2031-02-11", **SNUG)
    assert said(row) == ("NOT_APPLICABLE", "from 2031-02-12")
    row = one(pack, ".void", "2031-02-12", **SNUG)
    assert (row["outcome"], row["note"]) == ("FAIL", None)


def test_days_of_their_own() -> None:
    """Each parcel is judged by its own day; without one, nothing can be said."""
    table = parcels(*[SNUG | {"date": day} for day in ("2029-12-31", "2030-01-01", None)])
    outcomes = evaluate(rule_pack(EU), table).to_pylist()[:3]
    assert [row["outcome"] for row in outcomes] == ["NOT_APPLICABLE", "PASS", "UNKNOWN"]
    assert outcomes[2]["reason"] == "missing: date"
    assert [row["on"] for row in outcomes] == [dt.date(2029, 12, 31), dt.date(2030, 1, 1), None]


def test_no_day_is_needed_where_a_rule_has_none() -> None:
    """A vendor's page without dates is judged on any day, and on none."""
    table = pa.table({"sku": ["S"], "pack_form": ["bag"], "date": pa.nulls(1, pa.date32())})
    assert evaluate(rule_pack("AMAZON-SIPP"), table).to_pylist()[0]["outcome"] == "PASS"
