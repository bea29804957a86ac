"""Settings of a suite that cannot be met: each is named, with what mends it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from packopt import Catalogue, Orders, builtin_catalogue, read_orders
from packopt.datasets import demo_orders_path
from packopt.errors import SuiteError
from packopt.suite import Machine, Wanted, suite
from packopt.suite.candidates import thinned
from packopt.suite.kinds import AdjustableMachine, MailerMachine

_FLAT = MailerMachine(max_thickness_mm=1)
_SCORED = AdjustableMachine(scores=50, step_mm=1_000)


@pytest.fixture(scope="module")
def some() -> Orders:
    """A hundred orders of the demo."""
    return read_orders(demo_orders_path()).take(np.arange(100))


def _ask(orders: Orders, today: Catalogue | None, machine: Machine, **settings: Any) -> str:
    wanted = Wanted(**({"sizes": 3, "grid_mm": 20, "candidates": 100} | settings))
    with pytest.raises(SuiteError) as told:
        suite(orders, wanted, today=today, machine=machine, draws=0)
    return str(told.value)


def test_kinds_that_hold_too_little_are_told_to_be_the_reason(some: Orders) -> None:
    """Mailers alone hold few orders: more of them would not help, another kind would."""
    told = _ask(some, None, Machine(), kinds=("mailer",))
    assert "field kinds: of the mailer types that can be made, none holds" in told
    assert "more types do not help: add carton to kinds" in told
    assert "allow more types" not in told


def test_what_keeps_todays_types_away_is_named(some: Orders) -> None:
    """Where today's types would do, the settings that leave them out are among the fixes."""
    today = builtin_catalogue("demo")
    told = _ask(some, today, Machine(), kinds=("mailer",), only_new=True)
    assert "let more of today's types stay (only_new, forbid)" in told
    assert "set cover to false" in told
    told = _ask(some, today, Machine(), changes=0, only_new=True)
    assert "allow changes" in told


def test_too_few_types_are_still_told_as_such() -> None:
    """Where each order has a type that holds it, but no K together, more types are the fix."""
    sides = {"length_mm": [400, 600], "width_mm": [300, 70], "height_mm": [300, 60]}
    today = Catalogue.from_table(
        pa.table({"package_id": ["A", "B"], "kind": ["carton"] * 2, **sides})
    )
    long = Orders.from_table(
        pa.table(
            {
                "order_id": [str(k) for k in range(40)],
                "sku": ["s", "t"] * 20,
                "qty": [1] * 40,
                "length_mm": [590, 300] * 20,
                "width_mm": [60, 250] * 20,
                "height_mm": [50, 250] * 20,
            }
        )
    )
    told = _ask(long, today, Machine(), sizes=1, changes=0, cover=False)
    assert "field sizes: 1 types hold all but 1 of 2" in told
    assert "allow more types" in told


@pytest.mark.parametrize("today", [None, builtin_catalogue("demo")])
def test_kinds_that_cannot_be_made_are_named(some: Orders, today: Catalogue | None) -> None:
    """Score lines beyond every height, and mailers as thin as paper, are no kind to choose from."""
    machine = Machine(mailer=_FLAT, adjustable=_SCORED)
    told = _ask(some, today, machine, kinds=("adjustable",))
    assert "field adjustable: found 50 score lines 1000 mm apart" in told
    assert "lower scores or step_mm" in told
    told = _ask(some, today, machine, kinds=("mailer",))
    assert "field mailer: found a thickness of at most 1 mm" in told
    both = _ask(some, today, machine, kinds=("mailer", "adjustable"))
    assert "field adjustable" in both
    assert "field mailer" in both


def test_a_kind_that_cannot_be_made_beside_another_is_noted(some: Orders) -> None:
    """Where cartons are asked for, too, the answer is one of cartons, and says why."""
    lines: list[str] = []
    found = suite(
        some, Wanted(3, kinds=("carton", "adjustable"), grid_mm=20, candidates=100),
        machine=Machine(adjustable=_SCORED), draws=0, tell=lines.append,
    )  # fmt: skip
    assert {row["kind"] for row in found.types.to_pylist()} == {"carton"}
    assert any("field adjustable" in note for note in found.about["notes"])
    assert any("field adjustable" in line for line in lines)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (Machine(sheet_mm=(50, 50)), "widen the limits of the machine"),
        (Machine(most_side_mm=40), "no box within the limits holds any order|but only 1 candidate"),
        (Machine(flutes=((50, "B"),)), "widen the limits of the machine"),
        (Machine(most_side_mm=200, most_ratio=1.0), "widen the limits of the machine"),
        (Machine(max_content_g=1), "no box within the limits holds any order"),
    ],
)
def test_machines_that_make_too_little_are_named(
    some: Orders, machine: Machine, message: str
) -> None:
    """Limits by which nothing, or not enough, can be made are told as such."""
    with pytest.raises(SuiteError, match=message):
        suite(some, Wanted(3, grid_mm=20, candidates=100), machine=machine, draws=0)


