"""The package of each parcel may be had by its units: site, temperature, ban, mailer, weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans
    from packopt.check.parcels import Parcels

    Mask = NDArray[np.bool_]

_FOUND: Final = {
    "mailer": "found a mailer, expected a carton: a unit is fragile or not mailer_ok",
    "site": "found a package that is not to be had at the units' site, expected one that is",
    "temperature": "found a package that is not for the units' temperature, expected one that is",
    "banned": "found a package that the policy bans for the order, expected another",
}


def check_weights(book: Book, parcels: Parcels, contents: Contents, findings: Findings) -> None:
    """No content is heavier than the package may hold beside its coolant."""
    limit = parcels.of_package(book.most_content_g, own=-1)
    findings.add(
        "weight",
        contents.known & (limit >= 0) & (contents.weight_g > limit),
        parcels.order,
        lambda row: f"found {contents.weight_g[row]} g of content, expected at most {limit[row]} g",
        parcels.number,
    )


def check_allowed(book: Book, plans: Plans, findings: Findings) -> None:
    """Every unit may travel in the package that it is in."""
    boxed = np.flatnonzero(~plans.parcels.own[plans.parcel])
    line, parcel = plans.line[boxed], plans.parcel[boxed]
    package = plans.parcels.package[parcel]
    permits = book.permits
    _report("mailer", permits.refuse_mailer(line, package), parcel, plans, findings)
    for rule, table in permits.refused.items():
        if table.any():
            refused = table[permits.line_class[line], package]
            _report(rule, refused, parcel, plans, findings)


def _report(rule: str, refused: Mask, parcel: Index, plans: Plans, findings: Findings) -> None:
    """Report each parcel with a unit that a rule keeps from its package, once."""
    faulty = np.zeros(len(plans.parcels), np.bool_)
    faulty[parcel[refused]] = True
    findings.add(
        rule,
        faulty,
        plans.parcels.order,
        lambda row: f"{plans.parcels.name(row)}: {_FOUND[rule]}",
        plans.parcels.number,
    )
