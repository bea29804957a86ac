"""Billing rules out of TOML files: our own, and those of a user's contract."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from packopt.carriers.rule import BillingRule
from packopt.carriers.settings import Settings
from packopt.carriers.sides import ROUNDINGS, SIZES, Rounding
from packopt.carriers.terms import UNITS, Flag, Step, Trigger
from packopt.errors import CarrierError

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.carriers.terms import Units

BASES: Final = ("weight", "cubic")
EFFECTS: Final = ("surcharge", "refused")
STATUSES: Final = ("stated", "disputed", "advisory")
#: Read in the carrier's own text; in two or more other sources that agree; in one; one's own.
CONFIDENCE: Final = ("primary", "secondary", "single", "contract")

_KEYS: Final = (
    "id", "carrier", "service", "valid_from", "valid_to", "units", "basis", "side_rounding",
    "side_step", "rounding_slack_mm", "limit_rounding", "divisor", "dim_above", "steps", "minimum",
    "flags", "sources", "confidence", "notes",
)  # fmt: skip
_FLAG_KEYS: Final = (
    "flag", "measure", "above", "effect", "status", "minimum", "minimum_status"
)  # fmt: skip
_MEASURES: Final = (*SIZES, "weight", "size")
_MOST_SLACK_MM: Final = 10
#: Finer sides are nobody's, and would not fit into 64 bits when multiplied.
_LEAST_SIDE_STEP: Final = Fraction(1, 10)


def read_rules(path: Path, *, name: str | None = None) -> tuple[BillingRule, ...]:
    """Read all versions of a rule.

    Parameters
    ----------
    path
        A TOML file. What stands at its top holds for every ``[[versions]]`` that does not say
        otherwise; without versions, the file is the only one.
    name
        What to call the rule; None takes the name of the file without its suffix.

    Returns
    -------
    The versions by first day.

    Raises
    ------
    CarrierError
        If the file cannot be read or anything in it is missing, unknown, out of range or
        contradictory; all faults are listed.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            # Decimal: 0.1 is a tenth here, not the binary number beside it.
            text = file.read().decode()
        values = tomllib.loads(text, parse_float=Decimal)
    except OSError as fault:
        raise CarrierError(
            source, f"cannot be read ({fault.strerror}); give the path of a TOML file"
        ) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CarrierError(
            source, f"is not TOML: {fault}; write lines such as divisor = 139"
        ) from fault
    faults: list[str] = []
    versions = _versions(values, faults)
    rules = [_rule(one, place, name or path.stem, faults) for one, place in versions]
    if not faults:
        rules.sort(key=lambda rule: rule.valid_from)
        faults += _overlaps(rules)
    if faults:
        raise CarrierError(source, faults)
    return tuple(rules)


def _versions(values: dict[str, Any], faults: list[str]) -> list[tuple[dict[str, Any], str]]:
    """Each version with what holds for all, and where it stands."""
    common = {key: value for key, value in values.items() if key != "versions"}
    if "versions" not in values:
        return [(common, "")]
    Settings(common, _KEYS, "", faults)  # so that an unknown key is told once
    versions = Settings(values, (*common, "versions"), "", faults)
    known = {key: value for key, value in common.items() if key in _KEYS}
    if not versions.tables("versions", _KEYS, required=True):
        return []
    return [
        ({**known, **{key: one[key] for key in one if key in _KEYS}}, f"versions[{number}].")
        for number, one in enumerate(values["versions"], start=1)
    ]


