"""Tolerances: which sizes are packed, and what is said of the others."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import packopt
from packopt.catalogue import Catalogue
from packopt.check import check
from packopt.cli import app
from packopt.errors import PolicyError
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.recommend import recommend
from packopt.recommendations import Recommendations
from packopt.tables import FITS
from packopt.tolerances import LARGEST, SMALLEST, STATED, orders_at, packed_orders, with_tolerance

LARGE, AS_STATED = Policy(tolerance="largest"), Policy(tolerance="stated")


def cube(order_id: str, side: int, tolerance: int | None, qty: int = 1, **more: Any) -> dict:
    """A line of cubes."""
    sides = {"length_mm": side, "width_mm": side, "height_mm": side}
    return (
        {"order_id": order_id, "sku": "cube", "qty": qty, "tolerance_mm": tolerance} | sides | more
    )


def orders_of(*lines: dict[str, Any]) -> Orders:
    """Orders of these lines, all accepted."""
    names = dict.fromkeys(name for line in lines for name in line)
    orders = Orders.from_table(
        pa.table({name: pa.array([line.get(name) for line in lines]) for name in names})
    )
    assert orders.rejects.num_rows == 0
    return orders


def cartons(*packages: tuple[str, int, int, int], **more: Any) -> Catalogue:
    """Cartons by name and inner sides."""
    names = ("package_id", "length_mm", "width_mm", "height_mm")
    return Catalogue.from_table(
        pa.Table.from_pylist(
            [{"kind": "carton"} | dict(zip(names, one, strict=True)) | more for one in packages]
        )
    )


TWO = cartons(("S", 100, 100, 100), ("L", 200, 100, 100))


def told(result: Recommendations, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of the orders."""
    return [tuple(row.values()) for row in result.orders.select(list(columns)).to_pylist()]


ORDERS = (
    cube("surely", 98, 1),
    cube("exact", 100, 2),
    cube("smaller", 101, 2),
    cube("cannot", 110, 2),
    cube("none", 98, None),
    cube("two", 99, 2, qty=2),
    cube("split", 98, 2, qty=5),
)


def test_units_are_packed_at_their_largest_so_that_they_fit_surely() -> None:
    """What is ruled out is ruled out for the largest sizes, and the answer says so."""
    orders = orders_of(*ORDERS)
    result = recommend(orders, TWO, LARGE)
    assert told(result, "order_id", "verdict", "parcels", "sizes", "fit") == [
        ("surely", "optimal", 1, "largest", "surely"),
        ("exact", "unpackable", 0, "largest", "if_exact"),
        ("smaller", "unpackable", 0, "largest", "if_smaller"),
        ("cannot", "unpackable", 0, "largest", "cannot"),
        ("none", "optimal", 1, None, None),
        ("two", "unpackable", 0, "largest", "if_exact"),
        ("split", "optimal", 3, "largest", "surely"),
    ]
    first = result.placements.slice(0, 1).to_pylist()[0]
    assert (first["dx_mm"], first["dy_mm"], first["dz_mm"]) == (99, 99, 99)
    assert check(result, orders, TWO) == []


def test_as_stated_the_verdict_on_the_largest_sizes_comes_along() -> None:
    """Plans and proofs are those without tolerances, to the letter."""
    orders = orders_of(*ORDERS)
    result = recommend(orders, TWO, AS_STATED)
    assert told(result, "order_id", "package_id", "parcels", "sizes", "fit") == [
        ("surely", "S", 1, "stated", "surely"),
        ("exact", "S", 1, "stated", "if_exact"),
        ("smaller", None, 0, "stated", "if_smaller"),
        ("cannot", None, 0, "stated", "cannot"),
        ("none", "S", 1, None, None),
        ("two", "L", 1, "stated", "if_exact"),
        ("split", None, 3, "stated", "surely"),
    ]
    assert check(result, orders, TWO) == []
    plain = recommend(orders_of(*(line | {"tolerance_mm": None} for line in ORDERS)), TWO)
    for name in ("parcels", "placements", "ruled_out", "unpacked"):
        assert getattr(result, name).equals(getattr(plain, name)), name


