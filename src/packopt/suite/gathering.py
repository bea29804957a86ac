"""All contents of a history as rows: which boxes of the grid and which packages hold each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import CARTON, MAILER
from packopt.errors import SuiteError
from packopt.suite.boxes import Shop
from packopt.suite.fitting import fits_of_boxes, frontiers
from packopt.suite.history import history_of, one_each
from packopt.suite.holding import held_by
from packopt.suite.offering import (
    Offer,
    new_adjustables,
    new_mailers,
    no_adjustables,
    no_mailers,
)
from packopt.suite.rows import merged, weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.suite.history import History
    from packopt.suite.holding import Held
    from packopt.suite.pool import Rows
    from packopt.suite.settings import Machine, Wanted

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]
    Mask = NDArray[np.bool_]


#: Steps of the longest side: the table of all boxes of the grid grows with its cube.
_MOST_STEPS: Final = 500


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """What is known to hold each content of both periods.

    Attributes
    ----------
    orders
        ``p`` orders, each of which is one content.
    source
        ``(p,)`` number of the order of the history that each comes from.
    history
        The contents.
    boxes, box_start
        ``(b, 3)`` steps and ``(r + 1,)``: the frontier of each row of the history.
    held
        What packages of the offer hold.
    too_heavy
        ``(p,)`` contents that are heavier than any box of the grid may hold; packages of the offer
        hold them by limits of their own, which `held` knows.
    apart
        Whether contents of different volume are different rows.
    """

    orders: Orders
    source: Ints
    history: History
    boxes: Steps
    box_start: Ints
    held: Held
    too_heavy: Mask
    apart: bool

    def with_boxes(self, row: Ints, steps: Steps) -> Known:
        """The same, and that boxes of ``(n, 3)`` steps hold rows ``(n,)`` of the history."""
        if not len(row):
            return self
        free = self.history.free[row][:, None]
        told = np.where(free, np.sort(steps, axis=1), steps).astype(np.int32)
        of_row = np.repeat(np.arange(self.history.n_rows), np.diff(self.box_start))
        row = np.concatenate([of_row, row])
        order = np.argsort(row, kind="stable")
        start = np.zeros(self.history.n_rows + 1, np.int64)
        np.cumsum(np.bincount(row, minlength=self.history.n_rows), out=start[1:])
        boxes = np.concatenate([self.boxes, told])[order]
        return replace(self, boxes=boxes, box_start=start)

    def contents(self) -> Contents:
        """All contents as rows."""
        history = self.history
        rows, of_content = merged(
            history, self.boxes, self.box_start, self.held, self.too_heavy, apart=self.apart
        )
        return Contents(
            rows, of_content, history.batch.content_mm3, self.source, int((of_content < 0).sum()),
            self,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Contents:
    """All contents of a history, as rows, and which order each is of."""

    rows: Rows
    of_content: Ints
    volume_mm3: Ints
    order: Ints
    beyond: int
    known: Known

    def of(self, orders: Ints, n_orders: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Number and volume of the contents of some orders, in each row."""
        chosen = np.zeros(n_orders, np.bool_)
        chosen[orders] = True
        return weights(self.of_content, self.volume_mm3, len(self.rows), chosen[self.order])


def gather(
    sent: Orders,
    source: Ints,
    today: Catalogue | None,
    policy: Policy,
    machine: Machine,
    wanted: Wanted,
    *,
    fit: Ints,
    threads: int,
    work: Path | None,
    tell: Callable[[str], None],
    progress: Callable[[int], None] | None,
) -> tuple[Shop, Offer, Contents]:
    """What all orders of both periods must be put into, and what holds it.

    Parameters
    ----------
    sent, source
        Orders of one parcel each, and the number of the order that each comes from.
    today, policy, machine, wanted
        As `packopt.suite.suite` takes them.
    fit
        Orders of the fitting period: new types of other kinds are made for their contents only.
    threads, work, tell, progress
        As `packopt.suite.suite` takes them.

    Raises
    ------
    SuiteError
        If the grid is too fine, or none of the kinds that are asked for can be made.
    """
    sent, source = one_each(sent, source, policy)
    history = history_of(sent, policy)
    largest = int(history.batch.units[:, :3].max(initial=1)) + 2 * policy.wall_clearance_mm
    if today is not None and wanted.cover:
        largest = max(largest, int(today.inner_mm[today.kind == CARTON].max(initial=1)))
    most = _most_steps(largest, machine, wanted.grid_mm)
    if most > _MOST_STEPS:
        raise SuiteError(
            "settings",
            f"field grid_mm: found {wanted.grid_mm} mm, by which boxes go up to {most:,} steps, "
            f"expected at most {_MOST_STEPS}; take a coarser grid, or lower the machine's "
            "most_side_mm",
        )
    tell(f"{len(history.order):,} contents, {history.n_rows:,} of them distinct")
    boxes, box_start = frontiers(
        history, policy, grid_mm=wanted.grid_mm, most=most, threads=threads,
        folder=None if work is None else work / "frontiers", progress=progress,
    )  # fmt: skip
    shop = Shop(machine, policy, wanted.grid_mm, most, bool((~history.free).any()))
    too_heavy = np.zeros(len(source), np.bool_)
    if machine.max_content_g is not None:
        too_heavy = history.batch.weight_g > machine.max_content_g
    used = np.isin(source, fit) & ~too_heavy
    offer = _offer(shop, wanted, today, history, boxes, box_start, used)
    for note in offer.notes:
        tell(note)
    if offer.n_packages > offer.n_today:
        tell(f"{offer.n_packages - offer.n_today:,} new types of other kinds are candidates, too")
    held = held_by(history, offer, policy, threads=threads)
    known = Known(
        sent, source, history, boxes, box_start, held, too_heavy,
        bool((offer.kind == MAILER).any()),
    )  # fmt: skip
    if today is not None:
        known = known.with_boxes(*_as_large(known, today, wanted.grid_mm, most))
    return shop, offer, known.contents()


