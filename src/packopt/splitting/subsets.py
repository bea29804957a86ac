"""Exact splitting of small parts: the best cover by subsets, each priced when it matters.

What every subset costs is bounded from below at once (``kernel.subsets``). The plan that the bounds
like best tells which subsets to ask the kernel about; their prices make a better founded plan, and
so on until the best plan is made of known prices (``kernel.partition``, ``kernel.progress``). Many
parts go through these rounds together, so that a round is one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.kernel.atoms import MOST_STATES
from packopt.splitting.rounds import Run
from packopt.splitting.states import are_small, is_small, n_states
from packopt.splitting.stocked import overdraws, split_in_stock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Part, Split

__all__ = ["MOST_ASKED", "are_small", "is_small", "n_states", "split_exactly", "split_many"]

#: States in memory at a time; each takes about 70 bytes, and more with many packages.
STATES_AT_ONCE: Final = 1 << 20
#: Subsets of a part that are asked about before the best plan so far must do.
MOST_ASKED: Final = 2_000


def split_exactly(
    part: Part, pricer: Pricer, *, partial: bool = True, most_asked: int = MOST_ASKED
) -> Split:
    """Spread one small part over parcels; parameters and errors as of `split_many`."""
    return split_many([part], pricer, partial=partial, most_asked=most_asked)[0]


def split_many(
    parts: Sequence[Part], pricer: Pricer, *, partial: bool = True, most_asked: int = MOST_ASKED
) -> list[Split]:
    """Spread small parts over parcels, as well as it can be done.

    Fewest parcels first and then the least cost, or the least cost with a price for each parcel
    (``Part.parcel_price``); among equals an even weight. Where the kernel leaves subsets undecided,
    the plan is the best of what it found, and ``Split.fewest`` and ``Split.bound`` tell how far
    from it the optimum can be.

    Parameters
    ----------
    parts
        Parts that `states.is_small` approves.
    pricer
        Answers what subsets cost.
    partial
        Whether to split the rest of a part in which some units fit nothing.
    most_asked
        Subsets of a part to ask about before the best plan so far must do.

    Returns
    -------
    A split for each part.

    Raises
    ------
    ValueError
        If a part has too many subsets.
    """
    splits: list[Split] = []
    for some in _slices(parts):
        run = Run(some, pricer, most_asked)
        for p, split in enumerate(run.splits(partial=partial)):
            over = overdraws(some[p], split)
            splits.append(split_in_stock(run, p) if over else split)
    return splits


def _slices(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Cut the parts into groups of bounded memory."""
    first = 0
    states = 0
    for i, part in enumerate(parts):
        # No part has more: equal units make fewer.
        n = min(1 << len(part.units), MOST_STATES)
        if i > first and states + n > STATES_AT_ONCE:
            yield parts[first:i]
            first, states = i, 0
        states += n
    if parts:
        yield parts[first:]
