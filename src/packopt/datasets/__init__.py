"""Data that ships with packopt: built-in catalogues and demo orders, and their makers.

`catalogue_path` and `demo_orders_path` find the files; `generate` makes synthetic orders of any
number; `loaders` reads public sets from wherever the user has put them. Sources, derivations
and licences of every catalogue stand in `catalogues/README.md`.
"""

from __future__ import annotations

import difflib
from importlib.resources import files
from pathlib import Path

from packopt.errors import CatalogueError

__all__ = ["catalogue_names", "catalogue_path", "demo_orders_path"]


def catalogue_names() -> tuple[str, ...]:
    """Names of the built-in catalogues, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().joinpath("catalogues").glob("*.csv")))


def catalogue_path(name: str) -> Path:
    """The CSV file of a built-in catalogue.

    Parameters
    ----------
    name
        One of `catalogue_names`.

    Returns
    -------
    Path of the installed file.

    Raises
    ------
    CatalogueError
        Where there is no such catalogue; the message names the nearest one.
    """
    names = catalogue_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else "Choose one of these, or give a file."
        raise CatalogueError(
            f"built-in catalogue {name!r}",
            f"found no such catalogue, expected one of {', '.join(names)}. {hint}",
        )
    return _folder() / "catalogues" / f"{name}.csv"


def demo_orders_path() -> Path:
    """The CSV file of the embedded demo: `generate.demo_orders(300, seed=1)` written out."""
    return _folder() / "demo_orders.csv"


def _folder() -> Path:
    # str: files() promises a Traversable, and every installed wheel gives a real directory.
    return Path(str(files("packopt.datasets")))
