"""The verdict follows from what was found and what is bounded; the bounds contradict nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import FEASIBLE, OPTIMAL, PARTIAL, PLANNED, UNPACKABLE
from packopt.check.book import find_first
from packopt.tables import REASONS, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

    Mask = NDArray[np.bool_]
    Reals = NDArray[np.float64]

_UNDECIDED: Final = REASONS.index("undecided")
_OPEN: Final = VERDICTS.index("undecided")
_TOLERANCE: Final = 1e-9  # relative


def check_verdicts(
    book: Book, answers: Rows, listed: Rows, least: Index, findings: Findings
) -> None:
    """Verdict, bound of the cost and bound of the parcels of every order.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    answers
        The orders table, one row an order.
    listed
        The ruled-out packages.
    least
        ``(n,)`` parcels that each order needs at least, by simple arguments.
    findings
        Takes the violations.
    """
    is_open, cheapest_open = _open_packages(book, listed)
    closed = np.bincount(listed.order[listed.word != _UNDECIDED], minlength=len(is_open))
    may_hold = (closed < book.n_packages)[answers.order]
    planned = np.isin(answers.word, PLANNED)
    _check_words(book, answers, is_open[answers.order], findings)
    _check_parcels(book, answers, may_hold, least[answers.order], planned, findings)
    _check_costs(book, answers, cheapest_open[answers.order], planned, findings)


def _open_packages(book: Book, listed: Rows) -> tuple[Mask, Reals]:
    """``(n,)`` whether some package stayed open, and what the cheapest one would cost."""
    rows = listed[listed.word == _UNDECIDED]
    is_open = np.zeros(book.orders.n_orders, np.bool_)
    is_open[rows.order] = True
    rows = rows[~book.flexible[rows.package]]
    cost = book.whole_cost(rows.order, rows.package)
    by_cost = np.lexsort([cost, rows.order])
    first = by_cost[find_first(rows.order[by_cost])]
    cheapest = np.full(book.orders.n_orders, np.nan)
    price = book.parcel_price or 0
    cheapest[rows.order[first]] = book.costs.in_units(cost[first] + price)
    return is_open, cheapest


def _check_words(book: Book, answers: Rows, is_open: Mask, findings: Findings) -> None:
    """The verdict by number and cost of the parcels, their bounds, and what stayed open."""
    number, fewest = answers.whole("parcels"), answers.whole("parcels_lower_bound")
    cost, bound = answers.real("cost"), answers.real("cost_lower_bound")
    proved = _close(cost, bound)
    if book.parcel_price is None:
        proved &= number == fewest
    planned = np.where(proved, OPTIMAL, FEASIBLE)
    none = (fewest < 0) & np.isnan(bound)
    units = np.diff(book.orders.unit_start)[answers.order]
    # What one package cannot hold, several may still be too few or too small for: open.
    single = (units == 1) | book.part_filled[answers.order] | (book.policy.max_parcels == 1)
    unplanned = np.where(none, UNPACKABLE, _OPEN)
    unplanned = np.where(single & ~is_open, UNPACKABLE, np.where(is_open, _OPEN, unplanned))
    expected = np.where(np.isin(answers.word, PLANNED), planned, unplanned)
    expected = np.where(answers.word == PARTIAL, PARTIAL, expected)
    findings.add(
        "verdict",
        answers.word != expected,
        answers.order,
        lambda row: (
            f"found {answers.table['verdict'][row].as_py()!r}, expected "
            f"{VERDICTS[expected[row]]!r} by the bounds and by what is ruled out"
        ),
    )
    findings.add(
        "verdict",
        (answers.word == PARTIAL) & (book.policy.partial != "allow"),
        answers.order,
        lambda _: "found 'partial', expected 'unpackable': the policy refuses partial orders",
    )


def _check_parcels(
    book: Book, answers: Rows, may_hold: Mask, least: Index, planned: Mask, findings: Findings
) -> None:
    """The bound of the parcels is there where it should be, and no fewer parcels were found."""
    number, fewest = answers.whole("parcels"), answers.whole("parcels_lower_bound")
    bounded = np.isin(answers.word, (OPTIMAL, FEASIBLE, _OPEN))
    most = np.where(planned, number, np.diff(book.orders.unit_start)[answers.order])
    findings.add(
        "parcels_bound",
        np.where(bounded, (fewest < 1) | (fewest > most), fewest >= 0),
        answers.order,
        lambda row: (
            f"parcels_lower_bound: found {fewest[row]} (-1: none), expected "
            f"{f'1 to {most[row]}' if bounded[row] else 'none'}"
        ),
    )
    findings.add(
        "parcels_bound",
        bounded & may_hold & (fewest > np.maximum(least, 1)),
        answers.order,
        lambda row: (
            f"parcels_lower_bound: found {fewest[row]}, but some package is not ruled out to hold "
            "the whole order, expected 1"
        ),
    )
    findings.add(
        "parcels_bound",
        planned & (number < least),
        answers.order,
        lambda row: (
            f"found {number[row]} parcels, but what may share one, volumes and weights ask for "
            f"{least[row]} at least"
        ),
    )


def _check_costs(
    book: Book, answers: Rows, cheapest_open: Reals, planned: Mask, findings: Findings
) -> None:
    """The bound of the cost is there where it should be, and no plan is cheaper.

    Where one package holds the order and nothing but cheaper packages could be better, the bound
    is the cost of the cheapest that stayed open.
    """
    cost, bound = answers.real("cost"), answers.real("cost_lower_bound")
    bounded = np.isin(answers.word, (OPTIMAL, FEASIBLE, _OPEN))
    most = np.where(planned, cost, np.inf)
    most = np.fmin(most, cheapest_open)
    findings.add(
        "bound",
        np.where(bounded, ~((bound >= 0) & (bound <= most * (1 + _TOLERANCE))), ~np.isnan(bound)),
        answers.order,
        lambda row: (
            f"cost_lower_bound: found {bound[row]}, expected "
            f"{f'0 to {most[row]}' if bounded[row] else 'none'}"
        ),
    )
    exact = planned & bounded & (answers.whole("parcels") == 1) & (book.parcel_price is None)
    # A cheaper size may be open, or the unit's own container, and no row says so.
    exact &= ~book.flexible.any() & (book.policy.freight is None)
    findings.add(
        "bound",
        exact & (bound < most) & ~_close(bound, most),
        answers.order,
        lambda row: f"cost_lower_bound: found {bound[row]}, expected {most[row]}",
    )


def _close(first: Reals, second: Reals) -> Mask:
    return np.asarray(
        np.abs(first - second) <= _TOLERANCE * np.maximum(np.abs(second), 1), dtype=np.bool_
    )