def test_without_tolerances_nothing_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such orders cost what they cost before."""
    from packopt import fits

    monkeypatch.setattr(fits, "orders_at", None)
    orders = orders_of(cube("a", 98, None), cube("b", 98, 0))
    for policy in (LARGE, AS_STATED):
        assert packed_orders(orders, policy) is orders
        assert told(recommend(orders, TWO, policy), "sizes", "fit") == [(None, None)] * 2


def test_the_policy_has_a_tolerance_for_lines_that_state_none() -> None:
    """A stated 0 stays exact."""
    orders = orders_of(cube("a", 98, None), cube("b", 98, 0), cube("c", 95, 4))
    policy = replace(LARGE, default_tolerance_mm=2)
    assert packed_orders(orders, policy).size_mm[:, 0].tolist() == [100, 98, 99]
    assert with_tolerance(orders, policy).tolist() == [True, False, True]
    assert told(recommend(orders, TWO, policy), "fit") == [("surely",), (None,), ("surely",)]


def test_sizes_go_up_and_down_and_stay_possible() -> None:
    """At least 1 mm; steps of nests and heights that are pressed to are off by as much as sides."""
    orders = orders_of(
        cube("a", 3, 5),
        cube("b", 50, 20, qty=2, nest_height_mm=40),
        cube("c", 50, 20, min_height_mm=45),
    )
    for policy in (LARGE, AS_STATED):
        packed = packed_orders(orders, policy)
        assert orders_at(packed, policy, LARGEST).size_mm[:, 2].tolist() == [8, 70, 70]
        assert orders_at(packed, policy, STATED).size_mm.tolist() == orders.size_mm.tolist()
        smallest = orders_at(packed, policy, SMALLEST)
        assert smallest.size_mm.tolist() == [[1] * 3, [30] * 3, [30] * 3]
        assert smallest.min_height_mm.tolist() == [0, 0, 25]
        assert smallest.nest_height_mm.tolist() == [0, 20, 0]
        stated = orders_at(packed, policy, STATED)
        assert stated.min_height_mm.tolist() == orders.min_height_mm.tolist()
        assert stated.nest_height_mm.tolist() == orders.nest_height_mm.tolist()


def test_a_nest_is_off_by_the_tolerance_at_every_unit() -> None:
    """Fifteen cups of 48 mm with steps of 10 take 188 mm as stated, and 218 at their largest."""
    orders = orders_of(cube("a", 48, 2, qty=15, nest_height_mm=10))
    rules = {"max_parcels": 1}
    for height, largest, stated in (
        (217, "if_exact", "if_exact"),
        (218, "surely", "surely"),
        (157, "cannot", "cannot"),
        (158, "if_smaller", "if_smaller"),
    ):
        packages = cartons(("S", 50, 50, height))
        for policy, word in ((LARGE, largest), (AS_STATED, stated)):
            result = recommend(orders, packages, replace(policy, **rules))
            assert told(result, "fit") == [(word,)], height
            assert check(result, orders, packages) == []


def test_a_pressed_height_is_off_by_the_tolerance() -> None:
    """A unit that is pressed to 15 mm, or to 18, does not surely slip into 16."""
    row = {
        "package_id": "M",
        "kind": "mailer",
        "length_mm": 300,
        "width_mm": 200,
        "max_thickness_mm": 16,
    }
    mailers = Catalogue.from_table(pa.Table.from_pylist([row]))
    for pressed, word in ((13, "surely"), (15, "if_exact"), (18, "if_smaller"), (20, "cannot")):
        orders = orders_of(cube("a", 60, 3, min_height_mm=pressed))
        for policy in (LARGE, AS_STATED):
            result = recommend(orders, mailers, policy)
            assert told(result, "fit") == [(word,)], pressed
            assert check(result, orders, mailers) == []


def test_padding_has_no_tolerance() -> None:
    """A padded side is its own size, more or less, and twice the padding."""
    orders = orders_of(cube("a", 90, 1, padding_mm=4), cube("b", 90, 2, padding_mm=4))
    carton = cartons(("S", 99, 99, 99))
    for policy in (LARGE, AS_STATED):
        assert told(recommend(orders, carton, policy), "fit") == [("surely",), ("if_exact",)]


def test_tolerances_do_not_count_as_content_under_a_limit_of_empty_space() -> None:
    """The limit is held at stated sizes; packed at their largest, such orders are refused."""
    orders = orders_of(cube("off", 98, 12), cube("exact", 110, 0))
    box = cartons(("S", 120, 120, 120))
    result = recommend(orders, box, replace(LARGE, max_empty_space=0.4))
    assert told(result, "order_id", "verdict") == [("exact", "optimal")]
    (reject,) = result.rejects.to_pylist()
    assert (reject["order_id"], reject["field"]) == ("off", "tolerance_mm")
    assert 'tolerance = "stated"' in reject["hint"]
    assert check(result, orders, box) == []
    result = recommend(orders, box, replace(AS_STATED, max_empty_space=0.4))
    assert told(result, "verdict", "fit") == [("unpackable", "unknown"), ("optimal", None)]
    assert check(result, orders, box) == []
    assert recommend(orders, box, replace(LARGE, max_empty_space=1)).rejects.num_rows == 0


def test_a_policy_does_not_count_its_own_tolerance_as_content() -> None:
    """A limit of empty space beside a default tolerance needs stated sizes."""
    with pytest.raises(PolicyError, match="tolerance: found 'largest' beside max_empty_space"):
        Policy(max_empty_space=0.5, default_tolerance_mm=2)
    assert Policy(max_empty_space=0.5, default_tolerance_mm=2, tolerance="stated")


@pytest.mark.parametrize(
    ("side", "tolerance", "inner", "limit", "word"),
    [
        (100, 20, 130, 0.5, "unknown"),  # too empty as stated, full enough at the largest
        (125, 25, 120, 0.4, "unknown"),  # a cube of 115 mm would do, one of 100 mm is too small
        (125, 10, 120, 0.4, "if_smaller"),
        (125, 4, 120, 0.4, "cannot"),
    ],
)
def test_a_limit_of_empty_space_proves_nothing_of_other_sizes(
    side: int, tolerance: int, inner: int, limit: float, word: str
) -> None:
    """It refuses small content and takes larger; only what is too large can never fit."""
    orders, box = orders_of(cube("a", side, tolerance)), cartons(("S", inner, inner, inner))
    result = recommend(orders, box, replace(AS_STATED, max_empty_space=limit))
    assert told(result, "verdict", "fit") == [("unpackable", word)]
    assert check(result, orders, box) == []


def test_a_rule_that_smaller_units_break_proves_nothing_of_other_sizes() -> None:
    """Two feet of 75 mm do not carry a lid of 80 mm as wide as it is; feet of 80 mm would."""
    lid = cube("a", 100, 0, length_mm=200, width_mm=80, fragile=True)
    lid |= {"sku": "lid", "orientation": "fixed"}
    foot = cube("a", 100, 5, qty=2, width_mm=80, orientation="fixed") | {"sku": "foot"}
    box = cartons(("S", 200, 80, 200))
    rules = replace(LARGE, min_support=1.0, max_parcels=1)
    for policy in (rules, replace(rules, tolerance="stated")):
        orders = orders_of(lid, foot | {"length_mm": 105})
        result = recommend(orders, box, policy)
        assert told(result, "verdict", "fit") == [("unpackable", "unknown")]
        assert check(result, orders, box) == []
        exact = orders_of(lid, foot | {"tolerance_mm": 0})
        assert told(recommend(exact, box, policy), "verdict") == [("optimal",)]


@pytest.mark.parametrize(("side", "codes"), [(104, set()), (102, {"fit"})])
def test_the_checker_refutes_that_nothing_holds_an_order(side: int, codes: set[str]) -> None:
    """With one carton a unit, each at its smallest: 102 - 2 mm fit 100 mm, and 104 - 2 do not."""
    orders = orders_of(cube("a", side, 2, qty=3))
    result = recommend(orders, TWO, LARGE)
    at = result.orders.schema.get_field_index("fit")
    field = result.orders.schema.field(at)
    claim = pa.array(["cannot"]).dictionary_encode().cast(field.type)
    spoilt = replace(result, orders=result.orders.set_column(at, field, claim))
    assert {one.code for one in check(spoilt, orders, TWO)} == codes


def test_what_lies_in_a_package_already_is_as_large_as_it_is() -> None:
    """Two placed units that touch would overlap at their largest."""
    placed = {"placed_in": "L", "placed_y_mm": 0, "placed_z_mm": 0}
    orders = orders_of(
        cube("a", 60, 2, **placed, placed_x_mm=0),
        cube("a", 60, 2, **placed, placed_x_mm=60),
        cube("a", 60, 2),
    )
    for policy in (LARGE, AS_STATED):
        result = recommend(orders, TWO, policy)
        assert told(result, "package_id", "fit") == [("L", "surely")]
        assert check(result, orders, TWO) == []


def test_own_containers_fit_surely_and_made_boxes_only_as_they_are_made() -> None:
    """A box that was made for the stated sizes would have to be made larger."""
    row = {
        "package_id": "M",
        "kind": "made_to_measure",
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 200,
        "min_length_mm": 50,
        "min_width_mm": 50,
        "min_height_mm": 50,
        "step_mm": 1,
    }
    made = Catalogue.from_table(pa.Table.from_pylist([row]))
    orders = orders_of(cube("a", 90, 2), cube("b", 90, 2, own_container=True))
    result = recommend(orders, made, AS_STATED)
    assert told(result, "fit") == [("if_exact",), ("surely",)]
    assert check(result, orders, made) == []
    result = recommend(orders, made, LARGE)
    assert told(result, "fit") == [("surely",), ("surely",)]
    assert check(result, orders, made) == []


def test_fits_hold_at_any_sizes_within_the_tolerance() -> None:
    """Sampled: what fits surely fits at any size, and what cannot fits at none."""
    dice = random.Random(11)
    lines = [
        {
            "order_id": f"o{at // 3}",
            "sku": f"s{at}",
            "qty": dice.randint(1, 2),
            "length_mm": dice.randint(60, 160),
            "width_mm": dice.randint(40, 110),
            "height_mm": dice.randint(20, 90),
            "tolerance_mm": dice.randint(0, 12),
        }
        for at in range(240)
    ]
    packages = cartons(("A", 130, 100, 80), ("B", 170, 110, 90), ("C", 200, 120, 110))
    orders, rules = orders_of(*lines), {"max_parcels": 1}
    seen: set[str | None] = set()
    for policy in (replace(LARGE, **rules), replace(AS_STATED, **rules)):
        result = recommend(orders, packages, policy)
        assert check(result, orders, packages) == []
        fit = result.orders["fit"].to_pylist()
        seen |= set(fit)
        shift = np.array([dice.randint(-100, 100) for _ in range(3 * orders.n_lines)]) / 100
        moved = orders.size_mm + shift.reshape(-1, 3) * np.maximum(orders.tolerance_mm, 0)[:, None]
        other = replace(
            orders,
            size_mm=np.maximum(np.round(moved), 1).astype(np.int32),
            tolerance_mm=np.full(orders.n_lines, -1, np.int32),
        )
        for at, word in enumerate(fit):
            if word == "surely":
                name = result.orders["package_id"][at].as_py()
                only = packages.take(np.array([packages.package_ids.index(name)]))
                (verdict,) = recommend(other.slice(at, at + 1), only).orders["verdict"].to_pylist()
                assert verdict == "optimal"
            elif word == "cannot":
                again = recommend(other.slice(at, at + 1), packages, Policy(max_parcels=1))
                assert again.orders["verdict"].to_pylist() == ["unpackable"]
    assert {"surely", "if_exact", "if_smaller", "cannot"} <= seen


def test_threads_and_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits are told batch by batch, and each is about its own orders."""

    import sys

    orders = orders_of(*ORDERS)
    whole = [recommend(orders, TWO, policy) for policy in (LARGE, AS_STATED)]
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 2)
    for policy, one in zip((LARGE, AS_STATED), whole, strict=True):
        again = recommend(orders, TWO, policy, threads=2)
        assert again.orders.to_pylist() == one.orders.to_pylist()


