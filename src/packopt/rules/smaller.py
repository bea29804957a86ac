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
        said = self._said()
        sides = self._sides_mm(n)
        content = np.asarray(self._result.parcels["content_mm3"].to_numpy(), np.int64)
        for first in range(0, n, _PARCELS):
            rows = slice(first, min(first + _PARCELS, n))
            reasons = self._reasons(rows, said, sides, content)
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

    def _said(self) -> tuple[Ints, Ints, Codes]:
        """What the result says of parcels and packages: row, package and reason, by row."""
        nothing = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int8)
        parts = [nothing, *self._certain(self._result.ruled_out)]
        parts += self._certain(self._result.alternatives)
        row, package, reason = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        if (np.diff(row) >= 0).all():  # as a result has them
            return row, package, reason
        by_row = np.argsort(row, kind="stable")
        return row[by_row], package[by_row], reason[by_row]

    def _certain(self, table: pa.Table) -> Iterator[tuple[Ints, Ints, Codes]]:
        """What a table of the result says for certain, as `_said`, batch after batch."""
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
            # A million orders have a dozen each: what is kept is kept small.
            yield at[kept].astype(np.int32), package[kept].astype(np.int32), reason[kept]

    def _sides_mm(self, n: int) -> Ints:
        """``(p, 3)`` the greatest longest, middle and shortest side of any unit; 0 if unknown."""
        placements, units = self._result.placements, self._units
        if placements.num_rows:
            parcel = self._lookup.parcel_of_placement
            size = np.column_stack([placements[f"d{axis}_mm"].to_numpy() for axis in "xyz"])
        else:
            parcel, size = units.parcel, self._orders.size_mm[units.line]
        return np.asarray(ends(parcel, -np.sort(-size.astype(np.int64), axis=1), n)[1])

    def _reasons(
        self, rows: slice, said: tuple[Ints, Ints, Codes], sides: Ints, content: Ints
    ) -> Codes:
        """``(k, c)`` why packages do not hold the parcels of some rows."""
        inner = self._catalogue.inner_mm.astype(np.int64)
        reason = np.full((len(inner), rows.stop - rows.start), _UNKNOWN, np.int8)
        of_axis = np.ascontiguousarray(sides[rows].T)
        # Mailers are larger than any unit by neither argument.
        for at in np.flatnonzero(~self._soft).tolist():
            for side, room in zip(of_axis, -np.sort(-inner[at]), strict=True):
                np.copyto(reason[at], _SIDE, where=side > room)
            np.copyto(reason[at], _VOLUME, where=content[rows] > inner[at].prod())
        order, package, why = said
        some = slice(*np.searchsorted(order, [rows.start, rows.stop]))
        reason[package[some], order[some] - rows.start] = why[some]
        return reason
