"""Trade codes at the door: GTINs of articles, and package codes of UN/CEFACT."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.gs1.check_digits import check_digits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.validation import Inspection

_PACKAGE_CODES: Final = "trade/package_codes_2021.csv"
_DIGITS: Final = "8, 12, 13 or 14 digits"
_GTIN: Final = "^([0-9]{8}|[0-9]{12,14})$"
_ZEROS: Final = "^0+$"
_CUT_SHORT: Final = "^([0-9]{7}|[0-9]{9,11})$"


def read_gtins(inspection: Inspection) -> pa.StringArray | None:
    """GTIN of each line, of 14 digits with zeros on the left; None without such a column.

    Parameters
    ----------
    inspection
        The lines; gets the faults of GTINs of another length, of zeros only, or with a wrong check
        digit. Whole numbers are held to the same lengths: which zeros they lost is not guessed.

    Returns
    -------
    ``(n,)`` text; null where a line has none, or a faulty one.
    """
    if "gtin" not in inspection:
        return None
    words = pc.utf8_trim_whitespace(inspection.optional_texts("gtin"))
    stated = _matching(words, "")
    zeros, cut_short = _matching(words, _ZEROS), _matching(words, _CUT_SHORT)
    # Zeros only pass the check digit, but no article has them: they stand in for a GTIN.
    formed = _matching(words, _GTIN) & ~zeros
    for fault, found, hint in (
        (zeros, "zeros only, which no article has", "Leave it empty where the article has none."),
        (
            cut_short & ~zeros,
            "no GTIN",
            "If a spreadsheet or a column of numbers dropped zeros on the left, write it as text.",
        ),
        (
            stated & ~formed & ~cut_short & ~zeros,
            "no GTIN",
            "Write digits only, or leave it empty where the article has none.",
        ),
    ):
        inspection.fault(fault, "gtin", found, _DIGITS, hint)
    padded = pc.utf8_lpad(words, 14, "0")
    good = pc.if_else(pa.array(formed), padded, pa.scalar(None, pa.string()))
    number = pc.fill_null(good.cast(pa.int64()), 0).to_numpy()
    expected = check_digits(number // 10)
    wrong = formed & (number % 10 != expected)
    for digit in np.unique(expected[wrong]).tolist():
        inspection.fault(
            wrong & (expected == digit),
            "gtin",
            "a wrong check digit",
            f"{digit} as the last digit, if the others are right",
            "Scan or copy the number again; leave it empty where the article has none.",
        )
    return pc.if_else(pa.array(wrong), pa.scalar(None, pa.string()), good)


def _matching(words: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    found = pc.fill_null(pc.match_substring_regex(words, pattern), False)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


@cache
def package_code_names() -> Mapping[str, str]:
    """Name by code of UN/CEFACT Recommendation 21, for all codes that a package may have."""
    text = files("packopt.datasets").joinpath(_PACKAGE_CODES).read_text(encoding="utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


def read_package_codes(inspection: Inspection) -> pa.StringArray:
    """Package code of each row of a catalogue, in capitals; null where there is none.

    Parameters
    ----------
    inspection
        The catalogue; gets the faults of codes that are not on the list.

    Returns
    -------
    ``(n,)`` text.
    """
    if "package_code" not in inspection:
        return pa.nulls(inspection.table.num_rows, pa.string())
    stated = pc.utf8_trim_whitespace(inspection.optional_texts("package_code"))
    codes = pc.utf8_upper(stated)
    listed = pc.is_in(codes, value_set=pa.array(list(package_code_names())))
    inspection.fault(
        pc.and_(codes.is_valid(), pc.invert(listed)).to_numpy(zero_copy_only=False),
        "package_code",
        "no package code",
        "a code of UN/CEFACT Recommendation 21 as packopt lists them",
        "Write CT for a carton, 4G for a fibreboard box, EN for an envelope, BG for a bag.",
    )
    return codes