def test_stock_that_ran_out_says_nothing_about_sizes() -> None:
    """The second order finds no package left; its size is not at fault."""
    stocked = cartons(("S", 100, 100, 100), stock="1")
    orders = orders_of(cube("a", 98, 1), cube("b", 98, 1))
    result = recommend(orders, stocked, LARGE)
    assert told(result, "verdict", "fit") == [("optimal", "surely"), ("unpackable", "if_exact")]
    assert check(result, orders, stocked) == []


@pytest.mark.parametrize("policy", [LARGE, AS_STATED], ids=lambda policy: policy.tolerance)
@pytest.mark.parametrize("column", ["sizes", "fit"])
def test_the_checker_notices_what_cannot_be_said(policy: Policy, column: str) -> None:
    """Every other word for a planned order is a violation, but one that is only less sure."""
    orders = orders_of(cube("exact", 100, 2))
    catalogue = cartons(("S", 100, 100, 100), ("L", 105, 105, 105))
    result = recommend(orders, catalogue, policy)
    (right,) = result.orders[column].to_pylist()
    assert right == {"sizes": policy.tolerance, "fit": "surely"}.get(column) or right == "if_exact"
    at = result.orders.schema.get_field_index(column)
    field = result.orders.schema.field(at)
    others = {"stated", "largest", None} if column == "sizes" else {*FITS, None}
    for wrong in sorted(others - {right}, key=str):
        words = pa.array([wrong], pa.string()).dictionary_encode().cast(field.type)
        spoilt = replace(result, orders=result.orders.set_column(at, field, words))
        assert {one.code for one in check(spoilt, orders, catalogue)} == {"fit"}, wrong


