"""The result's tables as arrays of indices into the orders and the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.catalogue import ADJUSTABLE, MADE_TO_MEASURE
from packopt.check.carriage import REFUSED, Carriage
from packopt.permits import find_permits
from packopt.size_costs import size_costs
from packopt.spaces import most_content_g, packed_size_mm, things
from packopt.tables import REASONS, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.permits import Permits
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations
    from packopt.size_costs import SizeCosts

    Index = NDArray[np.int64]
    Numbers = dict[str, NDArray[np.float64]]

#: What the tables call the package of a unit that ships as it is.
OWN_CONTAINER: Final = "own_container"


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one result table; an index is -1 where the name is unknown or null.

    Attributes
    ----------
    order, package
        ``(rows,)`` indices into the orders and the catalogue; one past the last package stands
        for a unit's own container.
    word
        ``(rows,)`` index of the verdict or the reason.
    table
        The table itself, for its numbers.
    """

    order: Index
    package: Index
    word: Index
    table: pa.Table

    def __getitem__(self, rows: NDArray[np.bool_] | Index) -> Rows:
        """The same for some rows, as a mask or as row numbers."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        everything = len(rows) == len(self.order) and bool((rows == np.arange(len(rows))).all())
        if everything:
            return self
        table = self.table.take(pa.array(rows))
        return Rows(self.order[rows], self.package[rows], self.word[rows], table)

    def whole(self, column: str) -> NDArray[np.int64]:
        """A column of whole numbers; -1 where null."""
        return whole_numbers(self.table[column])

    def real(self, column: str) -> NDArray[np.float64]:
        """A column of real numbers; NaN where null."""
        return np.asarray(self.table[column].to_numpy(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Book:
    """Everything the checks read, aligned.

    Attributes
    ----------
    orders, catalogue, policy, costs, sizes
        What was asked, and what each package costs, at its largest and at any size.
    permits
        Which packages the units may travel in.
    answers, parcels, ruled_out, alternatives
        The tables of these names.
    order_of_line
        ``(m,)`` order index of each order line.
    content_mm3
        ``(n,)`` volume of each order's units in one parcel, without padding and unpressed.
    content_g
        ``(n,)`` weight of each order's units.
    """

    orders: Orders
    catalogue: Catalogue
    policy: Policy
    costs: PackageCosts
    sizes: SizeCosts
    permits: Permits
    answers: Rows
    parcels: Rows
    ruled_out: Rows
    alternatives: Rows
    order_of_line: Index
    content_mm3: Index
    content_g: Index

    @cached_property
    def most_content_g(self) -> Index:
        """``(k,)`` weight limits, the carrier's too; -1 where there is none, or weights are not."""
        limit = most_content_g(self.catalogue)
        if self.carriage is not None:
            most = np.maximum(self.carriage.most_content_g, 0)
            limit = np.where(limit < 0, most, np.minimum(limit, most))
        return limit if self.orders.weights_known else np.full_like(limit, -1)

    @cached_property
    def carriage(self) -> Carriage | None:
        """What the policy's freight costs; None where it has none."""
        if self.policy.freight is None:
            return None
        return Carriage(
            self.catalogue,
            self.policy,
            self.policy.freight.tariff(),
            self.content_g,
            self.content_mm3,
        )

    def whole_cost(self, order: Index, package: Index) -> Index:
        """Cost steps of packages that hold a whole order, freight included; the two broadcast."""
        return self.with_carriage(
            self.costs.cost_of(package, self.content_mm3[order]), order, package
        )

    def with_carriage(self, cost: Index, order: Index, package: Index) -> Index:
        """The same, where what they cost without freight is known."""
        if self.carriage is None:
            return cost
        freight = self.carriage.of_order(order, package)
        return np.where(freight == REFUSED, REFUSED, cost + freight)

    @property
    def n_packages(self) -> int:
        """Number of packages, which is also the index of a unit's own container."""
        return self.catalogue.n_packages

    @cached_property
    def flexible(self) -> NDArray[np.bool_]:
        """``(k,)`` True for packages whose size is chosen for the content."""
        return np.isin(self.catalogue.kind, (ADJUSTABLE, MADE_TO_MEASURE))

    @property
    def parcel_price(self) -> int | None:
        """Price of a parcel in cost steps; None where fewest parcels come first."""
        price = self.policy.parcel_price
        return None if price is None else round(price * self.costs.scale)

    @cached_property
    def ships_alone(self) -> NDArray[np.bool_]:
        """``(m,)`` lines whose units ship in their own containers and in nothing else."""
        return self.may_ship_as_it_is & (self.policy.own_container == "always")

    @cached_property
    def may_ship_as_it_is(self) -> NDArray[np.bool_]:
        """``(m,)`` lines whose units may ship in their own containers, and the carrier takes so."""
        own = self.orders.own_container
        if self.carriage is None:
            return own
        mass = self.orders.weight_g.astype(np.int64)
        return own & ~self.carriage.refuses_units(self.orders.size_mm.astype(np.int64), mass)

    @cached_property
    def placed(self) -> NDArray[np.bool_]:
        """``(m,)`` lines whose unit lies in its package already."""
        return np.asarray(self.orders.placed_mm[:, 0] >= 0)

    @cached_property
    def part_filled(self) -> NDArray[np.bool_]:
        """``(n,)`` orders of which some units lie in a package already."""
        filled = np.zeros(self.orders.n_orders, np.bool_)
        filled[self.order_of_line[self.placed]] = True
        return filled

    def name(self, package: int) -> str:
        """A package in words."""
        names = (*self.catalogue.package_ids, OWN_CONTAINER)
        return f"package {names[package]!r}"


