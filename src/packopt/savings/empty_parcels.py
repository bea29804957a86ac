"""Cartons that another packer used and that packopt's plan for the same orders leaves empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.answers import word
from packopt.contents import PARCEL_KINDS, volume_mm3
from packopt.costing import package_costs, parcel_tare_g
from packopt.savings.sides import names_of
from packopt.tables import PARCELS, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy

    Ints = NDArray[np.int64]


def empty_parcels(catalogue: Catalogue, policy: Policy, package: Ints, number: Ints) -> pa.Table:
    """Parcels of nothing but filler, in the schema `packopt.tables.PARCELS`, of no order yet.

    Parameters
    ----------
    catalogue, policy
        What the packages are from, and by which rules they are closed and filled.
    package
        ``(e,)`` index of each package, a carton.
    number
        ``(e,)`` number of each parcel within its order.
    """
    n = len(package)
    nothing, none = np.zeros(n), np.zeros(n, np.int64)
    inner, outer = catalogue.inner_mm[package], catalogue.outer_mm[package]
    tare = parcel_tare_g(catalogue, policy.materials)[package]
    empty_mm3 = volume_mm3(inner) - catalogue.coolant_mm3[package]
    fill = empty_mm3 * (policy.materials.filler_kg_m3 / 1e6)
    costs = package_costs(catalogue, policy)
    columns = {
        "order_id": word(none, pa.array([""])),
        "parcel": number.astype(np.int32),
        "package_id": names_of(package, catalogue),
        "kind": word(catalogue.kind[package], pa.array(PARCEL_KINDS)),
        "site": word(none, pa.array([""]), np.ones(n, np.bool_)),
        "units": none.astype(np.int32),
        "content_mm3": none,
        "content_g": none,
        "tare_g": tare,
        "fill_g": fill,
        "coolant_g": catalogue.coolant_g[package],
        "gross_g": tare + fill + catalogue.coolant_g[package],
        "empty_space_inner": nothing + 1,
        "empty_space_outer": nothing + 1,
        "billable_g": pa.nulls(n, pa.int64()),
        "cost": costs.in_units(costs.cost_of(package, none)),
        "verdict": word(none + VERDICTS.index("feasible"), pa.array(VERDICTS)),
        "package_code": catalogue.package_codes.take(pa.array(package)).dictionary_encode(),
    }
    for axis, side in enumerate(("length_mm", "width_mm", "height_mm")):
        columns |= {side: inner[:, axis], f"outer_{side}": outer[:, axis]}
    return pa.Table.from_arrays([pa.array(columns[name]) for name in PARCELS.names], schema=PARCELS)