@pytest.mark.parametrize(
    ("tolerance", "reason"),
    [(-1, "found too small a number"), (1001, "found too large a number"), ("x", "no number")],
)
def test_a_bad_tolerance_rejects_its_order(tolerance: object, reason: str) -> None:
    """With its field and what was found."""
    lines = [cube("a", 98, 1), cube("b", 98, 1)]
    table = pa.Table.from_pylist(lines).set_column(
        3, "tolerance_mm", pa.array(["1", str(tolerance)])
    )
    (reject,) = Orders.from_table(table).rejects.to_pylist()
    assert (reject["order_id"], reject["field"]) == ("b", "tolerance_mm")
    assert reason in reject["reason"]


def test_size_and_tolerance_together_stay_below_ten_metres() -> None:
    """Beyond that a unit was surely mistaken."""
    table = pa.Table.from_pylist([cube("a", 9_990, 11)])
    (reject,) = Orders.from_table(table).rejects.to_pylist()
    assert reject["reason"].startswith(
        "found a unit that may be too large; expected at most 10,000"
    )


def test_a_policy_refuses_tolerances_that_make_no_sense() -> None:
    """Both faults are told."""
    with pytest.raises(PolicyError, match=r"(?s)tolerance: found 'most'.*default_tolerance_mm"):
        Policy(tolerance="most", default_tolerance_mm=101)  # type: ignore[arg-type]


