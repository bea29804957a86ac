"""Numbers of law, factors and words that come with packopt, from its data files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any


@cache
def data(name: str) -> dict[str, Any]:
    """The content of a data file of green packaging management.

    Parameters
    ----------
    name
        Of the TOML file in ``datasets/green``, without its suffix.

    Returns
    -------
    Its content; not to be changed.
    """
    # str: files() promises a Traversable, and every installed wheel gives a real directory.
    path = Path(str(files("packopt.datasets"))) / "green" / f"{name}.toml"
    with path.open("rb") as file:
        return tomllib.load(file)
