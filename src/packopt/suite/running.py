"""From an order history to a proposed set, and what it is worth on orders that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt import __version__
from packopt.costing import package_costs
from packopt.errors import SuiteError
from packopt.policy import Policy
from packopt.recommend import recommend
from packopt.savings import CatalogueBaseline, savings
from packopt.suite.boxes import filler_step
from packopt.suite.gathering import gather
from packopt.suite.history import as_sent
from packopt.suite.holdout import split
from packopt.suite.learning import PACKED
from packopt.suite.result import Suite
from packopt.suite.sensitivity import stability
from packopt.suite.settings import Machine, Wanted
from packopt.suite.settling import settle
from packopt.suite.tables import HELD_OUT, SCHEMA_VERSION, table_of
from packopt.suite.telling import Told, curve_table, draws_table, moves_table, types_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.savings import Savings, Terms
    from packopt.suite.holdout import Split
    from packopt.suite.settling import Settled

    Ints = NDArray[np.int64]

HOLDOUT: Final = 0.3
DRAWS: Final = 20


def suite(
    orders: Orders,
    wanted: Wanted,
    *,
    today: Catalogue | None = None,
    policy: Policy | None = None,
    machine: Machine | None = None,
    holdout: float | dt.date = HOLDOUT,
    terms: Terms | None = None,
    draws: int = DRAWS,
    threads: int = 1,
    work: Path | None = None,
    tell: Callable[[str], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Suite:
    """Propose a set of package types for an order history.

    Parameters
    ----------
    orders
        The history.
    wanted
        How many types, which to keep and to forbid, and so on.
    today
        The set in use: what the proposed one is measured against, and part of the candidates.
    policy
        Objective, handling rules and effort; the default `Policy()` if None.
    machine
        What boxes can be made; the default `Machine()` if None.
    holdout
        Which orders to judge by, see `packopt.suite.holdout.split`.
    terms
        What the savings on the holdout are counted in, see `packopt.savings.Terms`.
    draws
        Resampled histories on which the set is chosen again; 0 for none.
    threads
        Threads to use. The answer is the same for any number.
    work
        Folder in which found frontiers are kept, so that a run can go on where it was stopped.
    tell
        Gets lines on the progress.
    progress
        Called with the number of distinct contents whose boxes were found since the last call.

    Returns
    -------
    Suite

    Raises
    ------
    SuiteError
        If the settings contradict each other or the history, or one period has no orders.
    """
    say = tell or (lambda _line: None)
    policy, machine = policy or Policy(), machine or Machine()
    _check(wanted, today, policy, machine)
    parted = split(orders, holdout)
    say(f"{len(parted.fit):,} orders to fit to, {len(parted.held_out):,} held out")
    sent, source = orders, np.arange(orders.n_orders)
    if today is not None:
        answered = recommend(orders, today, policy, threads=threads)
        sent, source = as_sent(orders, answered)
        say(f"today's set sends {orders.n_orders:,} orders as {sent.n_orders:,} parcels")
    shop, offer, contents = gather(
        sent, source, today, policy, machine, wanted, fit=parted.fit, threads=threads, work=work,
        tell=say, progress=progress,
    )  # fmt: skip
    settled = settle(
        shop, offer, contents, wanted, today, fit=parted.fit, n_orders=orders.n_orders,
        threads=threads, tell=say,
    )  # fmt: skip
    found, contents, proposed = settled.design, settled.contents, settled.proposed
    say("the proposed set on the holdout")
    held_out = orders.take(parted.held_out)
    saved: Savings | None = None
    if today is None:
        plan = recommend(held_out, proposed, policy, threads=threads)
    else:
        saved = savings(
            held_out, proposed, policy, baseline=CatalogueBaseline(today, "today's set"),
            terms=terms, threads=threads,
        )  # fmt: skip
        plan = saved.plan
    costs = package_costs(proposed, policy)
    late, late_content = contents.of(parted.held_out, orders.n_orders)
    told = Told(
        design=found,
        ids=settled.ids,
        offer=offer,
        today=today,
        scale=costs.scale,
        packed_cost=settled.packed.told(settled.chosen, costs.scale)["cost"],
        late=contents.rows.take(np.flatnonzero(late > 0), late[late > 0], late_content[late > 0]),
    )
    say("how the answer changes with the number of types and with the history")
    steady = stability(found, draws, wanted.seed)
    return Suite(
        catalogue=proposed,
        catalogue_text=settled.text,
        types=types_table(told, proposed, plan, saved, steady, policy),
        curve=curve_table(told, wanted, say),
        moves=moves_table(told, wanted),
        draws=draws_table(steady),
        held_out=table_of(HELD_OUT, [{"order_id": one} for one in held_out.order_ids.to_pylist()]),
        plan=plan,
        savings=saved,
        about=_about(
            orders, wanted, policy, machine, parted, settled, told, plan, saved,
            _whole(orders.take(parted.fit), parted.fit, settled, costs.scale, policy, threads),
            costs.unit,
        ),
    )  # fmt: skip


def _check(wanted: Wanted, today: Catalogue | None, policy: Policy, machine: Machine) -> None:
    """Refuse what cannot be met before anything is packed."""
    problems = []
    ids = () if today is None else today.package_ids
    for name in ("keep", "forbid"):
        unknown = [one for one in getattr(wanted, name) if one not in ids]
        if unknown:
            problems.append(
                f"field {name}: found {', '.join(unknown)}, expected types of today's set"
                f"{'' if ids else ', which is not given'}; correct the names"
            )
    if wanted.changes is not None and today is None:
        problems.append("field changes: counts changes of today's set, which is not given; name it")
    boxes = {"carton", "adjustable"} & set(wanted.kinds)
    mailers = "mailer" in wanted.kinds and machine.mailer.price_per_m2 is None
    if policy.objective == "cost" and mailers:
        problems.append(
            "field mailer.price_per_m2: found nothing, expected the price of mailers, since the "
            "objective is cost; state it, or leave mailers out of the kinds"
        )
    if policy.objective == "cost" and boxes and machine.price_per_m2 is None:
        problems.append(
            "field price_per_m2: found nothing, expected the price of board, since the objective "
            "is cost; state it, or choose another objective"
        )
    prices = (machine.price_per_m2, machine.mailer.price_per_m2)
    priced = any(one is not None for one in prices) and today is not None and bool(today.currency)
    if priced and today is not None and machine.currency != today.currency:
        problems.append(
            f"field currency: found {machine.currency}, but today's set has prices in "
            f"{today.currency}; expected one currency; convert the prices"
        )
    if problems:
        raise SuiteError("settings", problems)
    filler_step(policy)


def _whole(
    orders: Orders, fit: Ints, settled: Settled, scale: float, policy: Policy, threads: int
) -> dict[str, Any]:
    """Orders of the fitting period as they come, not as today's set parts them, packed."""
    packed, contents = settled.packed, settled.contents
    each = contents.order[packed.content]
    lines = contents.known.orders.take(packed.content).n_lines
    same = np.array_equal(each, fit) and lines == orders.n_lines
    if same and policy.parcel_price is None:
        told = packed.told(settled.chosen, scale)
        return {"orders": len(fit), **{name: told[name] for name in ("packed", "parcels", "cost")}}
    return _sums(recommend(orders, settled.proposed, policy, threads=threads), policy)


