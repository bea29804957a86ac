"""The packing kernel: integer arrays in, integer arrays out, Numba only.

Numba does not notice when a compiled function's callee in another file has changed, so compiled
code is kept in a folder named after the hash of all kernel sources: any change starts afresh, and
an empty folder tells that there is something to compile. The folder lies in that of
``PACKOPT_CACHE_DIR``, else of ``NUMBA_CACHE_DIR``, else in ``~/.cache/packopt``, else in a
temporary one where none can be written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numba
from llvmlite.binding import get_host_cpu_name  # type: ignore[import-untyped]

_FOLDER = Path(__file__).resolve().parent
_SOURCES = sorted(_FOLDER.glob("*.py"))


def source_hash() -> str:
    """Return the hash of what the machine code depends on.

    All kernel sources, the Numba that compiles them and the processor; and, since Numba looks its
    files up by them, where the sources lie and when they were written.
    """
    digest = hashlib.sha256(f"{numba.__version__} {get_host_cpu_name()} {_FOLDER}".encode())
    for source in _SOURCES:
        stamp = f"{source.name} {source.stat().st_mtime_ns} ".encode()
        digest.update(stamp + source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    for variable in ("PACKOPT_CACHE_DIR", "NUMBA_CACHE_DIR"):
        if os.environ.get(variable):
            return Path(os.environ[variable])
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~").expanduser() / ".cache") / "packopt"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _choose_cache() -> Path:
    wanted = _cache_root() / source_hash()
    if _writable(wanted):
        return wanted
    return Path(tempfile.gettempdir()) / f"packopt-{os.getuid()}" / source_hash()


#: Where compiled kernels of these very sources are kept.
CACHE = _choose_cache()
# Numba reads this when a function is decorated, so it must stand before any kernel import.
numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]
