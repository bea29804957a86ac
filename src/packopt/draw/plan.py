"""What is to be drawn: the parcels of one order with their units, read from a result."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import ResultError
from packopt.faults import reject_text
from packopt.orders import ORIENTATIONS
from packopt.tolerances import packed_orders

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Row = dict[str, Any]
    Mm3 = tuple[int, int, int]

OWN_CONTAINER: Final = "own_container"
_UPRIGHT: Final = ORIENTATIONS.index("upright")
_NAMES_COMPARED: Final = 10_000
#: Characters that XML cannot hold, however written.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it lies in its parcel.

    Attributes
    ----------
    step
        Number of the step that lays it, from 1; 0 for a unit that lay in the package before.
    sku, unit
        What it is, and its number within the order and SKU, from 1.
    corner_mm, extent_mm
        Where it lies and how long it is, along the package's length, its width and upwards, in mm.
    weight_g
        Its weight in g; None where it is not known.
    padding_mm
        Padding on every side, which ``extent_mm`` does not include, in mm.
    marks
        What to mind: "fragile", "upright", "pressed", "nested".
    """

    step: int
    sku: str
    unit: int
    corner_mm: Mm3
    extent_mm: Mm3
    weight_g: int | None = None
    padding_mm: int = 0
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One package and what goes into it.

    Attributes
    ----------
    order_id, number, of
        The order, the number of the parcel in it from 1, and the number of its parcels.
    package_id, kind
        The package; `OWN_CONTAINER` for a unit that ships as it is.
    inner_mm, outer_mm
        Sides in mm: inner ones of a carton, or flat length, flat width and greatest thickness of a
        mailer; outer ones as packed.
    room_mm
        Sides in mm of the cuboid in which units lie, its corner at the origin.
    wall_mm
        What the policy keeps free along the walls, in mm.
    content_g, tare_g, fill_g, coolant_g, gross_g
        Masses in g; content and gross are None where weights are not known.
    empty_space
        Share of the outer volume that holds no unit, 0..1.
    site
        Where it is packed; "" where that is not said.
    material, closure
        As the catalogue has them; "" where it is not at hand or silent.
    units
        In packing order, those that lay in the package before come first.
    given
        Number of those.
    """

    order_id: str
    number: int
    of: int
    package_id: str
    kind: str
    inner_mm: Mm3
    outer_mm: Mm3
    room_mm: Mm3
    wall_mm: int
    content_g: int | None
    tare_g: float
    fill_g: float
    coolant_g: int
    gross_g: float | None
    empty_space: float
    site: str
    material: str
    closure: str
    units: tuple[Unit, ...]
    given: int

    @property
    def steps(self) -> int:
        """Number of units to lay."""
        return len(self.units) - self.given

    @property
    def is_own_container(self) -> bool:
        """Whether the unit ships as it is."""
        return self.package_id == OWN_CONTAINER


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn of an order.

    Attributes
    ----------
    order_id
        The order.
    parcels
        Those that are asked for.
    skus
        All SKUs of the order in packing order: their place chooses their colour.
    unpacked
        SKUs and quantities that fit no package, and so are in no parcel.
    """

    order_id: str
    parcels: tuple[Parcel, ...]
    skus: tuple[str, ...]
    unpacked: tuple[tuple[str, int], ...]


