"""Slow and obvious twins of what packopt does fast: the oracles of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations, product
from math import ceil

Extents = tuple[int, int, int]
Placement = tuple[int, int, int, int, int, int]


def rotations(size: Extents, orientation: str = "any") -> list[Extents]:
    """Distinct extents (dx, dy, dz) that a unit of length, width and height may take."""
    length, width, height = size
    everything = sorted(set(permutations(size)))
    return {
        "any": everything,
        "upright": sorted({(length, width, height), (width, length, height)}),
        "flat": [extents for extents in everything if extents[2] == min(size)],
        "fixed": [size],
    }[orientation]


def brute_force_holds(
    orientations: Sequence[Sequence[Extents]], container: Extents
) -> list[Placement] | None:
    """Try every way to place the units on the grid; a plan, or None if there is none.

    For small grids only. Units are placed one after the other, each in every orientation at every
    corner where no other unit is. Corners are sums of extents of the other units: any plan can be
    pushed together towards the origin until each unit touches a wall or another unit on each axis.

    Parameters
    ----------
    orientations
        For each unit the extents that it may take.
    container
        Extents of the container.
    """
    n = len(orientations)
    grids = [
        [
            (placement, _cells(placement, container))
            for extents in set(orientations[unit])
            for placement in _placements(extents, _others(orientations, unit), container)
        ]
        for unit in range(n)
    ]
    hopeless: set[tuple[int, int]] = set()

    def place(unit: int, taken: int) -> list[Placement] | None:
        if unit == n:
            return []
        if (unit, taken) in hopeless:
            return None
        for placement, cells in grids[unit]:
            if cells & taken == 0:
                rest = place(unit + 1, taken | cells)
                if rest is not None:
                    return [placement, *rest]
        hopeless.add((unit, taken))
        return None

    return place(0, 0)


def _others(orientations: Sequence[Sequence[Extents]], unit: int) -> list[Sequence[Extents]]:
    return [one for number, one in enumerate(orientations) if number != unit]


def _placements(
    extents: Extents, others: list[Sequence[Extents]], container: Extents
) -> list[Placement]:
    """Every corner at which a unit with these extents is inside the container."""
    corners = product(*(_sums(others, axis, container[axis]) for axis in range(3)))
    return [
        (*corner, *extents)
        for corner in corners
        if all(corner[axis] + extents[axis] <= container[axis] for axis in range(3))
    ]


def _sums(units: list[Sequence[Extents]], axis: int, limit: int) -> list[int]:
    """Sums up to the limit of one extent each of any of the units."""
    reached = {0}
    for unit in units:
        reached |= {done + extents[axis] for done in reached for extents in unit}
    return sorted(total for total in reached if total <= limit)


def _cells(placement: Placement, container: Extents) -> int:
    """The unit cubes of the grid that a placement takes, as the bits of a number."""
    x, y, z, dx, dy, dz = placement
    _, width, height = container
    cells = 0
    for i, j, k in product(range(x, x + dx), range(y, y + dy), range(z, z + dz)):
        cells |= 1 << ((i * width + j) * height + k)
    return cells


def heaviest_chain(linked: Sequence[Sequence[bool]], lengths: Sequence[int]) -> int:
    """Length of the longest set of units of which any two are linked."""
    best = 0
    for members in product((False, True), repeat=len(lengths)):
        chosen = [i for i, is_member in enumerate(members) if is_member]
        if all(linked[i][j] for i, j in combinations(chosen, 2)):
            best = max(best, sum(lengths[i] for i in chosen))
    return best


def loads_g(plan: Sequence[Placement], weights_g: Sequence[int]) -> list[int]:
    """Load on each unit: every unit hands on its weight and load to what it rests on, by area."""
    loads = [0] * len(plan)
    for upper in sorted(range(len(plan)), key=lambda unit: -plan[unit][2]):
        areas = {lower: contact_mm2(plan[upper], plan[lower]) for lower in range(len(plan))}
        total = sum(areas.values())
        for lower, area in areas.items():
            if area:
                loads[lower] += ceil(Fraction((weights_g[upper] + loads[upper]) * area, total))
    return loads


def contact_mm2(upper: Placement, lower: Placement) -> int:
    """Area on which one unit rests on another."""
    if lower[2] + lower[5] != upper[2]:
        return 0
    shared = [
        min(upper[axis] + upper[axis + 3], lower[axis] + lower[axis + 3])
        - max(upper[axis], lower[axis])
        for axis in (0, 1)
    ]
    return max(shared[0], 0) * max(shared[1], 0)


def cut(container: Extents, cuts: Sequence[tuple[int, int, int]]) -> list[Placement]:
    """A container cut into pieces that fill it: each cut is (piece, axis, where), by remainder."""
    pieces: list[Placement] = [(0, 0, 0, *container)]
    for number, axis, where in cuts:
        piece = list(pieces[number % len(pieces)])
        length = piece[3 + axis]
        if length == 1:
            continue
        first = 1 + where % (length - 1)
        rest = piece.copy()
        piece[3 + axis], rest[3 + axis] = first, length - first
        rest[axis] += first
        pieces[number % len(pieces)] = tuple(piece)  # type: ignore[assignment]
        pieces.append(tuple(rest))  # type: ignore[arg-type]
    return sorted(pieces, key=lambda piece: piece[2])


def is_packing(
    plan: Sequence[Placement], orientations: Sequence[Sequence[Extents]], container: Extents
) -> bool:
    """Whether each unit lies in one of its orientations, inside, and apart from all others."""
    return (
        all(unit[3:] in ways for unit, ways in zip(plan, orientations, strict=True))
        and all(
            unit[a] >= 0 and unit[a] + unit[a + 3] <= container[a]
            for unit in plan
            for a in range(3)
        )
        and not any(overlap(one, other) for one, other in combinations(plan, 2))
    )


def overlap(one: Placement, other: Placement, axes: Sequence[int] = (0, 1, 2)) -> bool:
    """Whether two units share a piece of space, or of its shadow on some axes."""
    return all(one[a] < other[a] + other[a + 3] and other[a] < one[a] + one[a + 3] for a in axes)


def shortest_line(apart: Sequence[Sequence[bool]], widths: Sequence[int]) -> int:
    """Least length on which units can stand so that no two of a chosen pair overlap.

    In every order in which the units may come, each stands as early as the units of earlier places
    that it must be apart from allow.
    """
    best = sum(widths)
    for order in permutations(range(len(widths))):
        ends: dict[int, int] = {}
        for unit in order:
            start = max((end for other, end in ends.items() if apart[unit][other]), default=0)
            ends[unit] = start + widths[unit]
        best = min(best, max(ends.values()))
    return best


def supports(plan: Sequence[Placement]) -> list[Fraction]:
    """Share of each unit's base that rests on the floor or on other units."""
    return [
        Fraction(1)
        if unit[2] == 0
        else Fraction(sum(contact_mm2(unit, other) for other in plan), unit[3] * unit[4])
        for unit in plan
    ]


