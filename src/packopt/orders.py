"""Orders: the lines to pack, as columns in CSR form, and their reading at the door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from packopt.errors import InputError, OrdersError
from packopt.order_columns import LINE_COLUMNS, SKU_COLUMNS, TEXT_COLUMNS, Source
from packopt.order_lines import ORIENTATIONS, accept_lines
from packopt.raw_table import Keep, select
from packopt.reading import read_table
from packopt.tables import REJECTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ORIENTATIONS", "Orders", "read_orders"]


@dataclass(frozen=True, eq=False)
class Orders:
    """Accepted orders as columns; the lines of one order are contiguous and in input order.

    ``n`` is the number of orders, ``m`` the number of lines. Every number is an integer in range:
    sides 1..10,000 mm, quantities 1..10,000, weights 1..1,000,000 g, at most 10,000 units an order.

    Attributes
    ----------
    order_ids
        ``(n,)`` strings, in order of first appearance.
    line_start
        ``(n + 1,)``: the lines of order ``i`` are ``line_start[i]`` to ``line_start[i + 1] - 1``.
    skus
        ``(m,)`` strings.
    qty
        ``(m,)`` units of each line.
    size_mm
        ``(m, 3)`` length, width and height of one unit, in mm, rounded up.
    weight_g
        ``(m,)`` weight of one unit in g, rounded up; all 0 where ``weights_known`` is False.
    weights_known
        False where the input has no weights at all: then no weight limit can be asked.
    orientation
        ``(m,)`` index into `ORIENTATIONS`.
    fragile
        ``(m,)`` True where nothing may rest on the unit.
    max_load_g
        ``(m,)`` load in g that may rest on one unit, rounded down; -1 without a limit.
    padding_mm
        ``(m,)`` padding in mm on every side of a unit, rounded up.
    mailer_ok
        ``(m,)`` False where the unit must not travel in a mailer; always False for fragile units.
    min_height_mm
        ``(m,)`` thickness in mm to which a mailer may press a soft unit, rounded up; 0 for rigid.
    baseline_package, date
        ``(n,)`` value on the first line of each order, or None where there is no such column.
    rejects
        Lines that could not be accepted, with row, order, field, value, reason and hint.
    notes
        Sentences on what was ignored or assumed.
    """

    order_ids: pa.StringArray
    line_start: NDArray[np.int64]
    skus: pa.StringArray
    qty: NDArray[np.int32]
    size_mm: NDArray[np.int32]
    weight_g: NDArray[np.int32]
    weights_known: bool
    orientation: NDArray[np.uint8]
    fragile: NDArray[np.bool_]
    max_load_g: NDArray[np.int32]
    padding_mm: NDArray[np.int32]
    mailer_ok: NDArray[np.bool_]
    min_height_mm: NDArray[np.int32]
    baseline_package: pa.Array | None
    date: pa.Array | None
    rejects: pa.Table
    notes: tuple[str, ...] = ()

    @classmethod
    def from_table(cls, table: Any, *, skus: Any = None, source: str = "orders") -> Self:
        """Check order lines that are already in memory.

        Parameters
        ----------
        table
            A `pyarrow.Table`, or any data frame that offers itself as Arrow columns; its columns
            as in a file, in any sensible types.
        skus
            The same for sizes and other properties by SKU, where ``table`` lacks them.
        source
            What to call the table in messages.

        Returns
        -------
        The accepted orders, with the rejects.

        Raises
        ------
        OrdersError
            If the table is unusable as a whole: no rows, missing or ambiguous columns, personal
            data, columns of a type that cannot hold the values.
        """
        lines = _source(table, LINE_COLUMNS.__contains__, source)
        items = None if skus is None else _source(skus, SKU_COLUMNS.__contains__, f"{source}: skus")
        return cls(**accept_lines(lines, items))

    @property
    def n_orders(self) -> int:
        """Number of accepted orders."""
        return len(self.order_ids)

    @property
    def n_lines(self) -> int:
        """Number of lines of all accepted orders."""
        return len(self.qty)

    @cached_property
    def unit_start(self) -> NDArray[np.int64]:
        """``(n + 1,)``: the units of order ``i``, numbered over all orders from 0."""
        units = np.zeros(self.n_lines + 1, dtype=np.int64)
        np.cumsum(self.qty, out=units[1:])
        return units[self.line_start]

    def slice(self, start: int, stop: int) -> Orders:
        """Orders ``start`` to ``stop - 1``, as views that share memory with this object.

        Rejects and notes belong to the whole input, so a slice has none.
        """
        start, stop, _ = slice(start, stop).indices(self.n_orders)
        stop = max(start, stop)
        lines = slice(int(self.line_start[start]), int(self.line_start[stop]))
        orders = slice(start, stop)
        return replace(
            self,
            order_ids=self.order_ids[orders],
            line_start=self.line_start[start : stop + 1] - self.line_start[start],
            skus=self.skus[lines],
            qty=self.qty[lines],
            size_mm=self.size_mm[lines],
            weight_g=self.weight_g[lines],
            orientation=self.orientation[lines],
            fragile=self.fragile[lines],
            max_load_g=self.max_load_g[lines],
            padding_mm=self.padding_mm[lines],
            mailer_ok=self.mailer_ok[lines],
            min_height_mm=self.min_height_mm[lines],
            baseline_package=_cut(self.baseline_package, orders),
            date=_cut(self.date, orders),
            rejects=REJECTS.empty_table(),
            notes=(),
        )


def _cut(column: pa.Array | None, rows: slice) -> pa.Array | None:
    return None if column is None else column[rows]


def read_orders(path: str | PathLike[str], *, skus: str | PathLike[str] | None = None) -> Orders:
    """Read and check a file of order lines.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow IPC, JSON or NDJSON, by its suffix; one row per order line, with
        ``order_id``, ``sku``, ``qty``, ``length_mm``, ``width_mm``, ``height_mm`` and any optional
        columns. Sizes may be in ``_mm _cm _m _in``, weights in ``_g _kg _lb _oz``.
    skus
        A second file with one row per ``sku`` that has the sizes, where ``path`` lacks them.

    Returns
    -------
    The accepted orders, with the rejects.

    Raises
    ------
    OrdersError
        If a file is missing, damaged or of an unknown type, or unusable as a whole: no rows,
        missing or ambiguous columns, personal data.
    """
    lines = _read(path, LINE_COLUMNS.__contains__)
    items = None if skus is None else _read(skus, SKU_COLUMNS.__contains__)
    return Orders(**accept_lines(lines, items))


def _read(path: str | PathLike[str], keep: Keep) -> Source:
    raw = read_table(path, keep, error=OrdersError, text=TEXT_COLUMNS)
    return Source(raw, fspath(path))


def _source(table: Any, keep: Keep, name: str) -> Source:
    try:
        return Source(select(pa.table(table), keep), name)
    except InputError as fault:
        raise OrdersError(name, fault.problems) from None
    except (TypeError, ValueError) as fault:
        raise OrdersError(name, f"is no table ({fault}); expected a pyarrow.Table") from fault
