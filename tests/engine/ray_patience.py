"""Starting Ray on a machine that has other things to do, and leaving nothing behind."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from typing import TypeVar

import pytest

Started = TypeVar("Started")


def patiently(start: Callable[[], Started]) -> Started:
    """What starts, at the third attempt if need be: Ray gives up after 30 seconds."""
    for _ in range(3):
        try:
            return start()
        except Exception as fault:
            if "timed out during startup" not in str(fault):
                raise
    pytest.skip("this machine is too busy to start a node of Ray within 30 seconds")


def clean_up() -> None:
    """Forget the processes of Ray here, where nobody minds that it did not wait for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