def _rule(values: dict[str, Any], place: str, name: str, faults: list[str]) -> BillingRule:
    told = Settings(values, _KEYS, place, faults)
    units = UNITS[told.word("units", list(UNITS))]
    how = told.word("side_rounding", ROUNDINGS)
    basis = told.word("basis", BASES, "weight")
    first, last = told.day("valid_from", required=True), told.day("valid_to", required=False)
    if first and last and last < first:
        told.refuse("valid_to", f"found {last}, before valid_from {first}; exchange them")
    step = told.number("side_step", default=Fraction(1))
    if step < _LEAST_SIDE_STEP:
        told.refuse("side_step", f"found {float(step):g}, expected 0.1 or more; correct it")
    limits = told.word("limit_rounding", ROUNDINGS, how)
    return BillingRule(
        name=name,
        id=told.text("id"),
        carrier=told.text("carrier"),
        service=told.text("service"),
        valid_from=first,  # type: ignore[arg-type]  # a rule without it is never handed out
        valid_to=last,
        basis=basis,
        units=units,
        sides=_rounding(told, how, step, units),
        limit_sides=_rounding(told, limits, step, units),
        divisor=told.number("divisor"),
        dim_above=_trigger(told.table("dim_above", ("measure", "above"))),
        steps=_steps(told, units.g_per_weight, basis),
        minimum=told.number("minimum", default=Fraction(0)),
        conditions=_flags(told, basis),
        sources=told.texts("sources", required=True),
        confidence=told.word("confidence", CONFIDENCE),
        notes=told.texts("notes"),
    )


def _rounding(told: Settings, how: str, step: Fraction, units: Units) -> Rounding:
    # Sides in whole mm are exact in cm; of inches they are the next mm above.
    default = int(units.side == "in" and how in ("up", "none"))
    return Rounding(
        how, step, told.whole("rounding_slack_mm", default=default, most=_MOST_SLACK_MM)
    )


def _steps(told: Settings, g_per_weight: Fraction, basis: str) -> tuple[Step, ...]:
    """Steps of weight; without any, whole grams."""
    if "steps" not in told and basis == "weight":
        return (Step(None, 1 / g_per_weight),)
    tables = told.tables("steps", ("up_to", "step"), required=True)
    steps = [
        Step(one.number("up_to") if "up_to" in one else None, one.number("step")) for one in tables
    ]
    for number, (table, one) in enumerate(zip(tables, steps, strict=True), start=1):
        is_last = number == len(steps)
        if is_last and one.up_to is not None:
            table.refuse("up_to", f"found {float(one.up_to):g} in the last step; delete it there")
        elif not is_last and one.up_to is None:
            table.refuse("up_to", "found nothing, expected the weight where this step ends; add it")
        elif one.up_to is not None and one.up_to % one.step:
            table.refuse(
                "up_to",
                f"found {float(one.up_to):g}, expected a multiple of the step "
                f"{float(one.step):g}, or heavier parcels would be billed less; correct it",
            )
    for number, (one, following) in enumerate(pairwise(steps), start=1):
        if one.up_to and following.up_to and following.up_to <= one.up_to:
            tables[number].refuse("up_to", "found no more than in the step before; sort the steps")
    return tuple(steps) or (Step(None, Fraction(1)),)


def _flags(told: Settings, basis: str) -> tuple[Flag, ...]:
    flags = []
    for one in told.tables("flags", _FLAG_KEYS):
        minimum = one.number("minimum") if "minimum" in one else None
        if minimum is not None and basis == "cubic":
            one.refuse("minimum", "found in a rule that bills by size, not by weight; delete it")
        status = one.word("status", STATUSES, "stated")
        flags.append(
            Flag(
                flag=one.text("flag"),
                trigger=Trigger(one.word("measure", _MEASURES), one.number("above")),
                effect=one.word("effect", EFFECTS, "surcharge"),
                status=status,
                minimum=minimum,
                minimum_status=one.word("minimum_status", STATUSES, status),
            )
        )
    return tuple(flags)


def _trigger(told: Settings | None) -> Trigger | None:
    if told is None:
        return None
    return Trigger(told.word("measure", SIZES), told.number("above"))


def _overlaps(rules: list[BillingRule]) -> list[str]:
    return [
        f"versions {one.id!r} and {following.id!r} are both valid on {following.valid_from}; "
        f"write valid_to = {following.valid_from - dt.timedelta(days=1)} into the first"
        for one, following in pairwise(rules)
        if one.valid_to is None or one.valid_to >= following.valid_from
    ]
