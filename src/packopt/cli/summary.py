"""What a run came to, in a few lines: verdicts, packages, grams, empty space, time."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.recommendations import Recommendations

MEANING: Final = {
    "optimal": "no cheaper package holds the order, axis-aligned: proved",
    "feasible": "something cheaper stayed undecided; --effort thorough tries harder",
    "unpackable": "no package holds the order: proved, see packopt explain",
    "undecided": "neither a plan nor a proof; --effort thorough tries harder",
}
_MOST_REJECTS: Final = 5
_MOST_PACKAGES: Final = 8


class Tally:
    """Counts and sums over the batches of one run; its clock starts with it."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._verdicts: Counter[str] = Counter()
        self._packages: Counter[str] = Counter()
        self._orders = 0
        self._tare_g = self._fill_g = 0.0
        self._content_mm3 = self._inner_mm3 = 0.0

    def add(self, batch: Recommendations) -> None:
        """Count one batch."""
        self._orders += batch.orders.num_rows
        self._verdicts += _counts(batch.orders["verdict"])
        self._packages += _counts(batch.parcels["package_id"])
        self._tare_g += _sum(batch.parcels["tare_g"])
        self._fill_g += _sum(batch.parcels["fill_g"])
        content = batch.parcels["content_mm3"].cast(pa.float64())
        # Undo the share: content / (1 - empty) is the inner volume, and content is never 0.
        filled = pc.subtract(1.0, batch.parcels["empty_space_inner"])
        self._content_mm3 += _sum(content)
        self._inner_mm3 += _sum(pc.divide(content, filled))

    def lines(self) -> list[str]:
        """The summary, one line each."""
        seconds = time.perf_counter() - self._start
        return [
            f"{self._orders:,} orders answered",
            *(
                f"  {verdict:<11}{self._verdicts[verdict]:>12,}   {meaning}"
                for verdict, meaning in MEANING.items()
                if self._verdicts[verdict]
            ),
            *(self._parcel_lines() if self._packages else []),
            f"{seconds:.1f} s, {self._orders / seconds:,.0f} orders a second",
        ]

    def _parcel_lines(self) -> list[str]:
        empty = 1 - self._content_mm3 / self._inner_mm3
        used = [f"{name} {count:,}" for name, count in self._packages.most_common(_MOST_PACKAGES)]
        others = len(self._packages) - len(used)
        return [
            f"packages used: {', '.join(used)}{f' and {others} others' if others else ''}",
            f"packages and tape {mass(self._tare_g)}, filler {mass(self._fill_g)}",
            f"{empty:.1%} of the packages' inner space is empty",
        ]


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


def _counts(column: pa.ChunkedArray) -> Counter[str]:
    entries = pc.value_counts(column.cast(pa.string())).to_pylist()
    return Counter({entry["values"]: entry["counts"] for entry in entries})


def _sum(column: pa.ChunkedArray) -> float:
    return float(pc.sum(column).as_py() or 0.0)
