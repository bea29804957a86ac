"""Which sizes an answer is about, and what it says of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.check.accounts import PLANNED
from packopt.check.book import indices, sums
from packopt.tables import FITS, SIZES
from packopt.tolerances import LARGEST, orders_at, with_tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels

    Mask = NDArray[np.bool_]

_SURELY, _IF_EXACT = FITS.index("surely"), FITS.index("if_exact")


def check_fits(book: Book, answers: Rows, parcels: Parcels, findings: Findings) -> None:
    """The sizes are those of the policy, and the fit is one that the answer allows.

    Plans have been held against the sizes that the answer is about, so "surely" follows where
    these are the largest. Where they are not, it is held against volumes and sides here.

    Parameters
    ----------
    book, answers, parcels
        What is checked.
    findings
        Takes the violations.
    """
    off = with_tolerance(book.orders, book.policy)[answers.order]
    at_largest = off & (book.policy.tolerance == "largest")
    packed = np.where(off, SIZES.index(book.policy.tolerance), -1)
    _report("sizes", SIZES, packed[:, None], answers, findings)
    planned = np.isin(answers.word, PLANNED[:2])
    allowed = np.full((len(off), len(FITS)), -1)
    for code, word in enumerate(FITS):
        if word == "surely":
            may = planned & (at_largest | ~_is_refuted(book, parcels)[answers.order])
        elif word == "if_exact":
            may = ~(planned & at_largest)
        else:
            may = ~planned
        allowed[off & may, code] = code
    _report("fit", FITS, allowed, answers, findings)


def _report(
    column: str, words: tuple[str, ...], allowed: Index, answers: Rows, findings: Findings
) -> None:
    """Hold a column against the codes that each row may have; -1 is none."""
    found = indices(answers.table[column], pa.array(words))
    none = (allowed < 0).all(axis=1)
    right = np.where(none, found < 0, (found[:, None] == allowed).any(axis=1) & (found >= 0))
    told = answers.table[column]
    findings.add(
        "fit",
        ~right,
        answers.order,
        lambda row: (
            f"{column}: found {told[row].as_py()!r}, expected "
            f"{' or '.join(words[code] for code in allowed[row] if code >= 0) or 'none'}"
        ),
    )


def _is_refuted(book: Book, parcels: Parcels) -> Mask:
    """``(n,)`` orders whose cartons are too small for their content at its largest."""
    n = book.orders.n_orders
    size = orders_at(book.orders, book.policy, LARGEST).size_mm.astype(np.int64)
    # Nests and soft units take less than the sum of their volumes, and own containers any.
    plain = (book.orders.nest_height_mm == 0) & (book.orders.min_height_mm == 0)
    judged = np.ones(n, np.bool_)
    judged[book.order_of_line[~plain]] = False
    judged[parcels.order[parcels.own | parcels.soft]] = False
    content = sums(size.prod(axis=1) * book.orders.qty, book.order_of_line, n)
    space = parcels.space_mm
    room = sums(space.prod(axis=1), parcels.order, n)
    longest = np.zeros((n, 3), np.int64)
    np.maximum.at(longest, parcels.order, np.sort(space, axis=1))
    too_long = (np.sort(size, axis=1) > longest[book.order_of_line]).any(axis=1)
    has_too_long = np.zeros(n, np.bool_)
    has_too_long[book.order_of_line[too_long]] = True
    return judged & ((content > room) | has_too_long)
