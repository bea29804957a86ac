"""Bans: packages that a region forbids from a day on."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from packopt.errors import PolicyError
from packopt.spelling import capitals, small_letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue

_KEYS: Final = ("region", "from", "plastic", "degradable", "material")
_EXAMPLE: Final = 'region = "KR", from = 2026-01-01, plastic = true'


@dataclass(frozen=True, slots=True)
class Ban:
    """Packages that may not be sent to a region from a day on: those that are all it names.

    What a package does not state counts as banned: nobody can show that it is not. So does an
    order without a region, or without a date.

    Attributes
    ----------
    region
        Where orders go, in capitals.
    start
        The first day of the ban.
    plastic
        True bans packages with plastic, False those without; None asks nothing.
    degradable
        True bans what degrades, False what does not; None asks nothing.
    material
        Bans one material, whatever its case; None asks nothing.

    Raises
    ------
    PolicyError
        If a value does not fit, or the ban names nothing; all faults are listed.
    """

    region: str
    start: dt.date
    plastic: bool | None = None
    degradable: bool | None = None
    material: str | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        problems = list(_problems(self))
        if problems:
            raise PolicyError("ban", problems)
        object.__setattr__(self, "region", capitals(self.region))

    @classmethod
    def from_dict(cls, settings: object) -> Self:
        """Make a ban from a table of a policy file.

        Parameters
        ----------
        settings
            Values by name; ``from`` is the first day, a date or text such as 2026-01-01.

        Returns
        -------
        The ban.

        Raises
        ------
        PolicyError
            If a name is unknown, or a value is missing or does not fit.
        """
        if isinstance(settings, cls):
            return settings
        if not isinstance(settings, Mapping):
            raise PolicyError(
                "ban", f"found {settings!r}, expected a table; write [[bans]] and below {_EXAMPLE}"
            )
        problems = [_unknown(key) for key in settings if key not in _KEYS]
        values = {key: settings[key] for key in _KEYS if key in settings}
        start = values.pop("from", None)
        try:
            ban = cls(values.pop("region", None), _day(start), **values)
        except PolicyError as error:
            raise PolicyError("ban", problems + error.problems) from None
        if problems:
            raise PolicyError("ban", problems)
        return ban

    def to_dict(self) -> dict[str, Any]:
        """Plain values as `from_dict` takes them, without what is not asked."""
        values = {
            "region": self.region,
            "from": self.start.isoformat(),
            "plastic": self.plastic,
            "degradable": self.degradable,
            "material": self.material,
        }
        return {key: value for key, value in values.items() if value is not None}

    def packages(self, catalogue: Catalogue) -> NDArray[np.bool_]:
        """``(k,)`` True for the packages of a catalogue that may not be used where it applies."""
        banned = np.ones(catalogue.n_packages, dtype=np.bool_)
        if self.plastic is not None:
            banned &= catalogue.plastic == self.plastic
        if self.degradable is not None:
            stated = catalogue.attributes["degradable"].to_pylist()
            banned &= np.array([one is None or one == self.degradable for one in stated], np.bool_)
        if self.material is not None:
            name = small_letters(self.material)
            material = [small_letters(one) for one in catalogue.material]
            banned &= np.array([one in ("", name) for one in material], np.bool_)
        return banned


def read_bans(settings: object) -> tuple[tuple[Ban, ...], list[str]]:
    """The bans of a policy, and what is wrong with those that are none.

    Parameters
    ----------
    settings
        What stands under ``bans``: a list of bans or of tables.

    Returns
    -------
    The sound bans, and one sentence for each fault.
    """
    if isinstance(settings, str | Mapping) or not hasattr(settings, "__iter__"):
        found = f"field bans: found {settings!r}, expected a list of tables"
        return (), [f"{found}; write [[bans]] for each, and below it {_EXAMPLE}"]
    bans: list[Ban] = []
    problems: list[str] = []
    for number, one in enumerate(settings, start=1):
        try:
            bans.append(Ban.from_dict(one))
        except PolicyError as error:
            problems += [f"[[bans]] number {number}, {text}" for text in error.problems]
    return tuple(bans), problems


def _problems(ban: Ban) -> Iterator[str]:
    # The annotations promise what is only checked here.
    region: Any = ban.region
    start: Any = ban.start
    material: Any = ban.material
    if not (isinstance(region, str) and region.strip()):
        yield _expected("region", region, "a word as it stands in the orders' column region")
    if not isinstance(start, dt.date) or isinstance(start, dt.datetime):
        yield _expected("from", start, "the first day of the ban, such as 2026-01-01")
    for name in ("plastic", "degradable"):
        value: Any = getattr(ban, name)
        if not (value is None or isinstance(value, bool)):
            yield _expected(name, value, "true or false")
    if material is not None and not (isinstance(material, str) and material.strip()):
        yield _expected("material", material, "a material as it stands in the catalogue")
    if ban.plastic is None and ban.degradable is None and material is None:
        yield (
            "field plastic, degradable or material: found none of them, expected at least one; "
            "state what is banned, such as plastic = true"
        )


def _expected(name: str, found: object, expected: str) -> str:
    if found is None:
        return f"field {name}: found nothing, expected {expected}; add it"
    return f"field {name}: found {found!r}, expected {expected}; correct it"


def _unknown(key: object) -> str:
    near = difflib.get_close_matches(str(key), _KEYS, n=1)
    advice = f"did you mean {near[0]}?" if near else "delete it"
    return f"field {key}: not known to a ban, expected one of {', '.join(_KEYS)}; {advice}"


def _day(value: object) -> Any:
    """A date, where the value is text that means one; else the value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return value
