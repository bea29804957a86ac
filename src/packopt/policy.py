"""Policy: what is to be minimised, and the limits and handling rules of a recommendation."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

from packopt.bans import Ban, read_bans
from packopt.carriers.tariff import Freight
from packopt.errors import PolicyError
from packopt.factors import Emissions
from packopt.materials import MAILER_STYLES, MaterialSettings
from packopt.setting_values import expected, is_list, is_number, is_whole, is_word
from packopt.spelling import small_letters

_Table = TypeVar("_Table", Freight, Emissions)

OBJECTIVES: Final = ("material", "volume", "cost", "co2e")
HANDLING: Final = ("default", "geometry")
EFFORTS: Final = ("fast", "standard", "thorough")
PARTIAL: Final = ("refuse", "allow")
OWN_CONTAINER: Final = ("always", "cheaper")
BASES: Final = ("outer", "inner")
TOLERANCE: Final = ("largest", "stated")

# A poly mailer's two side seams take about 1/4 inch each (pluspackaging.com), so 13 mm; for
# bubble mailers the trade adds about an inch to the content (us.usmex.mx). No source was found
# for paper mailers: they get the larger allowance.
_ALLOWANCE_MM: Final = {"poly": 13, "bubble": 25, "paper": 25}
_MOST_MM: Final = 1000  # allowances and clearance: beyond this the unit was surely mistaken
_MOST_TOLERANCE_MM: Final = 100
_MOST_NODES: Final = 2**53  # exact in every JSON reader
MOST_PARCELS: Final = 10_000  # units of an order
_MOST_PRICE: Final = 1_000_000_000.0  # as the price of a package
_MOST_ALTERNATIVES: Final = 20
_NO_EMISSIONS: Final = (
    "field emissions: found nothing beside the objective 'co2e', expected a named set of factors; "
    'write [emissions] and below it factors = "desnz-2025-primary"'
)


def _default_allowance_mm() -> dict[str, int]:
    return dict(_ALLOWANCE_MM)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to minimise and which rules a plan must keep; checked once, when it is made.

    Attributes
    ----------
    objective
        "material" (g of package, tape and filler), "volume" (outer mm3), "cost" (money for
        package, tape and filler) or "co2e" (g CO2e of package, tape and filler).
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
        Parcels an order may be split into, 1..10,000.
    parcel_price
        What each parcel costs beside its package, in the objective's unit (g, mm3 or money). None
        asks for the fewest parcels first, and then for the objective.
    partial
        What becomes of an order with units that fit no package: "refuse" leaves it unpackable,
        "allow" packs the rest and names them.
    own_container
        What becomes of units that may ship as they are: "always" do, or "cheaper", where that
        costs less than to pack them with the rest.
    incompatible
        Pairs of classes of goods that are never in one parcel; a class paired with itself travels
        unit by unit. In lower case.
    goods_classes
        Further classes of goods. Where there are incompatible ones, orders with a class that is
        neither here nor there are rejected: it may be misspelt.
    bans
        Packages that regions forbid, see `packopt.bans.Ban`.
    alternatives
        Next cheapest packages to plan for each order, 0..20.
    freight
        What the carriage of parcels adds to the objective "cost", see
        `packopt.carriers.Freight`; None adds nothing.
    emissions
        By which named set of factors the objective "co2e" counts, see
        `packopt.factors.Emissions`.
    max_empty_space
        Share of a parcel's volume that may hold no unit, 0..1, as `empty_space_outer` or
        `empty_space_inner` reports it; None asks nothing. Own containers have none.
    max_empty_space_basis
        "outer" or "inner": which volume that is.
    tolerance
        At which sizes units are packed that have a tolerance: "largest", so that they fit surely,
        or "stated", which tells for each order whether it would fit at the largest as well. A
        limit of empty space is about stated sizes: beside it, only "stated" packs such units.
    default_tolerance_mm
        By how much in mm each side may be larger or smaller where an order line does not say,
        0..100.
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

    objective: Literal["material", "volume", "cost", "co2e"] = "material"
    handling: Literal["default", "geometry"] = "default"
    effort: Literal["fast", "standard", "thorough"] | int = "standard"
    min_support: float = 0.0
    wall_clearance_mm: int = 0
    max_parcels: int = MOST_PARCELS
    parcel_price: float | None = None
    partial: Literal["refuse", "allow"] = "refuse"
    own_container: Literal["always", "cheaper"] = "always"
    incompatible: tuple[tuple[str, str], ...] = ()
    goods_classes: tuple[str, ...] = ()
    bans: tuple[Ban, ...] = ()
    alternatives: int = 0
    freight: Freight | None = None
    emissions: Emissions | None = None
    max_empty_space: float | None = None
    max_empty_space_basis: Literal["outer", "inner"] = "outer"
    tolerance: Literal["largest", "stated"] = "largest"
    default_tolerance_mm: int = 0
    seam_allowance_mm: Mapping[str, int] = field(default_factory=_default_allowance_mm)
    flap_allowance_mm: Mapping[str, int] = field(default_factory=_default_allowance_mm)
    materials: MaterialSettings = field(default_factory=MaterialSettings)

    def __post_init__(self) -> None:
        """Check every value, bring words to one spelling and complete the allowances."""
        problems = list(_problems(self))
        if problems:
            raise PolicyError("policy", problems)
        pairs = tuple(
            (small_letters(first), small_letters(second)) for first, second in self.incompatible
        )
        object.__setattr__(self, "incompatible", pairs)
        object.__setattr__(self, "goods_classes", tuple(map(small_letters, self.goods_classes)))
        object.__setattr__(self, "bans", tuple(self.bans))
        for name in ("seam_allowance_mm", "flap_allowance_mm"):
            object.__setattr__(self, name, _ALLOWANCE_MM | dict(getattr(self, name)))

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> Self:
        """Read a policy from a TOML file whose keys are the attributes; all may be left out.

        Parameters
        ----------
        path
            A TOML file; ``[freight]``, ``[emissions]``, ``[materials]``,
            ``[seam_allowance_mm]`` and ``[flap_allowance_mm]`` are tables, and each
            ``[[bans]]`` is one. Relative paths start where the file is.

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
        return cls.from_dict(settings, source=source, folder=Path(path).parent)

    @classmethod
    def from_dict(
        cls, settings: Mapping[str, Any], *, source: str = "policy", folder: Path | None = None
    ) -> Self:
        """Make a policy from plain values, as `to_dict` returns them.

        Parameters
        ----------
        settings
            Values by attribute name; missing ones take their defaults.
        source
            Where the values come from, for error messages.
        folder
            Where relative paths start; None leaves them as they are.

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
        bans, bad_bans = read_bans(known.pop("bans", ()))
        freight, bad_freight = _table(Freight, known.pop("freight", None), folder)
        emissions, bad_emissions = _table(Emissions, known.pop("emissions", None), folder)
        problems += faults + bad_bans + bad_freight + bad_emissions
        known |= {"materials": materials, "freight": freight, "emissions": emissions}
        try:
            policy = cls(bans=bans, **known)
        except PolicyError as error:
            # Where [emissions] is bad, that is told already; it is not missing.
            told = {_NO_EMISSIONS} if bad_emissions else set()
            problems += [one for one in error.problems if one not in told]
            raise PolicyError(source, problems) from None
        if problems:
            raise PolicyError(source, problems)
        return policy

    @property
    def limits_empty_space(self) -> bool:
        """Whether some parcel might have too much empty space."""
        return self.max_empty_space is not None and self.max_empty_space < 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        values = asdict(self) | {
            "incompatible": [list(pair) for pair in self.incompatible],
            "goods_classes": list(self.goods_classes),
            "bans": [ban.to_dict() for ban in self.bans],
        }
        for name in ("freight", "emissions"):
            table = getattr(self, name)
            del values[name]
            values |= {} if table is None else {name: table.to_dict()}
        return values


def _table(
    kind: type[_Table], settings: object, folder: Path | None
) -> tuple[_Table | None, list[str]]:
    if settings is None:
        return None, []
    try:
        return kind.from_dict(settings, folder), []
    except PolicyError as error:
        return None, [f"[{kind.__name__.lower()}] {text}" for text in error.problems]


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
    materials: Any = policy.materials
    yield from _objective_problems(policy)
    if policy.handling not in HANDLING:
        yield expected("handling", policy.handling, f"one of {HANDLING}")
    if policy.effort not in EFFORTS and not is_whole(policy.effort, 0, _MOST_NODES):
        yield expected(
            "effort", policy.effort, f"one of {EFFORTS} or a whole number of search nodes from 0"
        )
    if not is_number(policy.min_support, 1):
        yield expected("min_support", policy.min_support, "a number from 0 to 1")
    if not is_whole(policy.wall_clearance_mm, 0, _MOST_MM):
        yield expected("wall_clearance_mm", policy.wall_clearance_mm, _whole_mm())
    yield from _parcel_problems(policy)
    yield from _goods_problems(policy)
    yield from _allowance_problems("seam_allowance_mm", policy.seam_allowance_mm)
    yield from _allowance_problems("flap_allowance_mm", policy.flap_allowance_mm)
    if not isinstance(materials, MaterialSettings):
        yield expected("materials", materials, "MaterialSettings")


def _objective_problems(policy: Policy) -> Iterator[str]:
    objective: Any = policy.objective
    if objective == "co2e" and policy.emissions is None:
        yield _NO_EMISSIONS
    elif objective not in OBJECTIVES:
        yield expected("objective", objective, f"one of {OBJECTIVES}")
    freight: Any = policy.freight
    if freight is not None and not isinstance(freight, Freight):
        yield expected("freight", freight, "Freight")
    elif freight is not None and objective != "cost":
        yield (
            f"field freight: found it beside the objective {objective!r}, which counts no money; "
            'expected objective = "cost"; set it, or leave out [freight]'
        )
    emissions: Any = policy.emissions
    if emissions is not None and not isinstance(emissions, Emissions):
        yield expected("emissions", emissions, "Emissions")


def _parcel_problems(policy: Policy) -> Iterator[str]:
    bans: Any = policy.bans
    for name, words in (
        ("partial", PARTIAL),
        ("own_container", OWN_CONTAINER),
        ("max_empty_space_basis", BASES),
        ("tolerance", TOLERANCE),
    ):
        value = getattr(policy, name)
        if value not in words:
            yield expected(name, value, f"one of {words}")
    for name, least, most in (
        ("max_parcels", 1, MOST_PARCELS),
        ("alternatives", 0, _MOST_ALTERNATIVES),
        ("default_tolerance_mm", 0, _MOST_TOLERANCE_MM),
    ):
        value = getattr(policy, name)
        if not is_whole(value, least, most):
            yield expected(name, value, f"a whole number from {least} to {most:,}")
    if policy.parcel_price is not None and not is_number(policy.parcel_price, _MOST_PRICE):
        yield expected(
            "parcel_price", policy.parcel_price, f"a number from 0 to {_MOST_PRICE:,.0f}"
        )
    if policy.max_empty_space is not None and not is_number(policy.max_empty_space, 1):
        yield expected("max_empty_space", policy.max_empty_space, "a number from 0 to 1")
    elif (
        policy.limits_empty_space and policy.default_tolerance_mm and policy.tolerance == "largest"
    ):
        yield (
            "field tolerance: found 'largest' beside max_empty_space and default_tolerance_mm, "
            "which would count tolerances as content; expected 'stated', the sizes by which empty "
            'space is measured; set tolerance = "stated", or leave out one of the others'
        )
    if not isinstance(bans, tuple | list) or not all(isinstance(ban, Ban) for ban in bans):
        yield expected("bans", bans, "a list of bans")


def _goods_problems(policy: Policy) -> Iterator[str]:
    if not is_list(policy.goods_classes, is_word):
        yield expected(
            "goods_classes", policy.goods_classes, 'a list of words such as ["food", "toys"]'
        )
    if not is_list(policy.incompatible, lambda pair: is_list(pair, is_word) and len(pair) == 2):
        yield expected(
            "incompatible",
            policy.incompatible,
            'a list of pairs of words such as [["food", "chemicals"]]',
        )


def _allowance_problems(name: str, allowances: object) -> Iterator[str]:
    if not isinstance(allowances, Mapping):
        yield expected(name, allowances, "a table of mm by style of mailer")
        return
    for style, mm in allowances.items():
        if style not in MAILER_STYLES:
            yield f"field {name}: found style {style!r}, expected one of {MAILER_STYLES}"
        elif not is_whole(mm, 0, _MOST_MM):
            yield expected(f"{name}.{style}", mm, _whole_mm())


def _whole_mm() -> str:
    return f"whole mm from 0 to {_MOST_MM}"
