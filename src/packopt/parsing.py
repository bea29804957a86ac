"""Raw Arrow columns to text and numbers; what cannot be read is told, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# What numbers look like. The cast reads nothing else but one more spelling of "no number".
_NUMBER: Final = r"(?i)^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(nan|inf|infinity)$"
_LONGEST_SHOWN: Final = 200


def is_name(kind: pa.DataType) -> bool:
    """True where values can name something: text and whole numbers.

    Floats cannot: 1e15 and 1e15 + 0.1 could become one name.
    """
    whole_decimal = pa.types.is_decimal(kind) and kind.scale == 0
    return bool(is_text(kind) or pa.types.is_integer(kind) or whole_decimal)


def is_text(kind: pa.DataType) -> bool:
    """True for text, bytes that may be text, and columns without any value."""
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_null(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    """True for integers, floats and decimals."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def blank_to_null(values: pa.StringArray) -> pa.StringArray:
    """Null in place of empty text and text of blanks; other text keeps its blanks."""
    blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    if not pc.any(blank).as_py():
        return values
    return pc.if_else(blank, pa.scalar(None, pa.string()), values)


def to_labels(values: pa.Array, spelling: Callable[[str], str]) -> Labels:
    """Words by row; blank ones are none.

    Parameters
    ----------
    values
        ``(n,)`` of a type for which `is_name` holds.
    spelling
        Brings words that mean the same to one spelling; empty ones are none.

    Returns
    -------
    ``(n,)`` labels.
    """
    # Words repeat, so only the distinct ones are looked at; two of them may become one.
    encoded = values.cast(pa.string()).dictionary_encode()
    spelt = [spelling(word) or None for word in encoded.dictionary.to_pylist()]
    words = pa.array(spelt, pa.string()).dictionary_encode()
    code = pc.fill_null(words.indices.take(encoded.indices), -1)
    return Labels(code.to_numpy().astype(np.int32), tuple(words.dictionary.to_pylist()))


def shown(values: pa.Array) -> pa.StringArray:
    """Values as they are shown in a reject: as text, cut where endless, null if unprintable."""
    try:
        text = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(values), pa.string())
    return pc.utf8_slice_codeunits(text, 0, _LONGEST_SHOWN)


def to_float(values: pa.Array) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read text or numbers as floats.

    Parameters
    ----------
    values
        ``(n,)`` of a type for which `is_text` or `is_number` holds.

    Returns
    -------
    ``(n,)`` numbers, NaN where there is none; ``(n,)`` True where the value is missing; ``(n,)``
    True where it is there but cannot be read.
    """
    if pa.types.is_float16(values.type) or pa.types.is_float32(values.type):
        # The shortest text that means this float: 30.1 must not become 30.1000003814697.
        values = values.cast(pa.string())
    elif is_text(values.type):
        values = blank_to_null(pc.utf8_trim_whitespace(values.cast(pa.string())))
    numbers, unreadable = _cast(values)
    missing = values.is_null().to_numpy(zero_copy_only=False)
    return pc.fill_null(numbers, np.nan).to_numpy().copy(), missing, unreadable


def _cast(values: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    try:
        numbers = pc.cast(values, pa.float64(), safe=False)
    except pa.ArrowInvalid:
        # At least one text is no number; only then is it worth looking at each of them.
        readable = pc.match_substring_regex(values, _NUMBER)
        text = pc.if_else(readable, values, pa.scalar(None, pa.string()))
        unreadable = pc.fill_null(pc.invert(readable), False).to_numpy(zero_copy_only=False)
        return pc.cast(text, pa.float64()), unreadable
    unreadable = np.zeros(len(values), dtype=np.bool_)
    if is_text(values.type) and pc.any(pc.is_nan(numbers)).as_py():
        # "nan(1)" passes the cast: whether it is a number must not hang on the other rows.
        unreadable = pc.fill_null(pc.invert(pc.match_substring_regex(values, _NUMBER)), False)
        unreadable = unreadable.to_numpy(zero_copy_only=False)
    return numbers, unreadable
