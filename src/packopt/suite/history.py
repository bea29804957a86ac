"""The history as rows: what must go into one package, each distinct content once.

Orders are taken apart as `packopt.recommend` does it. An order that today's rules send out in
several parcels counts as these parcels. Contents of the same units are one row; weights of units
are left out of account, but where loads are limited.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.batches import kernel_batch, kernel_rules
from packopt.kernel.layout import ANY, ANY_LOAD, KIND, LOAD, UNIT_WEIGHT
from packopt.labels import Labels
from packopt.parts import find_parts
from packopt.tables import REJECTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Batch
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class History:
    """``p`` contents, of which ``r`` are distinct.

    Attributes
    ----------
    batch
        The contents as the kernel sees them.
    order
        ``(p,)`` order of each content.
    row
        ``(p,)`` its row.
    first
        ``(r,)`` the first content of each row.
    free
        ``(r,)`` True where up and down are the same to all units.
    """

    batch: Batch
    order: Ints
    row: Ints
    first: Ints
    free: NDArray[np.bool_]

    @property
    def n_rows(self) -> int:
        """Number of distinct contents."""
        return len(self.first)

    def units(self) -> tuple[NDArray[np.int32], Ints]:
        """Canonical units of the rows, and ``(r + 1,)`` where each begins."""
        begin = self.batch.start[self.first]
        count = self.batch.start[self.first + 1] - begin
        start = np.zeros(len(count) + 1, np.int64)
        np.cumsum(count, out=start[1:])
        index = np.repeat(begin - start[:-1], count) + np.arange(start[-1])
        return self.batch.units[index], start

    def digest(self) -> str:
        """SHA-256 of the rows, in hexadecimal."""
        units, start = self.units()
        told = hashlib.sha256(np.ascontiguousarray(units).tobytes())
        told.update(start.tobytes())
        return told.hexdigest()


def history_of(orders: Orders, policy: Policy) -> History:
    """Take orders apart into contents, and find those that are equal.

    Parameters
    ----------
    orders
        Orders, each of which is to go into one package if any holds it.
    policy
        Says what may share a parcel, and which handling rules hold.
    """
    parts = find_parts(orders, policy)
    batch, _ = kernel_batch(orders, parts, np.zeros(len(parts.order), np.int32))
    units, start = batch.units.copy(), batch.start
    bound = (units[:, KIND] != ANY) | (kernel_rules(policy) > 1)
    if kernel_rules(policy):
        bound |= units[:, LOAD] != ANY_LOAD
    n_parts = len(start) - 1
    of_unit = np.repeat(np.arange(n_parts), np.diff(start))
    is_bound = np.bincount(of_unit[bound], minlength=n_parts) > 0
    units[~is_bound[of_unit], UNIT_WEIGHT] = 0
    known: dict[bytes, int] = {}
    row = np.empty(n_parts, np.int64)
    first: list[int] = []
    for part in range(n_parts):
        key = units[start[part] : start[part + 1]].tobytes()
        at = known.setdefault(key, len(first))
        if at == len(first):
            first.append(part)
        row[part] = at
    firsts = np.array(first, np.int64)
    return History(batch, parts.order, row, firsts, ~is_bound[firsts])


def one_each(orders: Orders, source: Ints, policy: Policy) -> tuple[Orders, Ints]:
    """Contents as orders of their own, named 0, 1, 2 ...; own containers are none.

    Parameters
    ----------
    orders, source
        Orders, and where each comes from.
    policy
        Says what may share a parcel.
    """
    parts = find_parts(orders, policy)
    return orders.portions(parts.order, parts.line, parts.start), source[parts.order]


def as_sent(orders: Orders, today: Recommendations) -> tuple[Orders, Ints]:
    """The orders as today's packages send them: what is split counts as its parcels.

    Parameters
    ----------
    orders
        The history.
    today
        What `packopt.recommend` answered, with plans.

    Returns
    -------
    Orders of one parcel each, and ``(n,)`` the number in ``orders`` of the order that each comes
    from. Orders that today's packages do not hold are left out.
    """
    at = pc.index_in(today.orders["order_id"].cast(pa.string()), value_set=orders.order_ids)
    number = at.to_numpy().astype(np.int64)
    parcels = today.orders["parcels"].to_numpy()
    verdict = today.orders["verdict"].cast(pa.string()).to_pylist()
    held = np.array([word in ("optimal", "feasible") for word in verdict], np.bool_)
    whole = np.sort(number[held & (parcels == 1)])
    split = number[held & (parcels > 1)]
    one_each = orders.take(whole)
    if not len(split):
        return one_each, whole
    several, source = _parcels(orders, np.sort(split), today.placements)
    return _joined(one_each, several), np.concatenate([whole, source])


def _parcels(orders: Orders, split: Ints, placements: pa.Table) -> tuple[Orders, Ints]:
    """Parcels of split orders as orders of their own; own containers have no placements."""
    ids = orders.order_ids.take(pa.array(split))
    plain = pa.table(
        {
            "order_id": placements["order_id"].cast(pa.string()),
            "parcel": placements["parcel"],
            "sku": placements["sku"].cast(pa.string()),
        }
    )
    chosen = plain.filter(pc.is_in(plain["order_id"], value_set=ids))
    counted = chosen.group_by(["order_id", "parcel", "sku"]).aggregate([([], "count_all")])
    counted = counted.sort_by(
        [("order_id", "ascending"), ("parcel", "ascending"), ("sku", "ascending")]
    )
    number = pc.index_in(counted["order_id"], value_set=orders.order_ids).to_numpy()
    number = number.astype(np.int64)
    parcel = counted["parcel"].to_numpy().astype(np.int64)
    skus, quantities = counted["sku"].to_pylist(), counted["count_all"].to_numpy()
    lines = np.array(
        [_line_of(orders, int(n), sku) for n, sku in zip(number, skus, strict=True)], np.int64
    )
    begins = np.flatnonzero((np.diff(number, prepend=-1) != 0) | (np.diff(parcel, prepend=-1) != 0))
    owner = number[begins]
    picked = orders._pick(owner, lines, np.append(begins, len(lines)))  # noqa: SLF001
    names = pa.array([f"{orders.order_ids[int(n)].as_py()}#{k}" for k, n in enumerate(owner)])
    return replace(picked, qty=quantities.astype(np.int32), order_ids=names), owner


def _line_of(orders: Orders, order: int, sku: str) -> int:
    """The first line of an order with a SKU."""
    start, stop = int(orders.line_start[order]), int(orders.line_start[order + 1])
    for line in range(start, stop):
        if orders.skus[line].as_py() == sku:
            return line
    return start


def _joined(first: Orders, second: Orders) -> Orders:
    """Two sets of orders as one."""
    columns: dict[str, Any] = {}
    for one in fields(first):
        a, b = getattr(first, one.name), getattr(second, one.name)
        if one.name == "line_start":
            columns[one.name] = np.concatenate([a, b[1:] + a[-1]])
        elif isinstance(a, np.ndarray):
            columns[one.name] = np.concatenate([a, b])
        elif isinstance(a, pa.Array):
            columns[one.name] = pa.concat_arrays([a, b.cast(a.type)])
        elif isinstance(a, Labels):
            columns[one.name] = Labels(np.concatenate([a.code, b.code]), a.words)
    return replace(first, **columns, rejects=REJECTS.empty_table(), notes=())
