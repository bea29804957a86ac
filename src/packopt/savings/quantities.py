"""What each parcel takes: material by mass, board, tape, filler, volume, weight, money, emissions.

Masses are those of the table of parcels, parted by material; of a package that comes back, one
trip of so many counts, and what is packed from new each time, tape and filler, in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.alike import alike
from packopt.carriers import Tariff
from packopt.catalogue import MADE_TO_MEASURE, MAILER
from packopt.contents import volume_mm3
from packopt.errors import SavingsError
from packopt.factors import MATERIALS, PLASTICS, is_of_its_style, material_shares
from packopt.labels import places
from packopt.materials import blank_area_m2, tape_m
from packopt.savings.repeating import Repeating
from packopt.savings.tables import MEASURES, QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.savings.terms import Terms

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: ``package_id`` of a unit that ships as it is.
OWN: Final = "own_container"
OWN_CONTAINER: Final = -1
UNKNOWN: Final = -2

_GROUPS: Final = {"board_g": ("board",), "paper_g": ("paper",), "plastic_g": PLASTICS}
_OTHER: Final = tuple(key for key in MATERIALS if not any(key in keys for keys in _GROUPS.values()))
_SIDES: Final = ("length_mm", "width_mm", "height_mm")
#: Columns of parcels that what they take depends on.
_MEASURED: Final = (
    "content_mm3", *_SIDES, *(f"outer_{side}" for side in _SIDES), "tare_g", "fill_g", "gross_g"
)  # fmt: skip


def quantities(parcels: pa.Table, catalogue: Catalogue, policy: Policy, terms: Terms) -> pa.Table:
    """What each parcel takes.

    Parameters
    ----------
    parcels
        Parcels in the schema `packopt.tables.PARCELS`.
    catalogue
        The packages that they are from.
    policy
        The rules under which they were packed: allowances of mailers and material settings.
    terms
        Factors, billing and rates.

    Returns
    -------
    One row for each parcel in the schema `packopt.savings.tables.QUANTITIES`, in their order. A
    quantity is null where a fact that it needs is missing: a price, a weight, a factor, or a rate
    for so heavy a parcel.

    Raises
    ------
    SavingsError
        If a parcel is in a package that the catalogue lacks, or whose mass is neither stated nor
        follows from its style.
    """
    return as_table(parcels, taken(parcels, catalogue, policy, terms)).whole


@dataclass(frozen=True, eq=False, slots=True)
class Taken:
    """What ``n`` parcels or orders take, counted once for all that are alike.

    Attributes
    ----------
    case
        ``(n,)`` the case of each.
    amounts
        By measure of `packopt.savings.tables.MEASURES`, ``(c,)`` what each case takes; NaN where
        unknown.
    """

    case: Ints
    amounts: Mapping[str, Floats]

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.amounts[MEASURES[0].name])

    def used(self, rows: Mask) -> Ints:
        """``(c,)`` how many of some of the ``n`` are of each case."""
        return np.bincount(self.case[rows], minlength=self.n_cases)


def taken(parcels: pa.Table, catalogue: Catalogue, policy: Policy, terms: Terms) -> Taken:
    """What each parcel takes; parameters and errors as of `quantities`."""
    package = package_index(parcels["package_id"], catalogue)
    found = alike(parcels.num_rows, _decisive(parcels, package, terms))
    some = parcels.select(["package_id", *_MEASURED]).take(pa.array(found.first))
    counted = Counted(some, catalogue, policy, terms)
    return Taken(found.case, {one.name: counted.measure(one.name) for one in MEASURES})


def _decisive(parcels: pa.Table, package: Ints, terms: Terms) -> Iterator[NDArray[Any]]:
    """What decides what a parcel takes: most follows from its package and content."""
    yield package
    for name in _MEASURED:
        # Weights differ from parcel to parcel, and only carriers ask for them.
        if name != "gross_g" or terms.billing is not None:
            kind = np.float64 if pa.types.is_floating(parcels[name].type) else np.int64
            yield parcels[name].to_numpy().astype(kind, copy=False)


def as_table(parcels: pa.Table, found: Taken) -> Repeating:
    """What parcels take, as a table in the schema `packopt.savings.tables.QUANTITIES`."""
    names = [parcels[name] for name in ("order_id", "parcel", "package_id")]
    figures = [found.amounts[one.name] for one in MEASURES]
    return Repeating(QUANTITIES, names, found.case, figures)


def package_index(column: pa.ChunkedArray, catalogue: Catalogue) -> Ints:
    """Index of each package that is named; `OWN_CONTAINER` for a unit as it is, else `UNKNOWN`.

    Parameters
    ----------
    column
        Names, null for none.
    catalogue
        The packages.
    """
    index = places(column, pa.array([*catalogue.package_ids, OWN], pa.string()))
    index[index < 0] = UNKNOWN
    index[index == catalogue.n_packages] = OWN_CONTAINER
    return index


class Counted:
    """The quantities of ``p`` parcels as arrays ``(p,)``; NaN where unknown."""

    def __init__(
        self, parcels: pa.Table, catalogue: Catalogue, policy: Policy, terms: Terms
    ) -> None:
        self._parcels = parcels
        self._catalogue = catalogue
        self._policy = policy
        self._terms = terms
        package = package_index(parcels["package_id"], catalogue)
        self._own: Mask = package == OWN_CONTAINER
        #: Index of the package; 0 for own containers, whose values are masked.
        self._package = np.where(self._own, 0, package)
        _refuse_unknown(parcels, package)
        _refuse_massless(catalogue, np.unique(package[package >= 0]))

    def measure(self, name: str) -> Floats:
        """The quantity of one measure of `packopt.savings.tables.MEASURES`."""
        if name in _GROUPS:
            return self._mass_of(_GROUPS[name])
        if name == "other_g":
            return self._mass_of(_OTHER)
        return np.asarray(getattr(self, name), dtype=np.float64)

    def _column(self, name: str) -> NDArray[Any]:
        # Null weights come as NaN.
        return np.asarray(self._parcels[name].to_numpy())

    def _of_package(self, values: Floats) -> Floats:
        """``(k,)`` values by parcel; 0 of what ships as it is."""
        return np.where(self._own, 0.0, values[self._package])

    @cached_property
    def _mailer(self) -> Mask:
        return np.asarray((self._catalogue.kind[self._package] == MAILER) & ~self._own)

    @cached_property
    def _inner_mm(self) -> Ints:
        return np.stack([self._column(side) for side in _SIDES], axis=1).astype(np.int64)

    @cached_property
    def _trips(self) -> Floats:
        # A box made to measure is made for one trip.
        made = self._catalogue.kind == MADE_TO_MEASURE
        return np.where(made, 1.0, self._catalogue.trips)[self._package]

    def _by_size(self, fixed: Floats, formula: Any) -> Floats:
        """A formula of package and inner sides: by package, and anew for boxes made to measure."""
        values = self._of_package(fixed)
        made = np.flatnonzero(~self._own & (self._catalogue.kind[self._package] == MADE_TO_MEASURE))
        if len(made):
            key = np.column_stack([self._package[made], self._inner_mm[made]])
            sizes, row = np.unique(key, axis=0, return_inverse=True)
            values[made] = formula(sizes[:, 0], sizes[:, 1:])[row.reshape(-1)]
        return values

    @cached_property
    def tape_m(self) -> Floats:
        """Length of tape."""
        closure, settings = self._catalogue.closure, self._policy.materials

        def at_size(package: Ints, inner_mm: Ints) -> Floats:
            return tape_m([closure[k] for k in package.tolist()], inner_mm, settings)

        return self._by_size(tape_m(closure, self._catalogue.inner_mm, settings), at_size)

    @cached_property
    def board_m2(self) -> Floats:
        """Area of the blanks of corrugated packages; of reusables, one trip's share."""
        style = self._catalogue.style
        is_board = self._shares[:, MATERIALS.index("board")] > 0

        def at_size(package: Ints, inner_mm: Ints) -> Floats:
            area = blank_area_m2([style[k] for k in package.tolist()], inner_mm)
            return np.where(is_board[package], area, 0.0)

        fixed = np.where(is_board, blank_area_m2(style, self._catalogue.inner_mm), 0.0)
        return self._by_size(fixed, at_size) / self._trips

    @cached_property
    def tape_g(self) -> Floats:
        """Mass of tape."""
        return self.tape_m * self._policy.materials.tape_g_per_m

    @cached_property
    def fill_g(self) -> Floats:
        """Mass of filler."""
        return np.asarray(self._column("fill_g"), dtype=np.float64)

    @cached_property
    def _package_g(self) -> Floats:
        """Mass of packages without tape; of reusables, one trip's share."""
        return np.maximum(self._column("tare_g") - self.tape_g, 0.0) / self._trips

    @cached_property
    def packaging_g(self) -> Floats:
        """Mass of packages, tape and filler."""
        return self._package_g + self.tape_g + self.fill_g

    @cached_property
    def _shares(self) -> Floats:
        """``(k, MATERIALS)`` of the packages."""
        catalogue = self._catalogue
        return material_shares(catalogue.material, catalogue.style, catalogue.plastic)

    def _mass_of(self, keys: tuple[str, ...]) -> Floats:
        """Mass of some materials."""
        share = self._shares[:, [MATERIALS.index(key) for key in keys]].sum(axis=1)
        mass: Floats = self._package_g * share[self._package]
        if self._terms.tape_material in keys:
            mass = mass + self.tape_g
        return mass + self.fill_g if self._terms.filler_material in keys else mass

    def uncovered_g(self) -> Floats:
        """Mass of materials that the set of factors does not cover."""
        covers = self._terms.factors.covers if self._terms.factors else ()
        return self._mass_of(tuple(key for key in MATERIALS if key not in covers))

    @cached_property
    def co2e_g(self) -> Floats:
        """Emissions; unknown where there is mass of a material without a factor."""
        if self._terms.factors is None:
            return self._nothing
        per_g = self._terms.factors.g_per_g()
        # A share of 0 of a material without a factor is no emission.
        of_package = np.where(self._shares > 0, self._shares * per_g, 0.0).sum(axis=1)
        tape, filler = (
            per_g[MATERIALS.index(key)]
            for key in (self._terms.tape_material, self._terms.filler_material)
        )
        return (
            _times(self._package_g, of_package[self._package])
            + _times(self.tape_g, tape)
            + _times(self.fill_g, filler)
        )

    @cached_property
    def _nothing(self) -> Floats:
        return np.full(self._parcels.num_rows, np.nan)

    @cached_property
    def fill_l(self) -> Floats:
        """Empty space that filler takes: none in mailers and own containers."""
        coolant = self._catalogue.coolant_mm3[self._package]
        empty = volume_mm3(self._inner_mm) - self._column("content_mm3") - coolant
        return np.where(self._mailer | self._own, 0.0, np.maximum(empty, 0) / 1e6)

    @cached_property
    def _outer_mm(self) -> Ints:
        sides = [self._column(f"outer_{side}") for side in _SIDES]
        return np.stack(sides, axis=1).astype(np.int64)

    @cached_property
    def outer_mm3(self) -> Floats:
        """Outer volume; a filled mailer loses length and width to seams, flap and thickness."""
        outer = self._outer_mm.copy()
        lost = np.zeros((self._catalogue.n_packages, 2), np.int64)
        for k in np.flatnonzero(self._catalogue.kind == MAILER).tolist():
            style = self._catalogue.style[k]
            lost[k] = self._policy.flap_allowance_mm[style], self._policy.seam_allowance_mm[style]
        outer[self._mailer, :2] -= lost[self._package[self._mailer]] + outer[self._mailer, 2:]
        return volume_mm3(outer).astype(np.float64)

    @cached_property
    def _gross_g(self) -> Floats:
        return np.asarray(self._column("gross_g"), dtype=np.float64)

    @cached_property
    def _billed(self) -> Floats:
        """What the carrier bills, in the unit of its rates."""
        billed = self._nothing.copy()
        gross = self._gross_g
        known = np.flatnonzero(~np.isnan(gross))
        if self._terms.billing is not None and len(known):
            billed[known] = self._terms.billing.billable(self._outer_mm[known], gross[known])
        return billed

    @cached_property
    def billable_g(self) -> Floats:
        """Weight that the carrier bills; unknown where it bills by size alone."""
        rule = self._terms.billing
        return self._billed if rule is not None and rule.basis == "weight" else self._nothing

    @cached_property
    def freight(self) -> Floats:
        """What the carrier charges; unknown of what it refuses and beyond the rates' last step."""
        charged, gross = self._nothing.copy(), self._gross_g
        known = np.flatnonzero(~np.isnan(gross))
        rule, rates = self._terms.billing, self._terms.rates
        if rule is not None and rates is not None and len(known):
            tariff = Tariff(rule, rates, self._terms.zone)
            charged[known] = tariff.price(self._outer_mm[known], gross[known])
        return charged

    @cached_property
    def money(self) -> Floats:
        """Packages, tape and filler at their prices, and freight where there are rates."""
        settings = self._policy.materials
        money = (
            self._of_package(self._catalogue.unit_cost) / self._trips
            + self.tape_m * settings.tape_price_per_m
            + self.fill_l * settings.filler_price_per_litre
        )
        return money + self.freight if self._terms.rates is not None else money

    @cached_property
    def parcels(self) -> Floats:
        """One each."""
        return np.ones(self._parcels.num_rows)


def _times(grams: Floats, factor: Floats | float) -> Floats:
    """Grams times a factor that may be unknown: of nothing, nothing is known well."""
    return np.where(grams > 0, grams * factor, 0.0)


def _refuse_unknown(parcels: pa.Table, package: Ints) -> None:
    if (package == UNKNOWN).any():
        name = parcels["package_id"][int(np.flatnonzero(package == UNKNOWN)[0])].as_py()
        raise SavingsError(
            "parcels",
            f"found package {name!r}, expected a package of the catalogue; count parcels with the "
            "catalogue that they were packed from",
        )


def _refuse_massless(catalogue: Catalogue, used: Ints) -> None:
    """A mass that was derived for board says nothing about a crate of polypropylene."""
    known = catalogue.tare_stated | is_of_its_style(catalogue.material, catalogue.style)
    problems = [
        f"package {catalogue.package_ids[k]!r}, field tare_g: found nothing, expected the mass in "
        f"g, since that of {catalogue.material[k]!r} does not follow from style "
        f"{catalogue.style[k]}; state tare_g, or correct material or style"
        for k in used.tolist()
        if not known[k]
    ]
    if problems:
        raise SavingsError("catalogue", problems)
