"""Proving a sample of ruled-out packages anew with CP-SAT, whatever reason was given for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.admission import admit
from packopt.check.book import Book, open_book
from packopt.check.findings import Violation
from packopt.costing import package_costs
from packopt.exact.cpsat import Answer, Extents, holds
from packopt.spaces import (
    ROTATIONS,
    is_mailer,
    packed_size_mm,
    rotations_allowed,
    stack_heights_mm,
    things,
    usable_mm,
)
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.check.book import Rows
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Index = NDArray[np.int64]
    Plan = NDArray[np.int64]

GEOMETRIC: Final = ("side", "volume", "pair", "reach", "dff", "search", "cpsat")
_MOST_UNITS: Final = 60  # the model grows with the square of the units


@dataclass(frozen=True, slots=True)
class Proofs:
    """What came of proving a sample anew.

    Attributes
    ----------
    violations
        Packages that are ruled out although CP-SAT found a plan; each message holds the plan.
    proved
        Number of rows that CP-SAT proved as well.
    undecided
        Number of rows that it could not decide within the limit.
    """

    violations: list[Violation]
    proved: int
    undecided: int


def prove(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    sample: int,
    seed: int = 0,
    *,
    deterministic_limit: float = 10.0,
) -> Proofs:
    """Prove a random sample of the packages ruled out by geometry anew.

    The sample takes the reasons in turn, so that rare ones are not drowned by ``side``. Left out
    are packages of which only sizes that would be cheaper are ruled out, and those in which some
    units lie already: about these a plan in the whole package says nothing.

    Parameters
    ----------
    result, orders, catalogue
        As for `packopt.check`, which should find nothing before this is asked.
    sample
        How many ruled-out packages to prove; fewer where there are fewer.
    seed
        Another seed takes another sample.
    deterministic_limit
        CP-SAT's deterministic time for each container, about seconds of one core.

    Returns
    -------
    Proofs
        Violations and counts.
    """
    policy = result.policy
    accepted, _ = admit(orders, catalogue, policy)
    book = open_book(result, accepted, catalogue, policy, package_costs(catalogue, policy))
    listed = _about_whole_packages(book)
    violations = []
    counts = {"yes": 0, "no": 0, "undecided": 0}
    for row in _sample(listed.word, sample, seed).tolist():
        order, package = int(listed.order[row]), int(listed.package[row])
        start, stop = book.orders.line_start[order : order + 2].tolist()
        lines = np.arange(start, stop)
        answer, plan = ask(book, lines, book.orders.qty[lines], package, deterministic_limit)
        counts[answer] += 1
        if plan is not None:
            violations.append(_violation(book, order, package, int(listed.word[row]), plan))
    return Proofs(violations, counts["no"], counts["undecided"])


def _about_whole_packages(book: Book) -> Rows:
    """Reasons that are about a package as large as it can be, and empty."""
    single = np.zeros(book.orders.n_orders, np.bool_)
    answers = book.answers[book.answers.order >= 0]
    single[answers.order[answers.whole("parcels") == 1]] = True
    listed = book.ruled_out[(book.ruled_out.order >= 0) & (book.ruled_out.package >= 0)]
    some_sizes = book.flexible[listed.package] & single[listed.order]
    return listed[~some_sizes & ~book.part_filled[listed.order]]


def _sample(word: Index, sample: int, seed: int) -> Index:
    """Row numbers: the reasons take turns, the rows of each in random order."""
    shuffled = np.random.default_rng(seed).permutation(len(word))
    turn = np.full(len(word), len(word))
    for reason in GEOMETRIC:
        rows = shuffled[word[shuffled] == REASONS.index(reason)]
        turn[rows] = np.arange(len(rows))
    chosen = np.lexsort([word, turn])[:sample]
    return np.sort(chosen[turn[chosen] < len(word)])


def ask(
    book: Book, lines: Index, qty: NDArray[np.integer], package: int, limit: float
) -> tuple[Answer, Plan | None]:
    """Ask CP-SAT whether a package holds units of some lines; a mailer, at any thickness.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    lines, qty
        ``(l,)`` order lines, and how many units of each.
    package
        Index of the package.
    limit
        Deterministic time for each container.

    Returns
    -------
    tuple
        The answer, and a plan where it is yes.
    """
    if qty.sum() > _MOST_UNITS:
        return "undecided", None
    units = list(_units(book, lines, qty, package))
    answer: Answer = "no"
    for container in _containers(book, package, units):
        found, plan = holds(units, container, deterministic_limit=limit)
        if found == "yes":
            return found, plan
        if found == "undecided":
            answer = found
    return answer, None


def _units(
    book: Book, line: Index, qty: NDArray[np.integer], package: int
) -> Iterator[list[Extents]]:
    """For each unit, or nest, the extents that it may take, padded."""
    orders = book.orders
    in_mailer = np.full(len(line), is_mailer(book.catalogue)[package])
    count, nested = things(orders, line, qty)
    size = packed_size_mm(orders, line, in_mailer, nested)
    allowed = rotations_allowed(orders.orientation[line], size)
    extents = size[:, ROTATIONS] + 2 * orders.padding_mm[line, None, None]
    for one in range(len(line)):
        unit: list[Extents] = [tuple(row) for row in extents[one, allowed[one]].tolist()]
        yield from [unit] * int(count[one])


def _containers(book: Book, package: int, units: list[list[Extents]]) -> Iterator[list[int]]:
    """The space of a carton, or of a mailer at each thickness that matters."""
    thickness = [0]
    if is_mailer(book.catalogue)[package]:
        heights = [({extents[2] for extents in unit}, 1) for unit in units]
        thickness = sorted(stack_heights_mm(heights, int(book.catalogue.inner_mm[package, 2])))
    space = usable_mm(
        book.catalogue,
        book.policy,
        np.full(len(thickness), package),
        np.array(thickness, dtype=np.int64),
    )
    yield from space[(space > 0).all(axis=1)].tolist()


def _violation(book: Book, order: int, package: int, word: int, plan: Plan) -> Violation:
    return Violation(
        book.orders.order_ids[order].as_py(),
        None,
        "reason_false",
        f"package {book.catalogue.package_ids[package]!r}: found reason {REASONS[word]!r}, but "
        "CP-SAT found a plan with padded units at (x, y, z, dx, dy, dz) mm: "
        + ", ".join(str(tuple(row)) for row in plan.tolist()),
    )
