"""A table of facts as the columns that rules are worked out from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.dates import is_date, to_days
from packopt.errors import RulesError
from packopt.parsing import blank_to_null, is_name, is_number, is_text, to_float
from packopt.rules.expressions import FLAG, NUMBER, Values
from packopt.rules.known_facts import KEYS
from packopt.validation import TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from packopt.rules.packs import Fact

    Mask = NDArray[np.bool_]

_SOURCE: Final = "facts"
_EXPECTED: Final = {
    NUMBER: "numbers, without a unit and with a point for decimals",
    FLAG: "true or false (or yes, no, 1, 0)",
    "word": "text",
}


def fact_columns(facts: pa.Table, wanted: Iterable[Fact]) -> dict[str, Values]:
    """The columns that expressions read; a fact that has no column is missing in every row.

    Parameters
    ----------
    facts
        The table.
    wanted
        Facts to read, at most `packopt.rules.expressions.MOST_FACTS`: each gets a bit of its own
        in `Values.missing`, in this order.

    Returns
    -------
    By name.

    Raises
    ------
    RulesError
        If a column holds something else than facts of its kind and range.
    """
    columns, problems = {}, []
    for bit, fact in enumerate(wanted):
        name, flag = fact.name, np.uint64(1 << bit)
        if name not in facts.column_names:
            columns[name] = _nothing(fact.kind, flag)
            continue
        try:
            data, known, words = read_fact(plain(facts.column(name)), fact)
        except ValueError as error:
            problems.append(f"column {name}: {error}; correct it")
            continue
        # One value for all rows is worked with much faster than one for each.
        known = np.asarray(True) if known.all() else known
        missing = np.where(known, np.uint64(0), flag).astype(np.uint64)
        columns[name] = Values(data, missing, words)
    if problems:
        raise RulesError(_SOURCE, problems)
    return columns


def plain(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, its dictionary decoded."""
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(whole, pa.ChunkedArray):  # an empty one stays in chunks
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole


def _nothing(kind: str, flag: np.uint64) -> Values:
    types: dict[str, Any] = {NUMBER: np.float64, FLAG: np.bool_}
    data: NDArray[Any] = np.zeros((), types.get(kind, np.int64))
    return Values(data, np.asarray(flag, np.uint64))


def read_fact(values: pa.Array, fact: Fact) -> tuple[NDArray[Any], Mask, tuple[str, ...]]:
    """A column as data of its kind.

    Parameters
    ----------
    values
        ``(n,)`` as they come, text from a CSV file among them.
    fact
        What they are.

    Returns
    -------
    ``(n,)`` numbers, truth values, or codes of words; ``(n,)`` where they are known; the words.

    Raises
    ------
    ValueError
        If a value is there and is none of its kind, or out of range; says which, and in which row.
    """
    try:
        if fact.kind == NUMBER:
            data, known = _numbers(values)
            _refuse(values, known & ((data < fact.least) | (data > fact.most)))
            return data, known, ()
        if fact.kind == FLAG:
            return *_flags(values), ()
        return _words(values)
    except ValueError as error:
        expected = _EXPECTED[fact.kind]
        if fact.kind == NUMBER:
            most = f" to {fact.most:g}" if fact.most < np.inf else " up"
            expected = f"{expected}, from {fact.least:g}{most}"
        raise ValueError(f"{error}, expected {expected}") from None


def _numbers(values: pa.Array) -> tuple[NDArray[np.float64], Mask]:
    values = _decoded(values)
    if pa.types.is_boolean(values.type) or not (is_text(values.type) or is_number(values.type)):
        raise ValueError(f"found values of type {values.type}")
    data, missing, unreadable = to_float(values)
    _refuse(values, unreadable | np.isinf(data))
    missing |= np.isnan(data)
    return np.where(missing, 0.0, data), ~missing


