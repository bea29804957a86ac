"""Packages whose sides are chosen for the order: what the catalogue says, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.catalogue import ADJUSTABLE, KINDS, MADE_TO_MEASURE, Catalogue
from packopt.errors import CatalogueError
from test_catalogue import CARTON_ROW, MAILER_ROW, catalogue, refusal

ADJUSTABLE_ROW = CARTON_ROW | {"package_id": "A1", "kind": "adjustable", "min_height_mm": 40}
SCORED_ROW = {
    "package_id": "A2",
    "kind": "adjustable",
    "length_mm": 200,
    "width_mm": 150,
    "heights_mm": "50;100; 75",
}
MADE_ROW = {
    "package_id": "M1",
    "kind": "made_to_measure",
    "length_mm": 600,
    "width_mm": 400,
    "height_mm": 300,
    "min_length_mm": 150,
    "min_width_mm": 100,
    "min_height_mm": 30,
    "step_mm": 10,
}


def test_fixed_packages_have_nothing_to_choose() -> None:
    """The least side is the side, and there is no step."""
    both = catalogue(CARTON_ROW, MAILER_ROW)
    assert both.least_mm.tolist() == both.inner_mm.tolist()
    assert both.step_mm.tolist() == [0, 0]
    assert both.heights_mm == ((), ())
    assert both.least_mm.dtype == both.inner_mm.dtype == both.step_mm.dtype == np.int32


def test_adjustable_cartons_have_a_range_or_a_list_of_heights() -> None:
    """Any height in mm between two, or those listed, whose largest is the height."""
    both = catalogue(ADJUSTABLE_ROW, SCORED_ROW)
    assert both.kind.tolist() == [ADJUSTABLE, ADJUSTABLE]
    assert both.inner_mm.tolist() == [[200, 150, 100], [200, 150, 100]]
    assert both.least_mm.tolist() == [[200, 150, 40], [200, 150, 50]]
    assert both.step_mm.tolist() == [1, 0]
    assert both.heights_mm == ((), (50, 75, 100))
    assert both.style == ("0201", "0201")
    assert both.closure == ("tape", "tape")
    full = catalogue(CARTON_ROW)
    for name in ("outer_mm", "tare_g"):
        assert getattr(both, name).tolist() == getattr(full, name).tolist() * 2, name


def test_made_to_measure_has_the_limits_and_the_step_of_its_machine() -> None:
    """Least sides are rounded up, largest sides down."""
    one = catalogue(MADE_ROW)
    assert KINDS[one.kind[0]] == "made_to_measure"
    assert one.kind.tolist() == [MADE_TO_MEASURE]
    assert (one.inner_mm.tolist(), one.least_mm.tolist()) == ([[600, 400, 300]], [[150, 100, 30]])
    assert one.step_mm.tolist() == [10]
    inches = {
        "package_id": "M",
        "kind": "made_to_measure",
        "length_in": 24,
        "width_in": 16,
        "height_in": 12,
        "min_length_in": 6,
        "min_width_in": 4,
        "min_height_in": 1.1,
        "step_mm": 1,
    }
    one = catalogue(inches)
    assert (one.inner_mm.tolist(), one.least_mm.tolist()) == ([[609, 406, 304]], [[153, 102, 28]])


@pytest.mark.parametrize(
    ("heights", "column", "expected"),
    [
        ("100;150;200", "heights_mm", (100, 150, 200)),
        ("200; 100;;150;100", "heights_mm", (100, 150, 200)),
        ("10;15.05", "heights_cm", (100, 150)),
        (120, "heights_mm", (120,)),
        (120.0, "heights_mm", (120,)),
        ("120", "heights_mm", (120,)),
    ],
)
def test_heights_are_text_or_one_number(
    heights: Any, column: str, expected: tuple[int, ...]
) -> None:
    """In any order and any unit, rounded down, each once."""
    row = {key: value for key, value in SCORED_ROW.items() if key != "heights_mm"}
    one = catalogue(row | {column: heights})
    assert one.heights_mm == (expected,)
    assert (one.least_mm[0, 2], one.inner_mm[0, 2]) == (expected[0], expected[-1])


@pytest.mark.parametrize(
    ("row", "change", "column", "found"),
    [
        (ADJUSTABLE_ROW, {"min_height_mm": None}, "heights_mm", "no heights to choose from"),
        (ADJUSTABLE_ROW, {"min_height_mm": 101}, "min_height_mm", "more than the height, so the"),
        (ADJUSTABLE_ROW, {"min_height_mm": 0}, "min_height_mm", "too small a number"),
        (ADJUSTABLE_ROW, {"min_height_mm": "low"}, "min_height_mm", "no number"),
        (ADJUSTABLE_ROW, {"height_mm": None}, "height_mm", "no value"),
        (ADJUSTABLE_ROW, {"step_mm": 7}, "height_mm", "a height that no number of steps from"),
        (ADJUSTABLE_ROW, {"step_mm": 0}, "step_mm", "too small a number"),
        (ADJUSTABLE_ROW, {"step_mm": 2.5}, "step_mm", "a fraction"),
        (ADJUSTABLE_ROW, {"step_mm": -1}, "step_mm", "too small a number"),
        (ADJUSTABLE_ROW, {"min_length_mm": 9}, "min_length_mm", "a value that this kind does not"),
        (ADJUSTABLE_ROW, {"style": "poly"}, "style", "a style of another kind"),
        (ADJUSTABLE_ROW, {"max_thickness_mm": 9}, "max_thickness_mm", "a value that this kind"),
        (SCORED_ROW, {"heights_mm": "low;high"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "100,150"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "100;-5"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "100;0.5"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "100;10001"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "nan"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "1_00"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": "1e2"}, "heights_mm", "no list of heights"),
        (SCORED_ROW, {"heights_mm": ";"}, "heights_mm", "separators and no value"),
        (SCORED_ROW, {"heights_mm": None}, "height_mm", "no value"),
        (SCORED_ROW, {"height_mm": 120}, "height_mm", "another height than the largest"),
        (SCORED_ROW, {"min_height_mm": 50}, "min_height_mm", "a range of heights beside a list"),
        (SCORED_ROW, {"step_mm": 25}, "step_mm", "a range of heights beside a list"),
        (MADE_ROW, {"step_mm": None}, "step_mm", "no value"),
        (MADE_ROW, {"min_length_mm": None}, "min_length_mm", "no value"),
        (MADE_ROW, {"min_width_mm": None}, "min_width_mm", "no value"),
        (MADE_ROW, {"min_height_mm": None}, "min_height_mm", "no value"),
        (MADE_ROW, {"min_width_mm": 401}, "min_width_mm", "more than the width, so the range"),
        (MADE_ROW, {"length_mm": 605}, "length_mm", "a length that no number of steps from"),
        (MADE_ROW, {"height_mm": None}, "height_mm", "no value"),
        (MADE_ROW, {"heights_mm": "100;150"}, "heights_mm", "a value that this kind does not"),
        (MADE_ROW, {"kind": "made to measure"}, "kind", "an unknown word"),
        (CARTON_ROW, {"min_height_mm": 5}, "min_height_mm", "a value that this kind does not"),
        (CARTON_ROW, {"heights_mm": "50;100"}, "heights_mm", "a value that this kind does not"),
        (CARTON_ROW, {"step_mm": 1}, "step_mm", "a value that this kind does not"),
        (MAILER_ROW, {"min_width_mm": 5}, "min_width_mm", "a value that this kind does not"),
        (CARTON_ROW, {"package_id": "own_container"}, "package_id", "the name of what ships"),
    ],
)
def test_bad_shapes_fail_the_catalogue(
    row: dict[str, Any], change: dict[str, Any], column: str, found: str
) -> None:
    """Row, column, finding, expectation and advice."""
    other = CARTON_ROW | {"package_id": "other"}
    problems = refusal(other, row | change)
    place = f"row 2, column {column}: found "
    assert any(one.startswith(place) and found in one for one in problems), problems
    for problem in problems:
        assert "; expected " in problem
        assert problem.endswith(".")


def test_the_digest_knows_what_can_be_chosen() -> None:
    """Another least height is another catalogue, though all else is equal."""
    rows = [
        ADJUSTABLE_ROW,
        ADJUSTABLE_ROW | {"min_height_mm": 30},
        ADJUSTABLE_ROW | {"step_mm": 2},
        {k: v for k, v in ADJUSTABLE_ROW.items() if k != "min_height_mm"}
        | {"heights_mm": "40;100"},
        {k: v for k, v in ADJUSTABLE_ROW.items() if k != "min_height_mm"}
        | {"heights_mm": "40;50;100"},
    ]
    assert len({catalogue(row).digest for row in rows}) == len(rows)


SHAPE_COLUMNS = [
    *("kind", "style", "length_mm", "width_mm", "height_mm", "max_thickness_mm"),
    *("min_length_mm", "min_width_mm", "min_height_mm", "step_mm", "heights_mm"),
]
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-1, 700),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.sampled_from([*KINDS, "100;150", ";", "1;a", "0201"]),
)


@given(
    st.sampled_from([CARTON_ROW, MAILER_ROW, ADJUSTABLE_ROW, SCORED_ROW, MADE_ROW]),
    st.dictionaries(st.sampled_from(SHAPE_COLUMNS), anything, max_size=3),
)
def test_no_value_brings_the_catalogue_down(row: dict[str, Any], values: dict[str, Any]) -> None:
    """Any type in any column: a sound catalogue or an error of ours."""
    try:
        one = Catalogue.from_table(pa.Table.from_pylist([row | values]))
    except CatalogueError:
        return
    assert (one.least_mm >= 1).all()
    assert (one.least_mm <= one.inner_mm).all()
    span = one.inner_mm - one.least_mm
    (heights,), (step,) = one.heights_mm, one.step_mm.tolist()
    if step:
        assert not (span % step).any()
    elif heights:
        assert heights == tuple(sorted(set(heights)))
        assert (one.least_mm[0, 2], one.inner_mm[0, 2]) == (heights[0], heights[-1])
    else:
        assert not span.any()
