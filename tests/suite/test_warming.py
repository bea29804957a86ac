"""What a suite compiles is compiled ahead, all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_COUNT = """
from importlib import import_module
from numba.core.dispatcher import Dispatcher

def compiled():
    names = ("frontiers", "pricing", "swapping")
    modules = [import_module(f"packopt.suite.{name}") for name in names]
    return {
        f"{module.__name__}.{name}": [str(one) for one in function.signatures]
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, Dispatcher) and function.py_func.__module__ == module.__name__
    }
"""
_RUN = """
import numpy as np
from packopt import builtin_catalogue, read_orders
from packopt.datasets import demo_orders_path
from packopt.suite import Wanted, suite
from packopt.suite.warming import suite_is_cold, warm_suite

warm_suite()
assert not suite_is_cold()
before = compiled()
# What is loaded from the cache has its helpers inside.
helpers = {"packopt.suite.frontiers.least_box", "packopt.suite.pricing._price_box"}
never = {name for name, signatures in before.items() if not signatures}
assert len(before) >= 10
assert never <= helpers, never
orders = read_orders(demo_orders_path()).take(np.arange(60))
wanted = Wanted(3, kinds=("carton", "mailer", "adjustable"), grid_mm=40, candidates=60)
suite(orders, wanted, today=builtin_catalogue("demo"), draws=1)
after = {name: told for name, told in compiled().items() if name not in helpers}
assert after == {name: before[name] for name in after}, (after, before)
"""


def test_a_suite_compiles_nothing_after_warming(tmp_path: Path) -> None:
    """Every compiled function has its types after warming, and a run of all kinds adds none."""
    script = tmp_path / "script.py"
    script.write_text(_COUNT + _RUN)
    told = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=500, check=False,
        env=dict(os.environ),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
