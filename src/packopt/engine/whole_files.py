"""Orders of one machine answered on an engine: sent out in batches, put together again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.columns import ignored
from packopt.engine.answers import ANSWERS, flatten_answers
from packopt.engine.recommender import NestedRecommender
from packopt.errors import OrdersError
from packopt.order_columns import ITEM_FIELDS, NO_ROWS, ORDER_FIELDS
from packopt.part_notes import sum_notes
from packopt.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packopt.catalogue import Catalogue
    from packopt.engine.engines import Engine
    from packopt.order_columns import Source
    from packopt.policy import Policy
    from packopt.raw_table import RawTable
    from packopt.recommendations import Recommendations

BATCH_ORDERS: Final = 50_000


def notes_on_input(lines: RawTable, source: str) -> tuple[str, ...]:
    """What is told of raw order lines before they are nested: what was left out."""
    notes = []
    if lines.ignored:
        notes.append(ignored(lines.ignored, (*ORDER_FIELDS, *ITEM_FIELDS), source))
    if n_empty := int(lines.empty_rows().sum()):
        notes.append(f"{source}: ignored {n_empty} empty rows")
    return tuple(notes)


def recommend_on(
    engine: Engine,
    orders: pa.Table,
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    skus: pa.Table | Source | None = None,
    source: str = "orders",
    notes: Sequence[str] = (),
    batch_orders: int = BATCH_ORDERS,
) -> Iterator[Recommendations]:
    """Recommend on an engine; the results are those of `packopt.recommend_batches`.

    Parameters
    ----------
    engine
        Where the work is done.
    orders
        Nested orders.
    catalogue, policy
        As of `packopt.recommend`, without limits of stock.
    skus
        As of `NestedRecommender`.
    source
        What to call the orders in messages.
    notes
        What was noted of the lines before they were nested, as of `notes_on_input`.
    batch_orders
        Orders of a batch.

    Yields
    ------
    A result for each batch, in the order of the input; the last one has no orders, but all
    rejects, by row, and all notes.

    Raises
    ------
    OrdersError
        If there are no orders, or they are unusable as a whole.
    CatalogueError
        If stock is limited, or the objective is `cost` and a package has no price.
    """
    if not orders.num_rows:
        raise OrdersError(source, NO_ROWS)
    recommend = NestedRecommender(catalogue, policy, skus=skus, source=source)
    # What is wrong with columns is told here and now, in our words and not in the engine's.
    recommend(orders.slice(0, 1))
    told, rejects = [notes], []
    starts = range(0, orders.num_rows, batch_orders)
    for answers in engine.map(recommend, [orders.slice(one, batch_orders) for one in starts]):
        result = flatten_answers(answers, recommend.policy, catalogue.digest)
        told.append(result.notes)
        rejects.append(result.rejects)
        yield replace(result, rejects=empty("rejects"), notes=())
    yield replace(
        flatten_answers(ANSWERS.empty_table(), recommend.policy, catalogue.digest),
        rejects=pa.concat_tables(rejects).sort_by("row"),
        notes=sum_notes(told),
    )
