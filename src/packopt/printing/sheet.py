"""Packing sheets: an A4 page a parcel with package, drawing, barcode, units in packing order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.gs1.sscc import allot_ssccs
from packopt.printing.elements import sscc
from packopt.printing.page import BARCODE_MM, Pdf
from packopt.printing.parcels import printed_parcels
from packopt.printing.picture import MOST_UNITS, draw_parcel
from packopt.trade_codes import package_code_names

if TYPE_CHECKING:
    import os

    from packopt.gs1.sscc import SsccSeries
    from packopt.printing.parcels import PrintedParcel, PrintedUnit
    from packopt.recommendations import Recommendations

_WIDTH, _HEIGHT = 210.0, 297.0
_LEFT, _RIGHT = 15.0, _WIDTH - 15.0
_ROW: Final = 5.2
_LAST: Final = _HEIGHT - 16.0
_COLUMNS: Final = (
    ("step", 0.0, 12.0),
    ("sku", 13.0, 42.0),
    ("GTIN", 56.0, 32.0),
    ("corner x, y, z mm", 90.0, 42.0),
    ("extents x, y, z mm", 134.0, 46.0),
)


def write_sheets(
    result: Recommendations, path: str | os.PathLike[str], series: SsccSeries | None = None
) -> None:
    """Print a packing sheet for every parcel of a result.

    Parameters
    ----------
    result
        What `packopt.recommend` answered, with plans.
    path
        The PDF; every parcel begins on an A4 page of its own, and has one unless it holds more
        units than a page has lines for.
    series
        The SSCCs that `packopt.printing.write_labels` gave; None prints none.

    Raises
    ------
    Gs1Error
        If the serials do not suffice, or reportlab is not installed.
    ResultError
        If plans were not kept.
    """
    codes = None if series is None else allot_ssccs(result, series)
    with Pdf(path, _WIDTH, _HEIGHT, "Packing sheets") as pdf:
        for parcel in printed_parcels(result, codes):
            _sheet(pdf, parcel)


def _sheet(pdf: Pdf, parcel: PrintedParcel) -> None:
    pdf.text(_LEFT, 20, f"Order {parcel.order_id}", 7, bold=True, room=_RIGHT - _LEFT)
    down = 20.0
    for text in _texts(parcel):
        down += 6.5
        pdf.text(_LEFT, down, text, 4, room=_RIGHT - _LEFT)
    if len(parcel.units) <= MOST_UNITS:
        draw_parcel(pdf, parcel, (_LEFT, down + 4, _RIGHT, down + 84))
        down += 84
    if parcel.sscc is not None:
        pdf.barcode(down + 4, sscc(parcel.sscc))
        down += BARCODE_MM + 4
    left = list(parcel.units)
    number = 1
    while True:
        left = left[_rows(pdf, left, down + 9) :]
        pdf.text(_LEFT, _HEIGHT - 8, f"Parcel {parcel.number} of {parcel.of}, page {number}", 3)
        pdf.next_page()
        if not left:
            return
        number += 1
        down = 12.0


def _rows(pdf: Pdf, units: list[PrintedUnit], down: float) -> int:
    """Print as many units as have room below, and return their number."""
    for name, left, room in _COLUMNS:
        pdf.text(_LEFT + left, down, name, 3.2, bold=True, room=room)
    pdf.line((_LEFT, down + 1.5), (_RIGHT, down + 1.5))
    printed = 0
    for unit in units:
        down += _ROW
        if down > _LAST:
            break
        values = (
            str(unit.step),
            unit.sku,
            unit.gtin or "",
            "{}, {}, {}".format(*unit.at_mm),
            "{} × {} × {}".format(*unit.size_mm),
        )
        for (_, left, room), value in zip(_COLUMNS, values, strict=True):
            pdf.text(_LEFT + left, down, value, 3.2, room=room)
        printed += 1
    return printed


def _texts(parcel: PrintedParcel) -> list[str]:
    code = parcel.package_code
    kind = parcel.kind if code is None else f"{parcel.kind}, {code} {package_code_names()[code]}"
    weight = "" if parcel.gross_g is None else f", {parcel.gross_g / 1000:.3f} kg packed"
    return [
        f"Parcel {parcel.number} of {parcel.of}, units: {len(parcel.units)}",
        f"Package {parcel.package_id} ({kind})",
        "Inside {} × {} × {} mm, ".format(*parcel.inner_mm)
        + "outside {} × {} × {} mm".format(*parcel.outer_mm)
        + weight,
    ]
