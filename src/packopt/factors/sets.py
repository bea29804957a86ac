"""Sets of emission factors: those that come with packopt as files, and the users' own."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from packopt.errors import FactorsError
from packopt.factors.words import MATERIALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

#: How sure the figures are: read in the primary text, in secondary ones, sources that conflict,
#: or whatever the user's own file means by them.
STATUSES: Final = ("verified", "secondary", "conflict", "own")
_TEXTS: Final = ("source", "boundary")
_OPTIONAL_TEXTS: Final = ("title", "licence")
_KEYS: Final = (
    *_TEXTS,
    *_OPTIONAL_TEXTS,
    "year",
    "status",
    "covered_only",
    "notes",
    "factors",
)
_YEARS: Final = (1990, 2100)
_MOST: Final = 100_000.0


@dataclass(frozen=True, slots=True)
class FactorSet:
    """Emissions of materials from one source, by one method: never mixed with another set.

    Attributes
    ----------
    name
        What the set is called: a built-in name, or the stem of a user's file.
    title
        What it is, in a line.
    source
        Who says so.
    year
        Year of the figures.
    boundary
        What is counted and what is not: cradle to gate, end of life, biogenic carbon.
    licence
        Under which terms the figures may be passed on; "" where not stated.
    status
        One of `STATUSES`.
    factors
        kg CO2e per tonne by material of `packopt.factors.MATERIALS`, which is g per kg.
    covered_only
        True for sets that are about some materials only: emissions then count these, and the
        others are left out and named. False leaves the emissions of a parcel unknown where it
        has a material without a factor.
    notes
        What a reader of the figures should know.
    """

    name: str
    title: str
    source: str
    year: int
    boundary: str
    licence: str
    status: str
    factors: Mapping[str, float] = field(hash=False)
    covered_only: bool = False
    notes: tuple[str, ...] = ()

    @property
    def covers(self) -> tuple[str, ...]:
        """The materials that have a factor."""
        return tuple(key for key in MATERIALS if key in self.factors)

    def g_per_g(self) -> NDArray[np.float64]:
        """``(len(MATERIALS),)`` g CO2e per g of each material.

        Without a factor: NaN, or 0 in a set that counts only what it covers.
        """
        missing = 0.0 if self.covered_only else math.nan
        kg_per_t = [self.factors.get(key) for key in MATERIALS]
        return np.array([missing if one is None else one / 1000.0 for one in kg_per_t])

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a set of what `to_dict` returned.

        Raises
        ------
        FactorsError
            If a value is missing or does not fit; all faults are listed.
        """
        name = str(values.get("name", "factors"))
        known = {key: value for key, value in values.items() if key not in ("name", "covers")}
        return cls._checked(name, known | {"factors": known.pop("kg_co2e_per_t", None)}, name)

    @classmethod
    def _checked(cls, name: str, settings: Mapping[str, Any], source: str) -> Self:
        problems = list(_problems(settings))
        if problems:
            raise FactorsError(source, problems)
        return cls(
            name=name,
            title=settings.get("title", name),
            source=settings["source"],
            year=settings["year"],
            boundary=settings["boundary"],
            licence=settings.get("licence", ""),
            status=settings.get("status", "own"),
            factors={key: float(settings["factors"][key]) for key in settings["factors"]},
            covered_only=settings.get("covered_only", False),
            notes=tuple(settings.get("notes", ())),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "year": self.year,
            "boundary": self.boundary,
            "licence": self.licence,
            "status": self.status,
            "covers": list(self.covers),
            "covered_only": self.covered_only,
            "kg_co2e_per_t": dict(self.factors),
            "notes": list(self.notes),
        }


def factor_set_names() -> tuple[str, ...]:
    """Names of the sets that come with packopt, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def factor_set(name_or_path: str | PathLike[str]) -> FactorSet:
    """Read a set of emission factors.

    Parameters
    ----------
    name_or_path
        One of `factor_set_names`, or a TOML file with ``source``, ``year``, ``boundary``, a table
        ``[factors]`` of kg CO2e per tonne by material, and any of ``title``, ``licence``,
        ``status``, ``covered_only``, ``notes``.

    Returns
    -------
    The set.

    Raises
    ------
    FactorsError
        If there is no such set, or the file cannot be read or is faulty; all faults are listed.
    """
    name = fspath(name_or_path)
    if name in factor_set_names():
        return _read(_folder() / f"{name}.toml", name)
    path = Path(name_or_path)
    if not path.suffix and not path.exists():
        raise FactorsError(f"factor set {name!r}", _unknown_set(name))
    return _read(path, path.stem)


def _unknown_set(name: str) -> str:
    names = factor_set_names()
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else "Choose one of these, or give a TOML file."
    return f"found no such set, expected one of {', '.join(names)}. {hint}"


def _folder() -> Path:
    # str: files() promises a Traversable, and every installed wheel gives a real directory.
    return Path(str(files("packopt.datasets"))) / "factors"


def _read(path: Path, name: str) -> FactorSet:
    try:
        with path.open("rb") as file:
            settings = tomllib.load(file)
    except OSError as error:
        raise FactorsError(
            str(path), f"cannot be read ({error.strerror}); give the path of a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FactorsError(
            str(path), f"is not TOML: {error}; write lines such as board = 1199.7 under [factors]"
        ) from error
    return FactorSet._checked(name, settings, str(path))  # noqa: SLF001


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    for key in settings:
        if key not in _KEYS:
            yield f"field {key}: not known to a factor set; {_advice(key, _KEYS)}"
    for key in _TEXTS:
        if not _is_text(settings.get(key)):
            yield _expected(key, settings.get(key), "a text, since a figure without it is no claim")
    for key in _OPTIONAL_TEXTS:
        if key in settings and not isinstance(settings[key], str):
            yield _expected(key, settings[key], "a text, or nothing")
    year = settings.get("year")
    if not (type(year) is int and _YEARS[0] <= year <= _YEARS[1]):
        yield _expected("year", year, f"a year from {_YEARS[0]} to {_YEARS[1]}")
    if settings.get("status", "own") not in STATUSES:
        yield _expected("status", settings["status"], f"one of {', '.join(STATUSES)}")
    if not isinstance(settings.get("covered_only", False), bool):
        yield _expected("covered_only", settings["covered_only"], "true or false")
    yield from _bad_notes(settings.get("notes", []))
    yield from _bad_factors(settings.get("factors"))


def _bad_notes(notes: object) -> Iterator[str]:
    if not isinstance(notes, list) or not all(_is_text(one) for one in notes):
        yield _expected("notes", notes, "a list of texts")


def _bad_factors(factors: object) -> Iterator[str]:
    if not isinstance(factors, dict) or not factors:
        yield _expected("factors", factors, "a table [factors] with kg CO2e per tonne by material")
        return
    for key, value in factors.items():
        if key not in MATERIALS:
            yield f"field factors.{key}: not a known material; {_advice(key, MATERIALS)}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
            yield _expected(
                f"factors.{key}", value, f"kg CO2e per tonne, a number from 0 to {_MOST:,.0f}"
            )


def _advice(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def _expected(name: str, found: object, expected: str) -> str:
    shown = "nothing" if found is None else repr(found)
    return f"field {name}: found {shown}, expected {expected}; fill it in or correct it"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
