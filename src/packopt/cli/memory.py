"""Memory of long replays: what is freed is used again, and not given back and asked for anew."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

# From malloc.h of the GNU C library, see `man 3 mallopt`.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_MOST_BYTES: Final = 2**31 - 1
#: What numpy, scipy and polars read when they are imported, and never again. Pages of 2 MB are
#: cleared whole, though an array fills the half of one; and what polars frees, it is to keep as
#: well, in one heap for all threads. Products of matrices are few and small: threads that wait for
#: the next one would only keep a core busy.
_AT_IMPORT: Final = {
    "NUMPY_MADVISE_HUGEPAGE": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:-1,muzzy_decay_ms:-1",
}


def reusing_memory(command: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """Run a command in a process that keeps what it frees, from arrays of any size, until it ends.

    A replay makes and drops large arrays by the hundred. By default each of them is mapped anew,
    and the system clears every page of it, again and again; pyarrow's own pool does likewise.
    Threads share one heap, so that what one frees another may use: there are few of them, and they
    ask for much at a time. C libraries without ``mallopt`` go on as they do. To be called before
    anything else starts a thread.
    """

    @wraps(command)
    def start(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)
            mallopt(_M_MMAP_THRESHOLD, _MOST_BYTES)
            mallopt(_M_TRIM_THRESHOLD, _MOST_BYTES)
        with _variables():
            import numpy as np  # noqa: F401
            import polars as pl  # noqa: F401
            import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401  its own OpenBLAS
        import pyarrow as pa

        pa.set_memory_pool(pa.system_memory_pool())
        return command(*args, **kwargs)

    return start


@contextmanager
def _variables() -> Iterator[None]:
    """Set variables for a while: processes that this one starts later must not have them."""
    stated = {name for name in _AT_IMPORT if name in os.environ}
    os.environ.update({name: text for name, text in _AT_IMPORT.items() if name not in stated})
    try:
        yield
    finally:
        for name in _AT_IMPORT.keys() - stated:
            del os.environ[name]
