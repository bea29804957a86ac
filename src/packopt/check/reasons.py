"""A ruled-out package does not hold the order: every simple reason is verified anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.geometry import unfit_for_mailers
from packopt.check.simple_proofs import Question, SimpleProofs
from packopt.spaces import is_mailer, usable_mm
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings
    from packopt.check.plans import Plans

    Mask = NDArray[np.bool_]
    Rule = Callable[[Question], Mask]

_COMPLEX: Final = ("reach", "dff", "search", "cpsat")  # verified where a simple argument decides
_GEOMETRIC: Final = ("side", "volume", "pair", *_COMPLEX)
_FEW_UNITS: Final = 2  # up to here the pair rule is exact
_ANY, _FIXED = 0, 3  # indices into packopt.orders.ORIENTATIONS


def check_reasons(book: Book, listed: Rows, plans: Plans | None, findings: Findings) -> None:
    """Verify the reasons that a simple argument can verify, and contradict those that are false.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    listed
        The ruled-out packages.
    plans
        What was packed; None where there are no plans.
    findings
        Takes the violations.
    """
    _check_rules(book, listed, findings)
    proofs = SimpleProofs(book)
    for reason, rule in (("side", proofs.side), ("volume", proofs.volume), ("pair", proofs.pair)):
        rows = np.flatnonzero(listed.word == REASONS.index(reason))
        _check_geometry(book, listed, rows, rule, proofs, f"reason_{reason}", findings)
    few = np.diff(book.orders.unit_start)[listed.order] <= _FEW_UNITS
    rows = np.flatnonzero(_has_reason(listed, _COMPLEX) & few)
    _check_geometry(book, listed, rows, proofs.pair, proofs, "reason_false", findings)
    if plans is not None:
        _check_against_plans(book, listed, plans, findings)


def _has_reason(listed: Rows, reasons: tuple[str, ...]) -> Mask:
    return np.isin(listed.word, [REASONS.index(reason) for reason in reasons])


def _check_rules(book: Book, listed: Rows, findings: Findings) -> None:
    """Weight limits and packages that may not be used."""
    limit = book.max_content_g[listed.package]
    content = book.content_g[listed.order]
    too_heavy = (limit >= 0) & (content > limit)
    findings.add(
        "reason_weight",
        _has_reason(listed, ("weight",)) & ~too_heavy,
        listed.order,
        lambda row: (
            f"{_name(book, listed, row)}: found {content[row]} g for a limit of {limit[row]} g "
            "(-1: none), expected more content than the limit"
        ),
    )
    forbidden = is_mailer(book.catalogue)[listed.package] & unfit_for_mailers(book)[listed.order]
    findings.add(
        "reason_policy",
        _has_reason(listed, ("policy",)) & ~forbidden,
        listed.order,
        lambda row: (
            f"{_name(book, listed, row)}: expected a mailer and a unit that is fragile or "
            "not mailer_ok"
        ),
    )


def _check_geometry(
    book: Book,
    listed: Rows,
    rows: Index,
    rule: Rule,
    proofs: SimpleProofs,
    code: str,
    findings: Findings,
) -> None:
    """Verify some rows by a rule; mailers by any rule at each thickness."""
    soft = is_mailer(book.catalogue)[listed.package[rows]]
    asked = Question(listed.order[rows], listed.package[rows], np.zeros_like(rows))
    proved = np.zeros(len(rows), dtype=np.bool_)
    proved[~soft] = rule(asked[~soft])
    proved[soft] = proofs.mailer(asked[soft])
    findings.add(
        code,
        ~proved,
        asked.order,
        lambda row: (
            f"{_name(book, listed, rows[row])}: found reason "
            f"{REASONS[listed.word[rows[row]]]!r}, which the sides of units and package do not show"
        ),
    )


def _check_against_plans(book: Book, listed: Rows, plans: Plans, findings: Findings) -> None:
    """No carton is ruled out by geometry into which the plan for the chosen carton fits."""
    span = _spans_mm(book, plans)
    carton = ~is_mailer(book.catalogue)[listed.package]
    rows = np.flatnonzero(_has_reason(listed, _GEOMETRIC) & carton & (span[listed.order, 0] > 0))
    space = usable_mm(book.catalogue, book.policy, listed.package[rows], np.zeros_like(rows))
    order = listed.order[rows]
    turnable, tumbling = _freedom(book)
    holds = (span[order] <= space).all(axis=1)
    holds |= turnable[order] & (span[order][:, [1, 0, 2]] <= space).all(axis=1)
    tumbled = (np.sort(span[order], axis=1) <= np.sort(space, axis=1)).all(axis=1)
    holds |= tumbling[order] & tumbled
    findings.add(
        "reason_false",
        holds,
        order,
        lambda row: (
            f"{_name(book, listed, rows[row])}: found reason "
            f"{REASONS[listed.word[rows[row]]]!r}, but the plan for the chosen package fits in"
        ),
    )


def _spans_mm(book: Book, plans: Plans) -> Index:
    """``(n, 3)`` size of the box around each order's padded units; 0 where not in a carton."""
    span = np.zeros((book.orders.n_orders, 3), dtype=np.int64)
    if len(plans.order):
        first = np.flatnonzero(np.diff(plans.parcel, prepend=-1))
        low = np.minimum.reduceat(plans.low_mm, first)
        high = np.maximum.reduceat(plans.high_mm, first)
        in_carton = ~is_mailer(book.catalogue)[plans.package[first]]
        span[plans.order[first]] = (high - low) * in_carton[:, None]
    return span


def _freedom(book: Book) -> tuple[Mask, Mask]:
    """``(n,)`` orders whose plan may be turned about the vertical, and tumbled any way."""
    orientation = book.orders.orientation
    turnable = np.ones(book.orders.n_orders, dtype=np.bool_)
    turnable[book.order_of_line[orientation == _FIXED]] = False
    tumbling = np.ones(book.orders.n_orders, dtype=np.bool_)
    tumbling[book.order_of_line[orientation != _ANY]] = False
    return turnable, tumbling


def _name(book: Book, listed: Rows, row: int) -> str:
    return f"package {book.catalogue.package_ids[listed.package[row]]!r}"
