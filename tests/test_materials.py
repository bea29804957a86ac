"""Blanks, tares, outer sizes, tape and filler against hand-computed examples and stated tares."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.datasets import catalogue_path
from packopt.errors import PolicyError
from packopt.materials import (
    CARTON_STYLES,
    DEFAULTS,
    FLUTES,
    MAILER_STYLES,
    MaterialSettings,
    blank_area_m2,
    derived_outer_mm,
    derived_tare_g,
    fill_g,
    tape_m,
)

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared"))
NAN = float("nan")

sides = st.tuples(*[st.integers(10, 2000)] * 3)
styles = st.sampled_from(CARTON_STYLES + MAILER_STYLES)
flutes = st.sampled_from(("", *FLUTES))


def tare_of(
    style: str, row: tuple[float, ...], flute: str = "", gsm: float = NAN, **changes: float
) -> float:
    """Derived tare of one package in g."""
    settings = MaterialSettings(**changes)
    kind = int(style in MAILER_STYLES)
    return float(derived_tare_g([kind], [style], [row], [flute], [gsm], settings)[0])


def read(name: str) -> list[dict[str, str]]:
    """Rows of a built-in catalogue."""
    with catalogue_path(name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_blank_of_a_slotted_carton_is_joint_panels_and_flaps() -> None:
    """300 x 200 x 150: (2 x 500 + 50) x (200 + 150) = 1050 x 350 mm."""
    assert blank_area_m2(["0201"], [[300, 200, 150]]) == pytest.approx([0.3675])


def test_blank_of_a_slotted_carton_does_not_care_which_opening_side_is_named_length() -> None:
    """The flaps that meet are half the shorter side, whatever the catalogue calls it."""
    long_first, short_first = blank_area_m2(["0201"] * 2, [[300, 200, 150], [200, 300, 150]])
    assert long_first == short_first


def test_blank_of_a_mailer_box_is_the_sum_of_its_panels() -> None:
    """165 x 115 x 25: 37950 + 12375 + 11500 + 2500 + 5175 = 69500 mm2."""
    assert blank_area_m2(["0427"], [[165, 115, 25]]) == pytest.approx([0.0695])


def test_area_of_mailers_is_two_faces_and_flaps() -> None:
    """165 x 230 flat: 2 x 165 x (230 + flap), with flaps of 40, 38 and 50 mm."""
    area = blank_area_m2(["poly", "bubble", "paper"], [[230, 165, 40]] * 3)
    assert area == pytest.approx([0.0891, 0.08844, 0.0924])


def test_tare_is_area_times_grammage_and_a_stated_grammage_wins() -> None:
    """0.3675 m2 at 515 g/m2 by default, at 400 g/m2 where stated; film 63.5 um x 920 kg/m3."""
    assert tare_of("0201", (300, 200, 150)) == pytest.approx(189.2625)
    assert tare_of("0201", (300, 200, 150), gsm=400) == pytest.approx(147.0)
    assert tare_of("poly", (230, 165, 40)) == pytest.approx(0.0891 * 58.42)


def test_outer_sides_add_the_walls_of_the_style_and_round_up() -> None:
    """B board: 2t, 2t, 4t on a 0201 and 4t, 2t, 2t on a 0427; a mailer keeps its sides."""
    style = ["0201", "0427", "poly", "0201"]
    outer = derived_outer_mm(style, [[300, 200, 150]] * 4, ["B", "E", "", ""])
    assert outer.tolist() == [[306, 206, 162], [307, 204, 154], [300, 200, 150], [306, 206, 162]]
    assert outer.dtype == np.int32


def test_outer_sides_do_not_grow_by_a_binary_fraction() -> None:
    """Four walls of 1.1 mm are 4.4 mm, and 100.6 + 4.4 is 105, not 106."""
    settings = MaterialSettings(flute_e_mm=1.1)
    outer = derived_outer_mm(["0201"], [[100, 100, 100.6]], ["E"], settings)
    assert outer.tolist() == [[103, 103, 105]]


def test_tape_is_two_strips_with_four_legs_on_taped_packages_only() -> None:
    """2 x 0.4 m + 0.28 m, along the longer side of the opening."""
    closure = ["tape", "tape", "self-lock", "adhesive"]
    inner = [[400, 300, 200], [300, 400, 200], [400, 300, 200], [400, 300, 200]]
    assert tape_m(closure, inner) == pytest.approx([1.08, 1.08, 0.0, 0.0])


def test_fill_is_density_times_empty_space_and_none_in_mailers() -> None:
    """8 kg/m3 is 8 g per litre times 1e-3; overfull packages take none."""
    grams = fill_g([1_000_000, 1_000_000, -5], [0, 1, 0])
    assert grams == pytest.approx([8.0, 0.0, 0.0])


def test_no_packages_give_empty_columns() -> None:
    """Empty catalogues are the door's business; the formulas just return nothing."""
    none = np.empty((0, 3))
    assert blank_area_m2([], none).shape == (0,)
    assert derived_tare_g([], [], none, [], []).shape == (0,)
    assert derived_outer_mm([], none, []).shape == (0, 3)
    assert tape_m([], none).shape == (0,)


