"""Memory of long replays: what is freed is used again, and not given back and asked for anew."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

import pyarrow as pa

# From malloc.h of the GNU C library, see `man 3 mallopt`.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_MOST_BYTES: Final = 2**31 - 1


def keep_freed_memory() -> None:
    """Let this process keep what it frees, from arrays of any size, until it ends.

    A replay makes and drops large arrays by the hundred. By default each of them is mapped anew,
    and the system clears every page of it: a sixth of the time of a replay. C libraries without
    ``mallopt`` go on as they do.
    """
    # Arrow's own pool gives memory back to the system at once, only to ask for it again.
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MOST_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _MOST_BYTES)
