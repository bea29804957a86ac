"""Admission: orders that name what neither the catalogue nor the policy knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.admission import admit
from packopt.bans import Ban
from packopt.catalogue import Catalogue
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.tables import REJECTS
from test_catalogue import CARTON_ROW, MAILER_ROW, catalogue
from test_new_columns_bad import LINE, PLACED, table

PACKAGES = catalogue(CARTON_ROW, MAILER_ROW)
SITED = catalogue(CARTON_ROW | {"sites": "Köln;Bonn"}, MAILER_ROW)
APART = Policy(incompatible=(("food", "chemicals"),), goods_classes=("toys",))


def judged(
    *changes: dict[str, Any], catalogue: Catalogue = PACKAGES, policy: Policy = APART
) -> tuple[list[str], list[tuple[int, str, str, str, str]]]:
    """Admitted orders, and row, order, field, value and finding of each reject."""
    orders = Orders.from_table(table(*changes))
    assert orders.rejects.num_rows == 0
    admitted, rejects = admit(orders, catalogue, policy)
    assert rejects.schema == REJECTS
    rows = []
    for reject in rejects.to_pylist():
        found, expected = reject["reason"].split("; expected ")
        assert expected
        assert reject["hint"].endswith(".")
        place = (reject["row"], reject["order_id"], reject["field"], reject["value"])
        rows.append((*place, found.removeprefix("found ")))
    return admitted.order_ids.to_pylist(), rows


def test_without_words_to_judge_the_orders_are_the_same_object() -> None:
    """The common case costs nothing."""
    orders = Orders.from_table(table({}, {"order_id": "B"}))
    for packages in (PACKAGES, SITED):
        for policy in (Policy(), APART):
            admitted, rejects = admit(orders, packages, policy)
            assert admitted is orders
            assert rejects.equals(REJECTS.empty_table())


def test_known_words_are_admitted() -> None:
    """And so are those that nobody asks about, and lines that say nothing."""
    fine: list[dict[str, Any]] = [
        {"goods_class": "Food", "site": "Köln"},
        {"goods_class": "TOYS", "site": None},
        {"order_id": "B", "goods_class": None, "site": "Bonn"},
        {"order_id": "C", "goods_class": "chemicals", "site": "Köln"},
    ]
    assert judged(*fine, catalogue=SITED) == (["A", "B", "C"], [])
    strange = {"goods_class": "fod", "site": "Wien"}
    assert judged(strange, policy=Policy(goods_classes=("food",))) == (["A"], [])


def test_unknown_classes_of_goods_are_rejected_with_the_one_that_was_meant() -> None:
    """A misspelt class would travel with what it must never meet."""
    orders = Orders.from_table(
        table({"goods_class": "toys"}, {"order_id": "B", "goods_class": "Chemcials"}, {})
    )
    admitted, rejects = admit(orders, PACKAGES, APART)
    assert admitted.order_ids.to_pylist() == ["A"]
    assert rejects.to_pylist() == [
        {
            "row": 2,
            "order_id": "B",
            "field": "goods_class",
            "value": "chemcials",
            "reason": "found a class of goods that the policy does not know; "
            "expected one of chemicals, food, toys",
            "hint": "Did you mean chemicals? Correct it, or add it to goods_classes of the policy.",
        }
    ]


def test_unknown_sites_are_rejected_where_packages_have_sites() -> None:
    """Nothing could ever be packed there."""
    lines = [{"site": "Koln"}, {"order_id": "B", "site": "Bonn"}, {"order_id": "C", "site": "X"}]
    assert judged(*lines) == (["A", "B", "C"], [])
    found = "a site that no package of the catalogue names"
    assert judged(*lines, catalogue=SITED) == (
        ["B"],
        [(1, "A", "site", "Koln", found), (3, "C", "site", "X", found)],
    )


def test_unknown_temperatures_are_rejected_with_the_one_that_was_meant() -> None:
    """They would shut an order out of every package; usual words may do that, and are no slip."""
    words = ["chiled", "Frozen", "deep", "AMBIANT", "Deep ", "Ambient", None]
    lines = [{"order_id": str(n), "temperature": word} for n, word in enumerate(words)]
    found = "a temperature that no package of the catalogue names"
    spelt = [(1, "0", "temperature", "chiled", found), (4, "3", "temperature", "ambiant", found)]
    deep = [(row, str(row - 1), "temperature", "deep", found) for row in (3, 5)]
    assert judged(*lines) == (["1", "5", "6"], sorted(spelt + deep))
    cold = catalogue(CARTON_ROW | {"temperature": "Deep; ambient"}, MAILER_ROW)
    assert judged(*lines, catalogue=cold) == (["1", "2", "4", "5", "6"], spelt)
    rejects = admit(Orders.from_table(table(*lines)), cold, APART)[1].to_pylist()
    hint = "Correct it, or add it to temperature of the catalogue."
    assert [reject["hint"] for reject in rejects] == [
        f"Did you mean {word}? {hint}" for word in ("chilled", "ambient")
    ]


BANNED = [Ban(region, dt.date(2026, 1, 1), plastic=True) for region in ("GERMANY", "KR", "US-CA")]


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        *[("Gremany", "GERMANY"), ("k r", "KR"), ("KR.", "KR"), ("US CA", "US-CA")],
        *[("Germany", None), ("KP", None), ("FR", None), ("US-CO", None), (None, None)],
    ],
)
def test_a_region_that_is_nearly_one_with_a_ban_is_noted(
    region: str | None, meant: str | None
) -> None:
    """It may well be another one, so the order is answered; but the ban does not apply to it."""
    orders = Orders.from_table(table({"region": region}, {"order_id": "B", "region": region}))
    admitted, rejects = admit(orders, PACKAGES, Policy(bans=tuple(BANNED)))
    assert (admitted.n_orders, rejects.num_rows) == (2, 0)
    note = (
        f"region: found {str(region).upper()!r}, which no ban of the policy names, so none "
        f"applies (orders: 2); did you mean {meant!r}?"
    )
    assert admitted.notes == (orders.notes if meant is None else (*orders.notes, note))
    assert admit(admitted, PACKAGES, Policy(bans=tuple(BANNED)))[0] is admitted
    assert admit(orders, PACKAGES, Policy())[0] is orders


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"placed_in": "C2"}, "a package that is not in the catalogue"),
        ({"placed_in": "P1"}, "a package without a fixed inside"),
        ({"placed_in": "M1"}, "a package without a fixed inside"),
        ({"placed_x_mm": 101}, "a unit that sticks out of package 'C1'"),
        ({"placed_y_mm": 71}, "a unit that sticks out of package 'C1'"),
        ({"placed_z_mm": 41}, "a unit that sticks out of package 'C1'"),
        ({"placed_in": "A1", "placed_z_mm": 41}, "a unit that sticks out of package 'A1'"),
    ],
)
def test_packages_that_cannot_be_part_filled_so_are_rejected(
    change: dict[str, Any], found: str
) -> None:
    """A carton of 200 x 150 x 100 mm holds a unit of 100 x 80 x 60 mm up to a corner."""
    packages = catalogue(
        CARTON_ROW,
        MAILER_ROW,
        CARTON_ROW | {"package_id": "A1", "kind": "adjustable", "min_height_mm": 50},
        CARTON_ROW
        | {"package_id": "M1", "kind": "made_to_measure", "step_mm": 1}
        | {"min_length_mm": 9, "min_width_mm": 9, "min_height_mm": 9},
    )
    corner = PLACED | {"placed_in": "C1", "placed_x_mm": 100, "placed_y_mm": 70, "placed_z_mm": 40}
    kept, rejects = judged(
        {}, {"order_id": "B"} | corner | change, {"order_id": "C"} | corner, catalogue=packages
    )
    assert kept == ["A", "C"]
    (reject,) = rejects
    assert reject[:2] == (2, "B")
    assert reject[2] in ("placed_in", "placed_x")
    assert reject[4] == found
    assert judged(corner | {"placed_in": "A1"}, catalogue=packages) == (["A"], [])


def test_units_that_stay_together_must_not_be_of_incompatible_classes() -> None:
    """Only within an order and a word, and only where the policy keeps them apart."""
    food = {"keep_together": "k", "goods_class": "food"}
    acid = {"keep_together": "k", "goods_class": "chemicals"}
    found = "units that stay together, of the incompatible classes food and chemicals"
    other = acid | {"order_id": "B"}
    assert judged(food, acid | {"keep_together": "l"}, other) == (["A", "B"], [])
    assert judged(food, acid, other) == (["B"], [(2, "A", "goods_class", "chemicals", found)])
    assert judged(food, acid, policy=Policy()) == (["A"], [])


def test_units_of_a_class_that_is_apart_from_itself_cannot_stay_together() -> None:
    """Not even two units of one line; one alone, with units of other classes, can."""
    policy = Policy(incompatible=(("battery", "battery"),))
    battery = {"keep_together": "k", "goods_class": "battery"}
    assert judged(battery | {"qty": 1}, {"keep_together": "k"}, policy=policy) == (["A"], [])
    assert judged(battery | {"qty": 2}, policy=policy)[0] == []
    one = battery | {"qty": 1}
    kept, rejects = judged(one, one, one | {"order_id": "B"}, policy=policy)
    assert (kept, [reject[:3] for reject in rejects]) == (
        ["B"],
        [(1, "A", "goods_class"), (2, "A", "goods_class")],
    )


def test_rejects_and_notes_of_the_input_stay_with_the_orders() -> None:
    """The new rejects are handed over beside them; rows are those of the input."""
    orders = Orders.from_table(
        table(
            {"order_id": "X", "qty": 0},
            {"goods_class": "fod"},
            {"order_id": "B", "colour": "red", "goods_class": "food"},
            {"goods_class": "food"},
        )
    )
    admitted, rejects = admit(orders, PACKAGES, APART)
    assert (admitted.notes, admitted.rejects) == (orders.notes, orders.rejects)
    assert rejects["row"].to_pylist() == [2]
    assert (admitted.order_ids.to_pylist(), admitted.row.tolist()) == (["B"], [3])


def test_many_strange_words_are_told_all_the_same() -> None:
    """Advice is looked up for the first ones only."""
    lines = [{"order_id": f"O{n}", "goods_class": f"food{n}"} for n in range(50)]
    kept, rejects = judged(*lines, {"order_id": "good", "goods_class": "food"})
    assert kept == ["good"]
    assert [reject[:4] for reject in rejects] == [
        (n + 1, f"O{n}", "goods_class", f"food{n}") for n in range(50)
    ]


words = st.sampled_from([None, "food", "chemicals", "toys", "fod", "Köln", "C1", "x"])
rows = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["A", "B", "C", "D"]),
        "qty": st.integers(1, 2),
        "goods_class": words,
        "site": words,
        "keep_together": st.sampled_from([None, "k"]),
    }
)


@given(st.lists(rows, min_size=1, max_size=8), st.lists(rows, max_size=2))
def test_admission_is_judged_order_by_order(
    lines: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    """Every order is admitted whole or rejected, and other orders do not matter to it."""
    both = Orders.from_table(table(*lines, *({**row, "order_id": "Z"} for row in more)))
    admitted, rejects = admit(both, SITED, APART)
    assert set(rejects["order_id"].to_pylist()).isdisjoint(admitted.order_ids.to_pylist())
    singly = []
    for i in range(both.n_orders):
        one, _ = admit(both.slice(i, i + 1), SITED, APART)
        singly += one.order_ids.to_pylist()
    assert admitted.order_ids.to_pylist() == singly
    again, none = admit(admitted, SITED, APART)
    assert (again is admitted, none.num_rows) == (True, 0)
    assert np.isin(admitted.row, both.row).all()
    assert LINE["sku"] in both.skus.to_pylist() or both.n_orders == 0
