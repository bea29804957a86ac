"""The parcels of a result as a table of facts."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.errors import RulesError
from packopt.labels import places
from packopt.materials import tape_m
from packopt.rules.fact_columns import plain
from packopt.rules.known_facts import KEYS, SMALLER_FACTS, declared_facts, schema_of
from packopt.rules.smaller import Smaller
from packopt.rules.stated import with_stated
from packopt.rules.unit_lists import Lookup, ends, list_units
from packopt.spaces import allowances_mm, is_mailer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules.packs import RulePack
    from packopt.rules.unit_lists import UnitList

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_AMBIENT: Final = "ambient"
_SIDES: Final = ("length_mm", "width_mm", "height_mm")
_HEIGHT: Final = 2
#: What says which parcel a row is about is there whatever is asked for.
_ALWAYS: Final = (*KEYS["parcel"], "package_id", "date")
#: What the table of parcels says itself.
_TOLD: Final = (
    "parcel",
    "package_id",
    "kind",
    "verdict",
    "units",
    "content_mm3",
    "content_g",
    "tare_g",
    "fill_g",
    "gross_g",
)


def parcel_facts(
    result: Recommendations,
    catalogue: Catalogue,
    orders: Orders,
    extra: pa.Table | Sequence[pa.Table] | None = None,
    packs: Sequence[RulePack] = (),
    *,
    only: Collection[str] | None = None,
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
    only
        Names of those of packopt's own facts that are wanted, beside order, parcel, package and
        day; None for all.

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
    facts = builder.table(only)
    units = None if extra is None else builder.units
    return with_stated(facts, "parcel", extra, declared_facts(packs, "parcel"), units)


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
        #: The same; of own containers, that behind the last.
        self._place = pa.array(np.where(self._own, len(names), package))
        self._soft = is_mailer(catalogue)[self._package] & ~self._own

    def table(self, only: Collection[str] | None) -> pa.Table:
        """The facts in their schema, all or some of them."""
        schema = schema_of("parcel")
        if only is not None:
            schema = pa.schema([field for field in schema if field.name in {*_ALWAYS, *only}])
        makers = self._makers()
        arrays = [_as(makers[field.name](), field.type) for field in schema]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _makers(self) -> dict[str, Callable[[], Any]]:
        """How each fact is worked out, by its name."""
        catalogue, stated = self._catalogue, self._stated
        share = catalogue.attributes["recycled_share"].to_pylist()
        return {
            **{name: partial(self._parcels.column, name) for name in _TOLD},
            "order_id": self._order_ids,
            "date": self._dates,
            "region": self._regions,
            "skus": self._skus,
            **{f"inner_{side}": partial(self._inner, at) for at, side in enumerate(_SIDES)},
            **{f"outer_{side}": partial(self._outer, at) for at, side in enumerate(_SIDES)},
            "inner_mm3": self._inner_mm3,
            "outer_mm3": self._outer_mm3,
            "coolant_mm3": partial(stated, [*catalogue.coolant_mm3.tolist(), 0]),
            "tape_m": self._tape_m,
            "own_container": lambda: self._own,
            "reusable": partial(stated, [*catalogue.reusable.tolist(), None]),
            "plastic": partial(stated, [*catalogue.plastic.tolist(), None]),
            "material": partial(self._words_stated, catalogue.material),
            "closure": partial(self._words_stated, catalogue.closure),
            "recycled_share": partial(stated, [*share, None]),
            "fragile": self._fragile,
            "temperature": self._temperature,
            **{f"box_{side}": partial(self._box, at) for at, side in enumerate(_SIDES)},
            **{name: partial(self._of_smaller, name) for name in SMALLER_FACTS},
        }

    def _numbers(self, name: str) -> Ints:
        return np.asarray(self._parcels[name].to_numpy(), np.int64)

    def _order_ids(self) -> pa.Array:
        order = pa.array(self._order.astype(np.int32))
        return pa.DictionaryArray.from_arrays(order, self._orders.order_ids)

    def _dates(self) -> pa.Array:
        if self._orders.date is None:
            return pa.nulls(self._n, pa.date32())
        return self._orders.date.take(pa.array(self._order))

    def _regions(self) -> pa.Array:
        region = self._orders.region.code[self._order]
        return _words(region, list(self._orders.region.words), region < 0)

    @cached_property
    def _outer_mm(self) -> list[Ints]:
        return [self._numbers(f"outer_{side}") for side in _SIDES]

    def _outer(self, axis: int) -> Ints:
        return self._outer_mm[axis]

    def _inner(self, axis: int) -> Ints:
        """Inner sides; mailers are as thick as they are filled."""
        inner = self._numbers(_SIDES[axis])
        return np.where(self._soft, self._outer_mm[axis], inner) if axis == _HEIGHT else inner

    def _inner_mm3(self) -> Ints:
        wall = 2 * self._result.policy.wall_clearance_mm
        return self._volumes_mm3([self._inner(axis) for axis in range(3)], wall)

    def _outer_mm3(self) -> Ints:
        return self._volumes_mm3(self._outer_mm, 0)

    def _volumes_mm3(self, sides: list[Ints], wall: int) -> Ints:
        """Volumes by sides; of mailers, by those of the filled bag, less its walls."""
        volume = sides[0] * sides[1] * sides[2]
        soft = np.flatnonzero(self._soft)
        if len(soft):
            lost = allowances_mm(self._catalogue, self._result.policy)[self._package[soft]]
            length, width, height = (side[soft] for side in self._outer_mm)
            less = height + wall
            volume[soft] = (length - lost[:, 0] - less) * (width - lost[:, 1] - less) * height
        return volume

    def _stated(self, values: list[Any]) -> pa.Array:
        """What the catalogue says of each package; the last is of own containers."""
        return pa.array(values).take(self._place)

    def _words_stated(self, words: Sequence[str]) -> pa.Array:
        """The same of words, where "" is none, and own containers have none."""
        texts = pa.array([*(word or None for word in words), None], pa.string())
        return texts.dictionary_encode().take(self._place)

    def _tape_m(self) -> NDArray[np.float64]:
        closure = np.array([word == "tape" for word in self._catalogue.closure], np.bool_)
        taped = closure[self._package] & ~self._own
        tape = np.zeros(self._n)
        if taped.any():
            inner = np.column_stack([self._numbers(side)[taped] for side in _SIDES])
            tape[taped] = tape_m(["tape"] * len(inner), inner, self._result.policy.materials)
        return tape

    @cached_property
    def units(self) -> UnitList:
        """What is in the parcels."""
        return list_units(self._result, self._orders, self._lookup)

    def _skus(self) -> pa.Array:
        n_skus = np.bincount(self.units.parcel, minlength=self._n)
        return pa.array(n_skus, mask=~self.units.known)

    def _fragile(self) -> pa.Array:
        every = np.ones(len(self.units.line), np.bool_)
        fragile, known = self.units.combine(self._orders.fragile[self.units.line], every, "any")
        return pa.array(fragile, mask=~known)

    def _temperature(self) -> pa.Array:
        labels = self._orders.temperature
        words = [*labels.words, _AMBIENT]
        code = labels.code[self.units.line].astype(np.int64)
        code[code < 0] = len(labels.words)
        every = np.ones(len(code), np.bool_)
        temperature, one = self.units.combine(code, every, "one")
        return _words(temperature, words, ~one)

    def _box(self, axis: int) -> pa.Array:
        return self._boxes_mm[axis]

    @cached_property
    def _boxes_mm(self) -> list[pa.Array]:
        """Sides of the box around the units as they lie, longest first; null where unknown."""
        if self._result.placements.num_rows:
            parcel = self._lookup.parcel_of_placement
            known = np.bincount(parcel, minlength=self._n) > 0
            sides = np.stack([self._extents_mm(axis, parcel) for axis in "xyz"])
        else:
            known = self.units.known & (self._numbers("units") == 1)
            line = np.zeros(self._n, np.int64)
            line[self.units.parcel] = self.units.line
            sides = np.zeros((3, self._n), np.int64)
            sides[:, known] = self._orders.size_mm[line[known]].T
        longest, shortest = sides.max(axis=0), sides.min(axis=0)
        middle = sides.sum(axis=0) - longest - shortest
        return [pa.array(side, mask=~known) for side in (longest, middle, shortest)]

    def _extents_mm(self, axis: str, parcel: Ints) -> Ints:
        """How far the units of each parcel reach along an axis."""
        low = self._result.placements[f"{axis}_mm"].to_numpy()
        high = low + self._result.placements[f"d{axis}_mm"].to_numpy()
        return np.asarray(ends(parcel, high, self._n)[1] - ends(parcel, low, self._n)[0], np.int64)

    def _of_smaller(self, name: str) -> Any:
        return self._smaller[name]

    @cached_property
    def _smaller(self) -> dict[str, Any]:
        smaller = Smaller(self._result, self._catalogue, self._orders, self.units, self._lookup)
        return smaller.columns(np.where(self._own, -1, self._package))


def _words(code: NDArray[Any], words: Sequence[str | None], missing: Mask) -> pa.Array:
    """Words by code; a word may have several codes, or none be behind one."""
    texts = pa.array(words or [None], pa.string()).dictionary_encode()
    place = np.append(texts.indices.fill_null(-1).to_numpy(), -1)
    at = place[np.where(missing, -1, code)]
    return pa.DictionaryArray.from_arrays(pa.array(at, mask=at < 0), texts.dictionary)


def _as(values: pa.Array | pa.ChunkedArray | NDArray[Any], kind: pa.DataType) -> pa.Array:
    """A column of the type of its schema, in one piece."""
    if isinstance(values, np.ndarray):
        return pa.array(values).cast(kind)
    return (plain(values) if isinstance(values, pa.ChunkedArray) else values).cast(kind)
