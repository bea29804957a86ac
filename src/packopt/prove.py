"""Proving a sample of ruled-out packages anew with CP-SAT, whatever reason was given for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

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
    usable_mm,
)
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
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

    The sample takes the reasons in turn, so that rare ones are not drowned by ``side``.

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
    book = open_book(
        result, orders, catalogue, result.policy, package_costs(catalogue, result.policy)
    )
    listed = book.ruled_out
    violations = []
    counts = {"yes": 0, "no": 0, "undecided": 0}
    for row in _sample(listed.word, sample, seed).tolist():
        order, package = int(listed.order[row]), int(listed.package[row])
        answer, plan = _ask(book, order, package, deterministic_limit)
        counts[answer] += 1
        if plan is not None:
            violations.append(_violation(book, order, package, int(listed.word[row]), plan))
    return Proofs(violations, counts["no"], counts["undecided"])


def _sample(word: Index, sample: int, seed: int) -> Index:
    """Row numbers: the reasons take turns, the rows of each in random order."""
    shuffled = np.random.default_rng(seed).permutation(len(word))
    turn = np.full(len(word), len(word))
    for reason in GEOMETRIC:
        rows = shuffled[word[shuffled] == REASONS.index(reason)]
        turn[rows] = np.arange(len(rows))
    chosen = np.lexsort([word, turn])[:sample]
    return np.sort(chosen[turn[chosen] < len(word)])


def _ask(book: Book, order: int, package: int, limit: float) -> tuple[Answer, Plan | None]:
    """Whether the package holds the order; a mailer, at any thickness."""
    if book.orders.unit_start[order + 1] - book.orders.unit_start[order] > _MOST_UNITS:
        return "undecided", None
    units = list(_units(book, order, package))
    answer: Answer = "no"
    for container in _containers(book, package, units):
        found, plan = holds(units, container, deterministic_limit=limit)
        if found == "yes":
            return found, plan
        if found == "undecided":
            answer = found
    return answer, None


def _units(book: Book, order: int, package: int) -> Iterator[list[Extents]]:
    """For each unit of an order, the extents that it may take, padded."""
    orders = book.orders
    line = np.arange(orders.line_start[order], orders.line_start[order + 1])
    in_mailer = np.full(len(line), is_mailer(book.catalogue)[package])
    size = packed_size_mm(orders, line, in_mailer)
    allowed = rotations_allowed(orders.orientation[line], size)
    extents = size[:, ROTATIONS] + 2 * orders.padding_mm[line, None, None]
    for one in range(len(line)):
        unit: list[Extents] = [tuple(row) for row in extents[one, allowed[one]].tolist()]
        yield from [unit] * int(orders.qty[line[one]])


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
