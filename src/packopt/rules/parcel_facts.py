"""The parcels of a result as a table of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import RulesError
from packopt.labels import places
from packopt.materials import tape_m
from packopt.rules.known_facts import declared_facts, schema_of
from packopt.rules.smaller import Smaller
from packopt.rules.stated import with_stated
from packopt.rules.unit_lists import Lookup, ends, list_units
from packopt.spaces import allowances_mm, is_mailer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules.packs import RulePack
    from packopt.rules.unit_lists import UnitList

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_AMBIENT = "ambient"


def parcel_facts(
    result: Recommendations,
    catalogue: Catalogue,
    orders: Orders,
    extra: pa.Table | Sequence[pa.Table] | None = None,
    packs: Sequence[RulePack] = (),
    *,
    smaller: bool = True,
) -> pa.Table:
    """Everything that packopt knows of the parcels of a result, and what the user adds.

    Volumes of mailers are those that they are modelled to take when filled, as in the result's
    ``empty_space_inner`` and ``empty_space_outer``.

    Parameters
    ----------
    result
        What `packopt.recommend` answered.
    catalogue, orders
        What it was made from.
    extra
        Further facts, see `packopt.rules.stated`: by ``order_id`` and ``parcel``, ``order_id``,
        ``sku``, ``package_id``, or one row for all.
    packs
        Rule packs that the facts are for: they say what kind the further facts are, and how those
        of SKUs make one of a parcel.
    smaller
        False leaves out the facts about smaller packages, which only packopt's own answer tells.

    Returns
    -------
    A row for each parcel: `packopt.rules.known_facts.PARCEL_FACTS`, then the further facts; null
    where something is not known.

    Raises
    ------
    RulesError
        If the result was made from other orders or another catalogue, or the further facts do not
        fit.
    """
    lookup = Lookup(result, orders)
    _refuse_strangers(result, catalogue, lookup)
    builder = _Builder(result, catalogue, orders, lookup)
    facts = builder.table(smaller=smaller)
    return with_stated(facts, "parcel", extra, declared_facts(packs, "parcel"), builder.units)


def _refuse_strangers(result: Recommendations, catalogue: Catalogue, lookup: Lookup) -> None:
    problems = []
    if result.catalogue_digest != catalogue.digest:
        problems.append(
            f"found the catalogue {catalogue.digest!r}, expected {result.catalogue_digest!r}, that "
            "of the result; give the catalogue that it was made from"
        )
    if (lookup.order_of_parcel < 0).any():
        problems.append(
            "found orders in the result that are not among the orders, expected the orders that it "
            "answers; give the same file"
        )
    if problems:
        raise RulesError("facts", problems)


class _Builder:
    """Columns of facts for ``p`` parcels."""

    def __init__(
        self, result: Recommendations, catalogue: Catalogue, orders: Orders, lookup: Lookup
    ) -> None:
        self._lookup = lookup
        self._result, self._catalogue, self._orders = result, catalogue, orders
        self._parcels = result.parcels
        self._n = result.parcels.num_rows
        self._order = lookup.order_of_parcel
        names = pa.array(catalogue.package_ids, pa.string())
        package = places(self._parcels["package_id"], names)
        self._own: Mask = package < 0
        #: Index of the package; 0 for own containers, whose values are masked.
        self._package = np.maximum(package, 0)
        self._soft = is_mailer(catalogue)[self._package] & ~self._own
        self.units: UnitList = list_units(result, orders, lookup)

    def table(self, *, smaller: bool) -> pa.Table:
        """The facts in their schema."""
        columns = self._measured() | self._of_package() | self._of_units()
        if smaller:
            columns |= self._smaller()
        schema = pa.schema([field for field in schema_of("parcel") if field.name in columns])
        arrays = [
            pa.array(columns[field.name]).cast(field.type)
            if isinstance(columns[field.name], np.ndarray)
            else columns[field.name]
            for field in schema
        ]
        arrays = [_as(array, field.type) for array, field in zip(arrays, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _numbers(self, name: str) -> Ints:
        return np.asarray(self._parcels[name].to_numpy(), np.int64)

    def _measured(self) -> dict[str, Any]:
        """What the table of parcels says."""
        parcels = self._parcels
        sides = ("length_mm", "width_mm", "height_mm")
        inner = np.column_stack([self._numbers(side) for side in sides]).reshape(-1, 3)
        outer = np.column_stack([self._numbers(f"outer_{side}") for side in sides]).reshape(-1, 3)
        inner[self._soft, 2] = outer[self._soft, 2]
        wall = 2 * self._result.policy.wall_clearance_mm
        lost = allowances_mm(self._catalogue, self._result.policy)[self._package]
        bag = outer.copy()
        bag[:, :2] -= lost + outer[:, 2:]
        soft = self._soft[:, None]
        room = np.where(soft, bag - np.array([wall, wall, 0]), inner)
        order = pa.array(self._order.astype(np.int32))
        columns: dict[str, Any] = {
            "order_id": pa.DictionaryArray.from_arrays(order, self._orders.order_ids)
        }
        columns |= {name: parcels[name] for name in ("parcel", "package_id", "kind", "verdict")}
        columns |= {
            name: parcels[name]
            for name in ("units", "content_mm3", "content_g", "tare_g", "fill_g", "gross_g")
        }
        columns |= {f"inner_{side}": inner[:, axis] for axis, side in enumerate(sides)}
        columns |= {f"outer_{side}": outer[:, axis] for axis, side in enumerate(sides)}
        columns["inner_mm3"] = room.prod(axis=1)
        columns["outer_mm3"] = np.where(soft, bag, outer).prod(axis=1)
        return columns

    def _of_package(self) -> dict[str, Any]:
        """What the catalogue says; of own containers nothing but that they are."""
        catalogue, package, own = self._catalogue, self._package, self._own
        share = catalogue.attributes["recycled_share"].combine_chunks().take(pa.array(package))
        material = [word or None for word in catalogue.material]
        inner = np.column_stack(
            [self._numbers(side) for side in ("length_mm", "width_mm", "height_mm")]
        ).reshape(-1, 3)
        closure = [catalogue.closure[k] for k in range(catalogue.n_packages)]
        taped = np.array([word == "tape" for word in closure], np.bool_)[package] & ~own
        tape = np.zeros(self._n)
        if taped.any():
            one = tape_m(["tape"] * int(taped.sum()), inner[taped], self._result.policy.materials)
            tape[taped] = one
        return {
            "own_container": own,
            "reusable": pa.array(catalogue.reusable[package], mask=own),
            "plastic": pa.array(catalogue.plastic[package], mask=own),
            "material": _words(package, material, own),
            "closure": _words(package, closure, own),
            "recycled_share": pc.if_else(pa.array(own), pa.scalar(None, pa.float64()), share),
            "coolant_mm3": np.where(own, 0, catalogue.coolant_mm3[package]),
            "tape_m": tape,
        }

    def _of_units(self) -> dict[str, Any]:
        """What the orders say of the units."""
        orders, units = self._orders, self.units
        every = np.ones(len(units.line), np.bool_)
        fragile, known = units.combine(orders.fragile[units.line], every, "any")
        ambient = len(orders.temperature.words)
        words = [*orders.temperature.words, _AMBIENT]
        warmth = orders.temperature.code[units.line].astype(np.int64)
        warmth = np.where(warmth < 0, ambient, warmth)
        temperature, one = units.combine(warmth, every, "one")
        skus = np.bincount(units.parcel, minlength=self._n)
        region = orders.region.code[self._order]
        box = self._boxes_mm()
        boxes = {
            f"box_{side}_mm": pa.array(box[:, axis], mask=box[:, axis] < 0)
            for axis, side in enumerate(("length", "width", "height"))
        }
        date = pa.nulls(self._n, pa.date32())
        if orders.date is not None:
            date = orders.date.take(pa.array(self._order))
        return {
            "date": date,
            "region": _words(region, list(orders.region.words), region < 0),
            "skus": pa.array(skus, mask=~units.known),
            "fragile": pa.array(fragile, mask=~known),
            "temperature": _words(temperature, words, ~one),
            **boxes,
        }

    def _boxes_mm(self) -> Ints:
        """``(p, 3)`` sides of the box around the units as they lie, longest first; -1 unknown."""
        box = np.full((self._n, 3), -1, np.int64)
        placements = self._result.placements
        if placements.num_rows:
            parcel = self._lookup.parcel_of_placement
            low = np.column_stack([placements[f"{axis}_mm"].to_numpy() for axis in "xyz"])
            high = low + np.column_stack([placements[f"d{axis}_mm"].to_numpy() for axis in "xyz"])
            placed = np.bincount(parcel, minlength=self._n) > 0
            box[placed] = (ends(parcel, high, self._n)[1] - ends(parcel, low, self._n)[0])[placed]
        else:
            alone = np.flatnonzero(self.units.known & (self._numbers("units") == 1))
            at = np.searchsorted(self.units.parcel, alone)
            box[alone] = self._orders.size_mm[self.units.line[at]]
        return np.asarray(-np.sort(-box, axis=1), np.int64)

    def _smaller(self) -> dict[str, Any]:
        smaller = Smaller(self._result, self._catalogue, self._orders, self.units, self._lookup)
        return smaller.columns(np.where(self._own, -1, self._package))


def _words(code: NDArray[Any], words: Sequence[str | None], missing: Mask) -> pa.Array:
    """Words by code; a word may have several codes, or none be behind one."""
    texts = pa.array(words or [None], pa.string()).dictionary_encode()
    place = np.append(texts.indices.fill_null(-1).to_numpy(), -1)
    at = place[np.where(missing, -1, code)]
    return pa.DictionaryArray.from_arrays(pa.array(at, mask=at < 0), texts.dictionary)


def _as(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """A column of the type of its schema, in one piece."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole.cast(kind)