def read_plan(
    result: Recommendations,
    order_id: str,
    parcel: int | None = None,
    *,
    orders: Orders | None = None,
    catalogue: Catalogue | None = None,
) -> Plan:
    """Read what is to be drawn of an order.

    Parameters
    ----------
    result
        What `packopt.recommend` answered.
    order_id
        The order.
    parcel
        Number of the parcel; None for all of them.
    orders
        What was asked: tells weights, what to mind of a unit, and which units lay in a part-filled
        package before. Without it every unit counts as one to lay.
    catalogue
        Tells materials and closures.

    Raises
    ------
    ResultError
        If the result does not know the order, the order has no parcel or no such one, plans were
        not kept, or orders and catalogue are not those of the result.
    """
    answer = _rows(result.orders, order_id)
    if not answer:
        raise _unknown(result, order_id)
    parcels = sorted(_rows(result.parcels, order_id), key=lambda row: row["parcel"])
    placements: dict[int, list[Row]] = {row["parcel"]: [] for row in parcels}
    for row in _rows(result.placements, order_id):
        if row["parcel"] in placements:
            placements[row["parcel"]].append(row)
    _refuse_what_cannot_be_drawn(order_id, answer[0], parcels, placements, parcel)
    if catalogue is not None and catalogue.digest != result.catalogue_digest:
        raise _other_inputs(f"catalogue {catalogue.digest!r}")
    lines = None if orders is None else _Lines(packed_orders(orders, result.policy), order_id)
    made = [
        _parcel(row, len(parcels), placements[row["parcel"]], result, lines, catalogue)
        for row in parcels
    ]
    skus = dict.fromkeys(unit.sku for one in made for unit in one.units)
    return Plan(
        order_id=_writable(order_id),
        parcels=tuple(one for one in made if parcel in (None, one.number)),
        skus=tuple(skus),
        unpacked=tuple(
            (_writable(row["sku"]), row["qty"]) for row in _rows(result.unpacked, order_id)
        ),
    )


def _rows(table: pa.Table, order_id: str) -> list[Row]:
    mine = pc.equal(table["order_id"].cast(pa.string()), order_id)
    rows: list[Row] = table.filter(mine).to_pylist()
    return rows


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def _unknown(result: Recommendations, order_id: str) -> ResultError:
    rejects = _rows(result.rejects, order_id)
    if rejects:
        first = reject_text(rejects[0], result.file)
        found = f"found order {order_id!r} among the rejects, expected an accepted one; {first}"
        return ResultError("result", found)
    names = result.orders["order_id"].cast(pa.string()).to_pylist()
    near = difflib.get_close_matches(order_id, names[:_NAMES_COMPARED], n=1)
    advice = f"did you mean {near[0]!r}?" if near else "look it up in the orders table"
    found = f"found no order {order_id!r}, expected one of {len(names):,} in the result; {advice}"
    return ResultError("result", found)


def _refuse_what_cannot_be_drawn(
    order_id: str,
    answer: Row,
    parcels: list[Row],
    placements: dict[int, list[Row]],
    parcel: int | None,
) -> None:
    if not parcels:
        raise ResultError(
            "result",
            f"found order {order_id!r} {answer['verdict']}, without a parcel, expected one with a "
            "plan; packopt explain says why it has none, and what to change",
        )
    if parcel is not None and parcel not in placements:
        raise ResultError(
            "result",
            f"found no parcel {parcel} of order {order_id!r}, expected a number from 1 to "
            f"{len(parcels)}; leave it out to draw them all",
        )
    if missing := [str(number) for number, rows in placements.items() if not rows]:
        raise ResultError(
            "result",
            f"found no plan for parcel {', '.join(missing)} of order {order_id!r}, expected one "
            "row of placements for each unit; recommend again with plans (without --no-plans)",
        )
    sides = ("dx_mm", "dy_mm", "dz_mm")
    if any(row[side] < 1 for rows in placements.values() for row in rows for side in sides):
        raise ResultError(
            "result",
            f"found a unit of order {order_id!r} with an extent below 1 mm, expected placements as "
            "packopt writes them; recommend again",
        )


