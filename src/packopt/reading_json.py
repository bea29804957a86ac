"""JSON arrays and NDJSON to raw columns: the fast parser first, a patient one where it fails."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.json as pajson

from packopt.errors import InputError
from packopt.raw_table import Keep, RawTable, select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_BLANKS: Final = re.compile(r"\s*")
_BLOCK_BYTES: Final = 1 << 22
_STRINGS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# Rows are flat; a column that is ignored may nest a little. Beyond some 20,000 levels the parser
# runs off its stack and takes the process along.
_MOST_LEVELS: Final = 100
_SHAPE: Final = 'expected one flat object for each row, such as {"order_id": "A1", "qty": 2}'


def parse_json(data: bytes, keep: Keep, text: Collection[str]) -> RawTable:
    """Parse a JSON array of flat objects, or one flat object per line.

    Parameters
    ----------
    data
        UTF-8 text.
    keep
        Tells of a column name whether it is wanted.
    text
        Columns that hold text, so that what looks like a date stays text.

    Returns
    -------
    The columns: typed where every value of a column has one type, else as text.

    Raises
    ------
    InputError
        If the text is not JSON of that shape, a key occurs twice in one object, or a wanted value
        is itself an object or array.
    """
    data = data.strip()
    table = None
    if data.startswith(b"{"):
        refuse_deep(data)
        table = _parse_typed(data, text)
    raw = parse_as_text(data, keep) if table is None else select(table, keep)
    refuse_strange(raw.table.column_names, raw.ignored)
    return raw


def refuse_deep(data: bytes) -> None:
    """Refuse JSON that is nested deeper than any parser should follow.

    Parameters
    ----------
    data
        UTF-8 text.

    Raises
    ------
    InputError
        If objects and arrays lie in each other too deeply.
    """
    opened = data.count(b"{") + data.count(b"[")
    # No level reaches across the border of two rows, so few brackets beside these are few levels.
    if opened - data.count(b"}\n{") - data.count(b"}\r\n{") <= _MOST_LEVELS:
        return
    brackets = np.frombuffer(_STRINGS.sub(b"", data).translate(None, _NO_BRACKETS), np.uint8)
    steps = np.where((brackets == ord("{")) | (brackets == ord("[")), 1, -1)
    deepest = int(np.cumsum(steps).max(initial=0))
    if deepest > _MOST_LEVELS:
        raise InputError(
            "file", f"found JSON nested {deepest} levels deep, at most {_MOST_LEVELS} are; {_SHAPE}"
        )


def refuse_strange(columns: Collection[str], ignored: Collection[str]) -> None:
    """Refuse rows with none of the columns: an object around the rows has keys of its own.

    Parameters
    ----------
    columns, ignored
        Names of the columns that are wanted, and of the others.

    Raises
    ------
    InputError
        If there are no columns.
    """
    if not columns:
        found = f"only the keys {', '.join(ignored)[:200]}" if ignored else "no rows"
        raise InputError("file", f"found {found}; {_SHAPE}")


def _parse_typed(data: bytes, text: Collection[str]) -> pa.Table | None:
    """Parse fast, or not at all: one value of another type in a column is enough to fail."""
    # Ids may also be numbers, but never the dates for which the parser takes some texts.
    for names in (text, ()):
        table = parse_typed(data, names, _BLOCK_BYTES)
        if table is not None and are_names(one.type for one in table.schema if one.name in text):
            return table
    return None


def are_names(kinds: Iterable[pa.DataType]) -> bool:
    """False if what should be text was taken for times, or is nested."""
    return not any(pa.types.is_temporal(kind) or pa.types.is_nested(kind) for kind in kinds)


def parse_known(data: bytes, schema: pa.Schema) -> pa.Table | None:
    """Parse fast what holds known columns only.

    Parameters
    ----------
    data
        One object after the other, as UTF-8.
    schema
        The columns and their types.

    Returns
    -------
    The columns; None where the text has others, or values that do not fit.
    """
    try:
        return pajson.read_json(
            pa.BufferReader(data),
            read_options=pajson.ReadOptions(block_size=len(data) + 1),
            parse_options=pajson.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="error"
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        return None


def parse_typed(data: bytes, text: Collection[str], block_bytes: int) -> pa.Table | None:
    """Parse fast, with types as the parser infers them.

    Parameters
    ----------
    data
        One object after the other, as UTF-8.
    text
        Columns that must hold text.
    block_bytes
        How much the parser takes at once.

    Returns
    -------
    The columns that have a value or are not in ``text``, or None where the parser fails.
    """
    # A name twice in the schema would end the process: the parser trusts that there is none.
    text = dict.fromkeys(text)
    schema = pa.schema([(name, pa.string()) for name in text])
    try:
        table = pajson.read_json(
            pa.BufferReader(data),
            read_options=pajson.ReadOptions(block_size=block_bytes),
            parse_options=pajson.ParseOptions(explicit_schema=schema),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    # A column that the schema names is there even if no object has it.
    absent = [name for name in text if table[name].null_count == table.num_rows]
    return table.drop_columns(absent)


def parse_as_text(data: bytes, keep: Keep, first_row: int = 1) -> RawTable:
    """Parse patiently: every value becomes text.

    Parameters
    ----------
    data
        UTF-8 text: one object after the other, or an array of objects.
    keep
        Tells of a column name whether it is wanted.
    first_row
        Number of the first row, for messages.

    Returns
    -------
    The columns.

    Raises
    ------
    InputError
        As `parse_json`.
    """
    rows = list(objects(data, first_row))
    names = list(dict.fromkeys(name for row in rows for name in row))
    wanted = [name for name in names if keep(name)]
    try:
        columns = [pa.array(_column(rows, name, first_row), pa.string()) for name in wanted]
    except UnicodeEncodeError as fault:
        raise InputError(
            "file", f"{fault}; half a character in an escape: write it whole"
        ) from fault
    table = pa.Table.from_arrays(columns, names=wanted)
    return RawTable(table, tuple(name for name in names if name not in wanted))


def objects(data: bytes, first_row: int) -> Iterator[dict[str, Any]]:
    """The rows of a text, one object after the other or an array of objects.

    Parameters
    ----------
    data
        UTF-8 text.
    first_row
        Number of the first row, for messages.

    Yields
    ------
    Column names and values.

    Raises
    ------
    InputError
        If the text is not JSON of that shape, or a key occurs twice in one object.
    """
    values = _values(data.decode(), first_row)
    first = next(values)
    rows = first if isinstance(first, list) else chain([first], values)
    for number, row in enumerate(rows, start=first_row):
        if not isinstance(row, dict):
            raise InputError("file", f"row {number}: found {str(row)[:40]!r}; {_SHAPE}")
        yield row


def _values(text: str, first_row: int) -> Iterator[Any]:
    """The JSON values of a text, one after the other."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique_keys, parse_int=str, parse_float=str, parse_constant=str
    )
    position, number = 0, first_row
    while position < len(text):
        try:
            value, end = decoder.raw_decode(text, position)
        except InputError as fault:
            raise InputError("file", f"row {number}: {fault.problems[0]}") from None
        except (ValueError, RecursionError) as fault:
            raise InputError(
                "file",
                f"row {number} is not JSON: {fault}; {_SHAPE}, or an array of such objects",
            ) from fault
        yield value
        position, number = _BLANKS.match(text, end).end(), number + 1  # type: ignore[union-attr]


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise InputError("file", f"keys occur more than once: {', '.join(twice)}; keep one of each")
    return row


def _column(rows: list[dict[str, Any]], name: str, first_row: int) -> list[str | None]:
    numbered = enumerate(rows, start=first_row)
    return [_as_text(row.get(name), name, number) for number, row in numbered]


def _as_text(value: Any, name: str, number: int) -> str | None:
    if isinstance(value, dict | list):
        raise InputError(
            "file",
            f"row {number}, column {name}: found nested JSON {json.dumps(value)[:40]}; {_SHAPE}",
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
