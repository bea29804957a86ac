"""What the kernel left open, asked of CP-SAT: the last pass of a thorough effort."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.exact.cpsat import Answer, Extents, holds
from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN, UNPACKABLE, write_plan
from packopt.kernel.handling import acceptable
from packopt.kernel.layout import (
    ANY,
    CPSAT,
    FLAT,
    KIND,
    LOAD,
    OPEN_QUESTION,
    SIDE_A,
    SOFT_A,
    UNIT_WEIGHT,
    UPRIGHT,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.kernel.workspace import Workspace

#: Deterministic time for each package, about seconds of one core.
LIMIT: Final = 10.0
#: The model grows with the square of the units.
MOST_UNITS: Final = 40


def close_open_questions(
    packages: Packages, batch: Batch, rules: int, answers: Answers, workspace: Workspace
) -> None:
    """Ask CP-SAT about every package that stayed open, the cheapest of each order first.

    A proof becomes the reason `cpsat`; a packing that keeps the handling ``rules`` becomes the
    order's plan, and what is dearer than its package is dropped from the list of ruled-out ones.
    ``answers`` is changed in place, for one order of each set of equal ones.
    """
    open_orders = np.flatnonzero((answers.verdict == FEASIBLE) | (answers.verdict == STAYED_OPEN))
    for o in open_orders.tolist():
        units = batch.units[batch.start[o] : batch.start[o + 1]]
        if batch.like[o] == o and len(units) <= MOST_UNITS:
            _close(o, units, packages, batch, rules, answers, workspace)


def _close(
    o: int,
    units: NDArray[np.int32],
    packages: Packages,
    batch: Batch,
    rules: int,
    answers: Answers,
    workspace: Workspace,
) -> None:
    """Go through the open packages of one order."""
    n_packages = len(packages.mailer)
    listed = slice(o * n_packages, o * n_packages + int(answers.n_ruled[o]))
    reason, ruled = answers.reason[listed], answers.ruled[listed]
    for rank in np.flatnonzero(reason == OPEN_QUESTION).tolist():
        package = int(ruled[rank])
        answer, plan = _ask(units, packages, package)
        if answer == "no":
            reason[rank] = CPSAT
        elif plan is not None and _accept(units, plan, rules, workspace):
            answers.package[o] = package
            answers.n_ruled[o] = rank
            write_plan(
                batch.start[o],
                len(units),
                packages.clearance[package],
                batch.units,
                workspace.place,
                workspace.scratch,
                answers.unit,
                answers.place,
                answers.support,
            )
            break
    _conclude(o, answers, n_packages)


def _conclude(o: int, answers: Answers, n_packages: int) -> None:
    """Set verdict and bound from what is still open."""
    listed = slice(o * n_packages, o * n_packages + int(answers.n_ruled[o]))
    still_open = np.flatnonzero(answers.reason[listed] == OPEN_QUESTION)
    shipped = answers.package[o] >= 0
    if len(still_open):
        answers.verdict[o] = FEASIBLE if shipped else STAYED_OPEN
        answers.bound[o] = answers.ruled[listed][still_open[0]]
    else:
        answers.verdict[o] = OPTIMAL if shipped else UNPACKABLE
        answers.bound[o] = answers.package[o]


def _ask(
    units: NDArray[np.int32], packages: Packages, package: int
) -> tuple[Answer, NDArray[np.int64] | None]:
    """Ask whether a carton, or a mailer at any thickness, holds the units."""
    mailer = bool(packages.mailer[package])
    ways = [_ways(unit, SOFT_A if mailer else SIDE_A) for unit in units.tolist()]
    verdict: Answer = "no"
    for room in _rooms(ways, packages.room[package].tolist(), mailer=mailer):
        answer, plan = holds(ways, room, deterministic_limit=LIMIT)
        if answer == "yes":
            return answer, plan
        if answer == "undecided":
            verdict = answer
    return verdict, None


def _ways(unit: list[int], sides: int) -> list[Extents]:
    """Return the extents that a canonical unit may take in mm."""
    a, b, c = unit[sides : sides + 3]
    kind = unit[KIND]
    if kind == ANY:
        return sorted(set(permutations((a, b, c), 3)))
    if kind == FLAT:
        a, c = c, a
    return [(a, b, c), (b, a, c)] if kind in (UPRIGHT, FLAT) else [(a, b, c)]


def _rooms(ways: list[list[Extents]], room: list[int], *, mailer: bool) -> Iterator[list[int]]:
    """Yield the carton, or a mailer's virtual cartons at every thickness a row can have."""
    if not mailer:
        yield room
        return
    length, width, most = room
    heights = {0}
    for unit in ways:
        heights |= {h + way[2] for h in heights for way in unit if h + way[2] <= most}
    for height in sorted(heights - {0}):
        if height < min(length, width):
            yield [length - height, width - height, height]


def _accept(
    units: NDArray[np.int32], plan: NDArray[np.int64], rules: int, workspace: Workspace
) -> bool:
    """Take the plan into the workspace; return whether it keeps the handling rules."""
    n = len(units)
    workspace.place[:n] = plan
    workspace.load[:n] = units[:, LOAD]
    workspace.weight[:n] = units[:, UNIT_WEIGHT]
    return bool(
        acceptable(n, workspace.place, rules, workspace.load, workspace.weight, workspace.scratch)
    )
