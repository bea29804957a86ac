"""Ways to spoil a right result, so that the checker has something to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from handmade import Made, add, change, drop, make_result
from handmade_parcels import orders_of
from handmade_shapes import SCENES
from packopt.check import Violation, check
from packopt.policy import Policy
from sheet import Answer

Spoil = Callable[[Made, str], list[Violation]]


def changed(table: str, where: dict[str, Any], **values: Any) -> Spoil:
    return lambda made, order: check(
        change(made.result, table, {"order_id": order} | where, **values),
        made.orders,
        made.catalogue,
    )


def answer(**values: Any) -> Spoil:
    return changed("orders", {}, **values)


def parcel(number: int, **values: Any) -> Spoil:
    return changed("parcels", {"parcel": number}, **values)


def moved(number: int, step: int, **values: Any) -> Spoil:
    return changed("placements", {"parcel": number, "sequence": step}, **values)


def reason(package_id: str, reason: str) -> Spoil:
    return changed("ruled_out", {"package_id": package_id}, reason=reason)


def dropped(table: str, **where: Any) -> Spoil:
    return lambda made, order: check(
        drop(made.result, table, order_id=order, **where), made.orders, made.catalogue
    )


def added(table: str, **values: Any) -> Spoil:
    return lambda made, order: check(
        add(made.result, table, {"order_id": order}, **values), made.orders, made.catalogue
    )


def like(other: str, **values: Any) -> Spoil:
    """A reason of another order, copied."""
    return lambda made, order: check(
        add(made.result, "ruled_out", {"order_id": other}, order_id=order, **values),
        made.orders,
        made.catalogue,
    )


def under(**settings: Any) -> Spoil:
    """The right result held against another policy."""
    return lambda made, _: check(
        made.result, made.orders, made.catalogue, replace(made.result.policy, **settings)
    )


def lines(scene_name: str, sku: str, **values: Any) -> Spoil:
    """The right result held against orders in which one sku of the order is different."""

    def spoil(made: Made, order: str) -> list[Violation]:
        lines = [
            row | values if (row["order_id"], row["sku"]) == (order, sku) else row
            for row in SCENES[scene_name].lines
        ]
        return check(made.result, orders_of(lines), made.catalogue)

    return spoil


def answered(scene_name: str, answer: Answer, **settings: Any) -> Spoil:
    """The order answered differently, with all numbers to match."""

    def spoil(made: Made, order: str) -> list[Violation]:
        wanted = SCENES[scene_name]
        policy: Policy = replace(wanted.policy, **settings)
        answers = wanted.answers | {order: answer}
        result = make_result(made.orders, made.catalogue, policy, answers)
        return check(result, made.orders, made.catalogue)

    return spoil
