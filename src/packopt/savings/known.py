"""What notes on a replay need to know of it: counts that can be added up over its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.savings.amounts import SIDES
from packopt.savings.quantities import OWN_CONTAINER, UNKNOWN
from packopt.savings.tables import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.catalogue import Catalogue
    from packopt.savings.amounts import Replay


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """What is known of the orders that count.

    Attributes
    ----------
    n_counted
        How many orders count.
    measures
        Names of the measures that are known for all of them, on both sides.
    left_out
        Measures that are not to be compared though they are known.
    catalogues
        By side, what its packages are from.
    used
        By side, the packages that are used, without own containers.
    unknown
        By side and measure, in how many parcels of each package it is not known.
    dated
        Whether orders have dates at all.
    n_undated
        How many of those that count have none.
    """

    n_counted: int
    measures: frozenset[str]
    left_out: tuple[str, ...]
    catalogues: Mapping[str, Catalogue]
    used: Mapping[str, list[int]]
    unknown: Mapping[tuple[str, str], dict[int, int]]
    dated: bool
    n_undated: int


def known_of(replay: Replay) -> Known:
    """What is known of a replay."""
    date, counted = replay.orders.date, replay.counted
    without = counted if date is None else date.is_null().to_numpy(zero_copy_only=False) & counted
    return Known(
        n_counted=int(counted.sum()),
        measures=frozenset(one.name for one in replay.measures),
        left_out=replay.left_out,
        catalogues={side: replay.sides[side].catalogue for side in SIDES},
        used={side: replay.sides[side].used(counted) for side in SIDES},
        unknown=unknown_parcels(replay),
        dated=date is not None,
        n_undated=int(without.sum()),
    )


def unknown_parcels(replay: Replay) -> dict[tuple[str, str], dict[int, int]]:
    """By side and measure, in how many parcels of each package it is not known, if in any."""
    found = {}
    least = min(OWN_CONTAINER, UNKNOWN)  # what stands for no package of the catalogue
    for side in SIDES:
        parcels, taken = replay.sides[side], replay.taken[side]
        counts = replay.counted[parcels.order]
        used = taken.used(counts) > 0
        for one in MEASURES:
            lacking = np.isnan(taken.amounts[one.name]) & used
            if lacking.any():
                unknown = lacking[taken.case] & counts
                number = np.bincount(parcels.package[unknown] - least)
                packages = np.flatnonzero(number)
                pairs = zip((packages + least).tolist(), number[packages].tolist(), strict=True)
                found[side, one.name] = dict(pairs)
    return found
