"""Why no smaller package holds what is in a parcel: the evidence that minimising asks for.

Smaller is what has less outer volume and weighs no more, for both are to be minimised.

What ruled a package out, the result says of orders in one parcel. Where it says nothing, two short
arguments are tried on the parcel itself: its content is larger than the package, or a unit is
longer than the package is. What neither decides is not known, and so is not claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.catalogue import ADJUSTABLE
from packopt.costing import mailer_outer_mm3, parcel_tare_g
from packopt.labels import places, places_by_chunk
from packopt.rules.unit_lists import ends
from packopt.spaces import is_mailer
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules.unit_lists import Lookup, UnitList

    Ints = NDArray[np.int64]
    Codes = NDArray[np.int8]
    Mask = NDArray[np.bool_]

_UNKNOWN, _HOLDS = -1, len(REASONS)
#: Reasons that are no proof that the package is too small.
_NO_PROOF: Final = ("none", "stock", "undecided")
#: What each reason proves; the last is for null.
_PROVED: Final = np.array(
    [_UNKNOWN if word in _NO_PROOF else at for at, word in enumerate(REASONS)] + [_UNKNOWN],
    np.int8,
)
_VOLUME, _SIDE = REASONS.index("volume"), REASONS.index("side")
_WORDS: Final = (*REASONS, "holds the units")
#: Parcels at one time: what is worked on should stay in the cache.
_PARCELS: Final = 32_768
#: Rounding of masses that are worked out in another way.
_SAME_G: Final = 1e-6


class Smaller:
    """Packages of less outer volume than that of each parcel, and no more mass; why none will do.

    Parameters
    ----------
    result, catalogue, orders
        What is looked at.
    units, lookup
        What is in the parcels, and which rows are about which.
    """

    def __init__(
        self,
        result: Recommendations,
        catalogue: Catalogue,
        orders: Orders,
        units: UnitList,
        lookup: Lookup,
    ) -> None:
        self._lookup = lookup
        self._result, self._catalogue, self._orders = result, catalogue, orders
        self._units = units
        self._soft = is_mailer(catalogue)
        self._flexible: Mask = np.asarray(catalogue.kind >= ADJUSTABLE)
        #: ``(k,)`` outer volume; of packages whose size is chosen, the least.
        self._volume = self._volumes_mm3()
        #: ``(k,)`` mass of the closed package; nothing where its size is chosen: it may be small.
        tare = parcel_tare_g(catalogue, result.policy.materials)
        self._mass = np.where(self._flexible, 0.0, tare)

    def columns(self, package: Ints) -> dict[str, Any]:
        """The facts about smaller packages.

        Parameters
        ----------
        package
            ``(p,)`` index of the package of each parcel; -1 for own containers, than which
            nothing is smaller.
        """
        n = len(package)
        mine = self._mine_mm3(package)
        mass = np.asarray(self._result.parcels["tare_g"].to_numpy(), np.float64) + _SAME_G
        count, holding = np.zeros((2, n), np.int64)
        known = np.ones(n, np.bool_)
        next_one, why = np.full(n, -1), np.full(n, _UNKNOWN)
        by_volume = np.argsort(-self._volume, kind="stable")  # the largest first
        every_reason = self._reasons(n)
        for first in range(0, n, _PARCELS):
            rows = slice(first, min(first + _PARCELS, n))
            reasons = np.ascontiguousarray(every_reason[rows].T)
            for at in by_volume.tolist():
                less = (self._volume[at] < mine[rows]) & (self._mass[at] <= mass[rows])
                reason = reasons[at]
                begins = less & (count[rows] == 0)
                np.copyto(next_one[rows], at, where=begins)
                np.copyto(why[rows], reason, where=begins)
                count[rows] += less
                holding[rows] += less & (reason == _HOLDS)
                known[rows] &= ~(less & (reason == _UNKNOWN))
        least = self._proved_least(package)
        known |= least | (holding > 0)
        return {
            "smaller_packages": count,
            "smaller_that_hold": pa.array(np.where(least, 0, holding), mask=~known),
            "next_smaller": self._told(next_one, why),
        }

    def _told(self, package: Ints, why: Ints) -> pa.Array:
        """The next smaller package and why, in words; null where there is none or it is unknown."""
        words = [f"{name}: {reason}" for name in self._catalogue.package_ids for reason in _WORDS]
        missing = (package < 0) | (why == _UNKNOWN)
        code = np.where(missing, 0, package * len(_WORDS) + why).astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(code, mask=missing), pa.array(words))

    def _proved_least(self, package: Ints) -> Mask:
        """Where the result itself proves that nothing of less outer volume holds the units."""
        optimal = places(self._result.parcels["verdict"], pa.array(["optimal"])) == 0
        endless = not any(self._catalogue.stock)
        by_volume = self._result.policy.objective == "volume" and endless
        return np.asarray((optimal & by_volume) | (package < 0), np.bool_)

    def _volumes_mm3(self) -> Ints:
        catalogue, policy = self._catalogue, self._result.policy
        outer = catalogue.outer_mm.astype(np.int64)
        wall = outer - catalogue.inner_mm
        volume = np.where(
            self._flexible, (catalogue.least_mm + wall).prod(axis=1), outer.prod(axis=1)
        )
        for k in np.flatnonzero(self._soft).tolist():
            style = catalogue.style[k]
            volume[k] = mailer_outer_mm3(
                catalogue.inner_mm[k],
                policy.flap_allowance_mm[style],
                policy.seam_allowance_mm[style],
            )
        return np.asarray(volume, np.int64)

    def _mine_mm3(self, package: Ints) -> Ints:
        """``(p,)`` outer volume of the package of each parcel, 0 of own containers."""
        parcels = self._result.parcels
        sides = [parcels[f"outer_{side}_mm"].to_numpy() for side in ("length", "width", "height")]
        made = np.prod([side.astype(np.int64) for side in sides], axis=0)
        fixed = self._volume[np.maximum(package, 0)]
        volume = np.where(self._flexible[np.maximum(package, 0)], made, fixed)
        return np.where(package < 0, 0, volume)

    def _said(self, table: pa.Table) -> Iterator[tuple[Ints, Ints, Codes]]:
        """What a table of the result says for certain: row, package and reason, by batch."""
        table = pa.Table.from_batches(table.to_batches(), table.schema)
        packages = pa.array(self._catalogue.package_ids, pa.string())
        columns = [
            places_by_chunk(table["order_id"], self._orders.order_ids),
            places_by_chunk(table["package_id"], packages),
        ]
        if "reason" in table.column_names:
            columns.append(places_by_chunk(table["reason"], pa.array(REASONS)))
        for order, package, *reasons in zip(*columns, strict=True):
            at, reason = self._lookup.row_of_order[order], np.full(len(order), _HOLDS, np.int8)
            if reasons:
                reason = _PROVED[reasons[0]]
                # Of a package in several sizes, only those that would be cheaper are ruled out.
                reason[self._flexible[package]] = _UNKNOWN
            kept = (at >= 0) & (reason != _UNKNOWN)
            yield at[kept], package[kept], reason[kept]

    def _sides_mm(self, n: int) -> Ints:
        """``(p, 3)`` the greatest longest, middle and shortest side of any unit; 0 if unknown."""
        placements, units = self._result.placements, self._units
        if placements.num_rows:
            parcel = self._lookup.parcel_of_placement
            size = np.column_stack([placements[f"d{axis}_mm"].to_numpy() for axis in "xyz"])
        else:
            parcel, size = units.parcel, self._orders.size_mm[units.line]
        return np.asarray(ends(parcel, -np.sort(-size.astype(np.int64), axis=1), n)[1])

    def _reasons(self, n: int) -> Codes:
        """``(p, k)`` why packages do not hold the parcels, as far as it is known."""
        inner = self._catalogue.inner_mm.astype(np.int64)
        reason = np.full((n, len(inner)), _UNKNOWN, np.int8)
        content = np.asarray(self._result.parcels["content_mm3"].to_numpy(), np.int64)
        of_axis = np.ascontiguousarray(self._sides_mm(n).T)
        # Mailers are larger than any unit by neither argument.
        for at in np.flatnonzero(~self._soft).tolist():
            for side, room in zip(of_axis, -np.sort(-inner[at]), strict=True):
                np.copyto(reason[:, at], _SIDE, where=side > room)
            np.copyto(reason[:, at], _VOLUME, where=content > inner[at].prod())
        for table in (self._result.ruled_out, self._result.alternatives):
            for row, package, why in self._said(table):
                reason.reshape(-1)[row * len(inner) + package] = why
        return reason
