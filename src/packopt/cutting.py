"""Parcels in packages whose size is chosen, cut to what is in them after splitting is done.

Splitting knows some sizes of a package only, see ``ladders.py``. The units of a parcel are
therefore asked about once more, as an order of their own that may have any size; where that finds
nothing cheaper, the package is still made no larger than the plan in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.kernel.batch import OPTIMAL
from packopt.kernel.layout import PADDING
from packopt.size_costs import offered_mm
from packopt.spaces import coolant_layer_mm
from packopt.splitting.pricing import subsets_as_orders
from packopt.splitting.question import Parcel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.kernel.batch import Answers, Batch
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts
    from packopt.sizes import SizeAnswers
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]


class Cutter:
    """Cuts the packages of parcels to size.

    Parameters
    ----------
    catalogue, policy
        Which sizes packages are made in, and how much clearance their content has.
    sizes
        What they cost at any size.
    ask
        Asks for one package, at its best size, for each order of a batch.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        policy: Policy,
        sizes: SizeCosts,
        ask: Callable[[Batch], tuple[Answers, SizeAnswers]],
    ) -> None:
        self._catalogue = catalogue
        self._clearance_mm = policy.wall_clearance_mm
        self._sizes = sizes
        self._ask = ask

    def cut(self, part: Part, parcel: Parcel) -> Parcel:
        """The units of a parcel in a package of the best size that is found.

        Parameters
        ----------
        part
            Where the units are from.
        parcel
            In the best package that is known, sizes chosen from a few; it stays the same one where
            stock is finite, since another may have run out.
        """
        rows = np.sort(parcel.unit)
        batch = subsets_as_orders(part, [rows], part.access)
        answers, chosen = self._ask(batch)
        package = int(answers.package[0])
        # What there is none of is barred, and takes nothing.
        free = package == parcel.package or bool((part.left <= 0).all())
        best = free and bool(answers.verdict[0] == OPTIMAL)
        if not free or chosen.cost[0] >= parcel.cost:
            known = replace(parcel, proved=best)
            return known if parcel.size_mm is None else self._shrunk(part, known)
        length, width, height = chosen.size_mm[0].tolist()
        return Parcel(
            package=package,
            unit=rows[answers.unit],
            place=answers.place,
            support=answers.support,
            cost=int(chosen.cost[0]),
            proved=best,
            size_mm=(length, width, height) if length else None,
        )

    def _shrunk(self, part: Part, parcel: Parcel) -> Parcel:
        """The same plan in the smallest size of its package that holds it."""
        padding = part.units[parcel.unit, PADDING, None]
        low = (parcel.place[:, :3] - padding).min(axis=0)
        high = (parcel.place[:, :3] + parcel.place[:, 3:] + padding).max(axis=0)
        size = self._least_mm(parcel.package, high - low + 2 * self._clearance_mm)
        if (size > np.array(parcel.size_mm)).any():
            # A smaller floor would need a higher layer of coolant than the package has.
            return parcel
        place = parcel.place.copy()
        place[:, :3] -= low - self._clearance_mm
        content = part.content_mm3[parcel.unit].sum()
        cost = self._sizes.cost_of([parcel.package], [size], [content])
        length, width, height = size.tolist()
        return replace(parcel, place=place, cost=int(cost[0]), size_mm=(length, width, height))

    def _least_mm(self, package: int, need_mm: Ints) -> Ints:
        """The smallest inner sides on offer, coolant apart, that are no smaller than needed."""
        least = np.zeros(3, np.int64)
        coolant = self._catalogue.coolant_mm3[[package]]
        for axis, sides in enumerate(offered_mm(self._catalogue, package)):
            need = int(need_mm[axis])
            if axis == 2:
                need += int(coolant_layer_mm(coolant, least[None, :])[0])
            at = int(np.searchsorted(sides, need))
            least[axis] = sides[at] if at < len(sides) else np.iinfo(np.int32).max
        return least
