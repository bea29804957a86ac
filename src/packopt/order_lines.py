"""Order lines: every value checked, and the columns of the accepted orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.faults import rejects
from packopt.grouping import MOST_UNITS, Grouping, group_lines
from packopt.labels import Labels, encode
from packopt.line_rules import PLACED, refuse_contradictions
from packopt.order_columns import Source, Whole, join_skus, open_lines
from packopt.ranges import Range
from packopt.spelling import as_it_is, capitals, small_letters
from packopt.trade_codes import read_gtins
from packopt.words_and_dates import read_dates, read_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.validation import Inspection

ORIENTATIONS: Final = ("any", "upright", "flat", "fixed")
FLAT: Final = 2
AMBIENT: Final = "ambient"
"""The temperature of lines and packages that state none."""
_QTY: Final = Range(1, MOST_UNITS, "units", "refuse")
_SIDE: Final = Range(1, 10_000, "mm")
_WEIGHT: Final = Range(1, 1_000_000, "g")
_LOAD: Final = Range(0, 1_000_000_000, "g", "down")
_PADDING: Final = Range(0, 1000, "mm")
_MIN_HEIGHT: Final = Range(0, 10_000, "mm")
_TOLERANCE: Final = Range(0, 1000, "mm")
_NEST_HEIGHT: Final = Range(0, 10_000, "mm")
# Where a unit lies is never rounded: it would be moved into another one, or through a wall.
_CORNER: Final = Range(0, 10_000, "mm", "refuse")

_HINTS: Final = {
    "qty": "State how many units were ordered.",
    "side": "Measure the unit; missing sizes are never guessed.",
    "weight": "Weigh the unit, or leave the whole column out.",
    "max_load": "Leave it empty where there is no limit.",
}


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
    columns: dict[str, Any] = {
        "row": row_numbers,
        "skus": names,
        "qty": inspection.numbers("qty", _QTY, hint=_HINTS["qty"]).astype(np.int32),
        "placed_mm": _corners(inspection),
    }
    if skus is not None:
        join_skus(inspection, names, skus, notes)
    weights_known = _weights_known(inspection, notes, lines.whole)
    columns |= _item_columns(inspection, weights_known) | _words(inspection)
    of_orders = {
        "region": read_labels(inspection, "region", capitals),
        # Package ids are names of somebody else: they stay as they are.
        "placed_in": read_labels(inspection, "placed_in", as_it_is),
    }
    gtin = read_gtins(inspection)
    date = read_dates(inspection, "date") if "date" in inspection else None
    order, distinct = encode(ids)
    refuse_contradictions(inspection, order, columns | of_orders, FLAT)
    _note_own_cooling(inspection, columns, notes)
    grouping = group_lines(inspection, distinct, order, columns["qty"])
    baseline = inspection.raw("baseline_package") if "baseline_package" in inspection else None
    return {
        "order_ids": grouping.order_ids,
        "line_start": grouping.line_start,
        **{name: grouping.arrange(column) for name, column in columns.items()},
        **{name: grouping.one_of_each(labels) for name, labels in of_orders.items()},
        "gtin": None if gtin is None else grouping.arrange(gtin),
        "baseline_package": _one_baseline(grouping, baseline, inspection.source, notes),
        "date": _first_dates(grouping, date, inspection.source, notes),
        "weights_known": weights_known,
        "rejects": rejects(inspection.faults, ids, row_numbers),
        "notes": tuple(notes),
    }


def _one_baseline(
    grouping: Grouping, values: pa.Array | None, source: str, notes: list[str]
) -> pa.Array | None:
    """The package that was used; null where lines of an order name several."""
    first = grouping.firsts(values)
    if values is None or first is None or not (apart := grouping.differs(values)).any():
        return first
    notes.append(
        f"{source}: the lines of {int(apart.sum()):,} orders name different packages in "
        "baseline_package, so none is taken; name one on all lines, or give several parcels as a "
        "result file"
    )
    return pc.if_else(pa.array(apart), pa.scalar(None, first.type), first)


def _first_dates(
    grouping: Grouping, values: pa.Array | None, source: str, notes: list[str]
) -> pa.Array | None:
    """The date on the first line of each order."""
    if values is not None and (apart := grouping.differs(values)).any():
        notes.append(
            f"{source}: the lines of {int(apart.sum()):,} orders have different dates, of which "
            "the first counts"
        )
    return grouping.firsts(values)


def _weights_known(inspection: Inspection, notes: list[str], whole: Whole | None) -> bool:
    if whole is not None:
        # A part without a single weight still lacks them where another part has some.
        known = whole.has_weights
    else:
        known = "weight" in inspection and not inspection.is_blank("weight")
    if known:
        return True
    notes.append(f"{inspection.source}: no weights, so no weight limit is asked")
    return False


def _note_own_cooling(inspection: Inspection, columns: Mapping[str, Any], notes: list[str]) -> None:
    """Nothing is known of own containers, so what they are taken for is said."""
    cold = columns["own_container"] & (columns["temperature"].code >= 0) & ~inspection.faulty
    if lines := int(cold.sum()):
        notes.append(
            f"{inspection.source}: units in their own containers have a temperature (lines: "
            f"{lines:,}), which the containers are taken to keep: no coolant is added; leave "
            "own_container empty where they do not"
        )


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
        "nest_height_mm": inspection.numbers("nest_height", _NEST_HEIGHT, default=0).astype(
            np.int32
        ),
        "own_container": inspection.flags("own_container", default=False),
        "tolerance_mm": _tolerances(inspection, size_mm),
    }


def _tolerances(inspection: Inspection, size_mm: NDArray[np.int32]) -> NDArray[np.int32]:
    tolerance_mm = inspection.numbers("tolerance", _TOLERANCE, default=-1).astype(np.int32)
    inspection.fault(
        (size_mm.max(axis=1) + tolerance_mm > _SIDE.most) & ~inspection.faulty,
        "tolerance",
        "a unit that may be too large",
        f"at most {_SIDE.most:,.0f} mm of size and tolerance together",
        "Check the value and the unit in the column's name.",
    )
    return tolerance_mm


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


def _words(inspection: Inspection) -> dict[str, Labels]:
    """What says who may travel with whom, by line."""
    goods_class, temperature = (
        read_labels(inspection, field, small_letters) for field in ("goods_class", "temperature")
    )
    return {
        "group": read_labels(inspection, "group"),
        "keep_together": read_labels(inspection, "keep_together"),
        "goods_class": goods_class,
        "temperature": _without(temperature, AMBIENT),
        "seller": read_labels(inspection, "seller"),
        "site": read_labels(inspection, "site"),
    }


def _without(labels: Labels, word: str) -> Labels:
    """The same, with none in place of a word that says what goes without saying."""
    if word not in labels.words:
        return labels
    at = labels.words.index(word)
    code = labels.code - (labels.code > at)
    code[labels.code == at] = -1
    return Labels(code.astype(np.int32), labels.words[:at] + labels.words[at + 1 :])


def _corners(inspection: Inspection) -> NDArray[np.int32]:
    if not any(field in inspection for field in PLACED):
        return np.full((inspection.table.num_rows, 3), -1, dtype=np.int32)
    corner = [inspection.numbers(field, _CORNER, default=-1) for field in PLACED]
    return np.stack(corner, axis=1).astype(np.int32)
