"""What may share a parcel, what must, and what travels alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.book import sums
from packopt.permits import AMBIENT, temperature_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans
    from packopt.labels import Labels

    Mask = NDArray[np.bool_]
    Ends = tuple[tuple[str, ...], Index, Index]

#: The code of a violation for each label that keeps units apart, and whether blank is a value too.
_APART: Final = (
    ("site", "site", True),
    ("seller", "seller", True),
    ("temperature", "temperature", True),
    ("group", "group", False),
)


def check_sharing(book: Book, plans: Plans, findings: Findings) -> None:
    """Units in one parcel may share it.

    Every unit of a parcel is held against the rules that keep units apart; own containers hold one
    unit each.
    """
    _check_labels(book, plans, findings)
    _check_goods(book, plans, findings)
    _check_own_containers(book, plans, findings)


def labels_apart(book: Book) -> Iterator[tuple[str, NDArray[np.int32], tuple[str, ...], Mask]]:
    """Code, label of each line, words, and lines that it keeps from those of another label."""
    orders = book.orders
    for code, field, blank_counts in _APART:
        labels: Labels = getattr(orders, field)
        label = temperature_code(orders) if field == "temperature" else labels.code
        yield code, label, labels.words, (label >= 0) | blank_counts


def spread(
    label: NDArray[np.int32], counts: Mask, group: Index, groups: int
) -> tuple[Index, Index]:
    """Smallest and largest label in each group of rows, among those that count.

    The smallest is larger than the largest where none counts.
    """
    least, most = np.full(groups, np.iinfo(np.int32).max), np.full(groups, -2)
    rows = np.flatnonzero(counts)
    np.minimum.at(least, group[rows], label[rows])
    np.maximum.at(most, group[rows], label[rows])
    return least, most


def _check_labels(book: Book, plans: Plans, findings: Findings) -> None:
    for code, label, words, counts in labels_apart(book):
        if len(label) == 0 or bool((label == label[0]).all()):
            continue
        least, most = spread(
            label[plans.line], counts[plans.line], plans.parcel, len(plans.parcels)
        )
        blank = AMBIENT if code == "temperature" else "none"
        names = (*words, blank)  # -1 is the last one

        def message(row: int, field: str = code, ends: Ends = (names, least, most)) -> str:
            words, least, most = ends
            return (
                f"found units of {field} {words[least[row]]!r} and {words[most[row]]!r} in one "
                "parcel, expected them apart"
            )

        findings.add(code, least < most, plans.parcels.order, message, plans.parcels.number)


def _check_goods(book: Book, plans: Plans, findings: Findings) -> None:
    n = len(plans.parcels)
    for pair, clash in clashes_of_goods(book, plans.line, plans.units, plans.parcel, n):
        first, second = pair
        text = f"found goods of class {first!r} with goods of class {second!r} in one parcel"

        def message(_: int, text: str = text) -> str:
            return f"{text}, expected them apart"

        findings.add("incompatible", clash, plans.parcels.order, message, plans.parcels.number)


def clashes_of_goods(
    book: Book, line: Index, units: Index, group: Index, groups: int
) -> Iterator[tuple[tuple[str, str], Mask]]:
    """For each incompatible pair of classes, the groups of rows in which both are.

    A row is so many units of an order line. A class that is incompatible with itself must not
    have two of them.
    """
    goods = book.orders.goods_class
    index = {word: code for code, word in enumerate(goods.words)}
    for first, second in book.policy.incompatible:
        if first not in index or second not in index:
            continue
        one, two = (
            sums(np.where(goods.code[line] == index[word], units, 0), group, groups)
            for word in (first, second)
        )
        yield (first, second), (one > (first == second)) & (two > 0)


def _check_own_containers(book: Book, plans: Plans, findings: Findings) -> None:
    """A unit in its own container is alone in it, may be, and lies in it as declared."""
    parcels = plans.parcels
    units = np.bincount(plans.parcel, plans.units, minlength=len(parcels)).astype(np.int64)
    findings.add(
        "own_container",
        parcels.own & (units != 1),
        parcels.order,
        lambda row: f"found {units[row]} units in an own container, expected one",
        parcels.number,
    )
    own = parcels.own[plans.parcel]
    findings.add(
        "own_container",
        own & ~book.orders.own_container[plans.line],
        plans.order,
        lambda _: "found a unit that is no own_container shipped as it is, expected a package",
        plans.number,
    )
    findings.add(
        "own_container",
        ~own & book.ships_alone[plans.line],
        plans.order,
        lambda _: "found an own_container unit in a package, expected it to ship as it is",
        plans.number,
    )
    findings.add(
        "own_container",
        own & (units[plans.parcel] == 1) & (plans.extent_mm != plans.size_mm).any(axis=1),
        plans.order,
        lambda row: (
            f"found an own container {plans.extent_mm[row].tolist()} mm along x, y and z, "
            f"expected the unit's length, width and height {plans.size_mm[row].tolist()}"
        ),
        plans.number,
    )


def orders_apart(book: Book) -> Mask:
    """``(n,)`` orders that no package can hold as a whole: some of their units may not share one.

    A unit that ships in its own container shares none.
    """
    n = book.orders.n_orders
    order = book.order_of_line
    apart = np.zeros(n, np.bool_)
    apart[order[book.ships_alone]] = True
    for _, label, _, counts in labels_apart(book):
        if len(label) and not bool((label == label[0]).all()):
            least, most = spread(label, counts, order, n)
            apart |= least < most
    every = np.arange(book.orders.n_lines)
    for _, clash in clashes_of_goods(book, every, book.orders.qty.astype(np.int64), order, n):
        apart |= clash
    return apart


def check_together(book: Book, plans: Plans, findings: Findings) -> None:
    """Units of an order with the same word in keep_together are in one parcel."""
    together = book.orders.keep_together.code[plans.line].astype(np.int64)
    rows = np.flatnonzero(together >= 0)
    if not len(rows):
        return
    words = book.orders.keep_together.words
    stride = len(words)
    key = plans.order[rows] * stride + together[rows]
    bundle, member = np.unique(key, return_inverse=True)
    parcel = plans.parcel[rows].astype(np.int32)
    least, most = spread(parcel, np.ones(len(rows), np.bool_), member, len(bundle))
    findings.add(
        "together",
        least < most,
        bundle // stride,
        lambda row: (
            f"found units kept together as {words[bundle[row] % stride]!r} in parcels "
            f"{plans.parcels.number[least[row]]} and "
            f"{plans.parcels.number[most[row]]}, expected one parcel"
        ),
    )
