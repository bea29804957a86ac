"""Raw Arrow columns to text and numbers; what cannot be read is told, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.labels import FEW, Labels, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# What numbers look like. The cast reads nothing else but one more spelling of "no number".
_NUMBER: Final = r"(?i)^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(nan|inf|infinity)$"
_LONGEST_SHOWN: Final = 200


_TEXTS: Final = frozenset(
    kind.id
    for kind in (
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.null(),
    )
)


def is_name(kind: pa.DataType) -> bool:
    """True where values can name something: text and whole numbers.

    Floats cannot: 1e15 and 1e15 + 0.1 could become one name.
    """
    whole_decimal = pa.types.is_decimal(kind) and kind.scale == 0
    return bool(is_text(kind) or pa.types.is_integer(kind) or whole_decimal)


def is_text(kind: pa.DataType) -> bool:
    """True for text, bytes that may be text, and columns without any value."""
    return kind.id in _TEXTS


def is_number(kind: pa.DataType) -> bool:
    """True for integers, floats and decimals."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def as_text(values: pa.Array) -> pa.StringArray:
    """The same values as text; text stays what it is.

    Raises
    ------
    pyarrow.ArrowException
        If they cannot be written as text.
    """
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def blank_to_null(values: pa.StringArray) -> pa.StringArray:
    """Null in place of empty text and text of blanks; other text keeps its blanks."""
    if _all_begin_with_ink(values):
        return values
    blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    if not pc.any(blank).as_py():
        return values
    return pc.if_else(blank, pa.scalar(None, pa.string()), values)


def trimmed_to_null(values: pa.StringArray) -> pa.StringArray:
    """Text without the blanks around it, null where nothing is left."""
    if _all_begin_with_ink(values, ends=True):
        return values
    return blank_to_null(pc.utf8_trim_whitespace(values))


def _all_begin_with_ink(values: pa.StringArray, *, ends: bool = False) -> bool:
    """True where a few texts all begin, or also end, with what is no blank in any alphabet.

    Of many texts nothing is said: Arrow trims those faster than Python looks at them, and it is
    Arrow that decides what a blank is.
    """
    return len(values) <= FEW and all(
        text is None or (_is_ink(text[:1]) and (not ends or _is_ink(text[-1:])))
        for text in values.to_pylist()
    )


def _is_ink(letter: str) -> bool:
    return "!" <= letter <= "~" or letter.isalnum()


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
    code, words = encode(as_text(values))
    place: dict[str, int] = {}
    of_word = [
        place.setdefault(spelt, len(place)) if (spelt := spelling(word)) else -1
        for word in words.to_pylist()
    ]
    # One more, for no word: -1 finds it.
    return Labels(np.array([*of_word, -1], np.int32)[code], tuple(place))


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
        values = trimmed_to_null(as_text(values))
    elif not pa.types.is_decimal(values.type):
        # Integers and doubles: NumPy converts them as Arrow does, null to NaN.
        numbers = values.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers, nulls(values), np.zeros(len(values), dtype=np.bool_)
    numbers, unreadable = _cast(values)
    return pc.fill_null(numbers, np.nan).to_numpy().copy(), nulls(values), unreadable


def nulls(values: pa.Array) -> NDArray[np.bool_]:
    """``(n,)`` True where there is no value."""
    if not values.null_count:
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


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
