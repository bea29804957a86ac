"""How sure it is that orders fit, where sizes may be a little off.

The answer itself is about one set of sizes, see `packopt.tolerances`. What it does not say is asked
of the same kernel as a question of its own: do the chosen packages hold their content at the
largest sizes, and if nothing holds an order, would something hold it at smaller ones?
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.freight.job import FreightJob
from packopt.job import Job
from packopt.tables import FITS, ORDERS, SIZES
from packopt.tolerances import LARGEST, SMALLEST, STATED, orders_at, with_tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]

SURELY, IF_EXACT, IF_SMALLER, CANNOT, UNKNOWN = range(len(FITS))
_NONE: Final = -1
_PLANNED: Final = ("optimal", "feasible")
_OWN: Final = "own_container"
_SIDES: Final = ("length_mm", "width_mm", "height_mm")


def tell_fits(
    part: Recommendations, packed: Orders, catalogue: Catalogue, policy: Policy
) -> Recommendations:
    """Fill in which sizes an answer is about, and how sure it is that they fit.

    Parameters
    ----------
    part
        Answers to some orders.
    packed
        These orders, in the sizes that they were packed at.
    catalogue, policy
        What they were answered from, and under which rules.

    Returns
    -------
    The same answers with the columns ``sizes`` and ``fit``; ``part`` itself where no order has a
    tolerance.
    """
    rows = np.flatnonzero(with_tolerance(packed, policy))
    if not len(rows):
        return part
    fit = np.full(packed.n_orders, _NONE)
    verdict = np.array(part.orders["verdict"].to_pylist(), dtype=object)
    planned = np.isin(verdict[rows], _PLANNED)
    sizes = np.full(packed.n_orders, _NONE)
    sizes[rows] = SIZES.index(policy.tolerance)
    if policy.tolerance == "largest":
        fit[rows[planned]] = SURELY
    else:
        fit[rows[planned]] = _of_plans(part, rows[planned], packed, catalogue, policy)
    fit[rows[~planned]] = _without_plan(rows[~planned], packed, catalogue, policy)
    return replace(part, orders=_filled(part.orders, sizes, fit))


def _filled(orders: pa.Table, sizes: Ints, fit: Ints) -> pa.Table:
    columns: dict[str, tuple[Ints, tuple[str, ...]]] = {"sizes": (sizes, SIZES), "fit": (fit, FITS)}
    for name, (code, words) in columns.items():
        indices = pa.array(code.astype(np.int32), mask=code < 0)
        column = pa.DictionaryArray.from_arrays(indices, pa.array(words))
        at = ORDERS.get_field_index(name)
        orders = orders.set_column(at, ORDERS.field(at), column)
    return orders


def _without_plan(rows: Ints, packed: Orders, catalogue: Catalogue, policy: Policy) -> Ints:
    """Whether something would hold orders that nothing was found for, at smaller sizes.

    Stock is left aside: a package that has run out says nothing about sizes. Proofs are by room and
    weight, never by support or loads, so they hold for all larger sizes. A limit of empty space
    refuses small content, and takes larger: the proof is asked for without it.
    """
    fit = np.full(len(rows), UNKNOWN)
    if not len(rows):
        return fit
    rules = replace(policy, partial="refuse", alternatives=0)
    freed = catalogue.take(np.arange(catalogue.n_packages))
    kind = Job if policy.freight is None else FreightJob
    job, left = kind(freed, rules), np.arange(len(rows))
    for sizes, word in ((STATED, IF_EXACT), (SMALLEST, IF_SMALLER)):
        asked = orders_at(packed.take(rows[left]), policy, sizes)
        verdict = _verdicts(job, asked)
        planned = np.isin(verdict, _PLANNED)
        fit[left[planned]] = word
        left, verdict = left[~planned], verdict[~planned]
        if not len(left):
            return fit
    if policy.limits_empty_space:
        smallest = orders_at(packed.take(rows[left]), policy, SMALLEST)
        verdict = _verdicts(kind(freed, replace(rules, max_empty_space=None)), smallest)
    fit[left[verdict == "unpackable"]] = CANNOT
    return fit


def _verdicts(job: Job | FreightJob, asked: Orders) -> NDArray[np.object_]:
    return np.array(job.answer(asked).orders["verdict"].to_pylist(), dtype=object)


def _of_plans(
    part: Recommendations, rows: Ints, packed: Orders, catalogue: Catalogue, policy: Policy
) -> Ints:
    """Whether the chosen packages hold their content at its largest, too."""
    ids = packed.order_ids.take(pa.array(rows)).to_pylist()
    order_of = dict(zip(ids, rows.tolist(), strict=True))
    parcels = [row for row in part.parcels.to_pylist() if row["order_id"] in order_of]
    boxed = [row for row in parcels if row["package_id"] != _OWN]
    contents = _contents(part, packed, order_of, boxed)
    largest = orders_at(contents, policy, LARGEST)
    # One package for each content, whatever else the policy would rather have.
    rules = replace(
        policy,
        tolerance="stated",
        default_tolerance_mm=0,
        max_parcels=1,
        parcel_price=None,
        partial="refuse",
        alternatives=0,
        freight=None,
        max_empty_space=None,
    )
    fails: set[str] = set()
    names = np.array([row["package_id"] for row in boxed], dtype=object)
    for name in dict.fromkeys(names.tolist()):
        some = np.flatnonzero(names == name)
        only = catalogue.take(np.array([catalogue.package_ids.index(name)]))
        answer = Job(only, rules).answer(largest.take(some))
        held = {row["order_id"]: row for row in answer.parcels.to_pylist()}
        for at in some.tolist():
            row = held.get(str(at))
            # A package that is made for its content must not have to be made larger.
            if row is None or any(row[side] != boxed[at][side] for side in _SIDES):
                fails.add(boxed[at]["order_id"])
    return np.array([IF_EXACT if one in fails else SURELY for one in ids], dtype=np.int64)


def _contents(
    part: Recommendations, packed: Orders, order_of: dict[str, int], boxed: list[dict[str, Any]]
) -> Orders:
    """The content of each parcel as an order of its own, named by its place in the list."""
    place = {(row["order_id"], row["parcel"]): at for at, row in enumerate(boxed)}
    qty: list[dict[int, int]] = [{} for _ in boxed]
    lines: dict[str, dict[str, list[int]]] = {}
    for row in part.placements.to_pylist():
        at = place.get((row["order_id"], row["parcel"]))
        if at is None:
            continue
        order_id = row["order_id"]
        if order_id not in lines:
            lines[order_id] = _lines_of_units(packed, order_of[order_id])
        line = lines[order_id][row["sku"]][row["unit"] - 1]
        qty[at][line] = qty[at].get(line, 0) + 1
    ordered = [sorted(one.items()) for one in qty]
    start = np.zeros(len(boxed) + 1, np.int64)
    np.cumsum([len(one) for one in ordered], out=start[1:])
    flat = [pair for one in ordered for pair in one]
    of_order = np.array([order_of[row["order_id"]] for row in boxed], np.int64)
    some = packed.portions(of_order, np.array([line for line, _ in flat], np.int64), start)
    return replace(
        some,
        qty=np.array([units for _, units in flat], np.int32),
        own_container=np.zeros(len(flat), np.bool_),
    )


def _lines_of_units(packed: Orders, order: int) -> dict[str, list[int]]:
    """The order line of every unit of each SKU, by its number."""
    first, last = packed.line_start[order : order + 2].tolist()
    found: dict[str, list[int]] = {}
    for line, sku in enumerate(packed.skus.slice(first, last - first).to_pylist(), first):
        found.setdefault(sku, []).extend([line] * int(packed.qty[line]))
    return found
