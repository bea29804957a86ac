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
from packopt.labels import codes_by_chunk, places
from packopt.rules.unit_lists import ends
from packopt.spaces import is_mailer
from packopt.tables import REASONS

if TYPE_CHECKING:
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
#: Rows at one time: what is worked on should stay in the cache.
_ROWS: Final = 32_768
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
        mass = np.asarray(self._result.parcels["tare_g"].to_numpy(), np.float64) + _SAME_G
        less = self._volume[:, None] < self._mine_mm3(package)
        less &= self._mass[:, None] <= mass
        reasons = self._said(len(package))
        unsure = np.flatnonzero(_any_unknown(less, reasons))
        for first in range(0, len(unsure), _ROWS):
            self._argue(reasons, unsure[first : first + _ROWS])
        holding = (less & (reasons == _HOLDS)).sum(axis=0)
        least = self._proved_least(package)
        known = least | (holding > 0) | ~_any_unknown(less, reasons)
        return {
            "smaller_packages": less.sum(axis=0),
            "smaller_that_hold": pa.array(np.where(least, 0, holding), mask=~known),
            "next_smaller": self._told(less, reasons),
        }

    def _told(self, less: Mask, reasons: Codes) -> pa.Array:
        """The next smaller package and why, in words; null where there is none or it is unknown."""
        words = [f"{name}: {reason}" for name in self._catalogue.package_ids for reason in _WORDS]
        largest_first = np.argsort(-self._volume, kind="stable")
        package = largest_first[less[largest_first].argmax(axis=0)]
        why = reasons[package, np.arange(less.shape[1])]
        missing = ~less.any(axis=0) | (why == _UNKNOWN)
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

    def _said(self, n: int) -> Codes:
        """``(k, p)`` why packages do not hold the parcels, as the result says for certain."""
        # What is about none of these parcels or packages is at index -1: behind the last.
        reasons = np.full((len(self._volume) + 1, n + 1), _UNKNOWN, np.int8)
        self._enter(reasons, self._result.ruled_out)
        # Of a package in several sizes, only those that would be cheaper are ruled out.
        reasons[:-1][self._flexible] = _UNKNOWN
        self._enter(reasons, self._result.alternatives)
        return reasons[:-1, :-1]

    def _enter(self, reasons: Codes, table: pa.Table) -> None:
        """Enter the rows of a table: why a package does not do, or packages that would do."""
        table = pa.Table.from_batches(table.to_batches(), table.schema)
        packages = pa.array(self._catalogue.package_ids, pa.string())
        row_of_order = np.append(self._lookup.row_of_order, -1)
        whys = (np.full(len(chunk), _HOLDS, np.int8) for chunk in table["order_id"].chunks)
        if "reason" in table.column_names:
            coded = codes_by_chunk(table["reason"], pa.array(REASONS))
            whys = (_PROVED[reason].take(why) for why, reason in coded)
        for (order, at_order), (package, at_package), why in zip(
            codes_by_chunk(table["order_id"], self._orders.order_ids),
            codes_by_chunk(table["package_id"], packages),
            whys,
            strict=True,
        ):
            step, base = at_package * reasons.shape[1], row_of_order[at_order]
            for first in range(0, len(order), _ROWS):
                rows = slice(first, first + _ROWS)
                place = step.take(package[rows])
                place += base.take(order[rows])
                reasons.reshape(-1)[place] = why[rows]

    def _argue(self, reasons: Codes, rows: Ints) -> None:
        """Try the two arguments on some parcels, of packages of which the result says nothing."""
        inner = self._catalogue.inner_mm.astype(np.int64)
        content = np.asarray(self._result.parcels["content_mm3"].to_numpy(), np.int64)[rows]
        room = -np.sort(-inner, axis=1)
        longer = (self._sides_mm(rows) > room[:, None]).any(axis=2)
        larger = content > inner.prod(axis=1)[:, None]
        why = np.full(larger.shape, _UNKNOWN, np.int8)
        why[longer] = _SIDE
        why[larger] = _VOLUME
        why[self._soft] = _UNKNOWN  # mailers are larger than any unit by neither argument
        said = reasons[:, rows]
        reasons[:, rows] = np.where(said == _UNKNOWN, why, said)

    def _sides_mm(self, rows: Ints) -> Ints:
        """``(r, 3)`` the greatest longest, middle and shortest side of any unit; 0 if unknown."""
        placements, units = self._result.placements, self._units
        place = np.full(len(units.known), -1)
        place[rows] = np.arange(len(rows))
        of_unit = place[self._lookup.parcel_of_placement if placements.num_rows else units.parcel]
        mine = of_unit >= 0
        if placements.num_rows:
            sides = [placements[f"d{axis}_mm"].to_numpy()[mine] for axis in "xyz"]
            size = np.column_stack(sides).astype(np.int64)
        else:
            size = self._orders.size_mm[units.line[mine]].astype(np.int64)
        return np.asarray(ends(of_unit[mine], -np.sort(-size, axis=1), len(rows))[1])


def _any_unknown(less: Mask, reasons: Codes) -> Mask:
    """``(p,)`` where of some smaller package it is not known whether it holds the units."""
    return np.asarray((less & (reasons == _UNKNOWN)).any(axis=0))
