"""Shapes of packages: kind, style and inner sides, fixed or chosen for each order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.columns import Field
from packopt.lists import read_lists
from packopt.materials import CARTON_STYLES, MAILER_STYLES
from packopt.ranges import Range
from packopt.units import MM_PER, to_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.units import Factor
    from packopt.validation import Inspection

    Mask = NDArray[np.bool_]
    Mm = NDArray[np.int32]

KINDS: Final = ("carton", "mailer", "adjustable", "made_to_measure")
CARTON, MAILER, ADJUSTABLE, MADE_TO_MEASURE = range(4)

SHAPE_FIELDS: Final = (
    Field("kind", required=True),
    Field("style"),
    Field("length", MM_PER, required=True),
    Field("width", MM_PER, required=True),
    Field("height", MM_PER),
    Field("max_thickness", MM_PER),
    Field("min_length", MM_PER),
    Field("min_width", MM_PER),
    Field("min_height", MM_PER),
    Field("step", MM_PER),
    Field("heights", MM_PER),
)

_SIDE: Final = Range(1, 10_000, "mm", "down")
# A machine's least size is rounded up: it cannot make what is smaller.
_LEAST_SIDE: Final = Range(1, 10_000, "mm", "up")
_STEP: Final = Range(1, 10_000, "mm", "refuse")
_THICKNESS: Final = Range(1, 1_000, "mm", "down")
_NUMBER: Final = re.compile(r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)")
_AXES: Final = ("length", "width", "height")


def read_kinds(inspection: Inspection) -> NDArray[np.int64]:
    """Index of each package's kind in `KINDS`; -1 where it is faulty: nothing is judged by it."""
    codes = {word: code for code, word in enumerate(KINDS)}
    kind = inspection.choices("kind", codes, default=None)
    return np.where(inspection.faulty, -1, kind)


def read_styles(inspection: Inspection, kind: NDArray[np.int64]) -> tuple[str, ...]:
    """Style of each package: as stated, else 0201 for cartons of any kind and poly for mailers."""
    styles = CARTON_STYLES + MAILER_STYLES
    codes = {style: code for code, style in enumerate(styles)}
    # Spreadsheets take the leading zero of 0201 and 0427 away.
    codes |= {style.lstrip("0"): codes[style] for style in CARTON_STYLES}
    code = inspection.choices("style", codes, default=-1)
    default = np.where(kind == MAILER, len(CARTON_STYLES), 0)
    code = np.where(code < 0, default, code)
    wrong = (code >= len(CARTON_STYLES)) != (kind == MAILER)
    inspection.fault(
        wrong & (kind >= 0),
        "style",
        "a style of another kind",
        f"{' or '.join(CARTON_STYLES)} for cartons, {', '.join(MAILER_STYLES)} for mailers",
        "Correct kind or style.",
    )
    return tuple(styles[one] for one in np.where(wrong, default, code))


def read_shapes(inspection: Inspection, kind: NDArray[np.int64]) -> dict[str, Any]:
    """Inner sides of each package, and between which it may be made.

    Parameters
    ----------
    inspection
        The catalogue; gets the faults.
    kind
        ``(k,)`` as `read_kinds` returns them.

    Returns
    -------
    ``inner_mm``, ``least_mm``, ``step_mm`` and ``heights_mm`` of `packopt.catalogue.Catalogue`.
    """
    heights = _heights(inspection, kind)
    tallest = np.array([one[-1] if one else -1 for one in heights])
    inner = _largest(inspection, kind, tallest)
    least = np.stack(
        [inspection.numbers(f"min_{axis}", _LEAST_SIDE, default=-1) for axis in _AXES], axis=1
    ).astype(np.int32)
    step = inspection.numbers("step", _STEP, default=-1).astype(np.int32)
    listed = np.array([bool(one) for one in heights], dtype=np.bool_)
    measured, adjusted = kind == MADE_TO_MEASURE, kind == ADJUSTABLE
    ranged = adjusted & ~listed
    for at, axis in enumerate(_AXES):
        known = measured | adjusted if axis == "height" else measured
        _only_for(inspection, f"min_{axis}", least[:, at] >= 0, known | (kind < 0), _FLEXIBLE)
    _only_for(inspection, "step", step >= 0, measured | adjusted | (kind < 0), _FLEXIBLE)
    _need(
        inspection, "step", measured & (step < 0), "the step of the machine in mm, 1 for any size"
    )
    for at, axis in enumerate(_AXES):
        _need(inspection, f"min_{axis}", measured & (least[:, at] < 0), "the least side in mm")
    _refuse_two_ways(inspection, adjusted & listed, least[:, 2], step)
    inspection.fault(
        ranged & (least[:, 2] < 0),
        _name(inspection, "heights"),
        "no heights to choose from",
        "heights_mm such as 100;150;200, or min_height_mm for any height from there up",
        "Fill in one of the two, or make it a carton.",
    )
    step = np.where(ranged & (step < 0), 1, np.maximum(step, 0)).astype(np.int32)
    _refuse_empty_ranges(inspection, inner, least, step)
    least = np.where(least < 0, inner, least).astype(np.int32)
    least[listed, 2] = [one[0] for one in heights if one]
    return {
        "inner_mm": inner,
        "least_mm": least,
        "step_mm": step,
        "heights_mm": heights,
    }


