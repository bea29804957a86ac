"""What drawings say, in the languages they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from packopt.draw.stages import rests_on
from packopt.draw.texts import MATERIALS, TEXTS
from packopt.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packopt.draw.plan import Parcel, Unit

Language = Literal["en", "zh"]

_MOST_NAMED: Final = 4
_CLOSE_TO_ALL: Final = 0.1  # of a side: so little room beside a unit is not worth a word
_KILO: Final = 1000
_FIXED: Final = "\N{NO-BREAK SPACE}"


class Words:
    """The texts of one language.

    Parameters
    ----------
    language
        One of `Language`.

    Raises
    ------
    InputError
        If the language is not spoken.
    """

    def __init__(self, language: str) -> None:
        if language not in TEXTS:
            known = " or ".join(get_args(Language))
            raise InputError("language", f"found {language!r}, expected {known}; choose one")
        self._texts = TEXTS[language]
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """One text, with its values filled in."""
        return self._texts[key].format(**values)

    def known(self, prefix: str, word: str) -> str:
        """A word of the catalogue or the result in this language; as it is if we do not know it."""
        return self._texts.get(f"{prefix}_{word}", word)

    def material(self, word: str) -> str:
        """A material as the catalogue names it."""
        return MATERIALS[self.language].get(word.lower(), word)

    @staticmethod
    def size(sides: Iterable[int]) -> str:
        """Sides in mm, which no line break parts."""
        return " × ".join(f"{side:,}" for side in sides).replace(" ", _FIXED) + f"{_FIXED}mm"

    @staticmethod
    def mass(grams: float) -> str:
        """A mass in the unit that reads best."""
        text = f"{grams / _KILO:,.2f} kg" if grams >= _KILO else f"{grams:.0f} g"
        return text.replace(" ", _FIXED)

    def units(self, number: int) -> str:
        """A number of units."""
        return self("unit" if number == 1 else "units", n=f"{number:,}")

    def step(self, parcel: Parcel, first: int, last: int | None = None) -> str:
        """A step, or steps that share a drawing."""
        if last in (None, first):
            return self("step", n=f"{first:,}", of=f"{parcel.steps:,}")
        return self("steps", first=f"{first:,}", last=f"{last:,}", of=f"{parcel.steps:,}")

    def package(self, parcel: Parcel) -> str:
        """The package and its kind."""
        if parcel.is_own_container:
            return self("kind_own_container")
        return f"{parcel.package_id} · {self.known('kind', parcel.kind)}"

    def lay(self, unit: Unit) -> str:
        """What to do with a unit: lay it, or stand it up if it is tallest upwards."""
        *plane, up = unit.extent_mm
        verb = "stand" if up > max(plane) else "lay"
        return self(verb, size=self.size(unit.extent_mm))

    def marks(self, unit: Unit) -> list[str]:
        """What to mind of a unit."""
        wrap = [self("wrap", mm=unit.padding_mm)] if unit.padding_mm else []
        return [*(self(f"mark_{mark}", mm=unit.extent_mm[2]) for mark in unit.marks), *wrap]


class Places:
    """Where the units of a parcel lie, in words.

    Parameters
    ----------
    parcel
        The parcel.
    words
        The language.
    """

    def __init__(self, parcel: Parcel, words: Words) -> None:
        self._parcel = parcel
        self._words = words
        self._under = rests_on(parcel)

    def place(self, index: int) -> str:
        """Side, depth and what is below: left / front / bottom."""
        words, unit, room = self._words, self._parcel.units[index], self._parcel.room_mm
        if self._parcel.is_own_container:
            return words("as_it_is")
        ends = (("left", "centre", "right"), ("back", "middle", "front"))
        sides = [
            _side(unit.corner_mm[axis], unit.extent_mm[axis], room[axis], ends[axis])
            for axis in range(2)
        ]
        return " / ".join([words(side) for side in sides if side] + [self._below(index)])

    def offsets(self, index: int) -> str:
        """Distances from the left, the back and the floor, in mm."""
        x, y, z = self._parcel.units[index].corner_mm
        return self._words("offsets", x=f"{x:,}", y=f"{y:,}", z=f"{z:,}")

    def _below(self, index: int) -> str:
        words, under = self._words, self._under[index]
        if under is None:
            return words("bottom")
        if not under:
            return words("above_filler", mm=f"{self._parcel.units[index].corner_mm[2]:,}")
        steps = [self._parcel.units[one].step for one in under]
        named = words("and").join(str(step) for step in steps[:_MOST_NAMED] if step)
        if not named:
            return words("on_given")
        if len(steps) > _MOST_NAMED:
            named = words("and_more", named=named)
        return words("on_step" if len(steps) == 1 else "on_steps", steps=named)


def _side(corner: int, extent: int, room: int, ends: tuple[str, str, str]) -> str:
    """Near which of two walls a unit lies, or in between; "" where it takes all there is."""
    before, after = corner, room - corner - extent
    if max(before, after) <= _CLOSE_TO_ALL * room:
        return ""
    if 2 * before <= after:
        return ends[0]
    return ends[2] if 2 * after <= before else ends[1]
