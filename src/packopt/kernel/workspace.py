"""The work areas of one thread, allocated once: nothing in the hot path allocates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from packopt.kernel.blocks import block_workspace
from packopt.kernel.bounds import MAX_FUNCTIONS, REACH_WORDS
from packopt.kernel.genes import CLIMBER_ROWS
from packopt.kernel.handling import SCRATCH_ROWS
from packopt.kernel.layout import MAX_ORIENTATIONS, MAX_SEARCH_UNITS, Floats, Ints
from packopt.kernel.lineup import LINE_ROWS, STATE_ROWS
from packopt.kernel.question import ROUNDS, WIDEST_BEAM
from packopt.kernel.stacks import work_areas

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAIRS = MAX_SEARCH_UNITS * (MAX_SEARCH_UNITS - 1) // 2
#: Each level of the search decides a pair or drops an orientation, plus the root and one to copy.
_LEVELS = _PAIRS + MAX_SEARCH_UNITS * (MAX_ORIENTATIONS - 1) + 2
#: Maximal spaces kept at a time; more are dropped, which can only miss a packing.
_SPACES = 512


class Workspace(NamedTuple):
    """Work areas, ``int64`` unless said otherwise; ``m`` is the largest order's number of units."""

    ext: Ints  # (m, 6, 3) extents of the orientations that fit the room
    n_ext: Ints  # (m,)
    twin: Ints  # (m,)
    volume: Ints  # (m,)
    least: Ints  # (m, 3) least extents of each unit
    load: Ints  # (m,) g
    weight: Ints  # (m,) g
    place: Ints  # (m, 6) the plan
    room: Ints  # (3,) inner size of the container asked about
    tight: Ints  # (3,) the room shrunk to reachable lengths
    domain: Ints  # (m,) orientations that fit the tight room
    only: Ints  # (3, 32) pairs with one axis left
    lengths: Ints  # (REACH_WORDS,) reachable lengths
    marks: Ints  # (1001,) thicknesses of a mailer worth trying
    value: Ints  # (4, MAX_FUNCTIONS, 32, 6) dual feasible functions
    top: Ints  # (3, MAX_FUNCTIONS + 1)
    table: Ints  # (t, 32, 6) scales to prune the search with
    cap: Ints  # (t,)
    state: Ints  # (levels, STATE_ROWS, 32) the search
    line: Ints  # (pairs + 1, LINE_ROWS, 32) one axis of it
    scratch: Ints  # (2, m) sequence and loads
    slimmest: Ints  # (3,) least extents of any unit
    climber: Ints  # (4, m) orders and locks
    spaces: Ints  # (512, 6) empty maximal spaces
    fresh: Ints  # (512, 6)
    dice: NDArray[np.uint64]  # (1,)
    whole: Ints  # linear programs of the scales, see ``stacks.work_areas``
    rows: NDArray[np.int32]
    real: Floats
    block: Ints  # the block beam, see ``blocks.block_workspace``
    level: Ints
    tally: Ints
    kinds: Ints
    task: Ints


def new_workspace(max_units: int) -> Workspace:
    """Return work areas for orders of up to ``max_units`` units."""
    m = max(max_units, MAX_SEARCH_UNITS)

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    whole, rows, real = work_areas()
    block, level, tally, kinds, task = block_workspace(MAX_SEARCH_UNITS, WIDEST_BEAM)
    return Workspace(
        ext=ints(m, MAX_ORIENTATIONS, 3),
        n_ext=ints(m),
        twin=ints(m),
        volume=ints(m),
        least=ints(m, 3),
        load=ints(m),
        weight=ints(m),
        place=ints(m, 6),
        room=ints(3),
        tight=ints(3),
        domain=ints(m),
        only=ints(3, MAX_SEARCH_UNITS),
        lengths=ints(REACH_WORDS),
        marks=ints(1001),
        value=ints(4, MAX_FUNCTIONS, MAX_SEARCH_UNITS, MAX_ORIENTATIONS),
        top=ints(3, MAX_FUNCTIONS + 1),
        table=ints(ROUNDS, MAX_SEARCH_UNITS, MAX_ORIENTATIONS),
        cap=ints(ROUNDS),
        state=ints(_LEVELS, STATE_ROWS, MAX_SEARCH_UNITS),
        line=ints(_PAIRS + 2, LINE_ROWS, MAX_SEARCH_UNITS),
        scratch=ints(SCRATCH_ROWS, m),
        slimmest=ints(3),
        climber=ints(CLIMBER_ROWS, m),
        spaces=ints(_SPACES, 6),
        fresh=ints(_SPACES, 6),
        dice=np.zeros(1, np.uint64),
        whole=whole,
        rows=rows,
        real=real,
        block=block,
        level=level,
        tally=tally,
        kinds=kinds,
        task=task,
    )
