"""The limit of empty space, by example: what it means, what it bars, what it goes with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import packopt
from packopt.catalogue import Catalogue
from packopt.datasets import demo_orders_path
from packopt.empty_space import least_content_mm3
from packopt.errors import PolicyError
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.tables import TABLES
from snug import SIDES, Row, cartons_of, orders_of, package_row, reasons_of, table_of, verdicts_of


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
    orders, catalogue = orders_of(A=[(100, 100, 100)]), cartons_of((200, 100, 100))
    result = packopt.recommend(
        orders, catalogue, Policy(max_empty_space=limit, max_empty_space_basis=basis)
    )
    assert result.orders["package_id"].to_pylist() == [package]
    assert verdicts_of(result) == {"A": verdict}
    assert packopt.check(result, orders, catalogue) == []


def test_an_order_gets_the_cheapest_package_that_keeps_the_limit() -> None:
    """A roomy package that is cheaper is ruled out by policy, and a snug one is taken."""
    orders = orders_of(A=[(100, 100, 100)])
    roomy = package_row("roomy", "carton", 300, 300, 300, unit_cost=1.0, currency="EUR")
    snug = package_row("snug", "carton", 110, 110, 110, unit_cost=5.0, currency="EUR")
    catalogue = Catalogue.from_table(table_of([roomy, snug]))
    free = packopt.recommend(orders, catalogue, Policy(objective="cost"))
    assert free.orders["package_id"].to_pylist() == ["roomy"]
    policy = Policy(objective="cost", max_empty_space=0.5)
    result = packopt.recommend(orders, catalogue, policy)
    assert result.orders["package_id"].to_pylist() == ["snug"]
    assert reasons_of(result, "A") == {"roomy": "policy"}
    assert verdicts_of(result) == {"A": "optimal"}
    assert packopt.check(result, orders, catalogue) == []
    told = packopt.explain(result, orders, catalogue, "A")
    assert "96.6% of its outer volume would be empty, more than the 50.0% that the policy" in told


def test_what_only_fits_too_loosely_is_unpackable_and_says_so() -> None:
    """The unit is named as fitting nothing, by policy."""
    orders, catalogue = orders_of(A=[(50, 50, 50)]), cartons_of((200, 200, 200), (100, 100, 100))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5))
    assert verdicts_of(result) == {"A": "unpackable"}
    assert set(reasons_of(result, "A").values()) == {"policy"}
    assert [row["reason"] for row in result.unpacked.to_pylist()] == ["policy"]
    assert packopt.check(result, orders, catalogue) == []
    assert "more than the 50.0% that the policy allows" in packopt.explain(
        result, orders, catalogue, "A"
    )


def test_every_parcel_of_a_split_keeps_the_limit_by_its_own_content() -> None:
    """Three cubes, two of which fill a box: the third may not lie in such a box alone."""
    box = cartons_of((100, 100, 200))
    orders = orders_of(A=[(100, 100, 100)] * 3)
    free = packopt.recommend(orders, box)
    assert free.parcels["units"].to_pylist() == [2, 1]
    result = packopt.recommend(
        orders, box, Policy(max_empty_space=0.4, max_empty_space_basis="inner")
    )
    assert verdicts_of(result) == {"A": "unpackable"}
    assert packopt.check(result, orders, box) == []
    # With a box for one, two and one are the answer, and proved.
    both = cartons_of((100, 100, 200), (100, 100, 100))
    result = packopt.recommend(
        orders, both, Policy(max_empty_space=0.4, max_empty_space_basis="inner")
    )
    assert verdicts_of(result) == {"A": "optimal"}
    assert sorted(result.parcels["package_id"].to_pylist()) == ["C0", "C1"]
    assert packopt.check(result, orders, both) == []


def test_units_that_need_each_other_travel_together() -> None:
    """Two small units fill a box that neither may have alone: one parcel, and never two."""
    catalogue = cartons_of((100, 100, 100), (100, 100, 99))
    orders = orders_of(A=[(100, 100, 45)] * 2, B=[(100, 100, 45)] * 3)
    policy = Policy(max_empty_space=0.3, max_empty_space_basis="inner", parcel_price=0.0)
    result = packopt.recommend(orders, catalogue, policy)
    assert verdicts_of(result) == {"A": "optimal", "B": "unpackable"}
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
    names = ("qty", *SIDES, "max_load_g", "min_height_mm", "padding_mm")
    rows = [
        {"order_id": "A", "sku": f"s{number}"} | dict(zip(names, unit, strict=True))
        for number, unit in enumerate(units)
    ]
    orders, catalogue = Orders.from_table(table_of(rows)), packopt.builtin_catalogue("usps")
    policy = Policy(effort="fast", min_support=0.8, max_empty_space=0.5)
    result = packopt.recommend(orders, catalogue, policy)
    assert verdicts_of(result)["A"] in ("optimal", "feasible")
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
        verdicts.append(list(verdicts_of(result).values()))
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
    orders = orders_of(A=[(100, 100, 100)])
    catalogue = cartons_of((110, 110, 110), (105, 105, 105))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5, objective="volume"))
    assert reasons_of(result, "A") == {}
    row = {"order_id": "A", "package_id": "C1", "reason": "policy"}
    parcels = result.parcels.to_pylist()
    assert parcels[0]["package_id"] == "C1"
    larger = packopt.recommend(orders, cartons_of((110, 110, 110)), result.policy)
    forged = replace(
        larger,
        ruled_out=pa.Table.from_pylist([row], schema=larger.ruled_out.schema),
        catalogue_digest=catalogue.digest,
    )
    assert "reason_policy" in {one.code for one in packopt.check(forged, orders, catalogue)}


def test_large_parts_keep_the_limit_too() -> None:
    """Two dozen different units take a cover of many parcels, each of them full enough."""
    rng = np.random.default_rng(7)
    units = [tuple(int(side) for side in rng.integers(40, 120, 3)) for _ in range(24)]
    orders = orders_of(A=units)
    catalogue = cartons_of((250, 200, 150), (200, 150, 120), (140, 120, 110))
    for limit in (0.6, 0.5):
        result = packopt.recommend(orders, catalogue, Policy(effort="fast", max_empty_space=limit))
        assert all(share <= limit for share in result.parcels["empty_space_outer"].to_pylist())
        assert packopt.check(result, orders, catalogue) == []
        assert verdicts_of(result)["A"] in ("feasible", "optimal", "undecided")
    loose = packopt.recommend(orders, catalogue, Policy(effort="fast", max_empty_space=0.6))
    assert loose.parcels.num_rows > 1


def test_stock_and_the_limit_go_together() -> None:
    """What is left may be too large, and then it is not taken."""
    orders = orders_of(A=[(100, 100, 100)], B=[(100, 100, 100)])
    snug = package_row("snug", "carton", 105, 105, 105, tare_g=9.0, stock="1")
    roomy = package_row("roomy", "carton", 300, 300, 300, tare_g=99.0)
    catalogue = Catalogue.from_table(table_of([snug, roomy]))
    result = packopt.recommend(orders, catalogue, Policy(max_empty_space=0.5))
    assert verdicts_of(result) == {"A": "optimal", "B": "unpackable"}
    assert reasons_of(result, "B") == {"snug": "stock", "roomy": "policy"}
    assert packopt.check(result, orders, catalogue) == []


def test_a_package_that_is_given_has_to_keep_the_limit_too() -> None:
    """What lies in it and what goes in count together."""
    placed = {f"placed_{axis}_mm": 0 for axis in "xyz"} | {"placed_in": "C0"}
    orders = orders_of(
        A=[(100, 100, 50, placed), (100, 100, 50)], B=[(100, 100, 20, placed), (50, 50, 20)]
    )
    catalogue = cartons_of((100, 100, 100))
    policy = Policy(max_empty_space=0.5, max_empty_space_basis="inner")
    result = packopt.recommend(orders, catalogue, policy)
    assert verdicts_of(result) == {"A": "optimal", "B": "unpackable"}
    assert reasons_of(result, "B") == {"C0": "policy"}
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
