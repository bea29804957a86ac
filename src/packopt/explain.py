"""Why these packages, and why nothing better: one order's answer in words.

The arithmetic is done anew from the orders and the catalogue, and not by the kernel.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.admission import admit
from packopt.arguments import Case, argument, sides
from packopt.catalogue import KINDS
from packopt.errors import ResultError
from packopt.faults import reject_text
from packopt.freight.costs import costs_of_order
from packopt.parcel_text import cost_text, headline
from packopt.size_costs import size_costs

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
    "partial": "The parcels hold all units that fit a package; the others are named below.",
}
_GIVEN_WORDS: Final = {
    "optimal": "What lies in the package already leaves room for the rest.",
    "unpackable": "What lies in the package already leaves no room for the rest: that is proved.",
    "undecided": "Whether what lies in the package already leaves room for the rest was not "
    f"decided within the effort. {_MORE_EFFORT} a plan.",
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
    """Say which packages an order gets, how it is packed, and why nothing better holds it.

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
    accepted, _ = admit(orders, catalogue, result.policy)
    order = pc.index(accepted.order_ids, order_id).as_py()
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
    row = answer[0]
    costs = costs_of_order(catalogue, result.policy, row["weight_g"] or 0, row["volume_mm3"])
    sizes = size_costs(catalogue, result.policy, costs)
    case = Case(result.policy, accepted, catalogue, costs, sizes, order)
    parcels, plan = _rows(result.parcels, order_id), _rows(result.placements, order_id)
    ruled_out = _rows(result.ruled_out, order_id)
    sections = (
        headline(case, answer[0], parcels),
        verdict_words(case, answer[0], ruled_out),
        _unpacked(case, _rows(result.unpacked, order_id)),
        *(_plan(number, len(parcels), plan) for number in range(1, len(parcels) + 1)),
        _ruled_out(case, answer[0], ruled_out),
        _alternatives(case, _rows(result.alternatives, order_id)),
    )
    return "\n\n".join(section for section in sections if section)


def verdict_words(case: Case, answer: Row, ruled_out: list[Row]) -> str:
    """The verdict of an order in a sentence or two.

    Parameters
    ----------
    case
        The order.
    answer, ruled_out
        Its row in the table of orders, and those in the table of what is ruled out.
    """
    verdict, number = answer["verdict"], answer["parcels"]
    if case.given:
        return _given_words(case, verdict, ruled_out)
    if verdict == "unpackable" and answer["units"] > 1 and case.policy.max_parcels > 1:
        most = case.policy.max_parcels
        return f"No parcels hold the order, be they as many as {most:,}: that is proved."
    priced = case.policy.parcel_price is not None
    if verdict not in ("optimal", "feasible") or (number < 2 and not priced):
        return VERDICT_WORDS[verdict]
    if verdict == "optimal":
        best = "none of as many costs less"
        best = "none costs less, the price of each parcel included" if priced else best
        fewer = "" if priced else f"No plan has fewer than {number} parcels, and "
        text = f"{fewer}{best}: the others are ruled out {_AXIS_ALIGNED}."
        return text[0].upper() + text[1:]
    fewest = answer["parcels_lower_bound"]
    doubt = "a cheaper choice of packages is not ruled out"
    if fewest < number and not priced:
        doubt = (
            f"whether fewer than {number} parcels hold it, but at least {fewest}, is not decided"
        )
    return f"The plan holds; {doubt}. {_MORE_EFFORT} a better one."


def _given_words(case: Case, verdict: str, ruled_out: list[Row]) -> str:
    """What became of a part-filled package; where a rule or the weight forbids it, which."""
    for row in ruled_out if verdict == "unpackable" else ():
        if row["reason"] in ("policy", "weight"):
            package = case.catalogue.package_ids.index(row["package_id"])
            why = argument(case, package, row["reason"])
            return f"The rest may not go in beside what lies in the package already: {why}."
    return _GIVEN_WORDS[verdict]


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
    lines = [f"  {reject_text(row, result.file)}" for row in rejects]
    return "\n".join([f"Order {order_id} was not accepted.", *lines])


