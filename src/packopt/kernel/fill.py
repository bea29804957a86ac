"""Filling one room with what is worth most: greedy runs that may leave units out.

The greedy step is that of ``construct.py``: empty maximal spaces, six rules of "best". Here nothing
has to be complete: every unit has a worth, the room may bear only so many grams, some kinds of
unit may not be together, and the units of a lump go in together or not at all. The run that packs
the most worth is kept. Starts sort the units by several measures of large or dear, exact and
blurred at random; then starts and changes of the best run take turns, as in ``construct.climb``.
The random numbers depend on nothing but the step, so the same question gets the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from packopt.kernel.empty_spaces import N_RULES, best_spot, least_extents, occupy, whole_room
from packopt.kernel.genes import (
    GENES,
    LOCK,
    N_MEASURES,
    ORDER,
    RULE,
    SIZE,
    copy_genes,
    draw,
    measured,
    mutate,
    sort_largest_first,
)
from packopt.kernel.handling import GEOMETRY_ONLY, acceptable
from packopt.kernel.layout import LOAD, UNIT_COLUMNS, UNIT_WEIGHT, Int64, Ints, Units
from packopt.kernel.question import list_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Measures by which a start sorts the units: the sizes of ``genes.py``, worth, worth by volume.
N_ORDERS = N_MEASURES + 2
#: Starts before changes of the best run take turns with further, blurred ones.
PLAIN_STARTS = 2 * N_ORDERS * N_RULES
#: Weight limit of a room that bears anything.
ANY_WEIGHT = -1
_SEED = np.uint64(0x9E3779B97F4A7C15)
#: Worth in a measure is scaled into these many bits, so that products stay within 64.
_MEASURE_BITS = 40


@njit(cache=True, nogil=True)
def _clashes(clash: NDArray[np.uint8], inside: Ints, kind: int) -> bool:
    """Return whether a kind may not be with one that is inside already."""
    for other in range(len(inside)):  # noqa: SIM110 (Numba compiles no generators)
        if inside[other] and clash[kind, other]:
            return True
    return False


@njit(cache=True, nogil=True)
def _run(
    n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, worth: Ints, weight: Ints, most_g: int,
    load: Ints, kind: Ints, clash: NDArray[np.uint8], lump: Ints, out: NDArray[np.uint8],
    rules: int, may_lose: int, slim: Ints, genes: Ints, spaces: Ints, fresh: Ints, inside: Ints,
    place: Ints,
) -> tuple[int, bool]:  # fmt: skip
    """Place the units in ``genes[ORDER]``; return the worth left out, and whether a lump is torn.

    Stops once more than ``may_lose`` is left out. Lumps with ``out`` 1 stay out.
    """
    inside[:] = 0
    count = whole_room(room, spaces)
    lost = Int64(0)
    borne = Int64(0)
    missed = -2
    torn = False
    for t in range(n):
        i = genes[ORDER, t]
        for c in range(6):
            place[i, c] = 0
        lock = genes[LOCK, i]
        s, k = -1, 0
        if (
            n_ext[i] > 0
            and count > 0
            and not (lump[i] >= 0 and out[lump[i]])
            and (most_g < 0 or borne + weight[i] <= most_g)
            and not _clashes(clash, inside, kind[i])
            # Where the equal unit before found no spot, this one finds none either.
            and not (missed == i - 1 and twin[i] and lock == genes[LOCK, i - 1])
        ):
            s, k = best_spot(genes[RULE, i], room, spaces, count, ext, n_ext, i, lock)
            if s < 0:
                missed = i
        elif missed == i - 1 and twin[i] and lock == genes[LOCK, i - 1]:
            missed = i
        if s < 0:
            lost += worth[i]
            if lump[i] >= 0 and not out[lump[i]]:
                out[lump[i]] = 1
                torn = True
            if lost > may_lose:
                return lost, torn
            continue
        borne += weight[i]
        inside[kind[i]] += 1
        for axis in range(3):
            place[i, axis] = spaces[s, axis]
            place[i, axis + 3] = ext[i, k, axis]
        ceiling = room[2] if rules != GEOMETRY_ONLY and load[i] == 0 else 0 * room[2]
        count = occupy(spaces, count, place, i, ceiling, fresh, slim)
    return lost, torn


@njit(cache=True, nogil=True)
def _begin(
    n: int, ext: Ints, n_ext: Ints, volume: Ints, worth: Ints, genes: Ints, step: int,
    dice: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Set up start ``step``: every rule in turn, with the units sorted by one measure."""
    rule, block = step % N_RULES, step // N_RULES
    # What is worth most comes first, so that few runs try it too.
    measure = (block + N_MEASURES) % N_ORDERS
    most = Int64(1)
    if measure >= N_MEASURES:
        for i in range(n):
            most = max(most, worth[i])
    shift = 0
    while most >> shift >> _MEASURE_BITS:
        shift += 1
    for i in range(n):
        genes[ORDER, i] = i
        genes[LOCK, i] = -1
        genes[RULE, i] = rule
        blur = draw(dice, 32) if block >= N_ORDERS else 16
        if n_ext[i] == 0:
            size = Int64(0)
        elif measure < N_MEASURES:
            size = measured(ext, i, measure)
        elif measure == N_MEASURES:
            size = worth[i] >> shift
        else:
            size = ((worth[i] >> shift) << 10) // (volume[i] // 1000 + 1)
        genes[SIZE, i] = size * (48 + blur)
    sort_largest_first(n, genes)


