"""Alternatives: the next packages that hold an order, dearer each, with plans that hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.catalogue import KINDS
from packopt.check.accounts import FEASIBLE, OPTIMAL, check_names
from packopt.check.allowed import check_allowed, check_weights
from packopt.check.contents import sum_up
from packopt.check.emptiness import check_empty_space
from packopt.check.geometry import check_geometry, tops_mm
from packopt.check.handling import check_loads, check_sequence, check_support
from packopt.check.nests import gather
from packopt.check.parcels import Parcels
from packopt.check.plans import check_units, read_placements
from packopt.check.reasons import is_forbidden, spans_of_orders
from packopt.check.sharing import check_sharing
from packopt.check.sizes import check_sizes, check_sizes_are_least, costs, tare_g
from packopt.check.values import Comparison, empty_share, fill_g, volumes_mm3
from packopt.spaces import usable_mm

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt.check.book import Book, Index, Rows
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans
    from packopt.check.plans import Units
    from packopt.check.stock import Ledger


def check_alternatives(
    book: Book,
    answers: Rows,
    plans: Plans,
    placements: pa.Table,
    units: Units,
    ledger: Ledger,
    findings: Findings,
) -> None:
    """Alternatives are numbered, differ, hold the order, and cost what they say.

    Parameters
    ----------
    book
        Orders, catalogue and policy, and the table of alternatives.
    answers
        The orders table, one row an order.
    plans
        The plans of the answers.
    placements
        The plans of the alternatives.
    units
        All units.
    ledger
        What is in stock when it is an order's turn.
    findings
        Takes the violations.
    """
    alternatives = _read(book, answers, ledger, findings)
    if book.policy.alternatives:
        _check_skipped(book, answers, plans, alternatives, ledger, findings)
    if not len(alternatives) and not placements.num_rows:
        return
    about = findings.about("alternative")
    found = read_placements(book, alternatives, placements, units, about, number="rank")
    missing = check_units(book, found, found.parcel, alternatives.order, about)
    lacking = np.bincount(missing[:, 0], minlength=len(alternatives))
    about.add(
        "unit_missing",
        lacking > 0,
        alternatives.order,
        lambda row: f"found no placement of {lacking[row]} units, expected one of each",
        alternatives.number,
    )
    check_sizes(book, alternatives, about)
    other = _with_thickness(gather(book, alternatives, found, about))
    check_sizes_are_least(book, other, about)
    contents = sum_up(book, other)
    contacts = check_geometry(book, other, about)
    check_sequence(other, about)
    check_support(book, other, contacts, about)
    check_loads(book, other, contacts, about)
    check_sharing(book, other, about)
    check_allowed(book, other, about)
    check_weights(book, other.parcels, contents, about)
    _check_values(book, other, contents, about)
    check_empty_space(book, other.parcels, contents, about)
    _check_costs(book, answers, other, contents, about)


def _read(book: Book, answers: Rows, ledger: Ledger, findings: Findings) -> Parcels:
    rows = book.alternatives
    check_names("alternatives", rows.order, rows.table["order_id"], findings)
    rows = rows[rows.order >= 0]
    rows = rows[np.lexsort([rows.whole("rank"), rows.order])]
    about = findings.about("alternative")
    number = rows.whole("rank")
    about.add(
        "package_unknown",
        (rows.package < 0) | (rows.package == book.n_packages),
        rows.order,
        lambda row: f"found package {rows.table['package_id'][row].as_py()!r}",
        number,
    )
    due = np.arange(len(number)) - np.searchsorted(rows.order, rows.order) + 1
    about.add(
        "alternative",
        (number != due) | (number > book.policy.alternatives),
        rows.order,
        lambda row: (
            f"found rank {number[row]}, expected {due[row]} and at most {book.policy.alternatives}"
        ),
        number,
    )
    chosen = np.full(book.orders.n_orders, -1)
    single = (answers.whole("parcels") == 1) & np.isin(answers.word, (OPTIMAL, FEASIBLE))
    chosen[answers.order[single]] = answers.package[single]
    key = rows.order * (book.n_packages + 1) + rows.package
    repeated = np.ones(len(key), np.bool_)
    repeated[np.unique(key, return_index=True)[1]] = False
    mine = chosen[rows.order]
    about.add(
        "alternative",
        repeated | (mine < 0) | (mine == rows.package) | book.part_filled[rows.order],
        rows.order,
        lambda row: (
            f"found {book.name(rows.package[row])}, expected another package for an order that is "
            "in one package"
        ),
        number,
    )
    rows = rows[(rows.package >= 0) & (rows.package < book.n_packages) & (number == due)]
    about.add(
        "stock",
        ledger.left(rows.order, rows.package) <= 0,
        rows.order,
        lambda row: f"found {book.name(rows.package[row])}, of which none was left",
        rows.whole("rank"),
    )
    return Parcels(
        book=book,
        order=rows.order,
        number=rows.whole("rank"),
        package=rows.package,
        inner_mm=np.column_stack(
            [rows.whole(name) for name in ("length_mm", "width_mm", "height_mm")]
        ),
        thickness_mm=np.zeros(len(rows.order), np.int64),
        rows=rows,
    )


def _with_thickness(plans: Plans) -> Plans:
    """How thick a mailer is filled is not reported: it is as thick as its plan."""
    thick = np.maximum(tops_mm(plans), 0)
    return replace(plans, parcels=replace(plans.parcels, thickness_mm=thick))


def _check_values(book: Book, plans: Plans, contents: Contents, findings: Findings) -> None:
    parcels = plans.parcels
    compare = Comparison(parcels.rows, parcels.order, parcels.number, findings)
    inner, outer = volumes_mm3(book, parcels)
    compare.word("kind", KINDS, parcels.of_package(book.catalogue.kind, own=-1))
    compare.real("tare_g", tare_g(book, parcels))
    compare.real("fill_g", fill_g(book, parcels, contents))
    compare.real("empty_space_inner", empty_share(contents.lying_mm3, inner))
    compare.real("empty_space_outer", empty_share(contents.lying_mm3, outer))
    compare.real("cost", book.costs.in_units(costs(book, parcels, contents)), code="cost")


def _check_costs(
    book: Book, answers: Rows, plans: Plans, contents: Contents, findings: Findings
) -> None:
    """None is cheaper than the one before, nor than the answer, and none that fits is skipped."""
    parcels = plans.parcels
    steps = costs(book, parcels, contents)
    answered = np.full(book.orders.n_orders, np.nan)
    answered[answers.order] = answers.real("cost")
    cost = book.costs.in_units(steps + (book.parcel_price or 0))
    before = np.where(
        np.diff(parcels.order, prepend=-1) == 0, np.roll(cost, 1), answered[parcels.order]
    )
    findings.add(
        "alternative",
        cost < before * (1 - 1e-9),
        parcels.order,
        lambda row: f"found cost {cost[row]} after {before[row]}, expected ascending costs",
        parcels.number,
    )
    proved = np.isin(parcels.rows.word, (OPTIMAL, FEASIBLE))
    findings.add(
        "verdict",
        ~proved,
        parcels.order,
        lambda row: (
            f"found {parcels.rows.table['verdict'][row].as_py()!r}, expected optimal or feasible"
        ),
        parcels.number,
    )


def _check_skipped(
    book: Book,
    answers: Rows,
    plans: Plans,
    alternatives: Parcels,
    ledger: Ledger,
    findings: Findings,
) -> None:
    """No carton is left out, into which the plan for the chosen carton fits, for a dearer one."""
    span = spans_of_orders(book, answers, plans)
    order = np.flatnonzero(span[:, 0] > 0)
    n = book.n_packages
    cartons = np.flatnonzero(~book.flexible & ~book.permits.mailer)
    chosen = np.full(book.orders.n_orders, -1)
    chosen[plans.parcels.order] = plans.parcels.package
    dearest = _dearest(book, alternatives)
    listed = alternatives.order * n + alternatives.package
    for package in cartons.tolist():
        each = np.full(len(order), package)
        space = usable_mm(book.catalogue, book.policy, each, np.zeros_like(each))
        holds = (span[order] <= space).all(axis=1) & (chosen[order] != package)
        rows = order[holds & ~np.isin(order * n + package, listed)]
        each = np.full(len(rows), package)
        cost = book.whole_cost(rows, each)
        limit = book.most_content_g[package]
        light = (limit < 0) | (book.content_g[rows] <= limit)
        better = light & (cost < dearest[rows]) & ~is_forbidden(book, rows, each)
        better &= ledger.left(rows, each) > 0
        text = (
            f"{book.name(package)}: found it left out, but the plan for the chosen package fits "
            "in, and it is cheaper than the last alternative, or there is room for one more"
        )

        def message(_: int, text: str = text) -> str:
            return text

        findings.add("alternative", better, rows, message)


def _dearest(book: Book, alternatives: Parcels) -> Index:
    """``(n,)`` cost steps of the last alternative, if there are as many as asked for."""
    full = np.bincount(alternatives.order, minlength=book.orders.n_orders)
    dearest = np.where(full < book.policy.alternatives, np.iinfo(np.int64).max, 0)
    last = alternatives.number == full[alternatives.order]
    rows = alternatives.rows.real("cost")[last] * book.costs.scale
    dearest[alternatives.order[last]] = np.maximum(
        dearest[alternatives.order[last]], np.rint(rows).astype(np.int64)
    )
    return dearest
