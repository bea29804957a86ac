"""Which sizes an answer is about, and what it says of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.catalogue import CARTON
from packopt.check.accounts import PLANNED
from packopt.check.book import indices, sums
from packopt.spaces import ROTATIONS, rotations_allowed, usable_mm
from packopt.tables import FITS, SIZES
from packopt.tolerances import LARGEST, SMALLEST, orders_at, with_tolerance

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
        elif word == "cannot":
            claimed = np.flatnonzero(indices(answers.table["fit"], pa.array(FITS)) == code)
            may = ~planned
            may[claimed] &= ~_is_held(book, answers.order[claimed])
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


def _is_held(book: Book, order: Index) -> Mask:
    """``(q,)`` orders whose units each fit a carton of their own at their smallest."""
    orders, policy = book.orders, book.policy
    held = np.bincount(book.order_of_line, orders.qty, orders.n_orders) <= policy.max_parcels
    # What a carrier refuses, what stays together and what lies in a package has more to it.
    held &= ~book.part_filled & (book.carriage is None)
    held[book.order_of_line[orders.keep_together.code >= 0]] = False
    lines = np.flatnonzero((held & np.isin(np.arange(len(held)), order))[book.order_of_line])
    held[book.order_of_line[lines[~_fits_alone(book, lines)]]] = False
    return np.asarray(held[order], np.bool_)


def _fits_alone(book: Book, lines: Index) -> Mask:
    """``(l,)`` lines of which one unit fits a carton of one size at its smallest."""
    smallest = orders_at(book.orders, book.policy, SMALLEST)
    size = smallest.size_mm[lines]
    allowed = rotations_allowed(smallest.orientation[lines], size)
    extent = size[:, ROTATIONS].astype(np.int64) + 2 * smallest.padding_mm[lines, None, None]
    weight = smallest.weight_g[lines]
    fits = np.zeros(len(lines), np.bool_)
    packages = np.flatnonzero(book.catalogue.kind == CARTON)
    spaces = usable_mm(book.catalogue, book.policy, packages, np.zeros(len(packages), np.int64))
    for package, space in zip(packages.tolist(), spaces, strict=True):
        inside = ((extent <= space).all(axis=2) & allowed).any(axis=1)
        most_g = int(book.most_content_g[package])
        light = (weight <= most_g) | (most_g < 0)
        fits |= inside & light & book.permits.allow(lines, np.full(len(lines), package))
    return fits
