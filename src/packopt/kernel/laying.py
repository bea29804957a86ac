"""Laying units out simply: from the floor up, equal ones side by side and the same way up.

A few deterministic ways to go about it, for plans that hands can follow: fragile units come last,
so nothing is on them, and every unit goes as low as it can. What the greedy runs of ``construct``
find is denser; these keep handling rules that those may break.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN, write_plan
from packopt.kernel.empty_spaces import least_extents, occupy, whole_room
from packopt.kernel.handling import acceptable
from packopt.kernel.layout import (
    OPEN_QUESTION,
    SIDE_A,
    UNIT_COLUMNS,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import list_units

if TYPE_CHECKING:
    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.kernel.workspace import Workspace

#: Larger orders are not laid out, nor judged, which takes time with the square of the units.
MOST_UNITS = 64

#: Which units are laid first: the heavy ones, those of the widest face, or the tall ones.
HEAVY, WIDE, TALL = range(3)
#: How a unit lies: as flat as it can, on its least face, or where the least gap is left.
FLAT, UP, TIGHT = range(3)

#: Work rows ``climber[row, unit]``: the order of laying, the type of each unit, what it weighs,
#: by what it is sorted; and by way, in place of units, a digest of the order.
ORDER, TYPE, MASS, SIZE, SEEN = range(5)

#: The ways to lay an order out.
FIRST = (HEAVY, WIDE, HEAVY, WIDE, HEAVY, WIDE, TALL, TALL)
LIE = (FLAT, FLAT, TIGHT, TIGHT, UP, UP, TIGHT, UP)
WAYS = len(LIE)

_FAR = Int64(1) << 62
#: More than any size that units are sorted by.
_FRAGILE = Int64(1) << 40
#: Digests are cut to 50 bits. Should two orders share one, the second is not tried: no harm done.
_DIGEST = (Int64(1) << 50) - 1


@njit(cache=True, nogil=True)
def weigh(units: Units, first: int, n: int, volume: Ints, weight: Ints, climber: Ints) -> None:
    """Number the types of units, and weigh each: by its volume where weights are unknown."""
    total = Int64(0)
    for i in range(n):
        total += weight[i]
        same = i > 0
        if same:
            for c in range(UNIT_COLUMNS):
                same &= units[first + i, c] == units[first + i - 1, c]
        climber[TYPE, i] = climber[TYPE, i - 1] if same else i
    for i in range(n):
        climber[MASS, i] = weight[i] if total else (volume[i] >> 10) + 1


@njit(cache=True, nogil=True)
def _line_up(n: int, first_by: int, ext: Ints, load: Ints, climber: Ints) -> None:
    """Write the order of laying: fragile units last, before them the heavy or wide ones first.

    Equal units stay side by side, since the canonical order decides what the measure does not.
    """
    for i in range(n):
        size = climber[MASS, i]
        if first_by == WIDE:
            a, b, c = ext[i, 0, 0], ext[i, 0, 1], ext[i, 0, 2]
            size = a * b * c // min(a, b, c)
        elif first_by == TALL:
            size = ext[i, 0, 2]
        if load[i] == 0:
            size -= _FRAGILE
        at = i
        while at > 0 and climber[SIZE, climber[ORDER, at - 1]] < size:
            climber[ORDER, at] = climber[ORDER, at - 1]
            at -= 1
        climber[ORDER, at] = i
        climber[SIZE, i] = size


@njit(cache=True, nogil=True)
def _is_known(n: int, way: int, climber: Ints) -> bool:
    """Return whether an earlier way lays the units in the same order and by the same rule."""
    digest = Int64(0)
    for t in range(n):
        digest = (digest * 67 + climber[ORDER, t]) & _DIGEST
    climber[SEEN, way] = digest
    for other in range(way):  # noqa: SIM110 (Numba compiles no generators)
        if LIE[other] == LIE[way] and climber[SEEN, other] == digest:
            return True
    return False


@njit(cache=True, nogil=True)
def _lay(
    n: int, lie: int, room: Ints, ext: Ints, n_ext: Ints, load: Ints, least: Ints, climber: Ints,
    spaces: Ints, fresh: Ints, place: Ints,
) -> bool:  # fmt: skip
    """Lay the units into the room in ``climber[ORDER]``; return False if one has no place left.

    Each goes as low as it can; there it lies as its equal before it does if it can, else by
    ``lie``: flat, on its least face, or where the least gap is left.
    """
    count = whole_room(room, spaces)
    before, way_before = -1, -1
    for t in range(n):
        i = climber[ORDER, t]
        if before >= 0 and climber[TYPE, before] != climber[TYPE, i]:
            way_before = -1
        best_space, best_way = -1, -1
        best = _FAR
        for s in range(count):
            x, y, z = spaces[s, 0], spaces[s, 1], spaces[s, 2]
            if z << 45 >= best:
                continue
            wide_x, wide_y, wide_z = spaces[s, 3] - x, spaces[s, 4] - y, spaces[s, 5] - z
            for k in range(n_ext[i]):
                dx, dy, dz = ext[i, k, 0], ext[i, k, 1], ext[i, k, 2]
                if dx > wide_x or dy > wide_y or dz > wide_z:
                    continue
                if lie == FLAT:
                    measure = dz
                elif lie == UP:
                    measure = dx * dy
                else:
                    measure = min(wide_x - dx, wide_y - dy)
                other = way_before >= 0 and k != way_before
                key = (((((z << 1) + other) << 28) + measure) << 16) + x + dx + y + dy
                if key < best:
                    best = key
                    best_space, best_way = s, k
        if best_space < 0:
            return False
        for axis in range(3):
            place[i, axis] = spaces[best_space, axis]
            place[i, axis + 3] = ext[i, best_way, axis]
        before, way_before = i, best_way
        if t < n - 1:
            ceiling = room[2] if load[i] == 0 else 0 * room[2]
            count = occupy(spaces, count, place, i, ceiling, fresh, least)
    return True


@njit(cache=True, nogil=True)
def lay_out(
    n: int, way: int, room: Ints, ext: Ints, n_ext: Ints, load: Ints, least: Ints, climber: Ints,
    spaces: Ints, fresh: Ints, place: Ints,
) -> bool:  # fmt: skip
    """Lay ``n`` units out in one of ``WAYS`` ways; return False if no new plan comes of it.

    The earlier ways of the same question have been tried, and `weigh` has been called.
    ``least (3,)`` are the least extents of any unit.
    """
    _line_up(n, FIRST[way], ext, load, climber)
    return not _is_known(n, way, climber) and _lay(
        n, LIE[way], room, ext, n_ext, load, least, climber, spaces, fresh, place
    )


@njit(cache=True, nogil=True)
def lay_open(
    packages: Packages, batch: Batch, rules: int, answers: Answers, ws: Workspace
) -> None:  # fmt: skip
    """Lay orders out in cartons that stayed open, cheapest first, and keep what holds.

    ``rules`` as in ``handling.acceptable``. Orders of more than ``MOST_UNITS`` units are left out,
    and mailers.
    """
    n_packages = len(packages.mailer)
    room, place = ws.room, ws.place
    for o in range(len(batch.start) - 1):
        first = batch.start[o]
        n = batch.start[o + 1] - first
        if n > MOST_UNITS or answers.verdict[o] not in (FEASIBLE, STAYED_OPEN):
            continue
        still_open = -1
        for rank in range(answers.n_ruled[o]):
            at = o * n_packages + rank
            p = answers.ruled[at]
            if answers.reason[at] != OPEN_QUESTION:
                continue
            for axis in range(3):
                room[axis] = packages.room[p, axis]
            if packages.mailer[p] or not _lay_any(batch.units, first, n, rules, ws):
                still_open = p if still_open < 0 else still_open
                continue
            answers.package[o] = p
            answers.n_ruled[o] = rank
            answers.verdict[o] = OPTIMAL if still_open < 0 else FEASIBLE
            answers.bound[o] = p if still_open < 0 else still_open
            write_plan(
                first, n, packages.clearance[p], batch.units, place, ws.scratch, answers.unit,
                answers.place, answers.support,
            )  # fmt: skip
            break


@njit(cache=True, nogil=True)
def _lay_any(units: Units, first: int, n: int, rules: int, ws: Workspace) -> bool:
    """Lay the units out in ``ws.room`` in the first way that keeps the rules, if there is one."""
    if not list_units(
        units, first, n, SIDE_A, ws.room, ws.ext, ws.n_ext, ws.twin, ws.volume, ws.least, ws.load,
        ws.weight,
    ):  # fmt: skip
        return False
    weigh(units, first, n, ws.volume, ws.weight, ws.climber)
    least_extents(n, ws.ext, ws.n_ext, ws.slimmest)
    for way in range(WAYS):
        if lay_out(
            n, way, ws.room, ws.ext, ws.n_ext, ws.load, ws.slimmest, ws.climber, ws.spaces,
            ws.fresh, ws.place,
        ) and acceptable(n, ws.place, rules, ws.load, ws.weight, ws.scratch):  # fmt: skip
            return True
    return False
