"""The limit of a policy on the empty space of parcels, for packages as the kernel sees them.

A carton keeps the limit when its content has at least a certain volume, so an order's own content
tells which cartons it may have, before anything is packed. A mailer is as large as its plan makes
it: it keeps the limit at some thicknesses, and its plan is looked at afterwards.

What holds for an order does not hold for its parts: less content leaves more empty. So what the
limit rules out for a set of units says nothing about larger sets, and is never handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from packopt.catalogue import ADJUSTABLE, MAILER
from packopt.kernel.layout import PADDING, POLICY, SOFT_A

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from packopt.catalogue import Catalogue
    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.orders import Orders
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: More content than any package holds.
_NEVER: Final = np.int64(1) << 62


class Content(NamedTuple):
    """What decides which packages keep the limit, of ``o`` orders."""

    rigid_mm3: Ints  # (o,) volume of the units
    soft_mm3: Ints  # (o,) the same as a mailer presses them
    least_mm: Ints  # (o,) no thinner is a mailer that holds them


def empty_space(catalogue: Catalogue, policy: Policy, packages: Packages) -> EmptySpace | None:
    """The limit of a policy for the packages of a catalogue; None where it has none.

    Parameters
    ----------
    catalogue, policy
        What is on offer, and the limit.
    packages
        The packages as the kernel sees them.
    """
    every = np.arange(catalogue.n_packages)
    return empty_space_of_sizes(
        catalogue, policy, packages, every, np.zeros((len(every), 3), np.int64)
    )


def empty_space_of_sizes(
    catalogue: Catalogue,
    policy: Policy,
    packages: Packages,
    package: Ints,
    size_mm: ArrayLike,
    incomplete: Mask | None = None,
) -> EmptySpace | None:
    """The same for packages some of which are one size of a package whose size is chosen.

    Parameters
    ----------
    catalogue, policy, packages
        As for `empty_space`.
    package
        ``(k,)`` the package of the catalogue that each one is.
    size_mm
        ``(k, 3)`` inner sides of those of one size; 0 of the others.
    incomplete
        Packages of the catalogue that have other sizes too: of those, a size that breaks the limit
        proves nothing.
    """
    if not policy.limits_empty_space:
        return None
    sizes = np.asarray(size_mm, np.int64)
    proves = np.ones(len(package), np.bool_)
    if incomplete is not None:
        proves = ~(incomplete[package] & (sizes > 0).any(axis=1))
    return EmptySpace(catalogue, policy, packages, package, sizes, proves)


def least_content_mm3(volume_mm3: ArrayLike, share: float) -> Ints:
    """Content from which on the empty share of volumes, as it is reported, is within a limit.

    Parameters
    ----------
    volume_mm3
        Volumes of packages, of any shape.
    share
        The limit, 0..1.

    Returns
    -------
    Whole mm3 of the same shape.
    """
    volume = np.asarray(volume_mm3, np.int64)
    least = np.ceil((1 - share) * volume).astype(np.int64)
    # The last bit of a float decides for some contents: as it does in the reported share.
    for _ in range(2):
        least -= 1 - (least - 1) / np.maximum(volume, 1) <= share
    for _ in range(4):
        least += 1 - least / np.maximum(volume, 1) > share
    return np.asarray(np.maximum(least, 0), np.int64)


def most_content(orders: Orders, line: Ints, start: Ints) -> Content:
    """What decides about parts and all that they can be split into: the most, at the thinnest.

    Parameters
    ----------
    orders
        Where the lines are.
    line, start
        ``(l,)`` order lines, and ``(p + 1,)`` where those of each part begin.
    """
    size = orders.size_mm[line].astype(np.int64)
    qty, pressed = orders.qty[line].astype(np.int64), orders.min_height_mm[line].astype(np.int64)
    thin = size.copy()
    thin[:, 2] = np.where(pressed > 0, pressed, size[:, 2])
    least = thin.min(axis=1) + 2 * orders.padding_mm[line]
    first = start[:-1]
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return Content(nothing, nothing, nothing)
    return Content(
        np.add.reduceat(size.prod(axis=1) * qty, first),
        np.add.reduceat(thin.prod(axis=1) * qty, first),
        np.minimum.reduceat(least, first),
    )


class EmptySpace:
    """Which packages keep the limit with which contents; ``k`` packages, of which some are mailers.

    Parameters
    ----------
    catalogue, policy, packages, package, size_mm
        As for `empty_space_of_sizes`.
    proves
        ``(k,)`` packages that come in no other size.

    Attributes
    ----------
    need_mm3
        ``(k,)`` content that a carton needs; of one whose size is chosen, at its least size; 0 of
        mailers.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        policy: Policy,
        packages: Packages,
        package: Ints,
        size_mm: Ints,
        proves: Mask,
    ) -> None:
        self._proves = proves
        self._share = float(policy.max_empty_space or 0.0)
        self._outer = policy.max_empty_space_basis == "outer"
        self._wall_mm = (catalogue.outer_mm - catalogue.inner_mm).astype(np.int64)[package]
        least, most = catalogue.least_mm[package], catalogue.inner_mm[package]
        fixed = np.where(catalogue.kind[package, None] >= ADJUSTABLE, least, most)
        chosen: Mask = np.asarray((size_mm > 0).any(axis=1))
        made = np.where(chosen[:, None], size_mm, fixed).astype(np.int64)
        self._mailer: Mask = np.asarray(packages.mailer == MAILER)
        need = least_content_mm3(self._volume_mm3(np.arange(len(package)), made), self._share)
        self.need_mm3: Ints = np.where(self._mailer, 0, need)
        self._steps = np.unique(self.need_mm3[~self._mailer])
        self._mailers = np.flatnonzero(self._mailer)
        self._at = np.cumsum(self._mailer) - 1
        self._by_thickness = self._thicknesses(packages, policy)
        # What a mailer needs where it is filled to some thickness or to any greater one.
        self._at_best = np.minimum.accumulate(self._by_thickness[:, ::-1], axis=1)[:, ::-1]

    def _volume_mm3(self, package: Ints, inner_mm: Ints) -> Ints:
        sides = inner_mm + self._wall_mm[package] if self._outer else inner_mm
        return np.asarray(sides.astype(np.int64).prod(axis=1), np.int64)

    def _thicknesses(self, packages: Packages, policy: Policy) -> Ints:
        """``(mailers, t)`` content that each mailer needs when it is so many mm thick."""
        room = packages.room[self._mailers]
        thick = np.arange(int(room[:, 2].max(initial=0)) + 1)
        lost = 0 if not self._outer else 2 * policy.wall_clearance_mm
        plane = np.maximum(room[:, :2, None] + lost - thick, 0).prod(axis=1)
        need = least_content_mm3(plane * thick, self._share)
        within = (thick > 0) & (thick <= room[:, 2:]) & (plane > 0)
        return np.where(within, need, _NEVER)

    def content(self, batch: Batch) -> Content:
        """What decides about the orders of a batch."""
        units, first = batch.units, batch.start[:-1]
        if not len(self._mailers) or not len(units):
            nothing = np.zeros(len(first), np.int64)
            return Content(batch.content_mm3, nothing, nothing)
        sides = units[:, SOFT_A : SOFT_A + 3].astype(np.int64)
        bare = (sides - 2 * units[:, PADDING, None]).prod(axis=1)
        return Content(
            batch.content_mm3,
            np.add.reduceat(bare, first),
            np.maximum.reduceat(sides.min(axis=1), first),
        )

    @property
    def mailer(self) -> Mask:
        """``(k,)`` True for mailers."""
        return self._mailer

    def thickest_mm(self, package: Ints, soft_mm3: Ints) -> Ints:
        """``(q,)`` greatest thickness in mm at which mailers keep the limit; 0 where none does."""
        keeps = self._by_thickness[self._at[package]] <= soft_mm3[:, None]
        last = keeps.shape[1] - 1 - keeps[:, ::-1].argmax(axis=1)
        return np.where(keeps.any(axis=1), last, 0).astype(np.int64)

    def keeps(self, package: int, content_mm3: int) -> bool:
        """Whether a carton keeps the limit with a content; of a mailer its plan decides: no."""
        return not self._mailer[package] and content_mm3 >= int(self.need_mm3[package])

    def refused(self, content: Content, orders: Ints | slice = slice(None)) -> Mask:
        """``(o, k)`` packages of which it is proved that they cannot keep the limit."""
        return self.unfit(content, orders) & self._proves

    def unfit(self, content: Content, orders: Ints | slice = slice(None)) -> Mask:
        """``(o, k)`` packages that cannot keep the limit at their size, whatever the plan."""
        rigid = content.rigid_mm3[orders]
        refused = rigid[:, None] < self.need_mm3[None, :]
        if len(self._mailers):
            least = np.clip(content.least_mm[orders], 0, self._at_best.shape[1] - 1)
            need = self._at_best[:, least].T
            refused[:, self._mailers] = content.soft_mm3[orders][:, None] < need
        return refused

    def narrowed(
        self, packages: Packages, access: NDArray[np.int32], content: Content
    ) -> tuple[Packages, NDArray[np.int32]]:
        """Rows of reasons that know of the limit.

        Parameters
        ----------
        packages
            With a row of ``barred`` for each of ``access``.
        access
            ``(o,)``.
        content
            Of the same orders.

        Returns
        -------
        The packages with further rows, and the row of each order.
        """
        rank = np.searchsorted(self._steps, content.rigid_mm3, side="right")
        key = access.astype(np.int64) * (len(self._steps) + 1) + rank
        for need in self._at_best:
            least = np.clip(content.least_mm, 0, len(need) - 1)
            # Numbered anew each time, so that keys of many mailers fit 64 bits.
            key = np.unique(key * 2 + (content.soft_mm3 < need[least]), return_inverse=True)[1]
        _, first, row = np.unique(key, return_index=True, return_inverse=True)
        barred = packages.barred[access[first]]
        barred[(barred == 0) & self.refused(content, first)] = POLICY
        added = (row.reshape(-1) + len(packages.barred)).astype(np.int32)
        return packages._replace(barred=np.concatenate([packages.barred, barred])), added

    def broken(
        self, batch: Batch, answers: Answers, size_mm: NDArray[np.int32] | None = None
    ) -> Mask:
        """Orders whose plan breaks the limit.

        Parameters
        ----------
        batch, answers
            What was asked and answered.
        size_mm
            ``(o, 3)`` inner sides where they were chosen for the order, else 0.
        """
        package = np.maximum(answers.package, 0)
        broken = batch.content_mm3 < self.need_mm3[package]
        if size_mm is not None:
            made = np.flatnonzero((size_mm > 0).any(axis=1))
            volume = self._volume_mm3(package[made], size_mm[made].astype(np.int64))
            broken[made] = batch.content_mm3[made] < least_content_mm3(volume, self._share)
        soft = np.flatnonzero(self._mailer[package] & (answers.package >= 0))
        if len(soft):
            mailer = self._at[package[soft]]
            need = self._by_thickness[mailer, self._thickness_mm(batch, answers, soft)]
            broken[soft] = self.content(batch).soft_mm3[soft] < need
        return np.asarray(broken & (answers.package >= 0), np.bool_)

    def _thickness_mm(self, batch: Batch, answers: Answers, orders: Ints) -> Ints:
        """``(q,)`` how thick the mailers of some orders are filled."""
        first = np.repeat(batch.start[:-1], np.diff(batch.start))
        padding = batch.units[first + answers.unit, PADDING]
        top = answers.place[:, 2] + answers.place[:, 5] + padding
        thick = np.maximum.reduceat(top, batch.start[:-1])[orders]
        return np.clip(thick, 0, self._by_thickness.shape[1] - 1).astype(np.int64)
