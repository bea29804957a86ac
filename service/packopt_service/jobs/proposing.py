"""Proposing a set of package types for an order history, as `packopt suite` does."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packopt_service.jobs.names import SAVINGS_TABLES

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from packopt import Catalogue, Recommendations
    from packopt_service.jobs.spec import JobSpec

_FACTORS = "desnz-2025-primary"


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """What a suite job leaves: its tables by name, the plan of the holdout, and three files."""

    tables: dict[str, pa.Table]
    plan: Recommendations
    page: bytes
    catalogue: bytes
    about: bytes


def propose(spec: JobSpec, upload: Path, catalogue: Catalogue, page: Path, work: Path) -> Proposal:
    """Propose a set of package types.

    Parameters
    ----------
    spec
        Policy, and in ``suite`` what set is asked for.
    upload
        The history.
    catalogue
        The set in use.
    page
        Where the report goes, and its data beside it.
    work
        Where frontiers are kept, so that a job that was interrupted goes on from them.

    Raises
    ------
    InputError
        If the history is unusable as a whole, or the settings cannot be met.
    """
    from packopt import (
        Machine,
        Terms,
        Wanted,
        factor_set,
        read_orders,
        suite,
        write_suite_report,
    )
    from packopt_service.jobs.worker import policy_of

    asked: dict[str, Any] = spec.suite or {}
    orders, policy = read_orders(upload), policy_of(spec)
    emissions = policy.emissions
    lists = {name: tuple(asked["wanted"][name]) for name in ("kinds", "keep", "forbid")}
    found = suite(
        orders,
        Wanted(**{**asked["wanted"], **lists}),
        today=catalogue,
        policy=policy,
        machine=Machine.from_dict(asked["machine"]),
        holdout=holdout_of(asked["holdout"]),
        terms=Terms(factors=factor_set(_FACTORS) if emissions is None else emissions.factors),
        draws=asked["draws"],
        work=work,
    )
    write_suite_report(found, page, language=spec.language)
    tables = dict(found.tables)
    if found.savings is not None:
        saved = found.savings
        tables |= {name: getattr(saved, name.removeprefix("savings_")) for name in SAVINGS_TABLES}
    return Proposal(
        tables=tables,
        # The plan is that of the holdout; lines that were not accepted are the history's.
        plan=replace(found.plan, rejects=orders.rejects),
        page=page.read_bytes(),
        catalogue=found.catalogue_text.encode(),
        about=json.dumps(found.about, ensure_ascii=False, sort_keys=True).encode(),
    )


def holdout_of(text: str) -> float | dt.date:
    """A share of the orders, or the first day of the holdout.

    Raises
    ------
    ValueError
        If it is neither.
    """
    with suppress(ValueError):
        return float(text)
    return dt.date.fromisoformat(text)
