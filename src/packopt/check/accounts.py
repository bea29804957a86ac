"""Every order is answered once, with as many parcels as its verdict asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.check.book import find_first
from packopt.check.parcels import Parcels
from packopt.tables import VERDICTS

if TYPE_CHECKING:
    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

OPTIMAL: Final = VERDICTS.index("optimal")
FEASIBLE: Final = VERDICTS.index("feasible")
UNPACKABLE: Final = VERDICTS.index("unpackable")
PARTIAL: Final = VERDICTS.index("partial")
#: Verdicts that come with parcels.
PLANNED: Final = (OPTIMAL, FEASIBLE, PARTIAL)


def check_names(table: str, order: Index, column: pa.ChunkedArray, findings: Findings) -> None:
    """Report each order name of a table that was not accepted, once."""
    strange = order < 0
    if strange.any():
        names = pc.unique(column.filter(pa.array(strange)).cast(pa.string()))
        for name in names.to_pylist():
            findings.whole(
                "order_unknown", f"{table}: found order {name!r}, expected only accepted"
            )


def check_answers(book: Book, findings: Findings) -> Rows:
    """Every accepted order once, and nothing else; returns one answer an order."""
    answers = book.answers
    check_names("orders", answers.order, answers.table["order_id"], findings)
    answers = answers[answers.order >= 0]
    times = np.bincount(answers.order, minlength=book.orders.n_orders)
    every = np.arange(book.orders.n_orders)
    findings.add(
        "order_missing", times == 0, every, lambda _: "found no row in orders, expected one"
    )
    findings.add(
        "order_repeated",
        times > 1,
        every,
        lambda order: f"found {times[order]} rows in orders, expected one",
    )
    return answers[find_first(answers.order)]


def check_parcels(book: Book, answers: Rows, findings: Findings) -> Parcels:
    """As many parcels as stated, numbered from 1; returns those in known packages."""
    rows = book.parcels
    check_names("parcels", rows.order, rows.table["order_id"], findings)
    rows = rows[rows.order >= 0]
    rows = rows[np.lexsort([rows.whole("parcel"), rows.order])]
    _check_numbers(book, answers, rows, findings)
    findings.add(
        "package_unknown",
        rows.package < 0,
        rows.order,
        lambda row: f"found package {rows.table['package_id'][row].as_py()!r} in parcels",
        rows.whole("parcel"),
    )
    _check_answered_package(book, answers, rows, findings)
    _check_parcel_verdicts(book, answers, rows, findings)
    number = rows.whole("parcel")
    once = np.append(True, (np.diff(rows.order) != 0) | (np.diff(number) != 0))[: len(number)]
    rows = rows[(rows.package >= 0) & once]
    return Parcels(
        book=book,
        order=rows.order,
        number=rows.whole("parcel"),
        package=rows.package,
        inner_mm=np.column_stack(
            [rows.whole(name) for name in ("length_mm", "width_mm", "height_mm")]
        ),
        thickness_mm=rows.whole("outer_height_mm"),
        rows=rows,
    )


def _check_numbers(book: Book, answers: Rows, rows: Rows, findings: Findings) -> None:
    found = np.bincount(rows.order, minlength=book.orders.n_orders)[answers.order]
    stated = answers.whole("parcels")
    planned = np.isin(answers.word, PLANNED)
    findings.add(
        "parcel",
        (found != stated) | (planned != (stated > 0)),
        answers.order,
        lambda row: (
            f"found {found[row]} rows in parcels and the number {stated[row]} in orders, expected "
            f"{'as many of each, and one at least' if planned[row] else 'none'} by the verdict"
        ),
    )
    findings.add(
        "max_parcels",
        stated > book.policy.max_parcels,
        answers.order,
        lambda row: f"found {stated[row]} parcels, expected at most {book.policy.max_parcels}",
    )
    first = np.searchsorted(rows.order, rows.order)
    due = np.arange(len(first)) - first + 1
    number = rows.whole("parcel")
    findings.add(
        "parcel",
        number != due,
        rows.order,
        lambda row: f"found number {number[row]}, expected {due[row]}",
    )


def _check_answered_package(book: Book, answers: Rows, rows: Rows, findings: Findings) -> None:
    """The orders table names the package where there is one parcel, and none otherwise."""
    single = np.bincount(rows.order, minlength=book.orders.n_orders)[answers.order] == 1
    shipped = np.full(book.orders.n_orders, -1)
    shipped[rows.order] = rows.package
    expected = np.where(single, shipped[answers.order], -1)
    named = answers.table["package_id"].is_valid().to_numpy()
    findings.add(
        "parcel",
        (answers.package != expected) | (named & (answers.package < 0)),
        answers.order,
        lambda row: (
            f"found package {answers.table['package_id'][row].as_py()!r} in orders, expected "
            f"{'the one in parcels' if single[row] else 'none: it has not one parcel'}"
        ),
    )


def _check_parcel_verdicts(book: Book, answers: Rows, rows: Rows, findings: Findings) -> None:
    """A parcel is proved or not; all of an optimal order are, and a single one is as its order."""
    verdict = np.full(book.orders.n_orders, -1)
    verdict[answers.order] = answers.word
    of_order = verdict[rows.order]
    single = np.bincount(rows.order, minlength=book.orders.n_orders)[rows.order] == 1
    alike = single & (of_order != PARTIAL) & (book.policy.parcel_price is None)
    fits = np.isin(rows.word, (OPTIMAL, FEASIBLE))
    fits &= (of_order != OPTIMAL) | (rows.word == OPTIMAL)
    fits &= ~alike | (rows.word == of_order)
    findings.add(
        "verdict",
        ~fits,
        rows.order,
        lambda row: (
            f"found {rows.table['verdict'][row].as_py()!r} in parcels, expected one that agrees "
            f"with {VERDICTS[of_order[row]]!r} in orders"
        ),
        rows.whole("parcel"),
    )
