"""What each package would cost an order, known before anything is packed.

The cost of package k for an order is linear in the order's content volume::

    cost[k] = fixed[k] + per_empty_mm3[k] * (capacity_mm3[k] - content_mm3)

All of it is integers, so that a ranking is the same on every machine and in every thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import MAILER
from packopt.errors import CatalogueError
from packopt.factors import MATERIALS, is_of_its_style, material_shares
from packopt.materials import MaterialSettings, tape_m

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from packopt.catalogue import Catalogue
    from packopt.factors import Emissions
    from packopt.policy import Policy

NANO: Final = 1_000_000_000
"""Integer cost steps in one gram or one unit of money."""

CONTENT_LIMIT_MM3: Final = 4_000_000_000_000
"""Content volumes count up to here in costs: four times the largest carton there can be.

Only cartons have a cost per empty mm3, and none of them can hold more than 10^12 mm3, so the cap
never touches the cost of a package that holds the order; without it 10,000 units of 10^12 mm3
would overflow int64.
"""

_LARGEST_FIXED: Final = 1_000_000_000.0


@dataclass(frozen=True, eq=False, slots=True)
class PackageCosts:
    """Cost coefficients of K packages under one objective.

    Attributes
    ----------
    package_ids
        Ids of the packages, in catalogue order.
    fixed
        Cost of the package itself, shape `(K,)`, in steps of 1 / scale.
    per_empty_mm3
        Cost of one empty mm3, shape `(K,)`, in the same steps; 0 for mailers.
    capacity_mm3
        Inner volume less that of the coolant, shape `(K,)`; 0 for mailers, whose content needs no
        filler.
    outer_mm3
        Outer volume, shape `(K,)`: the first tie-break. Of a mailer the largest it can take.
    scale
        Steps in one `unit`: 1e9 for g, g CO2e and money, 1 for mm3.
    unit
        "g", "mm3", "g CO2e" or the catalogue's currency.
    """

    package_ids: tuple[str, ...]
    fixed: NDArray[np.int64]
    per_empty_mm3: NDArray[np.int64]
    capacity_mm3: NDArray[np.int64]
    outer_mm3: NDArray[np.int64]
    scale: float
    unit: str

    def cost_of(self, package: ArrayLike, content_mm3: ArrayLike) -> NDArray[np.int64]:
        """Cost of packages for contents, elementwise with broadcasting.

        Parameters
        ----------
        package
            Indices into the K packages.
        content_mm3
            Content volume in mm3: unpadded, unpressed units.

        Returns
        -------
        Cost in steps of 1 / scale; below the fixed cost where the content exceeds the capacity.
        """
        k = np.asarray(package, dtype=np.int64)
        content = np.minimum(np.asarray(content_mm3, dtype=np.int64), CONTENT_LIMIT_MM3)
        empty = self.capacity_mm3[k] - content
        return np.asarray(self.fixed[k] + self.per_empty_mm3[k] * empty, dtype=np.int64)

    def ranking(self, content_mm3: int) -> NDArray[np.int64]:
        """Packages for one order, cheapest first; ties by outer volume, then by id.

        Parameters
        ----------
        content_mm3
            Content volume of the order in mm3.

        Returns
        -------
        Package indices, shape `(K,)`.
        """
        cost = self.cost_of(np.arange(len(self.package_ids)), content_mm3)

        def key(k: int) -> tuple[int, int, str]:
            return int(cost[k]), int(self.outer_mm3[k]), self.package_ids[k]

        return np.array(sorted(range(len(self.package_ids)), key=key), dtype=np.int64)

    def in_units(self, cost: ArrayLike) -> NDArray[np.float64]:
        """Costs in `unit` for reports."""
        return np.asarray(np.asarray(cost, dtype=np.int64) / self.scale, dtype=np.float64)


def package_costs(catalogue: Catalogue, policy: Policy) -> PackageCosts:
    """Cost coefficients of a catalogue under a policy.

    `material` counts the mass of package, tape and filler, `volume` the outer volume, `cost` the
    price of package, tape and filler, `co2e` the emissions of their materials by the policy's set
    of factors. Of a reusable package, mass, price and emissions of one trip count; what is packed
    from new each time, tape and filler, counts in full.

    Parameters
    ----------
    catalogue
        The packages.
    policy
        Objective, mailer allowances and material settings.

    Returns
    -------
    PackageCosts
        In catalogue order.

    Raises
    ------
    CatalogueError
        Where the objective is `cost` and a package has no unit cost, or `co2e` and its material
        no factor, or a tare or unit cost is out of range.
    """
    outer_mm3 = _outer_mm3(catalogue, policy)
    inner_mm3 = catalogue.inner_mm.astype(np.int64).prod(axis=1)
    fixed, per_empty, scale, unit = _objective(catalogue, policy, outer_mm3)
    is_carton = catalogue.kind != MAILER
    return PackageCosts(
        package_ids=catalogue.package_ids,
        fixed=fixed,
        per_empty_mm3=np.where(is_carton, per_empty, 0).astype(np.int64),
        # Coolant fills room that needs no filler.
        capacity_mm3=np.where(is_carton, inner_mm3 - catalogue.coolant_mm3, 0).astype(np.int64),
        outer_mm3=outer_mm3,
        scale=scale,
        unit=unit,
    )


def parcel_tare_g(catalogue: Catalogue, settings: MaterialSettings) -> NDArray[np.float64]:
    """Mass of each closed, empty package: tare and tape.

    Parameters
    ----------
    catalogue
        The packages.
    settings
        Material settings.

    Returns
    -------
    Mass in g, shape `(K,)`.
    """
    tape = tape_m(catalogue.closure, catalogue.inner_mm, settings)
    return np.asarray(catalogue.tare_g + tape * settings.tape_g_per_m, dtype=np.float64)


def mailer_outer_mm3(flat_mm: ArrayLike, flap_mm: int, seam_mm: int) -> int:
    """Largest volume that a filled mailer can take: `max (Bl - al - h) (Bw - aw - h) h`.

    A flat bag that holds thickness h loses h of its length and of its width, since its half
    girth does not stretch.

    Parameters
    ----------
    flat_mm
        Flat length Bl, flat width Bw and thickness limit T in mm, shape `(3,)`.
    flap_mm
        Unusable length al in mm.
    seam_mm
        Unusable width aw in mm.

    Returns
    -------
    Volume in mm3 over thicknesses 1..T, at least 1.
    """
    length, width, limit = np.asarray(flat_mm, dtype=np.int64).tolist()
    thickness = np.arange(1, limit + 1, dtype=np.int64)
    plan = np.maximum(length - flap_mm - thickness, 0) * np.maximum(width - seam_mm - thickness, 0)
    return max(int((plan * thickness).max(initial=0)), 1)


def _outer_mm3(catalogue: Catalogue, policy: Policy) -> NDArray[np.int64]:
    volumes: NDArray[np.int64] = catalogue.outer_mm.astype(np.int64).prod(axis=1)
    for k in np.flatnonzero(catalogue.kind == MAILER).tolist():
        style = catalogue.style[k]
        flap, seam = policy.flap_allowance_mm[style], policy.seam_allowance_mm[style]
        volumes[k] = mailer_outer_mm3(catalogue.inner_mm[k], flap, seam)
    return volumes


def _objective(
    catalogue: Catalogue, policy: Policy, outer_mm3: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int, float, str]:
    """Fixed steps, steps per empty mm3 of a carton, steps per unit, and the unit."""
    settings, ids = policy.materials, catalogue.package_ids
    tape = tape_m(catalogue.closure, catalogue.inner_mm, settings)
    if policy.objective == "volume":
        return outer_mm3, 0, 1.0, "mm3"
    if policy.objective == "material":
        # Mass and price of what comes back count once in so many trips.
        grams = _steps(
            catalogue.tare_g / catalogue.trips, tape * settings.tape_g_per_m, ids, "tare_g"
        )
        per_mm3 = round(settings.filler_kg_m3 * NANO / 1e6)  # kg/m3 is 1e-6 g/mm3
        return grams, per_mm3, float(NANO), "g"
    if policy.emissions is not None and policy.objective == "co2e":
        emissions = policy.emissions
        per_tape = settings.tape_g_per_m * emissions.g_per_g(emissions.tape_material)
        per_filler = settings.filler_kg_m3 * emissions.g_per_g(emissions.filler_material)
        problems = list(_uncounted(catalogue, emissions))
        if problems:
            raise CatalogueError("catalogue", problems)
        of_package = catalogue.tare_g / catalogue.trips * co2e_per_g(catalogue, emissions)
        co2e = _steps(
            of_package, tape * per_tape, ids, "tare_g", "a mass of at most 1,000,000,000 g CO2e"
        )
        return co2e, round(per_filler * NANO / 1e6), float(NANO), "g CO2e"
    money = _steps(
        catalogue.unit_cost / catalogue.trips, tape * settings.tape_price_per_m, ids, "unit_cost"
    )
    per_mm3 = round(settings.filler_price_per_litre * NANO / 1e6)
    return money, per_mm3, float(NANO), catalogue.currency or "money"


def co2e_per_g(catalogue: Catalogue, emissions: Emissions) -> NDArray[np.float64]:
    """G CO2e per g of each package, by the materials that it is of.

    Parameters
    ----------
    catalogue
        The packages.
    emissions
        The set of factors.

    Returns
    -------
    Shape `(K,)`; NaN where a material has no factor, or the mass is derived from the style of a
    package that is of another material.
    """
    per_g = _co2e_by_material(catalogue, emissions).sum(axis=1)
    known = catalogue.tare_stated | is_of_its_style(catalogue.material, catalogue.style)
    return np.where(known, per_g, np.nan)


def _co2e_by_material(catalogue: Catalogue, emissions: Emissions) -> NDArray[np.float64]:
    """``(K, len(MATERIALS))`` g CO2e per g of each package; NaN where a factor lacks."""
    shares = material_shares(catalogue.material, catalogue.style, catalogue.plastic)
    # A share of 0 of a material without a factor is no emission.
    return np.where(shares > 0, shares * emissions.factors.g_per_g(), 0.0)


def _uncounted(catalogue: Catalogue, emissions: Emissions) -> Iterator[str]:
    """What lacks for counting the emissions of each package: a factor, or its mass."""
    lacks_factor = np.isnan(_co2e_by_material(catalogue, emissions))
    has_mass = catalogue.tare_stated | is_of_its_style(catalogue.material, catalogue.style)
    has_mass &= ~np.isnan(catalogue.tare_g)
    factors = emissions.factors
    for k in np.flatnonzero(lacks_factor.any(axis=1) | ~has_mass).tolist():
        where = f"package {catalogue.package_ids[k]!r}, field"
        stated = f"{catalogue.material[k]!r}" if catalogue.material[k] else "nothing"
        lacking = [MATERIALS[m] for m in np.flatnonzero(lacks_factor[k])]
        if lacking:
            yield (
                f"{where} material: found {stated}, which counts as {' and '.join(lacking)} and "
                f"has no factor in {factors.name}, expected one of {', '.join(factors.covers)}; "
                "state it, or take another set of factors or objective"
            )
        if not has_mass[k]:
            yield (
                f"{where} tare_g: found nothing, expected the mass in g, which is not derived for "
                f"the material {stated}; state it, or choose another objective"
            )


def _steps(
    values: NDArray[np.float64],
    tape: NDArray[np.float64],
    ids: tuple[str, ...],
    field: str,
    expected: str = f"a number from 0 to {_LARGEST_FIXED:,.0f}",
) -> NDArray[np.int64]:
    """Whole nano-steps of values and tape; the values must be known and the sums inside int64."""
    usable = (values >= 0) & (values + tape <= _LARGEST_FIXED)  # false for NaN, too
    if not usable.all():
        problems = [
            f"package {ids[k]!r}, field {field}: found "
            f"{'nothing' if np.isnan(values[k]) else f'{values[k]:g}'}, expected {expected}; state "
            "it, or choose another objective"
            for k in np.flatnonzero(~usable).tolist()
        ]
        raise CatalogueError("catalogue", problems)
    return np.asarray(np.rint((values + tape) * NANO), dtype=np.int64)
