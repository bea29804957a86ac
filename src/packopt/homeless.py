"""Units that fit no package, of parts that were to be split: which, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.kernel.layout import POLICY
from packopt.outcome import reasons_of_largest
from packopt.runs import run_rows
from packopt.splitting.pricing import subsets_as_orders
from packopt.splitting.rounds import PAIRS_AT_ONCE
from packopt.splitting.states import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.kernel.atoms import Group
    from packopt.outcome import Found
    from packopt.parcels import Things
    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]
    Access = NDArray[np.int32]
    Reasons = NDArray[np.uint8]


def name_homeless(
    found: Found, things: Things, like: Ints, lost: Sequence[Ints], reason: Reasons
) -> None:
    """Name the units that fit no package, in the place of what the kernel said of the parts.

    Parameters
    ----------
    found
        Changed in place.
    things
        What the units of the parts are.
    like
        ``(q,)`` the question about each part.
    lost
        Units of each question that fit nothing.
    reason
        ``(h,)`` why, for all questions one after the other.
    """
    n_lost = np.array([len(units) for units in lost])
    at = run_rows((np.cumsum(n_lost) - n_lost)[like], n_lost[like])
    part = np.repeat(things.part, n_lost[like])
    thing = np.repeat(things.start[:-1], n_lost[like]) + np.concatenate(lost)[at]
    # Of a nest all units are homeless.
    units = things.qty[thing]
    named = np.column_stack([np.repeat(part, units), np.repeat(things.line[thing], units)])
    kept = ~np.isin(found.homeless[:, 0], things.part)
    found.homeless = np.concatenate([found.homeless[kept], named])
    found.reason = np.concatenate([found.reason[kept], np.repeat(reason[at], units)])


def why_homeless(questions: Sequence[Part], lost: Sequence[Ints], pricer: Pricer) -> Reasons:
    """Why units fit no package, alone or with those they are kept with.

    Parameters
    ----------
    questions
        Where the units are from.
    lost
        Units of each question that fit nothing.
    pricer
        Asks the kernel.

    Returns
    -------
    ``(h,)`` reasons, for all questions one after the other.
    """
    concerned = [i for i, units in enumerate(lost) if len(units)]
    if not concerned:
        return np.empty(0, np.uint8)
    every = grouped([questions[i] for i in concerned])
    part = np.repeat(np.arange(len(concerned)), [len(lost[i]) for i in concerned])
    row = every.start[part] + np.concatenate([lost[i] for i in concerned])
    kept, clashing = list(row[:, None]), np.zeros(len(row), np.bool_)
    for u in np.flatnonzero(every.bundle[row] >= 0).tolist():
        question = questions[concerned[part[u]]]
        rows = np.flatnonzero(question.bundle == every.bundle[row[u]])
        kept[u] = every.start[part[u]] + rows
        clashing[u] = question.clash[np.ix_(rows, rows)].any()
    reason = _reasons(every, kept, every.access[part], pricer)
    reason[clashing] = POLICY
    return reason


def _reasons(every: Group, kept: Sequence[Ints], access: Access, pricer: Pricer) -> Reasons:
    """Why sets of units fit no package, so many at a time; ``(h,)``."""
    volume = pricer.packages.volume
    step = max(PAIRS_AT_ONCE // max(len(volume), 1), 1)
    reasons = []
    for first in range(0, len(kept), step):
        some = slice(first, first + step)
        answers = pricer.answers(subsets_as_orders(every, kept[some], access[some]))
        reasons.append(reasons_of_largest(answers, np.arange(len(answers.package)), volume))
    return np.concatenate(reasons)
