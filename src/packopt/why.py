"""Why an order did not get other packages, with the numbers where the arithmetic is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.admission import admit
from packopt.arguments import Case, argument
from packopt.freight.costs import costs_of_order
from packopt.size_costs import size_costs

if TYPE_CHECKING:
    from packopt.evidence import Evidence


def why_not(evidence: Evidence) -> dict[str, str]:
    """Return an English sentence for each package that is ruled out.

    Parameters
    ----------
    evidence
        Of the order.
    """
    result, catalogue = evidence.result, evidence.catalogue
    policy, row = result.policy, result.orders.to_pylist()[0]
    accepted, _ = admit(evidence.orders, catalogue, policy)
    costs = costs_of_order(catalogue, policy, row["weight_g"] or 0, row["volume_mm3"])
    case = Case(policy, accepted, catalogue, costs, size_costs(catalogue, policy, costs), 0)
    single = row["parcels"] == 1 and row["verdict"] != "partial"
    numbers = {name: number for number, name in enumerate(catalogue.package_ids)}
    return {
        one["package_id"]: argument(case, numbers[one["package_id"]], one["reason"], cheaper=single)
        for one in result.ruled_out.to_pylist()
    }
