"""Stock is never overdrawn: orders are served in turn, by date and else as they came in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.check.accounts import PARTIAL, PLANNED
from packopt.check.book import indices
from packopt.check.ragged import expand
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels

    Mask = NDArray[np.bool_]

_STOCK: Final = REASONS.index("stock")
_ENDLESS: Final = np.iinfo(np.int64).max
_TOLERANCE: Final = 1e-9  # relative


@dataclass(frozen=True, eq=False)
class Ledger:
    """What was taken out of stock and when.

    Attributes
    ----------
    turn
        ``(n,)`` when each order is served.
    site, site_of_line
        ``(n,)`` site of each order's first unit and ``(m,)`` of each line, as row of `first`.
    first
        ``(s + 1, k)`` stock at the beginning by site, and last for orders without one.
    shared
        ``(k,)`` True for packages of which all sites draw on one stock.
    in_use
        ``(n,)`` True for orders whose package is part-filled already: they take none.
    taken
        ``(t,)`` what was taken when, see `_key`; ascending.
    """

    turn: Index
    site: Index
    site_of_line: Index
    first: Index
    shared: Mask
    in_use: Mask
    taken: Index

    @property
    def finite(self) -> bool:
        """Whether anything can run out."""
        return bool((self.first != _ENDLESS).any())

    def left(self, order: Index, package: Index, line: Index | None = None) -> Index:
        """``(r,)`` packages left when it is an order's turn, at the site of its first unit.

        With `line`, at the site of these order lines.
        """
        site = self.site[order] if line is None else self.site_of_line[line]
        begin = self._key(site, package, np.zeros_like(order))
        now = self._key(site, package, self.turn[order])
        used = np.searchsorted(self.taken, now) - np.searchsorted(self.taken, begin)
        first = self.first[site, package]
        return np.where((first == _ENDLESS) | self.in_use[order], _ENDLESS, first - used)

    def _key(self, site: Index, package: Index, turn: Index) -> Index:
        """One number for stock and turn, ascending with the turn."""
        stock = np.where(self.shared[package], len(self.first) - 1, site)
        return np.asarray((stock * len(self.shared) + package) * (len(self.turn) + 1) + turn)

    def enter(self, order: Index, site: Index, package: Index) -> tuple[Ledger, Index]:
        """Take packages; also ``(r,)`` by how much each is more than there was, or less than 0."""
        key = self._key(site, package, self.turn[order])
        by_key = np.argsort(key, kind="stable")
        entered = replace(self, taken=key[by_key])
        stock = key[by_key] // (len(self.turn) + 1)
        over = np.empty(len(key), np.int64)
        over[by_key] = np.arange(len(key)) - np.searchsorted(stock, stock) + 1
        return entered, over - self.first[site, package]


def check_stock(book: Book, parcels: Parcels, findings: Findings) -> Ledger:
    """No package is used more often than it is in stock; returns who took what."""
    words = book.orders.site.words
    ledger = _empty_ledger(book)
    if not ledger.finite:
        return ledger
    boxed = np.flatnonzero(~parcels.own & ~ledger.in_use[parcels.order])
    site = indices(parcels.rows.table["site"], pa.array(words, pa.string()))[boxed]
    site = np.where(site < 0, len(words), site)
    package = parcels.package[boxed]
    ledger, over = ledger.enter(parcels.order[boxed], site, package)
    findings.add(
        "stock",
        over > 0,
        parcels.order[boxed],
        lambda row: (
            f"{book.name(package[row])}: found it used {over[row]} times more often than the "
            f"{ledger.first[site[row], package[row]]} in stock, up to this order"
        ),
        parcels.number[boxed],
    )
    return ledger


def check_shortages(
    book: Book, ledger: Ledger, listed: Rows, answers: Rows, findings: Findings
) -> None:
    """Where stock is a reason it was used up, and what a shortage cost is the difference.

    Of a package of which there was none at first no order is short, as if it were not offered.
    """
    order, package = listed.order, listed.package
    because = np.flatnonzero(listed.word == _STOCK)
    left = ledger.left(order[because], package[because])
    findings.add(
        "reason_stock",
        left > 0,
        order[because],
        lambda row: (
            f"{book.name(package[because[row]])}: found reason 'stock', but "
            f"{'stock is endless' if left[row] == _ENDLESS else f'{left[row]} were left'}"
        ),
    )
    names = pa.array(book.catalogue.package_ids, pa.string())
    short = indices(answers.table["shortage_package_id"], names)
    _check_short_packages(book, ledger, answers, short, findings)
    explained = np.zeros(book.orders.n_orders, np.bool_)
    explained[answers.order[short >= 0]] = True
    findings.add(
        "shortage",
        ~explained[order[because]] & _was_there(book, ledger, order[because], package[because]),
        order[because],
        lambda row: (
            f"{book.name(package[because[row]])}: found reason 'stock' and no "
            "shortage_package_id, expected the package that the order had to do without"
        ),
    )
    _check_short_costs(book, answers, short, findings)


def _was_there(book: Book, ledger: Ledger, order: Index, package: Index) -> Mask:
    """``(r,)`` whether there were any of a package at first, where some unit of an order is."""
    start = book.orders.line_start
    row, line = expand(start[order], start[order + 1])
    some = ledger.first[ledger.site_of_line[line], package[row]] > 0
    return np.asarray(np.bincount(row[some], minlength=len(order)) > 0)


def _check_short_packages(
    book: Book, ledger: Ledger, answers: Rows, short: Index, findings: Findings
) -> None:
    """A package that an order had to do without was there, and no longer for each of its units."""
    stated = answers.table["shortage_package_id"].is_valid().to_numpy()
    left = np.full(len(short), -1)
    rows = np.flatnonzero(short >= 0)
    left[rows] = ledger.left(answers.order[rows], short[rows])
    wrong = left >= np.diff(book.orders.unit_start)[answers.order]
    wrong[rows] |= ~_was_there(book, ledger, answers.order[rows], short[rows])
    findings.add(
        "shortage",
        (stated & (short < 0)) | wrong,
        answers.order,
        lambda row: (
            f"shortage_package_id: found {answers.table['shortage_package_id'][row].as_py()!r}, "
            "expected a package of which there were some at first, and too few were left"
        ),
    )


def _check_short_costs(book: Book, answers: Rows, short: Index, findings: Findings) -> None:
    """The cost of a shortage; where one package replaces another, it is their difference."""
    extra, cost = answers.real("shortage_cost"), answers.real("cost")
    stated = ~np.isnan(extra)
    due = (short >= 0) & np.isin(answers.word, PLANNED) & ~np.isnan(cost)
    findings.add(
        "shortage",
        stated != due,
        answers.order,
        lambda row: (
            f"shortage_cost: found {extra[row]}, expected "
            f"{'a number' if due[row] else 'none: nothing ran out, or there is no plan'}"
        ),
    )
    single = due & stated & (answers.whole("parcels") == 1) & (book.parcel_price is None)
    single &= (short >= 0) & (answers.package < book.n_packages) & (answers.word != PARTIAL)
    single &= ~book.flexible[np.maximum(short, 0)]
    other = book.costs.in_units(book.whole_cost(answers.order, np.maximum(short, 0)))
    expected = cost - other
    close = np.abs(extra - expected) <= _TOLERANCE * np.maximum(np.abs(cost), 1)
    findings.add(
        "shortage",
        single & ~close,
        answers.order,
        lambda row: f"shortage_cost: found {extra[row]}, expected {expected[row]}",
    )


def _empty_ledger(book: Book) -> Ledger:
    orders, catalogue = book.orders, book.catalogue
    words = orders.site.words
    first = np.full((len(words) + 1, catalogue.n_packages), _ENDLESS)
    for package, stock in enumerate(catalogue.stock):
        if stock:
            # A site that is not named has none, and an order without a site cannot say whose.
            rest = stock.get("", 0)
            first[:, package] = [*(stock.get(site, rest) for site in words), rest]
    code = np.where(orders.site.code < 0, len(words), orders.site.code).astype(np.int64)
    return Ledger(
        turn=_turns(book),
        site=code[orders.line_start[:-1]],
        site_of_line=code,
        first=first,
        shared=np.array(["" in stock for stock in catalogue.stock], np.bool_),
        in_use=book.part_filled,
        taken=np.empty(0, np.int64),
    )


def _turns(book: Book) -> Index:
    """``(n,)`` rank of each order by date, those without one last, and by the input."""
    n = book.orders.n_orders
    if book.orders.date is None:
        return np.arange(n)
    days = pc.fill_null(book.orders.date.cast(pa.int32()), np.iinfo(np.int32).max).to_numpy()
    turn = np.empty(n, np.int64)
    turn[np.argsort(days, kind="stable")] = np.arange(n)
    return turn
