"""The limit of empty space, by brute force: no parcel exceeds it, and what is claimed is true."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import packopt
from packopt.catalogue import Catalogue
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.prove_splits import prove_splits
from snug import Row, cartons_of, orders_of, package_row, table_of, verdicts_of

_BOX = st.tuples(*[st.sampled_from([20, 30, 40, 60])] * 3)
_UNIT = st.tuples(*[st.sampled_from([10, 15, 20, 30])] * 3)


@settings(max_examples=60)
@given(
    boxes=st.lists(_BOX, min_size=1, max_size=3, unique=True),
    units=st.lists(_UNIT, min_size=1, max_size=4),
    limit=st.sampled_from([0.2, 0.4, 0.5, 0.6, 0.7]),
    basis=st.sampled_from(["outer", "inner"]),
    price=st.sampled_from([None, 0.0, 30.0]),
    most=st.sampled_from([1, 2, 10]),
)
def test_claims_are_true_by_brute_force(
    boxes: list[tuple[int, int, int]],
    units: list[tuple[int, int, int]],
    limit: float,
    basis: Any,
    price: float | None,
    most: int,
) -> None:
    """All ways to spread the units over packages that keep the limit: none beats the answer."""
    catalogue, orders = cartons_of(*boxes), orders_of(A=units)
    policy = Policy(
        handling="geometry", objective="volume", max_empty_space=limit,
        max_empty_space_basis=basis, parcel_price=price, max_parcels=most,
    )  # fmt: skip
    result = packopt.recommend(orders, catalogue, policy)
    (answer,) = result.orders.to_pylist()
    best = _best(boxes, units, limit, basis, price, most)
    if best is None:
        assert answer["verdict"] == "unpackable"
    else:
        # Nothing here is large: everything is decided.
        assert answer["verdict"] == "optimal"
        found = (answer["parcels"], answer["cost"])
        assert best == (found if price is None else found[::-1])[: len(best)]
    assert packopt.check(result, orders, catalogue) == []
    assert prove_splits(result, orders, catalogue, 1).violations == []


def _best(
    boxes: list[tuple[int, int, int]],
    units: list[tuple[int, int, int]],
    limit: float,
    basis: str,
    price: float | None,
    most: int,
) -> tuple[float, ...] | None:
    """Parcels and cost of the best plan, or its cost where parcels have a price; None for none."""
    cheapest = {
        subset: _cheapest(boxes, [units[i] for i in subset], limit, basis)
        for n in range(1, len(units) + 1)
        for subset in itertools.combinations(range(len(units)), n)
    }
    plans = []
    for partition in _partitions(tuple(range(len(units)))):
        costs = [cheapest[part] for part in partition]
        if len(partition) <= most and None not in costs:
            total = sum(cost for cost in costs if cost is not None)
            each = price or 0.0
            plans.append(
                (total + each * len(partition),)
                if price is not None
                else (len(partition), float(total))
            )
    return min(plans, default=None)


def _partitions(things: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    if not things:
        return [[]]
    first, rest = things[0], things[1:]
    found = []
    for n in range(len(rest) + 1):
        for others in itertools.combinations(rest, n):
            left = tuple(one for one in rest if one not in others)
            found += [[(first, *others), *more] for more in _partitions(left)]
    return found


def _cheapest(
    boxes: list[tuple[int, int, int]], units: list[tuple[int, int, int]], limit: float, basis: str
) -> int | None:
    """Outer volume of the smallest package that holds units and is not too empty."""
    costs = []
    for box in boxes:
        outer = int(np.prod([side + 10 for side in box]))
        volume = outer if basis == "outer" else int(np.prod(box))
        content = sum(int(np.prod(unit)) for unit in units)
        if 1 - content / volume <= limit and _holds(box, tuple(sorted(units))):
            costs.append(outer)
    return min(costs, default=None)


@cache
def _holds(box: tuple[int, int, int], units: tuple[tuple[int, int, int], ...]) -> bool:
    """Whether a carton holds units, asked without any limit."""
    asked = packopt.recommend(
        orders_of(A=list(units)), cartons_of(box), Policy(handling="geometry", max_parcels=1)
    )
    (verdict,) = verdicts_of(asked).values()
    assert verdict in ("optimal", "unpackable")
    return verdict == "optimal"


_LEAST = {"min_length_mm": 60, "min_width_mm": 50, "min_height_mm": 20, "step_mm": 1}
_FLEXIBLE = [
    package_row("A", "adjustable", 120, 100, 90, min_height_mm=30, tare_g=60.0),
    package_row("M", "made_to_measure", 140, 120, 100, tare_g=90.0, **_LEAST),
    package_row("C", "carton", 130, 110, 60, tare_g=70.0),
    package_row("P", "mailer", 160, 140, 40, tare_g=8.0),
]
_LINE = st.fixed_dictionaries(
    {
        "length_mm": st.integers(15, 110),
        "width_mm": st.integers(10, 80),
        "height_mm": st.integers(8, 60),
        "qty": st.integers(1, 3),
    },
    optional={
        "padding_mm": st.integers(0, 4),
        "own_container": st.booleans(),
        "group": st.sampled_from(["g", "h"]),
        "keep_together": st.just("k"),
        "mailer_ok": st.booleans(),
    },
)


@settings(max_examples=40)
@given(
    lines=st.lists(_LINE, min_size=1, max_size=4),
    limit=st.sampled_from([0.3, 0.5, 0.7]),
    basis=st.sampled_from(["outer", "inner"]),
    objective=st.sampled_from(["material", "volume"]),
    partial=st.sampled_from(["refuse", "allow"]),
    own=st.sampled_from(["always", "cheaper"]),
    wall=st.sampled_from([0, 2]),
)
def test_no_parcel_of_any_kind_exceeds_the_limit(
    lines: list[Row], limit: float, basis: Any, objective: Any, partial: Any, own: Any, wall: int
) -> None:
    """Mailers, chosen sizes, groups, bundles, own containers, partial orders; all checked."""
    orders = Orders.from_table(
        table_of(
            [
                {"order_id": "A", "sku": f"s{i}", "weight_g": 50} | line
                for i, line in enumerate(lines)
            ]
        )
    )
    catalogue = Catalogue.from_table(table_of(_FLEXIBLE))
    policy = Policy(
        max_empty_space=limit, max_empty_space_basis=basis, objective=objective, effort="fast",
        partial=partial, own_container=own, wall_clearance_mm=wall, alternatives=1,
    )  # fmt: skip
    result = packopt.recommend(orders, catalogue, policy)
    for table in (result.parcels, result.alternatives):
        for row in table.to_pylist():
            assert row["kind"] == "own_container" or row[f"empty_space_{basis}"] <= limit
    assert packopt.check(result, orders, catalogue) == []


@settings(max_examples=40)
@given(
    lines=st.lists(_LINE, min_size=1, max_size=4),
    basis=st.sampled_from(["outer", "inner"]),
    price=st.sampled_from([None, 20.0]),
)
def test_tightening_never_makes_an_order_cheaper(
    lines: list[Row], basis: Any, price: float | None
) -> None:
    """Fewer parcels first, or the cost: what is optimal under a looser limit is no worse."""
    orders = Orders.from_table(
        table_of(
            [
                {"order_id": "A", "sku": f"s{i}", "weight_g": 50} | line
                for i, line in enumerate(lines)
            ]
        )
    )
    catalogue = Catalogue.from_table(table_of(_FLEXIBLE[2:]))
    assume(orders.n_orders)
    before = None
    for limit in (None, 0.9, 0.7, 0.5, 0.3):
        policy = Policy(
            max_empty_space=limit, max_empty_space_basis=basis, parcel_price=price, effort="fast"
        )
        (answer,) = packopt.recommend(orders, catalogue, policy).orders.to_pylist()
        packed = answer["verdict"] in ("optimal", "feasible")
        if before and before["verdict"] == "unpackable":
            assert not packed
        if before and before["verdict"] == "optimal" and packed:
            keys = ("parcels", "cost") if price is None else ("cost",)
            worse, better = ([round(one[key], 6) for key in keys] for one in (answer, before))
            assert worse >= better
        before = answer
