"""Part-filled packages: what lay in them already is still there, and nothing else was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.check.book import indices

if TYPE_CHECKING:
    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans


def given_package(book: Book) -> Index:
    """``(n,)`` the package that each order lies in already, in part; -1 where it does not."""
    words = book.orders.placed_in.words
    column = pa.chunked_array([pa.array(words, pa.string()).dictionary_encode()])
    of_word = indices(column, pa.array(book.catalogue.package_ids, pa.string()))
    return np.append(of_word, -1)[book.orders.placed_in.code]


def check_placed(book: Book, plans: Plans, findings: Findings) -> None:
    """Units that lay in the package are where they were, as declared, and all is in it.

    But for units that ship in their own containers.
    """
    rows = np.flatnonzero(book.placed[plans.line])
    if not len(rows):
        return
    given = book.orders.placed_mm[plans.line[rows]]
    padding = book.orders.padding_mm[plans.line[rows], None]
    corner = plans.low_mm[rows] + padding
    moved = (corner != given).any(axis=1)
    turned = (plans.extent_mm[rows] != plans.size_mm[rows]).any(axis=1)
    findings.add(
        "placed",
        moved | turned,
        plans.order[rows],
        lambda row: (
            f"found a unit at {corner[row].tolist()} mm with extents "
            f"{plans.extent_mm[rows[row]].tolist()} mm, expected it at {given[row].tolist()} mm "
            f"with {plans.size_mm[rows[row]].tolist()} mm, where it lay already"
        ),
        plans.number[rows],
    )
    package = given_package(book)[plans.parcels.order]
    filled = book.part_filled[plans.parcels.order] & ~plans.parcels.own
    findings.add(
        "placed",
        filled & ((plans.parcels.package != package) | (plans.parcels.number != 1)),
        plans.parcels.order,
        lambda row: f"{plans.parcels.name(row)}: expected {book.name(package[row])} and no other",
        plans.parcels.number,
    )
