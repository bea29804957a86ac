"""Small parts as the kernel's arrays of atoms, types and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.atoms import (
    MOST_STATES,
    MOST_TRANSITIONS,
    MOST_TYPES,
    Group,
    Types,
    list_types,
)
from packopt.kernel.layout import UNIT_COLUMNS
from packopt.kernel.progress import PATIENCE, Progress
from packopt.kernel.subsets import WORD, Ranking, States

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]

#: ``Group.parcel_price`` of parts that ask for fewest parcels first.
_NO_PRICE: Final = -1


def n_states(part: Part) -> int:
    """Subsets of a part up to the exchange of equal units, or 0 where they were not counted.

    Parameters
    ----------
    part
        The units; with more than a dozen different ones among them nothing is counted.
    """
    return 0 if len(part.units) > MOST_STATES else int(typed(grouped([part])).states[0])


def is_small(part: Part) -> bool:
    """Whether a part has few enough subsets to be split exactly.

    Parameters
    ----------
    part
        The units.
    """
    return are_small([part])[0]


def are_small(parts: Sequence[Part]) -> list[bool]:
    """Whether each of some parts has few enough subsets, as `is_small` says of one.

    Parameters
    ----------
    parts
        The parts, at least one.
    """
    listed = [part for part in parts if len(part.units) <= MOST_STATES]
    few = iter(small(typed(grouped(listed))).tolist() if listed else ())
    return [len(part.units) <= MOST_STATES and next(few) for part in parts]


def small(types: Types) -> NDArray[np.bool_]:
    """Whether each part has few enough subsets, ``(p,)``."""
    few = (types.states <= MOST_STATES) & (types.transitions <= MOST_TRANSITIONS)
    return np.asarray(few & (types.n >= 0), dtype=np.bool_)


def grouped(parts: Sequence[Part]) -> Group:
    """Parts side by side."""
    start = _starts([len(part.units) for part in parts])
    torn = [i for i, part in enumerate(parts) if np.count_nonzero(part.clash)]
    clashes = [parts[i].clash for i in torn]
    clash_start = np.full(len(parts), -1, np.int64)
    clash_start[torn] = _starts([clash.size for clash in clashes])[:-1]
    return Group(
        start=start,
        units=np.concatenate([part.units for part in parts]).reshape(-1, UNIT_COLUMNS),
        content_mm3=np.concatenate([part.content_mm3 for part in parts]),
        weight_g=np.concatenate([part.weight_g for part in parts]),
        no_mailer=np.concatenate([part.no_mailer for part in parts]),
        own=np.concatenate([part.own for part in parts]),
        bundle=np.concatenate([part.bundle for part in parts]),
        clash=np.concatenate([clash.reshape(-1) for clash in clashes] or [np.empty(0, np.bool_)]),
        clash_start=clash_start,
        most_parcels=np.array([part.most_parcels for part in parts], np.int64),
        parcel_price=np.array(
            [_NO_PRICE if part.parcel_price is None else part.parcel_price for part in parts],
            np.int64,
        ),
        access=np.array([part.access for part in parts], np.int32),
    )


def typed(group: Group) -> Types:
    """The atoms of each part by type."""
    p, u = len(group.access), len(group.units)
    types = Types(
        n=np.empty(p, np.int64),
        count=np.zeros((p, MOST_TYPES), np.int64),
        size=np.zeros((p, MOST_TYPES), np.int64),
        stride=np.zeros((p, MOST_TYPES), np.int64),
        first=np.zeros((p, MOST_TYPES), np.int64),
        row=np.empty(u, np.int64),
        spot=np.empty(u, np.int64),
        type=np.empty(u, np.int64),
        states=np.empty(p, np.int64),
        transitions=np.empty(p, np.int64),
    )
    list_types(group, types)
    return types


def ranked(packages: Packages) -> Ranking:
    """Packages as bits, cheapest first."""
    lists = (packages.unfilled, packages.filled)
    words = [-(-len(one) // WORD) for one in lists]
    at = np.full(sum(words) * WORD, -1, np.int64)
    at[: len(lists[0])] = lists[0]
    at[words[0] * WORD : words[0] * WORD + len(lists[1])] = lists[1]
    spot = np.full(len(packages.mailer), -1, np.int64)
    places = np.flatnonzero(at >= 0)
    spot[at[places]] = places
    return Ranking(at=at, spot=spot, filled=words[0])


def empty_states(types: Types, ranking: Ranking) -> States:
    """Room for what is known of each state."""
    start = _starts(types.states.tolist())
    n = int(start[-1])
    return States(
        start=start,
        alive=np.empty((n, len(ranking.at) // WORD), np.int64),
        bound=np.empty(n, np.int64),
        cost=np.empty(n, np.int64),
        found=np.empty(n, np.int32),
        level=np.empty(n, np.uint8),
        plan=np.empty(n, np.int64),
        content_mm3=np.empty(n, np.int64),
        weight_g=np.empty(n, np.int64),
    )


def no_progress(types: Types) -> Progress:
    """Parts of which nothing has been asked yet."""
    p = len(types.n)
    start = _starts(types.count.sum(axis=1).tolist())

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return Progress(
        open=np.ones(p, np.uint8),
        start=start,
        best=zeros(int(start[-1])),
        n_best=zeros(p),
        best_key=zeros(p, 3),
        hope=zeros(int(start[-1])),
        n_hope=zeros(p),
        patience=np.full(p, PATIENCE, np.int64),
        asked=zeros(p),
        fewest=zeros(p),
        bound=zeros(p),
    )


def _starts(lengths: Sequence[int]) -> Ints:
    start = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=start[1:])
    return start
