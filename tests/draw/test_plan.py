"""Reading what is to be drawn: what is known of a unit, and what cannot be drawn at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from draw.drawn import every_parcel, nasty
from handmade import Made, change, drop, made
from handmade_parcels import Scene, line, place
from handmade_shapes import PLACED, scene
from packopt import draw
from packopt.draw.plan import OWN_CONTAINER, read_plan
from packopt.errors import InputError, ResultError
from packopt.tables import PLACEMENTS
from sheet import Answer, Packed

BOX = (100, 80, 60)


def cared_for() -> Made:
    """Units that need care: padded, fragile, upright, pressed."""
    lines = [
        line("vase", "base", BOX, weight_g=300),
        line("vase", "vase", (80, 70, 50), padding_mm=5, fragile=True, orientation="upright"),
        line("soft", "shirt", (150, 100, 40), min_height_mm=20),
    ]
    packages = [
        {"package_id": "S", "kind": "carton", "inner": (200, 150, 150), "limit": None}
        | {"material": "corrugated board", "closure": "self-lock"},
        {"package_id": "P", "kind": "mailer", "inner": (260, 200, 30), "limit": None},
    ]
    vase = [place("base", 1, (0, 0, 0), BOX), place("vase", 1, (5, 5, 65), (80, 70, 50))]
    answers = {
        "vase": Answer((Packed("S", vase),)),
        "soft": Answer((Packed("P", [place("shirt", 1, (0, 0, 0), (150, 100, 20))]),)),
    }
    return Scene(lines, answers, packages).make()


def test_units_come_with_what_the_orders_say() -> None:
    """Weight, padding and what to mind are those of the unit's own order line."""
    made_of = cared_for()
    (parcel,) = read_plan(made_of.result, "vase", orders=made_of.orders).parcels
    base, vase = parcel.units
    assert (base.step, base.weight_g, base.marks, base.padding_mm) == (1, 300, (), 0)
    assert (vase.step, vase.weight_g, vase.padding_mm) == (2, 100, 5)
    assert vase.marks == ("fragile", "upright")
    (soft,) = read_plan(made_of.result, "soft", orders=made_of.orders).parcels
    assert soft.units[0].marks == ("pressed",)


def test_a_unit_is_told_from_another_of_its_sku() -> None:
    """Two lines of one SKU have weights of their own, and each unit gets the right one."""
    (parcel,) = read_plan(made().result, "twins", orders=made().orders).parcels
    assert [(unit.unit, unit.weight_g) for unit in parcel.units] == [(1, 500), (2, 600)]


def test_later_units_of_a_nest_are_marked() -> None:
    """The first cup is a cup, the others stick out of it."""
    nests = scene("sizes")
    (parcel,) = read_plan(nests.result, "cups", orders=nests.orders).parcels
    assert [unit.marks for unit in parcel.units] == [
        ("upright",),
        ("upright", "nested"),
        ("upright", "nested"),
    ]


def test_what_lay_in_the_package_before_is_no_step() -> None:
    """Units of a part-filled package are given: step 0, before all others."""
    filled = scene("placed")
    (parcel,) = read_plan(filled.result, "filled", orders=filled.orders).parcels
    assert [(unit.sku, unit.step) for unit in parcel.units] == [("brick", 0), ("mug", 1)]
    assert (parcel.given, parcel.steps) == (1, 1)
    (unknown,) = read_plan(filled.result, "filled").parcels
    assert [unit.step for unit in unknown.units] == [1, 2]


def test_given_units_come_first_whatever_the_sequence() -> None:
    """A result whose sequence starts with a new unit still shows the given ones as there before."""
    answer = PLACED.answers["filled"]
    turned = replace(answer.parcels[0], plan=answer.parcels[0].plan[::-1])
    answers = {**PLACED.answers, "filled": replace(answer, parcels=(turned,))}
    filled = replace(PLACED, answers=answers).make()
    (parcel,) = read_plan(filled.result, "filled", orders=filled.orders).parcels
    assert [(unit.sku, unit.step) for unit in parcel.units] == [("brick", 0), ("mug", 1)]


def test_a_bag_holds_less_than_it_is_wide() -> None:
    """A mailer loses its thickness in length and width: its half girth does not stretch."""
    (parcel,) = read_plan(cared_for().result, "soft").parcels
    assert parcel.inner_mm == (260, 200, 30)
    assert parcel.outer_mm[2] == 20
    assert parcel.room_mm == (240, 180, 20)


def test_materials_are_those_of_the_catalogue() -> None:
    """With the catalogue, material and closure are told; without it they are left out."""
    made_of = cared_for()
    (parcel,) = read_plan(made_of.result, "vase", catalogue=made_of.catalogue).parcels
    assert (parcel.material, parcel.closure) == ("corrugated board", "self-lock")
    (parcel,) = read_plan(made_of.result, "vase").parcels
    assert (parcel.material, parcel.closure) == ("", "")


