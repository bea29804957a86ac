"""A text file block by block: decompressed, and checked as the whole would be, in little memory."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt.errors import InputError
from packopt.reading import BYTE_ORDER_MARK, EMPTY, not_utf8, refuse_binary

if TYPE_CHECKING:
    from pathlib import Path

MOST_RECORD_BYTES: Final = 1 << 20
"""Longest line, and longest row: an order line has some hundred bytes, and a row must be held."""


class CheckedText:
    """UTF-8 text out of a file that may be compressed.

    Whatever is read has been checked: no binary data, no other encoding, no endless line. Blank
    lines before the first text are left out.

    Parameters
    ----------
    path
        The file; its last suffix names the compression.
    record_bytes
        Longest line accepted.

    Attributes
    ----------
    n_quotes
        Double quotes read so far.
    """

    def __init__(self, path: Path, record_bytes: int = MOST_RECORD_BYTES) -> None:
        self._file: Any = pa.OSFile(str(path))
        self._stream: Any = self._file
        if path.suffix.lower() in _CODEC_BY_SUFFIX:
            codec = _CODEC_BY_SUFFIX[path.suffix.lower()]
            self._stream = pa.CompressedInputStream(self._file, codec)
        self._record_bytes = record_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 0  # line ends read so far
        self._line_bytes = 0  # read so far of the line that is still open
        self._held = b""
        self.n_quotes = 0

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._file.close()

    def bytes_read(self) -> int:
        """How much of the file, as it stands compressed, has been read."""
        return 0 if self._file.closed else int(self._file.tell())

    def start(self, n_bytes: int) -> bytes:
        """The first text of the file, about ``n_bytes`` of it, from the line where it begins.

        Raises
        ------
        InputError
            If there is none, or it is unfit.
        """
        blank = b""
        head = self._fill(n_bytes).removeprefix(BYTE_ORDER_MARK)
        if head:
            refuse_binary(head[:8], has_zeros=False)
        while not head.strip():
            # Spaces are held as far as the line goes on that may be the first with text.
            blank = (blank + head)[(blank + head).rfind(b"\n") + 1 :][-self._record_bytes :]
            self._lines += head.count(b"\n")
            head = self._fill(n_bytes)
            if not head:
                raise InputError("file", EMPTY)
        self._line_bytes = len(blank)
        self._check(head)
        return blank + head

    def read(self, n_bytes: int) -> bytes:
        """The next ``n_bytes`` of the text; fewer only at its end.

        Raises
        ------
        InputError
            If they are unfit.
        """
        data = self._fill(n_bytes)
        self._check(data)
        return data

    def _fill(self, n_bytes: int) -> bytes:
        pieces = []
        while n_bytes > 0 and (piece := self._stream.read(n_bytes)):
            pieces.append(piece)
            n_bytes -= len(piece)
        return b"".join(pieces)

    def _check(self, data: bytes) -> None:
        if b"\0" in data:
            refuse_binary(b"", has_zeros=True)
        self._check_encoding(data)
        self._check_lines(data)
        self.n_quotes += data.count(b'"')

    def _check_encoding(self, data: bytes) -> None:
        # What the decoder holds back is the beginning of a character, and so on the open line.
        held = self._decoder.getstate()[0]
        if data and not held and data.isascii():
            return
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as fault:
            text = held + data
            line = self._lines + text.count(b"\n", 0, fault.start) + 1
            raise not_utf8(line, text[fault.start]) from fault

    def _check_lines(self, data: bytes) -> None:
        begin = -self._line_bytes  # of the open line, seen from the data
        while len(data) - begin > self._record_bytes:
            known = max(0, begin)
            reach = max(0, begin + self._record_bytes + 1)
            end = max(data.rfind(b"\n", known, reach), data.rfind(b"\r", known, reach))
            if end < 0:
                line = self._lines + data.count(b"\n", 0, known) + 1
                raise InputError(
                    "file",
                    f"line {line}: longer than {self._record_bytes:,} bytes; expected one order "
                    "line on each line of text; write it again with line ends",
                )
            begin = end + 1
        last = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._line_bytes = len(data) - last - 1 if last >= 0 else self._line_bytes + len(data)
        self._lines += data.count(b"\n")


_CODEC_BY_SUFFIX: Final = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
