"""How many parcels an order needs at least, by arguments that can be followed on paper.

Units that differ in site, seller or temperature make parcels of their own. In each such share of
an order, every group makes one; volume and weight fill whole packages; own containers are extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.check.book import sums
from packopt.check.sharing import clashes_of_goods, labels_apart
from packopt.spaces import packed_size_mm, things, usable_mm

if TYPE_CHECKING:
    from packopt.check.book import Book, Index

_ANY_NUMBER = np.iinfo(np.int64).max


def least_parcels(book: Book, units: Index) -> Index:
    """``(n,)`` no axis-aligned plan has fewer parcels.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    units
        ``(m,)`` units of each line that are to be packed.
    """
    share, order_of_share = _shares(book)
    n_shares = len(order_of_share)
    own = book.orders.own_container
    extra = sums(np.where(book.ships_alone, units, 0), share, n_shares)
    rest = np.where(own, 0, units)  # own containers fill no package, if they are in one at all
    need = np.maximum.reduce(
        [
            _groups(book, rest, share, n_shares),
            _by_volume(book, rest, share, n_shares),
            _by_weight(book, rest, share, n_shares),
            (sums(rest, share, n_shares) > 0).astype(np.int64),
        ]
    )
    some = sums(units, share, n_shares) > 0
    return sums(np.maximum(need + extra, some), order_of_share, book.orders.n_orders)


def _shares(book: Book) -> tuple[Index, Index]:
    """``(m,)`` which share of its order each line is in, and ``(s,)`` the order of each share."""
    key = book.order_of_line.copy()
    for _, label, _, counts in labels_apart(book):
        if counts.all() and len(label) and not bool((label == label[0]).all()):
            key = np.unique(key * (int(label.max()) + 2) + label + 1, return_inverse=True)[1]
            key = key.reshape(-1).astype(np.int64)
    if key is book.order_of_line or len(key) == 0:
        return key, np.arange(book.orders.n_orders)
    n_shares = int(key.max()) + 1
    order_of_share = np.zeros(n_shares, np.int64)
    order_of_share[key] = book.order_of_line
    return key, order_of_share


def _groups(book: Book, units: Index, share: Index, n_shares: int) -> Index:
    """Different groups, and incompatible classes of goods, are never in one parcel."""
    group = book.orders.group.code
    rows = np.flatnonzero((units > 0) & (group >= 0))
    stride = len(book.orders.group.words) + 1
    different = np.unique(share[rows] * stride + group[rows]) // stride
    need = np.bincount(different, minlength=n_shares)
    line = np.flatnonzero(units > 0)
    for _, clash in clashes_of_goods(book, line, units[line], share[line], n_shares):
        need = np.maximum(need, np.where(clash, 2, 0))
    return need


def _by_volume(book: Book, units: Index, share: Index, n_shares: int) -> Index:
    orders = book.orders
    every = np.arange(orders.n_lines)
    count, nested = things(orders, every, np.maximum(units, 1))
    size = packed_size_mm(orders, every, np.ones(len(every), np.bool_), nested).astype(np.int64)
    volume = (size + 2 * orders.padding_mm[:, None]).prod(axis=1) * count * (units > 0)
    room = _rooms_mm3(book)
    most = np.where(book.permits.allowed, room, 0).max(axis=1, initial=0)
    return _filled(book, sums(volume, share, n_shares), most, share)


def _by_weight(book: Book, units: Index, share: Index, n_shares: int) -> Index:
    weight = book.orders.weight_g.astype(np.int64) * units
    limit = np.where(book.most_content_g < 0, _ANY_NUMBER, book.most_content_g)
    most = np.where(book.permits.allowed, limit, 0).max(axis=1, initial=0)
    return _filled(book, sums(weight, share, n_shares), most, share)


def _filled(book: Book, content: Index, most_of_class: Index, share: Index) -> Index:
    """Packages filled by the content of each share, each taking as much as the largest can."""
    class_of_share = np.zeros(len(content), np.int64)
    class_of_share[share] = book.permits.line_class
    most = most_of_class[class_of_share]
    return np.where(most > 0, -(-content // np.maximum(most, 1)), 0)


def _rooms_mm3(book: Book) -> Index:
    """``(k,)`` most that each package can hold; of a mailer at its best thickness."""
    every = np.arange(book.n_packages)
    most = np.where(book.permits.mailer, book.catalogue.inner_mm[:, 2], 1)
    room = np.zeros(book.n_packages, np.int64)
    for thickness in range(1, int(most.max(initial=1)) + 1):
        rows = every[most >= thickness]
        space = usable_mm(
            book.catalogue, book.policy, rows, np.full(len(rows), thickness, np.int64)
        )
        room[rows] = np.maximum(room[rows], np.maximum(space, 0).prod(axis=1))
    return room
