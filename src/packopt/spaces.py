"""What a unit may occupy and what a package offers, as plain formulas.

The checker, the prover and the explanation read the physics from here. The recommender and its
kernel do not: that is what makes the check independent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import MAILER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy

#: ``(6, 3)``: which side of the unit (length, width, height) lies along x, y and z.
ROTATIONS: Final = np.array([(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
_ANY, _UPRIGHT, _FLAT, _FIXED = range(4)  # indices into packopt.orders.ORIENTATIONS


def rotations_allowed(
    orientation: NDArray[np.uint8], size_mm: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Which of the six `ROTATIONS` each unit may take.

    Parameters
    ----------
    orientation
        ``(n,)`` indices into `packopt.orders.ORIENTATIONS`.
    size_mm
        ``(n, 3)`` sides as they are packed; a unit that lies flat has its smallest side upright.

    Returns
    -------
    NDArray
        ``(n, 6)``.
    """
    rule = orientation[:, None]
    upright = ROTATIONS[:, 2] == 2
    fixed = np.arange(6) == 0
    flat = size_mm[:, ROTATIONS[:, 2]] == size_mm.min(axis=1)[:, None]
    return np.asarray(
        (rule == _ANY)
        | ((rule == _UPRIGHT) & upright)
        | ((rule == _FLAT) & flat)
        | ((rule == _FIXED) & fixed)
    )


def packed_size_mm(
    orders: Orders,
    lines: NDArray[np.int64],
    in_mailer: NDArray[np.bool_],
    nested: NDArray[np.int64] | None = None,
) -> NDArray[np.int32]:
    """Sides of units as they are packed: a mailer presses soft units to their least height.

    Parameters
    ----------
    orders
        Where the lines are.
    lines
        ``(n,)`` line indices.
    in_mailer
        ``(n,)`` True where the unit travels in a mailer.
    nested
        ``(n,)`` number of units in each nest, every one beyond the first of which adds the line's
        ``nest_height_mm``; None where there are no nests.

    Returns
    -------
    NDArray
        ``(n, 3)`` in mm, without padding.
    """
    size = orders.size_mm[lines]
    least = orders.min_height_mm[lines]
    size[:, 2] = np.where(in_mailer & (least > 0), least, size[:, 2])
    if nested is not None:
        size[:, 2] += ((nested - 1) * orders.nest_height_mm[lines]).astype(np.int32)
    return size


def things(
    orders: Orders, lines: NDArray[np.int64], qty: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What some units of each line are in one parcel: so many alike, each of so many units.

    Parameters
    ----------
    orders
        Where the lines are.
    lines, qty
        ``(n,)`` line indices, and how many units of each.

    Returns
    -------
    tuple
        ``(n,)`` number of things to pack: the units, or one nest; ``(n,)`` units in each of them.
    """
    nests = orders.nest_height_mm[lines] > 0
    return np.where(nests, 1, qty).astype(np.int64), np.where(nests, qty, 1).astype(np.int64)


def is_mailer(catalogue: Catalogue) -> NDArray[np.bool_]:
    """``(k,)`` True for mailers."""
    return np.asarray(catalogue.kind == MAILER)


def usable_mm(
    catalogue: Catalogue,
    policy: Policy,
    packages: NDArray[np.int64],
    thickness_mm: NDArray[np.int64],
    inner_mm: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Space for padded units in cartons, and in mailers filled to a thickness.

    A carton loses the wall clearance on both sides of each axis, and the layer of coolant under
    its lid. A flat mailer that is h thick holds what the virtual carton (length - flap - h,
    width - seam - h, h) holds, since its half girth does not stretch; both are cut by the
    clearance along the plane.

    Parameters
    ----------
    catalogue, policy
        Where packages, allowances and clearance stand.
    packages
        ``(n,)`` package indices.
    thickness_mm
        ``(n,)`` thickness of mailers; not read for cartons.
    inner_mm
        ``(n, 3)`` inner sides where they were chosen for the content; by default the largest.

    Returns
    -------
    NDArray
        ``(n, 3)`` in mm; not positive where nothing fits.
    """
    clearance = 2 * policy.wall_clearance_mm
    inner = catalogue.inner_mm[packages] if inner_mm is None else inner_mm
    space = inner.astype(np.int64) - clearance
    space[:, 2] -= coolant_layer_mm(catalogue.coolant_mm3[packages], inner)
    lost = allowances_mm(catalogue, policy)[packages] + thickness_mm[:, None]
    flat = np.column_stack([space[:, :2] - lost, thickness_mm])
    return np.where(is_mailer(catalogue)[packages][:, None], flat, space)


def coolant_layer_mm(
    coolant_mm3: NDArray[np.int64], inner_mm: NDArray[np.integer]
) -> NDArray[np.int64]:
    """``(n,)`` height of the coolant spread over the inner length and width, rounded up, in mm."""
    base = inner_mm[:, :2].astype(np.int64).prod(axis=1)
    return np.asarray(-(-coolant_mm3 // np.maximum(base, 1)))


def most_content_g(catalogue: Catalogue) -> NDArray[np.int64]:
    """``(k,)`` heaviest content beside the coolant, at least 0; -1 without a limit."""
    limit = catalogue.max_content_g
    return np.where(limit < 0, -1, np.maximum(limit - catalogue.coolant_g, 0))


def stack_heights_mm(units: list[tuple[set[int], int]], most_mm: int) -> set[int]:
    """Heights up to a limit that some of the units have when they are stacked.

    Only these thicknesses of a mailer matter: a plan pushed down to the floor is as thick as some
    units on top of each other, and a mailer filled no thicker than that is longer and wider
    (normal patterns; Herz, "Recursive computational procedure for two-dimensional stock cutting",
    IBM Journal of Research and Development 16, 1972).

    Parameters
    ----------
    units
        For each kind of unit the heights in mm that it may have, and the number of units.
    most_mm
        Limit in mm.

    Returns
    -------
    set
        Heights in mm, from 1.
    """
    reached = {0}
    for heights, count in units:
        for _ in range(min(count, most_mm)):
            more = {done + height for done in reached for height in heights}
            more = {height for height in more if height <= most_mm} - reached
            if not more:
                break
            reached |= more
    return reached - {0}


def allowances_mm(catalogue: Catalogue, policy: Policy) -> NDArray[np.int64]:
    """``(k, 2)``: length lost to the flap and width lost to the seams; 0 for cartons, in mm."""
    return np.array(
        [
            (policy.flap_allowance_mm[style], policy.seam_allowance_mm[style]) if soft else (0, 0)
            for style, soft in zip(catalogue.style, is_mailer(catalogue), strict=True)
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
