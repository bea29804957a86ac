"""Every order is answered once, with as many parcels as its verdict asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.check.book import find_first
from packopt.tables import VERDICTS

if TYPE_CHECKING:
    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

#: Verdicts that come with a parcel.
PLANNED: Final = (VERDICTS.index("optimal"), VERDICTS.index("feasible"))


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


def check_parcels(book: Book, answers: Rows, findings: Findings) -> Rows:
    """As many parcels as the verdict asks for; returns one parcel an order, in a known package.

    The policy allows one parcel an order, so the content of a parcel is that of its order.
    """
    parcels = book.parcels
    check_names("parcels", parcels.order, parcels.table["order_id"], findings)
    parcels = parcels[parcels.order >= 0]
    found = np.bincount(parcels.order, minlength=book.orders.n_orders)[answers.order]
    due = np.isin(answers.word, PLANNED).astype(np.int64)
    stated = answers.whole("parcels")
    findings.add(
        "parcel",
        (found != due) | (stated != due),
        answers.order,
        lambda row: (
            f"found {found[row]} rows in parcels and the number {stated[row]} in orders, "
            f"expected {due[row]} by the verdict"
        ),
    )
    number = parcels.whole("parcel")
    findings.add(
        "parcel", number != 1, parcels.order, lambda row: f"found number {number[row]}, expected 1"
    )
    parcels = parcels[find_first(parcels.order)]
    _check_packages(book, answers, parcels, findings)
    return parcels[parcels.package >= 0]


def _check_packages(book: Book, answers: Rows, parcels: Rows, findings: Findings) -> None:
    findings.add(
        "package_unknown",
        parcels.package < 0,
        parcels.order,
        lambda row: f"found package {parcels.table['package_id'][row].as_py()!r} in parcels",
    )
    shipped = np.full(book.orders.n_orders, -1)
    shipped[parcels.order] = parcels.package
    named = answers.table["package_id"].is_valid().to_numpy()
    findings.add(
        "parcel",
        (answers.package != shipped[answers.order]) | (named & (answers.package < 0)),
        answers.order,
        lambda row: (
            f"found package {answers.table['package_id'][row].as_py()!r} in orders, "
            "expected the one in parcels"
        ),
    )
    verdict = np.full(book.orders.n_orders, -1)
    verdict[answers.order] = answers.word
    findings.add(
        "verdict",
        parcels.word != verdict[parcels.order],
        parcels.order,
        lambda row: (
            f"found {parcels.table['verdict'][row].as_py()!r} in parcels, "
            "expected the verdict in orders"
        ),
    )
