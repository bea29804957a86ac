"""Order lines: every value checked, lines grouped by order, faulty orders set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.faults import rejects
from packopt.order_columns import Source, join_skus, open_lines
from packopt.validation import Inspection, Range

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIENTATIONS: Final = ("any", "upright", "flat", "fixed")

MOST_UNITS: Final = 10_000

_QTY: Final = Range(1, MOST_UNITS, "units", "refuse")
_SIDE: Final = Range(1, 10_000, "mm")
_WEIGHT: Final = Range(1, 1_000_000, "g")
_LOAD: Final = Range(0, 1_000_000_000, "g", "down")
_PADDING: Final = Range(0, 1000, "mm")
_MIN_HEIGHT: Final = Range(0, 10_000, "mm")

_HINTS: Final = {
    "qty": "State how many units were ordered.",
    "side": "Measure the unit; missing sizes are never guessed.",
    "weight": "Weigh the unit, or leave the whole column out.",
    "max_load": "Leave it empty where there is no limit.",
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which lines are accepted, in the order in which they are kept.

    Attributes
    ----------
    order_ids
        ``(n,)`` accepted orders, by first appearance.
    line_start
        ``(n + 1,)`` first line of each order among the kept ones.
    kept
        Input lines in their new order; None where all lines stay where they are.
    """

    order_ids: pa.StringArray
    line_start: NDArray[np.int64]
    kept: NDArray[np.int64] | None

    def arrange(self, column: Any) -> Any:
        """The kept values of a column, NumPy or Arrow, in their new order."""
        if self.kept is None:
            return column
        return (
            column[self.kept]
            if isinstance(column, np.ndarray)
            else column.take(pa.array(self.kept))
        )


def accept_lines(lines: Source, skus: Source | None) -> dict[str, Any]:
    """Check every line and group the lines of the accepted orders.

    Parameters
    ----------
    lines
        Order lines; with ``skus`` they may lack sizes.
    skus
        Sizes and other properties by SKU, or None where the lines have them.

    Returns
    -------
    The fields of `packopt.orders.Orders` by name.

    Raises
    ------
    OrdersError
        If the input is unusable as a whole: no rows, missing or ambiguous columns, personal data.
    """
    notes: list[str] = []
    inspection, row_numbers = open_lines(lines, skus, notes)
    ids = inspection.texts("order_id")
    names = inspection.texts("sku")
    columns: dict[str, Any] = {"skus": names, "qty": _quantities(inspection)}
    if skus is not None:
        join_skus(inspection, names, skus, notes)
    weights_known = _weights_known(inspection, notes)
    columns |= _item_columns(inspection, weights_known)
    grouping = _group(inspection, ids, columns["qty"])
    return {
        "order_ids": grouping.order_ids,
        "line_start": grouping.line_start,
        **{name: grouping.arrange(column) for name, column in columns.items()},
        "weights_known": weights_known,
        "baseline_package": _first_values(inspection, "baseline_package", grouping),
        "date": _first_values(inspection, "date", grouping),
        "rejects": rejects(inspection.faults, ids, row_numbers),
        "notes": tuple(notes),
    }


def _quantities(inspection: Inspection) -> NDArray[np.int32]:
    """Quantities; lines that ask for what packopt cannot do yet are faults."""
    if "group" in inspection:
        inspection.fault(
            inspection.optional_texts("group").is_valid().to_numpy(zero_copy_only=False),
            "group",
            "a group, not supported yet",
            "an empty value",
            "Send each group as an order of its own.",
        )
    inspection.fault(
        inspection.flags("own_container", default=False),
        "own_container",
        "a unit in its own container, not supported yet",
        "false or an empty value",
        "Leave such units out of the order.",
    )
    return inspection.numbers("qty", _QTY, hint=_HINTS["qty"]).astype(np.int32)


def _weights_known(inspection: Inspection, notes: list[str]) -> bool:
    if "weight" in inspection and not inspection.is_blank("weight"):
        return True
    notes.append(f"{inspection.source}: no weights, so no weight limit is asked")
    return False