def open_book(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy,
    costs: PackageCosts,
) -> Book:
    """Look up all names once."""
    packages = pa.array([*catalogue.package_ids, OWN_CONTAINER], pa.string())

    def rows(table: pa.Table, word: str, words: tuple[str, ...]) -> Rows:
        return Rows(
            order=indices(table["order_id"], orders.order_ids),
            package=indices(table["package_id"], packages),
            word=indices(table[word], pa.array(words)),
            table=table,
        )

    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    every = np.arange(orders.n_lines)
    number, nested = things(orders, every, orders.qty)
    size = packed_size_mm(orders, every, np.zeros(len(every), np.bool_), nested)
    volume = size.astype(np.int64).prod(axis=1) * number
    return Book(
        orders=orders,
        catalogue=catalogue,
        policy=policy,
        costs=costs,
        sizes=size_costs(catalogue, policy, costs),
        permits=find_permits(orders, catalogue, policy),
        answers=rows(result.orders, "verdict", VERDICTS),
        parcels=rows(result.parcels, "verdict", VERDICTS),
        ruled_out=rows(result.ruled_out, "reason", REASONS),
        alternatives=rows(result.alternatives, "verdict", VERDICTS),
        order_of_line=order_of_line,
        content_mm3=sums(volume, order_of_line, orders.n_orders),
        content_g=sums(
            orders.weight_g.astype(np.int64) * orders.qty, order_of_line, orders.n_orders
        ),
    )


def indices(column: pa.ChunkedArray, names: pa.Array) -> Index:
    """Where each word of a dictionary column stands in `names`; -1 where it does not."""
    if len(column) == 0:
        return np.empty(0, dtype=np.int64)
    column = column.unify_dictionaries()
    found = pc.fill_null(pc.index_in(column.chunk(0).dictionary, value_set=names), -1)
    position = np.append(found.to_numpy(), -1).astype(np.int64)
    # Null is -1 as well and so picks the last element, which is -1.
    return np.concatenate(
        [position[pc.fill_null(chunk.indices, -1).to_numpy()] for chunk in column.chunks]
    )


def whole_numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A column of integers; -1 where null."""
    return np.asarray(pc.fill_null(column, -1).to_numpy(), dtype=np.int64)


def sums(values: Index, group: Index, groups: int) -> Index:
    """Exact integer sums of values, or of rows of values, by group number."""
    total = np.zeros((groups, *values.shape[1:]), dtype=np.int64)
    np.add.at(total, group, values)
    return total


def find_first(group: Index) -> Index:
    """Row of the first appearance of each group number, in ascending order of the numbers."""
    return np.asarray(np.unique(group, return_index=True)[1], dtype=np.int64)
