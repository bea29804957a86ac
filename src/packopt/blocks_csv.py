"""CSV block by block, by the same parser and with the same row numbers as at once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pacsv

from packopt.checked_text import MOST_RECORD_BYTES, CheckedText
from packopt.errors import InputError
from packopt.order_blocks import Block
from packopt.raw_table import Keep, refuse_duplicates
from packopt.reading_csv import (
    BLANK_LINES,
    insert_ragged,
    parser_options,
    ragged_faults,
    read_header,
    refuse_open_quote,
    trimmed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class CsvBlocks:
    """A CSV file as blocks, see `packopt.order_blocks.Blocks`."""

    is_complete = True

    def __init__(self, path: Path, keep: Keep, block_bytes: int) -> None:
        self._path = path
        self._block_bytes = block_bytes
        self._feed = _Feed(path, block_bytes)
        self._separator, self._names = read_header(memoryview(self._feed.head))
        refuse_duplicates(self._names)
        self._wanted = [i for i, name in enumerate(self._names) if name and keep(name)]
        wanted = [self._names[index] for index in self._wanted]
        self.schema = pa.schema([(name, pa.string()) for name in wanted])
        self.ignored = tuple(name for name in self._names if name and name not in wanted)

    def close(self) -> None:
        """Close the file."""
        self._feed.text.close()

    def bytes_read(self) -> int:
        """How much of the file has been read."""
        return self._feed.text.bytes_read()

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in the order of the file."""
        row = 0
        ragged: list[pacsv.InvalidRow] = []
        for table in self._tables(self._feed, self._wanted, ragged):
            n_fit = _n_before(ragged, row, table.num_rows)
            here, ragged[:n_fit] = ragged[:n_fit], []
            yield self._block(table, here, row)
            row += table.num_rows + n_fit
        if ragged:
            nothing = pa.table({f"f{i}": pa.array([], pa.string()) for i in self._wanted})
            yield self._block(nothing, ragged, row)
        if self._feed.text.n_quotes % 2:
            self._refuse_open_quote()

    def _block(self, table: pa.Table, ragged: list[pacsv.InvalidRow], row: int) -> Block:
        if ragged:
            table = insert_ragged(table, ragged, self._separator, self._wanted, first_row=row)
        faults = ragged_faults(ragged, len(self._names), first_row=row)
        return Block(table.num_rows, trimmed(table, self.schema.names), faults)

    def _tables(
        self, feed: _Feed, wanted: list[int], ragged: list[pacsv.InvalidRow]
    ) -> Iterator[pa.Table]:
        """What the parser makes of the text, without the header; the others go to ``ragged``."""

        def set_aside(row: pacsv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        options = parser_options(
            self._separator, len(self._names), wanted, set_aside, self._block_bytes
        )
        n_rows = -1
        try:
            with pacsv.open_csv(pa.PythonFile(feed, mode="r"), **options) as reader:
                for batch in reader:
                    table = pa.Table.from_batches([batch])
                    yield table.slice(1) if n_rows < 0 else table
                    n_rows += batch.num_rows
        except pa.ArrowInvalid as fault:
            if feed.fault is None and "straddling" in str(fault):
                raise InputError(
                    "file",
                    f"a row after row {max(0, n_rows + len(ragged)):,} is longer than "
                    f"{self._block_bytes:,} bytes; expected one order line in each row; perhaps a "
                    "double quote is opened and never closed",
                ) from fault
            raise (feed.fault or fault) from fault

    def _refuse_open_quote(self) -> None:
        """Read once more with all columns, which an odd number of quotes is rare enough for."""
        feed, last = _Feed(self._path, self._block_bytes), None
        ragged: list[pacsv.InvalidRow] = []
        n_rows = n_ragged = 0
        for table in self._tables(feed, list(range(len(self._names))), ragged):
            n_rows += table.num_rows
            last = table.slice(table.num_rows - 1) if table.num_rows else last
            n_ragged += max(0, len(ragged) - 1)
            ragged[:-1] = []
        feed.text.close()
        nothing = pa.table({})
        refuse_open_quote(
            nothing if last is None else last, ragged, n_rows + n_ragged + len(ragged)
        )


def _n_before(ragged: list[pacsv.InvalidRow], first_row: int, n_rows: int) -> int:
    """How many of the rows set aside stand before, among or right after the next ``n_rows``."""
    n_fit = 0
    # The parser counts from 1 and counts the header.
    while n_fit < len(ragged) and ragged[n_fit].number - 2 - first_row - n_fit <= n_rows:
        n_fit += 1
    return n_fit


class _Feed(io.RawIOBase):
    """The text as the file that the parser reads from; keeps the exception that stopped it."""

    def __init__(self, path: Path, block_bytes: int) -> None:
        self.text = CheckedText(path, min(MOST_RECORD_BYTES, block_bytes))
        head = self.text.start(block_bytes)
        self.head = head[BLANK_LINES.match(head).end() :]  # type: ignore[union-attr]
        self._left = self.head
        self.fault: InputError | None = None

    def readable(self) -> bool:
        return True

    def read(self, n_bytes: int = -1) -> Any:
        """The next bytes, never fewer than the parser asks for but at the end."""
        left = self._left
        try:
            if len(left) < n_bytes:
                left += self.text.read(n_bytes - len(left))
        except InputError as fault:
            self.fault = fault
            raise
        self._left = left[n_bytes:]
        return left[:n_bytes]
