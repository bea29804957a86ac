"""Columns of short lists, such as ``A;B`` or ``A=100;B=20``, out of a table under inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.parsing import blank_to_null, is_number, is_text

if TYPE_CHECKING:
    from packopt.validation import Inspection

_SEPARATOR: Final = ";"


def read_lists(inspection: Inspection, field: str) -> list[tuple[str, ...]]:
    """The words of each row, without blanks around them; a number is a list of one.

    Parameters
    ----------
    inspection
        The table; gets a fault for each row of separators only, and for each with a comma.
    field
        The field.

    Returns
    -------
    One tuple for each row, empty where the value is blank or the column absent.

    Raises
    ------
    InputError
        If the column holds times, nested values, or anything else that is neither text nor number.
    """
    n = inspection.table.num_rows
    if field not in inspection:
        return [()] * n
    values = inspection.raw(field)
    if not (is_text(values.type) or is_number(values.type)):
        raise inspection.unusable(
            field, f"values of type {values.type}", "text with semicolons between the values"
        )
    texts = blank_to_null(values.cast(pa.string())).to_pylist()
    rows = [_split(text) if text else () for text in texts]
    inspection.fault(
        np.array([text is not None and not row for text, row in zip(texts, rows, strict=True)]),
        field,
        "separators and no value",
        "values with a semicolon between two of them, or nothing",
        "Fill in values, or leave it empty.",
    )
    inspection.fault(
        np.array([text is not None and "," in text for text in texts]),
        field,
        "a comma, which would make one value of several",
        "values with a semicolon between two of them",
        "Write ; for every comma.",
    )
    return rows


def _split(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.split(_SEPARATOR))
    return tuple(dict.fromkeys(word for word in words if word))
