"""Part-filled packages: placed units stay, the others go in beside them or are proved not to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import AXES, DECIDED, Row, made_catalogue
from naive import Extents, Placement, goes_in_from_above, overlap, rotations, supports
from packopt import (
    Catalogue,
    Orders,
    Policy,
    Recommendations,
    check,
    explain,
    part_filled,
    recommend,
)
from packopt.placed import faults_of_placed

GEOMETRY = Policy(objective="volume", handling="geometry")
CORNER = ("placed_x_mm", "placed_y_mm", "placed_z_mm")
KINDS = ["any", "any", "upright", "flat", "fixed"]

Lines = list[Row]


def filled(*orders: Lines, **columns: Any) -> Orders:
    """Orders of which lines with a corner ``at`` lie in package "B", or what ``in`` says."""
    rows = []
    for number, lines in enumerate(orders):
        for place, line in enumerate(lines):
            row = {"order_id": f"o{number}", "sku": f"s{place}", "qty": 1} | line
            row |= dict(zip(AXES, row.pop("size"), strict=True))
            corner = row.pop("at", None)
            package = row.pop("in", "B")
            row |= dict(zip(CORNER, corner or (None,) * 3, strict=True))
            row["placed_in"] = package if corner else None
            rows.append(row)
    types = dict.fromkeys((*CORNER, "max_load_g"), pa.int64())
    names = sorted({name for row in rows for name in row})
    made = {n: pa.array([r.get(n) for r in rows], types.get(n)) for n in names}
    return Orders.from_table(pa.table(made | columns))


def box(size: Extents, **more: Any) -> Catalogue:
    """The package "B", and a larger one that nobody may choose instead."""
    large = tuple(3 * side for side in size)
    first: Row = {"package_id": "B", "kind": "carton", "size": size} | more
    return made_catalogue([first, {"package_id": "L", "kind": "carton", "size": large}])


def asked(orders: Orders, catalogue: Catalogue, policy: Policy = GEOMETRY) -> Recommendations:
    """The answer, after the checker found nothing wrong with it and nothing was moved."""
    assert orders.rejects.num_rows == 0, orders.rejects.to_pylist()
    result = recommend(orders, catalogue, policy)
    assert check(result, orders, catalogue) == []
    assert set(result.parcels["package_id"].to_pylist()) <= {"B"}
    for row in result.ruled_out.to_pylist():
        assert row["package_id"] == "B"
    return result


def verdicts(result: Recommendations) -> list[str]:
    """The verdicts of all orders."""
    return result.orders["verdict"].to_pylist()


def plan_of(result: Recommendations) -> list[tuple[str, Placement]]:
    """SKUs and places in packing sequence."""
    names = ("x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm")
    rows = result.placements.to_pylist()
    return [(row["sku"], tuple(row[name] for name in names)) for row in rows]  # type: ignore[misc]


def brute_force(
    free: list[list[Extents]], taken: list[Placement], room: Extents
) -> list[Placement] | None:
    """Try every place of every unit on the grid; places of the free units, or None."""
    if not free:
        return []
    for extents in free[0]:
        steps = [range(room[axis] - extents[axis] + 1) for axis in range(3)]
        for corner in product(*steps):
            place = (*corner, *extents)
            if not any(overlap(place, other) for other in taken):
                rest = brute_force(free[1:], [*taken, place], room)
                if rest is not None:
                    return [place, *rest]
    return None


@st.composite
def part_filled_orders(draw: st.DrawFn, most: int = 3) -> tuple[Lines, Extents]:
    """A small room, placed units at random that do not overlap, and a few that are to go in."""
    room = draw(st.tuples(*[st.integers(2, 5)] * 3))
    taken: list[Placement] = []
    for _ in range(draw(st.integers(1, 3))):
        size = tuple(draw(st.integers(1, side)) for side in room)
        corner = tuple(draw(st.integers(0, a - b)) for a, b in zip(room, size, strict=True))
        if not any(overlap((*corner, *size), other) for other in taken):
            taken.append((*corner, *size))  # type: ignore[arg-type]
    lines: Lines = [{"size": place[3:], "at": place[:3]} for place in taken]
    for _ in range(draw(st.integers(1, most))):
        size = draw(st.tuples(*[st.integers(1, 4)] * 3))
        lines.append({"size": size, "orientation": draw(st.sampled_from(KINDS))})
    return lines, room


def truth(lines: Lines, room: Extents) -> list[Placement] | None:
    """What brute force says of an order."""
    taken = [(*line["at"], *line["size"]) for line in lines if "at" in line]
    ways = [rotations(line["size"], line["orientation"]) for line in lines if "at" not in line]
    return brute_force(ways, taken, room)


@settings(max_examples=80)
@given(part_filled_orders())
def test_answers_are_those_of_brute_force(order: tuple[Lines, Extents]) -> None:
    """Whether small units go in beside fixed ones is decided, and decided right."""
    lines, room = order
    result = asked(filled(lines), box(room))
    assert verdicts(result) == [DECIDED[truth(lines, room) is None]]


@settings(max_examples=80)
@given(part_filled_orders())
def test_under_handling_rules_no_is_still_only_said_with_proof(
    order: tuple[Lines, Extents],
) -> None:
    """Rules turn a yes into a plan that hands can pack, or into an honest undecided."""
    lines, room = order
    result = asked(filled(lines), box(room), Policy())
    verdict = verdicts(result)[0]
    if truth(lines, room) is None:
        assert verdict != "optimal"
    else:
        assert verdict != "unpackable"
    if verdict == "optimal":
        plan = plan_of(result)
        placed = sum("at" in line for line in lines)
        given = {f"s{number}" for number in range(placed)}
        assert {sku for sku, _ in plan[:placed]} == given
        shares = supports([place for _, place in plan])
        assert all(share > 0 for share in shares[placed:])
        for later in range(placed, len(plan)):
            for earlier in range(later):
                assert goes_in_from_above([plan[earlier][1], plan[later][1]])


@settings(max_examples=60)
@given(part_filled_orders(), st.sampled_from([GEOMETRY, Policy(), Policy(min_support=0.7)]))
def test_placed_units_never_move(order: tuple[Lines, Extents], policy: Policy) -> None:
    """They are in the plan where they were, as declared, whatever else goes in."""
    lines, room = order
    result = asked(filled(lines), box(room), policy)
    if result.placements.num_rows:
        places = dict(plan_of(result))
        for number, line in enumerate(lines):
            if "at" in line:
                assert places[f"s{number}"] == (*line["at"], *line["size"])


def test_larger_orders_are_decided_or_honestly_not() -> None:
    """Pieces of a sawn room, some of them packed already, go back in."""
    rng = np.random.default_rng(3)
    orders, seen = [], Counter[str]()
    for _ in range(40):
        pieces = [(0, 0, 0, 60, 60, 60)]
        while len(pieces) < 12:
            x, y, z, *size = pieces.pop(int(rng.integers(len(pieces))))
            axis = int(np.argmax(size))
            cut = int(rng.integers(size[axis] // 3, size[axis] // 2 + 1)) or 1
            low, high = list(size), list(size)
            low[axis], high[axis] = cut, size[axis] - cut
            corner = [x, y, z]
            corner[axis] += cut
            pieces += [(x, y, z, *low), (*corner, *high)]
        kept = rng.permutation(12)[:7].tolist()
        orders.append(
            [
                {"size": tuple(piece[3:])} | ({"at": tuple(piece[:3])} if i in kept else {})
                for i, piece in enumerate(pieces)
            ]
        )
    result = asked(filled(*orders), box((60, 60, 60)))
    seen.update(verdicts(result))
    assert seen["unpackable"] == 0
    assert seen["optimal"] >= 36


def test_one_more_unit_than_there_is_room_for_is_proved_not_to_go_in() -> None:
    """Eight cubes fill the box; with one out of line, seven others do not fit beside it."""
    cube = {"size": (10, 10, 10)}
    good = [cube | {"at": (10, 0, 0)}, cube | {"qty": 7}]
    bad = [cube | {"at": (5, 0, 0)}, cube | {"qty": 7}]
    two = [cube | {"at": (5, 5, 5)}, cube]
    result = asked(filled(good, bad, two), box((20, 20, 20)))
    assert verdicts(result) == ["optimal", "unpackable", "unpackable"]
    reasons = [row["reason"] for row in result.ruled_out.to_pylist()]
    assert reasons == ["cpsat", "search"]


def test_the_package_is_given_even_if_a_cheaper_one_would_do() -> None:
    """Nothing is moved to another package, and no other is listed."""
    cube: Row = {"size": (5, 5, 5)}
    catalogue = made_catalogue(
        [
            {"package_id": "S", "kind": "carton", "size": (10, 10, 10)},
            {"package_id": "B", "kind": "carton", "size": (90, 90, 90)},
        ]
    )
    result = asked(filled([cube | {"at": (0, 0, 0)}, cube]), catalogue, Policy(alternatives=3))
    assert result.orders["package_id"].to_pylist() == ["B"]
    assert result.ruled_out.num_rows == result.alternatives.num_rows == 0


def test_a_price_of_parcels_takes_no_proof_away() -> None:
    """The order is not split, so it is no matter what two packages would cost."""
    cube: Row = {"size": (5, 5, 5)}
    orders, catalogue = filled([cube | {"at": (0, 0, 0)}, cube]), box((90, 90, 90))
    for price in (0.0, 50.0):
        result = asked(orders, catalogue, Policy(parcel_price=price))
        assert verdicts(result) == ["optimal"]
        assert "leaves room for the rest" in explain(result, orders, catalogue, "o0")


def test_an_order_that_is_packed_already_is_answered_as_it_is() -> None:
    """With nothing to go in, the plan is what was told."""
    lines = [{"size": (5, 5, 5), "at": (0, 0, 0)}, {"size": (5, 5, 5), "at": (5, 0, 0)}]
    result = asked(filled(lines), box((10, 10, 10)), Policy())
    assert [place[:3] for _, place in plan_of(result)] == [(0, 0, 0), (5, 0, 0)]


def test_weight_and_rules_of_the_package_count_for_all_units() -> None:
    """What lies in the package weighs, and frozen goods do not go into a plain carton."""
    line: Row = {"size": (5, 5, 5), "weight_g": 600}
    orders = filled([line | {"at": (0, 0, 0)}, line])
    result = asked(orders, box((20, 20, 20), max_content_g=1000))
    assert result.ruled_out["reason"].to_pylist() == ["weight"]
    cold = filled(
        [line | {"at": (0, 0, 0), "temperature": "frozen"}, line | {"temperature": "frozen"}]
    )
    assert asked(cold, box((20, 20, 20))).ruled_out["reason"].to_pylist() == ["policy"]


def test_units_that_may_not_share_a_parcel_do_not_go_in_beside_each_other() -> None:
    """The order is one parcel, so a second group has nowhere to go."""
    line: Row = {"size": (5, 5, 5)}
    lines = [line | {"at": (0, 0, 0), "group": "food"}, line | {"group": "soap"}]
    result = asked(filled(lines), box((20, 20, 20)))
    assert verdicts(result) == ["unpackable"]
    assert result.ruled_out.to_pylist()[0]["reason"] == "policy"


CUBE: Row = {"size": (5, 5, 5), "weight_g": 600}


@pytest.mark.parametrize(
    ("placed", "other", "policy", "reason"),
    [
        ({"group": "food"}, {"group": "soap"}, Policy(), "s0 {} has group food and s1 {} has"),
        (
            {"goods_class": "food"},
            {"goods_class": "chemicals"},
            Policy(incompatible=(("food", "chemicals"),)),
            "s0 {} is food and s1 {} is chemicals",
        ),
        ({"seller": "a"}, {"seller": "b"}, Policy(), "s0 {} has seller a and s1 {} has seller b"),
        (
            {"temperature": "frozen"},
            {"temperature": "frozen"},
            Policy(),
            "it is for ambient goods, and s0 {} is frozen",
        ),
        (
            {"own_container": False},
            {"own_container": True},
            Policy(max_parcels=1),
            "s1 {} ships in its own container, which makes more parcels than the 1",
        ),
        ({}, {"weight_g": 900}, Policy(), "the content of 1,500 g is more than the 1,400 g"),
    ],
)
def test_an_explanation_names_the_rule_that_keeps_the_rest_out(
    placed: Row, other: Row, policy: Policy, reason: str
) -> None:
    """Where it is no matter of room, room is not what is blamed."""
    orders = filled([CUBE | {"at": (0, 0, 0)} | placed, CUBE | other])
    catalogue = box((20, 20, 20), max_content_g=1400)
    result = asked(orders, catalogue, policy)
    assert verdicts(result) == ["unpackable"]
    text = explain(result, orders, catalogue, "o0")
    told = reason.replace("{}", "(5 × 5 × 5 mm)")
    assert "The rest may not go in beside what lies in the package already: " in text
    assert text.count(told) == 2
    assert "room" not in text


def test_an_explanation_leaves_out_what_ships_in_its_own_container() -> None:
    """Neither its weight nor its kind is a reason, as it is in no package."""
    drum = CUBE | {"own_container": True, "weight_g": 9_000}
    orders = filled([CUBE | {"at": (0, 0, 0), "own_container": False}, CUBE | {"qty": 2}, drum])
    catalogue = box((20, 20, 20), max_content_g=1400)
    result = asked(orders, catalogue, Policy())
    assert result.ruled_out["reason"].to_pylist() == ["weight"]
    assert "the content of 1,800 g" in explain(result, orders, catalogue, "o0")


def test_a_package_that_is_part_filled_already_is_not_drawn_from_stock() -> None:
    """It stands on the bench: none need be left of it, and those that are go to other orders."""
    cube: Row = {"size": (10, 10, 10)}
    started, fresh = [cube | {"at": (0, 0, 0)}, cube], [cube]
    for stock, packages in ((0, ["B", "L", "B", "L"]), (1, ["B", "B", "B", "L"])):
        catalogue = box((20, 20, 20), stock=str(stock))
        orders = filled(started, fresh, started, fresh)
        result = recommend(orders, catalogue, GEOMETRY)
        assert check(result, orders, catalogue) == []
        assert result.orders["package_id"].to_pylist() == packages
        short = result.orders["shortage_package_id"].to_pylist()
        assert short == [None, None, None, "B" if stock else None]


def test_an_answer_that_blames_the_stock_for_a_part_filled_package_is_found_out() -> None:
    """The checker knows that it is in use."""
    cube: Row = {"size": (10, 10, 10)}
    orders = filled([cube | {"at": (0, 0, 0)}, cube | {"qty": 8}])
    catalogue = box((20, 20, 20), stock="0")
    result = recommend(orders, catalogue, GEOMETRY)
    assert result.ruled_out["reason"].to_pylist() == ["volume"]
    blamed = result.ruled_out.set_column(
        2, result.ruled_out.schema.field(2), pa.array(["stock"]).dictionary_encode()
    )
    spoiled = replace(result, ruled_out=blamed)
    assert {one.code for one in check(spoiled, orders, catalogue)} == {"reason_stock"}


def test_nothing_goes_under_a_placed_unit_or_onto_a_fragile_one() -> None:
    """Under handling rules a placed unit blocks its column, a fragile one up to the lid."""
    plate: Row = {"size": (10, 10, 2)}
    low = [plate | {"at": (0, 0, 2)}, plate]
    high = [plate | {"at": (0, 0, 0), "fragile": True}, plate]
    for lines in (low, high):
        assert verdicts(asked(filled(lines), box((10, 10, 4)))) == ["optimal"]
        assert verdicts(asked(filled(lines), box((10, 10, 4)), Policy())) == ["undecided"]
        assert verdicts(asked(filled(lines), box((10, 20, 4)), Policy())) == ["optimal"]


def test_what_lies_on_a_fragile_unit_already_is_let_be() -> None:
    """How the package was filled is not judged; nothing more goes on top."""
    plate: Row = {"size": (10, 10, 2), "weight_g": 50}
    lines = [plate | {"at": (0, 0, 0), "fragile": True}, plate | {"at": (0, 0, 2)}, plate]
    assert verdicts(asked(filled(lines), box((10, 20, 6)), Policy())) == ["optimal"]
    assert verdicts(asked(filled(lines), box((10, 10, 6)), Policy())) == ["undecided"]


def test_padding_and_clearance_count_from_the_wall() -> None:
    """Corners are those of the bare unit, in the package: what comes out goes in again."""
    lines = [{"size": (6, 6, 6), "padding_mm": 2, "at": (3, 3, 3)}, {"size": (6, 6, 6)}]
    orders = filled([line | {"padding_mm": 2} for line in lines])
    policy = Policy(wall_clearance_mm=1)
    assert verdicts(asked(orders, box((22, 12, 12)), policy)) == ["optimal"]
    assert verdicts(asked(orders, box((21, 12, 12)), policy)) == ["unpackable"]


def test_an_adjustable_carton_is_filled_at_its_full_height() -> None:
    """It is cut when it is closed; until then all of it is there."""
    catalogue = Catalogue.from_table(
        pa.table(
            {
                "package_id": ["B"],
                "kind": ["adjustable"],
                "length_mm": [20],
                "width_mm": [20],
                "heights_mm": ["10;30"],
            }
        )
    )
    cube: Row = {"size": (20, 20, 10)}
    result = recommend(filled([cube | {"at": (0, 0, 0)}, cube | {"qty": 2}]), catalogue, Policy())
    assert verdicts(result) == ["optimal"]


def test_equal_orders_with_other_corners_have_their_own_answers() -> None:
    """Equal units do not make equal orders where some have their places."""
    cube: Row = {"size": (10, 10, 10)}
    corners = [(0, 0, 0), (5, 0, 0), (10, 0, 0)]
    lines = [[cube | {"at": corner}, cube, cube] for corner in corners]
    result = asked(filled(*lines, [cube] * 3), made_catalogue([
        {"package_id": "B", "kind": "carton", "size": (30, 10, 10)}]))  # fmt: skip
    assert verdicts(result) == ["optimal", "unpackable", "optimal", "optimal"]


def test_cpsat_decides_what_greedy_runs_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no greedy run at all, small orders are still decided at standard effort."""
    monkeypatch.setattr(part_filled, "pack_beside", lambda *_: 0)
    cube: Row = {"size": (10, 10, 10)}
    lines = [cube | {"at": (10, 10, 0)}, cube | {"qty": 7}]
    for policy in (GEOMETRY, Policy()):
        assert verdicts(asked(filled(lines), box((20, 20, 20)), policy)) == ["optimal"]
    fast = Policy(effort="fast")
    assert verdicts(asked(filled(lines), box((20, 20, 20)), fast)) == ["undecided"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ({"size": (6, 6, 6), "at": (15, 0, 0)}, "sticks out"),
        ({"size": (6, 6, 6), "at": (14, 0, 0), "padding_mm": 1}, "sticks out"),
        ({"size": (6, 6, 6), "at": (6, 1, 1), "padding_mm": 1}, "overlaps"),
        ({"size": (6, 1, 6), "at": (7, 0, 0), "orientation": "flat"}, "must lie flat"),
    ],
)
def test_impossible_places_are_refused_with_what_to_do(line: Row, found: str) -> None:
    """A corner that cannot be right rejects the order, and says which one and why."""
    first: Row = {"size": (6, 6, 6), "at": (0, 0, 0), "padding_mm": 0}
    orders = filled([first, line | {"padding_mm": line.get("padding_mm", 0)}])
    faults = faults_of_placed(orders, box((20, 20, 20)), GEOMETRY)
    assert [fault.rows.tolist() for fault in faults] in ([[1]], [[1], [1]])
    assert found in faults[0].found
    result = recommend(orders, box((20, 20, 20)), GEOMETRY)
    assert result.orders.num_rows == 0
    reject = result.rejects.to_pylist()[0]
    assert found in reject["reason"]
    assert reject["hint"]


def test_the_clearance_keeps_placed_units_off_the_walls_too() -> None:
    """With a clearance in the policy, a unit in the very corner is told so."""
    orders = filled([{"size": (6, 6, 6), "at": (0, 0, 0)}, {"size": (6, 6, 6)}])
    assert not faults_of_placed(orders, box((20, 20, 20)), GEOMETRY)
    fault = faults_of_placed(orders, box((20, 20, 20)), Policy(wall_clearance_mm=2))[0]
    assert "between 2 mm and 18 x 18 x 18 mm" in fault.expected
