"""Orders of a JSON body as columns, for packopt's own door to check."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from packopt_service.problems import Problem, pointer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packopt_service.schemas import Order

OF_ORDERS: Final = frozenset({"region", "placed_in", "baseline_package", "date"})
"""Columns that an order states once for all of its lines."""

_WEIGHTS: Final = ("weight", "weight_g", "weight_kg", "weight_lb", "weight_oz")

REQUIRED: Final = ("sku", "qty", "length_mm", "width_mm", "height_mm")
"""Columns that are always there, so that a line without them is rejected and not the request."""

Columns = dict[str, list[Any]]

_UNITS: Final = {
    "mm": ("mm", Decimal(1)),
    "cm": ("mm", Decimal(10)),
    "m": ("mm", Decimal(1000)),
    "in": ("mm", Decimal("25.4")),
    "g": ("g", Decimal(1)),
    "kg": ("g", Decimal(1000)),
    "lb": ("g", Decimal("453.59237")),
    "oz": ("g", Decimal("28.349523125")),
    "MMT": ("mm", Decimal(1)),
    "CMT": ("mm", Decimal(10)),
    "DMT": ("mm", Decimal(100)),
    "MTR": ("mm", Decimal(1000)),
    "INH": ("mm", Decimal("25.4")),
    "FOT": ("mm", Decimal("304.8")),
    "YRD": ("mm", Decimal("914.4")),
    "MGM": ("g", Decimal("0.001")),
    "GRM": ("g", Decimal(1)),
    "KGM": ("g", Decimal(1000)),
    "LBR": ("g", Decimal("453.59237")),
    "ONZ": ("g", Decimal("28.349523125")),
}
"""What each unit is in mm or g (international yard and pound agreement, 1959).

Three letters are common codes of UN/CEFACT Recommendation 20.
"""

#: Members that state the unit of other members of a line, and what these are in where it is amiss.
_OF_LINES: Final = {
    "size_unit": (
        "mm",
        (
            *("length", "width", "height", "padding", "min_height", "nest_height"),
            "tolerance",
            *("placed_x", "placed_y", "placed_z"),
        ),
    ),
    "weight_unit": ("g", ("weight", "max_load")),
}

#: Beyond so many digits before or after the point nothing is measured: it stays as it is stated,
#: and is rejected. Written out, 1e999999 alone would be a megabyte.
_MOST_DIGITS: Final = 100


def to_columns(
    orders: Sequence[Order],
) -> tuple[Columns, list[tuple[int, int]], dict[str, list[str]]]:
    """Turn orders into columns with one row for each line, all in mm and g.

    Parameters
    ----------
    orders
        Orders of one body.

    Returns
    -------
    The columns but for ``order_id``, without those that hold nothing; the order and line of each
    row, from 0; and under which names each size and weight is stated.

    Raises
    ------
    Problem
        If two orders have one id: they would be packed as one.
    """
    _refuse_twins(orders)
    places = [(i, j) for i, order in enumerate(orders) for j in range(len(order["lines"]))]
    lines: list[Any] = list(chain.from_iterable(order["lines"] for order in orders))
    names = dict.fromkeys(chain.from_iterable(lines))
    if not _OF_LINES.keys().isdisjoint(names):
        lines = [_with_named_units(line) for line in lines]
    columns: Columns = {
        name: [line.get(name) for line in lines]
        for name in dict.fromkeys(chain.from_iterable(lines))
    }
    spelled = {
        stem: list(dict.fromkeys(one if one in names else stem for one in stated))
        for stem, stated in _restate(columns).items()
    }
    for name in OF_ORDERS.intersection(chain.from_iterable(orders)):
        values: list[Any] = [order.get(name) for order in orders]
        columns[name] = [values[i] for i, _ in places]
    empty = [name for name, values in columns.items() if not any(one is not None for one in values)]
    for name in empty:
        del columns[name]
    return columns, places, spelled


def has_weights(orders: Sequence[Order]) -> bool | None:
    """Whether any line states a weight; None if only packopt's own door can tell.

    A number is one, and so is a text with a digit, be it right or wrong.
    """
    lines: Any = chain.from_iterable(order["lines"] for order in orders)
    stated = [line[name] for line in lines for name in _WEIGHTS if line.get(name) is not None]
    if not stated:
        return False
    return any(any(map(str.isdigit, str(one))) for one in stated) or None


def join_columns(parts: Sequence[tuple[Columns, int]]) -> Columns:
    """Put columns, each with its number of rows, below each other; what one lacks is null there."""
    names = dict.fromkeys(chain(REQUIRED, *(part for part, _ in parts)))
    joined: Columns = {name: [] for name in names}
    for part, n in parts:
        for name, values in joined.items():
            found = part.get(name)
            values += [None] * n if found is None else found
    return joined


def stem_of(name: str) -> str:
    """Return the name of a size or weight without its unit; other names as they are."""
    stem, _, unit = name.rpartition("_")
    return stem if unit in _UNITS else name


def _with_named_units(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line whose sizes and weights have their units in their names.

    A value whose unit is not known is kept beside it as a text, which is rejected as no number.
    """
    named = dict(line)
    for member, (base, stems) in _OF_LINES.items():
        if member not in named:
            continue
        unit = str(named.pop(member)).strip()
        known = {one.lower(): one for one, (of, _) in _UNITS.items() if of == base}
        for stem in stems:
            if (value := named.pop(stem, None)) is None:
                continue
            if unit.lower() in known:
                named[f"{stem}_{known[unit.lower()]}"] = value
            else:
                named[f"{stem}_{base}"] = f"{value} {unit}"
    return named


def _restate(columns: Columns) -> dict[str, list[str]]:
    """Restate sizes and weights in mm or g, exactly, and return the names that stated them."""
    spelled: dict[str, list[str]] = {}
    for name in columns:
        if name.rpartition("_")[2] in _UNITS:
            spelled.setdefault(stem_of(name), []).append(name)
    for stem, names in spelled.items():
        units = [_UNITS[name.rpartition("_")[2]] for name in names]
        if len(names) == 1 and units[0][1] == 1:
            continue
        given = [columns.pop(name) for name in names]
        factors = [factor for _, factor in units]
        stated = [_one_of(values, factors) for values in zip(*given, strict=True)]
        columns[f"{stem}_{units[0][0]}"] = stated
    return spelled


def _one_of(values: Sequence[Any], factors: Sequence[Decimal]) -> Any:
    """Return the one value that is stated, restated; what is no number stays to be rejected."""
    stated = [pair for pair in zip(values, factors, strict=True) if pair[0] is not None]
    if len(stated) != 1:
        return " and ".join(str(value) for value, _ in stated) or None
    value, factor = stated[0]
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return str(value)
    if number and abs(number.adjusted()) > _MOST_DIGITS:
        return str(value)
    try:
        return format(number * factor, "f")
    except InvalidOperation:  # a signalling NaN
        return str(value)


def _refuse_twins(orders: Sequence[Mapping[str, Any]]) -> None:
    seen: dict[str, int] = {}
    for i, order in enumerate(orders):
        first = seen.setdefault(order["order_id"], i)
        if first != i:
            raise Problem(
                422,
                f"two orders have the order_id {order['order_id']!r}; expected each once; put "
                "their lines into one order, or rename one",
                [(pointer(["orders", k, "order_id"]), "occurs twice") for k in (first, i)],
            )
