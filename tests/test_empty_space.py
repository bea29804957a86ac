"""The limit of empty space: no parcel exceeds it, and what is claimed under it is true."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import packopt
from packopt.catalogue import Catalogue
from packopt.datasets import demo_orders_path
from packopt.empty_space import least_content_mm3
from packopt.errors import PolicyError
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.prove_splits import prove_splits
from packopt.recommendations import Recommendations
from packopt.tables import TABLES

Row = dict[str, Any]

_SIDES = ("length_mm", "width_mm", "height_mm")


def _table(rows: list[Row]) -> pa.Table:
    names = list(dict.fromkeys(itertools.chain(*rows)))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def _orders(**orders: list[Any]) -> Orders:
    """Orders by name; a unit is its three sides, and perhaps what else is to be said of it."""
    lines = []
    for name, units in orders.items():
        for number, unit in enumerate(units):
            sides, more = (unit[:3], unit[3] if len(unit) > 3 else {})
            line = {"order_id": name, "sku": f"s{number}", "qty": 1, "weight_g": 100}
            lines.append(line | dict(zip(_SIDES, sides, strict=True)) | more)
    return Orders.from_table(_table(lines))


def _package(package_id: str, kind: str, *sides: int, **more: Any) -> Row:
    """A row of a catalogue; of a mailer, the last side is its thickness."""
    names = ("length_mm", "width_mm", "max_thickness_mm" if kind == "mailer" else "height_mm")
    return {"package_id": package_id, "kind": kind} | dict(zip(names, sides, strict=True)) | more


def _cartons(*sizes: tuple[int, int, int], **more: Any) -> Catalogue:
    """Cartons with walls of 5 mm on each side."""
    rows = [
        {"package_id": f"C{number}", "kind": "carton", "tare_g": float(np.prod(size)) / 1e4}
        | dict(zip(_SIDES, size, strict=True))
        | {f"outer_{side}": mm + 10 for side, mm in zip(_SIDES, size, strict=True)}
        | more
        for number, size in enumerate(sizes)
    ]
    return Catalogue.from_table(_table(rows))


def _verdicts(result: Recommendations) -> dict[str, str]:
    return dict(
        zip(
            result.orders["order_id"].to_pylist(), result.orders["verdict"].to_pylist(), strict=True
        )
    )


def _reasons(result: Recommendations, order: str) -> dict[str, str]:
    rows = [row for row in result.ruled_out.to_pylist() if row["order_id"] == order]
    return {row["package_id"]: row["reason"] for row in rows}


@cache
def _demo() -> tuple[Orders, Catalogue]:
    return packopt.read_orders(demo_orders_path()), packopt.builtin_catalogue("demo")


@given(volume=st.integers(1, 10**12), share=st.floats(0, 1))
def test_the_least_content_is_where_the_reported_share_meets_the_limit(
    volume: int, share: float
) -> None:
    """With that much the share is within the limit as it is reported, with 1 mm3 less it is not."""
    least = int(least_content_mm3(volume, share))
    assert max(1 - least / volume, 0.0) <= share
    assert least == 0 or 1 - (least - 1) / volume > share


@pytest.mark.parametrize(
    ("limit", "basis", "package", "verdict"),
    [
        (None, "outer", "C0", "optimal"),
        (0.5, "inner", "C0", "optimal"),  # 50.0 % of 200 x 100 x 100 mm
        (0.499, "inner", None, "unpackable"),
        (0.6, "outer", None, "unpackable"),  # 60.6 % of 210 x 110 x 110 mm
        (0.61, "outer", "C0", "optimal"),
    ],
)
def test_the_limit_means_what_is_reported(
    limit: float | None, basis: Any, package: str | None, verdict: str
) -> None:
    """A package may leave the share of its volume empty that the policy says, and no more."""
    orders, catalogue = _orders(A=[(100, 100, 100)]), _cartons((200, 100, 100))
    result = packopt.recommend(
        orders, catalogue, Policy(max_empty_space=limit, max_empty_space_basis=basis)
    )
    assert result.orders["package_id"].to_pylist() == [package]
    assert _verdicts(result) == {"A": verdict}
    assert packopt.check(result, orders, catalogue) == []


def test_an_order_gets_the_cheapest_package_that_keeps_the_limit() -> None:
    """A roomy package that is cheaper is ruled out by policy, and a snug one is taken."""
    orders = _orders(A=[(100, 100, 100)])
    roomy = _package("roomy", "carton", 300, 300, 300, unit_cost=1.0, currency="EUR")
    snug = _package("snug", "carton", 110, 110, 110, unit_cost=5.0, currency="EUR")
    catalogue = Catalogue.from_table(_table([roomy, snug]))
    free = packopt.recommend(orders, catalogue, Policy(objective="cost"))
    assert free.orders["package_id"].to_pylist() == ["roomy"]
    policy = Policy(objective="cost", max_empty_space=0.5)
    result = packopt.recommend(orders, catalogue, policy)
    assert result.orders["package_id"].to_pylist() == ["snug"]
    assert _reasons(result, "A") == {"roomy": "policy"}
    assert _verdicts(result) == {"A": "optimal"}
    assert packopt.check(result, orders, catalogue) == []
    told = packopt.explain(result, orders, catalogue, "A")
    assert "96.6% of its outer volume would be empty, more than the 50.0% that the policy" in told


def test_what_only_fits_too_loosely_is_unpackable_and_says_so() -> None:
    """The unit is named as fitting nothing, by policy."""
    orders, catalogue = _orders(A=[(50, 50, 50)]), _cartons((200, 200, 200), (100, 100, 100))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5))
    assert _verdicts(result) == {"A": "unpackable"}
    assert set(_reasons(result, "A").values()) == {"policy"}
    assert [row["reason"] for row in result.unpacked.to_pylist()] == ["policy"]
    assert packopt.check(result, orders, catalogue) == []
    assert "more than the 50.0% that the policy allows" in packopt.explain(
        result, orders, catalogue, "A"
    )


def test_every_parcel_of_a_split_keeps_the_limit_by_its_own_content() -> None:
    """Three cubes, two of which fill a box: the third may not lie in such a box alone."""
    box = _cartons((100, 100, 200))
    orders = _orders(A=[(100, 100, 100)] * 3)
    free = packopt.recommend(orders, box)
    assert free.parcels["units"].to_pylist() == [2, 1]
    result = packopt.recommend(
        orders, box, Policy(max_empty_space=0.4, max_empty_space_basis="inner")
    )
    assert _verdicts(result) == {"A": "unpackable"}
    assert packopt.check(result, orders, box) == []
    # With a box for one, two and one are the answer, and proved.
    both = _cartons((100, 100, 200), (100, 100, 100))
    result = packopt.recommend(
        orders, both, Policy(max_empty_space=0.4, max_empty_space_basis="inner")
    )
    assert _verdicts(result) == {"A": "optimal"}
    assert sorted(result.parcels["package_id"].to_pylist()) == ["C0", "C1"]
    assert packopt.check(result, orders, both) == []


def test_units_that_need_each_other_travel_together() -> None:
    """Two small units fill a box that neither may have alone: one parcel, and never two."""
    catalogue = _cartons((100, 100, 100), (100, 100, 99))
    orders = _orders(A=[(100, 100, 45)] * 2, B=[(100, 100, 45)] * 3)
    policy = Policy(max_empty_space=0.3, max_empty_space_basis="inner", parcel_price=0.0)
    result = packopt.recommend(orders, catalogue, policy)
    assert _verdicts(result) == {"A": "optimal", "B": "unpackable"}
    assert packopt.check(result, orders, catalogue) == []


def test_an_order_that_no_known_parcels_cover_is_still_answered() -> None:
    """A limit that bars every parcel of the first round: choosing among none is no fault."""
    units = [
        (2, 12, 20, 98, 100, 5, 0),
        (2, 20, 168, 27, None, None, 0),
        (2, 25, 61, 18, None, None, 0),
        (2, 22, 128, 283, None, None, 0),
        (4, 213, 107, 168, None, None, 0),
        (4, 163, 136, 100, None, None, 0),
        (4, 17, 55, 170, None, None, 2),
    ]
    names = ("qty", *_SIDES, "max_load_g", "min_height_mm", "padding_mm")
    rows = [
        {"order_id": "A", "sku": f"s{number}"} | dict(zip(names, unit, strict=True))
        for number, unit in enumerate(units)
    ]
    orders, catalogue = Orders.from_table(_table(rows)), packopt.builtin_catalogue("usps")
    policy = Policy(effort="fast", min_support=0.8, max_empty_space=0.5)
    result = packopt.recommend(orders, catalogue, policy)
    assert _verdicts(result)["A"] in ("optimal", "feasible")
    assert packopt.check(result, orders, catalogue) == []


@pytest.mark.parametrize("effort", ["fast", "standard", "thorough"])
def test_a_limit_of_one_is_none(effort: Any) -> None:
    """No share is more than 1: all tables are the same, to the last bit."""
    orders, catalogue = _demo()
    orders = orders.slice(0, 60)
    free = packopt.recommend(orders, catalogue, Policy(effort=effort, alternatives=1))
    limited = packopt.recommend(
        orders, catalogue, Policy(effort=effort, alternatives=1, max_empty_space=1.0)
    )
    for name in TABLES:
        assert getattr(free, name).equals(getattr(limited, name)), name


@pytest.mark.parametrize("basis", ["outer", "inner"])
def test_the_demo_keeps_any_limit(basis: Any) -> None:
    """Cartons and mailers, alternatives too; what is proved stays proved, and the check agrees."""
    orders, catalogue = _demo()
    verdicts = []
    for limit in (0.8, 0.6, 0.4):
        policy = Policy(
            effort="fast", max_empty_space=limit, max_empty_space_basis=basis, alternatives=2
        )
        result = packopt.recommend(orders, catalogue, policy)
        for table in (result.parcels, result.alternatives):
            assert max(table[f"empty_space_{basis}"].to_pylist()) <= limit
        assert packopt.check(result, orders, catalogue) == []
        verdicts.append(list(_verdicts(result).values()))
    packed = [sum(word in ("optimal", "feasible") for word in one) for one in verdicts]
    assert packed == sorted(packed, reverse=True)
    assert verdicts[0].count("undecided") == 0
    assert "optimal" in verdicts[-1]


def test_the_check_knows_the_limit_by_itself() -> None:
    """Parcels of a result without the limit are found out when it is asked for afterwards."""
    orders, catalogue = _demo()
    free = packopt.recommend(orders.slice(0, 50), catalogue, Policy(effort="fast"))
    limited = replace(free.policy, max_empty_space=0.5)
    found = packopt.check(free, orders.slice(0, 50), catalogue, limited)
    too_empty = {one.order_id for one in found if one.code == "empty_space"}
    shares = zip(
        free.parcels["order_id"].to_pylist(),
        free.parcels["empty_space_outer"].to_pylist(),
        strict=True,
    )
    assert too_empty == {order for order, share in shares if share > 0.5}


def test_a_reason_by_policy_is_held_against_the_limit() -> None:
    """A package that would keep the limit is not ruled out by it."""
    orders = _orders(A=[(100, 100, 100)])
    catalogue = _cartons((110, 110, 110), (105, 105, 105))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5, objective="volume"))
    assert _reasons(result, "A") == {}
    row = {"order_id": "A", "package_id": "C1", "reason": "policy"}
    parcels = result.parcels.to_pylist()
    assert parcels[0]["package_id"] == "C1"
    larger = packopt.recommend(orders, _cartons((110, 110, 110)), result.policy)
    forged = replace(
        larger,
        ruled_out=pa.Table.from_pylist([row], schema=larger.ruled_out.schema),
        catalogue_digest=catalogue.digest,
    )
    assert "reason_policy" in {one.code for one in packopt.check(forged, orders, catalogue)}


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
    catalogue, orders = _cartons(*boxes), _orders(A=units)
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
        _orders(A=list(units)), _cartons(box), Policy(handling="geometry", max_parcels=1)
    )
    (verdict,) = _verdicts(asked).values()
    assert verdict in ("optimal", "unpackable")
    return verdict == "optimal"


_LEAST = {"min_length_mm": 60, "min_width_mm": 50, "min_height_mm": 20, "step_mm": 1}
_FLEXIBLE = [
    _package("A", "adjustable", 120, 100, 90, min_height_mm=30, tare_g=60.0),
    _package("M", "made_to_measure", 140, 120, 100, tare_g=90.0, **_LEAST),
    _package("C", "carton", 130, 110, 60, tare_g=70.0),
    _package("P", "mailer", 160, 140, 40, tare_g=8.0),
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
        _table(
            [
                {"order_id": "A", "sku": f"s{i}", "weight_g": 50} | line
                for i, line in enumerate(lines)
            ]
        )
    )
    catalogue = Catalogue.from_table(_table(_FLEXIBLE))
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
        _table(
            [
                {"order_id": "A", "sku": f"s{i}", "weight_g": 50} | line
                for i, line in enumerate(lines)
            ]
        )
    )
    catalogue = Catalogue.from_table(_table(_FLEXIBLE[2:]))
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


def test_large_parts_keep_the_limit_too() -> None:
    """Two dozen different units take a cover of many parcels, each of them full enough."""
    rng = np.random.default_rng(7)
    units = [tuple(int(side) for side in rng.integers(40, 120, 3)) for _ in range(24)]
    orders = _orders(A=units)
    catalogue = _cartons((250, 200, 150), (200, 150, 120), (140, 120, 110))
    for limit in (0.6, 0.5):
        result = packopt.recommend(orders, catalogue, Policy(effort="fast", max_empty_space=limit))
        assert all(share <= limit for share in result.parcels["empty_space_outer"].to_pylist())
        assert packopt.check(result, orders, catalogue) == []
        assert _verdicts(result)["A"] in ("feasible", "optimal", "undecided")
    loose = packopt.recommend(orders, catalogue, Policy(effort="fast", max_empty_space=0.6))
    assert loose.parcels.num_rows > 1


def test_stock_and_the_limit_go_together() -> None:
    """What is left may be too large, and then it is not taken."""
    orders = _orders(A=[(100, 100, 100)], B=[(100, 100, 100)])
    snug = _package("snug", "carton", 105, 105, 105, tare_g=9.0, stock="1")
    roomy = _package("roomy", "carton", 300, 300, 300, tare_g=99.0)
    catalogue = Catalogue.from_table(_table([snug, roomy]))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5))
    assert _verdicts(result) == {"A": "optimal", "B": "unpackable"}
    assert _reasons(result, "B") == {"snug": "stock", "roomy": "policy"}
    assert packopt.check(result, orders, catalogue) == []


def test_a_package_that_is_given_has_to_keep_the_limit_too() -> None:
    """What lies in it and what goes in count together."""
    placed = {f"placed_{axis}_mm": 0 for axis in "xyz"} | {"placed_in": "C0"}
    orders = _orders(
        A=[(100, 100, 50, placed), (100, 100, 50)], B=[(100, 100, 20, placed), (50, 50, 20)]
    )
    catalogue = _cartons((100, 100, 100))
    policy = Policy(max_empty_space=0.5, max_empty_space_basis="inner")
    result = packopt.recommend(orders, catalogue, policy)
    assert _verdicts(result) == {"A": "optimal", "B": "unpackable"}
    assert _reasons(result, "B") == {"C0": "policy"}
    assert packopt.check(result, orders, catalogue) == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"max_empty_space": -0.1}, "max_empty_space: found -0.1, expected a number from 0 to 1"),
        ({"max_empty_space": 1.5}, "max_empty_space: found 1.5"),
        ({"max_empty_space": "half"}, "max_empty_space: found 'half'"),
        ({"max_empty_space": float("nan")}, "max_empty_space: found nan"),
        ({"max_empty_space": True}, "max_empty_space: found True"),
        (
            {"max_empty_space_basis": "middle"},
            "max_empty_space_basis: found 'middle', expected one",
        ),
    ],
)
def test_a_limit_that_is_none_is_refused(field: Row, message: str) -> None:
    """A share from 0 to 1, of the outer or the inner volume."""
    with pytest.raises(PolicyError, match=message):
        Policy(**field)


def test_the_limit_stands_in_policy_files(tmp_path: Path) -> None:
    """It is read from TOML, and told with the result."""
    path = tmp_path / "policy.toml"
    path.write_text('max_empty_space = 0.5\nmax_empty_space_basis = "inner"\n', encoding="utf-8")
    policy = Policy.from_file(path)
    assert (policy.max_empty_space, policy.max_empty_space_basis) == (0.5, "inner")
    assert Policy.from_dict(policy.to_dict()) == policy
