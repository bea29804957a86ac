"""The independent checker: every claim of a result, held against the orders and the catalogue.

It shares no code with the recommender and its kernel; what a package costs it takes from
``costing.py`` and ``size_costs.py``, as they do, whose formulas have tests of their own. Data flows
through these files::

    book.py          the result's tables as indices into orders and catalogue
    accounts.py      is every order answered once?        -> answers
    parcels.py       what each parcel offers
    plans.py         is every unit placed once?           -> placements
    nests.py         units that nest as one body          -> plans
    contents.py      what is in each parcel
    geometry.py      inside, right way up, no overlap     -> contacts
    handling.py      support, fragile units, loads, packing sequence
    placed.py        what lay in the package before
    sharing.py       what may share a parcel
    allowed.py       may its units have the package?
    sizes.py         sizes that were chosen for the content
    stock.py         is anything used that is not there?  -> ledger
    carriage.py      what freight adds to the costs
    values.py        reported numbers and costs
    codes.py         GTINs and package codes
    fits.py          sizes with a tolerance
    emptiness.py     is any parcel too empty?
    ranking.py       is every better package ruled out?
    verdicts.py      verdict and bounds, with bounds.py
    reasons.py       does each reason hold? by simple_proofs.py and stacks.py
    leftover.py      units that fit nothing, proved by homeless.py
    alternatives.py  the next packages that hold an order
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.admission import admit
from packopt.check.accounts import check_answers, check_parcels
from packopt.check.allowed import check_allowed, check_weights
from packopt.check.alternatives import check_alternatives
from packopt.check.book import open_book
from packopt.check.bounds import least_parcels
from packopt.check.codes import check_package_codes
from packopt.check.contents import sum_up, without_plans
from packopt.check.emptiness import check_empty_space
from packopt.check.findings import CODES, Findings, Violation
from packopt.check.fits import check_fits
from packopt.check.geometry import check_geometry
from packopt.check.handling import check_loads, check_sequence, check_support
from packopt.check.leftover import (
    check_absent,
    check_homeless,
    check_unpackable,
    read_leftover,
)
from packopt.check.nests import gather
from packopt.check.placed import check_placed
from packopt.check.plans import check_units, number_units, read_placements
from packopt.check.ranking import check_ranking, known_reasons
from packopt.check.reasons import check_against_plans, check_reasons
from packopt.check.sharing import check_sharing, check_together, orders_apart
from packopt.check.sizes import check_own_sizes, check_sizes, check_sizes_are_least
from packopt.check.stock import check_shortages, check_stock
from packopt.check.values import check_sites, check_values
from packopt.check.verdicts import check_verdicts
from packopt.costing import package_costs

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.check.book import Book, Index
    from packopt.check.nests import Plans
    from packopt.check.parcels import Parcels
    from packopt.check.plans import Units
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
    simple arguments here, and so are the bounds of orders in several parcels;
    `packopt.prove.prove` and `packopt.prove_splits.prove_splits` prove samples of them anew.

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
    policy = policy or result.policy
    accepted, refused = admit(orders, catalogue, policy)
    rejects = pa.concat_tables([orders.rejects, refused])
    if not result.rejects.equals(rejects):
        findings.whole(
            "rejects",
            f"found {result.rejects.num_rows} rejects, expected the {rejects.num_rows} of the "
            "orders; check against the orders that the result was made from",
        )
    findings.name(accepted.order_ids)
    book = open_book(result, accepted, catalogue, policy, package_costs(catalogue, policy))
    _check_book(book, result, findings)
    return findings.violations


def _check_book(book: Book, result: Recommendations, findings: Findings) -> None:
    """Check tables one by one, each with what the earlier ones told."""
    answers = check_answers(book, findings)
    parcels = check_parcels(book, answers, findings)
    units = number_units(book)
    plans = _read_plans(book, parcels, result.placements, units, findings)
    contents = without_plans(book, parcels) if plans is None else sum_up(book, plans)
    check_sizes(book, parcels, findings)
    check_weights(book, parcels, contents, findings)
    check_values(book, answers, parcels, contents, findings)
    check_package_codes(book, parcels, findings)
    check_empty_space(book, parcels, contents, findings)
    check_fits(book, answers, parcels, findings)
    ledger = check_stock(book, parcels, findings)
    absent = np.empty((0, 2), np.int64)
    if plans is not None:
        absent = _check_plans(book, plans, findings)
    leftover = read_leftover(book, result.unpacked, units, answers, findings)
    if plans is not None:
        check_absent(book, answers, leftover, units, absent[:, 0], absent[:, 1], findings)
    check_homeless(book, leftover, units, ledger, units.line_of_unit(absent[:, 1]), findings)
    listed = known_reasons(book, findings)
    apart = orders_apart(book)
    limits = check_ranking(book, listed, answers, parcels, contents, apart, findings)
    to_pack = book.orders.qty.astype(np.int64)
    least = least_parcels(
        book, to_pack - np.bincount(units.line_of_unit(absent[:, 1]), minlength=len(to_pack))
    )
    check_verdicts(book, answers, listed, least, findings)
    check_unpackable(book, answers, ledger, least, findings)
    check_reasons(book, listed, apart, limits, findings)
    check_shortages(book, ledger, listed, answers, findings)
    if plans is not None:
        check_against_plans(book, listed, answers, plans, limits, findings)
        others = result.alternative_placements
        check_alternatives(book, answers, plans, others, units, ledger, findings)


def _read_plans(
    book: Book, parcels: Parcels, placements: pa.Table, units: Units, findings: Findings
) -> Plans | None:
    """The plans of all parcels; None where there are parcels and no plans at all."""
    if placements.num_rows == 0 and len(parcels):
        findings.whole(
            "plans_missing",
            f"found {len(parcels)} parcels but no placements, expected a plan for each; recommend "
            "with plans to have them checked",
        )
        return None
    found = read_placements(book, parcels, placements, units, findings)
    return gather(book, parcels, found, findings)


def _check_plans(book: Book, plans: Plans, findings: Findings) -> Index:
    """Check what lies where; returns order and unit of what is in no parcel, ``(u, 2)``."""
    parcels, placements = plans.parcels, plans.placements
    planned = np.unique(parcels.order)
    scope = np.searchsorted(planned, parcels.order[placements.parcel])
    absent = check_units(book, placements, scope, planned, findings)
    contacts = check_geometry(book, plans, findings)
    check_sequence(plans, findings)
    check_support(book, plans, contacts, findings)
    check_loads(book, plans, contacts, findings)
    check_placed(book, plans, findings)
    check_sharing(book, plans, findings)
    check_together(book, plans, findings)
    check_allowed(book, plans, findings)
    check_sizes_are_least(book, plans, findings)
    check_own_sizes(book, plans, findings)
    line = np.full(len(parcels), -1)
    line[plans.parcel] = plans.line
    check_sites(book, parcels, line, findings)
    return np.column_stack([planned[absent[:, 0]], absent[:, 1]])
