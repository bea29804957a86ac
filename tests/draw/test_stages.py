"""Steps: what a unit rests on, where it lies in words, and which steps share a drawing."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from draw.drawn import Box, arrays, parcel_of, thrown
from handmade_shapes import scene
from packopt.draw.plan import Parcel, read_plan
from packopt.draw.stages import MOST_ALONE, rests_on, stages
from packopt.draw.texts import MATERIALS, TEXTS
from packopt.draw.words import Places, Words


def grid(units: int, side: int = 4, height: int = 10) -> Parcel:
    """Cubes in layers of side by side."""
    boxes: list[Box] = []
    for at in range(units):
        x, y, z = at % side, at // side % side, at // side**2
        boxes.append(((10 * x, 10 * y, height * z), (10 * x + 10, 10 * y + 10, height * z + 10)))
    return parcel_of(boxes)


@given(st.integers(0, 400), st.integers(1, 12), st.integers(0, 3))
def test_stages_are_all_steps_in_turn(units: int, side: int, given_units: int) -> None:
    """Every step is in one drawing, in order, and there are never very many drawings."""
    parcel = replace(grid(units, side), given=min(given_units, units))
    shared = stages(parcel)
    steps = [at for stage in shared for at in range(stage.first, stage.last + 1)]
    assert steps == list(range(parcel.given, units))
    assert len(shared) <= 48
    if parcel.steps <= MOST_ALONE:
        assert all(stage.first == stage.last for stage in shared)


def test_a_layer_shares_drawings_of_eight_at_most() -> None:
    """Thirty-two cubes in two layers are four drawings of eight, none of both layers."""
    assert [(stage.first, stage.last) for stage in stages(grid(32))] == [
        (0, 7),
        (8, 15),
        (16, 23),
        (24, 31),
    ]


def test_ragged_heights_share_drawings_all_the_same() -> None:
    """Where no two neighbours stand equally high, consecutive ones share a drawing."""
    boxes: list[Box] = [((3 * at, 0, at % 7), (3 * at + 3, 3, at % 7 + 3)) for at in range(300)]
    assert max(stage.last - stage.first for stage in stages(parcel_of(boxes))) == 7
    assert len(stages(parcel_of(boxes))) == 38


@given(thrown())
def test_a_unit_rests_on_what_is_right_below_it(boxes: list[Box]) -> None:
    """What is below is compared with every other box, one by one."""
    low, high = arrays(boxes)
    for at, under in enumerate(rests_on(parcel_of(boxes))):
        expected = [
            other
            for other in range(len(boxes))
            if high[other, 2] == low[at, 2]
            and (low[other, :2] < high[at, :2]).all()
            and (low[at, :2] < high[other, :2]).all()
        ]
        assert under == (None if low[at, 2] == 0 else expected)


def test_padding_carries_too() -> None:
    """A padded unit rests with its padding, on the floor and on others."""
    boxes: list[Box] = [((2, 2, 2), (10, 10, 10)), ((2, 2, 14), (10, 10, 20))]
    parcel = parcel_of(boxes)
    padded = replace(parcel, units=tuple(replace(unit, padding_mm=2) for unit in parcel.units))
    assert rests_on(padded) == [None, [0]]
    assert rests_on(parcel) == [[], []]


@pytest.mark.parametrize(
    ("box", "place"),
    [
        (((0, 0, 0), (30, 30, 20)), "left / back / bottom"),
        (((70, 70, 0), (100, 100, 20)), "right / front / bottom"),
        (((35, 35, 0), (65, 65, 20)), "centre / middle / bottom"),
        (((0, 60, 0), (100, 100, 20)), "front / bottom"),
        (((5, 5, 0), (95, 95, 20)), "bottom"),
        (((0, 0, 7), (30, 30, 20)), "left / back / on filler, 7 mm up"),
    ],
)
def test_a_place_is_told_as_one_would(box: Box, place: str) -> None:
    """Left or right, back or front, and what is below; nothing of a side that is filled."""
    parcel = parcel_of([box], (100, 100, 100))
    assert Places(parcel, Words("en")).place(0) == place


def test_a_place_names_the_steps_below() -> None:
    """A unit on two others names both steps; on what was given it says so."""
    boxes: list[Box] = [((0, 0, 0), (50, 100, 20)), ((50, 0, 0), (100, 100, 20))]
    parcel = parcel_of([*boxes, ((0, 0, 20), (100, 100, 40))])
    assert Places(parcel, Words("en")).place(2) == "on steps 1, 2"
    assert Places(parcel, Words("zh")).place(2) == "放在第 1、2 步之上"
    filled = scene("placed")
    (part,) = read_plan(filled.result, "filled", orders=filled.orders).parcels
    assert Places(part, Words("en")).place(1) == "left / back / on what lies there"


def test_tall_units_stand() -> None:
    """What is taller than long and wide is stood up, everything else is laid."""
    parcel = parcel_of([((0, 0, 0), (50, 60, 90)), ((50, 0, 0), (140, 60, 50))])
    words = Words("en")
    assert [words.lay(unit).replace("\N{NO-BREAK SPACE}", " ") for unit in parcel.units] == [
        "stand 50 × 60 × 90 mm",
        "lay 90 × 60 × 50 mm",
    ]


def test_languages_say_the_same_things() -> None:
    """Every text is there in each language, not empty, and takes the same values."""

    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, chinese = TEXTS["en"], TEXTS["zh"]
    assert english.keys() == chinese.keys()
    assert MATERIALS.keys() == TEXTS.keys()
    for key, text in english.items():
        assert text
        assert values(text) == values(chinese[key]), key
    alike = {key for key, text in english.items() if text == chinese[key]}
    assert alike <= {"column_sku", "of_kind"}


@pytest.mark.parametrize(("grams", "text"), [(0.4, "0 g"), (999, "999 g"), (1_234, "1.23 kg")])
def test_masses_are_short(grams: float, text: str) -> None:
    """Grams below a kilogram, kilograms with two places above, never parted at a line's end."""
    assert Words.mass(grams) == text.replace(" ", "\N{NO-BREAK SPACE}")
