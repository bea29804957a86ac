"""What the carriage of a baseline's parcels costs, which are asked about without freight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.costing import NANO
from packopt.freight.costs import REFUSED
from packopt.freight.tables import billed_sides_mm, gross_g, package_of, steps_of, with_columns

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.freight.costs import FreightCosts


def with_carriage(
    parcels: pa.Table, catalogue: Catalogue, freight: FreightCosts | None
) -> pa.Table:
    """Parcels with freight in their cost, and with what is billed, as the plan's parcels have it.

    Parameters
    ----------
    parcels
        Parcels in the schema `packopt.tables.PARCELS` whose cost has no freight yet.
    catalogue
        The packages of `freight`, of which all parcels are.
    freight
        What carriage costs; None where the policy asks for none.

    Returns
    -------
    The parcels. The cost of one that the carrier does not take, or for which the rates have no
    price, is NaN: the baseline used the package, and nobody knows for how much.
    """
    if freight is None or not parcels.num_rows:
        return parcels
    sides = billed_sides_mm(parcels, package_of(parcels, catalogue), freight)
    steps = freight.steps(sides, gross_g(parcels))
    total = (steps_of(parcels["cost"]) + steps) / float(NANO)
    columns = {"cost": pa.array(np.where(steps < REFUSED, total, np.nan))}
    rule = freight.tariff.rule
    if rule.basis == "weight":
        columns["billable_g"] = pa.array(rule.billable_g(sides, gross_g(parcels)))
    return with_columns(parcels, columns)
