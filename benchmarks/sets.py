"""The benchmark sets: seeded orders as ragged integer arrays, and the cartons they are packed in.

Every generator takes a number of orders and a seed and returns a :class:`Set`. They are kept
unchanged between releases, so that figures can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import packopt
from packopt import Catalogue, Orders

if TYPE_CHECKING:
    from collections.abc import Callable

Ints = NDArray[np.int64]

#: The twelve sizes of China Post's cartons, taken as inner sizes, and four large ones, in mm.
CARTONS_16: Ints = np.array(
    [
        (130, 80, 90), (145, 85, 105), (175, 95, 115), (195, 105, 135),
        (210, 110, 140), (230, 130, 160), (260, 150, 180), (290, 170, 190),
        (350, 190, 230), (430, 210, 270), (530, 230, 290), (530, 290, 370),
        (600, 400, 300), (600, 400, 400), (700, 500, 400), (800, 600, 600),
    ]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Set:
    """Orders of a benchmark: ``sides_mm`` is ``(n_units, 3)``, ``start`` ``(n_orders + 1,)``."""

    name: str
    sides_mm: Ints
    start: Ints

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.start) - 1

    def order(self, i: int) -> Ints:
        """Return the unit sides of order ``i`` in mm, shape ``(n, 3)``."""
        return self.sides_mm[self.start[i] : self.start[i + 1]]


def cartons_50(seed: int = 50) -> Ints:
    """Return 50 cartons, shape ``(50, 3)``, each within 15 % of one of the 16, sides in mm."""
    rng = np.random.default_rng(seed)
    base = CARTONS_16[np.arange(50) % 16]
    made = np.rint(base * rng.uniform(0.85, 1.15, base.shape)).astype(np.int64)
    return made[np.argsort(made.prod(axis=1), kind="stable")]


def _ragged(name: str, orders: list[Ints]) -> Set:
    start = np.concatenate([[0], np.cumsum([len(o) for o in orders])])
    return Set(name, np.concatenate(orders), start.astype(np.int64))


def _lognormal_sides(rng: np.random.Generator, n: int) -> Ints:
    """Return ``(n, 3)`` sides: lognormal, 30 and 400 mm being two sigma off the median."""
    low, high = np.log(30.0), np.log(400.0)
    out = np.empty((0,))
    while len(out) < 3 * n:
        drawn = rng.normal((low + high) / 2, (high - low) / 4, 4 * n + 8)
        out = np.concatenate([out, drawn[(drawn >= low) & (drawn <= high)]])
    return np.rint(np.exp(out[: 3 * n])).astype(np.int64).reshape(n, 3)


def lognormal(name: str, low: int, high: int, repeat: float = 0.0) -> Callable[[int, int], Set]:
    """Return a generator of orders of ``low`` to ``high`` units.

    With probability ``repeat`` a unit is another copy of an earlier unit of its order.
    """

    def make(n_orders: int, seed: int) -> Set:
        rng = np.random.default_rng(seed)
        orders = []
        for n in rng.integers(low, high + 1, n_orders):
            sides = _lognormal_sides(rng, int(n))
            for i in range(1, int(n)):
                if rng.random() < repeat:
                    sides[i] = sides[rng.integers(0, i)]
            orders.append(sides)
        return _ragged(name, orders)

    return make


def guillotine(name: str, low: int, high: int) -> Callable[[int, int], Set]:
    """Return a generator of tight orders: one of the 16 cartons sawn into ``low``-``high`` pieces.

    Each side of each piece is then shaved by 0 to 2 mm, and the piece is turned at random.
    """

    def make(n_orders: int, seed: int) -> Set:
        rng = np.random.default_rng(seed)
        return _ragged(
            name, [_sawn(rng, int(rng.integers(low, high + 1))) for _ in range(n_orders)]
        )

    return make


def _sawn(rng: np.random.Generator, pieces: int) -> Ints:
    parts = [CARTONS_16[rng.integers(0, len(CARTONS_16))].copy()]
    while len(parts) < pieces:
        volumes = np.array([p.prod() for p in parts], dtype=np.float64)
        part = parts.pop(int(rng.choice(len(parts), p=volumes / volumes.sum())))
        axis = int(rng.choice(3, p=part / part.sum()))
        cut = int(rng.integers(int(part[axis] * 0.2), int(part[axis] * 0.8) + 1))
        first, second = part.copy(), part.copy()
        first[axis], second[axis] = cut, part[axis] - cut
        parts += [first, second]
    shaved = [np.maximum(p - rng.integers(0, 3, 3), 1) for p in parts]
    return np.array([rng.permutation(p) for p in shaved])


#: The synthetic sets of the benchmark table, by name.
SETS: dict[str, Callable[[int, int], Set]] = {
    "A": lognormal("A", 1, 6),
    "A46": lognormal("A46", 4, 6),
    "M710": lognormal("M710", 7, 10),
    "B": lognormal("B", 8, 20, repeat=0.35),
    "tight46": guillotine("tight46", 4, 6),
    "tight410": guillotine("tight410", 4, 10),
}

#: Every set is drawn with this seed.
SEED = 1

#: Where the real orders are, unless an argument says otherwise: beside the repository.
SHARED = Path(__file__).parents[2] / "shared"


def olist(shared: Path) -> tuple[Set, Orders] | None:
    """Return the real orders of a marketplace, or None where their file is not there."""
    path = shared / "data" / "orders" / "olist_dev.parquet"
    if not path.is_file():
        return None
    orders = packopt.read_orders(path)
    sides = np.repeat(orders.size_mm.astype(np.int64), orders.qty, axis=0)
    return Set("Olist", sides, orders.unit_start), orders


def as_orders(orders: Set) -> Orders:
    """Return a set as packopt's orders, every unit on a line of its own."""
    order = np.repeat(np.arange(len(orders)), np.diff(orders.start))
    unit = pa.array(np.arange(len(order))).cast(pa.string())
    lines = {"order_id": pa.array(order), "sku": unit, "qty": np.ones(len(order), np.int32)}
    return Orders.from_table(pa.table(lines | _sides("", orders.sides_mm)))


def as_catalogue(cartons_mm: Ints) -> Catalogue:
    """Return cartons as a catalogue.

    Their outer sides are their inner ones, so that the objective ``volume`` ranks them as the
    peers get them: by what goes in.
    """
    number = [f"{k:02d}" for k in range(len(cartons_mm))]
    packages = {"package_id": number, "kind": ["carton"] * len(number)}
    sides = _sides("", cartons_mm) | _sides("outer_", cartons_mm)
    return Catalogue.from_table(pa.table(packages | sides))


def _sides(prefix: str, sides_mm: Ints) -> dict[str, Ints]:
    names = ("length", "width", "height")
    return {f"{prefix}{name}_mm": sides_mm[:, axis] for axis, name in enumerate(names)}
