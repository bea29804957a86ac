"""A ruled-out package does not hold the order: every simple reason is verified anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import PARTIAL
from packopt.check.emptiness import refuses
from packopt.check.simple_proofs import Question, SimpleProofs
from packopt.check.sizes import largest_below, least_mm, spans_mm
from packopt.spaces import ROTATIONS, is_mailer, usable_mm
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans
    from packopt.check.ranking import Limits

    Mask = NDArray[np.bool_]
    Rule = Callable[[Question], Mask]

_COMPLEX: Final = ("reach", "dff", "search", "cpsat")  # verified where a simple argument decides
_GEOMETRIC: Final = ("side", "volume", "pair", *_COMPLEX)
_FEW_UNITS: Final = 2  # up to here the pair rule is exact
_ANY, _FIXED = 0, 3  # indices into packopt.orders.ORIENTATIONS


def check_reasons(
    book: Book, listed: Rows, apart: Mask, limits: Limits, findings: Findings
) -> None:
    """Verify the reasons that a simple argument can verify.

    Of a package that is made in several sizes those are ruled out that would be cheaper than what
    the order has: the argument has to hold for the largest of them, where there is a largest. No
    argument is asked for where units lie in the package already and leave less room than it knows.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    listed
        The ruled-out packages.
    apart
        ``(n,)`` orders whose units may not share a parcel.
    limits
        Which packages are better than what each order has.
    findings
        Takes the violations.
    """
    _check_rules(book, listed, apart, findings)
    proofs = SimpleProofs(book)
    plain = ~book.flexible[listed.package] & ~book.part_filled[listed.order]
    for reason, rule in (("side", proofs.side), ("volume", proofs.volume), ("pair", proofs.pair)):
        rows = np.flatnonzero((listed.word == REASONS.index(reason)) & plain)
        _check_geometry(book, listed, rows, rule, proofs, f"reason_{reason}", findings)
    few = np.diff(book.orders.unit_start)[listed.order] <= _FEW_UNITS
    rows = np.flatnonzero(_has_reason(listed, _COMPLEX) & few & plain)
    _check_geometry(book, listed, rows, proofs.pair, proofs, "reason_false", findings)
    _check_flexible(book, listed, limits, proofs, findings)


def _has_reason(listed: Rows, reasons: tuple[str, ...]) -> Mask:
    return np.isin(listed.word, [REASONS.index(reason) for reason in reasons])


def _check_rules(book: Book, listed: Rows, apart: Mask, findings: Findings) -> None:
    """Weight limits and packages that may not be used."""
    limit = book.most_content_g[listed.package]
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
    rows = np.flatnonzero(_has_reason(listed, ("policy",)) & ~apart[listed.order])
    forbidden = is_forbidden(book, listed.order[rows], listed.package[rows])
    findings.add(
        "reason_policy",
        ~forbidden,
        listed.order[rows],
        lambda row: (
            f"{_name(book, listed, rows[row])}: expected units that may not share a parcel, or "
            "one that site, temperature, a ban, the carrier, the limit of empty space or the rule "
            "of mailers keeps out"
        ),
    )


def is_forbidden(book: Book, order: Index, package: Index) -> Mask:
    """``(r,)`` whether some unit of an order may not travel in a package."""
    permits = book.permits
    unfit = np.zeros(book.orders.n_orders, np.bool_)
    unfit[book.order_of_line[permits.unfit_for_mailers]] = True
    # Units of one order that differ in class may not share a parcel: the first stands for all.
    first = book.orders.line_start[:-1][order]
    refused = ~permits.allowed[permits.line_class[first], package]
    if book.carriage is not None:
        refused |= book.carriage.refuses(order, package)
    refused |= refuses(book, order, package)
    return np.asarray(refused | (permits.mailer[package] & unfit[order]))


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
        asked.subject,
        lambda row: (
            f"{_name(book, listed, rows[row])}: found reason "
            f"{REASONS[listed.word[rows[row]]]!r}, which the sides of units and package do not show"
        ),
    )


def _check_flexible(
    book: Book, listed: Rows, limits: Limits, proofs: SimpleProofs, findings: Findings
) -> None:
    """Sides and volume rule out the largest size that would be cheaper."""
    rows = np.flatnonzero(
        _has_reason(listed, ("side", "volume"))
        & book.flexible[listed.package]
        & ~book.part_filled[listed.order]
    )
    order, package = listed.order[rows], listed.package[rows]
    size = largest_below(book, package, book.content_mm3[order], limits.cost[order])
    known = np.flatnonzero((size > 0).all(axis=1))
    asked = Question(order[known], package[known], np.zeros_like(known), size[known])
    findings.add(
        "reason_false",
        ~(proofs.side(asked) | proofs.volume(asked)),
        asked.subject,
        lambda row: (
            f"{book.name(asked.package[row])}: found reason "
            f"{REASONS[listed.word[rows[known[row]]]]!r}, which the sides of units and package do "
            f"not show at {size[known[row]].tolist()} mm"
        ),
    )


def check_against_plans(
    book: Book, listed: Rows, answers: Rows, plans: Plans, limits: Limits, findings: Findings
) -> None:
    """No carton is ruled out by geometry into which the plan for the chosen carton fits."""
    span = spans_of_orders(book, answers, plans)
    _check_sizes(book, listed, span, limits, findings)
    carton = ~is_mailer(book.catalogue)[listed.package] & ~book.flexible[listed.package]
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


def _check_sizes(book: Book, listed: Rows, span: Index, limits: Limits, findings: Findings) -> None:
    """No package is ruled out that can be made in a size that holds the plan and is cheaper."""
    flexible = book.flexible[listed.package]
    rows = np.flatnonzero(_has_reason(listed, _GEOMETRIC) & flexible & (span[listed.order, 0] > 0))
    order, package = listed.order[rows], listed.package[rows]
    turnable, tumbling = _freedom(book)
    free = {(0, 1, 2): np.ones_like(turnable), (1, 0, 2): turnable}
    cheaper = np.zeros(len(rows), np.bool_)
    for turn in ROTATIONS.tolist():
        may = free.get(tuple(turn), tumbling)[order]
        least = least_mm(book, package, span[order][:, turn])
        cost = book.sizes.cost_of(package, least, book.content_mm3[order])
        cheaper |= may & (least > 0).all(axis=1) & (cost < limits.cost[order])
    findings.add(
        "reason_false",
        cheaper,
        order,
        lambda row: (
            f"{book.name(package[row])}: found reason {REASONS[listed.word[rows[row]]]!r}, but a "
            "cheaper size of it holds the plan for the chosen package"
        ),
    )


def spans_of_orders(book: Book, answers: Rows, plans: Plans) -> Index:
    """``(n, 3)`` size of the plan of each order that lies in one carton; 0 of the others."""
    n, parcels = book.orders.n_orders, plans.parcels
    verdict = np.full(n, -1)
    verdict[answers.order] = answers.word
    single = np.bincount(parcels.order, minlength=n)[parcels.order] == 1
    single &= ~parcels.soft & ~parcels.own & (verdict[parcels.order] != PARTIAL)
    single &= ~book.part_filled[parcels.order]
    span = np.zeros((n, 3), dtype=np.int64)
    span[parcels.order[single]] = spans_mm(plans)[single]
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
    return book.name(int(listed.package[row]))
