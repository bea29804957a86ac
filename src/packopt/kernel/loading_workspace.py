"""The work areas of loading: nothing in it allocates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from packopt.kernel.loading import WIDEST
from packopt.kernel.loading_blocks import BLOCK_COLUMNS
from packopt.kernel.loading_ranking import MOST_NEIGHBOURS
from packopt.kernel.loading_states import TALLY_COLUMNS

if TYPE_CHECKING:
    from packopt.kernel.layout import Floats, Ints


class LoadWorkspace(NamedTuple):
    """Work areas of ``loading.load`` for one thread."""

    block: Ints  # (B, BLOCK_COLUMNS)
    table: Ints  # hash table of blocks
    rank: Ints  # (B,) blocks by descending key
    spare: Ints  # (B,)
    size: Ints  # (B,) packed sides by rank
    mask: Ints  # (B,) types in the block by rank, one bit each modulo 62
    key: Floats  # (B,) value against number of units by rank
    weigh: Ints  # (B,) key as an integer, to sort by
    reach: Ints  # (3, longest side + 1) largest reachable length up to each length
    slim: Ints  # (t, 3) least extents of each type
    spaces: Ints  # (states, spaces, 6)
    boxes: Ints  # (states, boxes, 7) block, two corners
    left: Ints  # (states, t)
    alive: Ints  # (states, B) ranks of blocks that may still be placed
    tally: Ints  # (states, TALLY_COLUMNS)
    fresh: Ints  # (spaces, 6)
    near: Ints  # (6, neighbours, 5)
    n_near: Ints  # (6,)
    top: Ints  # (WIDEST + 1,) best blocks of a space
    score: Floats  # (WIDEST + 1,)
    child: Ints  # (WIDEST, 4) parent, space, rank, grade
    best: Ints  # (boxes, 7)
    stack: Ints  # (B, 4)


def load_workspace(max_types: int, max_blocks: int, max_boxes: int, max_side: int) -> LoadWorkspace:
    """Return work areas for rooms with sides of up to ``max_side`` mm."""
    states = 2 * WIDEST + 1
    cells = 4
    while cells < 2 * max_blocks:
        cells *= 2

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return LoadWorkspace(
        block=ints(max_blocks, BLOCK_COLUMNS),
        table=ints(cells),
        rank=ints(max_blocks),
        spare=ints(max(max_blocks, max_boxes)),
        size=ints(max_blocks),
        mask=ints(max_blocks),
        key=np.zeros(max_blocks, np.float64),
        weigh=ints(max_blocks),
        reach=ints(3, max_side + 1),
        slim=ints(max_types, 3),
        spaces=ints(states, 512, 6),
        boxes=ints(states, max_boxes, 7),
        left=ints(states, max_types),
        alive=ints(states, max_blocks),
        tally=ints(states, TALLY_COLUMNS),
        fresh=ints(512, 6),
        near=ints(6, MOST_NEIGHBOURS, 5),
        n_near=ints(6),
        top=ints(WIDEST + 1),
        score=np.zeros(WIDEST + 1, np.float64),
        child=ints(WIDEST, 4),
        best=ints(max_boxes, 7),
        stack=ints(max_blocks, 4),
    )
