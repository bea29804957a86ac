"""Result tables as arrays, and back: what freight changes in answers that were found without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.answers import OWN, word
from packopt.costing import NANO
from packopt.freight.costs import REFUSED
from packopt.splitting.question import OWN_CONTAINER
from packopt.tables import REASONS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.freight.costs import FreightCosts
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: Every table but the rejects has its rows by order.
BY_ORDER: Final = (
    "orders",
    "parcels",
    "placements",
    "ruled_out",
    "unpacked",
    "alternatives",
    "alternative_placements",
)
OPTIMAL, FEASIBLE, UNPACKABLE, UNDECIDED, PARTIAL = range(len(VERDICTS))
OPEN: Final = REASONS.index("undecided")


@dataclass(frozen=True, eq=False)
class Answered:
    """Answers to some of ``n`` orders with what they really cost.

    Attributes
    ----------
    result
        The tables by order, whose columns of money are yet to be set.
    asked
        ``(n,)`` True for the orders that are answered.
    verdict
        ``(n,)`` index into `VERDICTS`; -1 where not asked.
    parcels, fewest
        ``(n,)`` parcels found, 0 for none; parcels proved to be needed, -1 where nothing holds it.
    cost, bound
        ``(n,)`` cost steps, prices of parcels included; `REFUSED` for none.
    work
        ``(n,)`` search nodes.
    parcel_cost
        ``(p,)`` cost steps of each row of the table of parcels.
    """

    result: Recommendations
    asked: Mask
    verdict: Ints
    parcels: Ints
    fewest: Ints
    cost: Ints
    bound: Ints
    work: Ints
    parcel_cost: Ints

    @property
    def ships(self) -> Mask:
        """``(n,)`` True where there are parcels that the carrier takes."""
        return self.cost < REFUSED


def together(
    answers: Sequence[tuple[Recommendations, Orders, Ints]], orders: Orders
) -> Recommendations:
    """Answers to different orders as one result, in the order of the input.

    Parameters
    ----------
    answers
        At least one: a result, the orders that it answers, and which of all orders these are.
    orders
        All orders.
    """
    tables = {}
    for name in BY_ORDER:
        parts = []
        for result, some, rows in answers:
            table = getattr(result, name)
            parts.append((table, rows[order_of(table, some)]))
        tables[name] = merged(parts, orders)[0]
    return replace(answers[0][0], **tables)


def merged(parts: Sequence[tuple[pa.Table, Ints]], orders: Orders) -> tuple[pa.Table, Ints]:
    """Rows of several tables by order, with the orders they are about.

    Parameters
    ----------
    parts
        Tables of one schema, and the order of each of their rows.
    orders
        All orders.
    """
    order = np.concatenate([of_part for _, of_part in parts])
    by_order = np.argsort(order, kind="stable")
    # The names of the orders are many, and each table has its own; all else is soon unified.
    names, schema = orders.order_ids, parts[0][0].schema
    whole = pa.concat_tables([table.drop_columns(["order_id"]) for table, _ in parts])
    whole = whole.unify_dictionaries().take(pa.array(by_order)).combine_chunks()
    order = order[by_order]
    columns = [word(order, names), *whole.columns]
    return pa.Table.from_arrays(columns, schema=schema), order


def single_answers(
    result: Recommendations, orders: Orders, catalogue: Catalogue, costs: Ints, price: int
) -> Answered:
    """What answers in one package really cost.

    Parameters
    ----------
    result
        Answers that ranked the packages as their costs do.
    orders, catalogue
        What was asked.
    costs
        ``(n, k)`` cost steps of the packages for each order, freight included.
    price
        Cost steps for each parcel.
    """
    table = result.orders
    rows, package = order_of(table, orders), package_of(table, catalogue)
    said = _index(table["verdict"], pa.array(VERDICTS, pa.string()))
    cost = np.where(package >= 0, costs[rows, np.maximum(package, 0)] + price, REFUSED)
    cost = _spread(cost, rows, orders, REFUSED)
    # Nothing but what stayed open could be cheaper.
    listed = result.ruled_out
    is_open = reason_of(listed) == OPEN
    order, about = order_of(listed, orders)[is_open], package_of(listed, catalogue)[is_open]
    bound = cost.copy()
    np.minimum.at(bound, order, costs[order, about] + price)
    ships = cost < REFUSED
    verdict = _spread(said, rows, orders, -1)
    verdict = np.where(ships, np.where(cost == bound, OPTIMAL, FEASIBLE), verdict)
    return Answered(
        result=result,
        asked=_spread(np.ones_like(rows), rows, orders, 0) == 1,
        verdict=verdict,
        parcels=ships.astype(np.int64),
        fewest=np.where(np.isin(verdict, (OPTIMAL, FEASIBLE, UNDECIDED)), 1, -1),
        cost=cost,
        bound=np.where(verdict == UNPACKABLE, REFUSED, bound),
        work=_spread(table["nodes"].to_numpy(), rows, orders, 0),
        parcel_cost=cost[order_of(result.parcels, orders)] - price,
    )


def several_answers(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    freight: FreightCosts,
    least: Ints,
    unboxed: Ints,
    price: int,
) -> Answered:
    """What answers in any number of parcels really cost.

    Parameters
    ----------
    result
        Answers in which each package has its least freight: what is proved of their costs holds
        for the real ones, too.
    orders, catalogue
        What was asked.
    freight
        What parcels cost.
    least
        ``(k,)`` cost steps of that least freight.
    unboxed
        ``(n,)`` freight of the units that ship as they are in any plan, which costs them nothing.
    price
        Cost steps for each parcel.
    """
    table, parcels = result.orders, result.parcels
    rows, order = order_of(table, orders), order_of(parcels, orders)
    package = package_of(parcels, catalogue)
    own = package == OWN_CONTAINER
    alone = steps_of(parcels["cost"]) - np.where(own, 0, least[np.where(own, 0, package)])
    carriage = freight.steps(billed_sides_mm(parcels, package, freight), gross_g(parcels))
    taken = carriage < REFUSED
    refused = np.zeros(orders.n_orders, np.bool_)
    refused[order[~taken]] = True
    cost = np.zeros(orders.n_orders, np.int64)
    np.add.at(cost, order, np.where(taken, alone + carriage, 0) + price)
    parcels_found = _spread(table["parcels"].to_numpy(), rows, orders, 0)
    none = (parcels_found == 0) | refused
    fewest = pc.fill_null(table["parcels_lower_bound"], -1).to_numpy()
    fewest = _spread(fewest, rows, orders, -1)
    bound = _spread(steps_of(table["cost_lower_bound"]), rows, orders, REFUSED)
    bound = np.where(bound < REFUSED, bound + unboxed, REFUSED)
    said = _index(table["verdict"], pa.array(VERDICTS, pa.string()))
    return Answered(
        result=result,
        asked=_spread(np.ones_like(rows), rows, orders, 0) == 1,
        # A plan that the carrier does not take is none, and proves nothing.
        verdict=np.where(refused, UNDECIDED, _spread(said, rows, orders, -1)),
        parcels=np.where(none, 0, parcels_found),
        fewest=np.where(refused, np.maximum(fewest, 1), fewest),
        cost=np.where(none, REFUSED, cost),
        bound=np.where(refused & (bound == REFUSED), 0, bound),
        work=_spread(table["nodes"].to_numpy(), rows, orders, 0),
        parcel_cost=np.where(taken, alone + carriage, REFUSED),
    )


def _spread(values: Ints, rows: Ints, orders: Orders, rest: int) -> Ints:
    """Values of some orders among all."""
    whole = np.full(orders.n_orders, rest, np.int64)
    whole[rows] = values
    return whole


def billed_sides_mm(parcels: pa.Table, package: Ints, freight: FreightCosts) -> Ints:
    """``(p, 3)`` outer sides that are billed: of a mailer those at its greatest thickness."""
    names = ("outer_length_mm", "outer_width_mm", "outer_height_mm")
    told = np.column_stack([parcels[name].to_numpy() for name in names]).astype(np.int64)
    own = package == OWN_CONTAINER
    return np.where(own[:, None], told, freight.outer_mm[np.where(own, 0, package)])


def gross_g(parcels: pa.Table) -> NDArray[np.float64]:
    """``(p,)`` mass of the packed parcels."""
    return np.asarray(parcels["gross_g"].to_numpy(), dtype=np.float64)


def order_of(table: pa.Table, orders: Orders) -> Ints:
    """``(r,)`` index of the order that each row is about."""
    return _index(table["order_id"], orders.order_ids)


def package_of(table: pa.Table, catalogue: Catalogue) -> Ints:
    """``(r,)`` index of each row's package; -1 where there is none, or `OWN_CONTAINER`."""
    package = _index(table["package_id"], pa.array([*catalogue.package_ids, OWN], pa.string()))
    return np.where(package == catalogue.n_packages, OWN_CONTAINER, package)


