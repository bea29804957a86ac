"""What a run came to, in a few lines: verdicts, parcels, grams, empty space, shortages, time."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.tables import FITS, REJECTS

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.recommendations import Recommendations

MEANING: Final = {
    "optimal": "no fewer parcels hold the order, and none cheaper, axis-aligned: proved",
    "feasible": "something better stayed undecided; --effort thorough tries harder",
    "partial": "some units fit no package: proved; the parcels hold the rest",
    "unpackable": "no packages hold the order: proved, see packopt explain",
    "undecided": "neither a plan nor a proof; --effort thorough tries harder",
}
_MOST_REJECTS: Final = 5
_MOST_PACKAGES: Final = 8
_MOST_SIZES: Final = 4
_OWN: Final = "own_container"
_CHOSEN: Final = ("adjustable", "made_to_measure")


class Tally:
    """Counts and sums over the batches of one run; its clock starts with it."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._rejects: list[pa.Table] = []
        self._verdicts: Counter[str] = Counter()
        self._packages: Counter[str] = Counter()
        self._sizes: dict[str, Counter[tuple[int, ...]]] = {}
        self._short: Counter[str] = Counter()
        self._short_cost: dict[str, float] = {}
        self._objective = self._factors = ""
        self._orders = self._split = self._split_parcels = self._proved_split = 0
        self._unpacked = 0
        self._fits: Counter[str] = Counter()
        self._tare_g = self._fill_g = 0.0
        self._content_mm3 = self._inner_mm3 = 0.0

    def add(self, batch: Recommendations) -> None:
        """Count one batch."""
        self._objective = batch.policy.objective
        if self._objective == "co2e" and batch.policy.emissions is not None:
            self._factors = batch.policy.emissions.factors.name
        self._rejects.append(batch.rejects)
        self._orders += batch.orders.num_rows
        self._verdicts += _counts(batch.orders["verdict"])
        self._fits += _counts(batch.orders["fit"].drop_null())
        self._add_splits(batch.orders)
        self._unpacked += int(_sum(batch.unpacked["qty"]))
        parcels = batch.parcels
        self._packages += _counts(parcels["package_id"])
        self._tare_g += _sum(parcels["tare_g"])
        self._fill_g += _sum(parcels["fill_g"])
        kind = parcels["kind"].cast(pa.string())
        boxed = parcels.filter(pc.not_equal(kind, _OWN))
        content = boxed["content_mm3"].cast(pa.float64())
        # Undo the share: content / (1 - empty) is the inner volume, and content is never 0.
        filled = pc.subtract(1.0, boxed["empty_space_inner"])
        self._content_mm3 += _sum(content)
        self._inner_mm3 += _sum(pc.divide(content, filled))
        self._add_sizes(parcels.filter(pc.is_in(kind, value_set=pa.array(_CHOSEN))))
        self._add_shortages(batch.orders)

    def _add_splits(self, orders: pa.Table) -> None:
        several = orders.filter(pc.greater(orders["parcels"], 1))
        self._split += several.num_rows
        self._split_parcels += int(_sum(several["parcels"]))
        proved = pc.equal(several["parcels"], several["parcels_lower_bound"])
        self._proved_split += int(_sum(pc.fill_null(proved, False).cast(pa.int32())))

    def _add_sizes(self, parcels: pa.Table) -> None:
        columns = parcels.select(["package_id", "length_mm", "width_mm", "height_mm"])
        groups = columns.group_by(columns.column_names).aggregate([([], "count_all")])
        for row in groups.to_pylist():
            size = row["length_mm"], row["width_mm"], row["height_mm"]
            self._sizes.setdefault(row["package_id"], Counter())[size] += row["count_all"]

    def _add_shortages(self, orders: pa.Table) -> None:
        short = orders.filter(orders["shortage_package_id"].is_valid())
        for row in short.select(["shortage_package_id", "shortage_cost"]).to_pylist():
            name, cost = row["shortage_package_id"], row["shortage_cost"] or 0.0
            self._short[name] += 1
            self._short_cost[name] = self._short_cost.get(name, 0.0) + cost

    @property
    def rejects(self) -> pa.Table:
        """All input that was not accepted, at the door or by catalogue and policy."""
        return pa.concat_tables(self._rejects) if self._rejects else REJECTS.empty_table()

    def lines(self) -> list[str]:
        """The summary, one line each."""
        seconds = time.perf_counter() - self._start
        return [
            f"{self._orders:,} orders answered",
            *([f"CO2e counted by the factors {self._factors}"] if self._factors else []),
            *(
                f"  {verdict:<11}{self._verdicts[verdict]:>12,}   {meaning}"
                for verdict, meaning in MEANING.items()
                if self._verdicts[verdict]
            ),
            *self._fit_lines(),
            *self._split_lines(),
            *(self._parcel_lines() if self._packages else []),
            *self._size_lines(),
            *self._shortage_lines(),
            f"{seconds:.1f} s, {self._orders / seconds:,.0f} orders a second",
        ]

    def _fit_lines(self) -> list[str]:
        if not self._fits:
            return []
        fits = ", ".join(f"{word} {self._fits[word]:,}" for word in FITS if self._fits[word])
        return [f"sizes with a tolerance fit: {fits}"]

    def _split_lines(self) -> list[str]:
        lines = []
        if self._split:
            lines.append(
                f"{_number(self._split, 'order')} in {self._split_parcels:,} parcels; for "
                f"{self._proved_split:,} it is proved that no fewer hold the order"
            )
        if self._unpacked:
            units = _number(self._unpacked, "unit")
            lines.append(f"without a package that holds it: {units}, see the table unpacked")
        return lines

    def _parcel_lines(self) -> list[str]:
        parcels = self._packages.total()
        own = self._packages[_OWN]
        packages = Counter({name: n for name, n in self._packages.items() if name != _OWN})
        used = [f"{name} {count:,}" for name, count in packages.most_common(_MOST_PACKAGES)]
        others = len(packages) - len(used)
        lines = []
        if own:
            lines.append(
                f"{own:,} of {parcels:,} parcels ({own / parcels:.1%}) ship in the units' own "
                "containers: no second packaging"
            )
        if packages:
            empty = 1 - self._content_mm3 / self._inner_mm3
            lines += [
                f"packages used: {', '.join(used)}{f' and {others} others' if others else ''}",
                f"packages and tape {mass(self._tare_g)}, filler {mass(self._fill_g)}",
                f"{empty:.1%} of the packages' inner space is empty",
            ]
        return lines

    def _size_lines(self) -> list[str]:
        """Of each package whose size is chosen, how many sizes, and the most frequent ones."""
        lines = []
        for name, sizes in sorted(self._sizes.items()):
            most = [
                f"{' × '.join(map(str, size))} mm {count:,}"
                for size, count in sizes.most_common(_MOST_SIZES)
            ]
            rest = ", ..." if len(sizes) > len(most) else ""
            lines.append(f"{name} in {_number(len(sizes), 'size')}: {', '.join(most)}{rest}")
        return lines

    def _shortage_lines(self) -> list[str]:
        return [
            f"short of {name}: {_number(count, 'order')}, which cost "
            f"{self._amount(self._short_cost[name])} more for it"
            for name, count in self._short.most_common()
        ]

    def _amount(self, cost: float) -> str:
        """A cost under the run's objective."""
        if self._objective == "material":
            return mass(cost)
        if self._objective == "co2e":
            return f"{mass(cost)} CO2e"
        return f"{cost / 1e6:,.1f} L" if self._objective == "volume" else f"{cost:,.2f}"


