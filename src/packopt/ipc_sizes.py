"""What the batches of an Arrow IPC file would inflate to, before anything is inflated.

The reader believes the size that stands before each compressed buffer, and pyarrow does not show
it, so the few fields of the message format that lead there are read here. Field numbers are those
of `Message.fbs` in the Arrow format, https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE_MAGIC: Final = b"ARROW1\0\0"
_CONTINUATION: Final = 0xFFFFFFFF
_DICTIONARY_BATCH: Final = 2
_RECORD_BATCH: Final = 3


def inflated_sizes(data: memoryview) -> Iterator[tuple[int, int]]:
    """Size of each compressed batch in the file, and in memory as it declares.

    Parameters
    ----------
    data
        A whole IPC file or stream.

    Yields
    ------
    Bytes of the batch in the file, and the sum over its buffers of what they say to become. What is
    damaged ends the list: the reader tells that better.
    """
    place = len(_FILE_MAGIC) if bytes(data[: len(_FILE_MAGIC)]) == _FILE_MAGIC else 0
    try:
        while place + 8 <= len(data):
            (size,) = struct.unpack_from("<I", data, place)
            place += 4
            if size == _CONTINUATION:  # absent in files older than 2019
                (size,) = struct.unpack_from("<I", data, place)
                place += 4
            if size == 0:
                return
            message = _Table.root(data[place : place + size])
            place += size
            body_bytes = message.number(3, "<q")
            if body_bytes < 0:
                return
            batch = _batch_of(message)
            if batch is not None and batch.has(3):
                yield body_bytes, _inflated(batch, data[place : place + body_bytes])
            place += body_bytes
    except (struct.error, IndexError):
        return


def _batch_of(message: _Table) -> _Table | None:
    kind = message.number(1, "<B")
    if kind == _RECORD_BATCH:
        return message.table(2)
    return message.table(2).table(1) if kind == _DICTIONARY_BATCH else None


def _inflated(batch: _Table, body: memoryview) -> int:
    total = 0
    for offset, length in batch.pairs(2):
        if length >= 8:
            (inflated,) = struct.unpack_from("<q", body, offset)
            # -1 says that the buffer stands as it is.
            total += length if inflated < 0 else inflated
    return total


class _Table:
    """A table of a flatbuffer: fields by number, each optional."""

    def __init__(self, data: memoryview, place: int) -> None:
        self._data = data
        self._place = place
        (back,) = struct.unpack_from("<i", data, place)
        self._fields = place - back
        (self._n_bytes,) = struct.unpack_from("<H", data, self._fields)

    @classmethod
    def root(cls, data: memoryview) -> _Table:
        return cls(data, struct.unpack_from("<I", data, 0)[0])

    def has(self, number: int) -> bool:
        return self._offset(number) != 0

    def number(self, number: int, form: str) -> int:
        offset = self._offset(number)
        return int(struct.unpack_from(form, self._data, self._place + offset)[0]) if offset else 0

    def table(self, number: int) -> _Table:
        return _Table(self._data, self._target(number))

    def pairs(self, number: int) -> list[tuple[int, int]]:
        """A list of pairs of 64-bit integers."""
        if not self.has(number):
            return []
        place = self._target(number)
        (length,) = struct.unpack_from("<I", self._data, place)
        end = place + 4 + 16 * length
        return list(struct.iter_unpack("<qq", self._data[place + 4 : end]))

    def _offset(self, number: int) -> int:
        entry = 4 + 2 * number
        if entry >= self._n_bytes:
            return 0
        return int(struct.unpack_from("<H", self._data, self._fields + entry)[0])

    def _target(self, number: int) -> int:
        place = self._place + self._offset(number)
        return place + int(struct.unpack_from("<I", self._data, place)[0])