def _flags(values: pa.Array) -> tuple[Mask, Mask]:
    values = _decoded(values)
    if pa.types.is_boolean(values.type):
        truth = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
        return truth, values.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(values.type):
        whole = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
        values = pc.if_else(pc.equal(whole, pc.floor(whole)), whole.cast(pa.int64(), safe=False), 2)
    if not is_name(values.type):
        raise ValueError(f"found values of type {values.type}")
    texts = blank_to_null(pc.utf8_lower(pc.utf8_trim_whitespace(values.cast(pa.string()))))
    known = texts.is_valid().to_numpy(zero_copy_only=False)
    at = pc.index_in(texts, value_set=pa.array(list(TRUTH), pa.string()))
    _refuse(values, known & at.is_null().to_numpy(zero_copy_only=False))
    truth = np.array([bool(value) for value in TRUTH.values()] + [False], np.bool_)
    return truth[pc.fill_null(at, len(TRUTH)).to_numpy()], known


def _words(values: pa.Array) -> tuple[NDArray[np.int64], Mask, tuple[str, ...]]:
    if not pa.types.is_dictionary(values.type):
        if not (is_name(values.type) or pa.types.is_boolean(values.type)):
            raise ValueError(f"found values of type {values.type}")
        values = values.cast(pa.string()).dictionary_encode()
    words = blank_to_null(pc.utf8_trim_whitespace(values.dictionary.cast(pa.string()))).to_pylist()
    empty = np.array([word is None for word in words] + [True], np.bool_)
    code = pc.fill_null(values.indices, len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
    known = ~empty[code]
    # The code of a missing word points behind the words.
    return code, known, tuple(word or "" for word in words)


def _decoded(values: pa.Array) -> pa.Array:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _refuse(values: pa.Array, wrong: Mask) -> None:
    """Refuse values that cannot be read; the first one is told with its row."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
        raise ValueError(f"row {rows[0] + 1}: found {values[int(rows[0])].as_py()!r}{more}")


def check_keys(facts: pa.Table, subject: str, pack: str) -> None:
    """The table is about the subject of a pack.

    Raises
    ------
    RulesError
        If it lacks a column that says which rows are about what.
    """
    lacking = [name for name in KEYS[subject] if name not in facts.column_names]
    if lacking:
        raise RulesError(
            _SOURCE,
            f"found no column {' and '.join(lacking)}, expected one row for each {subject}, which "
            f"is what {pack} is about; build the table with packopt.rules.{subject}_facts",
        )


def days_of(
    facts: pa.Table, on: dt.date | str | pa.Array | pa.ChunkedArray
) -> tuple[NDArray[np.int64], Mask]:
    """The day on which each row is judged.

    Parameters
    ----------
    facts
        The table.
    on
        One day, the name of a column, or a column of as many rows.

    Returns
    -------
    Days since 1970, and where they are known.

    Raises
    ------
    RulesError
        If there is no such column, or it holds no days.
    """
    n = facts.num_rows
    if isinstance(on, dt.date):
        number = pa.scalar(on, pa.date32()).cast(pa.int32()).as_py()
        return np.full(n, number, np.int64), np.ones(n, np.bool_)
    if isinstance(on, str):
        if on not in facts.column_names:
            raise RulesError(
                _SOURCE,
                f"found no column {on!r} to judge by, expected a column of days; name another, or "
                "give one day for all",
            )
        on = facts.column(on)
    values = plain(on) if isinstance(on, pa.ChunkedArray) else on
    values = _decoded(values)
    if not is_date(values.type) or len(values) != n:
        raise RulesError(
            _SOURCE,
            f"found {len(values)} values of type {values.type} as days, expected {n} days; give "
            "one for each row",
        )
    days, unreadable, strange = to_days(values)
    if (unreadable | strange).any():
        row = int(np.flatnonzero(unreadable | strange)[0])
        raise RulesError(
            _SOURCE, f"row {row + 1}: found {values[row].as_py()!r}, expected a day; correct it"
        )
    number = pc.fill_null(days.cast(pa.int32()), 0).to_numpy(zero_copy_only=False)
    return number.astype(np.int64), days.is_valid().to_numpy(zero_copy_only=False)