def reject_lines(rejects: pa.Table, written_to: Path | None) -> list[str]:
    """Which input was not accepted: the first few lines, and where all of them are.

    Parameters
    ----------
    rejects
        A table of the schema `packopt.tables.REJECTS`.
    written_to
        Where all of them were written, or None.
    """
    if not rejects.num_rows:
        return []
    orders = len(rejects["order_id"].unique())
    first = rejects.slice(0, _MOST_REJECTS).to_pylist()
    hidden = rejects.num_rows - len(first)
    where = f"all of them in {written_to}" if written_to else "--out keeps all of them"
    return [
        f"{orders:,} orders not accepted, for {rejects.num_rows:,} faults; {where}",
        *(f"  {_reject(row)}" for row in first),
        *([f"  and {hidden:,} more"] if hidden else []),
    ]


def mass(grams: float) -> str:
    """A mass in g, kg or t, whichever reads best."""
    for unit, size in (("t", 1e6), ("kg", 1e3)):
        if grams >= size:
            return f"{grams / size:,.1f} {unit}"
    return f"{grams:,.0f} g"


def _reject(row: dict[str, object]) -> str:
    return (
        f"row {row['row']}, order {row['order_id']}, {row['field']} = {row['value']!r}: "
        f"{row['reason']}; {row['hint']}"
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def _counts(column: pa.ChunkedArray) -> Counter[str]:
    entries = pc.value_counts(column.cast(pa.string())).to_pylist()
    return Counter({entry["values"]: entry["counts"] for entry in entries})


def _sum(column: pa.ChunkedArray) -> float:
    return float(pc.sum(column).as_py() or 0.0)
