"""The one function that engines call answers as `recommend` does, whatever the batches."""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import packopt
from engine.alike import CATALOGUE, assert_same, expected, made_up, nested
from packopt import NestedRecommender, flatten_answers
from packopt.engine.engines import Threads
from packopt.engine.nesting import nest_raw
from packopt.engine.whole_files import notes_on_input, recommend_on
from packopt.orders import read_lines
from packopt.recommendations import Recommendations, concat
from rough_orders import FEW, csv_file, tables


def flat(answers: pa.Table, recommend: NestedRecommender) -> Recommendations:
    """Nested answers as tables."""
    return flatten_answers(answers, recommend.policy, recommend.catalogue.digest)


def test_nested_orders_are_answered_as_recommend_answers_them() -> None:
    """Every table is the same, row for row, rejects and their row numbers included."""
    recommend = NestedRecommender(CATALOGUE)
    found = flat(recommend(nested()), recommend)
    assert expected().rejects.num_rows > 5
    assert_same(found, expected())


def test_alternatives_and_splits_come_back_too() -> None:
    """Lists of alternatives have their placements, and orders of several parcels all of them."""
    policy = packopt.Policy(alternatives=2, max_parcels=4)
    recommend = NestedRecommender(CATALOGUE, policy)
    wanted = packopt.recommend(packopt.Orders.from_table(made_up(120)), CATALOGUE, policy)
    assert wanted.alternative_placements.num_rows
    assert_same(flat(recommend(nested(120)), recommend), wanted)


@given(cuts=st.lists(st.integers(0, 300), max_size=8), seed=st.integers(0, 9))
def test_an_answer_does_not_depend_on_its_batch(cuts: list[int], seed: int) -> None:
    """Cut anywhere and in any order, the same orders get the same answers."""
    orders = nested().take(pa.array(np.random.default_rng(seed).permutation(nested().num_rows)))
    recommend = NestedRecommender(CATALOGUE)
    ends = sorted({0, orders.num_rows, *(min(cut, orders.num_rows) for cut in cuts)})
    batches = [orders.slice(a, b - a) for a, b in pairwise(ends)]
    found = pa.concat_tables([recommend(batch) for batch in batches])
    assert_same(flat(found, recommend), expected(), by_order=True)


def test_there_is_a_row_for_each_row() -> None:
    """Orders that were not accepted have a row without a verdict, and their rejects."""
    answers = NestedRecommender(CATALOGUE)(nested())
    assert answers["order_id"].equals(nested()["order_id"])
    rejected = answers.filter(answers["verdict"].is_null())
    assert rejected.num_rows
    assert all(rejected["rejects"].to_pylist())


def test_an_order_without_items_is_a_reject() -> None:
    """No order is lost, though there is nothing to pack."""
    items = pa.array([[], [{"sku": "s", "qty": 1, "length_mm": 9, "width_mm": 9, "height_mm": 9}],
                      None])  # fmt: skip
    answers = NestedRecommender(CATALOGUE)(pa.table({"order_id": ["a", "b", "c"], "items": items}))
    assert answers["verdict"].to_pylist() == [None, "optimal", None]
    told = [[reject["field"] for reject in one] for one in answers["rejects"].to_pylist()]
    assert told == [["items"], [], ["items"]]


def test_documents_and_nested_answers_agree() -> None:
    """`to_documents` and nested Arrow are two spellings of one thing."""
    result = expected()
    recommend = NestedRecommender(CATALOGUE)
    answers = recommend(nested()).drop_columns("rejects").to_pylist()
    accepted = [row for row in answers if row["verdict"] is not None]
    assert accepted == [_with_placements(one) for one in packopt.to_documents(result)]


def _with_placements(document: dict[str, object]) -> dict[str, object]:
    for name in ("parcels", "alternatives"):
        for place in document[name]:  # type: ignore[attr-defined]
            place.setdefault("placements", [])
    return document


def test_it_travels(tmp_path: Path) -> None:
    """A pickled one answers the same, in this process or in another."""
    recommend = NestedRecommender(CATALOGUE, packopt.Policy(objective="volume"))
    again = pickle.loads(pickle.dumps(recommend))
    assert again(nested(60)).equals(recommend(nested(60)))


def test_batches_of_nothing_are_answered_by_nothing() -> None:
    """Engines send empty batches now and then."""
    assert NestedRecommender(CATALOGUE)(nested().slice(0, 0)).num_rows == 0


def test_limited_stock_is_refused() -> None:
    """Orders that draw on one stock cannot be answered apart."""
    limited = replace(CATALOGUE, stock=({"": 3}, *CATALOGUE.stock[1:]))
    with pytest.raises(packopt.CatalogueError, match="limited stock"):
        NestedRecommender(limited)


def test_sizes_may_come_by_sku() -> None:
    """A table of SKUs travels along, and its weights count."""
    table = made_up(60)
    sizes = ["sku", "length_mm", "width_mm", "height_mm", "weight_g"]
    good = packopt.Orders.from_table(table)
    first = {sku: row for row, sku in reversed(list(enumerate(table["sku"].to_pylist())))}
    skus = table.take(pa.array(sorted(first.values()))).select(sizes)
    lines = table.select(["order_id", "sku", "qty"])
    assert good.weights_known
    wanted = packopt.recommend(packopt.Orders.from_table(lines, skus=skus), CATALOGUE)
    recommend = NestedRecommender(CATALOGUE, skus=skus)
    found = flat(recommend(packopt.nest_orders(lines)), recommend)
    assert_same(found, wanted)


@FEW
@given(rows=tables(), ragged=st.integers(0, 6), batch_orders=st.integers(1, 5))
def test_any_file_is_answered_as_when_it_is_read_at_once(
    rows: list[dict[str, object]], ragged: int, batch_orders: int
) -> None:
    """Whatever stands in a file, engines answer what `recommend` answers, or refuse it as well."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(csv_file(rows, ragged))
        try:
            orders = packopt.read_orders(path)
        except packopt.OrdersError:
            with pytest.raises(packopt.OrdersError):
                _on_threads(path, batch_orders)
            return
        wanted = packopt.recommend(orders, CATALOGUE)
        found = _on_threads(path, batch_orders)
        assert_same(replace(found, rejects=wanted.rejects), wanted)
        assert _sorted(found.rejects) == _sorted(wanted.rejects)
        assert set(found.notes) == set(wanted.notes)


def _sorted(rejects: pa.Table) -> list[str]:
    return sorted(map(str, rejects.to_pylist()))


def _on_threads(path: Path, batch_orders: int) -> Recommendations:
    raw = read_lines(path)
    batches = recommend_on(
        Threads(2), nest_raw(raw, str(path)), CATALOGUE, source=str(path),
        batch_orders=batch_orders,
    )  # fmt: skip
    found = concat(list(batches))
    return replace(found, notes=(*notes_on_input(raw, str(path)), *found.notes))
