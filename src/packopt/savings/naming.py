"""Packages that an input names for orders: a column of what was used, or a packer's table."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import SavingsError
from packopt.labels import Labels
from packopt.savings.quantities import OWN, UNKNOWN, package_index
from packopt.savings.verifying import Wanted
from packopt.spelling import small_letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]

_NOTHING: Final = "the input names no package"
_SHOWN_NAMES: Final = 20
#: Of names that a message lists.
_SHOWN: Final = 5
_LONGEST_SHOWN: Final = 100


def check_column(orders: Orders, catalogue: Catalogue, column: str) -> None:
    """Refuse a column that cannot be what orders were sent in.

    Parameters
    ----------
    orders, catalogue
        The orders, and the packages that it is to name.
    column
        What the input calls the column.

    Raises
    ------
    SavingsError
        If the orders have no such column, or it names no package of the catalogue in any row.
    """
    _refuse_strangers(column_of(orders, column), catalogue, "orders", f"column {column}")


def column_of(orders: Orders, column: str) -> pa.Array:
    """The packages that orders were sent in.

    Raises
    ------
    SavingsError
        If they have no such column.
    """
    if orders.baseline_package is None:
        raise SavingsError(
            "orders",
            f"column {column} is missing, expected the package that each order was really sent "
            "in; add it, or name another baseline",
        )
    return orders.baseline_package


def check_table(orders: Orders, catalogue: Catalogue, table: pa.Table, source: str) -> None:
    """Refuse a table that cannot be another packer's answer to the orders.

    Parameters
    ----------
    orders, catalogue
        The orders, and the packages that it is to name.
    table
        ``order_id`` and ``package_id``, one row for each parcel.
    source
        Where it is from.

    Raises
    ------
    SavingsError
        If a column is missing, no row is of any of the orders, or none of these names a package
        of the catalogue.
    """
    missing = [name for name in ("order_id", "package_id") if name not in table.column_names]
    if missing:
        raise SavingsError(
            source,
            f"columns {', '.join(missing)} are missing; found {', '.join(table.column_names)}, "
            "expected order_id and package_id, one row for each parcel; rename or add them",
        )
    rows = np.flatnonzero(_orders_of(table, orders) >= 0)
    if not len(rows):
        raise SavingsError(
            source,
            f"found {table.num_rows:,} rows and none of an order of the input, expected the same "
            "order_id in both; check that it is the result for these orders",
        )
    names = table["package_id"].take(pa.array(rows))
    _refuse_strangers(names, catalogue, source, "column package_id")


def _refuse_strangers(
    column: pa.Array | pa.ChunkedArray, catalogue: Catalogue, source: str, where: str
) -> None:
    """A column without a single package of the catalogue is another one, or of another one."""
    known = [*catalogue.package_ids, OWN]
    told = pc.unique(column.cast(pa.string())).to_pylist()
    strange = [name for name in told if name and name.strip()]
    if not len(column) or not set(known).isdisjoint(strange):
        return
    if not strange:
        raise SavingsError(
            source,
            f"{where}: found no order for which it names one package, expected the one that each "
            "order was sent in; fill it in, or name another baseline",
        )
    near = dict.fromkeys(one for name in strange[:_SHOWN_NAMES] for one in _near(name, known))
    hint = f"did you mean {_some(list(near))}? Else name" if near else "name"
    raise SavingsError(
        source,
        f"{where}: found {_some(strange)}, none of them a package of the catalogue, expected ids "
        f"such as {_some(known)}; {hint} another column, or the catalogue that these are from",
    )


def _some(names: list[str]) -> str:
    """The first few names."""
    shown = ", ".join(repr(name[:_LONGEST_SHOWN]) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown


def named_by_column(question: Question) -> Wanted:
    """The package that each order names in its column ``baseline_package``.

    Parameters
    ----------
    question
        The orders, which have it.
    """
    names = question.orders.baseline_package
    assert names is not None  # noqa: S101  # told to the type checker: `check_column` was asked
    return _wanted(question, np.arange(question.orders.n_orders), names.cast(pa.string()))


def named_by_table(question: Question, table: pa.Table, source: str) -> Wanted:
    """The packages that a table names, one row for each parcel.

    Parameters
    ----------
    question
        The orders.
    table
        ``order_id`` and ``package_id``; rows of other orders are left aside, and counted.
    source
        Where it is from.
    """
    order = _orders_of(table, question.orders)
    rows = np.flatnonzero(order >= 0)
    rows = rows[np.argsort(order[rows], kind="stable")]
    wanted = _wanted(
        question, order[rows], table["package_id"].cast(pa.string()).take(pa.array(rows))
    )
    if len(rows) == len(order):
        return wanted
    note = (
        f"{len(order) - len(rows):,} of {len(order):,} rows of {source} are of no accepted order "
        "and left aside"
    )
    return replace(wanted, notes=(note,))


def _orders_of(table: pa.Table, orders: Orders) -> Ints:
    """``(t,)`` index of the order of each row; -1 for one that is not there."""
    place = pc.index_in(table["order_id"].cast(pa.string()), value_set=orders.order_ids)
    return np.asarray(pc.fill_null(place, -1).to_numpy(), dtype=np.int64)


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
    near = _near(name, known)
    advice = f"; did you mean {near[0]!r}?" if near else ""
    return f"package {name[:_LONGEST_SHOWN]!r} is not in the catalogue{advice}"


def _near(name: str, known: list[str]) -> list[str]:
    """The known name that is nearest, whatever its case; none where none is near."""
    plain = {small_letters(one): one for one in reversed(known)}
    near = difflib.get_close_matches(small_letters(name), plain, n=1)
    return [plain[one] for one in near]
