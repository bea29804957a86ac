"""No order in two parts: its lines would be packed apart, and it would be answered twice.

Sorted hashes of all parts are merged range by range, so that no machine holds all of them at once.
Orders that share a hash by chance, at most one in 30 of runs of 10^9 orders, are told apart by
their ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.errors import OrdersError
from packopt.first_parts import hashes
from packopt.lake.results import Mark, mark_of, read_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.lake.parts import Part
    from packopt.lake.places import Place

#: Orders that are held at once, of 12 bytes each.
_AT_ONCE: Final = 50_000_000


def refuse_repeats(out: Place, parts: Sequence[Part], job: str, n_orders: int) -> None:
    """Refuse an input with an order in two parts.

    Parameters
    ----------
    out
        Folder of the results, all complete.
    parts
        The parts, in their order.
    job
        As of `Part.name`.
    n_orders
        Orders of all parts.

    Raises
    ------
    OrdersError
        If there is one; named with its files.
    """
    n_ranges = max(1, -(-n_orders // _AT_ONCE))
    ends = [(one << 64) // n_ranges for one in range(1, n_ranges)]
    for low, high in zip([0, *ends], [*ends, 1 << 64], strict=True):
        found = [_between(Mark.read(mark_of(out, part.name(job))), low, high) for part in parts]
        key = np.concatenate([np.empty(0, np.uint64), *found])
        owner = np.repeat(np.arange(len(parts), dtype=np.int32), [len(one) for one in found])
        by_key = np.argsort(key, kind="stable")
        key, owner = key[by_key], owner[by_key]
        for at in np.flatnonzero(key[1:] == key[:-1]).tolist():
            _refuse(out, [parts[owner[at]], parts[owner[at + 1]]], job, key[at])


def _between(mark: Mark, low: int, high: int) -> NDArray[np.uint64]:
    ends = (low, min(high, (1 << 64) - 1))
    first, last = np.searchsorted(mark.hashes, np.array(ends, np.uint64))
    return mark.hashes[first : last if high < 1 << 64 else None]


def _refuse(out: Place, parts: list[Part], job: str, key: np.uint64) -> None:
    first, second = (_with_hash(read_ids(out, part.name(job)), key) for part in parts)
    for order_id in sorted(first & second):
        places = " and ".join(
            f"{part.file or 'the file'}, row groups {part.groups[0] + 1} to {part.groups[1]}"
            for part in parts
        )
        raise OrdersError(
            out.url,
            f"column order_id: found {order_id!r} in {places}; expected all lines of an order one "
            "after the other in one file; sort the lines by order_id, or nest them",
        )


def _with_hash(ids: pa.StringArray, key: np.uint64) -> set[str]:
    known = ids.drop_null()
    return set(known.filter(pa.array(hashes(known) == key)).to_pylist())