def test_explain_says_which_sizes_and_how_sure() -> None:
    """In words, and only where there are tolerances."""
    orders = orders_of(*ORDERS)
    result = recommend(orders, TWO, LARGE)
    text = packopt.explain(result, orders, TWO, "exact")
    assert "sizes    the largest, tolerances added" in text
    assert "fit      it would hold at the stated sizes" in text
    assert "sizes    " not in packopt.explain(result, orders, TWO, "none")


def test_the_command_sums_up_how_sure_the_answers_are(tmp_path: Path) -> None:
    """And takes the mode as an option."""
    names = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm", "tolerance_mm")
    rows = [",".join(str(line[name] or "") for name in names) for line in ORDERS]
    orders, packages = tmp_path / "orders.csv", tmp_path / "cartons.csv"
    orders.write_text("\n".join([",".join(names), *rows]), encoding="utf-8")
    packages.write_text(
        "package_id,kind,length_mm,width_mm,height_mm\nS,carton,100,100,100\nL,carton,200,100,100\n",
        encoding="utf-8",
    )
    words = ["recommend", str(orders), "--catalogue", str(packages), "--out", str(tmp_path / "a")]
    run = CliRunner().invoke(app, [*words, "--tolerance", "stated"])
    assert run.exit_code == 0, run.output
    assert "fit: surely 2, if_exact 2, if_smaller 1, cannot 1" in run.output
    assert CliRunner().invoke(app, ["check", str(tmp_path / "a")]).exit_code == 0