@given(styles, sides, flutes, st.integers(0, 2))
def test_a_longer_side_never_takes_less_material(
    style: str, row: tuple[int, int, int], flute: str, axis: int
) -> None:
    """Tare and outer sides grow with every inner side."""
    longer = tuple(side + (10 if i == axis else 0) for i, side in enumerate(row))
    assert tare_of(style, longer, flute) >= tare_of(style, row, flute)
    small, large = derived_outer_mm([style] * 2, [row, longer], [flute] * 2)
    assert (large >= small).all()
    assert (small >= row).all()


@given(st.lists(st.tuples(styles, sides, flutes), min_size=1, max_size=6))
def test_packages_do_not_influence_each_other(
    packages: list[tuple[str, tuple[int, int, int], str]],
) -> None:
    """The column of many packages is the packages one by one."""
    style, inner, flute = (list(column) for column in zip(*packages, strict=True))
    kind = [name in MAILER_STYLES for name in style]
    together = derived_tare_g(kind, style, inner, flute, [NAN] * len(style))
    assert together.tolist() == [tare_of(*package) for package in packages]


@pytest.mark.parametrize("name", [field.name for field in fields(MaterialSettings)])
@pytest.mark.parametrize("value", [-1.0, NAN, math.inf, 1e6, "8", True, None])
def test_settings_out_of_range_are_refused_by_name(name: str, value: Any) -> None:
    """Where, what was found, what was expected and what to do stand in the message."""
    with pytest.raises(PolicyError, match=rf"field {name}: found .* expected .* correct it"):
        replace(DEFAULTS, **{name: value})


def test_all_bad_settings_are_listed_at_once() -> None:
    """Nobody should have to mend a policy one run at a time."""
    with pytest.raises(PolicyError) as caught:
        MaterialSettings(paper_gsm=0.0, tape_strips=-2.0)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("kind", "style", "flute", "field"),
    [
        (0, "0999", "B", "style"),
        (0, "poly", "", "style"),
        (1, "0201", "B", "style"),
        (0, "0201", "Z", "flute"),
    ],
)
def test_unknown_styles_and_flutes_are_named(kind: int, style: str, flute: str, field: str) -> None:
    """A wrong word must not become a silent default."""
    with pytest.raises(ValueError, match=rf"{field}: found .* expected .* correct"):
        derived_tare_g([kind], [style], [[100, 100, 100]], [flute], [NAN])


def test_the_four_stated_tares_of_usps_boxes_are_met_from_below() -> None:
    """The default board explains the stated tares within 10 to 15 %, always on the light side."""
    boxes = [row for row in read("usps") if row["kind"] == "carton"]
    ratio = [
        tare_of("0201", tuple(float(box[f"{side}_mm"]) for side in ("length", "width", "height")))
        / float(box["tare_g"])
        for box in boxes
    ]
    assert len(ratio) == 4
    assert all(0.85 < share < 0.90 for share in ratio), ratio


def test_stated_tares_of_a_warehouse_imply_the_published_range_of_board() -> None:
    """Six real cartons weigh 389 to 593 g per m2 of blank, around the 515 g/m2 of the default."""
    path = SHARED / "data" / "orders" / "herbalife" / "boxes.csv"
    if not path.exists():
        pytest.skip("boxes of the Herbalife warehouse are not here: set PACKOPT_SHARED")
    with path.open(newline="", encoding="utf-8-sig") as file:
        boxes = [row for row in csv.DictReader(file) if row["Container type"] not in ("ENV", "XXS")]
    gsm = [
        float(box["Tare weight box"])
        / tare_of("0201", tuple(float(box[s]) for s in ("Length", "Width", "Height")), gsm=1.0)
        for box in boxes
    ]
    assert len(gsm) == 6
    assert 385 < min(gsm) < DEFAULTS.board_b_gsm < float(np.median(gsm)) < max(gsm) < 605
