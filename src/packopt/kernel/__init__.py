"""The packing kernel: integer arrays in, integer arrays out, Numba only.

Numba does not notice when a compiled function's callee in another file has changed, so compiled
code is kept in a folder named after the hash of all kernel sources: any change starts afresh.
The folder is that of ``PACKOPT_CACHE_DIR``, else of ``NUMBA_CACHE_DIR``, else ``~/.cache/packopt``,
else a temporary one where none can be written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numba

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))


def source_hash() -> str:
    """Return the hash of all kernel sources and of the Numba that compiles them."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in _SOURCES:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
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
