"""CSV text to raw text columns: separator detected, rows of the wrong width kept as faults."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from packopt.errors import InputError
from packopt.raw_table import Keep, RawTable, refuse_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable

_SEPARATORS: Final = (",", ";", "\t", "|")
BLANK_LINES: Final = re.compile(rb"(?:[ \t]*\r?\n)*")
_LINE_END: Final = re.compile(r"[\r\n]")
# No single row may be larger than a block of the parser.
_BLOCK_BYTES: Final = 1 << 22


def parse_csv(data: bytes, keep: Keep) -> RawTable:
    """Parse CSV text; every column is text, blanks around values are dropped, empty is null.

    Parameters
    ----------
    data
        UTF-8 text with a header line. The separator is the one that the header holds most of:
        comma, semicolon, tab or bar.
    keep
        Tells of a column name whether it is wanted.

    Returns
    -------
    The columns. A row with too many or too few values has its values as far as they go, and a
    fault. Blank lines are no rows.

    Raises
    ------
    InputError
        If two columns have one name, or a quote is left open.
    """
    body = memoryview(data)[BLANK_LINES.match(data).end() :]  # type: ignore[union-attr]
    separator, names = read_header(body)
    refuse_duplicates(names)
    wanted = [index for index, name in enumerate(names) if name and keep(name)]
    if not wanted:
        return RawTable(pa.table({}), tuple(name for name in names if name))
    table, ragged = _parse(body, separator, len(names), wanted)
    if data.count(b'"') % 2:
        _refuse_open_quote(body, separator, len(names))
    if ragged:
        table = insert_ragged(table, ragged, separator, wanted, first_row=0)
    return RawTable(
        trimmed(table, [names[index] for index in wanted]),
        tuple(name for index, name in enumerate(names) if name and index not in wanted),
        ragged_faults(ragged, len(names), first_row=0),
    )


def trimmed(table: pa.Table, names: list[str]) -> pa.Table:
    """Text columns under other names, without blanks around values, and null for empty ones."""
    empty = pa.scalar(None, pa.string())
    columns = [pc.utf8_trim_whitespace(column) for column in table.columns]
    columns = [pc.if_else(pc.equal(column, ""), empty, column) for column in columns]
    return pa.Table.from_arrays(columns, names=names)


def ragged_faults(ragged: list[pacsv.InvalidRow], width: int, *, first_row: int) -> dict[int, str]:
    """What is wrong with rows of the wrong width, by data row, counted from ``first_row`` as 0."""
    return {
        # The parser counts from 1 and counts the header.
        row.number - 2 - first_row: f"{row.actual_columns} values where the header has {width}"
        for row in ragged
        if row.text.strip()
    }


def read_header(body: memoryview) -> tuple[str, list[str]]:
    """Separator and column names of a CSV text.

    Parameters
    ----------
    body
        UTF-8 text that starts with the header line.

    Returns
    -------
    The one of comma, semicolon, tab and bar that the header holds most of, and the names.
    """
    # A header is short; what a cut multibyte character at the end becomes does not matter.
    head = bytes(body[:_BLOCK_BYTES]).decode(errors="replace")
    first_line = _LINE_END.split(head, maxsplit=1)[0]
    outside_quotes = "".join(first_line.split('"')[::2])
    separator = max(_SEPARATORS, key=outside_quotes.count)
    return separator, [name.strip() for name in _split(head, separator)]


def _split(text: str, separator: str) -> list[str]:
    """The values of the first row of a text; nothing where a value is endless."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def _parse(
    body: memoryview, separator: str, width: int, wanted: list[int]
) -> tuple[pa.Table, list[pacsv.InvalidRow]]:
    ragged: list[pacsv.InvalidRow] = []

    def set_aside(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    options = parser_options(separator, width, wanted, set_aside, _BLOCK_BYTES)
    table = pacsv.read_csv(pa.BufferReader(body), **options)
    return table.slice(1), ragged


def parser_options(
    separator: str,
    width: int,
    wanted: list[int],
    set_aside: Callable[[pacsv.InvalidRow], str],
    block_bytes: int,
) -> dict[str, Any]:
    """How CSV is parsed: values as text, the header as the first row, columns f0, f1, ...

    Parameters
    ----------
    separator
        Between two values.
    width
        Number of columns of the header.
    wanted
        Indices of the columns asked for.
    set_aside
        Gets the rows of another width.
    block_bytes
        How much the parser takes at once; no row may be longer.

    Returns
    -------
    Options by name, for `pyarrow.csv.read_csv` and `pyarrow.csv.open_csv`.
    """
    columns = [f"f{index}" for index in wanted]
    return {
        # One thread: with more, the parser cannot tell the numbers of ragged rows.
        "read_options": pacsv.ReadOptions(
            use_threads=False,
            block_size=block_bytes,
            column_names=[f"f{index}" for index in range(width)],
        ),
        "parse_options": pacsv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=set_aside
        ),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            include_columns=columns,
            strings_can_be_null=True,
            null_values=[""],
        ),
    }


def _refuse_open_quote(body: memoryview, separator: str, width: int) -> None:
    table, ragged = _parse(body, separator, width, list(range(width)))
    last = table.slice(max(0, table.num_rows - 1))
    refuse_open_quote(last, ragged[-1:], table.num_rows + len(ragged))


def refuse_open_quote(last: pa.Table, ragged: list[pacsv.InvalidRow], row: int) -> None:
    """Refuse a last row that an open quote has swallowed the rest of the file with.

    Parameters
    ----------
    last
        The last row with all its columns.
    ragged
        The last row of the wrong width.
    row
        Number of the last row.

    Raises
    ------
    InputError
        If a value has several lines: orders would vanish unseen.
    """
    texts = [value or "" for one in last.to_pylist() for value in one.values()]
    if any("\n" in text for text in texts + [one.text for one in ragged]):
        raise InputError(
            "file",
            f"row {row}: a double quote is opened and never closed, which hides all rows after "
            "it; close it, or write it twice inside a quoted value",
        )


def insert_ragged(
    table: pa.Table,
    ragged: list[pacsv.InvalidRow],
    separator: str,
    wanted: list[int],
    *,
    first_row: int,
) -> pa.Table:
    """Put rows of the wrong width back in their places, so that row numbers are those of the file.

    Parameters
    ----------
    table
        The other rows.
    ragged
        Rows of the wrong width, in order.
    separator
        Between two values.
    wanted
        Indices of the columns of ``table``.
    first_row
        Data row of the file, from 0, that comes first.

    Returns
    -------
    All rows.
    """
    values = [_split(row.text, separator) for row in ragged]
    extra = pa.Table.from_arrays(
        [
            pa.array([row[index] if index < len(row) else None for row in values], pa.string())
            for index in wanted
        ],
        names=table.column_names,
    )
    total = table.num_rows + len(ragged)
    is_ragged = np.zeros(total, dtype=np.bool_)
    is_ragged[[row.number - 2 - first_row for row in ragged]] = True
    source = np.cumsum(~is_ragged) - 1
    source[is_ragged] = table.num_rows + np.arange(len(ragged))
    return pa.concat_tables([table, extra]).take(pa.array(source))
