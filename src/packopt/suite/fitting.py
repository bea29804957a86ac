"""Which rows fit which boxes of the grid: frontiers on threads, kept in a file.

Frontiers depend on the rows, the grid and the rules only. They are found in blocks, each of which
is kept as soon as it is done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import os
import uuid
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.batches import kernel_rules
from packopt.kernel.workspace import new_workspace
from packopt.suite.frontiers import MANY, find_frontiers, mark_fits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from packopt.policy import Policy
    from packopt.suite.history import History

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]

#: Rows of a block: one to a file.
BLOCK: Final = 2_000
#: Starts, climbs, beam and nodes of one question: there are hundreds for each row.
_EFFORT: Final = (4, 24, 8, 100)
#: Boxes that there is room for at first.
_ROOM: Final = 40_000
#: Distinct contents of `MANY` units and more up to which every column of all of them is walked.
_LEISURELY: Final = 200
#: Of frontiers as they are found now: a change of the method makes kept ones worthless.
_METHOD: Final = "2"
#: What NumPy raises for files that are cut short, empty, changed, or of something else.
_DAMAGED: Final = (
    OSError, ValueError, KeyError, TypeError, EOFError, SyntaxError, NotImplementedError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def frontiers(
    history: History,
    policy: Policy,
    *,
    grid_mm: int,
    most: int,
    threads: int = 1,
    folder: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Steps, Ints]:
    """Find the frontier of every row.

    Parameters
    ----------
    history
        The rows.
    policy
        Its handling rules and wall clearance.
    grid_mm
        One step.
    most
        Longest side of a box, in steps.
    threads
        Threads to use.
    folder
        Where to keep blocks; None keeps none.
    progress
        Called with the number of rows done since the last call.

    Returns
    -------
    ``(b, 3)`` boxes in steps, and ``(r + 1,)`` where the frontier of each row begins.
    """
    units, start = history.units()
    hasty = bool((np.diff(start) >= MANY).sum() > _LEISURELY)
    # Most work comes first, so that threads end together; blocks then hold rows of all kinds.
    blocks = [np.arange(at, history.n_rows, _n_blocks(history)) for at in range(_n_blocks(history))]

    def find(rows: Ints) -> tuple[Steps, Ints]:
        count = np.diff(start)[rows]
        begin = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(count, out=begin[1:])
        index = np.repeat(start[rows] - begin[:-1], count) + np.arange(begin[-1])
        some = np.ascontiguousarray(units[index]), begin, np.ascontiguousarray(history.free[rows])
        key = _key(some, grid_mm, most, hasty, policy)
        found = _kept(folder, key)
        if found is None:
            found = _find(*some, grid_mm, most, hasty, policy)
            _keep(folder, key, found)
        if progress is not None:
            progress(len(rows))
        return found

    if threads > 1:
        with ThreadPoolExecutor(threads, thread_name_prefix="packopt") as pool:
            parts = list(pool.map(find, blocks))
    else:
        parts = [find(rows) for rows in blocks]
    return _in_order(blocks, parts, history.n_rows)


def _n_blocks(history: History) -> int:
    return max(1, -(-history.n_rows // BLOCK))


def _in_order(
    blocks: list[Ints], parts: list[tuple[Steps, Ints]], n_rows: int
) -> tuple[Steps, Ints]:
    row = np.concatenate(
        [np.repeat(rows, counts) for rows, (_, counts) in zip(blocks, parts, strict=True)]
    )
    boxes = np.concatenate([boxes for boxes, _ in parts])
    order = np.argsort(row, kind="stable")
    box_start = np.zeros(n_rows + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=n_rows), out=box_start[1:])
    return boxes[order], box_start


def _find(
    units: NDArray[np.int32],
    start: Ints,
    free: NDArray[np.bool_],
    grid_mm: int,
    most: int,
    hasty: bool,
    policy: Policy,
) -> tuple[Steps, Ints]:
    workspace = new_workspace(int(np.diff(start).max(initial=1)))
    before = np.zeros(most + 2, np.int64)
    counts = np.zeros(len(free), np.int64)
    boxes = np.empty((max(_ROOM, 3 * most * most), 3), np.int32)
    done, found = 0, []
    rules, wall = kernel_rules(policy), policy.wall_clearance_mm
    while done < len(free):
        done, written, _ = find_frontiers(
            units, start, free, done, len(free), grid_mm, wall, most, hasty, rules, *_EFFORT,
            workspace, before, boxes, counts,
        )  # fmt: skip
        found.append(boxes[:written].copy())
    return np.concatenate(found), counts


def _key(
    some: tuple[NDArray[Any], ...], grid_mm: int, most: int, hasty: bool, policy: Policy
) -> str:
    rules = policy.wall_clearance_mm, kernel_rules(policy)
    told = hashlib.sha256(repr((_METHOD, grid_mm, most, hasty, *rules, _EFFORT)).encode())
    for array in some:
        told.update(np.ascontiguousarray(array).tobytes())
    return told.hexdigest()[:32]


def _kept(folder: Path | None, key: str) -> tuple[Steps, Ints] | None:
    path = None if folder is None else folder / f"{key}.npz"
    if path is None or not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file) as kept:
            return kept["boxes"], kept["counts"]
    except _DAMAGED:
        return None  # cut short, or no such file at all: it is found anew and written over


def _keep(folder: Path | None, key: str, found: tuple[Steps, Ints]) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{key}.{uuid.uuid4().hex[:8]}.npz"
    with draft.open("wb") as file:
        np.savez(file, boxes=found[0], counts=found[1])
        # The name must not be on the disk before what it stands for.
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / f"{key}.npz")


def fits_of_boxes(boxes: Steps, box_start: Ints, free: NDArray[np.bool_], steps: Steps) -> Ints:
    """Which rows each box holds, as bits: ``(r, words)`` for ``(m, 3)`` steps."""
    fits = np.zeros((len(free), max(1, -(-len(steps) // 64))), np.int64)
    mark_fits(boxes, box_start, free, np.sort(steps, axis=1), np.asarray(steps), fits)
    return fits
