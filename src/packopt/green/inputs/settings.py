"""Settings of green packaging management: who reports, and how the sample is drawn."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, fields
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from packopt.errors import GreenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STRATA: Final = ("", "package_id", "site", "seller", "quarter")
"""What an audit sample may be stratified by; "" draws a simple one."""

_WORDS: Final = {
    "organisation_size": ("", "L", "S"),
    "packaging_activity": ("", "SO", "PF", "IM", "SE", "HL", "OM"),
    "packaging_type": ("", "HH", "NH"),
    "sample_by": STRATA,
}
_WHOLE: Final = {
    "alarm_days": (0, 3650),
    "sample_size": (1, 1_000_000),
    "sample_seed": (0, 2**32 - 1),
    "retention_days": (0, 36_500),
}
_NUMBERS: Final = {
    "turnover_eur": (0.0, 1e13),
    "truck_m3": (0.001, 1_000.0),
    "confidence": (0.5, 0.9999),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Who reports and how; checked once, when it is made.

    Attributes
    ----------
    producer
        Who puts the packaging of own business on the market, as registers name it; "" unknown.
    organisation_id, subsidiary_id
        Numbers under UK pEPR; "" unknown, or none.
    organisation_size
        Under UK pEPR "L" reports half-years, "S" years; "" unknown.
    packaging_activity
        Code of UK pEPR: SO own brand, PF packed unbranded, IM, SE, HL, OM; "" unknown.
    packaging_type
        Code of UK pEPR: HH for parcels to households, NH for others; "" unknown.
    turnover_eur
        Turnover of a year in EUR, for the classes of the French decree; None unknown.
    truck_m3
        Volume of a lorry in m3; None unknown.
    retention_days
        For how many days these tables are kept; None unknown.
    alarm_days
        Certificates that expire within so many days are told.
    sample_size, sample_seed, sample_by
        Parcels in the audit sample, the seed it is drawn by, and what it is stratified by:
        "package_id", "site", "seller", "quarter", or "" for a simple sample.
    confidence
        Of the interval of the sample's pass rate.
    hash_key
        Text that is hashed along with order ids, so that nobody finds them by trying.

    Raises
    ------
    GreenError
        If a value does not fit; all faults are listed.
    """

    producer: str = ""
    organisation_id: str = ""
    subsidiary_id: str = ""
    organisation_size: str = ""
    packaging_activity: str = ""
    packaging_type: str = ""
    turnover_eur: float | None = None
    truck_m3: float | None = None
    retention_days: int | None = None
    alarm_days: int = 60
    sample_size: int = 200
    sample_seed: int = 1
    sample_by: str = ""
    confidence: float = 0.95
    hash_key: str = ""

    def __post_init__(self) -> None:
        """Check every value."""
        found = list(_problems(self))
        if found:
            raise GreenError("settings", found)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read settings from a TOML file whose keys are the attributes; all may be left out.

        Raises
        ------
        GreenError
            If the file cannot be read, is not TOML, or holds an unknown key or value.
        """
        source = fspath(path)
        try:
            with Path(path).open("rb") as file:
                values = tomllib.load(file)
        except OSError as error:
            raise GreenError(
                source, f"cannot be read ({error.strerror}); give the path of a TOML file"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise GreenError(
                source, f'is not TOML: {error}; write lines such as producer = "A7"'
            ) from error
        return cls.from_dict(values, source=source)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, source: str = "settings") -> Self:
        """Make settings from plain values by attribute name.

        Raises
        ------
        GreenError
            If a name is unknown or a value does not fit.
        """
        names = [one.name for one in fields(cls)]
        found = [_unknown(key, names) for key in values if key not in names]
        try:
            settings = cls(**{key: values[key] for key in values if key in names})
        except GreenError as error:
            raise GreenError(source, found + error.problems) from None
        if found:
            raise GreenError(source, found)
        return settings


def _problems(settings: Settings) -> Iterator[str]:
    for one in fields(settings):
        value: Any = getattr(settings, one.name)
        if value is None and one.default is None:
            continue
        if one.name in _WORDS:
            if value not in _WORDS[one.name]:
                yield _expected(one.name, value, f"one of {', '.join(_WORDS[one.name][1:])}")
        elif one.name in _WHOLE:
            least, most = _WHOLE[one.name]
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                yield _expected(one.name, value, f"a whole number from {least} to {most:,}")
        elif one.name in _NUMBERS:
            low, high = _NUMBERS[one.name]
            if not _is_number(value) or not low <= value <= high:
                yield _expected(one.name, value, f"a number from {low:g} to {high:,g}")
        elif not isinstance(value, str):
            yield _expected(one.name, value, "text")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _expected(name: str, found: object, expected: str) -> str:
    return f"field {name}: found {found!r}, expected {expected}; correct it or leave it out"


def _unknown(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key, names, n=1)
    advice = f"did you mean {near[0]}?" if near else "delete it"
    return f"field {key}: not known, expected one of {', '.join(names)}; {advice}"
