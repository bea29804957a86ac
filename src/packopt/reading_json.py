"""JSON arrays and NDJSON to raw columns: the fast parser first, a patient one where it fails."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.json as pajson

from packopt.errors import InputError
from packopt.raw_table import Keep, RawTable, select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BLANKS: Final = re.compile(r"\s*")
_BLOCK_BYTES: Final = 1 << 22
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
    table = _parse_typed(data, text) if data.startswith(b"{") else None
    raw = _parse_as_text(data, keep) if table is None else select(table, keep)
    return _refuse_strange(raw)


def _refuse_strange(raw: RawTable) -> RawTable:
    """An object around the rows has keys of its own, and none of the columns."""
    if raw.table.num_columns == 0:
        found = f"only the keys {', '.join(raw.ignored)[:200]}" if raw.ignored else "no rows"
        raise InputError("file", f"found {found}; {_SHAPE}")
    return raw


def _parse_typed(data: bytes, text: Collection[str]) -> pa.Table | None:
    """Parse fast, or not at all: one value of another type in a column is enough to fail."""
    # Ids may also be numbers, but never the dates for which the parser takes some texts.
    for names in (text, ()):
        schema = pa.schema([(name, pa.string()) for name in names])
        try:
            table = pajson.read_json(
                pa.BufferReader(data),
                read_options=pajson.ReadOptions(block_size=_BLOCK_BYTES),
                parse_options=pajson.ParseOptions(explicit_schema=schema),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError):
            continue
        # A column that the schema names is there even if no object has it.
        absent = [name for name in names if table[name].null_count == table.num_rows]
        table = table.drop_columns(absent)
        kinds = [one.type for one in table.schema if one.name in text]
        if not any(pa.types.is_temporal(kind) or pa.types.is_nested(kind) for kind in kinds):
            return table
    return None


def _parse_as_text(data: bytes, keep: Keep) -> RawTable:
    rows = list(_objects(data))
    names = list(dict.fromkeys(name for row in rows for name in row))
    wanted = [name for name in names if keep(name)]
    try:
        columns = [pa.array(_column(rows, name), pa.string()) for name in wanted]
    except UnicodeEncodeError as fault:
        raise InputError(
            "file", f"{fault}; half a character in an escape: write it whole"
        ) from fault
    table = pa.Table.from_arrays(columns, names=wanted)
    return RawTable(table, tuple(name for name in names if name not in wanted))


def _objects(data: bytes) -> Iterator[dict[str, Any]]:
    values = _values(data.decode())
    first = next(values)
    rows = first if isinstance(first, list) else chain([first], values)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InputError("file", f"row {number}: found {str(row)[:40]!r}; {_SHAPE}")
        yield row


def _values(text: str) -> Iterator[Any]:
    """The JSON values of a text, one after the other."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique_keys, parse_int=str, parse_float=str, parse_constant=str
    )
    position, number = 0, 1
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


def _column(rows: list[dict[str, Any]], name: str) -> list[str | None]:
    return [_as_text(row.get(name), name, number) for number, row in enumerate(rows, start=1)]


def _as_text(value: Any, name: str, number: int) -> str | None:
    if isinstance(value, dict | list):
        raise InputError(
            "file",
            f"row {number}, column {name}: found nested JSON {json.dumps(value)[:40]}; {_SHAPE}",
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
