"""What is in each parcel, unit by unit, against plain loops over the tables of a result."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import packopt
from packopt.catalogue import Catalogue, builtin_catalogue
from packopt.orders import Orders
from packopt.parcel_rules import parcel_packs, plan_judged
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.rules import judge, parcel_facts
from packopt.rules.unit_lists import Lookup, ends, list_units

_SKUS = {"cup": (90, 80, 70), "book": (210, 150, 30), "vase": (150, 140, 300)}
#: By order its lines: of one SKU and of several, of one SKU twice, and too large for one parcel.
_LINES = {
    "one": [("cup", 1)],
    "three": [("book", 3)],
    "several": [("vase", 1), ("cup", 2), ("book", 1)],
    "twice": [("cup", 1), ("book", 2), ("cup", 3)],
    "split": [("vase", 9), ("cup", 4)],
    "last": [("vase", 1)],
}


@cache
def _made() -> tuple[Recommendations, Catalogue, Orders]:
    rows = [(order, *line) for order, lines in _LINES.items() for line in lines]
    columns = {
        "order_id": [order for order, _, _ in rows],
        "sku": [sku for _, sku, _ in rows],
        "qty": [qty for _, _, qty in rows],
    }
    for at, side in enumerate(("length_mm", "width_mm", "height_mm")):
        columns[side] = [_SKUS[sku][at] for _, sku, _ in rows]
    orders, catalogue = Orders.from_table(pa.table(columns)), builtin_catalogue("demo")
    return packopt.recommend(orders, catalogue, Policy()), catalogue, orders


def _placed_last_first(result: Recommendations) -> Recommendations:
    """The same result, its placements in another order."""
    rows = np.arange(result.placements.num_rows)[::-1]
    return replace(result, placements=result.placements.take(pa.array(rows)))


@pytest.mark.parametrize("turned", [False, True])
def test_units_are_those_of_the_placements(turned: bool) -> None:
    """Each parcel has its placed units by SKU, told by a line of its order, in whatever order."""
    result, _, orders = _made()
    result = _placed_last_first(result) if turned else result
    units = list_units(result, orders, Lookup(result, orders))
    keys = result.parcels.select(["order_id", "parcel"]).to_pylist()
    row_of = {(key["order_id"], key["parcel"]): row for row, key in enumerate(keys)}
    expected = Counter(
        (row_of[one["order_id"], one["parcel"]], one["sku"])
        for one in result.placements.to_pylist()
    )
    assert len(row_of) > len(_LINES), "an order must be in several parcels"
    skus = orders.skus.to_pylist()
    found = zip(units.parcel.tolist(), [skus[line] for line in units.line], strict=True)
    assert dict(zip(found, units.units.tolist(), strict=True)) == expected
    assert (np.diff(units.parcel) >= 0).all()
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    names = orders.order_ids.take(pa.array(order_of_line[units.line])).to_pylist()
    assert names == [keys[row]["order_id"] for row in units.parcel]
    encoded = orders.encoded_skus
    assert encoded.dictionary.take(pa.array(units.sku)).to_pylist() == [
        skus[line] for line in units.line
    ]


def test_facts_do_not_hang_on_the_order_of_placements() -> None:
    """A result whose placements were sorted anew is about the same parcels."""
    result, catalogue, orders = _made()
    facts = parcel_facts(result, catalogue, orders)
    assert parcel_facts(_placed_last_first(result), catalogue, orders).equals(facts)


def test_only_the_facts_that_are_asked_for_are_made() -> None:
    """They are those of the whole table, beside what says which parcel a row is about."""
    facts = parcel_facts(*_made())
    some = parcel_facts(*_made(), only={"tape_m", "box_width_mm", "next_smaller"})
    asked = ["box_width_mm", "next_smaller", "tape_m"]
    assert sorted(some.column_names) == sorted(["order_id", "parcel", "package_id", "date", *asked])
    assert some.equals(facts.select(some.column_names))


def test_parcels_are_judged_as_by_all_their_facts() -> None:
    """Leaving out what no rule asks for changes nothing of what is said of which parcel."""
    result, catalogue, orders = _made()
    day, packs = dt.date(2026, 11, 1), parcel_packs()
    judged = plan_judged(result, catalogue, orders, packs, day)
    facts = parcel_facts(result, catalogue, orders, packs=packs)
    assert judged.table().equals(judge(packs, facts, day).table())
    assert judged.subjects["package_id"].null_count == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9), st.integers(-9, 9)), max_size=30))
def test_ends_are_the_least_and_the_greatest(rows: list[tuple[int, int, int]]) -> None:
    """Of each parcel, whether it has one value or several, in any order; 0 where it has none."""
    parcel = np.array([row[0] for row in rows], np.int64)
    values = np.array([row[1:] for row in rows], np.int64).reshape(-1, 2)
    least, most = ends(parcel, values, 7)
    for at in range(7):
        mine = values[parcel == at] if (parcel == at).any() else np.zeros((1, 2), np.int64)
        assert least[at].tolist() == mine.min(axis=0).tolist()
        assert most[at].tolist() == mine.max(axis=0).tolist()
