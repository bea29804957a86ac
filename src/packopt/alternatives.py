"""Alternatives: the next cheapest packages that hold an order too, each with its plan.

The kernel is asked again, with everything barred up to and including the package found last. So
what was ruled out before is not asked twice, and what is ruled out on the way is the proof that
nothing lies between one alternative and the next.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.kernel.batch import CONTENT_LIMIT_MM3, OPTIMAL
from packopt.kernel.layout import POLICY
from packopt.known_plans import use_known_plans
from packopt.parcels import Parcels, single_parcels, together
from packopt.tables import ALTERNATIVE_PLACEMENTS, ALTERNATIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.outcome import Asked
    from packopt.parts import Parts

    Ints = NDArray[np.int64]
    Reasons = NDArray[np.uint8]
    #: Answers to a batch, the sizes ``(p, 3)`` chosen in mm, 0 for none, and cost steps ``(p,)``.
    Ask = Callable[[Packages, Batch], tuple[Answers, NDArray[np.int32], Ints]]

#: Parts are asked about again in slices of so many (part, package) pairs, and so many units.
SLICE_PAIRS: Final = 4_000_000
SLICE_UNITS: Final = 500_000


def find_alternatives(asked: Asked, packages: Packages, most: int, ask: Ask) -> Parcels:
    """Find the next cheapest packages for the orders that are in one package.

    Parameters
    ----------
    asked
        What the kernel was asked, and what it answered: ``package`` is -1 for parts that were
        split.
    packages
        The packages, with a row of ``barred`` for each of ``asked.access``.
    most
        Alternatives to find for each order.
    ask
        Answers a batch from packages, in the way in which ``asked`` was answered.

    Returns
    -------
    The alternatives as parcels: the first of an order is its first alternative, and so on. It is
    ``proved`` where everything between it and the one before is ruled out.
    """
    found = []
    one_size = np.zeros(len(packages.mailer), np.bool_)
    one_size[packages.unfilled] = one_size[packages.filled] = True
    for rows in _slices(asked, _in_one_package(asked), len(one_size)) if most else ():
        first, access = _equal(asked, rows)
        barred = packages.barred[asked.access[rows[first]]]
        origin = last = _some(asked, rows, first[access], access)
        for _ in range(most):
            leads = np.unique(last.access, return_index=True)[1]
            _bar(barred, last, leads, one_size)
            last = _asked_again(origin, last, packages._replace(barred=barred), ask)
            found.append(single_parcels(last))
            held = np.flatnonzero(last.answers.package >= 0)
            if not len(held):
                break
            like = _first_of_equal(last.access[held])
            origin = _some(origin, held, like, origin.access[held])
            last = _some(last, held, like, last.access[held])
    return together(found)


def alternative_tables(parcels: pa.Table, placements: pa.Table) -> dict[str, pa.Table]:
    """Turn the tables of parcels and placements that alternatives would have into their own.

    Parameters
    ----------
    parcels, placements
        In their schemas; the number of a parcel is the rank of an alternative.

    Returns
    -------
    The tables ``alternatives`` and ``alternative_placements``.
    """
    return {
        "alternatives": _renamed(parcels, ALTERNATIVES),
        "alternative_placements": _renamed(placements, ALTERNATIVE_PLACEMENTS),
    }


def _renamed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [table["parcel" if name == "rank" else name] for name in schema.names]
    return pa.Table.from_arrays(columns, schema=schema)


def _in_one_package(asked: Asked) -> Ints:
    """Parts that are a whole order, in one package that was chosen for it."""
    parts, orders = asked.parts, asked.orders
    pieces = np.bincount(parts.order, minlength=orders.n_orders)
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    pieces[order_of_line[parts.alone]] += 1
    chosen = (pieces == 1) & (orders.placed_in.code < 0)
    return np.flatnonzero(chosen[parts.order] & (asked.answers.package >= 0))


def _slices(asked: Asked, rows: Ints, n_packages: int) -> Iterator[Ints]:
    """Cut the parts into slices of bounded memory."""
    sums = np.append(0, np.cumsum(np.diff(asked.batch.start)[rows]))
    most = max(1, SLICE_PAIRS // n_packages)
    first = 0
    while first < len(rows):
        full = int(np.searchsorted(sums, sums[first] + SLICE_UNITS, side="right")) - 1
        last = max(first + 1, min(first + most, full))
        yield rows[first:last]
        first = last


def _equal(asked: Asked, rows: Ints) -> tuple[Ints, NDArray[np.int32]]:
    """Where in ``rows`` each class of equal parts begins, and the class of each part."""
    batch = asked.batch
    keys = np.column_stack([batch.like[rows], asked.access[rows], asked.answers.package[rows]])
    _, first, classes = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return first, classes.reshape(-1).astype(np.int32)


def _first_of_equal(classes: NDArray[np.int32]) -> Ints:
    _, first, again = np.unique(classes, return_index=True, return_inverse=True)
    return np.asarray(first[again.reshape(-1)], dtype=np.int64)


def _bar(barred: Reasons, last: Asked, leads: Ints, one_size: NDArray[np.bool_]) -> None:
    """Bar for each class of parts what holds it, and what was asked about before.

    A package that comes in several sizes was asked about for the cheaper ones alone: unless it
    was chosen, it stays in the running.
    """
    answers = last.answers
    n_packages = barred.shape[1]
    before = np.arange(n_packages) < answers.n_ruled[leads, None]
    row, rank = np.nonzero(before)
    package = answers.ruled.reshape(-1, n_packages)[leads[row], rank]
    known = one_size[package]
    barred[last.access[leads[row[known]]], package[known]] = POLICY
    barred[last.access[leads], answers.package[leads]] = POLICY


def _some(asked: Asked, rows: Ints, like: Ints, access: NDArray[np.int32]) -> Asked:
    """Some parts with their answers; ``like`` and ``access`` are new numbers for them."""
    batch, answers = asked.batch, asked.answers
    n_packages = len(answers.ruled) // len(answers.package)
    units = np.diff(batch.start)[rows]
    of_unit = _spread(batch.start[rows], units)
    pairs = _spread(rows * n_packages, np.full(len(rows), n_packages))
    return replace(
        asked,
        parts=_some_parts(asked.parts, rows),
        batch=batch._replace(
            units=batch.units[of_unit],
            start=np.append(0, np.cumsum(units)),
            content_mm3=batch.content_mm3[rows],
            weight_g=batch.weight_g[rows],
            no_mailer=batch.no_mailer[rows],
            like=like,
            access=access,
        ),
        unit_line=asked.unit_line[of_unit],
        answers=answers._replace(
            package=answers.package[rows],
            n_ruled=answers.n_ruled[rows],
            ruled=answers.ruled[pairs],
            reason=answers.reason[pairs],
            place=answers.place[of_unit],
            unit=answers.unit[of_unit],
            support=answers.support[of_unit],
        ),
        access=access,
    )


def _some_parts(parts: Parts, rows: Ints) -> Parts:
    lines = np.diff(parts.start)[rows]
    return replace(
        parts,
        order=parts.order[rows],
        start=np.append(0, np.cumsum(lines)),
        line=parts.line[_spread(parts.start[rows], lines)],
        torn=parts.torn[rows],
        whole=False,
    )


def _spread(first: Ints, count: Ints) -> Ints:
    """The numbers ``first[i]`` to ``first[i] + count[i] - 1`` for every ``i`` in turn."""
    before = np.cumsum(count) - count
    return np.asarray(np.arange(int(count.sum())) + np.repeat(first - before, count))


def _asked_again(origin: Asked, asked: Asked, packages: Packages, ask: Ask) -> Asked:
    """Ask again; what stays open may hold the plan found last, or the very first."""
    answers, size_mm, cost = ask(packages, asked.batch)
    known = [one.answers for one in (asked, origin)]
    again = np.concatenate([use_known_plans(asked.batch, packages, k, answers) for k in known])
    size_mm[again] = 0
    content = np.minimum(asked.batch.content_mm3[again], CONTENT_LIMIT_MM3)
    package = answers.package[again]
    cost[again] = packages.base_cost[package] - packages.filler_cost[package] * content
    bound = np.where(answers.verdict == OPTIMAL, cost, 0)
    return replace(asked, answers=answers, size_mm=size_mm, cost=cost, bound=bound)
