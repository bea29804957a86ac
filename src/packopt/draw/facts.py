"""What is said about a parcel beside its drawings: package, sizes, weights and steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packopt.draw.words import Places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.draw.plan import Parcel, Plan
    from packopt.draw.stages import Stage
    from packopt.draw.words import Words


@dataclass(frozen=True, slots=True)
class Said:
    """One unit in words.

    Attributes
    ----------
    step
        Its number; "" for a unit that lay in the package before.
    title
        The step, or that the unit is there already.
    sku, colour
        What it is, and its colour.
    lay, place, offsets
        What to do with it, where, and the distances from left, back and floor.
    size, corner
        Sides, and the distances as bare numbers, in mm.
    marks
        What to mind.
    """

    step: str
    title: str
    sku: str
    colour: str
    lay: str
    place: str
    offsets: str
    size: str
    corner: str
    marks: tuple[str, ...]


def facts(parcel: Parcel, words: Words, *, for_hands: bool = False) -> list[tuple[str, str]]:
    """Names and values of what is known of a parcel; ``for_hands`` what a packer needs of it."""
    own, bag = parcel.is_own_container, parcel.kind == "mailer"
    content = words.units(len(parcel.units))
    if parcel.content_g is not None:
        content = words("content_of", units=content, mass=words.mass(parcel.content_g))
    packaging = parcel.tare_g + parcel.fill_g + parcel.coolant_g
    weight = words.mass(packaging if parcel.gross_g is None else parcel.gross_g)
    if not own:
        tare, fill = words.mass(parcel.tare_g), words.mass(parcel.fill_g)
        weight = words("gross_parts", gross=weight, tare=tare, fill=fill)
    told = [
        ("package", words.package(parcel)),
        ("flat" if bag else "inside", "" if own else words.size(parcel.inner_mm)),
        ("outside", words.size(parcel.outer_mm)),
        ("material", words.material(parcel.material)),
        ("closure", words.known("closure", parcel.closure)),
        ("content", content),
        ("tare" if parcel.gross_g is None else "gross", weight),
        (
            "empty",
            "" if own or for_hands else words("empty_of_outer", share=f"{parcel.empty_space:.0%}"),
        ),
        ("site", parcel.site),
    ]
    return [(words(name), value) for name, value in told if value]


def checks(parcel: Parcel, words: Words) -> list[str]:
    """What is left to do when all units lie in the package, in the order of doing it."""
    closing = parcel.closure and words.known("closure", parcel.closure)
    close = words("check_close_with", closure=closing) if closing else words("check_close")
    weigh = None if parcel.gross_g is None else words.mass(parcel.gross_g)
    todo = [
        parcel.coolant_g > 0 and words("check_coolant", mass=words.mass(parcel.coolant_g)),
        parcel.fill_g > 0 and words("check_filler", mass=words.mass(parcel.fill_g)),
        not parcel.is_own_container and close,
        weigh and words("check_weigh", mass=weigh),
        words("check_label"),
    ]
    return [text for text in todo if text]


def said(parcel: Parcel, colours: Mapping[str, str], words: Words) -> list[Said]:
    """Every unit of a parcel in words, in packing order."""
    places = Places(parcel, words)
    return [
        Said(
            step=str(unit.step) if unit.step else "",
            title=words.step(parcel, unit.step) if unit.step else words("given"),
            sku=unit.sku,
            colour=colours[unit.sku],
            lay=words.lay(unit) if unit.step else words.size(unit.extent_mm),
            place=places.place(at),
            offsets=places.offsets(at),
            size=words.size(unit.extent_mm),
            corner=" / ".join(f"{side:,}" for side in unit.corner_mm),
            marks=tuple(words.marks(unit)),
        )
        for at, unit in enumerate(parcel.units)
    ]


def legend(parcel: Parcel) -> list[tuple[str, int]]:
    """SKUs of a parcel in packing order, and how many units there are of each."""
    return list(Counter(unit.sku for unit in parcel.units).items())


def kinds(parcel: Parcel, stage: Stage) -> list[tuple[list[int], int]]:
    """Units of a stage by SKU, size and marks: the indices of each kind, and its first one."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for at in range(stage.first, stage.last + 1):
        unit = parcel.units[at]
        alike.setdefault((unit.sku, unit.extent_mm, unit.marks), []).append(at)
    return [(units, units[0]) for units in alike.values()]


def not_packed(plan: Plan, words: Words) -> str:
    """Units that are in no parcel; "" if there are none."""
    if not plan.unpacked:
        return ""
    units = words("and").join(f"{qty:,} × {sku}" for sku, qty in plan.unpacked)
    return words("not_packed", units=units)
