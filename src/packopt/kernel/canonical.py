"""Canonical units: the same order, however its lines are written, becomes the same rows.

Rows are sorted by volume, largest first, then by every column, so equal units stand side by side
and two orders of equal content are equal row by row. That makes the answer independent of the
order of lines and lets a batch solve equal orders once.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from packopt.kernel.layout import (
    FIXED,
    KIND,
    LOAD,
    PADDING,
    SIDE_A,
    SIDE_B,
    SIDE_C,
    SOFT_A,
    UNIT_COLUMNS,
    UNIT_WEIGHT,
    UPRIGHT,
    Int64,
    Ints,
    Units,
)

Int32s = NDArray[np.int32]

_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_STEP = np.uint64(0x100000001B3)


@njit(cache=True, nogil=True)
def _write_sides(
    length: int, width: int, height: int, kind: int, padding: int, lines: Units, i: int, at: int
) -> None:  # fmt: skip
    """Write padded sides in columns from ``at`` on: ascending, or as declared where that counts."""
    a, b, c = length, width, height
    if kind != FIXED:
        a, b = min(a, b), max(a, b)
        if kind != UPRIGHT:
            b, c = min(b, c), max(b, c)
            a, b = min(a, b), max(a, b)
    lines[i, at] = a + 2 * padding
    lines[i, at + 1] = b + 2 * padding
    lines[i, at + 2] = c + 2 * padding


@njit(cache=True, nogil=True)
def describe(
    size: Int32s, pressed: Int32s, kind: NDArray[np.uint8], weight: Int32s, load: Int32s,
    padding: Int32s, lines: Units,
) -> None:  # fmt: skip
    """Write one canonical unit of each line to ``lines (l, UNIT_COLUMNS)``.

    ``size (l, 3)`` and ``pressed (l,)``, the height to which a unit may be pressed or 0, are in mm;
    ``kind (l,)`` is how it may be turned, ``weight (l,)`` and ``load (l,)`` are in g and
    ``padding (l,)`` on every side in mm.
    """
    for i in range(len(kind)):
        length, width, height = size[i, 0], size[i, 1], size[i, 2]
        _write_sides(length, width, height, kind[i], padding[i], lines, i, SIDE_A)
        if pressed[i]:
            _write_sides(length, width, pressed[i], kind[i], padding[i], lines, i, SOFT_A)
        else:
            for axis in range(3):
                lines[i, SOFT_A + axis] = lines[i, SIDE_A + axis]
        lines[i, KIND] = kind[i]
        lines[i, UNIT_WEIGHT] = weight[i]
        lines[i, LOAD] = load[i]
        lines[i, PADDING] = padding[i]


@njit(cache=True, nogil=True)
def sum_up(
    line_start: Ints, volume: Ints, weight: Int32s, qty: Int32s, no_mailer: NDArray[np.bool_],
    content: Ints, mass: Ints, bars_mailer: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Sum up the lines of each order: volume in mm3, weight in g, and what bars it from mailers.

    ``volume (l,)`` is that of a whole line, ``weight (l,)`` that of one of its ``qty (l,)`` units;
    ``content``, ``mass`` and ``bars_mailer``, ``(o,)`` each, are written.
    """
    for o in range(len(line_start) - 1):
        content[o] = mass[o] = 0
        bars_mailer[o] = False
        for line in range(line_start[o], line_start[o + 1]):
            content[o] += volume[line]
            mass[o] += Int64(weight[line]) * qty[line]
            bars_mailer[o] |= no_mailer[line]


@njit(cache=True, nogil=True)
def _goes_before(lines: Units, a: int, b: int) -> bool:
    """Return whether line ``a`` stands before line ``b`` in canonical order."""
    volume_a = Int64(lines[a, SIDE_A]) * lines[a, SIDE_B] * lines[a, SIDE_C]
    volume_b = Int64(lines[b, SIDE_A]) * lines[b, SIDE_B] * lines[b, SIDE_C]
    if volume_a != volume_b:
        return volume_a > volume_b
    for c in range(UNIT_COLUMNS):
        if lines[a, c] != lines[b, c]:
            return lines[a, c] > lines[b, c]
    return False


