"""CSV text to raw text columns: separator detected, rows of the wrong width kept as faults."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from packopt.errors import InputError
from packopt.raw_table import Keep, RawTable, refuse_duplicates

_SEPARATORS: Final = (",", ";", "\t", "|")
_BLANK_LINES: Final = re.compile(rb"(?:[ \t]*\r?\n)*")
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
    body = memoryview(data)[_BLANK_LINES.match(data).end() :]  # type: ignore[union-attr]
    separator, header = _header(body)
    names = [name.strip() for name in header]
    refuse_duplicates(names)
    wanted = [index for index, name in enumerate(names) if name and keep(name)]
    if not wanted:
        return RawTable(pa.table({}), tuple(name for name in names if name))
    table, ragged = _parse(body, separator, len(names), wanted)
    if data.count(b'"') % 2:
        _refuse_open_quote(body, separator, len(names))
    if ragged:
        table = _insert(table, ragged, separator, wanted)
    trimmed = [pc.utf8_trim_whitespace(column) for column in table.columns]
    empty = pa.scalar(None, pa.string())
    columns = [pc.if_else(pc.equal(column, ""), empty, column) for column in trimmed]
    return RawTable(
        pa.Table.from_arrays(columns, names=[names[index] for index in wanted]),
        tuple(name for index, name in enumerate(names) if name and index not in wanted),
        {
            # The parser counts from 1 and counts the header.
            row.number - 2: f"{row.actual_columns} values where the header has {len(names)}"
            for row in ragged
            if row.text.strip()
        },
    )


def _header(body: memoryview) -> tuple[str, list[str]]:
    # A header is short; what a cut multibyte character at the end becomes does not matter.
    head = bytes(body[:_BLOCK_BYTES]).decode(errors="replace")
    first_line = _LINE_END.split(head, maxsplit=1)[0]
    outside_quotes = "".join(first_line.split('"')[::2])
    separator = max(_SEPARATORS, key=outside_quotes.count)
    return separator, _split(head, separator)


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

    columns = [f"f{index}" for index in wanted]
    table = pacsv.read_csv(
        pa.BufferReader(body),
        # One thread: with more, the parser cannot tell the numbers of ragged rows.
        read_options=pacsv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK_BYTES,
            column_names=[f"f{index}" for index in range(width)],
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=set_aside
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            include_columns=columns,
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    return table.slice(1), ragged


def _refuse_open_quote(body: memoryview, separator: str, width: int) -> None:
    """An open quote swallows all rows to the end of the file, so orders would vanish unseen."""
    table, ragged = _parse(body, separator, width, list(range(width)))
    last = table.slice(max(0, table.num_rows - 1)).to_pylist()
    texts = [value or "" for row in last for value in row.values()] + [r.text for r in ragged[-1:]]
    if any("\n" in text for text in texts):
        row = table.num_rows + len(ragged)
        raise InputError(
            "file",
            f"row {row}: a double quote is opened and never closed, which hides all rows after "
            "it; close it, or write it twice inside a quoted value",
        )


def _insert(
    table: pa.Table, ragged: list[pacsv.InvalidRow], separator: str, wanted: list[int]
) -> pa.Table:
    """Put ragged rows back in their places, so that row numbers are those of the file."""
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
    is_ragged[[row.number - 2 for row in ragged]] = True
    source = np.cumsum(~is_ragged) - 1
    source[is_ragged] = table.num_rows + np.arange(len(ragged))
    return pa.concat_tables([table, extra]).take(pa.array(source))
