"""NDJSON block by block, typed as if it were read at once; a JSON array in one piece.

The types of a column follow from all of its values, which only the end of the file tells. So
each block is parsed on its own, the types are joined as the parser would join them, and where that
fails the file is read again with what has been learnt: ids as numbers, or everything as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.checked_text import MOST_RECORD_BYTES, CheckedText
from packopt.errors import InputError
from packopt.order_blocks import Block, ReadAgainError
from packopt.raw_table import Keep, select
from packopt.reading_json import (
    are_names,
    objects,
    parse_as_text,
    parse_json,
    parse_known,
    parse_typed,
    refuse_deep,
    refuse_strange,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ARRAY_BYTES: Final = 1 << 26
"""Text of a JSON array, which is one value and so read in one piece, at ten times its size."""
MOST_KEYS: Final = 500
"""Different keys in a file: each becomes a column as long as the block, also if one row has it."""
_KEYS: Final = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"\s*:', re.DOTALL)
# Rows are flat objects, and no string holds a line end: here, and only here, one ends and the next
# begins.
_BORDER: Final = re.compile(rb"\}[ \t\r]*\n\s*(?=\{)")


@dataclass(frozen=True, slots=True)
class Typing:
    """How to read the values of NDJSON.

    Attributes
    ----------
    text
        Columns that hold names and the like, and must not be taken for dates.
    read_text_as_is
        False where names are numbers in this file.
    also_text
        Further columns that hold more than dates, though some blocks look so.
    is_patient
        True where columns are of mixed types, so that every value is read as text.
    """

    text: tuple[str, ...]
    read_text_as_is: bool = True
    also_text: frozenset[str] = frozenset()
    is_patient: bool = False


class JsonBlocks:
    """A JSON file as blocks, see `packopt.order_blocks.Blocks`."""

    is_complete = False

    def __init__(self, path: Path, keep: Keep, typing: Typing, block_bytes: int) -> None:
        self._keep = keep
        self._typing = typing
        self._block_bytes = block_bytes
        self._text = CheckedText(path, min(MOST_RECORD_BYTES, block_bytes))
        self._type_by_name: dict[str, pa.DataType] = {}
        self._row = 1

    @property
    def schema(self) -> pa.Schema:
        """Wanted columns, with the types known so far."""
        kinds = self._type_by_name.items()
        return pa.schema([(name, kind) for name, kind in kinds if self._keep(name)])

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of the other columns, as far as known."""
        return tuple(name for name in self._type_by_name if name and not self._keep(name))

    def close(self) -> None:
        """Close the file."""
        self._text.close()

    def bytes_read(self) -> int:
        """How much of the file has been read."""
        return self._text.bytes_read()

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in the order of the file."""
        head = self._text.start(self._block_bytes).lstrip()
        if not head.startswith(b"{"):
            yield self._whole(head)
            return
        for data in self._pieces(head):
            block = self._parse(data)
            yield block
            self._row += block.n_rows
        self._settle_names()
        refuse_strange(self.schema.names, self.ignored)

    def _whole(self, head: bytes) -> Block:
        pieces, n_bytes = [head], len(head)
        while piece := self._text.read(self._block_bytes):
            pieces.append(piece)
            n_bytes += len(piece)
            if n_bytes > MOST_ARRAY_BYTES:
                raise InputError(
                    "file",
                    f"a JSON array of more than {MOST_ARRAY_BYTES:,} bytes, which cannot be read "
                    "in pieces; expected NDJSON, one object on each line; write it so",
                )
        raw = parse_json(b"".join(pieces), self._keep, self._typing.text)
        self._type_by_name = {one.name: one.type for one in raw.table.schema}
        self._type_by_name |= dict.fromkeys(raw.ignored, pa.null())
        return Block(raw.table.num_rows, raw.table)

    def _pieces(self, open_rows: bytes) -> Iterator[bytes]:
        """Text of about the size of a block, cut where a row ends."""
        while data := self._text.read(self._block_bytes):
            if data.isspace():
                continue  # between rows, or within one: it says nothing
            border = _last_border(open_rows)
            if border:
                yield open_rows[:border]
            open_rows = open_rows[border:] + data
            if not border and len(open_rows) > MOST_RECORD_BYTES + 2 * self._block_bytes:
                raise InputError(
                    "file",
                    f"row {self._row} or one soon after it is longer than {MOST_RECORD_BYTES:,} "
                    "bytes; expected one flat object on each line; write it so",
                )
        if open_rows.strip():
            yield open_rows

    def _parse(self, data: bytes) -> Block:
        refuse_deep(data)
        typing = self._typing
        if self._type_by_name and not typing.is_patient:
            table = parse_known(data, pa.schema(list(self._type_by_name.items())))
            if table is not None:
                return Block(table.num_rows, select(table, self._keep).table)
        self._refuse_many_keys(data)
        if typing.is_patient:
            raw = parse_as_text(data, self._keep, self._row)
            self._learn(raw.table.schema)
            self._learn(pa.schema([(name, pa.null()) for name in raw.ignored]))
            n_rows = raw.table.num_rows or sum(1 for _ in objects(data, self._row))
            return Block(n_rows, raw.table)
        text = (*(typing.text if typing.read_text_as_is else ()), *typing.also_text)
        # One block for the parser: it must not cut, and it may crash where blocks disagree.
        table = parse_typed(data, text, len(data) + 1)
        if table is None:
            raise ReadAgainError(self._next_typing(data))
        self._learn(table.schema)
        return Block(table.num_rows, select(table, self._keep).table)

    def _learn(self, schema: pa.Schema) -> None:
        """Join the types of a block with those of the blocks before."""
        for one in schema:
            known = self._type_by_name.get(one.name, pa.null())
            joined = _joined(known, one.type)
            if joined is None:
                raise ReadAgainError(replace(self._typing, is_patient=True))
            if self._keep(one.name) and joined == pa.string() and _are_times(known, one.type):
                # What is a time by now can no longer be told as it was written.
                also = self._typing.also_text | {one.name}
                raise ReadAgainError(replace(self._typing, also_text=also))
            self._type_by_name[one.name] = joined

    def _refuse_many_keys(self, data: bytes) -> None:
        # Counting is quick; keys are looked at only where there are more than known ones explain.
        known = sum(data.count(f'"{name}":'.encode()) for name in self._type_by_name)
        keys = set(self._type_by_name)
        if data.count(b'":') + data.count(b'" ') - known > MOST_KEYS:
            keys |= {key.decode() for key in _KEYS.findall(data)}
        if len(keys) > MOST_KEYS:
            raise InputError(
                "file",
                f"more than {MOST_KEYS} different keys up to row {self._row:,} or soon after; "
                "expected the same few in each object; leave out what is no order line",
            )

    def _next_typing(self, data: bytes) -> Typing:
        typing = self._typing
        also = tuple(typing.also_text)
        if typing.read_text_as_is and parse_typed(data, also, len(data) + 1) is not None:
            return replace(typing, read_text_as_is=False)
        # What is no JSON at all is told here, by its row.
        parse_as_text(data, self._keep, self._row)
        return replace(typing, is_patient=True)

    def _settle_names(self) -> None:
        named = [
            self._type_by_name[name] for name in self._typing.text if name in self._type_by_name
        ]
        if not are_names(named):
            raise ReadAgainError(replace(self._typing, is_patient=True))


def _last_border(data: bytes) -> int:
    """Where the last row begins, 0 if only one is known to be there."""
    for usual in (b"}\n{", b"}\r\n{"):
        border = data.rfind(usual)
        if border >= 0:
            return border + len(usual) - 1
    return max((match.end() for match in _BORDER.finditer(data)), default=0)


def _are_times(*kinds: pa.DataType) -> bool:
    return any(pa.types.is_temporal(kind) for kind in kinds)


def _joined(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The type that the parser gives to values of both types, None where it gives up."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other):
        return pa.timestamp("ns")
    if _are_times(one, other) and pa.string() in (one, other):
        return pa.string()
    if pa.types.is_list(one) and pa.types.is_list(other):
        item = _joined(one.value_type, other.value_type)
        return None if item is None else pa.list_(item)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        return _joined_structs(one, other)
    return None


def _joined_structs(one: pa.StructType, other: pa.StructType) -> pa.DataType | None:
    fields = {field.name: field.type for field in one}
    for field in other:
        joined = _joined(fields.get(field.name, pa.null()), field.type)
        if joined is None:
            return None
        fields[field.name] = joined
    return pa.struct(list(fields.items()))