def _item_columns(inspection: Inspection, weights_known: bool) -> dict[str, Any]:
    sides = [
        inspection.numbers(side, _SIDE, hint=_HINTS["side"])
        for side in ("length", "width", "height")
    ]
    size_mm = np.stack(sides, axis=1).astype(np.int32)
    weight_g = (
        inspection.numbers("weight", _WEIGHT, hint=_HINTS["weight"])
        if weights_known
        else np.zeros(len(size_mm))
    )
    orientations = {word: code for code, word in enumerate(ORIENTATIONS)}
    fragile = inspection.flags("fragile", default=False)
    return {
        "size_mm": size_mm,
        "weight_g": weight_g.astype(np.int32),
        "orientation": inspection.choices("orientation", orientations, default=0).astype(np.uint8),
        "fragile": fragile,
        "max_load_g": inspection.numbers(
            "max_load", _LOAD, default=-1, hint=_HINTS["max_load"]
        ).astype(np.int32),
        "padding_mm": inspection.numbers("padding", _PADDING, default=0).astype(np.int32),
        "mailer_ok": inspection.flags("mailer_ok", default=True) & ~fragile,
        "min_height_mm": _min_heights(inspection, size_mm),
    }


def _min_heights(inspection: Inspection, size_mm: NDArray[np.int32]) -> NDArray[np.int32]:
    min_height_mm = inspection.numbers("min_height", _MIN_HEIGHT, default=0).astype(np.int32)
    inspection.fault(
        (min_height_mm > size_mm[:, 2]) & ~inspection.faulty,
        "min_height",
        "more than the height",
        "at most the unit's height",
        "A soft unit can only be pressed thinner.",
    )
    return min_height_mm


def _group(inspection: Inspection, ids: pa.StringArray, qty: NDArray[np.int32]) -> Grouping:
    """Gather the lines of each order, and drop orders with a faulty line or too many units."""
    encoded = ids.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy()
    # One bin more than there are orders: lines without an order fall into the last one, -1.
    accepted = np.ones(len(encoded.dictionary) + 1, dtype=np.bool_)
    accepted[-1] = False
    accepted[codes[inspection.faulty]] = False
    _refuse_bulk(inspection, codes, qty, accepted)
    is_kept = accepted[codes]
    if is_kept.all():
        return _arranged(encoded.dictionary, codes, None)
    kept = np.flatnonzero(is_kept)
    renumbered = np.cumsum(accepted) - 1
    order_ids = encoded.dictionary.filter(pa.array(accepted[:-1]))
    return _arranged(order_ids, renumbered[codes[kept]], kept)


def _refuse_bulk(
    inspection: Inspection,
    codes: NDArray[np.int32],
    qty: NDArray[np.int32],
    accepted: NDArray[np.bool_],
) -> None:
    units = np.bincount(codes[codes >= 0], qty[codes >= 0], minlength=len(accepted))
    bulky = np.flatnonzero((units > MOST_UNITS) & accepted)
    if len(bulky) == 0:
        return
    accepted[bulky] = False
    # The first line stands for the order: np.unique returns first occurrences.
    found, first_line = np.unique(codes, return_index=True)
    lines = np.zeros(len(codes), dtype=np.bool_)
    lines[first_line[np.isin(found, bulky)]] = True
    inspection.fault(
        lines,
        "qty",
        "too many units in one order",
        f"at most {MOST_UNITS:,} units over all lines of an order",
        "Split the order.",
        pa.array(units[codes].astype(np.int64)),
    )


def _arranged(
    order_ids: pa.StringArray, codes: NDArray[np.int64], kept: NDArray[np.int64] | None
) -> Grouping:
    line_start = np.zeros(len(order_ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=len(order_ids)), out=line_start[1:])
    # Most files have the lines of an order together, and codes count up by first appearance.
    if np.all(codes[1:] >= codes[:-1]):
        return Grouping(order_ids, line_start, kept)
    order = _stable_order(codes)
    return Grouping(order_ids, line_start, order if kept is None else kept[order])


def _stable_order(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stable argsort. Sorting code and position in one integer is 10 times as fast as argsort."""
    bits = len(codes).bit_length()
    keys = (codes.astype(np.int64) << bits) | np.arange(len(codes))
    keys.sort()
    return np.asarray(keys & ((1 << bits) - 1), dtype=np.int64)


def _first_values(inspection: Inspection, field: str, grouping: Grouping) -> pa.Array | None:
    """The value on the first line of each order, or None without such a column."""
    if field not in inspection:
        return None
    values = inspection.raw(field)
    first = grouping.line_start[:-1]
    return values.take(pa.array(first if grouping.kept is None else grouping.kept[first]))
