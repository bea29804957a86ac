"""Units that fit no package: named where it is so, and proved by simple arguments, unit by unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.check.accounts import PARTIAL, PLANNED, UNPACKABLE, check_names
from packopt.check.book import indices, sums, whole_numbers
from packopt.check.homeless import Homeless
from packopt.check.ragged import expand
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings
    from packopt.check.plans import Units
    from packopt.check.stock import Ledger

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Leftover:
    """Rows of the table of units that fit no package, whose order and sku are known.

    Attributes
    ----------
    order, key
        ``(r,)`` order, and order and sku as one number.
    qty, reason
        ``(r,)`` as reported.
    """

    order: Index
    key: Index
    qty: Index
    reason: Index


def read_leftover(
    book: Book, table: pa.Table, units: Units, answers: Rows, findings: Findings
) -> Leftover:
    """Find order and sku of each row; they belong to orders that are not packed as a whole."""
    order = indices(table["order_id"], book.orders.order_ids)
    check_names("unpacked", order, table["order_id"], findings)
    key, qty = units.keys(order, table["sku"]), whole_numbers(table["qty"])
    ordered = _ordered(units, key)
    reason = indices(table["reason"], pa.array(REASONS))
    verdict = np.full(book.orders.n_orders + 1, -1)
    verdict[answers.order] = answers.word
    unique, group = np.unique(key, return_inverse=True)
    together = sums(qty, group.reshape(-1), len(unique))[group.reshape(-1)]
    wrong = (qty < 1) | (together > ordered)
    findings.add(
        "unpacked",
        (order >= 0) & wrong,
        order,
        lambda row: (
            f"found {together[row]} units of sku {table['sku'][row].as_py()!r}, expected 1 to "
            f"{ordered[row]} of the order's"
        ),
    )
    findings.add(
        "unpacked",
        (order >= 0) & ~np.isin(verdict[order], (PARTIAL, UNPACKABLE)),
        order,
        lambda _: "found units that fit no package, expected the verdict partial or unpackable",
    )
    named = np.zeros(book.orders.n_orders, np.bool_)
    named[order[order >= 0]] = True
    findings.add(
        "unpacked",
        (answers.word == PARTIAL) & ~named[answers.order],
        answers.order,
        lambda _: "found 'partial' and no units in unpacked, expected those that fit nothing",
    )
    sound = np.flatnonzero((order >= 0) & ~wrong)
    return Leftover(order[sound], key[sound], qty[sound], reason[sound])


def _ordered(units: Units, key: Index) -> Index:
    """``(r,)`` ordered units of an order and sku; 0 of strange ones."""
    total = np.append(0, units.stop)
    first, last = np.searchsorted(units.key, key), np.searchsorted(units.key, key, side="right")
    return np.asarray(total[last] - total[first])


def check_absent(
    book: Book,
    answers: Rows,
    leftover: Leftover,
    units: Units,
    order: Index,
    unit: Index,
    findings: Findings,
) -> None:
    """What is not placed is named as fitting nothing, and what is named is not placed.

    Parameters
    ----------
    book, answers, leftover, units
        What is checked.
    order, unit
        ``(u,)`` units of orders with parcels that are in none of them.
    findings
        Takes the violations.
    """
    absent = units.key[np.searchsorted(units.stop, unit, side="right")]
    planned = np.zeros(book.orders.n_orders, np.bool_)
    planned[answers.order[np.isin(answers.word, PLANNED)]] = True
    rows = np.flatnonzero(planned[leftover.order])
    key = np.unique(np.concatenate([absent, leftover.key[rows]]))
    missing = np.bincount(np.searchsorted(key, absent), minlength=len(key))
    named = sums(leftover.qty[rows], np.searchsorted(key, leftover.key[rows]), len(key))
    order_of_key = np.zeros(len(key), np.int64)
    order_of_key[np.searchsorted(key, absent)] = order
    order_of_key[np.searchsorted(key, leftover.key[rows])] = leftover.order[rows]
    findings.add(
        "unit_missing",
        missing > named,
        order_of_key,
        lambda row: (
            f"found no placement of {missing[row] - named[row]} units of a sku, expected one of "
            "each that fits a package"
        ),
    )
    findings.add(
        "unpacked",
        named > missing,
        order_of_key,
        lambda row: (
            f"found {named[row]} units of a sku in unpacked, but only {missing[row]} are in no "
            "parcel"
        ),
    )


def check_homeless(
    book: Book, leftover: Leftover, units: Units, ledger: Ledger, absent: Index, findings: Findings
) -> None:
    """Each unit that is said to fit nothing fits nothing, for a reason like the one given.

    Parameters
    ----------
    book, leftover, units, ledger
        What is checked.
    absent
        ``(u,)`` lines of the units of partial orders that are in no parcel.
    findings
        Takes the violations.
    """
    left_out = np.unique(absent)
    without = Homeless(book, ledger, left_out, with_others=True)
    findings.add(
        "unpacked",
        ~(without.proved | without.bundled),
        book.order_of_line[left_out],
        lambda r: (
            f"found a unit of sku {book.orders.skus[left_out[r]].as_py()!r} left out, but some "
            "package holds it by itself"
        ),
    )
    start = np.searchsorted(units.key, leftover.key)
    stop = np.searchsorted(units.key, leftover.key, side="right")
    row, at = expand(start, stop)
    homeless = Homeless(book, ledger, units.line[at], with_others=True)
    count = np.where(homeless.proved | homeless.bundled, book.orders.qty[units.line[at]], 0)
    most = sums(count.astype(np.int64), row, len(start))
    findings.add(
        "unpacked",
        leftover.qty > most,
        leftover.order,
        lambda r: (
            f"found {leftover.qty[r]} units of a sku that fit no package, but only for {most[r]} "
            "of them sides, weight, policy or stock show it"
        ),
    )
    true = np.bincount(row[homeless.holding(leftover.reason[row])], minlength=len(start)) > 0
    findings.add(
        "unpacked",
        ~true,
        leftover.order,
        lambda r: (
            f"found reason {REASONS[leftover.reason[r]]!r}, which keeps the unit out of no package"
        ),
    )


def check_unpackable(
    book: Book, answers: Rows, ledger: Ledger, least: Index, findings: Findings
) -> None:
    """An unpackable order has a unit that fits nothing, or needs more parcels than it may have.

    Of a single unit, of units kept together, and where one parcel is all that may be, the reasons
    in ruled_out say the same. Where stock is finite there may be too little of what would hold it.
    """
    orders = book.orders
    order = answers.order[answers.word == UNPACKABLE]
    units = np.diff(orders.unit_start)
    together = np.zeros(orders.n_orders, np.bool_)
    together[book.order_of_line[orders.keep_together.code >= 0]] = True
    excused = (units == 1) | together | book.part_filled | (least > book.policy.max_parcels)
    excused |= units > book.policy.max_parcels
    order = order[~excused[order]] if not ledger.finite else order[:0]
    row, line = expand(orders.line_start[order], orders.line_start[order + 1])
    homeless = Homeless(book, ledger, line)
    some = np.bincount(row[homeless.proved], minlength=len(order)) > 0
    findings.add(
        "verdict",
        ~some,
        order,
        lambda _: (
            "found 'unpackable', but each unit fits some package by itself and there may be as "
            "many parcels"
        ),
    )
