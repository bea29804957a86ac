"""Rows of the choice: contents that the same boxes and packages hold, taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import CARTON
from packopt.suite.pool import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.suite.history import History
    from packopt.suite.holding import Held

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]


#: Orders that a row counts as which is there to be held, not to cost anything.
NO_ORDER: Final = 1e-4


def covering(rows: Rows, today: Catalogue, grid_mm: int, most: int) -> Rows:
    """The rows, and one for each of today's cartons that no other is as large as.

    Parameters
    ----------
    rows
        What is to be served.
    today
        Today's packages.
    grid_mm, most
        The grid's step, and the longest side of a box in steps; a carton that is longer can only
        be held by today's types.
    """
    sides = np.sort(today.inner_mm, axis=1).astype(np.int64)
    carton = today.kind == CARTON
    holds = (sides[:, None] <= sides[None]).all(axis=2) & carton[None]
    larger = holds & ~(holds & holds.T & (np.arange(len(sides))[:, None] <= np.arange(len(sides))))
    largest = np.flatnonzero(carton & ~larger.any(axis=1))
    steps = -(-sides[largest] // grid_mm)
    made = (steps <= most).all(axis=1)
    counts = made.astype(np.int64)
    end = rows.box_start[-1] + np.cumsum(counts)
    n = len(largest)
    # New types of other kinds are not asked whether they hold it: boxes and today's cartons do.
    held = np.zeros((n, rows.held.shape[1]), np.bool_)
    held[:, : today.n_packages] = holds[largest]
    return Rows(
        boxes=np.concatenate([rows.boxes, steps[made].astype(np.int32)]),
        box_start=np.concatenate([rows.box_start, end]),
        free=np.concatenate([rows.free, np.ones(n, np.bool_)]),
        held=np.concatenate([rows.held, held]),
        rise=np.concatenate([rows.rise, np.zeros((n, rows.rise.shape[1]))]),
        weight=np.concatenate([rows.weight, np.full(n, NO_ORDER)]),
        content_mm3=np.concatenate([rows.content_mm3, np.zeros(n)]),
    )


def merged(
    history: History,
    boxes: Steps,
    box_start: Ints,
    held: Held,
    too_heavy: NDArray[np.bool_],
    *,
    apart: bool,
) -> tuple[Rows, Ints]:
    """Merge contents that the same boxes of the grid and the same packages hold.

    Parameters
    ----------
    history
        The contents.
    boxes, box_start
        The frontier of each row of the history.
    held
        Which packages of the offer hold each content.
    too_heavy
        ``(p,)`` contents that no box of the grid holds, whatever their frontier: they are heavier
        than new boxes may hold.
    apart
        Whether contents of different volume stay apart, which matters where a package needs no
        filler.

    Returns
    -------
    The rows with all contents as weight, and ``(p,)`` the row of each content; -1 for contents
    that no box of the grid and no package holds.
    """
    counts = np.diff(box_start)
    volume = history.batch.content_mm3
    known: dict[tuple[object, ...], int] = {}
    of_content = np.full(len(history.order), -1, np.int64)
    first: list[int] = []
    frontier = [
        boxes[box_start[row] : box_start[row + 1]].tobytes() for row in range(history.n_rows)
    ]
    packed = np.packbits(held.held, axis=1)
    for content, row in enumerate(history.row.tolist()):
        boxed = counts[row] > 0 and not too_heavy[content]
        if not boxed and not held.held[content].any():
            continue
        key: tuple[object, ...] = (
            bool(history.free[row]),
            frontier[row] if boxed else b"",
            packed[content].tobytes(),
            held.rise[content].tobytes(),
        )
        if apart:
            key += (int(volume[content]),)
        at = known.setdefault(key, len(first))
        if at == len(first):
            first.append(content)
        of_content[content] = at
    firsts = np.array(first, np.int64)
    rows = history.row[firsts] if len(firsts) else np.empty(0, np.int64)
    start = np.zeros(len(rows) + 1, np.int64)
    some = np.where(too_heavy[firsts], 0, counts[rows])
    np.cumsum(some, out=start[1:])
    index = np.repeat(box_start[rows] - start[:-1], some) + np.arange(start[-1])
    whole = np.ones(len(history.order), np.bool_)
    weight, content_mm3 = weights(of_content, volume, len(rows), whole)
    return Rows(
        boxes[index], start, history.free[rows], held.held[firsts], held.rise[firsts], weight,
        content_mm3,
    ), of_content  # fmt: skip


def weights(
    of_content: Ints, volume_mm3: Ints, n_rows: int, chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Number and volume of chosen contents in each row, ``(r,)`` each."""
    some = chosen & (of_content >= 0)
    row = of_content[some]
    number = np.bincount(row, minlength=n_rows).astype(np.float64)
    volume = np.bincount(row, volume_mm3[some].astype(np.float64), minlength=n_rows)
    return number, volume.astype(np.float64)
