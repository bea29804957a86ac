"""Small results made by hand for the rules of a packing line: several parcels, stock, nests, sizes.

Each `Scene` is a policy, a catalogue, some order lines and the right answers to them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from handmade import PACKAGES, POLICY, Made, make_catalogue, make_result
from packopt.bans import Ban
from packopt.orders import Orders
from packopt.policy import Policy
from sheet import OWN, Answer, Packed, Row

BRICK = (100, 80, 60)
SLAB = (250, 180, 90)
_SIDES = ("length_mm", "width_mm", "height_mm")


@dataclass(frozen=True)
class Scene:
    """What is asked and what is answered."""

    lines: list[Row]
    answers: dict[str, Answer]
    packages: list[Row]
    policy: Policy = POLICY

    def make(self) -> Made:
        """The result, worked out."""
        orders, catalogue = orders_of(self.lines), make_catalogue(self.packages)
        result = make_result(orders, catalogue, self.policy, self.answers)
        return Made(result, orders, catalogue)


def orders_of(lines: list[Row]) -> Orders:
    """Orders from lines, of which each has the columns that it needs."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    columns = {name: pa.array([line.get(name) for line in lines]) for name in names}
    return Orders.from_table(pa.table(columns))


def line(order_id: str, sku: str, size: tuple[int, int, int], qty: int = 1, **more: Any) -> Row:
    """One order line."""
    row = {"order_id": order_id, "sku": sku, "qty": qty, "weight_g": 100}
    return row | dict(zip(_SIDES, size, strict=True)) | more


def place(sku: str, unit: int, corner: tuple[int, ...], size: tuple[int, ...]) -> tuple[Any, ...]:
    """One placement."""
    return (sku, unit, *corner, *size)


def one(sku: str, size: tuple[int, int, int], unit: int = 1) -> list[tuple[Any, ...]]:
    """A plan of one unit in the corner."""
    return [place(sku, unit, (0, 0, 0), size)]


ORIGIN = (0, 0, 0)
ALL_POLICY = [(name, "policy") for name in "PSML"]
NO_SLABS = [("P", "side"), ("S", "side"), ("M", "pair"), ("L", "search")]

TURNED = (180, 250, 90)
FOUR_SLABS = [
    place("slab", 1, ORIGIN, TURNED),
    place("slab", 2, (180, 0, 0), TURNED),
    place("slab", 3, (0, 0, 90), TURNED),
    place("slab", 5, (180, 0, 90), TURNED),
]
#: Five slabs are one too many for L.
SLABS = Answer((Packed("L", FOUR_SLABS), Packed("M", one("slab", SLAB, 4))), NO_SLABS)

SPLIT = Scene(
    lines=[
        line("slabs", "slab", SLAB, 5),
        line("sellers", "brick", BRICK, seller="a"),
        line("sellers", "mug", BRICK, seller="b"),
        line("groups", "red", BRICK, group="x"),
        line("groups", "blue", BRICK, group="y"),
        line("groups", "any", BRICK),
        line("goods", "soap", BRICK, goods_class="Chemicals"),
        line("goods", "bread", BRICK, goods_class="food"),
        line("pair", "left", BRICK, keep_together="shoes"),
        line("pair", "right", BRICK, keep_together="shoes"),
        line("boxed", "drum", (120, 110, 90), own_container=True),
        line("boxed", "brick", BRICK),
        line("drum", "drum", (120, 110, 90), own_container=True),
    ],
    answers={
        "slabs": SLABS,
        "sellers": Answer(
            (Packed("S", one("brick", BRICK)), Packed("S", one("mug", BRICK))), ALL_POLICY
        ),
        "groups": Answer(
            (
                Packed("S", [*one("red", BRICK), place("any", 1, (100, 0, 0), BRICK)]),
                Packed("S", one("blue", BRICK)),
            ),
            ALL_POLICY,
        ),
        "goods": Answer(
            (Packed("S", one("soap", BRICK)), Packed("S", one("bread", BRICK))), ALL_POLICY
        ),
        "pair": Answer(
            (Packed("S", [*one("left", BRICK), place("right", 1, (100, 0, 0), BRICK)]),),
            [("P", "side")],
        ),
        "boxed": Answer(
            (Packed("S", one("brick", BRICK)), Packed(OWN, one("drum", (120, 110, 90)))),
            ALL_POLICY,
        ),
        "drum": Answer((Packed(OWN, one("drum", (120, 110, 90))),)),
    },
    packages=PACKAGES,
    policy=replace(POLICY, incompatible=(("food", "chemicals"),)),
)

COLD: list[Row] = [
    {"package_id": "C", "kind": "carton", "inner": (210, 160, 120), "limit": 3_000}
    | {"temperature": "chilled;frozen", "coolant_mm3": 400_000, "coolant_g": 500},
    {"package_id": "B", "kind": "carton", "inner": (200, 150, 100), "limit": None}
    | {"sites": "berlin", "stock": "berlin=1", "plastic": True, "degradable": False},
    {"package_id": "K", "kind": "carton", "inner": (210, 150, 100), "limit": None}
    | {"stock": "2", "plastic": False},
    {"package_id": "L", "kind": "carton", "inner": (400, 300, 200), "limit": None}
    | {"plastic": False},
]

RULES = Scene(
    lines=[
        line("cream", "cream", BRICK, temperature="Chilled", region="DE", date="2026-05-01"),
        line("late", "brick", BRICK, site="berlin", region="DE", date="2026-03-02"),
        line("early", "brick", BRICK, site="berlin", region="DE", date="2026-03-01"),
        line("korea", "brick", BRICK, site="berlin", region="KR", date="2026-02-01"),
        line("unknown", "brick", BRICK, site="berlin"),
        line("anywhere", "brick", BRICK, region="DE", date="2026-03-03"),
        line("two", "brick", BRICK, site="berlin", region="DE", date="2026-04-01"),
        line("two", "mug", BRICK, region="DE", date="2026-04-01"),
    ],
    answers={
        # The layer of coolant is 12 mm: 108 mm are left.
        "cream": Answer((Packed("C", one("cream", BRICK)),), [("B", "policy"), ("K", "policy")]),
        "early": Answer((Packed("B", one("brick", BRICK)),)),
        # In stock order: korea (banned B), early (B), late (no B left), anywhere (no K left).
        "korea": Answer((Packed("K", one("brick", BRICK)),), [("B", "policy")]),
        "late": Answer(
            (Packed("K", one("brick", BRICK)),),
            [("B", "stock")],
            shortage=(216 * 156 * 112 - 206 * 156 * 112, "B"),
        ),
        "unknown": Answer(
            (Packed("L", one("brick", BRICK)),),
            [("B", "policy"), ("K", "stock"), ("C", "policy")],
            shortage=(406 * 306 * 212 - 216 * 156 * 112, "K"),
        ),
        "anywhere": Answer(
            (Packed("L", one("brick", BRICK)),),
            [("B", "policy"), ("K", "stock"), ("C", "policy")],
            shortage=(406 * 306 * 212 - 216 * 156 * 112, "K"),
        ),
        "two": Answer(
            (Packed("L", one("brick", BRICK)), Packed("L", one("mug", BRICK))),
            [(name, "policy") for name in "BKCL"],
            shortage=(
                2 * 406 * 306 * 212 - 206 * 156 * 112 - 216 * 156 * 112,
                "B",
            ),
        ),
    },
    packages=COLD,
    policy=replace(POLICY, bans=(Ban("KR", dt.date(2026, 1, 1), plastic=True, degradable=False),)),
)
