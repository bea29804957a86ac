"""Packages that an input names for orders: a column of what was used, or a packer's table."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import SavingsError
from packopt.labels import Labels
from packopt.savings.quantities import UNKNOWN, package_index
from packopt.savings.verifying import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]

_NOTHING: Final = "the input names no package"
_SHOWN_NAMES: Final = 20
_LONGEST_SHOWN: Final = 100


def named_by_column(question: Question, column: str) -> Wanted:
    """The package that each order names in its column ``baseline_package``.

    Parameters
    ----------
    question
        The orders.
    column
        What the input calls the column.

    Raises
    ------
    SavingsError
        If the orders have no such column.
    """
    names = question.orders.baseline_package
    if names is None:
        raise SavingsError(
            "orders",
            f"column {column} is missing, expected the package that each order was really sent "
            "in; add it, or name another baseline",
        )
    return _wanted(question, np.arange(question.orders.n_orders), names.cast(pa.string()))


def named_by_table(question: Question, table: pa.Table, source: str) -> Wanted:
    """The packages that a table names, one row for each parcel.

    Parameters
    ----------
    question
        The orders.
    table
        ``order_id`` and ``package_id``; rows of other orders are left aside.
    source
        Where it is from.

    Raises
    ------
    SavingsError
        If a column is missing, or no row is of any of the orders.
    """
    missing = [name for name in ("order_id", "package_id") if name not in table.column_names]
    if missing:
        raise SavingsError(
            source,
            f"columns {', '.join(missing)} are missing; found {', '.join(table.column_names)}, "
            "expected order_id and package_id, one row for each parcel; rename or add them",
        )
    ids = table["order_id"].cast(pa.string())
    place = pc.index_in(ids, value_set=question.orders.order_ids)
    order = np.asarray(pc.fill_null(place, -1).to_numpy(), dtype=np.int64)
    rows = np.flatnonzero(order >= 0)
    if not len(rows):
        raise SavingsError(
            source,
            f"found {table.num_rows:,} rows and none of an order of the input, expected the same "
            "order_id in both; check that it is the result for these orders",
        )
    rows = rows[np.argsort(order[rows], kind="stable")]
    return _wanted(
        question, order[rows], table["package_id"].cast(pa.string()).take(pa.array(rows))
    )


def _wanted(question: Question, order: Ints, names: pa.Array | pa.ChunkedArray) -> Wanted:
    n = question.orders.n_orders
    names = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(names), ""), True).to_numpy(
        zero_copy_only=False
    )
    named = np.flatnonzero(~blank)
    order, names = order[named], names.take(pa.array(named))
    package = package_index(pa.chunked_array([names]), question.catalogue)
    code = np.zeros(n, np.int32)
    code[order] = -1
    words = [_NOTHING]
    strange = np.flatnonzero(package == UNKNOWN)
    if len(strange):
        encoded = names.take(pa.array(strange)).dictionary_encode()
        known = list(question.catalogue.package_ids)
        told = encoded.dictionary.to_pylist()
        words += [_stranger(name, known) for name in told[:_SHOWN_NAMES]]
        words += ["another package that is not in the catalogue"] * (len(told) > _SHOWN_NAMES)
        code[order[strange]] = 1 + np.minimum(encoded.indices.to_numpy(), _SHOWN_NAMES)
    return Wanted(order, package, _single(order, names, n), Labels(code, tuple(words)))


def _single(order: Ints, names: pa.Array, n: int) -> pa.Array:
    """``(n,)`` the name of an order that has just one."""
    row = np.full(n, -1, np.int64)
    row[order] = np.arange(len(order))
    row[np.bincount(order, minlength=n) != 1] = -1
    return names.take(pa.array(row, mask=row < 0))


def _stranger(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"; did you mean {near[0]!r}?" if near else ""
    return f"package {name[:_LONGEST_SHOWN]!r} is not in the catalogue{advice}"