@pytest.mark.parametrize(("name", "order_id"), every_parcel())
def test_every_unit_lies_in_its_room(name: str, order_id: str) -> None:
    """Whatever the package, the room that is drawn holds the units that are drawn."""
    made_of = scene(name)
    plan = read_plan(made_of.result, order_id, orders=made_of.orders)
    for parcel in plan.parcels:
        assert parcel.units
        for unit in parcel.units:
            ends = zip(unit.corner_mm, unit.extent_mm, parcel.room_mm, strict=True)
            assert all(0 <= at <= room - long for at, long, room in ends)


def test_skus_keep_their_colour_when_one_parcel_is_drawn() -> None:
    """Colours go by the whole order, so a parcel looks the same alone and among the others."""
    split = scene("split")
    every = read_plan(split.result, "boxed")
    alone = read_plan(split.result, "boxed", 2)
    assert every.skus == alone.skus == ("brick", "drum")
    assert [parcel.package_id for parcel in alone.parcels] == [OWN_CONTAINER]
    assert alone.parcels[0] == every.parcels[1]


def test_units_in_no_parcel_are_named() -> None:
    """What fits no package is in no drawing, and the plan says so."""
    assert read_plan(scene("partial").result, "some").unpacked == (("pole", 2),)


def test_characters_that_no_file_can_hold_are_replaced() -> None:
    """Control characters, which XML has no way to write, become the replacement character."""
    plan = read_plan(nasty().result, nasty().orders.order_ids[0].as_py())
    assert plan.skus[1] == "a�b�"


def _without_plans() -> Any:
    return replace(made().result, placements=PLACEMENTS.empty_table())


def test_an_unknown_order_is_told_with_the_nearest_name() -> None:
    """A misspelt order id is answered with the one that was meant."""
    with pytest.raises(ResultError, match=r"no order 'twin'.*did you mean 'twins'\?"):
        draw.view_html(made().result, "twin")
    with pytest.raises(ResultError, match="look it up in the orders table"):
        draw.view_html(made().result, "§§§")


def test_a_rejected_order_is_told_with_its_fault() -> None:
    """An order among the rejects is said to be there, with the row, the reason and the hint."""
    row = {"row": 7, "order_id": "bad", "field": "qty", "value": "0", "reason": "too few"}
    rejects = made().result.rejects.from_pylist([row | {"hint": "Order one."}])
    result = replace(made().result, rejects=rejects.cast(made().result.rejects.schema))
    with pytest.raises(ResultError, match="row 7, qty: found '0': too few; Order one"):
        draw.sheet_html(result, "bad")


def test_an_order_without_parcels_is_told_with_its_verdict() -> None:
    """Nothing was packed, so nothing can be drawn; explain says why."""
    with pytest.raises(ResultError, match=r"'pole' unpackable, without a parcel.*packopt explain"):
        draw.sheet_svg(made().result, "pole")


def test_a_result_without_plans_is_told_how_to_get_them() -> None:
    """Parcels without placements come from --no-plans."""
    with pytest.raises(ResultError, match=r"no plan for parcel 1 of order 'twins'.*--no-plans"):
        draw.view_html(_without_plans(), "twins")


def test_an_unknown_parcel_is_told_with_the_known_ones() -> None:
    """The numbers of an order's parcels are named."""
    with pytest.raises(ResultError, match=r"no parcel 3 of order 'boxed', .* from 1 to 2"):
        draw.view_html(scene("split").result, "boxed", 3)


def test_a_flat_unit_is_refused() -> None:
    """An extent of 0 mm was not written by packopt."""
    result = change(made().result, "placements", {"order_id": "card"}, dz_mm=0)
    with pytest.raises(ResultError, match="'card' with an extent below 1 mm"):
        draw.sheet_html(result, "card")


def test_other_inputs_than_those_of_the_result_are_refused() -> None:
    """Orders without the order, without the unit, or another catalogue, would tell lies."""
    twins, other = made(), cared_for()
    with pytest.raises(ResultError, match="no order 'twins' in the orders"):
        draw.view_html(twins.result, "twins", orders=other.orders)
    with pytest.raises(ResultError, match="found catalogue"):
        draw.view_html(twins.result, "twins", catalogue=other.catalogue)
    stranger = change(twins.result, "placements", {"order_id": "card"}, sku="stranger")
    with pytest.raises(ResultError, match="no unit 1 of 'stranger' in the orders"):
        draw.view_html(stranger, "card", orders=twins.orders)


def test_one_lost_plan_of_two_is_noticed() -> None:
    """An order of which one parcel has no placements is not drawn by half."""
    result = drop(scene("split").result, "placements", order_id="boxed", parcel=2)
    with pytest.raises(ResultError, match="no plan for parcel 2"):
        draw.sheet_html(result, "boxed")


@pytest.mark.parametrize("make", [draw.view_html, draw.view_fragment, draw.figure])
def test_an_unspoken_language_is_refused(make: Any) -> None:
    """Only English and Chinese are spoken, and the error says so."""
    with pytest.raises(InputError, match="found 'fr', expected en or zh"):
        make(made().result, "twins", 1, "fr")


def test_an_unknown_step_of_a_figure_is_refused() -> None:
    """Steps go from 0 to the number of units to lay."""
    with pytest.raises(ResultError, match="step 3 of order 'twins', expected a number from 0 to 2"):
        draw.figure(made().result, "twins", step=3)
