"""Nesting units stand in each other, in the plan as on the bench."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import Row, answers, ask, made_catalogue, made_orders
from packopt import Policy

BUCKET: Row = {"sku": "bucket", "size": (40, 40, 30), "weight_g": 200, "nest_height_mm": 5}


def carton(*size: int) -> Row:
    """A carton without a weight limit."""
    return {"kind": "carton", "size": size}


def test_a_nest_is_as_high_as_the_first_and_what_the_others_add() -> None:
    """Six buckets of 30 mm that add 5 mm each stand in 55 mm."""
    orders = made_orders([BUCKET | {"qty": 6, "orientation": "upright"}])
    tight = made_catalogue([carton(40, 40, 54), carton(40, 40, 55)])
    result = ask(orders, tight, Policy())
    assert answers(result, "package_id", "volume_mm3") == [("p1", 40 * 40 * 55)]
    plan = result.placements.to_pylist()
    assert [row["z_mm"] for row in plan] == [0, 30, 35, 40, 45, 50]
    assert [row["dz_mm"] for row in plan] == [30, 5, 5, 5, 5, 5]
    assert {row["support"] for row in plan} == {1.0}


def test_a_nest_may_lie_on_its_side() -> None:
    """A unit that may be turned is turned with its whole nest."""
    orders = made_orders([BUCKET | {"qty": 3}])
    result = ask(orders, made_catalogue([carton(40, 40, 39), carton(80, 40, 40)]), Policy())
    assert answers(result) == [("optimal", "p1")]


def test_a_nest_that_is_too_high_is_torn_into_parcels() -> None:
    """Six buckets in cartons of 45 mm: four in one, two in the other."""
    orders = made_orders([BUCKET | {"qty": 6, "orientation": "upright"}])
    result = ask(orders, made_catalogue([carton(40, 40, 45)]), Policy())
    assert answers(result, "parcels", "parcels_lower_bound") == [(2, 2)]
    assert sorted(row["units"] for row in result.parcels.to_pylist()) == [2, 4]


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "size": st.tuples(*[st.integers(5, 40)] * 3),
                "qty": st.integers(1, 5),
                "nest": st.sampled_from([None, 1, 4]),
                "orientation": st.sampled_from(["any", "upright"]),
            }
        ),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_nests_is_packed_and_checked(lines: list[Row]) -> None:
    """The checker finds nothing, and nests take no more room than their units apart."""
    order = []
    for number, line in enumerate(lines):
        nest = line["nest"] and min(line["nest"], line["size"][2])
        kept = {name: line[name] for name in ("size", "qty", "orientation")}
        order.append(kept | {"sku": f"s{number}", "nest_height_mm": nest, "weight_g": 10})
    catalogue = made_catalogue([carton(s, s, s) for s in (30, 45, 60, 90, 130)])
    nested = ask(made_orders(order), catalogue, Policy(objective="volume"))
    assert nested.orders["volume_mm3"][0].as_py() <= sum(
        int(np.prod(line["size"])) * line["qty"] for line in lines
    )
