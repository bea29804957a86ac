"""Units that are known to fit: a room sawn into pieces, so that any proof against them is false."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Question:
    """The kernel's arrays for units in a room; ``taken`` is each unit's orientation in a plan."""

    n: int
    room: Ints  # (3,)
    ext: Ints  # (n, 6, 3)
    n_ext: Ints  # (n,)
    twin: Ints  # (n,)
    volume: Ints  # (n,)
    taken: Ints  # (n,)

    @property
    def domain(self) -> Ints:
        """All orientations of each unit, as a set in a word."""
        return (1 << self.n_ext) - 1

    @property
    def least(self) -> Ints:
        """Smallest extents of each unit by axis."""
        every = [self.ext[i, : self.n_ext[i]].min(axis=0) for i in range(self.n)]
        return np.array(every).reshape(self.n, 3)


def question(pieces: list[tuple[int, ...]], turns: list[list[int]], room: Ints) -> Question:
    """Return the arrays for ``pieces``, given as they lie in a plan, each free to turn so.

    ``turns[i]`` are the permutations of the axes (indices into ``itertools.permutations``) that
    piece ``i`` may take; 0, as it lies, among them.
    """
    every = list(permutations(range(3)))
    listed = []
    for piece, allowed in zip(pieces, turns, strict=True):
        turned = {tuple(piece[a] for a in every[k]) for k in allowed}
        fitting = sorted(o for o in turned if all(np.array(o) <= room))
        listed.append((int(-np.prod(piece)), fitting, fitting.index(tuple(piece))))
    listed.sort()
    n = len(listed)
    ext = np.zeros((n, 6, 3), np.int64)
    for i, (_, fitting, _) in enumerate(listed):
        ext[i, : len(fitting)] = fitting
    return Question(
        n=n,
        room=np.asarray(room, np.int64),
        ext=ext,
        n_ext=np.array([len(fitting) for _, fitting, _ in listed], np.int64),
        twin=np.array([i > 0 and listed[i][1] == listed[i - 1][1] for i in range(n)], np.int64),
        volume=np.array([-volume for volume, _, _ in listed], np.int64),
        taken=np.array([taken for _, _, taken in listed], np.int64),
    )


def sawn(rng: np.random.Generator, longest: int, most: int) -> Question:
    """Return up to ``most`` pieces of a room with sides up to ``longest``, hardly shaved or not.

    Cuts into equal slices make twins; some pieces may turn freely, some only a little, some not.
    """
    room = rng.integers(max(2, longest // 8), longest + 1, 3)
    pieces = [tuple(int(side) for side in room)]
    goal = int(rng.integers(2, most + 1))
    for _ in range(4 * goal):
        piece = pieces.pop(int(rng.integers(len(pieces))))
        axis = int(rng.integers(3))
        slices = int(rng.integers(2, 5)) if rng.random() < 0.4 else 2
        if piece[axis] < slices or len(pieces) + slices > goal:
            pieces.append(piece)
            continue
        if slices == 2 and rng.random() < 0.7:
            cut = int(rng.integers(1, piece[axis]))
            widths = [cut, piece[axis] - cut]
        else:
            widths = [piece[axis] // slices] * slices
        pieces += [(*piece[:axis], width, *piece[axis + 1 :]) for width in widths]
    if rng.random() < 0.5:
        pieces = [tuple(max(1, s - int(rng.random() < 0.2)) for s in piece) for piece in pieces]
    freedom = rng.random()
    turns = [[0, *(k for k in range(1, 6) if freedom > 0.3 or rng.random() < 0.3)] for _ in pieces]
    return question(pieces, turns, room)
