"""What lines say about each other and about themselves that cannot be true at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from packopt.grouping import MOST_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.labels import Labels
    from packopt.validation import Inspection

    Codes = NDArray[np.integer]
    Mask = NDArray[np.bool_]

PLACED: Final = ("placed_x", "placed_y", "placed_z")
_SAME: Final = ("site", "seller", "temperature")


def refuse_contradictions(
    inspection: Inspection, order: Codes, columns: Mapping[str, Any], flat: int
) -> None:
    """Find lines that contradict themselves or others of their order; they become faults.

    Parameters
    ----------
    inspection
        The lines; gets the faults.
    order
        ``(n,)`` order of each line, -1 where unknown.
    columns
        Columns by the names they have in `packopt.orders.Orders`, all of them by line.
    flat
        Code of the orientation of units that lie on their largest face.
    """
    _refuse_impossible_nests(inspection, columns, flat)
    _refuse_torn_bundles(inspection, order, columns)
    _refuse_half_placed(inspection, order, columns)
    _refuse_differences(inspection, order, columns["region"], "region", "region")
    _refuse_differences(inspection, order, columns["placed_in"], "placed_in", "part-filled package")


def _refuse_impossible_nests(inspection: Inspection, columns: Mapping[str, Any], flat: int) -> None:
    if "nest_height" not in inspection:
        return
    nest_mm = columns["nest_height_mm"]
    nests = nest_mm > 0
    inspection.fault(
        (nest_mm > columns["size_mm"][:, 2]) & ~inspection.faulty_in("height"),
        "nest_height",
        "more than the height",
        "at most the height of the unit",
        "State by how much each further unit sticks out of the one before.",
    )
    contradictions = [
        ("orientation", columns["orientation"] == flat, "a nest that must lie flat"),
        ("fragile", columns["fragile"], "a fragile unit that others nest in"),
        ("padding", columns["padding_mm"] > 0, "a padded unit that others nest in"),
        ("min_height", columns["min_height_mm"] > 0, "a soft unit that others nest in"),
    ]
    for field, says, found in contradictions:
        inspection.fault(
            nests & says,
            "nest_height",
            found,
            f"units that nest, or {field}, but not both",
            f"Leave {field} or nest_height empty.",
        )


def _refuse_torn_bundles(inspection: Inspection, order: Codes, columns: Mapping[str, Any]) -> None:
    """Units that stay together must be allowed to."""
    together: Labels = columns["keep_together"]
    if not together.words:
        return
    lines = np.flatnonzero((together.code >= 0) & (order >= 0))
    if len(lines) == 0:
        return
    inspection.fault(
        columns["own_container"] & (together.code >= 0),
        "keep_together",
        "a unit in its own container",
        "units that share a parcel, or own_container, but not both",
        "Leave keep_together or own_container empty.",
    )
    bundle = order[lines].astype(np.int64) * len(together.words) + together.code[lines]
    bundle = np.unique(bundle, return_inverse=True)[1]
    first = _first_of(bundle)
    for field in _SAME:
        code = columns[field].code[lines]
        _refuse_torn(inspection, lines[code != code[first]], field)
    # A unit without a group goes with any, so only those that have one are compared.
    code = columns["group"].code[lines]
    grouped = np.flatnonzero(code >= 0)
    first = grouped[_first_of(bundle[grouped])]
    _refuse_torn(inspection, lines[grouped[code[grouped] != code[first]]], "group")


def _refuse_torn(inspection: Inspection, lines: Codes, field: str) -> None:
    inspection.fault(
        _where(inspection, lines),
        "keep_together",
        f"units that stay together but differ in {field}",
        f"one {field} for all units that stay together",
        f"Give them the same {field}, or another word in keep_together.",
    )


class _Placed(NamedTuple):
    """Lines whose unit lies in a package already: their numbers, orders, corners and sides."""

    line: Codes
    order: Codes
    corner: NDArray[np.int32]
    size: NDArray[np.int32]


def _refuse_half_placed(inspection: Inspection, order: Codes, columns: Mapping[str, Any]) -> None:
    if not any(field in inspection for field in (*PLACED, "placed_in")):
        return
    corner = columns["placed_mm"]
    has_package = columns["placed_in"].code >= 0
    is_placed = has_package | (corner >= 0).any(axis=1)
    for axis, field in enumerate(PLACED):
        inspection.fault(
            is_placed & (corner[:, axis] < 0),
            field if field in inspection else f"{field}_mm",
            "no value beside placed_in or another coordinate",
            "all three coordinates of the corner of a placed unit, or none",
            "Fill it in, or leave placed_in and all coordinates of this line empty.",
        )
    inspection.fault(
        is_placed & ~has_package,
        "placed_in",
        "no value beside coordinates",
        "the package in which the unit lies",
        "Name it as the catalogue does.",
    )
    inspection.fault(
        is_placed & (columns["qty"] != 1),
        "qty",
        "several units in one place",
        "1 for a unit that is placed already",
        "Give each placed unit a line of its own.",
    )
    inspection.fault(
        is_placed & columns["own_container"],
        "own_container",
        "a unit in its own container that lies in a package",
        "placed_in or own_container, but not both",
        "Leave one of them empty.",
    )
    line = np.flatnonzero(is_placed & ~inspection.faulty & (order >= 0))
    line = line[np.argsort(order[line], kind="stable")]
    _refuse_overlaps(inspection, _Placed(line, order[line], corner[line], columns["size_mm"][line]))


def _refuse_overlaps(inspection: Inspection, placed: _Placed) -> None:
    """Two things cannot be in one place, so one of the corners is wrong."""
    low, high = placed.corner, placed.corner + placed.size
    cut = np.flatnonzero(np.diff(placed.order)) + 1
    overlapping: list[int] = []
    for rows in np.split(np.arange(len(placed.line)), cut):
        if len(rows) > MOST_UNITS:  # refused for that
            continue
        for row in rows[1:].tolist():
            earlier = slice(int(rows[0]), row)
            apart = (high[earlier] <= low[row]) | (high[row] <= low[earlier])
            if not apart.any(axis=1).all():
                overlapping.append(int(placed.line[row]))
    inspection.fault(
        _where(inspection, np.array(overlapping, dtype=np.int64)),
        "placed_x",
        "a unit that overlaps one placed before",
        "corners of units that do not overlap, their length along x, width along y, height along z",
        "Correct the corner, or exchange the sides as the unit lies.",
    )


def _refuse_differences(
    inspection: Inspection, order: Codes, labels: Labels, field: str, what: str
) -> None:
    """An order has one region, and one part-filled package."""
    if len(labels.words) < 2:
        return
    lines = np.flatnonzero((labels.code >= 0) & (order >= 0))
    code = labels.code[lines]
    inspection.fault(
        _where(inspection, lines[code != code[_first_of(order[lines])]]),
        field,
        f"a second {what} in one order",
        f"one {what} for all lines of an order",
        "Correct it, or split the order.",
    )


def _first_of(keys: Codes) -> NDArray[np.int64]:
    """For each key, where it occurs first; keys are small numbers."""
    place = np.arange(len(keys))
    first = np.zeros(int(keys.max(initial=0)) + 1, dtype=np.int64)
    # Of several values for one index, the last one assigned stays.
    first[keys[::-1]] = place[::-1]
    return first[keys]


def _where(inspection: Inspection, lines: Codes) -> Mask:
    where = np.zeros(inspection.table.num_rows, dtype=np.bool_)
    where[lines] = True
    return where
