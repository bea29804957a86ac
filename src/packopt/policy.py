"""Policy: what is to be minimised, and the limits and handling rules of a recommendation."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, Literal, Self

from packopt.errors import PolicyError
from packopt.materials import MAILER_STYLES, MaterialSettings

OBJECTIVES: Final = ("material", "volume", "cost")
HANDLING: Final = ("default", "geometry")
EFFORTS: Final = ("fast", "standard", "thorough")

# A poly mailer's two side seams take about 1/4 inch each (pluspackaging.com), so 13 mm; for
# bubble mailers the trade adds about an inch to the content (us.usmex.mx). No source was found
# for paper mailers: they get the larger allowance.
_ALLOWANCE_MM: Final = {"poly": 13, "bubble": 25, "paper": 25}
_MOST_MM: Final = 1000  # allowances and clearance: beyond this the unit was surely mistaken
_MOST_NODES: Final = 2**53  # exact in every JSON reader


def _default_allowance_mm() -> dict[str, int]:
    return dict(_ALLOWANCE_MM)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to minimise and which rules a plan must keep; checked once, when it is made.

    Attributes
    ----------
    objective
        "material" (g of package, tape and filler), "volume" (outer mm3) or "cost" (money for
        package, tape and filler).
    handling
        "default" asks for plans that can be packed by hand: no floating unit, nothing on fragile
        units, loads within limits, packable from above. "geometry" asks for no overlap only.
    effort
        Search budget: a word, or a number of search nodes for each package asked about, which is
        rounded down to 0, 100, 300, 1,000, 3,000 ... 3,000,000. Never seconds, so that the answer
        is the same on every machine.
    min_support
        Share of each unit's base that must rest on something, 0..1.
    wall_clearance_mm
        Space in mm kept free along every wall of a package, 0..1000.
    max_parcels
        Parcels an order may be split into; only 1 is supported.
    seam_allowance_mm, flap_allowance_mm
        For each style of mailer, mm of its flat width and flat length lost to seams and flap,
        0..1000; styles left out keep their defaults (poly 13, bubble 25, paper 25).
    materials
        Board, film, tape and filler, see `packopt.materials.MaterialSettings`.

    Raises
    ------
    PolicyError
        If a value is unknown, unsupported or out of range; all faults are listed.
    """

    objective: Literal["material", "volume", "cost"] = "material"
    handling: Literal["default", "geometry"] = "default"
    effort: Literal["fast", "standard", "thorough"] | int = "standard"
    min_support: float = 0.0
    wall_clearance_mm: int = 0
    max_parcels: int = 1
    seam_allowance_mm: Mapping[str, int] = field(default_factory=_default_allowance_mm)
    flap_allowance_mm: Mapping[str, int] = field(default_factory=_default_allowance_mm)
    materials: MaterialSettings = field(default_factory=MaterialSettings)

    def __post_init__(self) -> None:
        """Check every value and complete the allowances."""
        problems = list(_problems(self))
        if problems:
            raise PolicyError("policy", problems)
        for name in ("seam_allowance_mm", "flap_allowance_mm"):
            object.__setattr__(self, name, _ALLOWANCE_MM | dict(getattr(self, name)))

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read a policy from a TOML file whose keys are the attributes; all may be left out.

        Parameters
        ----------
        path
            A TOML file; ``[materials]``, ``[seam_allowance_mm]`` and ``[flap_allowance_mm]`` are
            tables.

        Returns
        -------
        The policy.

        Raises
        ------
        PolicyError
            If the file cannot be read, is not TOML, or holds an unknown key or value.
        """
        source = fspath(path)
        try:
            with Path(path).open("rb") as file:
                settings = tomllib.load(file)
        except OSError as error:
            raise PolicyError(
                source, f"cannot be read ({error.strerror}); give the path of a TOML file"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyError(
                source, f'is not TOML: {error}; write lines such as objective = "material"'
            ) from error
        return cls.from_dict(settings, source=source)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, source: str = "policy") -> Self:
        """Make a policy from plain values, as `to_dict` returns them.

        Parameters
        ----------
        settings
            Values by attribute name; missing ones take their defaults.
        source
            Where the values come from, for error messages.

        Returns
        -------
        The policy.

        Raises
        ------
        PolicyError
            If a name is unknown or a value does not fit.
        """
        problems = list(_unknown_keys(settings, cls, ""))
        known = {key: value for key, value in settings.items() if key in cls.__dataclass_fields__}
        materials, faults = _materials(known.pop("materials", {}))
        problems += faults
        try:
            policy = cls(materials=materials, **known)
        except PolicyError as error:
            raise PolicyError(source, problems + error.problems) from None
        if problems:
            raise PolicyError(source, problems)
        return policy

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        return asdict(self)


def _materials(settings: object) -> tuple[MaterialSettings, list[str]]:
    if isinstance(settings, MaterialSettings):
        return settings, []
    if not isinstance(settings, Mapping):
        return MaterialSettings(), [
            f"field materials: found {settings!r}, expected a table; write a [materials] section"
        ]
    problems = list(_unknown_keys(settings, MaterialSettings, "materials."))
    known = {k: v for k, v in settings.items() if k in MaterialSettings.__dataclass_fields__}
    try:
        return MaterialSettings(**known), problems
    except PolicyError as error:
        return MaterialSettings(), problems + [f"[materials] {text}" for text in error.problems]


def _unknown_keys(settings: Mapping[str, Any], kind: type, prefix: str) -> Iterator[str]:
    names = [one.name for one in fields(kind)]
    for key in settings:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            advice = f"did you mean {prefix}{near[0]}?" if near else f"use one of {names}"
            yield f"field {prefix}{key}: not known to the policy; {advice}"


def _problems(policy: Policy) -> Iterator[str]:
    # The annotations promise what is only checked here.
    objective: Any = policy.objective
    materials: Any = policy.materials
    if objective == "co2e":
        yield (
            "field objective: found 'co2e', which needs emission factors and is not supported "
            f"yet; expected one of {OBJECTIVES}"
        )
    elif objective not in OBJECTIVES:
        yield _expected("objective", objective, f"one of {OBJECTIVES}")
    if policy.handling not in HANDLING:
        yield _expected("handling", policy.handling, f"one of {HANDLING}")
    if policy.effort not in EFFORTS and not _is_whole(policy.effort, 0, _MOST_NODES):
        yield _expected(
            "effort", policy.effort, f"one of {EFFORTS} or a whole number of search nodes from 0"
        )
    if not _is_share(policy.min_support):
        yield _expected("min_support", policy.min_support, "a number from 0 to 1")
    if not _is_whole(policy.wall_clearance_mm, 0, _MOST_MM):
        yield _expected("wall_clearance_mm", policy.wall_clearance_mm, _whole_mm())
    if not _is_whole(policy.max_parcels, 1, 1):
        yield _expected(
            "max_parcels", policy.max_parcels, "1, since splitting is not supported yet"
        )
    yield from _allowance_problems("seam_allowance_mm", policy.seam_allowance_mm)
    yield from _allowance_problems("flap_allowance_mm", policy.flap_allowance_mm)
    if not isinstance(materials, MaterialSettings):
        yield _expected("materials", materials, "MaterialSettings")


def _allowance_problems(name: str, allowances: object) -> Iterator[str]:
    if not isinstance(allowances, Mapping):
        yield _expected(name, allowances, "a table of mm by style of mailer")
        return
    for style, mm in allowances.items():
        if style not in MAILER_STYLES:
            yield f"field {name}: found style {style!r}, expected one of {MAILER_STYLES}"
        elif not _is_whole(mm, 0, _MOST_MM):
            yield _expected(f"{name}.{style}", mm, _whole_mm())


def _whole_mm() -> str:
    return f"whole mm from 0 to {_MOST_MM}"


def _expected(name: str, found: object, expected: str) -> str:
    return f"field {name}: found {found!r}, expected {expected}; correct it or leave it out"


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_share(value: object) -> bool:
    # NaN fails both comparisons, but the intent is better said than implied.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value <= 1  # type: ignore[arg-type,operator]
