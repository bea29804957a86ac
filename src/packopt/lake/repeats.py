"""No order in two parts: its lines would be packed apart, and it would be answered twice.

Sorted hashes of all parts are merged range by range, so that no machine holds all of them at once.
Orders that share a hash by chance, at most one in 30 of runs of 10^9 orders, are told apart by
their ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.engine.nesting import ORDER_ID
from packopt.errors import OrdersError
from packopt.first_parts import hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.lake.parts import Part

#: Orders that are held at once, of 12 bytes each.
_AT_ONCE: Final = 50_000_000


def known_ids(orders: pa.Table) -> pa.StringArray:
    """The order ids of nested orders, but for null."""
    return orders[ORDER_ID].cast(pa.string()).combine_chunks().drop_null()


def refuse_repeats(
    source: str,
    parts: Sequence[Part],
    n_orders: int,
    hashes_of: Callable[[int], NDArray[np.uint64]],
    ids_of: Callable[[int], pa.StringArray],
) -> None:
    """Refuse an input with an order in two parts.

    Parameters
    ----------
    source
        What to call it in messages.
    parts
        The parts, in their order.
    n_orders
        Orders of all parts.
    hashes_of
        ``(n,)`` sorted hashes of the orders of a part, by its index.
    ids_of
        The order ids of a part, by its index; asked for only where hashes are the same.

    Raises
    ------
    OrdersError
        If there is one; named with its files.
    """
    n_ranges = max(1, -(-n_orders // _AT_ONCE))
    ends = [(one << 64) // n_ranges for one in range(1, n_ranges)]
    for low, high in zip([0, *ends], [*ends, 1 << 64], strict=True):
        found = [_between(hashes_of(index), low, high) for index in range(len(parts))]
        key = np.concatenate([np.empty(0, np.uint64), *found])
        owner = np.repeat(np.arange(len(parts), dtype=np.int32), [len(one) for one in found])
        by_key = np.argsort(key, kind="stable")
        key, owner = key[by_key], owner[by_key]
        for at in np.flatnonzero(key[1:] == key[:-1]).tolist():
            pair = [int(owner[at]), int(owner[at + 1])]
            first, second = (_with_hash(ids_of(index), key[at]) for index in pair)
            if first & second:
                raise _repeated(source, min(first & second), [parts[index] for index in pair])


def _between(keys: NDArray[np.uint64], low: int, high: int) -> NDArray[np.uint64]:
    ends = (low, min(high, (1 << 64) - 1))
    first, last = np.searchsorted(keys, np.array(ends, np.uint64))
    return keys[first : last if high < 1 << 64 else None]


def _repeated(source: str, order_id: str, parts: list[Part]) -> OrdersError:
    places = dict.fromkeys(_named(part) for part in parts)
    found = " and ".join(places) if len(places) > 1 else f"{next(iter(places))}, twice"
    return OrdersError(
        source,
        f"column order_id: found {order_id!r} in {found}; expected all lines of an order one "
        "after the other in one file; sort the lines by order_id, or nest them",
    )


def _named(part: Part) -> str:
    """A part as messages call it; only Parquet has row groups."""
    first, stop = part.groups
    of = f", row groups {first + 1} to {stop}" if stop - first > 1 else f", row group {stop}"
    return f"{part.file or 'the file'}{of if stop else ''}"


def _with_hash(ids: pa.StringArray, key: np.uint64) -> set[str]:
    known = ids.drop_null()
    return set(known.filter(pa.array(hashes(known) == key)).to_pylist())
