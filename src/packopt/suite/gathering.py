"""All contents of a history as rows: which boxes of the grid and which packages hold each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.catalogue import CARTON, MAILER
from packopt.suite.boxes import Shop
from packopt.suite.fitting import frontiers
from packopt.suite.history import history_of
from packopt.suite.holding import held_by
from packopt.suite.offering import Offer, new_adjustables, new_mailers
from packopt.suite.rows import merged, weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.suite.history import History
    from packopt.suite.pool import Rows
    from packopt.suite.settings import Machine, Wanted

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Contents:
    """All contents of a history, as rows, and which period each is of."""

    rows: Rows
    of_content: Ints
    volume_mm3: Ints
    order: Ints
    beyond: int

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
    """
    history = history_of(sent, policy)
    largest = int(history.batch.units[:, :3].max(initial=1)) + 2 * policy.wall_clearance_mm
    if today is not None and wanted.cover:
        largest = max(largest, int(today.inner_mm[today.kind == CARTON].max(initial=1)))
    most = _most_steps(largest, machine, wanted.grid_mm)
    tell(f"{len(history.order):,} contents, {history.n_rows:,} of them distinct")
    boxes, box_start = frontiers(
        history, policy, grid_mm=wanted.grid_mm, most=most, threads=threads,
        folder=None if work is None else work / "frontiers", progress=progress,
    )  # fmt: skip
    shop = Shop(machine, policy, wanted.grid_mm, most, bool((~history.free).any()))
    used = np.isin(source[history.order], fit)
    offer = _offer(shop, wanted, today, history, boxes, box_start, used)
    if offer.n_packages > offer.n_today:
        tell(f"{offer.n_packages - offer.n_today:,} new types of other kinds are candidates, too")
    held = held_by(history, offer, policy, threads=threads)
    apart = bool((offer.kind == MAILER).any())
    rows, of_content = merged(history, boxes, box_start, held, apart=apart)
    if machine.max_content_g is not None:
        of_content = np.where(history.batch.weight_g > machine.max_content_g, -1, of_content)
    contents = Contents(
        rows, of_content, history.batch.content_mm3, source[history.order],
        int((of_content < 0).sum()),
    )  # fmt: skip
    return shop, offer, contents


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
    new: list[Catalogue | None] = []
    if "mailer" in wanted.kinds:
        bends = np.zeros(history.n_rows, np.bool_)
        bends[history.row[used & ~history.batch.no_mailer]] = True
        row = np.repeat(np.arange(history.n_rows), np.diff(box_start))
        some = bends[row]
        new.append(new_mailers(shop, wanted, boxes[some], row[some], history.free, taken))
    if "adjustable" in wanted.kinds:
        new.append(new_adjustables(shop, wanted, boxes, box_start, history.free, number, taken))
    return Offer.of(today, *(one for one in new if one is not None))


def _most_steps(largest_mm: int, machine: Machine, grid_mm: int) -> int:
    """Longest side of a box in steps: what the machine makes, or no more than anything needs."""
    return int(min(machine.most_side_mm // grid_mm, max(-(-largest_mm // grid_mm) + 1, 10)))