_FLEXIBLE: Final = (
    "min_height and step for adjustable cartons; min_length, min_width, min_height and step for "
    "made_to_measure"
)


def _largest(inspection: Inspection, kind: NDArray[np.int64], tallest: NDArray[np.int64]) -> Mm:
    """Inner sides, the largest where there are several."""
    length = inspection.numbers("length", _SIDE)
    width = inspection.numbers("width", _SIDE)
    height = inspection.numbers("height", _SIDE, default=-1)
    thickness = inspection.numbers("max_thickness", _THICKNESS, default=-1)
    expected = "height for cartons, max_thickness for mailers"
    _need(inspection, "height", (kind >= 0) & (kind != MAILER) & (height < 0) & (tallest < 0))
    _only_for(inspection, "height", height >= 0, kind != MAILER, expected)
    _need(inspection, "max_thickness", (kind == MAILER) & (thickness < 0))
    _only_for(inspection, "max_thickness", thickness >= 0, (kind == MAILER) | (kind < 0), expected)
    inspection.fault(
        (height >= 0) & (tallest >= 0) & (height != tallest),
        _name(inspection, "height"),
        "another height than the largest of heights_mm",
        "the largest of heights_mm, or nothing",
        "Leave it empty, or complete heights_mm.",
    )
    third = np.where(kind == MAILER, thickness, np.where(height < 0, tallest, height))
    return np.stack([length, width, third], axis=1).astype(np.int32)


def _heights(inspection: Inspection, kind: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """Heights to which adjustable cartons are scored, ascending; empty where none are listed."""
    words = read_lists(inspection, "heights")
    stated = np.array([bool(row) for row in words], dtype=np.bool_)
    _only_for(
        inspection,
        "heights",
        stated,
        (kind == ADJUSTABLE) | (kind < 0),
        "heights of adjustable cartons",
    )
    factor: Factor = 1.0
    if "heights" in inspection:
        factor, _ = inspection.factors("heights", stated)
    factors = np.broadcast_to(factor, len(words)).tolist()
    heights = [_whole_mm(row, one) for row, one in zip(words, factors, strict=True)]
    inspection.fault(
        np.array([one is None for one in heights], dtype=np.bool_),
        "heights",
        "no list of heights",
        f"numbers from {_SIDE.least:g} to {_SIDE.most:,.0f} mm, such as 100;150;200",
        "Write digits only, with a semicolon between two heights.",
    )
    return tuple(
        one if one and code == ADJUSTABLE else ()
        for one, code in zip(heights, kind.tolist(), strict=True)
    )


def _whole_mm(words: Sequence[str], factor: float) -> tuple[int, ...] | None:
    """Heights in mm, rounded down, ascending; None where one is no height."""
    if not all(_NUMBER.fullmatch(word) for word in words):
        return None
    whole = to_whole(np.array(words, dtype=np.float64), factor, up=False)
    if not ((whole >= _SIDE.least) & (whole <= _SIDE.most)).all():
        return None
    return tuple(sorted({int(mm) for mm in whole}))


def _refuse_two_ways(inspection: Inspection, listed: Mask, least: Mm, step: Mm) -> None:
    """A list of heights and a range of them may contradict each other."""
    for field, stated in (("min_height", least >= 0), ("step", step >= 0)):
        inspection.fault(
            listed & stated,
            field,
            "a range of heights beside a list of them",
            "heights_mm, or min_height_mm and step_mm, but not both",
            f"Leave heights or {field} empty.",
        )


def _refuse_empty_ranges(inspection: Inspection, inner: Mm, least: Mm, step: Mm) -> None:
    for at, axis in enumerate(_AXES):
        stated = (least[:, at] >= 0) & (inner[:, at] >= 0) & ~inspection.faulty
        inspection.fault(
            stated & (least[:, at] > inner[:, at]),
            f"min_{axis}",
            f"more than the {axis}, so the range is empty",
            f"at most the largest {axis}",
            f"Exchange min_{axis} and {axis}, or correct one.",
        )
        inspection.fault(
            stated
            & (least[:, at] <= inner[:, at])
            & ((inner[:, at] - least[:, at]) % np.maximum(step, 1) > 0),
            axis,
            f"a {axis} that no number of steps from min_{axis} reaches",
            f"min_{axis} and a whole number of steps, after rounding to mm",
            "Correct one of the three; a step of 1 mm reaches every size.",
        )


def _need(
    inspection: Inspection, field: str, where: Mask, expected: str = "a number of mm"
) -> None:
    inspection.fault(where, _name(inspection, field), "no value", expected, "Fill it in.")


def _only_for(inspection: Inspection, field: str, stated: Mask, known: Mask, expected: str) -> None:
    """Each kind has its own sides, and only those."""
    inspection.fault(
        stated & ~known,
        _name(inspection, field),
        "a value that this kind does not have",
        expected,
        "Leave it empty here, or correct the kind.",
    )


def _name(inspection: Inspection, field: str) -> str:
    return field if field in inspection else f"{field}_mm"