def reason_of(table: pa.Table) -> Ints:
    """``(r,)`` index into `REASONS`."""
    return _index(table["reason"], pa.array(REASONS, pa.string()))


def _index(column: pa.ChunkedArray, names: pa.Array) -> Ints:
    """Index of each word among names, -1 where it is not there."""
    if len(column) == 0:
        return np.zeros(0, np.int64)
    encoded = column.unify_dictionaries().combine_chunks()
    index: Ints = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    if encoded.dictionary.equals(names):  # as batches come from a job; looking up takes long
        return index
    found = pc.fill_null(pc.index_in(encoded.dictionary, value_set=names), -1)
    return np.asarray(np.append(found.to_numpy(), -1).astype(np.int64)[index])


def with_columns(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    """The table with other values in some of its columns."""
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name), values)
    return table


def steps_of(values: pa.ChunkedArray) -> Ints:
    """Cost steps of a column of money; `REFUSED` where it is null."""
    told = pc.fill_null(values, -1.0).to_numpy()
    return np.where(told < 0, REFUSED, np.rint(told * NANO)).astype(np.int64)


def money(steps: Ints, mask: Mask | None = None) -> pa.Array:
    """A column of money out of cost steps; null where masked."""
    return pa.array(steps / float(NANO), pa.float64(), mask=mask)


def verdict_words(verdict: Ints) -> pa.DictionaryArray:
    """A column of verdicts."""
    return word(verdict, pa.array(VERDICTS, pa.string()))