def _unpacked(case: Case, unpacked: list[Row]) -> str:
    if not unpacked:
        return ""
    cells = [["units", "sku", "why a package does not hold one, the largest if it is for its size"]]
    for row in unpacked:
        line = next(
            line for line in case.lines.tolist() if case.orders.skus[line].as_py() == row["sku"]
        )
        alone = case.alone(line)
        with_others = "together with its bundle: " if len(alone.lines) > 1 else ""
        package = _telling_package(alone, row["reason"])
        why = f"{with_others}{argument(alone, package, row['reason'])}"
        cells.append([str(row["qty"]), row["sku"], f"{row['reason']}: {why}"])
    return "\n".join(["Units that fit no package:", *_table(cells)])


def _telling_package(alone: Case, reason: str) -> int:
    """The largest package that a reason may be about."""
    every = range(alone.catalogue.n_packages)
    about = [
        package
        for package in every
        if (reason != "policy" or alone.refusal(package))
        and (reason != "weight" or alone.catalogue.max_content_g[package] >= 0)
    ]
    rooms = [alone.spaces_mm(package).prod(axis=1).max() for package in every]
    return max(about or every, key=rooms.__getitem__)


def _plan(number: int, parcels: int, placements: list[Row]) -> str:
    mine = sorted(
        (row for row in placements if row["parcel"] == number), key=lambda row: row["sequence"]
    )
    if not mine:
        return ""
    cells = [[str(row[column]) for column, _ in _PLAN_COLUMNS] for row in mine]
    title = (
        "Plan, in packing order:" if parcels == 1 else f"Plan of parcel {number}, in packing order:"
    )
    return "\n".join([title, *_table([[t for _, t in _PLAN_COLUMNS], *cells])])


def _ruled_out(case: Case, answer: Row, ruled_out: list[Row]) -> str:
    single = answer["parcels"] == 1 and answer["verdict"] != "partial"
    if not ruled_out:
        return "No package is cheaper for this order." if single and not case.given else ""
    cells = [["package", "kind and size", "cost", "why not"]]
    for row in ruled_out:
        package = case.catalogue.package_ids.index(row["package_id"])
        why = argument(case, package, row["reason"], cheaper=single)
        cost = cost_text(case, case.cost(package))
        if case.is_flexible(package):
            cost = f"from {cost}"
        cells.append([row["package_id"], _kind(case, package), cost, f"{row['reason']}: {why}"])
    title = "Packages, cheapest first:"
    if single:
        title = "Cheaper packages, cheapest first:"
    elif answer["parcels"]:
        title = "Why no package holds the whole order, cheapest first:"
    return "\n".join([title, *_table(cells)])


def _alternatives(case: Case, alternatives: list[Row]) -> str:
    if not alternatives:
        return ""
    cells = [["package", "kind and size", "cost", "verdict"]]
    for row in sorted(alternatives, key=lambda row: row["rank"]):
        package = case.catalogue.package_ids.index(row["package_id"])
        cost = cost_text(case, row["cost"])
        cells.append([row["package_id"], _kind(case, package), cost, row["verdict"]])
    return "\n".join(["Next cheapest packages that hold the order:", *_table(cells)])


def _kind(case: Case, package: int) -> str:
    kind = KINDS[case.catalogue.kind[package]]
    where = "flat, thickness last" if case.is_mailer(package) else "inside"
    largest = "up to " if case.is_flexible(package) else ""
    return f"{kind} {largest}{sides(case.catalogue.inner_mm[package])} {where}"


def _table(rows: list[list[str]]) -> list[str]:
    """Columns of text side by side, the last one ragged."""
    width = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)).rstrip()
        for row in rows
    ]
