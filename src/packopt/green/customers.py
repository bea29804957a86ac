"""Row 17 of the demands: notices to contract customers who supply their own packaging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt.green.data import data
from packopt.green.findings import Findings, Metric
from packopt.green.sheet import Sheet, count, day, flag, number, text
from packopt.green.suppliers import gb43352_in_force
from packopt.green.tape import SLIM_MM

if TYPE_CHECKING:
    from packopt.green.facts import Facts

CUSTOMER_NOTICES: Final = Sheet(
    "customer_notices",
    "1.0",
    pa.schema(
        [
            text("customer", "the customer's id", nullable=False),
            count("boxes", "packages that the customer supplies"),
            count("failing", "of them, those that break a limit"),
            count("unknown", "of them, those of which something is missing"),
            day("notified_on", "day of the written notice"),
            day("acknowledged_on", "day on which the customer acknowledged it"),
            text("state", "acknowledged, notified or to_notify", nullable=False),
        ]
    ),
)
CUSTOMER_BOXES: Final = Sheet(
    "customer_boxes",
    "1.0",
    pa.schema(
        [
            text("customer", "the customer's id", nullable=False),
            text("box", "the customer's name for it", nullable=False),
            number("tape_width_mm", "width of the tape on it"),
            text("outcome", "PASS, FAIL or UNKNOWN", nullable=False),
            text("reason", "which limits it breaks, and what is missing"),
            flag(
                "advisory",
                "limits of tape and of plastic come from secondary sources",
                nullable=False,
            ),
        ]
    ),
)


def customers(facts: Facts) -> Findings:
    """Packages of contract customers against the limits, and a written notice for each customer.

    A customer who acknowledged the notice was told of it, whatever ``notified_on`` says.
    """
    findings = Findings()
    boxes = facts.inputs.frame("customer_boxes")
    judged = [_judged(row, facts) for row in boxes.to_dicts()]
    findings.put(CUSTOMER_BOXES, judged)
    names = sorted({*facts.inputs.frame("customers")["customer"], *boxes["customer"]})
    known = {row["customer"]: row for row in facts.inputs.frame("customers").to_dicts()}
    rows = [_notice(name, known.get(name, {}), judged) for name in names]
    findings.put(CUSTOMER_NOTICES, rows)
    missing = facts.inputs.needs("customers")
    told = sum(row["state"] != "to_notify" for row in rows)
    failing = sum(row["outcome"] == "FAIL" for row in judged)
    doubtful = sum(row["outcome"] == "UNKNOWN" for row in judged)
    no_boxes = facts.inputs.needs("customer_boxes")
    findings.metrics += [
        Metric.ratio("customers_notified_share", told, len(rows), absent=missing),
        Metric.of(
            "customer_boxes_non_compliant",
            failing,
            f"facts of {doubtful:,} boxes" if doubtful else "",
            absent=no_boxes,
        ),
    ]
    if rows:
        findings.documents["customer_notices.md"] = _letters(rows, judged, facts)
    return findings


def _judged(box: dict[str, Any], facts: Facts) -> dict[str, Any]:
    broken, missing = [], []
    width = box["tape_width_mm"]
    if width is None:
        missing.append("tape_width_mm")
    elif width > SLIM_MM:
        broken.append(f"tape of {width:g} mm, at most {SLIM_MM:g} mm are allowed")
    if box["plastic"] is None:
        missing.append("plastic")
    elif box["plastic"] and facts.on >= data("customers")["plastic_ban_from"]:
        if box["degradable"] is None:
            missing.append("degradable")
        elif not box["degradable"]:
            broken.append("plastic that does not degrade")
    if facts.on >= gb43352_in_force():
        until = box["report_valid_until"]
        if box["report_id"] is None:
            missing.append("report_id")
        elif until is not None and until < facts.on:
            broken.append(f"its laboratory report counted until {until}")
    found = broken + ([f"no value of {', '.join(missing)}"] if missing else [])
    return {
        "customer": box["customer"],
        "box": box["box"],
        "tape_width_mm": width,
        "outcome": "FAIL" if broken else "UNKNOWN" if missing else "PASS",
        "reason": "; ".join(found) or None,
        "advisory": True,
    }


def _notice(name: str, row: dict[str, Any], judged: list[dict[str, Any]]) -> dict[str, Any]:
    boxes = [one["outcome"] for one in judged if one["customer"] == name]
    acknowledged, notified = row.get("acknowledged_on"), row.get("notified_on")
    state = "acknowledged" if acknowledged else "notified" if notified else "to_notify"
    return {
        "customer": name,
        "boxes": len(boxes),
        "failing": boxes.count("FAIL"),
        "unknown": boxes.count("UNKNOWN"),
        "notified_on": notified,
        "acknowledged_on": acknowledged,
        "state": state,
    }


def _letters(rows: list[dict[str, Any]], judged: list[dict[str, Any]], facts: Facts) -> str:
    """One notice for each customer, in English and Chinese."""
    words = data("customers")
    parts = []
    for row in rows:
        boxes = [one for one in judged if one["customer"] == row["customer"]]
        lines = [f"| {one['box']} | {one['outcome']} | {one['reason'] or ''} |" for one in boxes]
        table = ["| package | outcome | reason |", "|---|---|---|", *lines, ""] if boxes else []
        parts += [
            f"## {row['customer']}",
            "",
            words["notice"].format(tape=f"{SLIM_MM:g}", on=facts.on.isoformat()).strip(),
            "",
            words["notice_zh"].format(tape=f"{SLIM_MM:g}", on=facts.on.isoformat()).strip(),
            "",
            *table,
            words["acknowledge"].strip(),
            "",
        ]
    return "\n".join(["# Notices on packaging of your own", "", *parts])