@njit(cache=True, nogil=True)
def _insertion_sort(lines: Units, order: Ints, first: int, last: int) -> None:
    for t in range(first, last):
        line = order[t]
        at = t
        while at > first and _goes_before(lines, line, order[at - 1]):
            order[at] = order[at - 1]
            at -= 1
        order[at] = line


@njit(cache=True, nogil=True)
def _merge_sort(lines: Units, order: Ints, first: int, last: int, spare: Ints) -> None:
    """Sort ``order[first:last]``; stable, so equal lines keep their input order."""
    size = 16
    for low in range(first, last, size):
        _insertion_sort(lines, order, low, min(low + size, last))
    while size < last - first:
        for low in range(first, last, 2 * size):
            middle, high = min(low + size, last), min(low + 2 * size, last)
            left, right = low, middle
            for t in range(low, high):
                if right == high or (
                    left < middle and not _goes_before(lines, order[right], order[left])
                ):
                    spare[t] = order[left]
                    left += 1
                else:
                    spare[t] = order[right]
                    right += 1
            for t in range(low, high):
                order[t] = spare[t]
        size *= 2


@njit(cache=True, nogil=True)
def expand(
    lines: Units, line_start: Ints, qty: NDArray[np.int32], units: Units, unit_start: Ints,
    unit_line: Ints,
) -> None:  # fmt: skip
    """Write the canonical units of every order.

    ``lines (l, UNIT_COLUMNS)``, ``line_start (o + 1,)`` and ``qty (l,)`` are the orders;
    ``units (u, UNIT_COLUMNS)`` and ``unit_line (u,)``, the line each unit comes from, are written
    at ``unit_start (o + 1,)``.
    """
    order = np.arange(len(qty))
    spare = np.empty_like(order)
    for o in range(len(line_start) - 1):
        first, last = line_start[o], line_start[o + 1]
        if last - first > 1:
            _merge_sort(lines, order, first, last, spare)
        at = unit_start[o]
        for t in range(first, last):
            line = order[t]
            for _ in range(qty[line]):
                for c in range(UNIT_COLUMNS):
                    units[at, c] = lines[line, c]
                unit_line[at] = line
                at += 1


@njit(cache=True, nogil=True)
def _hash_units(units: Units, first: int, last: int) -> np.uint64:
    value = _HASH_START
    for u in range(first, last):
        for c in range(UNIT_COLUMNS):
            value = (value ^ np.uint64(units[u, c])) * _HASH_STEP
    return value ^ (value >> np.uint64(29))


@njit(cache=True, nogil=True)
def _equal_units(units: Units, a: int, b: int, n: int) -> bool:
    for t in range(n):
        for c in range(UNIT_COLUMNS):
            if units[a + t, c] != units[b + t, c]:
                return False
    return True


@njit(cache=True, nogil=True)
def find_equal(
    units: Units, unit_start: Ints, no_mailer: NDArray[np.bool_], access: NDArray[np.int32],
    least_units: int, like: Ints,
) -> None:  # fmt: skip
    """Write to ``like (o,)`` the first order of equal content that may have the same packages.

    It is the order's own number if there is none before.

    Orders of fewer than ``least_units`` units are solved faster than they are looked up.
    """
    n_orders = len(unit_start) - 1
    size = 1024
    while size < 2 * n_orders:
        size *= 2
    slots = np.full(size, -1, np.int64)
    for o in range(n_orders):
        like[o] = o
        first, last = unit_start[o], unit_start[o + 1]
        n = last - first
        if n < least_units:
            continue
        slot = Int64(_hash_units(units, first, last) & np.uint64(size - 1))
        while slots[slot] >= 0:
            other = slots[slot]
            if (
                unit_start[other + 1] - unit_start[other] == n
                and no_mailer[other] == no_mailer[o]
                and access[other] == access[o]
                and _equal_units(units, unit_start[other], first, n)
            ):
                like[o] = other
                break
            slot = (slot + 1) & (size - 1)
        if like[o] == o:
            slots[slot] = o
