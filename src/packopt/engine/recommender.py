"""The one function that engines call: a batch of nested orders in, nested answers out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.admission import admit
from packopt.engine.answers import ANSWERS, nest_answers, with_notes
from packopt.engine.nesting import (
    FAULT,
    ITEMS,
    ORDER_ID,
    ROW,
    unnest_orders,
    without_blank_weights,
)
from packopt.errors import CatalogueError, InputError, OrdersError
from packopt.evidence import canonical
from packopt.order_columns import LINE_COLUMNS, SKU_COLUMNS, Source, Whole, weight_columns
from packopt.order_lines import accept_lines
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.raw_table import RawTable, select
from packopt.recommend import Recommender
from packopt.stock import is_finite
from packopt.tables import REJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]

__all__ = ["ANSWERS", "NestedRecommender"]

_MOST_KEPT: Final = 8
_kept: OrderedDict[tuple[str, bytes], Recommender] = OrderedDict()
_lock: Final = threading.Lock()


class NestedRecommender:
    """Answers batches of nested orders; pure, stateless between batches, and easily sent around.

    >>> answer = packopt.NestedRecommender(packopt.builtin_catalogue("demo"))
    >>> dataset.map_batches(answer, batch_format="pyarrow")        # Ray Data
    >>> frame.mapInArrow(answer.batches, schema)                   # Spark, see docs/engines.md

    An order's answer does not depend on what else is in its batch.

    Parameters
    ----------
    catalogue, policy
        As of `packopt.recommend`.
    skus
        Sizes and other properties by SKU, where the order lines lack them: a table, or one that
        was read as `packopt.orders.sku_source` reads it, which notes and rejects then name.
    weights_known
        Whether each line must have a weight. None leaves it to the columns of a batch, never to
        its values: a batch with a column of weights needs a weight on each line.
    source
        What to call the orders in messages.

    Raises
    ------
    CatalogueError
        If stock is limited: then orders are served in turn, which only one machine can do; or if
        the objective is `cost` and a package has no price.
    OrdersError
        If ``skus`` is no table.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        policy: Policy | None = None,
        *,
        skus: Any = None,
        weights_known: bool | None = None,
        source: str = "orders",
    ) -> None:
        if is_finite(catalogue):
            raise CatalogueError(
                "catalogue",
                "column stock: found limited stock, expected none: orders draw on it in turn, so "
                "they cannot be answered in batches apart; leave stock empty, or use "
                "packopt.recommend",
            )
        self.catalogue = catalogue
        self.policy = policy or Policy()
        self._skus = None if skus is None else _opened(skus)
        self.weights_known = weights_known
        self._source = source
        self._recommender = _made_ready(catalogue, self.policy)

    def __reduce__(self) -> tuple[Any, ...]:
        told = (self._skus, self.weights_known, self._source)
        return _again, (self.catalogue, self.policy, *told)

    def __call__(self, orders: pa.Table | pa.RecordBatch) -> pa.Table:
        """Answer a batch.

        Parameters
        ----------
        orders
            One row an order: ``order_id``, and ``items``, a list of structs with the columns of
            order lines (`packopt.nest_orders`). Columns beside them hold for all lines.

        Returns
        -------
        One row for each of them, in the same order, in the schema `packopt.ANSWERS`.

        Raises
        ------
        OrdersError
            If the batch as a whole is unusable: missing or ambiguous columns, personal data, or
            an order in several rows.
        """
        nested = pa.table(orders)
        if not nested.num_rows:
            return ANSWERS.empty_table()
        result, owners, rejected = self._answer(nested, self._recommender.recommend)
        ids = _ids(nested)
        found = result.orders[ORDER_ID].cast(pa.string()).combine_chunks()
        answered = owners[pc.index_in(found, value_set=ids.take(pa.array(owners))).to_numpy()]
        return with_notes(nest_answers(result, ids, answered, rejected), result.notes)

    def flat(self, orders: pa.Table | pa.RecordBatch) -> Recommendations:
        """Answer a batch by tables, for whoever would flatten the nested answers at once.

        Parameters and errors are those of `__call__`, and so are the answers.
        """
        return self._answer(pa.table(orders), self._recommender.recommend)[0]

    def has_second_pass(self) -> bool:
        """Whether `first_pass` may tell orders that need no more effort."""
        return self._recommender.has_second_pass()

    def first_pass(self, orders: pa.Table | pa.RecordBatch) -> tuple[Recommendations, Ints]:
        """Answer a batch with the first pass of the effort only.

        Parameters and errors are those of `__call__`.

        Returns
        -------
        Answers to all orders, and the rows of ``orders`` that are still open; the answers to all
        others are those of `flat`.

        Raises
        ------
        ValueError
            If there is no second pass.
        """
        if not self.has_second_pass():
            raise ValueError("found a policy without a second pass; ask has_second_pass first")
        still_open = pa.array([], pa.string())

        def ask(accepted: Orders) -> Recommendations:
            nonlocal still_open
            result, is_open = self._recommender.first_pass(accepted)
            still_open = _ids(result.orders).filter(pa.array(is_open))
            return result

        nested = pa.table(orders)
        result, _, _ = self._answer(nested, ask)
        return result, pc.index_in(still_open, value_set=_ids(nested)).to_numpy()

    def _answer(
        self, nested: pa.Table, recommend: Callable[[Orders], Recommendations]
    ) -> tuple[Recommendations, Ints, Ints]:
        """The result, the rows of accepted orders, and which row each reject belongs to."""
        lines, parent = unnest_orders(nested, self._source)
        accepted = self._accept(lines)
        result = recommend(accepted)
        line = result.rejects["row"].to_numpy() - 1
        rejects, rejected = _with_empty(
            _in_input(result.rejects, lines, line), parent[line], nested, _ids(nested)
        )
        owners = parent[accepted.row[accepted.line_start[:-1]] - 1]
        return replace(result, rejects=rejects), owners, rejected

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Answer batch by batch, as Spark's ``mapInArrow`` wants it; see `__call__`."""
        for batch in batches:
            yield from self(batch).to_batches()

    def accept(self, orders: pa.Table) -> Orders:
        """Judge nested orders; lines that are not accepted are told by their place, from 1."""
        nested = pa.table(orders)
        accepted = self._accept(unnest_orders(nested, self._source)[0])
        none = np.empty(0, np.int64)
        rejects, _ = _with_empty(accepted.rejects, none, nested, _ids(nested))
        return replace(accepted, rejects=rejects)

    def judge(self, orders: pa.Table) -> tuple[Orders, pa.Table, pa.Table]:
        """Judge nested orders without answering them; errors as of `__call__`.

        Returns
        -------
        Accepted orders as of `accept`, without a reject for orders without items; rejects of those
        that catalogue and policy do not admit; and all rejects as answers tell them, by rows of
        the input.
        """
        nested = pa.table(orders)
        lines, parent = unnest_orders(nested, self._source)
        accepted = self._accept(lines)
        _, refused = admit(accepted, self.catalogue, self.policy)
        rejects = pa.concat_tables([accepted.rejects, refused])
        line = rejects["row"].to_numpy() - 1
        told, _ = _with_empty(_in_input(rejects, lines, line), parent[line], nested, _ids(nested))
        return accepted, refused, told

    def _accept(self, lines: pa.Table) -> Orders:
        """Judge lines; their rows are told by their place in the batch, from 1."""
        told = lines[FAULT].to_pylist() if FAULT in lines.column_names else []
        faults = {row: fault for row, fault in enumerate(told) if fault is not None}
        raw = _selected(lines.drop_columns([n for n in (FAULT, ROW) if n in lines.column_names]))
        skus = self._skus
        of_skus = weight_columns(skus.names) if skus else frozenset()
        stated = bool(weight_columns(raw.table.column_names) | of_skus)
        known = stated if self.weights_known is None else self.weights_known
        if known and not stated:
            nulls = pa.nulls(lines.num_rows, pa.int64())
            raw = replace(raw, table=raw.table.append_column("weight_g", nulls))
        whole = Whole(np.arange(1, lines.num_rows + 1), 0, has_weights=known)
        source = Source(replace(raw, faults=faults), self._source, whole)
        return Orders(**accept_lines(source, skus))


