"""The kernel's answers as result tables, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.catalogue import MAILER
from packopt.costing import parcel_tare_g
from packopt.kernel.batch import Answers, Batch
from packopt.tables import ORDERS, PARCELS, PLACEMENTS, REASONS, RULED_OUT, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.policy import Policy

_UNPACKABLE = VERDICTS.index("unpackable")


def empty_answers(batch: Batch, n_packages: int) -> Answers:
    """Return room for the answers to a batch."""
    n_orders, n_units = len(batch.start) - 1, len(batch.units)
    return Answers(
        package=np.full(n_orders, -1, np.int32),
        verdict=np.zeros(n_orders, np.uint8),
        work=np.zeros(n_orders, np.int64),
        bound=np.full(n_orders, -1, np.int32),
        place=np.zeros((n_units, 6), np.int32),
        unit=np.zeros(n_units, np.int32),
        support=np.zeros(n_units, np.float32),
        ruled=np.empty(n_orders * n_packages, np.int32),
        reason=np.empty(n_orders * n_packages, np.uint8),
        n_ruled=np.zeros(n_orders, np.int32),
    )


class Tables:
    """Builds the result tables of one batch; all columns are arrays over its orders."""

    def __init__(
        self, orders: Orders, catalogue: Catalogue, policy: Policy, costs: PackageCosts
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._policy = policy
        self._costs = costs

    def build(
        self, batch: Batch, unit_line: NDArray[np.int64], answers: Answers
    ) -> dict[str, pa.Table]:
        """Return the four tables by name."""
        shipped = np.flatnonzero(answers.package >= 0)
        parcels = self._parcels(batch, answers, shipped)
        return {
            "orders": self._answers(batch, answers, shipped, parcels),
            "parcels": parcels,
            "placements": self._placements(batch, unit_line, answers),
            "ruled_out": self._ruled_out(answers),
        }

    def _order_ids(self, index: NDArray[np.integer]) -> pa.DictionaryArray:
        return _word(index, self._orders.order_ids)

    def _package_ids(self, index: NDArray[np.int32], mask: NDArray[np.bool_] | None = None):  # type: ignore[no-untyped-def]
        return _word(index, pa.array(self._catalogue.package_ids, pa.string()), mask)

    def _weights(self, batch: Batch, rows: NDArray[np.intp] | slice) -> pa.Array:
        weight = batch.weight_g[rows]
        mask = None if self._orders.weights_known else np.ones(len(weight), np.bool_)
        return pa.array(weight, mask=mask)

    def _parcels(self, batch: Batch, answers: Answers, shipped: NDArray[np.intp]) -> pa.Table:
        package = answers.package[shipped]
        content, thickness = self._inside(batch, answers, shipped)
        tare = parcel_tare_g(self._catalogue, self._policy.materials)[package]
        mailer = self._catalogue.kind[package] == MAILER
        outer = self._outer_mm(package, mailer, thickness)
        inner_mm3, outer_mm3 = self._volumes_mm3(package, mailer, thickness)
        fill = self._fill_g(package, mailer, batch.content_mm3[shipped])
        weight = batch.weight_g[shipped]
        unknown = None if self._orders.weights_known else np.ones(len(package), np.bool_)
        cost = self._costs.in_units(self._costs.cost_of(package, batch.content_mm3[shipped]))
        return pa.Table.from_arrays(
            [
                self._order_ids(shipped),
                np.ones(len(package), np.int32),
                self._package_ids(package),
                np.diff(batch.start)[shipped].astype(np.int32),
                content,
                pa.array(weight, mask=unknown),
                tare,
                fill,
                pa.array(weight + tare + fill, mask=unknown),
                outer[:, 0],
                outer[:, 1],
                outer[:, 2],
                _empty_share(content, inner_mm3),
                _empty_share(content, outer_mm3),
                pa.nulls(len(package), pa.int64()),
                cost,
                _word(answers.verdict[shipped], pa.array(VERDICTS)),
            ],
            schema=PARCELS,
        )

    def _inside(
        self, batch: Batch, answers: Answers, shipped: NDArray[np.intp]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return content as it lies in mm3 and the height of each plan with padding in mm."""
        if not len(shipped):
            return np.empty(0, np.int64), np.empty(0, np.int32)
        lying = answers.place[:, 3:].astype(np.int64).prod(axis=1)
        content = np.add.reduceat(lying, batch.start[:-1])[shipped]
        rows = np.repeat(batch.start[:-1], np.diff(batch.start)) + answers.unit
        top = answers.place[:, 2] + answers.place[:, 5] + batch.units[rows, 6]
        return content, np.maximum.reduceat(top, batch.start[:-1])[shipped]

    def _allowance_mm(self, package: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return flap and seam allowance of mailers, shape ``(p, 2)``; 0 for cartons."""
        policy, catalogue = self._policy, self._catalogue
        lost = [
            (policy.flap_allowance_mm[style], policy.seam_allowance_mm[style])
            if kind == MAILER
            else (0, 0)
            for style, kind in zip(catalogue.style, catalogue.kind, strict=True)
        ]
        return np.array(lost, np.int64).reshape(-1, 2)[package]

    def _outer_mm(
        self,
        package: NDArray[np.int32],
        mailer: NDArray[np.bool_],
        thickness: NDArray[np.int32],
    ) -> NDArray[np.int32]:
        outer = self._catalogue.outer_mm[package].copy()
        outer[mailer, :2] = self._catalogue.inner_mm[package[mailer], :2]
        outer[mailer, 2] = thickness[mailer]
        return outer

    def _volumes_mm3(
        self,
        package: NDArray[np.int32],
        mailer: NDArray[np.bool_],
        thickness: NDArray[np.int32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return inner and outer volume; of mailers that of the virtual carton of the plan."""
        inner = self._catalogue.inner_mm[package].astype(np.int64)
        outer = self._catalogue.outer_mm[package].astype(np.int64)
        bag = inner[mailer, :2] - self._allowance_mm(package)[mailer] - thickness[mailer, None]
        deep = thickness[mailer, None]
        inner[mailer] = np.hstack([bag - 2 * self._policy.wall_clearance_mm, deep])
        outer[mailer] = np.hstack([bag, deep])
        return inner.prod(axis=1), outer.prod(axis=1)

    def _fill_g(
        self, package: NDArray[np.int32], mailer: NDArray[np.bool_], content: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return filler for the empty space of cartons in g (density times volume)."""
        empty = self._catalogue.inner_mm[package].astype(np.int64).prod(axis=1) - content
        return np.where(mailer, 0.0, empty * (self._policy.materials.filler_kg_m3 / 1e6))

    def _answers(
        self, batch: Batch, answers: Answers, shipped: NDArray[np.intp], parcels: pa.Table
    ) -> pa.Table:
        none = answers.package < 0
        content = batch.content_mm3
        cost = self._costs.in_units(self._costs.cost_of(answers.package, content))
        bound = self._costs.in_units(self._costs.cost_of(answers.bound, content))

        def of_parcel(column: str) -> pa.Array:
            values = np.zeros(len(none))
            values[shipped] = parcels[column].to_numpy()
            return pa.array(values, mask=none)

        return pa.Table.from_arrays(
            [
                self._order_ids(np.arange(len(none))),
                _word(answers.verdict, pa.array(VERDICTS)),
                (~none).astype(np.int32),
                self._package_ids(answers.package, none),
                pa.array(cost, mask=none),
                pa.array(bound, mask=answers.verdict == _UNPACKABLE),
                np.diff(batch.start).astype(np.int32),
                content,
                self._weights(batch, slice(None)),
                of_parcel("tare_g"),
                of_parcel("fill_g"),
                of_parcel("empty_space_inner"),
                of_parcel("empty_space_outer"),
                answers.work,
            ],
            schema=ORDERS,
        )

    def _placements(self, batch: Batch, unit_line: NDArray[np.int64], answers: Answers) -> pa.Table:
        units = np.diff(batch.start)
        first = np.repeat(batch.start[:-1], units)
        placed = np.repeat(answers.package >= 0, units)
        order = np.repeat(np.arange(len(units)), units)
        sequence = np.arange(len(placed)) - first + 1
        row = first + answers.unit
        number = _numbers(unit_line) + self._numbered_before()[unit_line]
        if not placed.all():
            order, sequence, row = order[placed], sequence[placed], row[placed]
            place, support = answers.place[placed], answers.support[placed]
        else:
            place, support = answers.place, answers.support
        sku = self._orders.skus.dictionary_encode()
        return pa.Table.from_arrays(
            [
                self._order_ids(order),
                np.ones(len(order), np.int32),
                sequence.astype(np.int32),
                _word(sku.indices.to_numpy()[unit_line[row]], sku.dictionary),
                number[row].astype(np.int32),
                *(np.ascontiguousarray(place[:, c]) for c in range(6)),
                support,
            ],
            schema=PLACEMENTS,
        )

    def _numbered_before(self) -> NDArray[np.int64]:
        """Return for each line the units of its SKU on earlier lines of its order."""
        orders = self._orders
        before = np.zeros(orders.n_lines, np.int64)
        lines = np.diff(orders.line_start)
        several = np.flatnonzero(np.repeat(lines > 1, lines))
        if not len(several):
            return before
        order = np.repeat(np.arange(orders.n_orders), lines)[several]
        sku = orders.skus.take(pa.array(several)).dictionary_encode().indices.to_numpy()
        by_sku = np.lexsort((several, sku, order))
        qty = orders.qty[several[by_sku]].astype(np.int64)
        total = np.cumsum(qty) - qty
        new = np.ones(len(several), np.bool_)
        new[1:] = (np.diff(order[by_sku]) != 0) | (np.diff(sku[by_sku]) != 0)
        base = total[new][np.cumsum(new) - 1]
        before[several[by_sku]] = total - base
        return before

    def _ruled_out(self, answers: Answers) -> pa.Table:
        n_orders, n_packages = len(answers.package), len(self._catalogue.package_ids)
        within = np.arange(n_packages) < answers.n_ruled[:, None]
        rows = np.flatnonzero(within.reshape(n_orders * n_packages))
        order = np.repeat(np.arange(n_orders), answers.n_ruled)
        return pa.Table.from_arrays(
            [
                self._order_ids(order),
                self._package_ids(answers.ruled[rows]),
                _word(answers.reason[rows], pa.array(REASONS)),
            ],
            schema=RULED_OUT,
        )


def _numbers(unit_line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number, from 1, of each canonical unit within its line, shape ``(u,)``."""
    rows = np.arange(len(unit_line))
    new = np.ones(len(unit_line), np.bool_)
    new[1:] = np.diff(unit_line) != 0
    first: NDArray[np.int64] = np.flatnonzero(new)[np.cumsum(new) - 1]
    return rows - first + 1


def _word(
    index: NDArray[np.integer], words: pa.Array, mask: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """Return a dictionary column; ``mask`` marks nulls."""
    indices = pa.array(index.astype(np.int32, copy=False), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, words)


def _empty_share(content: NDArray[np.int64], volume: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of a volume that holds no unit, from 0 to 1."""
    return np.maximum(1 - content / np.maximum(volume, 1), 0.0)
