"""Why this package, and why nothing cheaper: one order's answer in words.

The arithmetic is done anew from the orders and the catalogue, and not by the kernel.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.arguments import Case, argument, sides
from packopt.catalogue import KINDS
from packopt.costing import package_costs
from packopt.errors import ResultError

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Row = dict[str, Any]

_AXIS_ALIGNED: Final = "for good (for rigid units that lie parallel to the package's sides)"
_MORE_EFFORT: Final = "A larger effort may find"
VERDICT_WORDS: Final = {
    "optimal": "Nothing cheaper holds the order: every cheaper package is ruled out "
    f"{_AXIS_ALIGNED}.",
    "feasible": "The plan holds, but for some cheaper package neither a plan nor a proof was "
    f"found within the effort. {_MORE_EFFORT} one.",
    "unpackable": f"Nothing holds the order: every package is ruled out {_AXIS_ALIGNED}.",
    "undecided": "No plan was found within the effort, and for some packages no proof either. "
    f"{_MORE_EFFORT} one.",
}
_PLAN_COLUMNS: Final = (
    ("sequence", "step"),
    ("sku", "sku"),
    ("unit", "unit"),
    ("x_mm", "x mm"),
    ("y_mm", "y mm"),
    ("z_mm", "z mm"),
    ("dx_mm", "dx mm"),
    ("dy_mm", "dy mm"),
    ("dz_mm", "dz mm"),
)


def explain(result: Recommendations, orders: Orders, catalogue: Catalogue, order_id: str) -> str:
    """Say which package an order gets, how it is packed, and why nothing cheaper holds it.

    Parameters
    ----------
    result
        What `packopt.recommend` answered.
    orders, catalogue
        What it was asked about.
    order_id
        The order to explain; a rejected one is explained by its faulty lines.

    Returns
    -------
    str
        Several lines of plain text.

    Raises
    ------
    ResultError
        If the result, the orders or the catalogue do not know the order or its packages.
    """
    answer = _rows(result.orders, order_id)
    if not answer:
        return _explain_rejects(result, order_id)
    order = pc.index(orders.order_ids, order_id).as_py()
    if order < 0 or result.catalogue_digest != catalogue.digest:
        found = (
            f"found no order {order_id!r} in the orders"
            if order < 0
            else (f"found catalogue {catalogue.digest!r}")
        )
        raise ResultError(
            "result",
            f"{found}, expected orders and catalogue that the result was made from; give the "
            "same files as then",
        )
    case = Case(result.policy, orders, catalogue, package_costs(catalogue, result.policy), order)
    sections = (
        _headline(case, answer[0], _rows(result.parcels, order_id)),
        VERDICT_WORDS[answer[0]["verdict"]],
        _plan(_rows(result.placements, order_id)),
        _cheaper(case, answer[0], _rows(result.ruled_out, order_id)),
    )
    return "\n\n".join(section for section in sections if section)


def _rows(table: pa.Table, order_id: str) -> list[Row]:
    mine = pc.equal(table["order_id"].cast(pa.string()), order_id)
    rows: list[Row] = table.filter(mine).to_pylist()
    return rows


def _explain_rejects(result: Recommendations, order_id: str) -> str:
    rejects = _rows(result.rejects, order_id)
    if not rejects:
        names = result.orders["order_id"].cast(pa.string()).to_pylist()
        near = difflib.get_close_matches(order_id, names[:10_000], n=1)
        advice = f"did you mean {near[0]!r}?" if near else "look it up in the orders table"
        found = f"found no order {order_id!r}, expected one of {len(names)} in the result; {advice}"
        raise ResultError("result", found)
    lines = [
        "  row {row}, {field}: found {value!r}: {reason}; {hint}".format(**row) for row in rejects
    ]
    return "\n".join([f"Order {order_id} was not accepted.", *lines])


def _headline(case: Case, answer: Row, parcels: list[Row]) -> str:
    units = f"{answer['units']} unit{'s' if answer['units'] != 1 else ''}"
    head = f"Order {answer['order_id']}: {units}, {answer['verdict']}"
    if not parcels:
        return f"{head}, no package"
    return "\n".join([head, *(line for parcel in parcels for line in _parcel(case, parcel))])


def _parcel(case: Case, parcel: Row) -> list[str]:
    package = case.catalogue.package_ids.index(parcel["package_id"])
    outer = "{outer_length_mm} × {outer_width_mm} × {outer_height_mm} mm".format(**parcel)
    weight = f"package {parcel['tare_g']:,.1f} g, filler {parcel['fill_g']:,.1f} g"
    if parcel["content_g"] is not None:
        weight += f", content {parcel['content_g']:,} g, together {parcel['gross_g']:,.1f} g"
    return [
        f"  package  {parcel['package_id']}, {_kind(case, package)}; as packed {outer} outside",
        f"  cost     {_cost(case, parcel['cost'])}",
        f"  weight   {weight}",
        "  empty    {empty_space_inner:.1%} of the inner volume, "
        "{empty_space_outer:.1%} of the outer".format(**parcel),
    ]


def _plan(placements: list[Row]) -> str:
    if not placements:
        return ""
    ordered = sorted(placements, key=lambda row: (row["parcel"], row["sequence"]))
    cells = [[str(row[column]) for column, _ in _PLAN_COLUMNS] for row in ordered]
    return "\n".join(["Plan, in packing order:", *_table([[t for _, t in _PLAN_COLUMNS], *cells])])


def _cheaper(case: Case, answer: Row, ruled_out: list[Row]) -> str:
    chosen = answer["package_id"] is not None
    if not ruled_out:
        return "No package is cheaper for this order." if chosen else ""
    cells = [["package", "kind and size", "cost", "why not"]]
    for row in ruled_out:
        package = case.catalogue.package_ids.index(row["package_id"])
        why = f"{row['reason']}: {argument(case, package, row['reason'])}"
        cells.append(
            [row["package_id"], _kind(case, package), _cost(case, case.cost(package)), why]
        )
    title = "Cheaper packages, cheapest first:" if chosen else "Packages, cheapest first:"
    return "\n".join([title, *_table(cells)])


def _kind(case: Case, package: int) -> str:
    kind = KINDS[case.catalogue.kind[package]]
    where = "flat, thickness last" if case.is_mailer(package) else "inside"
    return f"{kind} {sides(case.catalogue.inner_mm[package])} {where}"


def _cost(case: Case, cost: float | None) -> str:
    if cost is None:
        return "too small"
    return f"{cost:,.0f} mm3" if case.costs.unit == "mm3" else f"{cost:,.2f} {case.costs.unit}"


def _table(rows: list[list[str]]) -> list[str]:
    """Columns of text side by side, the last one ragged."""
    width = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)).rstrip()
        for row in rows
    ]
