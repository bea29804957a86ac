"""What splitting is asked and what it answers: units in, parcels out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]

#: ``Parcel.package`` of a unit that ships in its own container.
OWN_CONTAINER: Final = -2
#: A cost that nothing reaches: no package holds the units.
NEVER: Final = 1 << 62


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Units of one order that are to be spread over parcels; ``n`` units, ``k`` packages.

    Attributes
    ----------
    units
        ``(n, UNIT_COLUMNS)`` canonical units.
    content_mm3, weight_g
        ``(n,)`` volume without padding, and weight, of each unit.
    no_mailer
        ``(n,)`` True for units that may not travel in a mailer.
    clash
        ``(n, n)`` True for units that may not share a parcel; symmetric, False on the diagonal.
    bundle
        ``(n,)`` units of equal number stay together; -1 for units that stand alone.
    own
        ``(n,)`` True for units that may ship in their own container, at no cost of material.
    access
        Row of ``Packages.barred``: which packages these units may have.
    left
        ``(k,)`` packages in stock, -1 without a limit.
    most_parcels
        The policy's limit.
    parcel_price
        Cost steps for each parcel; None asks for fewest parcels first.
    """

    units: NDArray[np.int32]
    content_mm3: Ints
    weight_g: Ints
    no_mailer: Mask
    clash: Mask
    bundle: Ints
    own: Mask
    access: int
    left: Ints
    most_parcels: int
    parcel_price: int | None


@dataclass(frozen=True, eq=False, slots=True)
class Parcel:
    """One package with its plan.

    Attributes
    ----------
    package
        Index into the catalogue, or `OWN_CONTAINER`.
    unit
        ``(u,)`` rows of ``Part.units`` in packing sequence.
    place
        ``(u, 6)`` corner and extents in mm without padding, wall clearance included.
    support
        ``(u,)`` share of each unit's base that rests on something.
    cost
        Cost steps under the objective, without the price of a parcel.
    proved
        True where nothing cheaper holds these units.
    size_mm
        Inner sides where they were chosen for these units; None where the catalogue has them.
    """

    package: int
    unit: Ints
    place: NDArray[np.int32]
    support: NDArray[np.float32]
    cost: int
    proved: bool
    size_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """How a part is shipped.

    Attributes
    ----------
    parcels
        What was found, heaviest content first; empty where nothing was.
    fewest
        No plan has fewer parcels: a proved lower bound.
    bound
        Cost steps, prices of parcels included: no plan of ``len(parcels)`` or fewer parcels costs
        less; `NEVER` where it is proved that there is no plan at all.
    homeless
        ``(h,)`` rows of units that fit no package they may have, even alone: proved.
    work
        Search nodes and greedy runs spent.
    exact
        True where all ways to split the part were weighed, by subsets.
    """

    parcels: tuple[Parcel, ...]
    fewest: int
    bound: int
    homeless: Ints
    work: int
    exact: bool = False
