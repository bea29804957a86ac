"""Orders: the lines to pack, as columns in CSR form, and their reading at the door."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa

from packopt.baseline_column import BASELINE, called_baseline, with_baseline
from packopt.columns import ignored, refuse_personal
from packopt.errors import InputError, OrdersError
from packopt.order_columns import (
    ITEM_FIELDS,
    LINE_COLUMNS,
    SKU_COLUMNS,
    TEXT_COLUMNS,
    Source,
)
from packopt.order_kinds import kinds_of
from packopt.order_lines import ORIENTATIONS, accept_lines
from packopt.raw_table import Keep, select
from packopt.reading import read_table
from packopt.tables import empty

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from packopt.alike import Alike
    from packopt.labels import Labels
    from packopt.raw_table import RawTable

    _Rows = slice | NDArray[np.integer]

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
    nest_height_mm
        ``(m,)`` what each further unit of the line adds to the height of the first, which it
        stands in, in mm, rounded up; 0 for units that do not nest.
    own_container
        ``(m,)`` True where a unit may ship as it is.
    tolerance_mm
        ``(m,)`` by how much each side may be larger or smaller, in mm, rounded up; -1 where
        nothing is stated.
    gtin
        ``(m,)`` strings of 14 digits, null where a line has none; None where there is no such
        column.
    row
        ``(m,)`` data row of the input from which the line comes, from 1.
    group
        ``(m,)`` units of different groups are never in one parcel.
    keep_together
        ``(m,)`` units of one word, within an order, are always in one parcel.
    goods_class
        ``(m,)`` classes of goods in lower case, which a policy may call incompatible.
    temperature
        ``(m,)`` class of temperature in lower case; none for ambient.
    seller, site
        ``(m,)`` units of different sellers or sites are never in one parcel.
    placed_mm
        ``(m, 3)`` corner in mm, without padding, of a unit that lies in the package ``placed_in``
        already, its length, width and height along x, y and z; -1 for units that are to be packed.
    placed_in
        ``(n,)`` the part-filled package of the order; none where nothing is packed yet.
    region
        ``(n,)`` where the order goes, in capitals.
    baseline_package, date
        ``(n,)`` value on the first line of each order, or None where there is no such column;
        dates are of type date32.
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
    nest_height_mm: NDArray[np.int32]
    own_container: NDArray[np.bool_]
    tolerance_mm: NDArray[np.int32]
    gtin: pa.StringArray | None
    row: NDArray[np.int64]
    group: Labels
    keep_together: Labels
    goods_class: Labels
    temperature: Labels
    seller: Labels
    site: Labels
    placed_mm: NDArray[np.int32]
    placed_in: Labels
    region: Labels
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

    @cached_property
    def encoded_skus(self) -> pa.DictionaryArray:
        """``(m,)`` `skus` with each word once, in order of appearance."""
        return self.skus.dictionary_encode()

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

    @cached_property
    def kinds(self) -> Alike:
        """Which orders are alike in all but their names, days, GTINs, rows and baseline packages.

        Where a day matters, as it does to bans, they are to be parted by it, too.
        """
        by_line = [getattr(self, name) for name in _BY_LINE if name not in _NAMES]
        by_order = [self.placed_in, self.region]
        return kinds_of(self.line_start, self.encoded_skus, by_line, by_order)

    def slice(self, start: int, stop: int) -> Orders:
        """Orders ``start`` to ``stop - 1``, as views that share memory with this object.

        Rejects and notes belong to the whole input, so a slice has none.
        """
        start, stop, _ = slice(start, stop).indices(self.n_orders)
        stop = max(start, stop)
        first, last = int(self.line_start[start]), int(self.line_start[stop])
        line_start = self.line_start[start : stop + 1] - first
        return self._pick(slice(start, stop), slice(first, last), line_start)

    def take(self, index: NDArray[np.integer]) -> Orders:
        """The orders of these numbers, in this order; without rejects and notes, as `slice`."""
        n_lines = np.diff(self.line_start)[index]
        line_start = np.zeros(len(index) + 1, dtype=np.int64)
        np.cumsum(n_lines, out=line_start[1:])
        lines = np.repeat(self.line_start[index] - line_start[:-1], n_lines)
        return self._pick(index, lines + np.arange(len(lines)), line_start)

    def portions(
        self, index: NDArray[np.integer], lines: NDArray[np.integer], line_start: NDArray[np.int64]
    ) -> Orders:
        """Some lines of orders as orders of their own, named 0, 1, 2 ...

        Parameters
        ----------
        index
            ``(p,)`` the order that each is of.
        lines
            ``(l,)`` order lines.
        line_start
            ``(p + 1,)`` where the lines of each start.
        """
        names = pa.array(map(str, range(len(index))), pa.string())
        return replace(self._pick(index, lines, line_start), order_ids=names)

    def _pick(self, orders: _Rows, lines: _Rows, line_start: NDArray[np.int64]) -> Orders:
        picked = {name: _rows(getattr(self, name), lines) for name in _BY_LINE}
        picked |= {name: _rows(getattr(self, name), orders) for name in _BY_ORDER}
        return replace(self, **picked, line_start=line_start, rejects=empty("rejects"), notes=())


_BY_ORDER: Final = ("order_ids", "placed_in", "region", "baseline_package", "date")
_OF_ALL: Final = ("line_start", "weights_known", "rejects", "notes")
_BY_LINE: Final = tuple(
    one.name for one in fields(Orders) if one.name not in (*_BY_ORDER, *_OF_ALL)
)
#: Columns that name a line or its article, and say nothing of how it may travel.
_NAMES: Final = ("skus", "gtin", "row")


def _rows(column: Any, rows: _Rows) -> Any:
    """Some rows of a column, be it of NumPy, Arrow or labels; None has none."""
    if column is None:
        return None
    if isinstance(rows, np.ndarray) and isinstance(column, pa.Array):
        return column.take(pa.array(rows))
    return column[rows]


def read_orders(
    path: str | PathLike[str],
    *,
    skus: str | PathLike[str] | None = None,
    baseline_column: str = BASELINE,
) -> Orders:
    """Read and check a file of order lines.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow IPC, JSON or NDJSON, by its suffix; one row per order line, with
        ``order_id``, ``sku``, ``qty``, ``length_mm``, ``width_mm``, ``height_mm`` and any optional
        columns. Sizes may be in ``_mm _cm _m _in``, weights in ``_g _kg _lb _oz``.
    skus
        A second file with one row per ``sku`` that has the sizes, where ``path`` lacks them.
    baseline_column
        What the file calls the column ``baseline_package``.

    Returns
    -------
    The accepted orders, with the rejects.

    Raises
    ------
    OrdersError
        If a file is missing, damaged or of an unknown type, or unusable as a whole: no rows,
        missing or ambiguous columns, personal data.
    """
    if baseline_column == BASELINE:
        lines = _read(path, LINE_COLUMNS.__contains__)
    else:
        lines = _read_with_baseline(path, baseline_column)
    items = None if skus is None else _read(skus, SKU_COLUMNS.__contains__)
    return Orders(**accept_lines(lines, items))


def read_lines(path: str | PathLike[str]) -> RawTable:
    """Read a file of order lines as raw columns, which nobody has judged yet; as `read_orders`."""
    return _read(path, LINE_COLUMNS.__contains__).raw


def sku_source(path: str | PathLike[str]) -> Source:
    """Read a file of sizes by SKU as raw columns, which nobody has judged yet, with its name."""
    return _read(path, SKU_COLUMNS.__contains__)


def read_skus(path: str | PathLike[str], notes: list[str] | None = None) -> pa.Table:
    """Read a file of sizes by SKU as raw columns.

    Parameters
    ----------
    path
        The file.
    notes
        Takes a sentence on the columns that are ignored.

    Raises
    ------
    OrdersError
        If it cannot be read, a row has a value too few or too many, or a column looks personal.
    """
    raw = sku_source(path).raw
    ignored_names = [name for name in raw.ignored if name.lower() != "name"]  # the article's
    refuse_personal(ignored_names, fspath(path), OrdersError)
    if raw.faults:
        row, found = next(iter(raw.faults.items()))
        problem = f"row {row + 1}: found {found}; expected one value for each column of the header"
        raise OrdersError(fspath(path), f"{problem}; quote values that contain the separator")
    if raw.ignored and notes is not None:
        notes.append(ignored(raw.ignored, ITEM_FIELDS, fspath(path)))
    return raw.table


def _read(path: str | PathLike[str], keep: Keep, text: Collection[str] = TEXT_COLUMNS) -> Source:
    raw = read_table(path, keep, error=OrdersError, text=text)
    return Source(raw, fspath(path))


def _read_with_baseline(path: str | PathLike[str], column: str) -> Source:
    """Read order lines whose baseline package stands in a column of another name."""
    lines = _read(path, with_baseline(column).__contains__, (*TEXT_COLUMNS, column))
    table = called_baseline(lines.raw.table, column, lines.names, lines.name)
    return Source(replace(lines.raw, table=table), lines.name)


def _source(table: Any, keep: Keep, name: str) -> Source:
    try:
        columns = table if isinstance(table, pa.Table) else pa.table(table)
        return Source(select(columns, keep), name)
    except InputError as fault:
        raise OrdersError(name, fault.problems) from None
    except (TypeError, ValueError) as fault:
        raise OrdersError(name, f"is no table ({fault}); expected a pyarrow.Table") from fault
