"""The public names: all there, nothing more, and each what it says it is."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import packopt

FUNCTIONS_WITH_MODULE = ["check", "explain", "prove", "recommend"]


def test_public_names_are_sorted_and_nothing_else_is_listed() -> None:
    """`__all__` is sorted, free of repeats, and what `dir(packopt)` shows."""
    assert list(packopt.__all__) == sorted(set(packopt.__all__))
    assert dir(packopt) == packopt.__all__


@pytest.mark.parametrize("name", packopt.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    """Each name of `__all__` is there, and none is a module."""
    assert not isinstance(getattr(packopt, name), ModuleType)


def test_every_public_name_has_a_home_and_every_home_name_is_public() -> None:
    """What is found on first use is exactly what `__all__` promises."""
    assert {*packopt._HOME_OF, "__version__"} == set(packopt.__all__)


@pytest.mark.parametrize("name", sorted(packopt._HOME_OF))
def test_a_public_name_is_the_one_of_its_home(name: str) -> None:
    """`packopt.Orders` is `packopt.orders.Orders`: no copy, no namesake."""
    home = importlib.import_module(packopt._HOME_OF[name])
    assert getattr(packopt, name) is getattr(home, name)


@pytest.mark.parametrize("name", FUNCTIONS_WITH_MODULE)
def test_a_function_is_not_hidden_by_the_module_of_its_name(name: str) -> None:
    """`packopt.check` is the function, whatever was imported first and however."""
    lines = f"import packopt.{name}, packopt; assert callable(packopt.{name})\n"
    lines += f"from packopt import {name}; assert callable({name})\n"
    lines += f"from packopt.{name} import {name} as there; assert there is packopt.{name}"
    subprocess.run([sys.executable, "-W", "error", "-c", lines], check=True, timeout=60)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name is reported as for any module."""
    with pytest.raises(AttributeError, match="no attribute 'recomend'"):
        _ = packopt.recomend  # type: ignore[attr-defined]
