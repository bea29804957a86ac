"""What the carriage of parcels costs, worked out anew from the carrier's rule and rates.

Nothing is taken from the recommender but the two files that the policy names. A mailer counts with
its flat sides and greatest thickness, as the policy says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.costing import NANO, parcel_tare_g
from packopt.spaces import is_mailer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.carriers import Tariff
    from packopt.catalogue import Catalogue
    from packopt.check.contents import Contents
    from packopt.check.parcels import Parcels
    from packopt.policy import Policy

    Index = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Reals = NDArray[np.float64]

#: Cost steps of what the carrier does not take: beyond all money, and yet many fit into int64.
REFUSED: Final = 2**60
# Beyond these no parcel is asked about.
_MOST_G: Final = 500_000_000
_LONGEST_MM: Final = 100_000


@dataclass(frozen=True, eq=False)
class Carriage:
    """Freight under a policy.

    Attributes
    ----------
    catalogue, policy, tariff
        What was asked.
    content_g, content_mm3
        ``(n,)`` mass and volume of each order's units.
    """

    catalogue: Catalogue
    policy: Policy
    tariff: Tariff
    content_g: Index
    content_mm3: Index

    def of_order(self, order: Index, package: Index) -> Index:
        """Cost steps of packages that hold a whole order; the two broadcast."""
        return np.asarray(self._prices[self._kind[order], package])

    def refuses(self, order: Index, package: Index) -> Mask:
        """Whether the carrier refuses packages with the whole order in it; the two broadcast."""
        return np.asarray(self.of_order(order, package) == REFUSED)

    def of_parcels(self, parcels: Parcels, contents: Contents) -> Index:
        """``(q,)`` cost steps of parcels."""
        return self._steps(self._sides_mm(parcels), self._gross_g(parcels, contents))

    def billable_g(self, parcels: Parcels, contents: Contents) -> Index:
        """``(q,)`` weight that is billed for parcels; -1 where size is billed instead."""
        rule = self.tariff.rule
        if rule.basis != "weight":
            return np.full(len(parcels), -1)
        return rule.billable_g(self._sides_mm(parcels), self._gross_g(parcels, contents))

    def refuses_units(self, size_mm: Index, mass_g: Index) -> Mask:
        """``(l,)`` whether the carrier refuses units in their own containers."""
        steps = self._steps(size_mm.astype(np.int64), mass_g.astype(np.float64))
        return np.asarray(steps == REFUSED)

    @cached_property
    def most_content_g(self) -> Index:
        """``(k,)`` heaviest content that the carrier takes, found by halving; -1 for none at all.

        Filler is left out of account, since there may be none.
        """
        empty = self._empty_g
        found = np.full(len(empty), -1, np.int64)
        for bit in reversed(range(_MOST_G.bit_length())):
            more = np.where(found < 0, 0, found) + (1 << bit)
            good = self._steps(self._outer_mm, more + empty) < REFUSED
            found = np.where(good, more, found)
        nothing = self._steps(self._outer_mm, empty) < REFUSED
        return np.where((found < 0) & nothing, 0, found)

    @cached_property
    def _empty_g(self) -> Reals:
        return parcel_tare_g(self.catalogue, self.policy.materials) + self.catalogue.coolant_g

    @cached_property
    def _outer_mm(self) -> Index:
        return self.catalogue.outer_mm.astype(np.int64)

    @cached_property
    def _contents(self) -> tuple[Index, Index]:
        pairs = np.column_stack([self.content_g, self.content_mm3])
        unique, kind = np.unique(pairs, axis=0, return_inverse=True)
        return unique, kind.reshape(-1).astype(np.int64)

    @property
    def _kind(self) -> Index:
        return self._contents[1]

    @cached_property
    def _prices(self) -> Index:
        """``(c, k)`` cost steps of each package around each different content."""
        contents = self._contents[0]
        prices = np.empty((len(contents), self.catalogue.n_packages), np.int64)
        tare = parcel_tare_g(self.catalogue, self.policy.materials)
        room = self.catalogue.inner_mm.astype(np.int64).prod(axis=1) - self.catalogue.coolant_mm3
        for package in range(self.catalogue.n_packages):
            mass = contents[:, 0] + tare[package]
            if not is_mailer(self.catalogue)[package]:
                empty = np.maximum(room[package] - contents[:, 1], 0)
                mass = mass + empty * (self.policy.materials.filler_kg_m3 / 1e6)
            mass = mass + self.catalogue.coolant_g[package]
            sides = np.tile(self._outer_mm[package], (len(contents), 1))
            prices[:, package] = self._steps(sides, mass)
        return prices

    def _sides_mm(self, parcels: Parcels) -> Index:
        """``(q, 3)`` sides that are billed: those of the package, or of the unit that is one."""
        catalogue = self._outer_mm[np.where(parcels.own, 0, parcels.package)]
        return np.where(parcels.own[:, None], parcels.inner_mm, catalogue).astype(np.int64)

    def _gross_g(self, parcels: Parcels, contents: Contents) -> Reals:
        own = parcels.own
        package = np.where(own, 0, parcels.package)
        tare = parcel_tare_g(self.catalogue, self.policy.materials)[package]
        empty = parcels.inner_mm.astype(np.int64).prod(axis=1) - contents.content_mm3
        empty = empty - self.catalogue.coolant_mm3[package]
        fill = empty * (self.policy.materials.filler_kg_m3 / 1e6)
        mass = contents.weight_g + np.where(own, 0, tare)
        mass = mass + np.where(own | parcels.soft, 0, fill)
        return np.asarray(mass + np.where(own, 0, self.catalogue.coolant_g[package]), np.float64)

    def _steps(self, sides_mm: Index, mass_g: Reals) -> Index:
        if not len(mass_g):
            return np.zeros(0, np.int64)
        asked = (mass_g >= 0) & (mass_g <= _MOST_G)  # a faulty parcel has no price
        prices = self.tariff.price(np.clip(sides_mm, 1, _LONGEST_MM), np.where(asked, mass_g, 0))
        known = asked & ~np.isnan(prices)
        return np.where(known, np.rint(np.where(known, prices, 0) * NANO), REFUSED).astype(np.int64)
