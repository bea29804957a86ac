"""GS1 logistic labels: A6, the SSCC in the lowest barcode, what else is known above it.

Source: GS1 Logistic Label Guideline: text on top, then the barcodes, the one with the SSCC last;
A6 is 105 mm wide and 148 mm high.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from packopt.gs1.sscc import allot_ssccs
from packopt.printing.elements import content, logistic_weight, sscc
from packopt.printing.page import BARCODE_MM, Pdf
from packopt.printing.parcels import printed_parcels
from packopt.trade_codes import package_code_names

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from packopt.gs1.sscc import SsccSeries
    from packopt.printing.parcels import PrintedParcel
    from packopt.recommendations import Recommendations

_WIDTH, _HEIGHT = 105.0, 148.0
_LEFT: Final = 6.0
_ROOM: Final = _WIDTH - 2 * _LEFT
_BOTTOM: Final = 1.0


def write_labels(
    result: Recommendations, path: str | os.PathLike[str], series: SsccSeries
) -> pa.Table:
    """Print a GS1-128 label for every parcel of a result.

    Parameters
    ----------
    result
        What `packopt.recommend` answered, with plans.
    path
        The PDF, one page of 105 by 148 mm a parcel.
    series
        The SSCCs to give, in the order of the table of parcels.

    Returns
    -------
    ``order_id``, ``parcel`` and ``sscc``, one row for each parcel.

    Raises
    ------
    Gs1Error
        If the serials do not suffice, there is no parcel, or reportlab is not installed.
    ResultError
        If plans were not kept.
    """
    codes = allot_ssccs(result, series)
    with Pdf(path, _WIDTH, _HEIGHT, "GS1 logistic labels") as pdf:
        for parcel in printed_parcels(result, codes):
            _label(pdf, parcel)
            pdf.next_page()
    return codes


def _label(pdf: Pdf, parcel: PrintedParcel) -> None:
    barcodes = [one for one in (content(parcel), logistic_weight(parcel)) if one]
    top = _HEIGHT - _BOTTOM - BARCODE_MM * (len(barcodes) + 1)
    down = 8.0
    pdf.text(_LEFT, down, f"Order {parcel.order_id}", 5.0, bold=True, room=_ROOM)
    for text in _texts(parcel):
        down += 5.0
        if down < top - 2:
            pdf.text(_LEFT, down, text, 3.4, room=_ROOM)
    pdf.line((_LEFT, top - 2), (_WIDTH - _LEFT, top - 2))
    for at, elements in enumerate(chain(barcodes, [sscc(parcel.sscc or "")])):
        pdf.barcode(top + at * BARCODE_MM, elements)


def _texts(parcel: PrintedParcel) -> list[str]:
    units = f"units: {len(parcel.units)}, package {parcel.package_id}"
    outside = "Outside {} × {} × {} mm".format(*parcel.outer_mm)
    weight = "" if parcel.gross_g is None else f", {parcel.gross_g / 1000:.3f} kg"
    texts = [f"Parcel {parcel.number} of {parcel.of}, {units}", outside + weight]
    if parcel.package_code is not None:
        name = package_code_names()[parcel.package_code]
        texts.append(f"Package type {parcel.package_code}, {name}")
    return texts
