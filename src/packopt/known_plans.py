"""Plans that are known already, tried in packages that stayed open.

A search that found a plan in one carton may miss it in the next, which is as long, wide and high
as the plan itself. Looking costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.kernel.batch import FEASIBLE, OPTIMAL
from packopt.kernel.layout import FIXED, KIND, OPEN_QUESTION, PADDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Answers, Batch, Packages

    Ints = NDArray[np.int64]


def use_known_plans(batch: Batch, packages: Packages, known: Answers, answers: Answers) -> Ints:
    """Answer open questions by plans for other packages, where these fit as they are.

    Parameters
    ----------
    batch
        What was asked.
    packages
        The packages.
    known
        Plans of the same parts; those in cartons of one size are tried.
    answers
        Answers of which some stayed open; changed in place. May be the same as ``known``.

    Returns
    -------
    The parts with a new answer.
    """
    n_packages = len(packages.mailer)
    listed = np.arange(n_packages) < answers.n_ruled[:, None]
    is_open = listed & (answers.reason.reshape(-1, n_packages) == OPEN_QUESTION)
    carton = np.zeros(n_packages, np.bool_)
    carton[packages.unfilled] = carton[packages.filled] = True
    carton &= packages.mailer == 0
    usable = (known.package >= 0) & carton[known.package]
    changed = []
    for part in np.flatnonzero(usable & is_open.any(axis=1)).tolist():
        span = _span_mm(batch, packages, known, part)
        for rank in np.flatnonzero(is_open[part]).tolist():
            package = int(answers.ruled[part * n_packages + rank])
            room = packages.room[package]
            turned = not (span <= room).all()
            if carton[package] and (not turned or _may_turn(batch, part, span, room)):
                _answer(batch, known, answers, part, rank, package, turned=turned)
                changed.append(part)
                break
    return np.array(changed, np.int64)


def _rows(batch: Batch, part: int) -> slice:
    return slice(int(batch.start[part]), int(batch.start[part + 1]))


def _span_mm(batch: Batch, packages: Packages, known: Answers, part: int) -> Ints:
    """Inner sides that the plan of a part needs, clearance aside, ``(3,)``."""
    rows = _rows(batch, part)
    padding = batch.units[rows][known.unit[rows], PADDING, None].astype(np.int64)
    high = known.place[rows, :3] + known.place[rows, 3:] + padding
    return np.asarray(high.max(axis=0) - packages.clearance[known.package[part]])


def _may_turn(batch: Batch, part: int, span: Ints, room: Ints) -> bool:
    """Whether the plan fits when it is turned on the floor."""
    fixed = (batch.units[_rows(batch, part), KIND] == FIXED).any()
    return bool(not fixed and (span[[1, 0, 2]] <= room).all())


def _answer(
    batch: Batch,
    known: Answers,
    answers: Answers,
    part: int,
    rank: int,
    package: int,
    *,
    turned: bool,
) -> None:
    """Give the part the known plan in a package, and drop what is dearer from its list."""
    rows = _rows(batch, part)
    place = known.place[rows]
    answers.place[rows] = place[:, [1, 0, 2, 4, 3, 5]] if turned else place
    answers.unit[rows] = known.unit[rows]
    answers.support[rows] = known.support[rows]
    answers.package[part] = package
    answers.n_ruled[part] = rank
    first = part * (len(answers.ruled) // len(answers.package))
    before = np.flatnonzero(answers.reason[first : first + rank] == OPEN_QUESTION)
    answers.verdict[part] = FEASIBLE if len(before) else OPTIMAL
    answers.bound[part] = answers.ruled[first + before[0]] if len(before) else package
