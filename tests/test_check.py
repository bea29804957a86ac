"""The checker: silent about a right result, and never silent about a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from handmade import ANSWERS, LINES, POLICY, Made, add, change, drop, made, make_orders, make_result
from packopt.check import Violation, check
from packopt.recommendations import Recommendations
from packopt.tables import REJECTS

Spoil = Callable[[Made], list[Violation]]


def _codes(violations: list[Violation], order_id: str | None = None) -> set[str]:
    return {
        violation.code
        for violation in violations
        if order_id is None or violation.order_id == order_id
    }


def _check(made: Made, result: Recommendations) -> list[Violation]:
    return check(result, made.orders, made.catalogue)


def _changed(table: str, where: dict[str, Any], **values: Any) -> Spoil:
    return lambda made: _check(made, change(made.result, table, where, **values))


def _dropped(table: str, **where: Any) -> Spoil:
    return lambda made: _check(made, drop(made.result, table, **where))


def _added(table: str, like: dict[str, Any], **values: Any) -> Spoil:
    return lambda made: _check(made, add(made.result, table, like, **values))


def _moved(order_id: str, step: int, **values: Any) -> Spoil:
    return _changed("placements", {"order_id": order_id, "sequence": step}, **values)


def _reason(order_id: str, package_id: str, reason: str) -> Spoil:
    return _changed("ruled_out", {"order_id": order_id, "package_id": package_id}, reason=reason)


def _other_orders(sku: str, **values: Any) -> Spoil:
    """The right result held against orders in which one sku is different."""
    lines = [line | values if line["sku"] == sku else line for line in LINES]
    return lambda made: check(made.result, make_orders(lines), made.catalogue)


def _other_policy(**settings: Any) -> Spoil:
    policy = replace(POLICY, **settings)
    return lambda made: check(made.result, made.orders, made.catalogue, policy)


def _chosen(order_id: str, answer: tuple[Any, ...]) -> Spoil:
    """One order answered differently, with all numbers to match."""

    def spoil(made: Made) -> list[Violation]:
        answers = ANSWERS | {order_id: answer}
        return _check(made, make_result(made.orders, made.catalogue, POLICY, answers))

    return spoil


def _with_digest(made: Made) -> list[Violation]:
    return _check(made, replace(made.result, catalogue_digest="another"))


def _without_plans(made: Made) -> list[Violation]:
    empty = made.result.placements.slice(0, 0)
    return _check(made, replace(made.result, placements=empty))


def _with_reject(made: Made) -> list[Violation]:
    """A result that claims to have turned a line away which the orders accept."""
    one = dict.fromkeys(REJECTS.names) | {"row": 1, "order_id": "stranger"}
    rejects = pa.Table.from_pylist([one], schema=REJECTS)
    return _check(made, replace(made.result, rejects=rejects))


_TILES_IN_L = [("tile", 1, 0, 0, 0, 200, 150, 50), ("tile", 2, 0, 0, 50, 200, 150, 50)]

# For each code: which order is wrong ("" for the result) and how it is spoiled.
PLANTED: list[tuple[str, str, Spoil]] = [
    ("catalogue", "", _with_digest),
    ("rejects", "", _with_reject),
    ("order_missing", "card", _dropped("orders", order_id="card")),
    ("order_repeated", "card", _added("orders", {"order_id": "card"})),
    ("order_unknown", "", _added("orders", {"order_id": "card"}, order_id="nobody")),
    ("order_unknown", "", _added("parcels", {"order_id": "card"}, order_id="nobody")),
    ("order_unknown", "", _added("placements", {"order_id": "card"}, order_id="nobody")),
    ("order_unknown", "", _added("ruled_out", {"order_id": "twins"}, order_id="nobody")),
    ("package_unknown", "card", _changed("parcels", {"order_id": "card"}, package_id="X")),
    ("package_unknown", "twins", _changed("ruled_out", {"order_id": "twins"}, package_id="X")),
    ("parcel", "card", _dropped("parcels", order_id="card")),
    ("parcel", "card", _added("parcels", {"order_id": "card"})),
    ("parcel", "card", _changed("parcels", {"order_id": "card"}, parcel=2)),
    ("parcel", "card", _changed("orders", {"order_id": "card"}, parcels=2)),
    ("parcel", "card", _changed("orders", {"order_id": "card"}, package_id="S")),
    ("parcel", "card", _changed("orders", {"order_id": "card"}, package_id=None)),
    ("parcel", "pole", _changed("orders", {"order_id": "pole"}, package_id="X")),
    ("plans_missing", "", _without_plans),
    ("unit_missing", "twins", _dropped("placements", order_id="twins", unit=2)),
    ("unit_repeated", "twins", _changed("placements", {"order_id": "twins"}, unit=1)),
    ("unit_unknown", "twins", _moved("twins", 2, unit=3)),
    ("unit_unknown", "twins", _moved("twins", 2, unit=0)),
    ("unit_unknown", "twins", _moved("twins", 2, sku="card")),
    ("unit_unknown", "twins", _moved("twins", 2, sku="nothing")),
    ("unit_unknown", "twins", _moved("twins", 2, parcel=2)),
    ("mailer", "card", _other_orders("card", fragile=True)),
    ("thickness", "card", _changed("parcels", {"order_id": "card"}, outer_height_mm=31)),
    ("size", "twins", _moved("twins", 2, dz_mm=49)),
    ("size", "soft", _moved("soft", 1, dz_mm=40)),
    ("orientation", "bottle", _moved("bottle", 1, dx_mm=90, dz_mm=50)),
    (
        "orientation",
        "bricks",
        _other_orders("brick", orientation="fixed", length_mm=80, width_mm=100),
    ),
    ("orientation", "blocks", _other_orders("block", orientation="flat")),
    ("inside", "twins", _moved("twins", 2, x_mm=1)),
    ("inside", "twins", _moved("twins", 1, y_mm=-1)),
    ("inside", "vase", _moved("vase", 1, z_mm=9)),
    ("inside", "card", _moved("card", 1, x_mm=68)),
    ("inside", "twins", _other_policy(wall_clearance_mm=1)),
    # A card in a mailer; glass and card in a carton.
    ("empty_space", "card", _other_policy(max_empty_space=0.4)),
    ("empty_space", "glass", _other_policy(max_empty_space=0.8, max_empty_space_basis="inner")),
    ("overlap", "twins", _moved("twins", 2, z_mm=49)),
    ("overlap", "bricks", _other_orders("brick", padding_mm=1)),
    (
        "weight",
        "anvil",
        _chosen("anvil", ("M", ANSWERS["anvil"][1], [("P", "side"), ("S", "weight")])),
    ),
    ("sequence", "twins", _moved("twins", 2, sequence=3)),
    ("sequence", "twins", _moved("twins", 2, sequence=1)),
    ("floating", "bricks", _moved("bricks", 3, z_mm=61)),
    ("support", "ledge", _other_policy(min_support=0.51)),
    ("load", "loads", _other_orders("crate", max_load_g=399)),
    ("load", "loads", _other_orders("crate", weight_g=501)),
    ("value", "twins", _moved("twins", 2, support=0.99)),
    ("value", "twins", _changed("orders", {"order_id": "twins"}, weight_g=None)),
    ("fit", "twins", _changed("orders", {"order_id": "twins"}, sizes="largest")),
    ("fit", "twins", _changed("orders", {"order_id": "twins"}, fit="surely")),
    ("trade_code", "twins", _changed("parcels", {"order_id": "twins"}, package_code="CT")),
    *(
        ("value", "twins", _changed(table, {"order_id": "twins"}, **{column: 7}))
        for table, columns in {
            "orders": "units volume_mm3 weight_g tare_g fill_g empty_space_inner empty_space_outer",
            "parcels": "units content_mm3 content_g tare_g fill_g gross_g outer_length_mm "
            "outer_width_mm outer_height_mm empty_space_inner empty_space_outer billable_g",
        }.items()
        for column in columns.split()
    ),
    ("cost", "twins", _changed("orders", {"order_id": "twins"}, cost=7.0)),
    ("cost", "twins", _changed("parcels", {"order_id": "twins"}, cost=None)),
    ("cost", "pole", _changed("orders", {"order_id": "pole"}, cost=7.0)),
    ("bound", "twins", _changed("orders", {"order_id": "twins"}, cost_lower_bound=7.0)),
    ("bound", "bricks", _changed("orders", {"order_id": "bricks"}, cost_lower_bound=None)),
    ("bound", "pole", _changed("orders", {"order_id": "pole"}, cost_lower_bound=7.0)),
    ("verdict", "bricks", _changed("orders", {"order_id": "bricks"}, verdict="optimal")),
    ("verdict", "twins", _changed("orders", {"order_id": "twins"}, verdict="feasible")),
    ("verdict", "twins", _changed("parcels", {"order_id": "twins"}, verdict="feasible")),
    ("verdict", "slabs", _changed("orders", {"order_id": "slabs"}, verdict="unpackable")),
    ("verdict", "pole", _changed("orders", {"order_id": "pole"}, verdict="undecided")),
    ("ruled_out_missing", "twins", _dropped("ruled_out", order_id="twins")),
    ("ruled_out_missing", "pole", _dropped("ruled_out", order_id="pole", package_id="M")),
    ("ruled_out_extra", "twins", _added("ruled_out", {"order_id": "twins"}, package_id="S")),
    ("ruled_out_extra", "twins", _added("ruled_out", {"order_id": "twins"}, package_id="L")),
    ("ruled_out_order", "twins", _added("ruled_out", {"order_id": "twins"})),
    ("ruled_out_order", "pole", _changed("ruled_out", {"order_id": "pole"}, package_id="L")),
    ("reason_unknown", "twins", _reason("twins", "P", "none")),
    ("reason_stock", "twins", _reason("twins", "P", "stock")),
    ("reason_unknown", "twins", _reason("twins", "P", "too ugly")),
    ("reason_weight", "twins", _reason("twins", "P", "weight")),
    ("reason_side", "anvil", _reason("anvil", "S", "side")),
    ("reason_side", "bricks", _reason("bricks", "S", "side")),
    ("reason_side", "glass", _reason("glass", "P", "side")),
    ("reason_volume", "pole", _reason("pole", "L", "volume")),
    ("reason_volume", "glass", _reason("glass", "P", "volume")),
    ("reason_pair", "glass", _reason("glass", "P", "pair")),
    ("reason_pair", "bricks", _reason("bricks", "S", "pair")),
    ("reason_policy", "twins", _reason("twins", "P", "policy")),
    ("reason_policy", "anvil", _reason("anvil", "S", "policy")),
    ("reason_false", "anvil", _reason("anvil", "S", "search")),
    ("reason_false", "bricks", _reason("bricks", "S", "dff")),
    ("reason_false", "glass", _reason("glass", "P", "reach")),
    (
        "reason_false",
        "twins",
        _chosen("twins", ("L", _TILES_IN_L, [("P", "side"), ("S", "cpsat"), ("M", "cpsat")])),
    ),
]
PLANTED += [
    (code, "glass", spoil)
    for code, spoil in [
        ("access", lambda made: _check(made, _swap(made.result, "glass", "sequence"))),
        ("fragile", lambda made: _check(made, _swap(made.result, "glass", "z_mm"))),
    ]
]


def _swap(result: Recommendations, order_id: str, column: str) -> Recommendations:
    """The two units of an order exchange one value."""
    first, second = (row for row in result.placements.to_pylist() if row["order_id"] == order_id)
    for row, other in ((first, second), (second, first)):
        where = {"order_id": order_id, "sku": row["sku"]}
        result = change(result, "placements", where, **{column: other[column]})
    return result


def test_a_right_result_has_no_violation() -> None:
    """A result that is right in every number passes."""
    right = made()
    assert check(right.result, right.orders, right.catalogue) == []


@pytest.mark.parametrize(
    ("code", "order_id", "spoil"),
    PLANTED,
    ids=[f"{number}-{code}" for number, (code, *_) in enumerate(PLANTED)],
)
def test_a_planted_violation_is_found(code: str, order_id: str, spoil: Spoil) -> None:
    """Whatever is spoiled is reported with its code, at the order that is wrong."""
    violations = spoil(made())
    assert code in _codes(violations, order_id), [str(violation) for violation in violations]
