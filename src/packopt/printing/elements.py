"""What a GS1-128 barcode says: application identifiers, each with its value.

Source: GS1 General Specifications, section 3 (identifiers) and section 7.8 (FNC1 stands after a
value of variable length unless it is the last one).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from packopt.printing.parcels import PrintedParcel

    Element = tuple[str, str]

FNC1: Final = "\xf1"  # as reportlab writes it
# Identifiers whose values have a length known beforehand, by their first two digits.
_FIXED: Final = frozenset({f"{one:02d}" for one in (*range(5), *range(11, 21), *range(31, 37), 41)})
_MOST_DIGITS: Final = 999_999
_MOST_COUNT: Final = 99_999_999


def sscc(code: str) -> list[Element]:
    """(00): the number of the parcel."""
    return [("00", code)]


def content(parcel: PrintedParcel) -> list[Element]:
    """(02) and (37): GTIN and number of the units, where all are of one article; else nothing.

    The two go together, and only beside an SSCC.
    """
    gtins = {unit.gtin for unit in parcel.units}
    gtin = gtins.pop() if len(gtins) == 1 else None
    if gtin is None or not len(parcel.units) <= _MOST_COUNT:
        return []
    return [("02", gtin), ("37", str(len(parcel.units)))]


def logistic_weight(parcel: PrintedParcel) -> list[Element]:
    """(330n): gross weight in kg with n decimals in six digits, rounded up; nothing if unknown."""
    if parcel.gross_g is None:
        return []
    for decimals in (3, 2, 1, 0):
        value = ceil(parcel.gross_g * 10.0 ** (decimals - 3))
        if value <= _MOST_DIGITS:
            return [(f"330{decimals}", f"{value:06d}")]
    return []


def encoded(elements: list[Element]) -> str:
    """The characters of a GS1-128 barcode."""
    words = []
    for at, (identifier, value) in enumerate(elements):
        is_open = identifier[:2] not in _FIXED and at + 1 < len(elements)
        words.append(identifier + value + (FNC1 if is_open else ""))
    return FNC1 + "".join(words)


def readable(elements: list[Element]) -> str:
    """The line below the barcode, identifiers in brackets; these are not part of the data."""
    return " ".join(f"({identifier}) {value}" for identifier, value in elements)
