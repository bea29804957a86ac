"""Compiling what a suite needs beside the kernel, before it is needed.

Compiled code lies in the kernel's folder. A file there, named after the hash of the compiled
sources, tells that they have been compiled as they are now.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.kernel import CACHE
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.suite.choosing import choose, rates
from packopt.suite.designing import design
from packopt.suite.gathering import gather
from packopt.suite.settings import Machine, Wanted
from packopt.suite.swapping import count_served

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPILED: Final = ("frontiers.py", "pricing.py", "swapping.py")


def suite_is_cold() -> bool:
    """Whether these sources have yet to be compiled on this machine."""
    return not _mark().exists()


def warm_suite(progress: Callable[[str], None] | None = None) -> None:
    """Compile all of it, or load it from the kernel's cache, by choosing one box for three orders.

    Parameters
    ----------
    progress
        Called with the name of each part before it is compiled.
    """
    say = progress or (lambda _part: None)
    say("frontiers of boxes")
    every = np.arange(3)
    orders = Orders.from_table(
        pa.table(
            {
                "order_id": ["a", "b", "c"],
                "sku": ["s", "t", "u"],
                "qty": [1, 2, 1],
                "length_mm": [50, 30, 90],
                "width_mm": [40, 30, 40],
                "height_mm": [30, 30, 20],
            }
        )
    )
    wanted = Wanted(1, grid_mm=20, candidates=20)
    shop, offer, contents = gather(
        orders, every, None, Policy(), Machine(), wanted, fit=every, threads=1, work=None,
        tell=lambda _line: None, progress=None,
    )  # fmt: skip
    weight, content_mm3 = contents.of(every, len(every))
    rows = contents.rows.take(np.flatnonzero(weight > 0), weight, content_mm3)
    say("the choice and its bounds")
    found = design(shop, rows, wanted, offer, rounds=1)
    # What so small a choice can do without.
    rates(found.problem, choose(found.problem, seed=1))
    missing = np.empty(len(rows))
    count_served(*found.problem.arrays, found.bound.prices, found.best.opened, missing)
    CACHE.mkdir(parents=True, exist_ok=True)
    _mark().touch()


def _mark() -> Path:
    told = hashlib.sha256()
    for name in _COMPILED:
        source = Path(__file__).with_name(name)
        # Numba looks its files up by the time that the source was written.
        told.update(f"{name} {source.stat().st_mtime_ns} ".encode() + source.read_bytes())
    return CACHE / f"suite-{told.hexdigest()[:16]}.compiled"