def test_types_that_serve_too_few_are_told_by_their_setting(some: Orders) -> None:
    """Where it is the least use that leaves an order without a type, the error names it."""
    told = _ask(some, None, Machine(), least_use=600)
    assert "field least_use: found no set" in told
    assert "lower it" in told


def test_a_grid_too_fine_to_be_held_in_memory_is_named(some: Orders) -> None:
    """The table of all boxes grows with the cube of the steps."""
    told = _ask(some, builtin_catalogue("demo"), Machine(), grid_mm=1)
    assert "field grid_mm: found 1 mm, by which boxes go up to" in told
    assert "take a coarser grid" in told


@pytest.mark.parametrize("keep", [("S",), ("M", "L")])
def test_each_kept_type_that_holds_no_order_is_named(some: Orders, keep: tuple[str, ...]) -> None:
    """A kept box or mailer that is too small for every order is named, not another one."""
    table = pa.table(
        {
            "package_id": ["L", "S", "M"],
            "kind": ["carton", "carton", "mailer"],
            "style": ["0201", "0201", "paper"],
            "length_mm": [600, 5, 60],
            "width_mm": [400, 5, 60],
            "height_mm": [500, 5, None],
            "max_thickness_mm": [None, None, 1],
        }
    )
    told = _ask(some, Catalogue.from_table(table), Machine(), keep=keep)
    assert f"field keep: type {keep[0]} holds no order" in told


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"style": "0999"}, "field style: found 0999"),
        ({"opening": None}, "field opening"),
        ({"least_side_mm": "wide"}, "field least_side_mm"),
        ({"least_side_mm": True}, "field least_side_mm"),
        ({"most_side_mm": 5}, "shortest <= longest"),
        ({"most_ratio": math.nan}, "field most_ratio"),
        ({"most_ratio": math.inf}, "field most_ratio"),
        ({"sheet_mm": 5}, "field sheet_mm"),
        ({"sheet_mm": [1_000]}, "field sheet_mm"),
        ({"sheet_mm": [0, 1_000]}, "field sheet_mm"),
        ({"sheet_mm": ["a", 1_000]}, "field sheet_mm"),
        ({"flutes": "B"}, "field flutes"),
        ({"flutes": []}, "field flutes"),
        ({"flutes": [["far", "B"]]}, "field flutes"),
        ({"flutes": [[500, "Q"]]}, "field flutes"),
        ({"flutes": [[10, "B"]]}, "field flutes"),
        ({"max_content_g": -1}, "field max_content_g"),
        ({"max_content_g": 1.5}, "field max_content_g"),
        ({"price_per_m2": -1}, "field price_per_m2"),
        ({"price_each": None}, "field price_each"),
        ({"currency": "euro"}, "field currency"),
        ({"mailer": 5}, "expected a table of settings"),
        ({"adjustable": {"scores": 0}}, "field scores"),
    ],
)
def test_absurd_machines_are_named_by_file_and_field(
    settings: dict[str, Any], message: str
) -> None:
    """Values of another type, out of range or out of order are told with their field."""
    with pytest.raises(SuiteError, match=message) as told:
        Machine.from_dict(settings, source="machine.toml")
    assert "machine" in told.value.source


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": 2.5}, "field sizes"),
        ({"sizes": 3, "seed": -1}, "field seed"),
        ({"sizes": 3, "type_price": math.nan}, "field type_price"),
        ({"sizes": 3, "least_use": 0.5}, "field least_use"),
        ({"sizes": 3, "candidates": 0}, "no more types than candidates"),
        ({"sizes": 3, "kinds": ()}, "field kinds: found nothing"),
    ],
)
def test_wanted_values_of_another_kind_are_named(settings: dict[str, Any], message: str) -> None:
    """Numbers that are no whole ones, or none at all, are told with their field."""
    with pytest.raises(SuiteError, match=message):
        Wanted(**settings)


def test_thinning_keeps_boxes_whose_join_is_larger_than_the_sheet() -> None:
    """Boxes that can be cut stay candidates though one that holds them all could not be."""
    from packopt import Policy
    from packopt.suite.boxes import Shop

    rng = np.random.default_rng(3)
    shop = Shop(Machine(sheet_mm=(1_000, 600)), Policy(), 10, 60, every_way=False)
    boxes = np.sort(rng.integers(5, 45, (400, 3)), axis=1).astype(np.int32)
    boxes = np.unique(boxes[shop.can_make(shop.stand(boxes))], axis=0)
    rows = np.arange(len(boxes) + 1)
    free, weight = np.ones(len(boxes), np.bool_), np.ones(len(boxes))
    steps = np.sort(thinned(shop, boxes, rows, free, weight, 12), axis=1)
    held = np.all(boxes[:, None] <= steps[None], axis=2)
    assert held.any(axis=1).all()
