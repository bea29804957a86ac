"""What a size of a package costs, and how that grows with its height."""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints

#: Coefficients of a size's cost: of 1, x, y, z, low, high, xy, xz, yz, zz, low low and xyz, where
#: low and high are the lesser and the greater of x and y.
TERMS = 12
#: What no cost reaches.
NEVER = Int64(1 << 62)


@njit(cache=True, nogil=True)
def cost_at(coefficient: Ints, f: int, x: int, y: int, z: int) -> int:
    """Return what a size of package ``f`` costs, its empty space filled as if it held nothing."""
    low, high = min(x, y), max(x, y)
    c = coefficient
    flat = c[f, 0] + c[f, 1] * x + c[f, 2] * y + c[f, 4] * low + c[f, 5] * high
    flat += c[f, 6] * x * y + c[f, 10] * low * low
    rise = c[f, 3] + c[f, 7] * x + c[f, 8] * y + c[f, 11] * x * y + c[f, 9] * z
    return flat + rise * z


@njit(cache=True, nogil=True)
def outer_at(wall_mm: Ints, f: int, x: int, y: int, z: int) -> int:
    """Return the outer volume of a size of package ``f`` in mm3."""
    return (x + wall_mm[f, 0]) * (y + wall_mm[f, 1]) * (z + wall_mm[f, 2])


@njit(cache=True, nogil=True)
def before(cost: int, outer: int, other_cost: int, other_outer: int) -> bool:
    """Return whether one cost comes before another; the outer volumes break ties."""
    return cost < other_cost or (cost == other_cost and outer < other_outer)


@njit(cache=True, nogil=True)
def rise_at(
    coefficient: Ints, wall_mm: Ints, f: int, saved: int, x: int, y: int, rise: Ints
) -> None:
    """Write to ``rise`` how cost and outer volume grow with the height."""
    square = coefficient[f, 9]
    flat = cost_at(coefficient, f, x, y, 0)
    rise[0] = flat - saved
    rise[1] = cost_at(coefficient, f, x, y, 1) - flat - square
    rise[2] = square
    rise[4] = (x + wall_mm[f, 0]) * (y + wall_mm[f, 1])
    rise[3] = rise[4] * wall_mm[f, 2]


@njit(cache=True, nogil=True)
def cost_of(rise: Ints, z: int) -> int:
    """Return the cost at height ``z``."""
    return rise[0] + (rise[1] + rise[2] * z) * z


@njit(cache=True, nogil=True)
def outer_of(rise: Ints, z: int) -> int:
    """Return the outer volume at height ``z`` in mm3."""
    return rise[3] + rise[4] * z
