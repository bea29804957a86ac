"""What becomes of a command whose reader goes away, as ``packopt ... | head -1`` does.

Messages are then for nobody, and the work goes on. Results on stdout are all that is left to do
when they are told, so the command ends: quietly, and with what a shell reports of a tool that
SIGPIPE has ended. The signal itself would end the work of whoever only closed stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, Final

from rich.console import Console

#: 128 and the number of SIGPIPE.
READER_GONE: Final = 141


class Speaker(Console):
    """A console that ends the command where its stdout has no reader, and is mute on stderr."""

    def on_broken_pipe(self) -> None:
        """Stop writing.

        Raises
        ------
        SystemExit
            If it is stdout that has no reader.
        """
        self.quiet = True
        _to_nowhere(self.file)
        if not self.stderr:
            raise SystemExit(READER_GONE)


@contextmanager
def stdout_bytes() -> Iterator[BinaryIO]:
    """Stdout for bytes, flushed in the end.

    Raises
    ------
    SystemExit
        If it has no reader.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError as fault:
        _to_nowhere(sys.stdout)
        raise SystemExit(READER_GONE) from fault


def _to_nowhere(stream: IO[str]) -> None:
    """Lead a stream away, so that what Python still holds for it cannot fail at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
