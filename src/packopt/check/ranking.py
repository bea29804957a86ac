"""Every cheaper package is ruled out, and the verdict follows from that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import check_names
from packopt.check.book import find_first
from packopt.tables import REASONS, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

_UNDECIDED: Final = REASONS.index("undecided")
_NEVER: Final = (-1, REASONS.index("none"), REASONS.index("stock"))  # no stock to run out of yet
_OPTIMAL, _FEASIBLE, _UNPACKABLE, _OPEN = range(len(VERDICTS))
_ORDERS_AT_A_TIME: Final = 20_000
_TOLERANCE: Final = 1e-9  # relative


def check_ranking(book: Book, answers: Rows, findings: Findings) -> Rows:
    """The list of ruled-out packages is complete and the verdict follows from it.

    Returns the rows whose order, package and reason are known, so that reasons can be verified.
    """
    listed = _known(book, findings)
    ranks = _Ranks(book)
    _check_order(ranks, listed, findings)
    _check_complete(ranks, listed, answers, findings)
    _check_verdicts(book, listed, answers, findings)
    return listed


def _known(book: Book, findings: Findings) -> Rows:
    rows = book.ruled_out
    check_names("ruled_out", rows.order, rows.table["order_id"], findings)
    rows = rows[rows.order >= 0]
    findings.add(
        "package_unknown",
        rows.package < 0,
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
    rows = rows[(rows.package >= 0) & ~strange]
    ascending = bool((np.diff(rows.order) >= 0).all())
    return rows if ascending else rows[np.argsort(rows.order, kind="stable")]


class _Ranks:
    """Compares packages for an order: by cost, then outer volume, then name."""

    def __init__(self, book: Book) -> None:
        self.book = book
        names = book.catalogue.package_ids
        outer = book.costs.outer_mm3
        by_tie = sorted(range(len(names)), key=lambda k: (int(outer[k]), names[k]))
        self._tie = np.empty(len(names), dtype=np.int64)
        self._tie[by_tie] = np.arange(len(names))

    def before(self, order: Index, package: Index, other: Index) -> NDArray[np.bool_]:
        """Whether `package` is cheaper than `other` for each order; the three broadcast."""
        content = self.book.content_mm3[order]
        cost = self.book.costs.cost_of(package, content)
        than = self.book.costs.cost_of(other, content)
        ties = self._tie[package] < self._tie[other]
        return np.asarray((cost < than) | ((cost == than) & ties))

    def cheaper(self, order: Index, chosen: Index) -> Index:
        """How many packages are cheaper than the chosen one; all where none (-1) was chosen."""
        every = np.arange(len(self._tie))
        count = np.full(len(order), len(every))
        for start in range(0, len(order), _ORDERS_AT_A_TIME):
            part = slice(start, start + _ORDERS_AT_A_TIME)
            matrix = self.before(order[part, None], every[None, :], chosen[part, None])
            count[part] = np.where(chosen[part] >= 0, matrix.sum(axis=1), count[part])
        return count


def _check_order(ranks: _Ranks, listed: Rows, findings: Findings) -> None:
    """Cheapest first, each package once."""
    same = listed.order[1:] == listed.order[:-1]
    rises = ranks.before(listed.order[1:], listed.package[:-1], listed.package[1:])
    findings.add(
        "ruled_out_order",
        same & ~rises,
        listed.order[1:],
        lambda row: (
            f"found package {_name(ranks.book, listed.package[row + 1])!r} after "
            f"{_name(ranks.book, listed.package[row])!r}, expected each once, cheapest first"
        ),
    )


def _check_complete(ranks: _Ranks, listed: Rows, answers: Rows, findings: Findings) -> None:
    """Listed are all packages cheaper than the chosen one and no others."""
    book = ranks.book
    chosen = np.full(book.orders.n_orders, -1)
    chosen[answers.order] = answers.package
    limit = chosen[listed.order]
    cheaper = (limit < 0) | ranks.before(listed.order, listed.package, limit)
    findings.add(
        "ruled_out_extra",
        ~cheaper,
        listed.order,
        lambda row: (
            f"found package {_name(book, listed.package[row])!r}, expected only packages "
            f"cheaper than {_name(book, limit[row])!r}"
        ),
    )
    n_packages = len(book.catalogue.package_ids)
    key = np.sort((listed.order * n_packages + listed.package)[cheaper])
    fresh = key[np.diff(key, prepend=-1) != 0]  # np.unique takes ten times as long
    listed_once = np.bincount(fresh // n_packages, minlength=book.orders.n_orders)
    due = ranks.cheaper(answers.order, answers.package)
    found = listed_once[answers.order]
    findings.add(
        "ruled_out_missing",
        found < due,
        answers.order,
        lambda row: f"found {found[row]} cheaper packages ruled out, expected {due[row]}",
    )


def _check_verdicts(book: Book, listed: Rows, answers: Rows, findings: Findings) -> None:
    """The verdict by what is undecided, and the bound by its cheapest package."""
    open_rows = listed[listed.word == _UNDECIDED]
    open_rows = open_rows[find_first(open_rows.order)]
    cheapest_open = np.full(book.orders.n_orders, np.nan)
    cheapest_open[open_rows.order] = book.costs.in_units(
        book.costs.cost_of(open_rows.package, book.content_mm3[open_rows.order])
    )
    cost = book.costs.in_units(book.costs.cost_of(answers.package, book.content_mm3[answers.order]))
    bound = cheapest_open[answers.order]
    is_open = ~np.isnan(bound)
    planned = answers.package >= 0
    expected = np.where(
        planned,
        np.where(is_open, _FEASIBLE, _OPTIMAL),
        np.where(is_open, _OPEN, _UNPACKABLE),
    )
    findings.add(
        "verdict",
        answers.word != expected,
        answers.order,
        lambda row: (
            f"found {answers.table['verdict'][row].as_py()!r}, "
            f"expected {VERDICTS[expected[row]]!r} by what is ruled out"
        ),
    )
    bound = np.where(planned & ~is_open, cost, bound)
    found = answers.real("cost_lower_bound")
    close = np.abs(found - bound) <= _TOLERANCE * np.maximum(np.abs(bound), 1)
    findings.add(
        "bound",
        ~(close | (np.isnan(found) & np.isnan(bound))),
        answers.order,
        lambda row: f"cost_lower_bound: found {found[row]}, expected {bound[row]}",
    )


def _name(book: Book, package: int) -> str:
    return book.catalogue.package_ids[package]