@njit(cache=True, nogil=True)
def fill(
    n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, volume: Ints, worth: Ints,
    weight: Ints, most_g: int, load: Ints, kind: Ints, clash: NDArray[np.uint8], lump: Ints,
    out: NDArray[np.uint8], rules: int, steps: int, slim: Ints, genes: Ints, spaces: Ints,
    fresh: Ints, dice: NDArray[np.uint64], scratch: Ints, inside: Ints, place: Ints, best: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Pack as much worth as is found in ``steps`` greedy runs.

    Parameters
    ----------
    n
        Number of units, largest first, equal ones side by side.
    room
        Extents of the room in mm, shape ``(3,)``.
    ext, n_ext
        Orientations that fit the room, ``(n, 6, 3)`` and ``(n,)``; 0 for units that may not go in.
    twin
        Whether a unit equals the one before it, shape ``(n,)``.
    volume, worth, weight
        In mm3, in steps of worth, and in g, shape ``(n,)``.
    most_g
        Weight that the room bears, ``ANY_WEIGHT`` without a limit.
    load, rules
        As in ``handling.acceptable``.
    kind, clash
        ``(n,)`` kind of each unit and ``(t, t)`` 1 for kinds that may not be together.
    lump, out
        ``(n,)`` units of equal number go in together, -1 for units that stand alone; workspace
        with a cell for each number.
    steps
        Greedy runs.
    slim, genes, spaces, fresh, dice, scratch, inside, place
        Work areas ``(3,)``, ``(7, n)``, ``(s, 6)``, ``(s, 6)``, ``(1,)``, ``(2, n)``, ``(t,)`` and
        ``(n, 6)``.
    best
        Written: the plan ``(n, 6)``; zeros for what stays out.

    Returns
    -------
    The worth packed, and the runs used.
    """
    dice[0] = _SEED
    least_extents(n, ext, n_ext, slim)
    total = Int64(0)
    for i in range(n):
        total += worth[i]
        for c in range(6):
            best[i, c] = 0
    least = total
    for step in range(steps):
        if step < PLAIN_STARTS or step % 2 or least == total:
            _begin(n, ext, n_ext, volume, worth, genes, step, dice)
        else:
            copy_genes(n, genes, GENES, 0)
            mutate(n, n_ext, genes, dice)
        out[:] = 0
        lost, torn = least + 1, True
        while torn:
            lost, torn = _run(
                n, room, ext, n_ext, twin, worth, weight, most_g, load, kind, clash, lump, out,
                rules, least, slim, genes, spaces, fresh, inside, place,
            )  # fmt: skip
            if lost > least:
                break
        if lost > least or (lost == total and step > 0):
            continue
        # Settling moves the units in ``place`` down, never apart from each other.
        if not acceptable(n, place, rules, load, weight, scratch):
            continue
        copy_genes(n, genes, 0, GENES)
        if lost < least:
            for i in range(n):
                for c in range(6):
                    best[i, c] = place[i, c]
            least = lost
            if least == 0:
                return total, step + 1
    return total - least, steps


@njit(cache=True, nogil=True)
def list_rows(
    units: Units, rows: Ints, may: NDArray[np.uint8], kind: Ints, sides: int, room: Ints,
    ext: Ints, n_ext: Ints, twin: Ints, volume: Ints, load: Ints, weight: Ints,
) -> None:  # fmt: skip
    """Fill the work areas of ``fill`` for some ``rows`` of ``units``.

    ``may (n,)`` is 0 for units that may not go in, ``kind (n,)`` as in ``fill``; ``sides`` is the
    first column of the sides to take.
    """
    for i in range(len(rows)):
        row = rows[i]
        n_ext[i] = 0
        if may[i]:
            list_ways(units, row, sides, room, ext, n_ext, i)
        volume[i] = Int64(units[row, sides]) * units[row, sides + 1] * units[row, sides + 2]
        load[i] = units[row, LOAD]
        weight[i] = units[row, UNIT_WEIGHT]
        twin[i] = i > 0 and kind[i] == kind[i - 1] and may[i] == may[i - 1]
        if twin[i]:
            for c in range(UNIT_COLUMNS):
                if units[row, c] != units[rows[i - 1], c]:
                    twin[i] = 0
