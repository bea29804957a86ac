"""What is in each parcel and what it weighs: the physical columns of the tables."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import KINDS, MAILER
from packopt.costing import parcel_tare_g
from packopt.splitting.question import OWN_CONTAINER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.materials import MaterialSettings
    from packopt.orders import Orders
    from packopt.parcels import Parcels
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Kinds of parcels: those of packages, and a unit that ships as it is.
PARCEL_KINDS: Final = (*KINDS, "own_container")


class Contents:
    """What is in each of ``p`` parcels and what it weighs; arrays of shape ``(p,)``."""

    def __init__(
        self,
        orders: Orders,
        catalogue: Catalogue,
        policy: Policy,
        sizes: SizeCosts,
        parcels: Parcels,
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._policy = policy
        self._sizes = sizes
        self.parcels = parcels
        self._own: NDArray[np.bool_] = np.asarray(parcels.package == OWN_CONTAINER)
        #: Index of the package; 0 for own containers, whose values are masked.
        self._package = np.where(self._own, 0, parcels.package)
        self.kind = np.where(self._own, len(KINDS), catalogue.kind[self._package])
        self._mailer: NDArray[np.bool_] = np.asarray(self.kind == MAILER)
        self._chosen: NDArray[np.bool_] = np.asarray((parcels.size_mm > 0).any(axis=1))

    def _total(self, values: Ints) -> Ints:
        if not len(values):
            return np.zeros(0, np.int64)
        return np.asarray(np.add.reduceat(values, self.parcels.start[:-1]), dtype=np.int64)

    @cached_property
    def lying_mm3(self) -> Ints:
        """Volume of the units as they lie."""
        return self._total(volume_mm3(self.parcels.place[:, 3:]))

    @cached_property
    def declared_mm3(self) -> Ints:
        """Volume of the units without padding, not pressed."""
        parcels = self.parcels
        return self._total(_volumes_mm3(self._orders, parcels.line, parcels.qty))

    @cached_property
    def weight_g(self) -> Ints:
        """Weight of the units."""
        return self._total(self._orders.weight_g[self.parcels.line].astype(np.int64))

    @cached_property
    def coolant_g(self) -> Ints:
        """Weight of the coolant."""
        return np.where(self._own, 0, self._catalogue.coolant_g[self._package]).astype(np.int64)

    @cached_property
    def tare_g(self) -> Floats:
        """Mass of the package and its tape."""
        tare = _closed_g(self._catalogue, self._policy.materials)[self._package]
        if self._chosen.any():
            made = self._sizes.tare_g(self._package, self.parcels.size_mm)
            tare = np.where(self._chosen, made, tare)
        return np.where(self._own, 0.0, tare)

    @cached_property
    def made_mm(self) -> NDArray[np.int32]:
        """``(p, 3)`` inner sides as made; of a mailer, flat sides and greatest thickness."""
        fixed = self._catalogue.inner_mm[self._package]
        if not self._chosen.any():
            return fixed
        return np.where(self._chosen[:, None], self.parcels.size_mm, fixed)

    @cached_property
    def _thickness_mm(self) -> NDArray[np.int32]:
        parcels = self.parcels
        padding = self._orders.padding_mm[parcels.line]
        top = parcels.place[:, 2] + parcels.place[:, 5] + padding
        if not len(top):
            return np.zeros(0, np.int32)
        return np.maximum.reduceat(top, parcels.start[:-1])

    @cached_property
    def outer_mm(self) -> NDArray[np.int32]:
        """``(p, 3)`` outer sides; of a mailer, flat sides and its thickness as packed."""
        catalogue, package = self._catalogue, self._package
        outer = catalogue.outer_mm[package].copy()
        outer[self._mailer, 2] = self._thickness_mm[self._mailer]
        if self._chosen.any():
            walls = outer - catalogue.inner_mm[package]
            walls[self._own] = 0
            outer = np.where(self._chosen[:, None], self.parcels.size_mm + walls, outer)
        return outer

    @cached_property
    def _bag_mm(self) -> Ints:
        """``(mailers, 3)`` the virtual carton that each filled mailer is, walls included."""
        package = self._package[self._mailer]
        if not len(package):
            return np.zeros((0, 3), np.int64)
        deep = self._thickness_mm[self._mailer, None].astype(np.int64)
        policy, catalogue = self._policy, self._catalogue
        lost = np.zeros((catalogue.n_packages, 2), np.int64)
        for k in np.flatnonzero(catalogue.kind == MAILER).tolist():
            style = catalogue.style[k]
            lost[k] = policy.flap_allowance_mm[style], policy.seam_allowance_mm[style]
        plane = catalogue.inner_mm[package, :2] - lost[package]
        return np.hstack([plane - deep, deep])

    @cached_property
    def inner_mm3(self) -> Ints:
        """Inner volume; of a mailer that of its virtual carton, less the clearance."""
        volume = volume_mm3(self.made_mm)
        wall = 2 * self._policy.wall_clearance_mm
        volume[self._mailer] = volume_mm3(self._bag_mm - np.array([wall, wall, 0]))
        return volume

    @cached_property
    def outer_mm3(self) -> Ints:
        """Outer volume; of a mailer that of its virtual carton."""
        volume = volume_mm3(self.outer_mm)
        volume[self._mailer] = volume_mm3(self._bag_mm)
        return volume

    @cached_property
    def fill_g(self) -> Floats:
        """Filler for the empty space of cartons."""
        coolant = self._catalogue.coolant_mm3[self._package]
        empty = volume_mm3(self.made_mm) - self.declared_mm3 - coolant
        without = self._mailer | self._own
        return np.where(without, 0.0, empty * (self._policy.materials.filler_kg_m3 / 1e6))


@lru_cache(maxsize=64)
def _closed_g(catalogue: Catalogue, settings: MaterialSettings) -> Floats:
    """``(k,)`` mass of each package and its tape: it is the same for every batch."""
    tare = parcel_tare_g(catalogue, settings)
    tare.flags.writeable = False
    return tare


def _volumes_mm3(orders: Orders, lines: Ints, qty: Ints) -> Ints:
    """Volume of each unit, or of the slab (``qty`` 0) by which it sticks out of a nest."""
    size = orders.size_mm[lines]
    slabs = np.flatnonzero(qty == 0)
    size[slabs, 2] = orders.nest_height_mm[lines[slabs]]
    return volume_mm3(size)


def volume_mm3(sides_mm: NDArray[np.int32] | Ints) -> Ints:
    """``(n,)`` product of three sides; numpy's own along the short axis is ten times as slow."""
    return np.asarray(
        sides_mm[:, 0].astype(np.int64) * sides_mm[:, 1] * sides_mm[:, 2], dtype=np.int64
    )
