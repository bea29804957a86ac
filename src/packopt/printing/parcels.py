"""Parcels of a result as they are printed, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from packopt.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from packopt.recommendations import Recommendations

    Mm3 = tuple[int, int, int]

_ROWS_AT_A_TIME: Final = 10_000


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A unit in its parcel: what it is, its corner and its extents in mm."""

    step: int
    sku: str
    gtin: str | None
    at_mm: Mm3
    size_mm: Mm3


@dataclass(frozen=True, slots=True)
class PrintedParcel:
    """One parcel.

    Attributes
    ----------
    order_id, number, of
        The order, the number of the parcel in it from 1, and the number of its parcels.
    sscc
        Its number of 18 digits; None where none was allotted.
    package_id, package_code, kind
        The package, as the catalogue states it.
    inner_mm, outer_mm
        Inner and outer sides in mm.
    gross_g
        Mass in g; None where weights are not known.
    units
        In packing order.
    """

    order_id: str
    number: int
    of: int
    sscc: str | None
    package_id: str
    package_code: str | None
    kind: str
    inner_mm: Mm3
    outer_mm: Mm3
    gross_g: float | None
    units: tuple[PrintedUnit, ...]


def printed_parcels(result: Recommendations, codes: pa.Table | None) -> Iterator[PrintedParcel]:
    """Every parcel of a result, in the order of its table of parcels.

    Parameters
    ----------
    result
        The result, with plans.
    codes
        What `packopt.gs1.allot_ssccs` gave, or None.

    Raises
    ------
    ResultError
        If there are no parcels, plans were not kept, or placements are not in their order.
    """
    if not result.parcels.num_rows:
        found = "found no parcels, expected at least one; there is nothing to print"
        raise ResultError("result", found)
    numbers = {} if codes is None else _codes(codes)
    count = dict(
        zip(
            result.orders["order_id"].to_pylist(), result.orders["parcels"].to_pylist(), strict=True
        )
    )
    placements = _rows(result.placements)
    for row in _rows(result.parcels):
        place = (row["order_id"], row["parcel"])
        units = []
        for _ in range(row["units"]):
            unit = next(placements, None)
            if unit is None or (unit["order_id"], unit["parcel"]) != place:
                found = f"no plan of order {place[0]!r}, parcel {place[1]}"
                advice = "expected the plans of all parcels; recommend with --plans"
                raise ResultError("result", f"found {found}; {advice}")
            units.append(_unit(unit))
        yield PrintedParcel(
            order_id=row["order_id"],
            number=row["parcel"],
            of=count[row["order_id"]],
            sscc=numbers.get(place),
            package_id=row["package_id"],
            package_code=row["package_code"],
            kind=row["kind"],
            inner_mm=_mm3(row, ("length_mm", "width_mm", "height_mm")),
            outer_mm=_mm3(row, ("outer_length_mm", "outer_width_mm", "outer_height_mm")),
            gross_g=row["gross_g"],
            units=tuple(units),
        )


def _codes(codes: pa.Table) -> dict[tuple[str, int], str]:
    columns = (codes[name].to_pylist() for name in ("order_id", "parcel", "sscc"))
    return {(order_id, parcel): code for order_id, parcel, code in zip(*columns, strict=True)}


def _unit(row: dict[str, Any]) -> PrintedUnit:
    return PrintedUnit(
        step=row["sequence"],
        sku=row["sku"],
        gtin=row["gtin"],
        at_mm=_mm3(row, ("x_mm", "y_mm", "z_mm")),
        size_mm=_mm3(row, ("dx_mm", "dy_mm", "dz_mm")),
    )


def _mm3(row: dict[str, Any], names: tuple[str, str, str]) -> Mm3:
    x, y, z = (row[name] for name in names)
    return x, y, z


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as dictionaries, few of them at a time."""
    for start in range(0, table.num_rows, _ROWS_AT_A_TIME):
        yield from table.slice(start, _ROWS_AT_A_TIME).to_pylist()
