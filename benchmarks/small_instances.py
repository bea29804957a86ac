"""Random small packing questions on the edge between yes and no, by seed.

Perfect cuts of the package are there because everything that is proved about them is false, and
cuts with one piece grown by 1 mm because almost nothing that looks like a plan is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from tests.naive import rotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Sides = tuple[int, int, int]

ORIENTATIONS = ("any", "upright", "flat", "fixed")
#: Longest sides of packages in mm; small ones make many ties, the largest long products.
SCALES = (3, 6, 12, 60, 400, 9_000)

#: Six slabs and three cubes that fill a cube of 3 x 3 x 3: corner and extents of each in thirds.
PUZZLE = [
    ((0, 0, 0), (1, 2, 2)), ((2, 1, 1), (1, 2, 2)), ((0, 2, 0), (2, 1, 2)),
    ((1, 0, 1), (2, 1, 2)), ((0, 1, 2), (2, 2, 1)), ((1, 0, 0), (2, 2, 1)),
    ((0, 0, 2), (1, 1, 1)), ((1, 1, 1), (1, 1, 1)), ((2, 2, 0), (1, 1, 1)),
]  # fmt: skip


class Unit(NamedTuple):
    """A unit as the order columns say it; sizes in mm, weights in g."""

    size: Sides
    orientation: str = "any"
    padding: int = 0
    weight: int = 1
    max_load: int | None = None
    fragile: bool = False
    min_height: int = 0


@dataclass(frozen=True)
class Package:
    """A carton by its inner sides in mm, or a mailer by flat length, flat width and thickness."""

    sides: Sides
    mailer: bool = False
    clearance: int = 0


@dataclass(frozen=True)
class Group:
    """Questions about one package: its instances by number, and the family of each."""

    package: Package
    orders: list[list[Unit]] = field(default_factory=list)
    families: list[str] = field(default_factory=list)


def groups(n: int, seed: int, each: int = 50) -> Iterator[Group]:
    """Yield ``n`` instances in groups of ``each``, one package for each group."""
    rng = np.random.default_rng(seed)
    for start in range(0, n, each):
        group = Group(_package(rng))
        for _ in range(min(each, n - start)):
            family = str(rng.choice(list(FAMILIES)))
            group.orders.append(_instance(rng, group.package, family))
            group.families.append(family)
        yield group


def _instance(rng: np.random.Generator, package: Package, family: str) -> list[Unit]:
    """Return the units of an instance; most that volume or sides settle are drawn again."""
    room = _room(package)
    for _ in range(8):
        units = _dressed(rng, package, FAMILIES[family](rng, room))
        inside = sum(int(np.prod(extents(unit)[0])) for unit in units)
        if inside <= int(np.prod(room)) and all(_fits(unit, room) for unit in units):
            break
    return units


def _fits(unit: Unit, room: Sides) -> bool:
    return any(bool((np.array(way) <= room).all()) for way in extents(unit))


def extents(unit: Unit, *, pressed: bool = False) -> list[Sides]:
    """Return the extents of each rotation of a unit in mm, padding included."""
    length, width, height = unit.size
    size = (length, width, unit.min_height if pressed and unit.min_height else height)
    around = 2 * unit.padding
    turned = rotations(size, unit.orientation)
    return [(dx + around, dy + around, dz + around) for dx, dy, dz in turned]


def _room(package: Package) -> Sides:
    """Return the space that the pieces are cut to: of mailers that of the full thickness."""
    a, b, c = package.sides
    if package.mailer:
        return a - c, b - c, c
    clear = 2 * package.clearance
    return a - clear, b - clear, c - clear


def _package(rng: np.random.Generator) -> Package:
    if rng.random() < 0.15:
        thickness = int(rng.integers(1, 13))
        length, width = (int(side) for side in rng.integers(thickness + 2, 60, 2))
        return Package((length, width, thickness), mailer=True)
    longest = int(rng.choice(SCALES))
    sides = rng.integers(max(1, longest // 6), longest + 1, 3)
    if rng.random() < 0.1:
        sides[rng.integers(3)] = 1
    clearance = int(rng.integers(1, 4)) if rng.random() < 0.15 else 0
    a, b, c = (int(side) + 2 * clearance for side in sides)
    return Package((a, b, c), clearance=clearance)


def _dressed(rng: np.random.Generator, package: Package, pieces: list[Sides]) -> list[Unit]:
    """Turn pieces, as they lie in a possible plan, into units that may lie so."""
    pieces = pieces or [(1, 1, 1)]
    freedom = float(rng.choice([0.0, 0.5, 1.0], p=[0.5, 0.3, 0.2]))
    units = [_unit(rng, piece, freedom) for piece in pieces]
    if package.mailer:
        return [_soft(rng, unit) if rng.random() < 0.2 else unit for unit in units]
    if rng.random() < 0.15:
        units = [_padded(rng, unit) for unit in units]
    if rng.random() < 0.3:
        units = [_delicate(rng, unit) for unit in units]
    return units


def _unit(rng: np.random.Generator, piece: Sides, freedom: float) -> Unit:
    """Return a unit that may lie as the piece does; ``freedom`` is the chance of a restriction."""
    x, y, z = piece
    rule = str(rng.choice(ORIENTATIONS)) if rng.random() < freedom else "any"
    if rule == "flat" and z != min(piece):
        rule = "upright"
    if rule in {"any", "flat"}:
        x, y, z = (int(side) for side in rng.permutation(piece))
    elif rule == "upright" and rng.random() < 0.5:
        x, y = y, x
    return Unit((x, y, z), rule)


def _soft(rng: np.random.Generator, unit: Unit) -> Unit:
    return unit._replace(min_height=int(rng.integers(1, unit.size[2] + 1)))


def _padded(rng: np.random.Generator, unit: Unit) -> Unit:
    """Return a unit with padding that takes no more room than it did, where it is large enough."""
    padding = int(rng.integers(0, 3))
    x, y, z = (side - 2 * padding for side in unit.size)
    return unit._replace(size=(x, y, z), padding=padding) if min(x, y, z) > 0 else unit


def _delicate(rng: np.random.Generator, unit: Unit) -> Unit:
    limit = int(rng.integers(1, 20)) if rng.random() < 0.3 else None
    weight, fragile = int(rng.integers(1, 10)), bool(rng.random() < 0.15)
    return unit._replace(weight=weight, max_load=limit, fragile=fragile)


def _filling(
    rng: np.random.Generator, room: Sides, low: Sides, high: Sides, repeat: float = 0.2
) -> list[Sides]:
    """Return up to 9 pieces of about the volume of the room.

    Sides are ``low`` to ``high`` percent of the room's; ``repeat`` is the chance of a copy.
    """
    least = np.maximum(np.multiply(room, low) // 100, 1)
    most = np.maximum(np.multiply(room, high) // 100, least)
    left, goal = int(np.prod(room)), int(rng.integers(2, 10))
    pieces: list[Sides] = []
    for _ in range(4 * goal):
        if pieces and rng.random() < repeat:
            piece = pieces[int(rng.integers(len(pieces)))]
        else:
            a, b, c = (int(side) for side in rng.permutation(rng.integers(least, most + 1)))
            piece = (a, b, c)
        if int(np.prod(piece)) <= left and len(pieces) < goal:
            pieces.append(piece)
            left -= int(np.prod(piece))
    return pieces


def _mixed(rng: np.random.Generator, room: Sides) -> list[Sides]:
    return _filling(rng, room, (25, 25, 25), (75, 75, 75))


def _duplicates(rng: np.random.Generator, room: Sides) -> list[Sides]:
    return _filling(rng, room, (25, 25, 25), (65, 65, 65), repeat=0.8)


def _sticks(rng: np.random.Generator, room: Sides) -> list[Sides]:
    return _filling(rng, room, (50, 15, 15), (100, 60, 60))


def _flats(rng: np.random.Generator, room: Sides) -> list[Sides]:
    return _filling(rng, room, (45, 45, 10), (100, 100, 40))


def _slivers(rng: np.random.Generator, room: Sides) -> list[Sides]:
    """Return pieces with sides of 1 mm among them."""
    pieces = [list(piece) for piece in _mixed(rng, room)]
    for piece in pieces:
        if rng.random() < 0.5:
            piece[int(rng.integers(3))] = 1
    return [(a, b, c) for a, b, c in pieces]


def _guillotine(rng: np.random.Generator, room: Sides) -> list[Sides]:
    """Saw the room into 2 to 8 pieces, each cut right through one of them."""
    pieces = [room]
    for _ in range(int(rng.integers(1, 8))):
        number = int(rng.integers(len(pieces)))
        piece, axis = pieces[number], int(rng.integers(3))
        if piece[axis] > 1:
            pieces[number : number + 1] = _halves(piece, axis, int(rng.integers(1, piece[axis])))
    return _spoilt(rng, pieces)


def _halves(piece: Sides, axis: int, at: int) -> list[Sides]:
    first, second = list(piece), list(piece)
    first[axis], second[axis] = at, piece[axis] - at
    return [(first[0], first[1], first[2]), (second[0], second[1], second[2])]


def _pinwheel(rng: np.random.Generator, room: Sides) -> list[Sides]:
    """Cut the room into the four arms and the hub of a pinwheel, which no straight cut can part."""
    up = int(rng.integers(3))
    (x, y), z = [side for axis, side in enumerate(room) if axis != up], room[up]
    if min(x, y) < 3:
        return _guillotine(rng, room)
    x1, x2 = sorted(int(cut) for cut in rng.choice(np.arange(1, x), 2, replace=False))
    y1, y2 = sorted(int(cut) for cut in rng.choice(np.arange(1, y), 2, replace=False))
    arms = [(x2, y1), (x - x2, y2), (x - x1, y - y2), (x1, y - y1), (x2 - x1, y2 - y1)]
    pieces = []
    for a, b in arms:
        sides = [a, b]
        sides.insert(up, z)
        piece = (sides[0], sides[1], sides[2])
        split = z > 1 and rng.random() < 0.2
        pieces += _halves(piece, up, int(rng.integers(1, z))) if split else [piece]
    return _spoilt(rng, pieces)


def _puzzle(rng: np.random.Generator, room: Sides) -> list[Sides]:
    """Cut the room like Slothouber and Graatsma's cube: six 1 x 2 x 2 around three 1 x 1 x 1."""
    if min(room) < 3:
        return _guillotine(rng, room)
    thirds = [_thirds(side) for side in room]
    pieces = []
    for corner, span in PUZZLE:
        a, b, c = (sum(thirds[k][corner[k] : corner[k] + span[k]]) for k in range(3))
        pieces.append((a, b, c))
    return _spoilt(rng, pieces)


def _thirds(side: int) -> list[int]:
    return [side // 3, side - 2 * (side // 3), side // 3]


def _spoilt(rng: np.random.Generator, pieces: list[Sides]) -> list[Sides]:
    """Leave a perfect cut as it is, shave some pieces, grow one by 1 mm, or lose one."""
    fate = rng.random()
    if fate < 0.4:
        return pieces
    changed = [list(piece) for piece in pieces]
    if fate < 0.75:
        changed[int(rng.integers(len(changed)))][int(rng.integers(3))] += 1
    for piece in changed:
        if rng.random() < 0.2:
            piece[int(rng.integers(3))] -= 1
    kept = [(max(a, 1), max(b, 1), max(c, 1)) for a, b, c in changed]
    return kept[1:] if fate > 0.9 and len(kept) > 1 else kept


FAMILIES: dict[str, Callable[[np.random.Generator, Sides], list[Sides]]] = {
    "mixed": _mixed,
    "duplicates": _duplicates,
    "sticks": _sticks,
    "flats": _flats,
    "slivers": _slivers,
    "guillotine": _guillotine,
    "pinwheel": _pinwheel,
    "puzzle": _puzzle,
}
