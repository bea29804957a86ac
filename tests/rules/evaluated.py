"""One rule held against one row of facts, and rows that several tests hold them against."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from packopt.rules import OUTCOMES, evaluate, read_pack, rule_pack
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


def said(row: Row) -> tuple[str, str | None]:
    return row["outcome"], row["reason"]


EU = "EU-2025/40-24"

KR = "KR-2026"

GB = "CN-GB23350"

#: 200 x 150 x 100 in 220 x 160 x 140 with walls of 3, 3 and 6 mm.
SNUG: Row = {
    "kind": "carton", "own_container": False, "reusable": False, "content_mm3": 3_000_000,
    "inner_mm3": 220 * 160 * 140, "outer_mm3": 226 * 166 * 152,
}  # fmt: skip

#: The same 3.0 L in 300 x 200 x 150.
LOOSE: Row = SNUG | {"inner_mm3": 300 * 200 * 150, "outer_mm3": 306 * 206 * 162}

SINGLE: Row = SNUG | {
    "units": 1, "coolant_mm3": 0, "outer_length_mm": 226, "outer_width_mm": 166,
    "outer_height_mm": 152, "box_length_mm": 200, "box_width_mm": 150, "annual_sales_krw": 6e10,
    "cushioning": "none", "glass": False, "liquid": False, "drop_test_failed": False,
    "reused_pack": False, "rebundled": False, "automated_packing": False, "packing_count": 1,
    "plastic": False, "recycled_share": 0.0,
}  # fmt: skip

WIDE: Row = SINGLE | {"inner_mm3": 7_500_000}  # 60 % empty

REPORT: Row = {
    "pack_material": "plastic", "biodegradable": True, "food_contact": False, "pb_mg_kg": 40,
    "hg_mg_kg": 0.1, "cd_mg_kg": 0.1, "cr_mg_kg": 49, "zn_mg_kg": 150, "benzenes_mg_m2": 2.5,
}  # fmt: skip

BAG: Row = {
    "pack_form": "bag", "length_mm": 455, "width_mm": 340, "height_mm": 140, "weight_g": 5000,
    "ista6_passed": True, "ista6_by_lab": False, "fragile": False, "liquid": False, "sharp": False,
}  # fmt: skip


def own(**rule: Any) -> RulePack:
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


def parcels(*rows: Row) -> pa.Table:
    rows = tuple({"order_id": f"A{i}", "parcel": 1} | row for i, row in enumerate(rows))
    return pa.Table.from_pylist(list(rows))
