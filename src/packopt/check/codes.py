"""Codes that results carry along are those that orders and catalogue state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels


def check_gtins(
    book: Book, order: Index, line: Index, found: pa.ChunkedArray, findings: Findings
) -> None:
    """Every unit has the GTIN of its order line.

    Parameters
    ----------
    book
        What is checked.
    order, line
        ``(u,)`` order and order line of each placement.
    found
        ``(u,)`` its GTIN.
    findings
        Takes the violations.
    """
    stated = book.orders.gtin
    if stated is None and found.null_count == len(found):
        return
    if stated is None:
        stated = pa.nulls(book.orders.n_lines, pa.string())
    _report("gtin", found, stated.take(pa.array(line)), order, None, findings)


def check_package_codes(book: Book, parcels: Parcels, findings: Findings) -> None:
    """Every parcel has the code of its package; own containers have none.

    Parameters
    ----------
    book, parcels
        What is checked.
    findings
        Takes the violations.
    """
    found = parcels.rows.table["package_code"]
    stated = book.catalogue.package_codes
    if stated.null_count == len(stated) and found.null_count == len(found):
        return
    expected = stated.take(pa.array(parcels.package, mask=parcels.own))
    _report("package_code", found, expected, parcels.order, parcels.number, findings)


def _report(
    column: str,
    found: pa.ChunkedArray,
    expected: pa.Array,
    order: Index,
    parcel: Index | None,
    findings: Findings,
) -> None:
    words = found.cast(pa.string()).combine_chunks()
    # Null is no code, and equal to itself here.
    same = pc.equal(pc.fill_null(words, ""), pc.fill_null(expected, ""))
    findings.add(
        "trade_code",
        ~np.asarray(same.to_numpy(zero_copy_only=False), dtype=np.bool_),
        order,
        lambda row: f"{column}: found {words[row].as_py()!r}, expected {expected[row].as_py()!r}",
        parcel,
    )