def _sums(result: Any, policy: Policy) -> dict[str, Any]:
    """Orders by verdict, parcels, and the cost of what is packed, without prices of parcels."""
    verdict = result.orders["verdict"].cast(pa.string()).to_pylist()
    packed = np.array([one in PACKED for one in verdict], np.bool_)
    cost = result.orders["cost"].to_numpy(zero_copy_only=False)
    parcels = int(result.orders["parcels"].to_numpy()[packed].sum())
    return {
        "orders": len(verdict),
        "packed": int(packed.sum()),
        "parcels": parcels,
        "cost": float(cost[packed].sum()) - (policy.parcel_price or 0.0) * parcels,
    }


def _about(
    orders: Orders,
    wanted: Wanted,
    policy: Policy,
    machine: Machine,
    parted: Split,
    settled: Settled,
    told: Told,
    plan: Any,
    saved: Savings | None,
    whole: dict[str, Any],
    unit: str,
) -> dict[str, Any]:
    design, contents = told.design, settled.contents
    problem, best, n_types = design.problem, design.best, len(design.best.opened)
    cost, lowest = told.cost(best), told.bound(design.bound.value, n_types)
    grid = told.bound(design.grid_value, n_types, design.dearest)
    packed = settled.packed.told(settled.chosen, told.scale)
    # Of plans that cost less than the bound, nothing is said about how near they are.
    below = told.below_bound
    fit = {
        "contents": int(problem.weight.sum()),
        "distinct": int((problem.weight >= 1).sum()),
        "cost": cost,
        "bound": lowest,
        "within": cost / lowest - 1 if lowest > 0 and not below else None,
        "bound_of_grid": grid,
        "within_of_grid": cost / grid - 1 if grid > 0 and not below else None,
        "candidates": problem.n_candidates,
        "today": told.today_cost,
        "recommended": packed | {"below_bound": below},
        "recommended_whole": whole,
        "choices": settled.choices,
        "fits_after_last_choice": settled.news,
    }
    notes = [
        (
            "Fits are those that were found, by the kernel within its effort and by packing the "
            "fitting period from the set: a box that holds an order without being known to counts "
            "as not holding it, and the bounds hold for the fits that are known."
        ),
        "All sizes are inner sides; all packings are axis-aligned.",
    ]
    if settled.news:
        notes.append(
            f"Packing the set found {settled.news:,} fits that its choice did not know of; the "
            "bounds count them."
        )
    if apart := packed["apart"]["contents"]:
        notes.append(
            f"{apart:,} of {len(settled.packed.content):,} contents of the fitting period count as "
            "one parcel in the bounds, but are sent in several or in none."
        )
    if contents.beyond:
        notes.append(
            f"{contents.beyond:,} contents are held by no box within the limits and by none of "
            "today's types; they are left out."
        )
    return {
        "packopt_version": __version__,
        "schema_version": SCHEMA_VERSION,
        "wanted": wanted.to_dict(),
        "machine": machine.to_dict(),
        "policy": policy.to_dict(),
        "unit": unit,
        "catalogues": {
            "proposed": settled.proposed.digest,
            "today": None if told.today is None else told.today.digest,
        },
        "split": {
            "by": parted.by,
            "since": None if parted.since is None else parted.since.isoformat(),
            "fit": len(parted.fit),
            "holdout": len(parted.held_out),
        },
        "fit": fit,
        "holdout": _sums(plan, policy),
        "beyond": contents.beyond,
        "notes": [*orders.notes, *told.offer.notes, *notes],
        "savings": None if saved is None else saved.about["orders"],
    }
