"""Every package that would be better is ruled out, and none twice.

With one parcel, what is better is what is cheaper. With several, or none, no package holds all of
the order, and each has to be listed; where parcels have a price, those that would be cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import PLANNED, check_names
from packopt.check.placed import given_package
from packopt.check.sizes import costs, outer_mm
from packopt.costing import CONTENT_LIMIT_MM3
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels

    Mask = NDArray[np.bool_]

_NEVER: Final = (-1, REASONS.index("none"))
_ORDERS_AT_A_TIME: Final = 20_000
_NOTHING: Final = np.iinfo(np.int64).min
_EVERYTHING: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Limits:
    """Below which cost a package is better than what an order has; ``n`` orders.

    Attributes
    ----------
    cost
        ``(n,)`` cost steps of a package; the largest integer where any is, the least where none.
    outer_mm3, name
        ``(n,)`` break ties: outer volume, and rank of the package's name.
    chosen
        ``(n,)`` the package of the one parcel; -1 where there is none. It is not listed, even if
        it might be made smaller.
    exact
        ``(n,)`` True where packages beyond the limit are not to be listed.
    """

    cost: Index
    outer_mm3: Index
    name: Index
    chosen: Index
    exact: Mask


class Ranks:
    """Compares packages by cost for an order, then by outer volume, then by name.

    A package whose size is chosen ranks by its least size, which is the cheapest.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        every = np.arange(book.n_packages)
        least = book.sizes.least_outer_mm3(every)
        self.outer_mm3 = np.where(book.flexible, least, book.costs.outer_mm3)
        self._empty = book.sizes.least_cost(every, np.zeros_like(every))
        self._saved = book.sizes.filler
        self._content = np.minimum(book.content_mm3, CONTENT_LIMIT_MM3)
        names = book.catalogue.package_ids
        self.name = np.empty(len(names), dtype=np.int64)
        self.name[sorted(range(len(names)), key=lambda k: names[k])] = np.arange(len(names))

    def below(self, order: Index, package: Index, limits: Limits) -> Mask:
        """Whether a package is below the limit of an order; the two broadcast."""
        cost = self.cost(order, package)
        outer = self.outer_mm3[package]
        most, most_outer = limits.cost[order], limits.outer_mm3[order]
        first = (outer < most_outer) | (
            (outer == most_outer) & (self.name[package] < limits.name[order])
        )
        below = (cost < most) | ((cost == most) & first)
        return np.asarray(below & (package != limits.chosen[order]))

    def cost(self, order: Index, package: Index) -> Index:
        """Cost steps of a package at its least size for an order; the two broadcast."""
        cost = np.asarray(self._empty[package] - self._saved[package] * self._content[order])
        return self.book.with_carriage(cost, order, package)

    def before(self, order: Index, package: Index, other: Index) -> Mask:
        """Whether `package` is cheaper than `other` for each order."""
        outer = self.outer_mm3
        keys = (
            (self.cost(order, package), self.cost(order, other)),
            (outer[package], outer[other]),
            (self.name[package], self.name[other]),
        )
        less, equal = np.zeros(len(order), np.bool_), np.ones(len(order), np.bool_)
        for mine, theirs in keys:
            less |= equal & (mine < theirs)
            equal &= mine == theirs
        return less

    def due(self, limits: Limits) -> Index:
        """``(n,)`` how many packages are below the limit of each order."""
        n, ranked = len(limits.cost), np.arange(self.book.n_packages)
        count = np.empty(n, np.int64)
        for start in range(0, n, _ORDERS_AT_A_TIME):
            order = np.arange(start, min(start + _ORDERS_AT_A_TIME, n))
            below = self.below(order[:, None], ranked[None, :], limits)
            count[order] = below.sum(axis=1)
        return count


def known_reasons(book: Book, findings: Findings) -> Rows:
    """The rows whose order, package and reason are known, by order."""
    rows = book.ruled_out
    check_names("ruled_out", rows.order, rows.table["order_id"], findings)
    rows = rows[rows.order >= 0]
    strange_package = (rows.package < 0) | (rows.package == book.n_packages)
    findings.add(
        "package_unknown",
        strange_package,
        rows.order,
        lambda row: f"found package {rows.table['package_id'][row].as_py()!r} in ruled_out",
    )
    strange = np.isin(rows.word, _NEVER)
    findings.add(
        "reason_unknown",
        strange,
        rows.order,
        lambda row: f"found reason {rows.table['reason'][row].as_py()!r}",
    )
    rows = rows[~strange_package & ~strange]
    ascending = bool((np.diff(rows.order) >= 0).all())
    return rows if ascending else rows[np.argsort(rows.order, kind="stable")]


def check_ranking(
    book: Book,
    listed: Rows,
    answers: Rows,
    parcels: Parcels,
    contents: Contents,
    apart: Mask,
    findings: Findings,
) -> Limits:
    """The list of ruled-out packages is complete; returns what it was held against.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    listed
        The ruled-out packages.
    answers, parcels, contents
        What was found.
    apart
        ``(n,)`` orders whose units may not share a parcel: no package can be asked about them.
    findings
        Takes the violations.
    """
    ranks = Ranks(book)
    limits = find_limits(ranks, answers, parcels, contents)
    _check_order(ranks, listed, apart, findings)
    _check_extra(ranks, listed, limits, findings)
    _check_complete(ranks, listed, answers, limits, findings)
    return limits


