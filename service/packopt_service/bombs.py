"""Catalogues that inflate: measured in a process of their own, before the service reads them.

A few kilobytes of Parquet or Arrow may become gigabytes, and only reading tells. The process that
tries has its limits from the system, and takes nobody along when it meets them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pyarrow as pa

from packopt_service.problems import Problem

_MOST_ROWS: Final = 50_000
_MOST_BYTES: Final = 64 << 20
_MOST_MEMORY: Final = 4 << 30  # of addresses, of which most are never touched
_WITHIN_S: Final = 30.0
_TOO_LARGE: Final = 3
_DAMAGED: Final = 4


def refuse_bomb(path: Path) -> None:
    """Refuse the file of a catalogue that has far more in it than a catalogue has.

    Raises
    ------
    Problem
        413 if it has too many rows or bytes, 422 if it cannot be read.
    """
    if path.suffix in (".csv", ".json"):
        mark = b"\n" if path.suffix == ".csv" else b"{"
        if path.read_bytes().count(mark) > _MOST_ROWS + 1:
            raise _too_large()
        return
    command = [sys.executable, "-m", "packopt_service.bombs", str(path)]
    try:
        tried = subprocess.run(  # noqa: S603 - our own program, and a path of ours
            command, capture_output=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise _too_large() from None
    if tried.returncode == _DAMAGED:
        reason = tried.stdout.decode(errors="replace")[:500]
        kind = path.suffix.removeprefix(".")
        detail = f"cannot be read as {kind}: {reason}; it may be cut off or damaged, write it again"
        raise Problem(422, f"catalogue: {detail}", [("", detail)])
    if tried.returncode:
        raise _too_large()


def _too_large() -> Problem:
    return Problem(
        413,
        f"the catalogue is larger than {_MOST_ROWS:,} rows or {_MOST_BYTES:,} bytes when it is "
        "read; send its packages only",
    )


def _measure(path: Path) -> int:
    """Read a file within limits; return what it is as an exit code."""
    import pyarrow.parquet as pq

    pa.set_memory_pool(pa.system_memory_pool())
    _limit_memory()
    try:
        if path.suffix == ".parquet":
            if pq.read_metadata(path).num_rows > _MOST_ROWS:
                return _TOO_LARGE
            table = pq.read_table(path, use_threads=False)
        else:
            table = _read_arrow(path)
    except MemoryError:
        return _TOO_LARGE
    except (pa.ArrowException, OSError, ValueError) as fault:
        print(" ".join(str(fault).split()))  # noqa: T201 - told to the parent
        return _DAMAGED
    fits = table.num_rows <= _MOST_ROWS and table.get_total_buffer_size() <= _MOST_BYTES
    return 0 if fits else _TOO_LARGE


def _read_arrow(path: Path) -> pa.Table:
    """Read an IPC file, or a stream."""
    content = path.read_bytes()
    if content.startswith(b"ARROW1"):
        return pa.ipc.open_file(content).read_all()
    return pa.ipc.open_stream(content).read_all()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: the time is a limit, too
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    sys.exit(_measure(Path(sys.argv[1])))