def goes_in_from_above(plan: Sequence[Placement]) -> bool:
    """Whether the units can be put in from above one after the other, in the order given."""
    return not any(
        overlap(later, earlier, (0, 1)) and earlier[2] >= later[2] + later[5]
        for earlier, later in combinations(plan, 2)
    )


def keeps_rules(
    plan: Sequence[Placement],
    weights_g: Sequence[int],
    bears_g: Sequence[int],
    least_support: Fraction = Fraction(0),
) -> bool:
    """Whether a plan keeps the handling rules; -1 in ``bears_g``: any load, 0: nothing on top."""
    loads = loads_g(plan, weights_g)
    return (
        all(share > 0 and share >= least_support for share in supports(plan))
        and all(load <= most for load, most in zip(loads, bears_g, strict=True) if most >= 0)
        and not any(
            contact_mm2(upper, lower)
            for lower, most in zip(plan, bears_g, strict=True)
            if most == 0
            for upper in plan
        )
    )


def thinnest_mailer(
    orientations: Sequence[Sequence[Extents]], length: int, width: int, most: int
) -> int | None:
    """Least thickness at which a flat bag of usable length and width holds the units, or None."""
    for thickness in range(1, most + 1):
        space = (length - thickness, width - thickness, thickness)
        if min(space) > 0 and brute_force_holds(orientations, space) is not None:
            return thickness
    return None