def _parcel(
    row: Row,
    of: int,
    placements: list[Row],
    result: Recommendations,
    lines: _Lines | None,
    catalogue: Catalogue | None,
) -> Parcel:
    inner: Mm3 = (row["length_mm"], row["width_mm"], row["height_mm"])
    outer: Mm3 = (row["outer_length_mm"], row["outer_width_mm"], row["outer_height_mm"])
    room = inner
    if row["kind"] == "mailer":
        # The half girth does not stretch: what goes into thickness is lost in length and width.
        thick = outer[2]
        room = (max(inner[0] - thick, 1), max(inner[1] - thick, 1), thick)
    units = _units(placements, lines, in_mailer=row["kind"] == "mailer")
    material = closure = ""
    if catalogue is not None and row["package_id"] in catalogue.package_ids:
        k = catalogue.package_ids.index(row["package_id"])
        material, closure = catalogue.material[k], catalogue.closure[k]
    return Parcel(
        order_id=_writable(row["order_id"]),
        number=row["parcel"],
        of=of,
        package_id=_writable(row["package_id"]),
        kind=row["kind"],
        inner_mm=inner,
        outer_mm=outer,
        room_mm=room,
        wall_mm=0 if row["kind"] == "mailer" else result.policy.wall_clearance_mm,
        content_g=row["content_g"],
        tare_g=row["tare_g"],
        fill_g=row["fill_g"],
        coolant_g=row["coolant_g"],
        gross_g=row["gross_g"],
        empty_space=row["empty_space_outer"],
        site=_writable(row["site"] or ""),
        material=_writable(material),
        closure=_writable(closure),
        units=units,
        given=sum(unit.step == 0 for unit in units),
    )


def _units(placements: list[Row], lines: _Lines | None, *, in_mailer: bool) -> tuple[Unit, ...]:
    step, units = 0, []
    placements = sorted(placements, key=lambda row: row["sequence"])
    told = [{} if lines is None else lines.tell(row, in_mailer=in_mailer) for row in placements]
    for row, more in sorted(
        zip(placements, told, strict=True), key=lambda pair: not pair[1].get("given", False)
    ):
        step += not more.pop("given", False)
        units.append(
            Unit(
                step=step,
                sku=_writable(row["sku"]),
                unit=row["unit"],
                corner_mm=(row["x_mm"], row["y_mm"], row["z_mm"]),
                extent_mm=(row["dx_mm"], row["dy_mm"], row["dz_mm"]),
                **more,
            )
        )
    return tuple(units)


class _Lines:
    """What the order lines of one order say about its units."""

    def __init__(self, orders: Orders, order_id: str) -> None:
        order = pc.index(orders.order_ids, order_id).as_py()
        if order < 0:
            raise _other_inputs(f"no order {order_id!r} in the orders")
        self._orders = orders
        first, last = orders.line_start[order : order + 2].tolist()
        skus = orders.skus.slice(first, last - first).to_pylist()
        #: For each SKU the line of each of its units.
        self._line: dict[str, list[int]] = {}
        for line, sku in enumerate(skus, start=first):
            self._line.setdefault(sku, []).extend([line] * int(orders.qty[line]))

    def tell(self, row: Row, *, in_mailer: bool) -> Row:
        """What is known of one placed unit, as fields of `Unit`, and whether it is given."""
        lines = self._line.get(row["sku"], [])
        if not 1 <= row["unit"] <= len(lines):
            raise _other_inputs(f"no unit {row['unit']} of {row['sku']!r} in the orders")
        orders, line = self._orders, lines[row["unit"] - 1]
        size = np.sort(orders.size_mm[line]).tolist()
        other_size = sorted((row["dx_mm"], row["dy_mm"], row["dz_mm"])) != size
        marks = {
            "fragile": bool(orders.fragile[line]),
            "upright": bool(orders.orientation[line] == _UPRIGHT),
            "pressed": in_mailer and other_size and bool(orders.min_height_mm[line] > 0),
            "nested": other_size and bool(orders.nest_height_mm[line] > 0),
        }
        return {
            "given": bool(orders.placed_mm[line, 0] >= 0),
            "weight_g": int(orders.weight_g[line]) if orders.weights_known else None,
            "padding_mm": int(orders.padding_mm[line]),
            "marks": tuple(mark for mark, holds in marks.items() if holds),
        }


def _other_inputs(found: str) -> ResultError:
    return ResultError(
        "result",
        f"found {found}, expected orders and catalogue that the result was made from; give the "
        "same files as then",
    )
