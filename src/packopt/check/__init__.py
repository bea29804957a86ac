"""The independent checker: every claim of a result, held against the orders and the catalogue.

It shares no code with the recommender and its kernel; what a package costs it takes from
``costing.py``, as they do, whose formulas have tests of their own. Data flows through these files::

    book.py      the result's tables as indices into orders and catalogue
    accounts.py  is every order answered once?        -> answers, parcels
    plans.py     is every unit placed once?           -> placements
    geometry.py  inside, right way up, no overlap     -> contacts
    handling.py  support, fragile units, loads, packing sequence
    values.py    reported numbers and costs
    ranking.py   is every cheaper package ruled out?  -> verdict and bound
    reasons.py   does each reason hold? by simple_proofs.py and stacks.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.check.accounts import check_answers, check_parcels
from packopt.check.book import open_book
from packopt.check.findings import CODES, Findings, Violation
from packopt.check.geometry import check_content, check_geometry
from packopt.check.handling import check_loads, check_sequence, check_support
from packopt.check.plans import Plans, read_plans
from packopt.check.ranking import check_ranking
from packopt.check.reasons import check_reasons
from packopt.check.values import check_values
from packopt.costing import package_costs

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.check.book import Book, Rows
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

__all__ = ["CODES", "Violation", "check"]


def check(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy | None = None,
) -> list[Violation]:
    """Find everything in a result that is wrong or does not follow.

    Proofs by sums of sides, dual feasible functions, search and CP-SAT are only held against
    simple arguments here; `packopt.prove.prove` proves a sample of them anew.

    Parameters
    ----------
    result
        What `packopt.recommend` answered, or what was read from a result directory.
    orders
        The orders that were asked about; exactly these must be answered.
    catalogue
        The packages that were on offer.
    policy
        The rules to check against; by default those that the result says it was made under.

    Returns
    -------
    list
        The violations; empty where there are none.

    Raises
    ------
    CatalogueError
        If the catalogue lacks what the policy's objective needs.
    """
    findings = Findings(orders.order_ids)
    if result.catalogue_digest != catalogue.digest:
        findings.whole(
            "catalogue",
            f"found digest {result.catalogue_digest!r}, expected {catalogue.digest!r}; "
            "check against the catalogue that the result was made from",
        )
        return findings.violations
    if not result.rejects.equals(orders.rejects):
        findings.whole(
            "rejects",
            f"found {result.rejects.num_rows} rejects, expected the {orders.rejects.num_rows} of "
            "the orders; check against the orders that the result was made from",
        )
    policy = policy or result.policy
    book = open_book(result, orders, catalogue, policy, package_costs(catalogue, policy))
    answers = check_answers(book, findings)
    parcels = check_parcels(book, answers, findings)
    check_content(book, parcels, findings)
    check_values(book, answers, parcels, findings)
    plans = _check_plans(book, parcels, result.placements, findings)
    check_reasons(book, check_ranking(book, answers, findings), plans, findings)
    return findings.violations


def _check_plans(
    book: Book, parcels: Rows, placements: pa.Table, findings: Findings
) -> Plans | None:
    """Check the placements; None where there are none."""
    if placements.num_rows == 0:
        if len(parcels.order):
            findings.whole(
                "plans_missing",
                f"found {len(parcels.order)} parcels but no placements, expected a plan for "
                "each; recommend with plans to have them checked",
            )
        return None
    plans = read_plans(book, parcels, placements, findings)
    contacts = check_geometry(book, parcels, plans, findings)
    check_sequence(plans, findings)
    check_support(book, plans, contacts, findings)
    check_loads(book, plans, contacts, findings)
    return plans
