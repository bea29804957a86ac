"""The proposed set as a file that `packopt recommend` reads."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any, Final

from packopt.catalogue import ADJUSTABLE, KINDS, MADE_TO_MEASURE, MAILER

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue

_COLUMNS: Final = (
    "package_id", "kind", "style", "length_mm", "width_mm", "height_mm", "max_thickness_mm",
    "min_length_mm", "min_width_mm", "min_height_mm", "step_mm", "heights_mm", "outer_length_mm",
    "outer_width_mm", "outer_height_mm", "flute", "grammage_gsm", "tare_g", "max_content_g",
    "unit_cost", "currency", "material", "plastic", "closure", "degradable", "reusable_trips",
    "recycled_share", "recyclable", "certificate", "sites", "temperature", "coolant_volume_mm3",
    "coolant_g", "reusable",
)  # fmt: skip


def catalogue_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Package types as rows of a catalogue file, without their stock; None where not stated."""
    return [_row(catalogue, k) for k in range(catalogue.n_packages)]


def catalogue_text(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV; columns that nothing is stated in are left out.

    Parameters
    ----------
    rows
        As `catalogue_rows` returns them.
    """
    needed = {"package_id", "kind", "length_mm", "width_mm"}
    columns = [
        name for name in _COLUMNS if name in needed or any(row[name] is not None for row in rows)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else value


def _row(catalogue: Catalogue, k: int) -> dict[str, Any]:
    kind = int(catalogue.kind[k])
    length, width, height = catalogue.inner_mm[k].tolist()
    outer = catalogue.outer_mm[k].tolist()
    attributes = {
        name: catalogue.attributes[name][k].as_py() for name in catalogue.attributes.column_names
    }
    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    row |= attributes
    row |= {
        "package_id": catalogue.package_ids[k],
        "kind": KINDS[kind],
        "style": catalogue.style[k],
        "length_mm": length,
        "width_mm": width,
        "flute": catalogue.flute[k] or None,
        "grammage_gsm": _known(catalogue.grammage_gsm[k]),
        "tare_g": float(catalogue.tare_g[k]) if catalogue.tare_stated[k] else None,
        "max_content_g": _limit(catalogue.max_content_g[k]),
        "unit_cost": _known(catalogue.unit_cost[k]),
        "material": catalogue.material[k] or None,
        "plastic": bool(catalogue.plastic[k]),
        "closure": catalogue.closure[k],
        "sites": ";".join(catalogue.sites[k]) or None,
        "temperature": ";".join(catalogue.temperature[k]),
        "coolant_volume_mm3": int(catalogue.coolant_mm3[k]) or None,
        "coolant_g": int(catalogue.coolant_g[k]) or None,
        "reusable": True if catalogue.reusable[k] else None,
        "certificate": attributes.get("certificate") or None,
    }
    if row["unit_cost"] is not None:
        row["currency"] = catalogue.currency
    if kind == MAILER:
        return row | {"max_thickness_mm": height}
    names = ("outer_length_mm", "outer_width_mm", "outer_height_mm")
    row |= dict(zip(names, outer, strict=True)) | {"height_mm": height}
    return row | _chosen_sizes(catalogue, k)


def _chosen_sizes(catalogue: Catalogue, k: int) -> dict[str, Any]:
    """What cartons have whose size is chosen for the order."""
    kind = int(catalogue.kind[k])
    if kind == ADJUSTABLE and catalogue.heights_mm[k]:
        return {"heights_mm": ";".join(map(str, catalogue.heights_mm[k]))}
    if kind == ADJUSTABLE:
        return {
            "min_height_mm": int(catalogue.least_mm[k, 2]),
            "step_mm": int(catalogue.step_mm[k]),
        }
    if kind == MADE_TO_MEASURE:
        least = catalogue.least_mm[k].tolist()
        names = ("min_length_mm", "min_width_mm", "min_height_mm")
        return dict(zip(names, least, strict=True)) | {"step_mm": int(catalogue.step_mm[k])}
    return {}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _limit(value: int) -> int | None:
    return None if value < 0 else int(value)
