"""A billing rule computed slowly: one parcel at a time, in fractions, out of the TOML itself."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import packopt

FOLDER = Path(packopt.__file__).parent / "datasets" / "carriers"
MM = {"in-lb": Fraction(254, 10), "cm-kg": Fraction(10)}
G = {"in-lb": Fraction("453.59237"), "cm-kg": Fraction(1000)}


def versions(path: Path) -> list[dict[str, Any]]:
    """The versions of a rule as plain values."""
    values = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    common = {key: value for key, value in values.items() if key != "versions"}
    return [common | one for one in values.get("versions", [{}])]


def version_on(name: str, day: dt.date) -> dict[str, Any] | None:
    """The version that is valid on a day."""
    for one in versions(FOLDER / f"{name}.toml"):
        if one["valid_from"] <= day <= one.get("valid_to", dt.date.max):
            return one
    return None


@dataclass
class Bill:
    """What is billed for one parcel: amount in the rule's unit, g or thousandths, and refusal."""

    amount: Fraction
    billable: int
    by_size: bool
    refused: bool
    flags: list[tuple[str, str]]


def bill(rule: dict[str, Any], outer_mm: list[int], gross_g: float) -> Bill:
    """Bill one parcel."""
    units, cubic = rule["units"], rule.get("basis") == "cubic"
    how = rule["side_rounding"]
    slack = rule.get("rounding_slack_mm", 1 if units == "in-lb" else 0)
    # What a float of grams means to the nanogram, as a weight in the carrier's unit.
    grams = Fraction(round(Fraction(gross_g) * 10**9), 10**9)
    weight = grams / G[units]
    step = Fraction(rule.get("side_step", 1))
    sides = [_round(Fraction(side) / MM[units], how, step, slack / MM[units]) for side in outer_mm]
    size = sides[0] * sides[1] * sides[2] / Fraction(rule["divisor"])
    steps = rule.get("steps", [{"step": 1 / G[units]}])
    threshold = _measures(outer_mm, how, step, slack, units)
    asked = rule.get("dim_above")
    if asked and not _exceeds(threshold[asked["measure"]], asked["above"]):
        rounded_size = Fraction(0)
    else:
        rounded_size = _up(size, steps)
    amount = rounded_size if cubic else max(rounded_size, _up(weight, steps))
    limits = _measures(outer_mm, rule.get("limit_rounding", how), step, slack, units)
    limits |= {"weight": (weight, False), "size": (size, False)}
    flags, refused = [], False
    for flag in rule.get("flags", []):
        if not _exceeds(limits[flag["measure"]], flag["above"]):
            continue
        status = flag.get("status", "stated")
        flags.append((flag["flag"], flag["measure"]))
        refused |= flag.get("effect") == "refused" and status != "advisory"
        applied = "advisory" not in (status, flag.get("minimum_status", status))
        if "minimum" in flag and applied:
            amount = max(amount, _up(Fraction(flag["minimum"]), steps))
    billable = ceil(amount * 1000) if cubic else ceil(amount * G[units])
    return Bill(amount, billable, rounded_size > _up(weight, steps) or cubic, refused, flags)


def _round(side: Fraction, how: str, step: Fraction, slack: Fraction) -> Fraction:
    count = side / step
    if how == "none":
        return side
    if how == "up":
        down = floor(count) * step
        # Less than the slack beyond a whole step is that step.
        whole = floor(count) if side - down < slack or side == down else ceil(count)
    elif how == "nearest":
        whole = floor(count + Fraction(1, 2))
    else:
        whole = floor(count)
    return max(whole, 1) * step


def _up(amount: Fraction, steps: list[dict[str, Any]]) -> Fraction:
    for one in steps:
        if "up_to" not in one or amount <= one["up_to"]:
            return ceil(amount / Fraction(one["step"])) * Fraction(one["step"])
    raise AssertionError("the last step has no end")


def _measures(
    outer_mm: list[int], how: str, step: Fraction, slack: int, units: str
) -> dict[str, tuple[Fraction, bool]]:
    """Measures, and whether the real ones are a little more."""
    if how == "none":
        sides, more = [max(Fraction(side - slack), 0) / MM[units] for side in outer_mm], slack > 0
    else:
        sides, more = (
            [_round(Fraction(side) / MM[units], how, step, slack / MM[units]) for side in outer_mm],
            False,
        )
    longest, second, third = sorted(sides, reverse=True)
    girth = 2 * (second + third)
    return {
        "longest": (longest, more),
        "second": (second, more),
        "girth": (girth, more),
        "length_girth": (longest + girth, more),
        "volume": (longest * second * third, more),
    }


def _exceeds(measure: tuple[Fraction, bool], above: Any) -> bool:
    value, more = measure
    return value > Fraction(above) or (more and value == Fraction(above))