def _opened(skus: Any) -> Source:
    """Sizes by SKU without a column of weights that is blank."""
    try:
        found = (
            skus
            if isinstance(skus, Source)
            else Source(select(pa.table(skus), SKU_COLUMNS.__contains__), "skus")
        )
    except InputError as fault:
        raise OrdersError("skus", fault.problems) from None
    return replace(found, raw=replace(found.raw, table=without_blank_weights(found.raw.table)))


def _selected(lines: pa.Table) -> RawTable:
    try:
        return select(lines, LINE_COLUMNS.__contains__)
    except InputError as fault:
        raise OrdersError("orders", fault.problems) from None


def _ids(nested: pa.Table) -> pa.StringArray:
    return nested[ORDER_ID].cast(pa.string()).combine_chunks()


def _in_input(rejects: pa.Table, lines: pa.Table, line: Ints) -> pa.Table:
    """Rejects that tell the row of the input, which items may know, or none."""
    row = (
        lines[ROW].cast(pa.int64()).combine_chunks().take(pa.array(line))
        if ROW in lines.column_names
        else pa.nulls(len(line), pa.int64())
    )
    return rejects.set_column(0, REJECTS.field(0), row)


def _with_empty(
    rejects: pa.Table, rejected: Ints, nested: pa.Table, ids: pa.StringArray
) -> tuple[pa.Table, Ints]:
    """Add a reject for each order without lines: none may be lost."""
    length = pc.fill_null(pc.list_value_length(nested[ITEMS]), 0).to_numpy()
    empty = np.flatnonzero(length == 0)
    if not len(empty):
        return rejects, rejected
    n = len(empty)
    columns = [
        pa.nulls(n, pa.int64()),
        ids.take(pa.array(empty)),
        pa.repeat(ITEMS, n),
        pa.nulls(n, pa.string()),
        pa.repeat("found no items; expected at least one order line", n),
        pa.repeat("Add the lines, or leave the order out.", n),
    ]
    told = pa.Table.from_arrays(columns, schema=REJECTS)
    return pa.concat_tables([rejects, told]), np.append(rejected, empty)


def _made_ready(catalogue: Catalogue, policy: Policy) -> Recommender:
    """A recommender kept for the life of the process: making one takes longer than many orders."""
    key = catalogue.digest, canonical(policy.to_dict())
    with _lock:
        if key not in _kept:
            _kept[key] = Recommender(catalogue, policy)
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _again(
    catalogue: Catalogue,
    policy: Policy,
    skus: Source | None,
    weights_known: bool | None,
    source: str,
) -> NestedRecommender:
    return NestedRecommender(
        catalogue, policy, skus=skus, weights_known=weights_known, source=source
    )