def find_limits(ranks: Ranks, answers: Rows, parcels: Parcels, contents: Contents) -> Limits:
    """Which packages are better than what each order has, and which may be listed."""
    book = ranks.book
    n = book.orders.n_orders
    limits = Limits(
        cost=np.full(n, _EVERYTHING),
        outer_mm3=np.zeros(n, np.int64),
        name=np.zeros(n, np.int64),
        chosen=np.full(n, -1),
        exact=np.zeros(n, np.bool_),
    )
    if book.parcel_price is not None:
        steps = np.zeros(n, np.int64)
        np.add.at(steps, parcels.order, costs(book, parcels, contents) + book.parcel_price)
        limits.cost[parcels.order] = steps[parcels.order] - book.parcel_price
    verdict = np.full(n, -1)
    verdict[answers.order] = answers.word
    planned = np.isin(verdict, PLANNED)
    single = np.bincount(parcels.order, minlength=n)[parcels.order] == 1
    rows = np.flatnonzero(single & planned[parcels.order])
    order = parcels.order[rows]
    limits.cost[order] = costs(book, parcels, contents)[rows]
    limits.outer_mm3[order] = outer_mm(book, parcels)[rows].prod(axis=1)
    boxed = ~parcels.own[rows]
    package = parcels.package[rows[boxed]]
    soft = parcels.soft[rows[boxed]]  # as large as it can be, whatever the plan
    limits.outer_mm3[order[boxed][soft]] = book.costs.outer_mm3[package[soft]]
    limits.name[order[boxed]] = ranks.name[package]
    limits.chosen[order[boxed]] = package
    limits.exact[order] = True
    if book.carriage is None or book.policy.own_container == "always":
        limits.cost[order[~boxed]] = _NOTHING  # what costs nothing has nothing below it
    limits.name[order[~boxed]] = -1
    filled = np.flatnonzero(book.part_filled)
    limits.cost[filled] = _NOTHING
    limits.exact[filled] = True
    partial = np.flatnonzero(verdict == PLANNED[-1])
    limits.cost[partial] = _EVERYTHING
    limits.chosen[partial] = -1
    limits.exact[partial] = False
    return limits


def _check_order(ranks: Ranks, listed: Rows, apart: Mask, findings: Findings) -> None:
    """Each package once; cheapest first, where the whole order can be asked about."""
    n_packages = ranks.book.n_packages
    key = listed.order * n_packages + listed.package
    by_key = np.argsort(key, kind="stable")
    repeated = np.zeros(len(key), np.bool_)
    repeated[by_key[1:]] = key[by_key[1:]] == key[by_key[:-1]]
    findings.add(
        "ruled_out_order",
        repeated,
        listed.order,
        lambda row: f"{ranks.book.name(listed.package[row])}: found it again, expected it once",
    )
    rows = np.flatnonzero(~apart[listed.order])
    order, package = listed.order[rows], listed.package[rows]
    same = order[1:] == order[:-1]
    falls = ranks.before(order[1:], package[1:], package[:-1])
    findings.add(
        "ruled_out_order",
        same & falls,
        order[1:],
        lambda row: (
            f"{ranks.book.name(package[row + 1])}: found it after "
            f"{ranks.book.name(package[row])}, expected the cheaper one first"
        ),
    )


def _check_extra(ranks: Ranks, listed: Rows, limits: Limits, findings: Findings) -> None:
    """With one parcel, no dearer package is listed."""
    book = ranks.book
    rows = np.flatnonzero(limits.exact[listed.order])
    order, package = listed.order[rows], listed.package[rows]
    extra = ~ranks.below(order, package, limits)
    given = given_package(book)[order] == package
    findings.add(
        "ruled_out_extra",
        extra & ~given,
        order,
        lambda row: f"{book.name(package[row])}: expected only packages that would be better",
    )


def _check_complete(
    ranks: Ranks, listed: Rows, answers: Rows, limits: Limits, findings: Findings
) -> None:
    """All better packages are listed."""
    book = ranks.book
    below = ranks.below(listed.order, listed.package, limits)
    key = np.sort((listed.order * book.n_packages + listed.package)[below])
    fresh = key[np.diff(key, prepend=-1) != 0]  # np.unique takes ten times as long
    found = np.bincount(fresh // max(book.n_packages, 1), minlength=book.orders.n_orders)
    found = found[answers.order]
    due = ranks.due(limits)[answers.order]
    # All that is asked about a part-filled package is whether it holds the rest.
    given = given_package(book)
    refused = np.zeros(book.orders.n_orders, np.bool_)
    refused[listed.order[listed.package == given[listed.order]]] = True
    open_question = (given[answers.order] >= 0) & ~np.isin(answers.word, PLANNED)
    found = np.where(open_question, refused[answers.order], found)
    due = np.where(open_question, 1, due)
    findings.add(
        "ruled_out_missing",
        found < due,
        answers.order,
        lambda row: f"found {found[row]} better packages ruled out, expected {due[row]}",
    )
