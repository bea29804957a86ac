"""What was found for a batch as result tables, column by column."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.alternatives import alternative_tables
from packopt.contents import PARCEL_KINDS, Contents
from packopt.labels import encode
from packopt.nests import content_mm3
from packopt.outcome import Asked, Found, Outcome, conclude, parcel_price
from packopt.parcels import own_containers, single_parcels, together, with_nests_told
from packopt.splitting.question import NEVER, OWN_CONTAINER
from packopt.tables import (
    ORDERS,
    PARCELS,
    PLACEMENTS,
    REASONS,
    RULED_OUT,
    UNPACKED,
    VERDICTS,
    empty,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.parcels import Parcels
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: ``package_id`` of a unit that ships as it is.
OWN: Final = "own_container"
_TYPES: Final = {
    np.dtype(name): pa.type_for_alias(name) for name in ("int32", "int64", "float32", "float64")
}


class Tables:
    """Builds the result tables of one batch."""

    def __init__(
        self,
        orders: Orders,
        catalogue: Catalogue,
        policy: Policy,
        costs: PackageCosts,
        sizes: SizeCosts,
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._policy = policy
        self._costs = costs
        self._sizes = sizes
        self._price = parcel_price(policy, costs)

    def build(
        self, asked: Asked, found: Found, split: Parcels, ranking: Ints
    ) -> dict[str, pa.Table]:
        """Return the tables of the answers by name.

        Parameters
        ----------
        asked
            The parts, and what the kernel answered.
        found
            What was found for them in the end.
        split
            The parcels of parts that were split.
        ranking
            ``(k,)`` all packages, in the order in which they are listed where none can be asked.
        """
        outcome = conclude(asked, self._policy, self._price, found, ranking)
        parcels = self._all_parcels(asked, split, outcome)
        content = Contents(self._orders, self._catalogue, self._policy, self._sizes, parcels)
        return {
            "orders": self._answers(outcome, content),
            "parcels": self._parcels(content),
            "placements": self._placements(content),
            "ruled_out": pa.Table.from_arrays(
                [
                    self._order_ids(outcome.ruled_order),
                    self._package_ids(outcome.ruled_package),
                    word(outcome.ruled_reason, _names(REASONS)),
                ],
                schema=RULED_OUT,
            ),
            "unpacked": self._unpacked(outcome),
        }

    def alternatives(self, parcels: Parcels) -> dict[str, pa.Table]:
        """Return the tables of alternatives by name; ``parcels`` has them by order and rank."""
        if not len(parcels.order):
            return {name: empty(name) for name in ("alternatives", "alternative_placements")}
        told = with_nests_told(parcels, self._orders)
        content = Contents(self._orders, self._catalogue, self._policy, self._sizes, told)
        return alternative_tables(self._parcels(content), self._placements(content))

    def _all_parcels(self, asked: Asked, split: Parcels, outcome: Outcome) -> Parcels:
        """The parcels of all orders that ship, in their order, nests told as their units."""
        own = own_containers(asked.orders, asked.parts)
        parcels = together([single_parcels(asked), split, own])
        shipped = outcome.parcels[parcels.order] > 0
        if not shipped.all():
            parcels = parcels.take(np.flatnonzero(shipped))
        return with_nests_told(parcels, asked.orders)

    def _order_ids(self, index: NDArray[np.integer]) -> pa.DictionaryArray:
        return word(index, self._orders.order_ids)

    def _package_ids(
        self, index: NDArray[np.int32], mask: Mask | None = None
    ) -> pa.DictionaryArray:
        names = _names((*self._catalogue.package_ids, OWN))
        own = np.where(index == OWN_CONTAINER, len(names) - 1, index)
        return word(own, names, mask)

    @cached_property
    def _sku(self) -> tuple[NDArray[np.int32], pa.Array]:
        """The SKU of each line; encoding them takes longer than any other column."""
        return encode(self._orders.skus)

    def _skus(self, lines: Ints) -> pa.DictionaryArray:
        code, names = self._sku
        return word(code[lines], names)

    @cached_property
    def _gtin(self) -> pa.DictionaryArray:
        gtin = self._orders.gtin
        return (pa.nulls(0, pa.string()) if gtin is None else gtin).dictionary_encode()

    def _gtins(self, lines: Ints) -> pa.DictionaryArray:
        if self._orders.gtin is None:
            return pa.nulls(len(lines), PLACEMENTS.field("gtin").type)
        code = pc.fill_null(self._gtin.indices, -1).to_numpy()[lines]
        return word(code, self._gtin.dictionary, code < 0)

    def _package_codes(self, package: NDArray[np.int32]) -> pa.DictionaryArray:
        """Codes as the catalogue states them; own containers have none."""
        codes = self._catalogue.package_codes
        if codes.null_count == len(codes):
            return pa.nulls(len(package), PARCELS.field("package_code").type)
        place = pa.array(package, mask=package == OWN_CONTAINER)
        return codes.take(place).dictionary_encode()

    def _parcels(self, content: Contents) -> pa.Table:
        parcels, orders = content.parcels, self._orders
        weight, tare, fill = content.weight_g, content.tare_g, content.fill_g
        unknown = None if orders.weights_known else np.ones(len(weight), np.bool_)
        inner, outer = content.made_mm, content.outer_mm
        site = orders.site.code[parcels.line[parcels.start[:-1]]]
        proved = np.where(parcels.proved, VERDICTS.index("optimal"), VERDICTS.index("feasible"))
        return pa.Table.from_arrays(
            [
                self._order_ids(parcels.order),
                plain(parcels.number_in_order.astype(np.int32)),
                self._package_ids(parcels.package),
                word(content.kind, _names(PARCEL_KINDS)),
                word(site, pa.array(orders.site.words, pa.string()), site < 0),
                *(plain(inner[:, c]) for c in range(3)),
                plain(parcels.units.astype(np.int32)),
                plain(content.lying_mm3),
                plain(weight, unknown),
                plain(tare),
                plain(fill),
                plain(content.coolant_g),
                plain(weight + tare + fill + content.coolant_g, unknown),
                *(plain(outer[:, c]) for c in range(3)),
                plain(empty_share(content.lying_mm3, content.inner_mm3)),
                plain(empty_share(content.lying_mm3, content.outer_mm3)),
                pa.nulls(len(weight), pa.int64()),
                plain(self._costs.in_units(parcels.cost)),
                word(proved, _names(VERDICTS)),
                self._package_codes(parcels.package),
            ],
            schema=PARCELS,
        )

    def _answers(self, outcome: Outcome, content: Contents) -> pa.Table:
        orders, parcels = self._orders, content.parcels
        n = orders.n_orders
        none = outcome.parcels == 0
        package = np.full(n, -1, np.int32)
        package[parcels.order] = parcels.package
        volume = content_mm3(orders, slice(None), orders.qty.astype(np.int64))
        units = np.diff(orders.unit_start)
        weight = orders.weight_g.astype(np.int64) * orders.qty
        unknown = None if orders.weights_known else np.ones(n, np.bool_)

        in_one = len(parcels.order) == n and bool((outcome.parcels == 1).all())

        def total(values: NDArray[Any]) -> NDArray[Any]:
            if in_one:
                return values
            sums = np.zeros(n, values.dtype)
            np.add.at(sums, parcels.order, values)
            return sums

        lying, inner, outer = map(total, (content.lying_mm3, content.inner_mm3, content.outer_mm3))
        nobody = pa.nulls(n, pa.float64())
        return pa.Table.from_arrays(
            [
                self._order_ids(np.arange(n)),
                word(outcome.verdict, _names(VERDICTS)),
                plain(outcome.parcels.astype(np.int32)),
                plain(outcome.fewest.astype(np.int32), outcome.fewest < 0),
                self._package_ids(package, outcome.parcels != 1),
                plain(self._costs.in_units(outcome.cost), none),
                plain(self._costs.in_units(outcome.bound), outcome.bound >= NEVER),
                plain(units.astype(np.int32)),
                plain(np.add.reduceat(volume, orders.line_start[:-1])),
                plain(np.add.reduceat(weight, orders.line_start[:-1]), unknown),
                plain(total(content.tare_g), none),
                plain(total(content.fill_g), none),
                plain(empty_share(lying, inner), none),
                plain(empty_share(lying, outer), none),
                plain(outcome.work),
                nobody,
                word(np.zeros(n, np.int32), _names(("",)), np.ones(n, np.bool_)),
                *(pa.nulls(n, ORDERS.field(name).type) for name in ("sizes", "fit")),
            ],
            schema=ORDERS,
        )

    def _placements(self, content: Contents) -> pa.Table:
        parcels = content.parcels
        parcel = parcels.parcel_of_unit
        place = parcels.place
        number = parcels.number + 1 + self._numbered_before()[parcels.line]
        return pa.Table.from_arrays(
            [
                self._order_ids(parcels.order[parcel]),
                plain(parcels.number_in_order[parcel].astype(np.int32)),
                plain((np.arange(len(parcel)) - parcels.start[parcel] + 1).astype(np.int32)),
                self._skus(parcels.line),
                plain(number.astype(np.int32)),
                *(plain(place[:, c]) for c in range(6)),
                plain(parcels.support),
                self._gtins(parcels.line),
            ],
            schema=PLACEMENTS,
        )

    def _numbered_before(self) -> Ints:
        """Return for each line the units of its SKU on earlier lines of its order."""
        orders = self._orders
        before = np.zeros(orders.n_lines, np.int64)
        if len(self._sku[1]) == orders.n_lines:
            return before
        lines = np.diff(orders.line_start)
        several = np.flatnonzero(np.repeat(lines > 1, lines))
        if not len(several):
            return before
        order = np.repeat(np.arange(orders.n_orders), lines)[several]
        sku = self._sku[0][several]
        by_sku = np.lexsort((several, sku, order))
        qty = orders.qty[several[by_sku]].astype(np.int64)
        total = np.cumsum(qty) - qty
        new = np.ones(len(several), np.bool_)
        new[1:] = (np.diff(order[by_sku]) != 0) | (np.diff(sku[by_sku]) != 0)
        base = total[new][np.cumsum(new) - 1]
        before[several[by_sku]] = total - base
        return before

    def _unpacked(self, outcome: Outcome) -> pa.Table:
        if not len(outcome.unpacked_order):
            return empty("unpacked")
        return pa.Table.from_arrays(
            [
                self._order_ids(outcome.unpacked_order),
                self._skus(outcome.unpacked_line),
                plain(outcome.unpacked_qty.astype(np.int32)),
                word(outcome.unpacked_reason, _names(REASONS)),
            ],
            schema=UNPACKED,
        )


@lru_cache(maxsize=64)
def _names(words: tuple[str, ...]) -> pa.StringArray:
    """Words as a dictionary: making one anew takes longer than using it for a few rows."""
    return pa.array(words, pa.string())


def plain(values: NDArray[Any], mask: Mask | None = None) -> pa.Array:
    """Return a column of numbers; ``mask`` marks nulls, as does NaN where there is a mask.

    The memory is shared, since Arrow takes longer to look at a small array than to use it.
    """
    if mask is not None:
        if values.dtype == np.float64:
            mask = mask | np.isnan(values)
        if mask.any():
            return pa.array(values, mask=mask)
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(_TYPES[values.dtype], len(values), [None, buffer])


def word(
    index: NDArray[np.integer], words: pa.Array, mask: Mask | None = None
) -> pa.DictionaryArray:
    """Return a dictionary column; ``mask`` marks nulls."""
    indices = plain(index.astype(np.int32, copy=False), mask)
    return pa.DictionaryArray.from_arrays(indices, words)


def empty_share(content: Ints, volume: Ints) -> Floats:
    """Return the share of a volume that holds no unit, from 0 to 1."""
    return np.maximum(1 - content / np.maximum(volume, 1), 0.0)
