"""What a package costs at a size: an exact polynomial of its inner sides, for every kind.

The cost of package k at inner sides x, y, z for an order is::

    cost = sum of coefficient[k] * terms(x, y, z) - filler[k] * content_mm3

All of it is integers. No coefficient of a side is negative, so a package never gets cheaper as it
grows; coolant, which leaves less room to fill, is in the constant. Of
packages that come in one size only the constant differs from 0, and they cost what
`packopt.costing` says.

* ``adjustable``: a carton of fixed length and width whose walls are scored or cut down. Its board,
  tape and price are the same at every height; filler and outer volume are those of the height.
* ``made_to_measure``: a box cut from board for the order. Its board has the area of the style's
  blank and weighs per area what it weighs at the largest size, its tape is as long as that size
  needs; its price is that of one box, whatever the size. It is made for one trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE, MADE_TO_MEASURE
from packopt.costing import CONTENT_LIMIT_MM3, NANO, co2e_per_g, parcel_tare_g
from packopt.materials import DEFAULTS, blank_area_m2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.policy import Policy

    Ints = NDArray[np.int64]

#: What the coefficients stand at; low and high are the shorter and the longer of x and y.
TERMS: Final = ("1", "x", "y", "z", "low", "high", "xy", "xz", "yz", "zz", "low low", "xyz")

#: Area of the blank in mm2, see `packopt.materials.blank_area_m2`: of 0201, where low is the width,
#: ``(2 (x + y) + joint) (low + z)``.
_BLANKS: Final = {
    "0201": {
        "xy": 2.0, "low low": 2.0, "xz": 2.0, "yz": 2.0,
        "low": DEFAULTS.joint_mm, "z": DEFAULTS.joint_mm,
    },
    "0427": {"xy": 2.0, "xz": 3.0, "yz": 5.8, "zz": 4.0},
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class SizeCosts:
    """Costs of ``k`` packages at any size they are made in.

    Attributes
    ----------
    coefficient
        ``(k, TERMS)`` in cost steps, as in `packopt.costing.PackageCosts`.
    filler
        ``(k,)`` cost steps that each mm3 of content saves.
    mass
        ``(k, TERMS)`` nanograms of the closed, empty package.
    wall_mm
        ``(k, 3)`` outer minus inner sides, the same at every size; 0 for mailers.
    least_mm
        ``(k, 3)`` least inner sides.
    """

    coefficient: Ints
    filler: Ints
    mass: Ints
    wall_mm: Ints
    least_mm: Ints

    def cost_of(self, package: ArrayLike, size_mm: ArrayLike, content_mm3: ArrayLike) -> Ints:
        """Cost steps of packages at sizes for contents.

        Parameters
        ----------
        package
            ``(n,)`` indices into the k packages.
        size_mm
            ``(n, 3)`` inner sides in mm; not read where the package comes in one size.
        content_mm3
            ``(n,)`` volume of the unpadded, unpressed units.
        """
        k = np.asarray(package, dtype=np.int64)
        content = np.minimum(np.asarray(content_mm3, dtype=np.int64), CONTENT_LIMIT_MM3)
        return _value(self.coefficient[k], size_mm) - self.filler[k] * content

    def least_cost(self, package: ArrayLike, content_mm3: ArrayLike) -> Ints:
        """Cost steps at the least size: by these, packages of chosen size stand in a ranking."""
        k = np.asarray(package, dtype=np.int64)
        return self.cost_of(k, self.least_mm[k], content_mm3)

    def outer_mm(self, package: ArrayLike, size_mm: ArrayLike) -> Ints:
        """``(n, 3)`` outer sides in mm of packages at sizes; not meant for mailers."""
        k = np.asarray(package, dtype=np.int64)
        return np.asarray(size_mm, dtype=np.int64) + self.wall_mm[k]

    def least_outer_mm3(self, package: ArrayLike) -> Ints:
        """``(n,)`` outer volume in mm3 at the least size: breaks ties of `least_cost`."""
        k = np.asarray(package, dtype=np.int64)
        return np.asarray(self.outer_mm(k, self.least_mm[k]).prod(axis=1), dtype=np.int64)

    def tare_g(self, package: ArrayLike, size_mm: ArrayLike) -> NDArray[np.float64]:
        """``(n,)`` mass in g of closed, empty packages at sizes."""
        k = np.asarray(package, dtype=np.int64)
        return np.asarray(_value(self.mass[k], size_mm) / NANO, dtype=np.float64)


def size_costs(catalogue: Catalogue, policy: Policy, costs: PackageCosts) -> SizeCosts:
    """Costs of a catalogue's packages at any size they are made in.

    Parameters
    ----------
    catalogue
        The packages.
    policy
        Objective and material settings.
    costs
        Costs of the same packages under the same policy at their largest sizes.
    """
    n = catalogue.n_packages
    tare = np.rint(parcel_tare_g(catalogue, policy.materials) * NANO).astype(np.int64)
    wall = catalogue.outer_mm.astype(np.int64) - catalogue.inner_mm
    coefficient, mass = np.zeros((n, len(TERMS)), np.int64), np.zeros((n, len(TERMS)), np.int64)
    coefficient[:, 0] = costs.fixed + costs.per_empty_mm3 * costs.capacity_mm3
    mass[:, 0] = tare
    for k in np.flatnonzero(catalogue.kind >= ADJUSTABLE).tolist():
        if catalogue.kind[k] == MADE_TO_MEASURE:
            mass[k] = _board(catalogue, k, 1.0) + _tape(
                catalogue, policy, k, policy.materials.tape_g_per_m
            )
        if policy.objective == "volume":
            coefficient[k] = _outer_mm3(*wall[k].tolist())
            continue
        if catalogue.kind[k] == ADJUSTABLE:
            coefficient[k] = 0
            coefficient[k, 0] = costs.fixed[k]
        elif policy.objective == "material":
            coefficient[k] = mass[k]
        elif policy.emissions is not None and policy.objective == "co2e":
            emissions = policy.emissions
            per_tape_g = emissions.g_per_g(emissions.tape_material)
            coefficient[k] = _board(catalogue, k, float(co2e_per_g(catalogue, emissions)[k]))
            coefficient[k] += _tape(
                catalogue, policy, k, policy.materials.tape_g_per_m * per_tape_g
            )
        else:
            price = {"1": float(catalogue.unit_cost[k])}
            coefficient[k] = _whole(price, NANO)
            coefficient[k] += _tape(catalogue, policy, k, policy.materials.tape_price_per_m)
        coefficient[k, TERMS.index("xyz")] += costs.per_empty_mm3[k]
        coefficient[k, 0] -= costs.per_empty_mm3[k] * catalogue.coolant_mm3[k]
    return SizeCosts(
        coefficient=coefficient,
        filler=costs.per_empty_mm3,
        mass=mass,
        wall_mm=wall,
        least_mm=catalogue.least_mm.astype(np.int64),
    )


def offered_mm(catalogue: Catalogue, k: int) -> tuple[Ints, Ints, Ints]:
    """Inner lengths, widths and heights in mm in which package ``k`` is made, each ascending.

    Parameters
    ----------
    catalogue
        The packages.
    k
        Index of a package.
    """
    step = max(int(catalogue.step_mm[k]), 1)
    length, width, height = (
        np.arange(least, most + 1, step, dtype=np.int64)
        for least, most in zip(
            catalogue.least_mm[k].tolist(), catalogue.inner_mm[k].tolist(), strict=True
        )
    )
    listed = catalogue.heights_mm[k]
    return length, width, np.array(listed, np.int64) if listed else height


def _board(catalogue: Catalogue, k: int, per_g: float) -> Ints:
    """Steps for the board of a box made to measure, at so many units a gram."""
    style = catalogue.style[k]
    area_m2 = float(blank_area_m2([style], catalogue.inner_mm[k])[0])
    per_mm2 = float(catalogue.tare_g[k]) / area_m2 * NANO / 1e6
    return _whole(_BLANKS[style], per_mm2 * per_g)


def _tape(catalogue: Catalogue, policy: Policy, k: int, per_m: float) -> Ints:
    """Steps for the tape of `packopt.materials.tape_m`, at so many units a metre."""
    if catalogue.closure[k] != "tape":
        return np.zeros(len(TERMS), np.int64)
    settings = policy.materials
    strips = {"1": 2 * settings.tape_leg_mm, "high": 1.0}
    return _whole(strips, settings.tape_strips * per_m * NANO / 1000)


def _outer_mm3(length: int, width: int, height: int) -> Ints:
    """Outer volume, given outer minus inner sides."""
    return _whole(
        {
            "xyz": 1,
            "xy": height,
            "xz": width,
            "yz": length,
            "x": width * height,
            "y": length * height,
            "z": length * width,
            "1": length * width * height,
        }
    )


def _whole(polynomial: Mapping[str, float], factor: float = 1.0) -> Ints:
    """Coefficients times a factor, rounded to whole steps."""
    values = [polynomial.get(term, 0.0) * factor for term in TERMS]
    return np.rint(values).astype(np.int64)


def _value(coefficient: Ints, size_mm: ArrayLike) -> Ints:
    """Value of polynomials ``(n, TERMS)`` at sizes ``(n, 3)``."""
    x, y, z = np.moveaxis(np.asarray(size_mm, dtype=np.int64), -1, 0)
    low, high = np.minimum(x, y), np.maximum(x, y)
    one = np.ones_like(x)
    terms = (one, x, y, z, low, high, x * y, x * z, y * z, z * z, low * low, x * y * z)
    total = sum(coefficient[..., t] * term for t, term in enumerate(terms))
    return np.asarray(total, dtype=np.int64)
