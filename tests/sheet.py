"""The numbers of one order on one sheet of paper, worked out parcel by parcel and unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from packopt.catalogue import KINDS, Catalogue
from packopt.costing import package_costs
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.size_costs import size_costs

Row = dict[str, Any]
OWN = "own_container"


@dataclass(frozen=True)
class Packed:
    """A package with its plan: placements (sku, unit, x, y, z, dx, dy, dz) in packing order.

    `size` are its inner sides where they were chosen for the content.
    """

    package_id: str
    plan: list[tuple[Any, ...]]
    size: tuple[int, int, int] | None = None
    optimal: bool = True


@dataclass(frozen=True)
class Answer:
    """What an order is answered; what is left out follows from the rest."""

    parcels: tuple[Packed, ...]
    ruled_out: list[tuple[str, str]] = field(default_factory=list)
    verdict: str | None = None
    fewest: int | None = None
    bound: float | None = None
    unpacked: list[tuple[str, int, str]] = field(default_factory=list)
    alternatives: tuple[Packed, ...] = ()
    shortage: tuple[float | None, str | None] = (None, None)


class Sheet:
    """The rows that an answer makes in each table."""

    def __init__(
        self, orders: Orders, catalogue: Catalogue, policy: Policy, order: int, answer: Answer
    ) -> None:
        lines = range(orders.line_start[order], orders.line_start[order + 1])
        self._order_id = orders.order_ids[order].as_py()
        self._orders, self._catalogue, self._policy = orders, catalogue, policy
        self._answer = answer
        self._costs = package_costs(catalogue, policy)
        self._sizes = size_costs(catalogue, policy, self._costs)
        self._qty = {i: int(orders.qty[i]) for i in lines}
        #: Line of each unit, by sku and number.
        self._line: dict[tuple[str, int], int] = {}
        for i in lines:
            sku = orders.skus[i].as_py()
            before = sum(name == sku for name, _ in self._line)
            self._line |= {(sku, before + number + 1): i for number in range(self._qty[i])}

    def rows(self) -> dict[str, list[Row]]:
        """The rows of every table but the rejects, by table."""
        made = self._answer
        parcels = [self._parcel(number, one) for number, one in enumerate(made.parcels, start=1)]
        return {
            "orders": [self._order(parcels)],
            "parcels": [self._told(parcel) for parcel in parcels],
            "placements": self._placements("parcel", made.parcels),
            "ruled_out": [self._row(package_id=name, reason=why) for name, why in made.ruled_out],
            "unpacked": [
                self._row(sku=sku, qty=qty, reason=why) for sku, qty, why in made.unpacked
            ],
            "alternatives": [
                self._told(self._parcel(rank, one) | {"rank": rank})
                for rank, one in enumerate(made.alternatives, start=1)
            ],
            "alternative_placements": self._placements("rank", made.alternatives),
        }

    def _row(self, **values: Any) -> Row:
        return {"order_id": self._order_id} | values

    def _told(self, parcel: Row) -> Row:
        return {name: value for name, value in parcel.items() if not name.startswith("_")}

    def _order(self, parcels: list[Row]) -> Row:
        made, price = self._answer, self._policy.parcel_price or 0
        cost = sum(row["cost"] + price for row in parcels) if parcels else None
        undecided = [name for name, reason in made.ruled_out if reason == "undecided"]
        bound = cost
        if undecided:
            bound = self._cost(self._catalogue.package_ids.index(undecided[0]), None, self._whole())
            bound += price
        fewest = made.fewest or ((1 if undecided else len(parcels)) or None)
        bound = made.bound if made.bound is not None else bound
        if made.unpacked and parcels:
            fewest = bound = None

        def share(volume: str) -> float | None:
            content = sum(row["content_mm3"] for row in parcels)
            return 1 - content / sum(row[volume] for row in parcels) if parcels else None

        totals = {
            name: sum(row[name] for row in parcels) if parcels else None
            for name in ("tare_g", "fill_g")
        }
        return self._row(
            verdict=self._verdict(parcels, cost, fewest, bound),
            parcels=len(parcels),
            parcels_lower_bound=fewest,
            package_id=parcels[0]["package_id"] if len(parcels) == 1 else None,
            cost=cost,
            cost_lower_bound=bound,
            units=sum(self._qty.values()),
            volume_mm3=self._whole(),
            weight_g=self._weight([*self._line]),
            **totals,
            empty_space_inner=share("_inner_mm3"),
            empty_space_outer=share("_outer_mm3"),
            nodes=0,
            shortage_cost=made.shortage[0],
            shortage_package_id=made.shortage[1],
        )

    def _verdict(
        self, parcels: list[Row], cost: float | None, fewest: int | None, bound: float | None
    ) -> str:
        made = self._answer
        if made.verdict:
            return made.verdict
        if not parcels:
            return "unpackable" if bound is None else "undecided"
        if made.unpacked:
            return "partial"
        proved = cost == bound
        if self._policy.parcel_price is None:
            proved &= fewest == len(parcels)
        return "optimal" if proved else "feasible"

    def _parcel(self, number: int, packed: Packed) -> Row:
        units = [place[:2] for place in packed.plan]
        content = sum(_product(place[5:]) for place in packed.plan)
        weight = self._weight(units)
        row = {"parcel": number, "units": len(units), "content_mm3": content, "content_g": weight}
        row |= self._own(units) if packed.package_id == OWN else self._boxed(packed)
        gross = None
        if weight is not None:
            gross = weight + row["tare_g"] + row["fill_g"] + row["coolant_g"]
        length, width, height = row.pop("_outer_mm")
        site = self._orders.site.word(self._line[units[0]]) if units else None
        undecided = any(reason == "undecided" for _, reason in self._answer.ruled_out)
        proved = packed.optimal and not (undecided and len(self._answer.parcels) == 1)
        return self._row(
            **row,
            package_id=packed.package_id,
            site=site,
            gross_g=gross,
            outer_length_mm=length,
            outer_width_mm=width,
            outer_height_mm=height,
            empty_space_inner=1 - content / row["_inner_mm3"],
            empty_space_outer=1 - content / row["_outer_mm3"],
            billable_g=None,
            verdict="optimal" if proved else "feasible",
        )

    def _own(self, units: list[tuple[str, int]]) -> Row:
        """A unit that ships as it is: no package, no filler, no cost."""
        size = self._orders.size_mm[self._line[units[0]]].tolist()
        return {
            "kind": OWN,
            **dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True)),
            "tare_g": 0.0,
            "fill_g": 0.0,
            "coolant_g": 0,
            "cost": 0.0,
            "_outer_mm": size,
            "_inner_mm3": _product(size),
            "_outer_mm3": _product(size),
        }

    def _boxed(self, packed: Packed) -> Row:
        catalogue, policy = self._catalogue, self._policy
        k = catalogue.package_ids.index(packed.package_id)
        size = packed.size or tuple(catalogue.inner_mm[k].tolist())
        walls = (catalogue.outer_mm[k] - catalogue.inner_mm[k]).tolist()
        outer = [side + wall for side, wall in zip(size, walls, strict=True)]
        inner_mm3, outer_mm3 = _product(size), _product(outer)
        declared = self._declared(packed.plan)
        fill = policy.materials.filler_kg_m3 / 1e6
        fill *= inner_mm3 - declared - int(catalogue.coolant_mm3[k])
        if self._soft(k):
            fill = 0.0
            bag, thick = self._bag(k, packed.plan)
            clearance = 2 * policy.wall_clearance_mm
            inner_mm3 = (bag[0] - clearance) * (bag[1] - clearance) * thick
            outer_mm3 = bag[0] * bag[1] * thick
            outer = [*catalogue.inner_mm[k, :2].tolist(), thick]
        return {
            "kind": KINDS[catalogue.kind[k]],
            **dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True)),
            "tare_g": float(self._sizes.tare_g([k], [size])[0]),
            "fill_g": fill,
            "coolant_g": int(catalogue.coolant_g[k]),
            "cost": self._cost(k, packed.size, declared),
            "_outer_mm": outer,
            "_inner_mm3": inner_mm3,
            "_outer_mm3": outer_mm3,
        }

    def _bag(self, k: int, plan: list[tuple[Any, ...]]) -> tuple[list[int], int]:
        """Length and width of the virtual carton that a filled mailer is, and its thickness."""
        style = self._catalogue.style[k]
        thick = max(z + dz + self._padding(sku, unit) for sku, unit, _, _, z, _, _, dz in plan)
        length, width = self._catalogue.inner_mm[k, :2].tolist()
        length -= self._policy.flap_allowance_mm[style] + thick
        width -= self._policy.seam_allowance_mm[style] + thick
        return [length, width], thick

    def _placements(self, name: str, parcels: tuple[Packed, ...]) -> list[Row]:
        columns = ("sku", "unit", "x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm")
        return [
            self._row(**{name: number, "sequence": step, "support": self._support(packed, place)})
            | dict(zip(columns, place, strict=True))
            for number, packed in enumerate(parcels, start=1)
            for step, place in enumerate(packed.plan, start=1)
        ]

    def _support(self, packed: Packed, place: tuple[Any, ...]) -> float:
        """Share of the padded base, of a whole nest, on the floor or on other padded units."""
        if packed.package_id == OWN:
            return 1.0
        k = self._catalogue.package_ids.index(packed.package_id)
        low, high = self._body(packed.plan, place)
        if low[2] == (0 if self._soft(k) else self._policy.wall_clearance_mm):
            return 1.0
        area = 0
        bodies = {self._body(packed.plan, other) for other in packed.plan}
        for under, over in bodies - {(low, high)}:
            if over[2] == low[2]:
                along = min(high[0], over[0]) - max(low[0], under[0])
                across = min(high[1], over[1]) - max(low[1], under[1])
                area += max(along, 0) * max(across, 0)
        return area / ((high[0] - low[0]) * (high[1] - low[1]))

    def _body(self, plan: list[tuple[Any, ...]], place: tuple[Any, ...]) -> Any:
        """Lower and upper corner, with padding, of a unit or of the nest that it is part of."""
        line = self._line.get(place[:2])
        nested = line is not None and self._orders.nest_height_mm[line] > 0
        same = [one for one in plan if nested and self._line.get(one[:2]) == line] or [place]
        pad = self._padding(*place[:2])
        low = tuple(min(one[2 + axis] for one in same) - pad for axis in range(3))
        high = tuple(max(one[2 + axis] + one[5 + axis] for one in same) + pad for axis in range(3))
        return low, high

    def _declared(self, plan: list[tuple[Any, ...]]) -> int:
        """Volume of the placed units, unpressed; a later unit of a nest is a slab."""
        total, seen = 0, set()
        for place in plan:
            line = self._line[place[:2]]
            length, width, height = self._orders.size_mm[line].tolist()
            step = int(self._orders.nest_height_mm[line])
            total += length * width * (step if step and line in seen else height)
            seen.add(line)
        return total

    def _whole(self) -> int:
        """Volume of all units of the order in one parcel."""
        return self._declared([(*unit, 0, 0, 0, 0, 0, 0) for unit in self._line])

    def _weight(self, units: list[tuple[str, int]]) -> int | None:
        if not self._orders.weights_known:
            return None
        return sum(int(self._orders.weight_g[self._line[unit[:2]]]) for unit in units)

    def _padding(self, sku: str, unit: int) -> int:
        return int(self._orders.padding_mm[self._line[sku, unit]])

    def _soft(self, k: int) -> bool:
        return KINDS[self._catalogue.kind[k]] == "mailer"

    def _cost(self, k: int, size: tuple[int, int, int] | None, content: int) -> float:
        if size is None:
            empty = int(self._costs.capacity_mm3[k]) - content
            steps = int(self._costs.fixed[k]) + int(self._costs.per_empty_mm3[k]) * empty
        else:
            steps = int(self._sizes.cost_of([k], [size], [content])[0])
        return steps / self._costs.scale


def _product(sides: Any) -> int:
    a, b, c = (int(side) for side in sides)
    return a * b * c
