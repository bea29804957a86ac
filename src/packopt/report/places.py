"""Where the savings are: by order size, by SKU, and the orders where the baseline wastes most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt import labels
from packopt.report.answer import MAIN
from packopt.report.blocks import Block, Cell, Column, Heading, Section, Table
from packopt.report.figures import key_of
from packopt.report.material import by_key, plain
from packopt.report.numerals import Unit, decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from packopt.report.material import Material

MOST_SKUS: Final = 25
MOST_LOSING: Final = 5
MOST_ORDERS: Final = 20
#: Besides the mass, these are shown where they are known.
ALSO: Final = ("board_m2", "money", "co2e_g")
_SAVED: Final = "saved_g"

Rows = dict[str, dict[str, dict[str, Any]]]


def places(material: Material) -> Section:
    """The section: three tables, each sorted by what is saved."""
    words = material.words
    sizes = by_key(material.savings.by_units, "units")
    ranked = _ranked(material.savings.by_sku)
    blocks: list[Block] = []
    if sizes:
        blocks.append(_long_table(material, "size", "units", sizes, sorted(sizes, key=_smallest)))
    if ranked.num_rows:
        blocks += [Heading(words("sku.heading")), _sku_table(material, ranked)]
    blocks += _regrets(material)
    return Section("where", words("where.name"), _finding(material, ranked), blocks)


def _ranked(by_sku: pa.Table) -> pa.Table:
    """SKUs and their savings of mass, the largest first; there may be many."""
    main = labels.places(by_sku["measure"], pa.array([MAIN])) == 0
    rows = plain(by_sku.select(["sku", "saved"]).filter(pa.array(main)))
    return rows.take(pc.sort_indices(rows, [("saved", "descending"), ("sku", "ascending")]))


def _smallest(group: str) -> int:
    """The least number of units in a group such as 4-6 or 13+."""
    return int(group.partition("-")[0].rstrip("+"))


def _finding(material: Material, ranked: pa.Table) -> Markup:
    """What share of the saving the best few SKUs have."""
    whole, n = material.totals.get(MAIN), ranked.num_rows
    if whole is None or whole["saved"] <= 0 or n < 2:  # one has all of it
        return material.words("where.finding_none")
    shown, best = material.shown, max(1, min(MOST_SKUS, n // 5))
    share = sum(ranked["saved"][:best].to_pylist()) / whole["saved"]
    return material.words(
        "where.finding",
        share=shown.share("sku.best_share", str(best), share, places=0),
        best=shown.count("sku.best", "", best),
        all=shown.count("sku.all", "", n),
    )


def _long_table(
    material: Material,
    name: str,
    key: str,
    rows: Rows,
    keys: Sequence[str],
    note: Markup | str = "",
) -> Table:
    """A table of a long table's keys: orders, mass before and after, saved, and what else is known.

    Parameters
    ----------
    name
        Of the figures and of the texts.
    key
        Text of the heading of the first column.
    rows
        Key, measure, row.
    keys
        The keys to show, in this order.
    """
    words, shown = material.words, material.shown
    mains = [row[MAIN] for row in rows.values() if MAIN in row]
    largest = max((max(abs(row["baseline"]), abs(row["plan"])) for row in mains), default=0.0)
    most = max((abs(row["saved"]) for row in mains), default=0.0)
    unit = shown.unit_of(MAIN, largest)
    also = [one for one in ALSO if any(one in row for row in rows.values())]
    also_units = {one: _unit(material, one, rows) for one in also}
    mass = shown.unit_name(unit)
    columns = [
        Column(words(f"column.{key}"), numeric=False),
        Column(words("column.orders")),
        Column(words("column.packaging_before"), mass),
        Column(words("column.packaging_after"), mass),
        Column(words("column.saved"), mass),
        Column(words("column.saved_share")),
        Column(words("column.saved_each"), "g"),
        *(
            Column(words(f"column.saved_{one}"), shown.unit_name(also_units[one][0]))
            for one in also
        ),
    ]
    figures = _Figures(material, name, unit, decimals(largest / unit.per, 4), most, also_units)
    cells = [figures.row(one, rows[one]) for one in keys]
    return Table(f"{name}-table", words(f"{name}.caption"), columns, cells, note=note)


def _unit(material: Material, measure: str, rows: Rows) -> tuple[Unit, int]:
    largest = max(abs(row[measure]["saved"]) for row in rows.values() if measure in row)
    unit = material.shown.unit_of(measure, largest)
    return unit, decimals(largest / unit.per, 4)


class _Figures:
    """Writes the rows of `_long_table`, all in the same units with the same decimals."""

    def __init__(
        self,
        material: Material,
        name: str,
        unit: Unit,
        places: int,
        most: float,
        also: dict[str, tuple[Unit, int]],
    ) -> None:
        self._material, self._name, self._unit = material, name, unit
        self._places, self._most, self._also = places, most, also

    def row(self, key: str, row: dict[str, dict[str, Any]]) -> list[Cell]:
        """Cells of one key."""
        some = row.get(MAIN) or next(iter(row.values()))
        shown = self._material.shown
        return [
            Cell(key, key),
            Cell(shown.count(f"{self._name}.orders", key, some["orders"]), some["orders"]),
            *self._main(key, row.get(MAIN)),
            *(self._other(key, one, row.get(one)) for one in self._also),
        ]

    def _main(self, key: str, row: dict[str, Any] | None) -> list[Cell]:
        if row is None:
            return [Cell("–")] * 5
        shown, name, words = self._material.shown, key_of(key, MAIN), self._name
        values = {side: row[side] for side in ("baseline", "plan", "saved")}
        bar = row["saved"] / self._most if self._most else None
        each = row["saved"] * 1e3 / row["orders"] if row["orders"] else None
        return [
            *(
                Cell(
                    shown.number(f"{words}.{side}", name, value, self._unit, self._places),
                    value,
                    bar if side == "saved" else None,
                )
                for side, value in values.items()
            ),
            Cell(shown.share(f"{words}.saved_share", name, row["saved_share"]), row["saved_share"]),
            Cell(shown.number(f"{words}.each", name, each, Unit("g"), 1), each),
        ]

    def _other(self, key: str, measure: str, row: dict[str, Any] | None) -> Cell:
        if row is None:
            return Cell("–")
        unit, places = self._also[measure]
        element = self._material.shown.number(
            f"{self._name}.saved", key_of(key, measure), row["saved"], unit, places
        )
        return Cell(element, row["saved"])


def _sku_table(material: Material, ranked: pa.Table) -> Table:
    """The SKUs that save most, and below them those that lose most."""
    rest = ranked.slice(MOST_SKUS)
    losing = rest.filter(pc.less(rest["saved"], 0.0))
    losing = losing.slice(max(0, losing.num_rows - MOST_LOSING))
    keys = pa.concat_tables([ranked.slice(0, MOST_SKUS), losing])["sku"]
    by_sku = material.savings.by_sku
    shown = by_sku.filter(pc.is_in(by_sku["sku"].cast(pa.string()), keys.combine_chunks()))
    note: Markup | str = ""
    if len(keys) < ranked.num_rows:
        note = material.words(
            "sku.cut",
            most=len(keys),
            skus=material.shown.count("sku.all", "", ranked.num_rows),
            file="savings_by_sku.parquet",
        )
    return _long_table(material, "sku", "sku", by_key(shown, "sku"), keys.to_pylist(), note)


def _regrets(material: Material) -> list[Block]:
    """Orders by what the plan saves, and by what it costs more."""
    orders = material.counted
    saved = pc.subtract(orders[f"baseline_{MAIN}"], orders[f"plan_{MAIN}"])
    orders = orders.append_column(_SAVED, saved)
    blocks: list[Block] = []
    for name, sign in (("regret", 1.0), ("loss", -1.0)):
        best = _most(orders, sign)
        if best:
            heading = Heading(material.words(f"{name}.heading"))
            blocks += [heading, _order_table(material, name, best)]
    return blocks


def _most(orders: pa.Table, sign: float) -> list[dict[str, Any]]:
    """The orders that save most, or lose most where the sign is negative; ties by name."""
    saved = sign * np.asarray(orders[_SAVED].to_numpy(), dtype=np.float64)  # null is NaN
    gains = saved[saved > 0]
    if not len(gains):
        return []
    least = np.partition(gains, -min(MOST_ORDERS, len(gains)))[-min(MOST_ORDERS, len(gains))]
    some = plain(orders.take(pa.array(np.flatnonzero(saved >= least))))
    direction = "descending" if sign > 0 else "ascending"
    order = pc.sort_indices(some, sort_keys=[(_SAVED, direction), ("order_id", "ascending")])
    rows: list[dict[str, Any]] = some.take(order[:MOST_ORDERS]).to_pylist()
    return rows


def _order_table(material: Material, name: str, rows: list[dict[str, Any]]) -> Table:
    words, shown = material.words, material.shown
    most = max(abs(row[_SAVED]) for row in rows)
    columns = [
        Column(words("column.order"), numeric=False),
        Column(words("column.units")),
        Column(words("column.instead_of"), numeric=False),
        Column(words("column.now"), numeric=False),
        Column(words("column.packaging_before"), "g"),
        Column(words("column.packaging_after"), "g"),
        Column(words("column.saved"), "g"),
        Column(words("column.empty_before")),
        Column(words("column.empty_after")),
    ]
    several = words("regret.several")
    cells = []
    for row in rows:
        order = row["order_id"]
        grams = {
            "baseline_g": row[f"baseline_{MAIN}"],
            "plan_g": row[f"plan_{MAIN}"],
            "saved_g": row[_SAVED],
        }
        cells.append(
            [
                Cell(order, order),
                Cell(shown.count("order.units", order, row["units"]), row["units"]),
                Cell(row["baseline_package"] or several, row["baseline_package"]),
                Cell(row["plan_package"] or several, row["plan_package"]),
                *(
                    Cell(
                        shown.number(f"order.{what}", order, value, Unit("g"), 1),
                        value,
                        value / most if what == "saved_g" else None,
                    )
                    for what, value in grams.items()
                ),
                *(
                    Cell(
                        shown.share(f"order.{side}_empty", order, row[f"{side}_empty_space"]),
                        row[f"{side}_empty_space"],
                    )
                    for side in ("baseline", "plan")
                ),
            ]
        )
    return Table(name, words(f"{name}.caption", most=MOST_ORDERS), columns, cells)
