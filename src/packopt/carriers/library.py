"""The rules that come with packopt, found by name and day."""

from __future__ import annotations

import difflib
from functools import lru_cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from packopt.carriers.reading import read_rules
from packopt.errors import CarrierError

if TYPE_CHECKING:
    import datetime as dt

    from packopt.carriers.rule import BillingRule


def billing_rules() -> tuple[str, ...]:
    """Names of the rules that come with packopt, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def billing_versions(name_or_path: str | PathLike[str]) -> tuple[BillingRule, ...]:
    """All versions of a rule, by first day.

    Parameters
    ----------
    name_or_path
        One of `billing_rules`, or the path of a TOML file with a rule of your own; text with a
        slash or the suffix ``.toml`` is a path.

    Returns
    -------
    The versions, at least one; their days do not overlap.

    Raises
    ------
    CarrierError
        If there is no such rule, or the file is faulty.
    """
    if isinstance(name_or_path, PathLike) or is_path(name_or_path):
        return read_rules(Path(name_or_path))
    return _builtin(name_or_path)


def billing_rule(name_or_path: str | PathLike[str], on: dt.date) -> BillingRule:
    """The version of a rule that is valid on a day.

    Parameters
    ----------
    name_or_path
        As of `billing_versions`.
    on
        The day on which the parcels are handed over.

    Returns
    -------
    The rule.

    Raises
    ------
    CarrierError
        If there is no such rule, the file is faulty, or no version is valid on the day.
    """
    versions = billing_versions(name_or_path)
    for version in versions:
        if version.is_valid_on(on):
            return version
    spans = [
        f"{one.id} ({one.valid_from} to {one.valid_to or 'further notice'})" for one in versions
    ]
    raise CarrierError(
        str(name_or_path),
        f"found no version that is valid on {on}, expected a day of {', '.join(spans)}; choose "
        "another day, or give the rule of your contract as a TOML file",
    )


def is_path(text: str) -> bool:
    """Whether text is the path of a rule file, and no name."""
    return "/" in text or "\\" in text or text.lower().endswith(".toml")


@lru_cache(maxsize=32)
def _builtin(name: str) -> tuple[BillingRule, ...]:
    names = billing_rules()
    if name not in names:
        # "ups" is nearer to "ups-us" than to "usps", whatever difflib says.
        near = [one for one in names if one.startswith(name.lower())]
        near += difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else "Choose one of these, or give a file."
        raise CarrierError(
            f"billing rule {name!r}",
            f"found no such rule, expected one of {', '.join(names)}. {hint}",
        )
    return read_rules(_folder() / f"{name}.toml", name=name)


def _folder() -> Path:
    # str: files() promises a Traversable, and every installed wheel gives a real directory.
    return Path(str(files("packopt"))) / "datasets" / "carriers"
