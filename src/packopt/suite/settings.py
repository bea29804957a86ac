"""Settings of a suite: what can be made, and how the best set of types is looked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self

from packopt.errors import SuiteError
from packopt.materials import CARTON_STYLES, FLUTES
from packopt.suite.kinds import (
    KINDS,
    MOST_PRICE,
    AdjustableMachine,
    MailerMachine,
    fault,
    is_number,
    is_whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENINGS: Final = ("least", "top")
GRIDS_MM: Final = (1, 100)
_MOST_SIDE_MM: Final = 3_000
_MOST_SHEET_MM: Final = 20_000
_MOST_END_MM: Final = 100_000
_MOST_G: Final = 1_000_000
_MOST_WHOLE: Final = 2**62


@dataclass(frozen=True, slots=True)
class Machine:
    """What boxes can be made, and of what: limits of the machine and of its sheets.

    Attributes
    ----------
    style
        "0201" or "0427".
    least_side_mm, most_side_mm
        Shortest and longest inner side of a box, in mm.
    most_ratio
        Longest inner side over the shortest.
    sheet_mm
        Length and width in mm of the sheet that a blank is cut from; None for any. Checked for
        0201, whose blank is ``2 (L + W) + joint`` by ``W + H``.
    flutes
        Pairs of a longest inner side in mm and the flute of boxes up to it, ascending; boxes
        beyond the last pair cannot be made.
    opening
        Which way a box stands whose content may lie on any side. "least": 0201 on such a face
        that it takes the least board, its middle side upright; 0427 on its largest face. "top":
        all on the largest face, so that they open at the top.
    max_content_g
        Heaviest content of any new type in g, None without a limit; today's types have their own.
    price_per_m2, price_each
        Price of a box: per m2 of its blank and beside it, in ``currency``; None without prices.
    currency
        Three letters.
    mailer, adjustable
        Limits of mailers, and score lines of adjustable cartons, where they are asked for.
    """

    style: str = "0201"
    least_side_mm: int = 30
    most_side_mm: int = 1_200
    most_ratio: float = 12.0
    sheet_mm: tuple[int, int] | None = None
    flutes: tuple[tuple[int, str], ...] = ((_MOST_SIDE_MM, "B"),)
    opening: str = "least"
    max_content_g: int | None = None
    price_per_m2: float | None = None
    price_each: float = 0.0
    currency: str = "EUR"
    mailer: MailerMachine = field(default_factory=MailerMachine)
    adjustable: AdjustableMachine = field(default_factory=AdjustableMachine)

    def __post_init__(self) -> None:
        """Check every value."""
        problems = list(_machine_problems(self))
        if problems:
            raise SuiteError("machine", problems)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        sheet = None if self.sheet_mm is None else list(self.sheet_mm)
        return plain | {
            "sheet_mm": sheet,
            "flutes": [list(pair) for pair in self.flutes],
            "mailer": self.mailer.to_dict(),
            "adjustable": self.adjustable.to_dict(),
        }

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, source: str = "machine") -> Self:
        """Make a machine from plain values, as `to_dict` returns them; missing ones are default.

        Raises
        ------
        SuiteError
            If a name is unknown or a value does not fit.
        """
        values = dict(settings)
        _refuse_unknown(values, cls, source)
        kinds: dict[str, Any] = {"mailer": MailerMachine, "adjustable": AdjustableMachine}
        try:
            for name in kinds.keys() & values.keys():
                _refuse_unknown(values[name], kinds[name], f"{source}, {name}")
                values[name] = kinds[name](**values[name])
            for name in ("flutes", "sheet_mm"):
                if isinstance(values.get(name), list | tuple):
                    values[name] = tuple(
                        tuple(one) if isinstance(one, list) else one for one in values[name]
                    )
            return cls(**values)
        except SuiteError as error:
            raise SuiteError(source, error.problems) from error
        except (TypeError, ValueError) as error:
            problem = f"a value does not fit: {error}; see the settings of a machine"
            raise SuiteError(source, problem) from error


@dataclass(frozen=True, slots=True)
class Wanted:
    """What set of package types is asked for.

    Attributes
    ----------
    sizes
        Number of types K in all, those that are kept among them.
    kinds
        Kinds of new types, of `packopt.suite.kinds.KINDS`.
    keep
        Ids of today's types that stay.
    forbid
        Ids of today's types that must not be in the set.
    only_new
        Whether today's types are left out but for those to keep; else they are candidates, too.
    changes
        Most types that are not among today's; None for any number.
    cover
        Whether the set must hold a rigid content of the inner size of each of today's cartons, so
        that what today's set holds, the new one holds, be it in the history or not.
    least_use
        Orders of the history that each new type must serve at least.
    type_price
        What each stocked type costs over the history, in units of the objective: with it K is
        the largest number of types, and fewer may be best.
    candidates
        About how many boxes the set is chosen from.
    grid_mm
        Inner sides are multiples of this, in mm.
    seed
        Of resampling and of restarts.
    """

    sizes: int
    kinds: tuple[str, ...] = ("carton",)
    keep: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    only_new: bool = False
    changes: int | None = None
    cover: bool = True
    least_use: int = 0
    type_price: float = 0.0
    candidates: int = 2_000
    grid_mm: int = 10
    seed: int = 1

    def __post_init__(self) -> None:
        """Check every value."""
        problems = list(_wanted_problems(self))
        if problems:
            raise SuiteError("settings", problems)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        lists = {name: list(getattr(self, name)) for name in ("kinds", "keep", "forbid")}
        return plain | lists


def _refuse_unknown(settings: object, kind: type, source: str) -> None:
    if not isinstance(settings, Mapping):
        raise SuiteError(source, f"found {settings!r}, expected a table of settings")
    known = [one.name for one in fields(kind)]
    unknown = [name for name in settings if name not in known]
    if unknown:
        problem = f"field {unknown[0]}: not known; use one of {', '.join(known)}"
        raise SuiteError(source, problem)


def _machine_problems(machine: Machine) -> Iterator[str]:
    if machine.style not in CARTON_STYLES:
        yield fault("style", machine.style, f"one of {', '.join(CARTON_STYLES)}")
    if machine.opening not in OPENINGS:
        yield fault("opening", machine.opening, f"one of {', '.join(OPENINGS)}")
    sides = (machine.least_side_mm, machine.most_side_mm)
    if not all(is_whole(side, 1, _MOST_SIDE_MM) for side in sides) or sides[0] > sides[1]:
        found = f"{sides[0]} and {sides[1]}"
        expected = f"whole mm, 1 <= shortest <= longest <= {_MOST_SIDE_MM:,}"
        yield fault("least_side_mm and most_side_mm", found, expected)
    if not is_number(machine.most_ratio, 1, _MOST_SIDE_MM):
        yield fault("most_ratio", machine.most_ratio, f"a number from 1 to {_MOST_SIDE_MM:,}")
    if machine.sheet_mm is not None and not _is_sheet(machine.sheet_mm):
        expected = f"length and width in whole mm, each from 1 to {_MOST_SHEET_MM:,}"
        yield fault("sheet_mm", machine.sheet_mm, expected)
    if not _are_flutes(machine.flutes, machine.least_side_mm):
        expected = (
            "pairs of a longest side in mm, ascending and up to the shortest side at least, and "
            f"one of {', '.join(FLUTES)}"
        )
        yield fault("flutes", machine.flutes, expected)
    most_g: object = machine.max_content_g
    if most_g is not None and not is_whole(most_g, 1, _MOST_G):
        yield fault("max_content_g", most_g, f"whole g from 1 to {_MOST_G:,}, or nothing")
    yield from _price_problems(machine)


def _price_problems(machine: Machine) -> Iterator[str]:
    for name in ("price_per_m2", "price_each"):
        value = getattr(machine, name)
        if not (name == "price_per_m2" and value is None) and not is_number(value, 0, MOST_PRICE):
            yield fault(name, value, f"a price from 0 to {MOST_PRICE:,}")
    if not re.fullmatch("[A-Z]{3}", str(machine.currency)):
        yield fault("currency", machine.currency, "three letters such as EUR")


def _is_sheet(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all(is_whole(side, 1, _MOST_SHEET_MM) for side in value)
    )


def _are_flutes(value: object, least_side_mm: object) -> bool:
    if not isinstance(value, tuple) or not value:
        return False
    pairs = [one for one in value if isinstance(one, tuple) and len(one) == 2]
    ends = [end for end, _ in pairs]
    if len(pairs) < len(value) or not all(is_whole(end, 1, _MOST_END_MM) for end in ends):
        return False
    rising = ends == sorted(set(ends))
    reach = isinstance(least_side_mm, int) and ends[-1] >= least_side_mm
    return rising and reach and all(flute in FLUTES for _, flute in pairs)


def _wanted_problems(wanted: Wanted) -> Iterator[str]:
    whole = {"sizes": 0, "candidates": 0, "least_use": 0, "seed": 0, "changes": 0, "grid_mm": 0}
    for name, least in whole.items():
        value = getattr(wanted, name)
        if not (name == "changes" and value is None) and not is_whole(value, least, _MOST_WHOLE):
            yield fault(name, value, f"a whole number from {least}")
            return
    if wanted.sizes < 1:
        yield fault("sizes", wanted.sizes, "at least 1 type")
    if wanted.sizes < len(set(wanted.keep)):
        found = f"{wanted.sizes} with {len(set(wanted.keep))} types to keep"
        yield fault("sizes", found, "at least as many as are kept")
    if wanted.sizes > wanted.candidates:
        found = f"{wanted.sizes} types out of {wanted.candidates} candidates"
        yield fault("sizes", found, "no more types than candidates")
    unknown = [kind for kind in wanted.kinds if kind not in KINDS]
    if unknown or not wanted.kinds:
        found = ", ".join(unknown) if unknown else "nothing"
        yield fault("kinds", found, f"some of {', '.join(KINDS)}")
    both = sorted(set(wanted.keep) & set(wanted.forbid))
    if both:
        yield fault("forbid", ", ".join(both), "types that are not to be kept, too")
    if not GRIDS_MM[0] <= wanted.grid_mm <= GRIDS_MM[1]:
        yield fault("grid_mm", wanted.grid_mm, f"{GRIDS_MM[0]} to {GRIDS_MM[1]} mm")
    if not is_number(wanted.type_price, 0, _MOST_WHOLE):
        yield fault("type_price", wanted.type_price, "a number from 0")
