"""Every file that a user may give, for the world of `world.py`; what they say is easy to add up."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from green.world import Row, green, parcel_rows, rows
from packopt.green import Green, Settings, parcel_hash
from packopt.rules import OUTCOMES
from packopt.savings.tables import SAVINGS_ORDERS, SAVINGS_TOTAL

SETTINGS = Settings(
    producer="P-1",
    organisation_id="100001",
    organisation_size="L",
    packaging_activity="SO",
    packaging_type="HH",
    truck_m3=0.1,
    retention_days=365,
    sample_size=4,
)


def day(text: str) -> dt.date:
    """A date from text."""
    return dt.date.fromisoformat(text)


def _dict(names: str, *values: tuple[Any, ...]) -> list[Row]:
    return [dict(zip(names.split(), row, strict=True)) for row in values]


ZONES = _dict(
    "region zone central",
    ("CN-A", "centre", True),
    ("CN-B", "rural", None),
    ("DE", "abroad", False),
    ("gb", "abroad", False),
    ("US-CA", "abroad", False),
)
ASSETS = _dict(
    "asset_id package_id zone trips state",
    ("A1", "R1", "centre", 30, "in_use"),
    ("A2", "R1", "centre", 10, "lost"),
    ("A3", "R1", "centre", 20, "scrapped"),
    ("A4", "R1", "centre", 0, "in_stock"),
)
CERTIFICATES = _dict(
    "item kind certificate issuer valid_from expires",
    ("C1", 2, "X1", "CQC", day("2025-01-01"), day("2025-03-31")),
    ("B1", 2, "X2", "CQC", day("2025-01-01"), day("2025-09-15")),
    ("P1", 3, None, None, None, None),
    ("R1", 10, "X4", "CQC", day("2025-01-01"), None),
    ("tape", 9, "X3", "CQC", day("2024-01-01"), day("2026-12-31")),
)
SUPPLIERS = _dict(
    "item supplier qualified qualified_until",
    ("C1", "S-A", True, day("2026-12-31")),
    ("B1", "S-A", True, None),
    ("P1", "S-B", False, None),
    ("K1", "S-B", True, day("2025-07-31")),
    ("R1", "S-C", True, None),
    ("E1", "S-C", True, None),
    ("tape", "S-D", True, None),
    ("filler", "S-D", True, None),
)
_CLEAN = {"pb_mg_kg": 10.0, "hg_mg_kg": 0.1, "cd_mg_kg": 0.1, "cr_mg_kg": 10.0}
_CLEAN |= {"solvent_mg_m2": 1.0, "benzenes_mg_m2": 1.0}
_PAPER = {"pack_material": "paper", "issued": day("2025-01-02"), "aox_mg_m2": 1.0} | _CLEAN
_PLASTIC = {"pack_material": "plastic", "issued": day("2025-01-02"), "biodegradable": False}
_PLASTIC |= {"phthalates_low_mg_kg": 1.0, "phthalates_high_mg_kg": 1.0} | _CLEAN
TEST_REPORTS: list[Row] = [
    {"item": "C1", "report_id": "L1"} | _PAPER,
    {"item": "B1", "report_id": "L2", "valid_until": day("2026-01-01")} | _PAPER,
    {"item": "P1", "report_id": "L3"} | _PLASTIC | {"cd_mg_kg": 0.6},
]
CONSUMABLES = _dict(
    "item material width_mm degradable recycled_share recyclable",
    ("tape", "pp", 45.0, False, 0.0, False),
    ("filler", "paper", None, True, 0.5, True),
)
MERCHANTS = _dict("seller since", ("S1", None), ("S2", None), ("S3", day("2025-04-01")))
PLASTICS = _dict(
    "period seller product used_pieces used_kg recovered_pieces recovered_kg",
    ("2025-Q1", "S1", "bag", 10, 0.1, 2, 0.02),
    ("2025-Q2", "S3", "tape", None, 0.05, None, None),
    ("2025-Q3", None, "bag", None, None, 1, 0.01),
)
USED_CARTONS = _dict(
    "package_id replaces grade trips max_trips stock load_share issued",
    ("U1", "C1", "A", 1, 3, 5, 0.8, 4),
)
ORDER_FACTS = _dict(
    "order_id e_commerce packaging_choice",
    ("o1", None, "reduced"),
    ("o2", True, "standard"),
    ("o6", True, "reusable"),
    ("o9", False, None),
)
CLASS_PRICES = _dict(
    "class price currency points_per_kg",
    ("standard", 0.5, "EUR", None),
    ("reusable", 0.2, "EUR", 10.0),
    ("plastic_free", 0.4, "EUR", 5.0),
)
_USED = {"o4": "C1", "o8": "P1"}
PACKING_LOG: list[Row] = [
    {
        "order_id": row["order_id"],
        "parcel": row["parcel"],
        "package_id": _USED.get(row["order_id"], row["package_id"]),
        "version": "V1",
        "packed_again": row["order_id"] == "o2",
        "damaged": row["order_id"] == "o9",
    }
    for row in parcel_rows()
]
FILINGS = _dict("version sha256 filed_on authority", ("V1", "ab" * 32, day("2025-03-01"), "post"))
ACTIONS = _dict(
    "action_id finding owner opened_on closed_on",
    ("A1", "tape", "packing", day("2025-06-01"), day("2025-06-15")),
    ("A2", "oversize", "packing", day("2025-06-01"), None),
)
CUSTOMERS = _dict(
    "customer notified_on acknowledged_on",
    ("K9", day("2025-05-01"), day("2025-05-03")),
    ("K8", None, None),
)
CUSTOMER_BOXES = _dict(
    "customer box tape_width_mm plastic degradable report_id report_valid_until",
    ("K9", "b1", 60.0, False, None, "L7", day("2026-01-01")),
    ("K8", "b2", 45.0, False, None, "L8", day("2026-01-01")),
)
COMPLAINTS = _dict(
    "complaint_id parcel_hash received_on answered_on substantiated",
    ("Z1", parcel_hash("o1", 1), day("2025-02-01"), day("2025-02-04"), True),
    ("Z2", parcel_hash("o7", 1), day("2025-06-01"), day("2025-06-06"), False),
)
OWNERS = _dict(
    "metric owner signed_off_on",
    ("reusable_share_central", "logistics", day("2025-08-01")),
    ("no_second_packaging_rate", "packing", None),
)
FEES: list[Row] = [
    {"country": country, "category": category, "year": "2025", "fee_per_kg": fee, "currency": "EUR"}
    for country in ("CN", "DE", "GB", "US")
    for category, fee in (("paper_cardboard", 1.0), ("plastic", 2.0))
]
_BOUGHT = {
    ("2025-Q1", "board"): (1.0, 0.0, 0.85, 0.04),
    ("2025-Q1", "paper"): (0.008, 0.0, 0.0, 0.0),
    ("2025-Q1", "ldpe"): (0.01, 0.0, 0.0, 0.0),
    ("2025-Q1", "pp"): (0.002, 0.0, 0.0, 0.0),
    ("2025-Q2", "board"): (0.26, 0.0, 0.0, 0.0),
    ("2025-Q2", "paper"): (0.02, 0.0, 0.0, 0.0),
    ("2025-Q2", "pp"): (0.024, 0.0, 0.0, 0.0),
    ("2025-Q2", "eps"): (0.2, 0.0, 0.0, 0.0),
    ("2025-Q3", "paper"): (0.008, 0.0, 0.0, 0.0),
    ("2025-Q3", "ldpe"): (0.015, 0.0, 0.0, 0.0),
}
PURCHASES: list[Row] = [
    {
        "period": period,
        "material": material,
        "bought_kg": bought,
        "opening_kg": opening,
        "closing_kg": closing,
        "scrap_kg": scrap,
    }
    for (period, material), (bought, opening, closing, scrap) in _BOUGHT.items()
]
SKUS = _dict(
    "sku unit_price currency",
    ("a", 10.0, "EUR"),
    ("b", 20.0, "EUR"),
    ("d", 30.0, "EUR"),
    ("f", 40.0, "EUR"),
)
DISPOSAL = _dict(
    "country material treatment share",
    (None, "board", "recycling", 0.8),
    (None, "board", "landfill", 0.2),
    ("DE", "board", "recycling", 1.0),
    (None, "paper", "recycling", 1.0),
    (None, "ldpe", "incineration", 1.0),
    (None, "pp", "incineration", 1.0),
)
COMPONENTS_2023 = _dict("material mass_kg components", ("ldpe", 0.02, 2))
UK_RATINGS = _dict("item rating", ("K1", "G"))

FILES: dict[str, list[Row]] = {
    "zones": ZONES,
    "assets": ASSETS,
    "certificates": CERTIFICATES,
    "consumables": CONSUMABLES,
    "suppliers": SUPPLIERS,
    "test_reports": TEST_REPORTS,
    "merchants": MERCHANTS,
    "plastics": PLASTICS,
    "used_cartons": USED_CARTONS,
    "order_facts": ORDER_FACTS,
    "class_prices": CLASS_PRICES,
    "packing_log": PACKING_LOG,
    "filings": FILINGS,
    "actions": ACTIONS,
    "customers": CUSTOMERS,
    "customer_boxes": CUSTOMER_BOXES,
    "complaints": COMPLAINTS,
    "owners": OWNERS,
    "fees": FEES,
    "purchases": PURCHASES,
    "skus": SKUS,
    "disposal": DISPOSAL,
    "components_2023": COMPONENTS_2023,
    "uk_ratings": UK_RATINGS,
}


def savings() -> SimpleNamespace:
    """A replay in which o1, o4 and o6 count: baseline 440 g, plan 194 g."""
    before = {"o1": (200.0, 12.0), "o4": (120.0, 10.0), "o6": (120.0, 20.0)}
    after = {"o1": (110.0, 2.0), "o4": (64.0, 0.0), "o6": (20.0, 20.0)}
    days = {"o1": "2025-01-10", "o4": "2025-04-05", "o6": "2025-05-01"}
    blank = dict.fromkeys(SAVINGS_ORDERS.names)
    orders = [
        blank
        | {
            "order_id": name,
            "date": day(days[name]),
            "status": "counted",
            "units": 1,
            "content_mm3": 1,
            "baseline_packaging_g": before[name][0],
            "baseline_plastic_g": before[name][1],
            "plan_packaging_g": after[name][0],
            "plan_plastic_g": after[name][1],
        }
        for name in before
    ]
    orders.append(orders[0] | {"order_id": "o2", "status": "cannot_hold"})
    total = [
        _total("packaging_g", 0.440, 0.194, per_order=82.0),
        _total("board_m2", 2.0, 0.5, per_order=0.5),
        _total("billable_g", 5.0, 3.0, per_order=667.0),
    ]
    table = pa.Table.from_pylist(orders, SAVINGS_ORDERS)
    return SimpleNamespace(
        select=lambda name, columns: {"orders": table}[name].select(columns),
        total=pa.Table.from_pylist(total, SAVINGS_TOTAL),
        about={"baseline": "volume-80"},
    )


def _total(measure: str, before: float, after: float, *, per_order: float) -> Row:
    saved = before - after
    blank = dict.fromkeys(SAVINGS_TOTAL.names)
    return blank | {
        "measure": measure,
        "unit": "kg",
        "orders": 3,
        "baseline": before,
        "plan": after,
        "saved": saved,
        "saved_low": saved - 0.1,
        "saved_high": saved + 0.1,
        "saved_share": saved / before,
        "share_low": saved / before - 0.1,
        "share_high": saved / before + 0.1,
        "per_order": per_order,
        "per_order_low": per_order - 1,
        "per_order_high": per_order + 1,
    }


def outcomes() -> pa.Table:
    """What rules say of four articles and three parcels."""
    found = [
        {"sku": "a", "outcome": "PASS"},
        {"sku": "b", "outcome": "FAIL", "reason": "5 layers"},
        {"sku": "d", "outcome": "UNKNOWN", "reason": "price_cny"},
        {"sku": "f", "outcome": "NOT_APPLICABLE", "reason": "no food"},
    ]
    made = [row | {"pack": "CN-GB23350", "rule_id": "CN-GB23350.layers"} for row in found]
    advised = [("o1", "PASS", "PASS"), ("o2", "PASS", "FAIL"), ("o4", "PASS", None)]
    for order, *would_be in advised:
        made += [
            {
                "order_id": order,
                "parcel": 1,
                "pack": "CN-EXPRESS-2026",
                "rule_id": f"CN-EXPRESS-2026.{number}",
                "outcome": "ADVISORY",
                "would_be": word,
            }
            for number, word in enumerate(would_be)
        ]
    blank = dict.fromkeys(OUTCOMES.names) | {"version": "1", "confidence": "S2"}
    return pa.Table.from_pylist([blank | row for row in made], OUTCOMES)


def everything(**others: Any) -> Green:
    """All tables with every file; three of the four parcels of the audit sample pass."""
    drawn = rows(green(settings=SETTINGS), "audit_sample")
    found = [
        {
            "order_id": row["order_id"],
            "parcel": row["parcel"],
            "passed": row["number"] < 4,
            "finding": None if row["number"] < 4 else "tape",
            "checked_on": day("2025-07-15"),
        }
        for row in drawn
    ]
    given: dict[str, Any] = {"settings": SETTINGS, "savings": savings(), "outcomes": outcomes()}
    return green(FILES | {"audit_results": found}, **(given | others))