def _as_large(known: Known, today: Catalogue, grid_mm: int, most: int) -> tuple[Ints, Steps]:
    """Boxes of the grid as large as today's cartons, and rows that these were found to hold.

    A carton is asked about at the policy's effort, which finds more than the questions that make a
    frontier.
    """
    cartons = np.flatnonzero(today.kind == CARTON)
    steps = -(-today.inner_mm[cartons].astype(np.int64) // grid_mm)
    steps[:, :2].sort(axis=1)
    made = (steps <= most).all(axis=1)
    return news_of_boxes(known, known.held.held[:, cartons[made]], steps[made].astype(np.int32))


def news_of_boxes(known: Known, held: Mask, steps: Steps) -> tuple[Ints, Steps]:
    """What boxes hold that is not known yet.

    Parameters
    ----------
    known
        What is known.
    held
        ``(p, n)`` contents that each of ``n`` boxes was found to hold.
    steps
        ``(n, 3)`` the boxes.

    Returns
    -------
    ``(k,)`` rows of the history, and ``(k, 3)`` a box that holds each, as `Known.with_boxes` takes
    them.
    """
    history = known.history
    fits = fits_of_boxes(known.boxes, known.box_start, history.free, steps)
    row, box = [np.empty(0, np.int64)], [np.empty((0, 3), np.int32)]
    for j in range(len(steps)):
        told = np.unique(history.row[held[:, j]])
        news = told[(fits[told, j // 64] >> (j % 64) & 1) == 0]
        row.append(news)
        box.append(np.broadcast_to(steps[j], (len(news), 3)))
    return np.concatenate(row), np.concatenate(box)


def _offer(
    shop: Shop,
    wanted: Wanted,
    today: Catalogue | None,
    history: History,
    boxes: Steps,
    box_start: Ints,
    used: NDArray[np.bool_],
) -> Offer:
    """Today's types, and new ones of the other kinds that are asked for."""
    taken = () if today is None else today.package_ids
    number = np.bincount(history.row[used], minlength=history.n_rows).astype(np.float64)
    new: list[Catalogue] = []
    notes = []
    if "mailer" in wanted.kinds:
        bends = np.zeros(history.n_rows, np.bool_)
        bends[history.row[used & ~history.batch.no_mailer]] = True
        row = np.repeat(np.arange(history.n_rows), np.diff(box_start))
        some = bends[row]
        mailers = new_mailers(shop, wanted, boxes[some], row[some], history.free, taken)
        if mailers is None:
            notes.append(no_mailers(shop))
        else:
            new.append(mailers)
    if "adjustable" in wanted.kinds:
        cartons = new_adjustables(shop, wanted, boxes, box_start, history.free, number, taken)
        if cartons is None:
            notes.append(no_adjustables(shop))
        else:
            new.append(cartons)
    if notes and not new and "carton" not in wanted.kinds:
        raise SuiteError("machine", notes)
    return Offer.of(today, *new, notes=notes)


def _most_steps(largest_mm: int, machine: Machine, grid_mm: int) -> int:
    """Longest side of a box in steps: what the machine makes, or no more than anything needs."""
    return int(min(machine.most_side_mm // grid_mm, max(-(-largest_mm // grid_mm) + 1, 10)))
