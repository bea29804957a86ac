"""Replaying an order history against a baseline, as `packopt savings` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt_service.jobs.names import SAVINGS_TABLES

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from packopt import Catalogue, Recommendations
    from packopt_service.jobs.spec import JobSpec

_FACTORS = "desnz-2025-primary"


def replay_history(
    spec: JobSpec,
    upload: Path,
    catalogue: Catalogue,
    other: Catalogue | None,
    page: Path,
    packings: Path,
) -> tuple[dict[str, pa.Table], Recommendations]:
    """Replay a history; return the tables of the savings by name, and the plan.

    Parameters
    ----------
    spec
        Policy and baseline.
    upload
        The history.
    catalogue, other
        What packopt chooses from, and what the baseline does, if that is a catalogue.
    page
        Where the report goes.
    packings
        What packers did, if that file is there.

    Raises
    ------
    InputError
        If the history is unusable as a whole, or lacks what the baseline needs.
    """
    from packopt import (
        Terms,
        factor_set,
        overrides,
        read_orders,
        read_packings,
        savings,
        write_whole_report,
    )
    from packopt_service.jobs.worker import policy_of

    orders = read_orders(upload)
    factors = factor_set(_FACTORS)
    found = savings(
        orders,
        catalogue,
        policy_of(spec),
        baseline=_baseline(spec, other),
        terms=Terms(factors=factors),
    )
    language: Any = spec.language
    bench = overrides(found, read_packings(packings), catalogue) if packings.exists() else None
    write_whole_report(
        found,
        orders,
        catalogue,
        page,
        factors=factors,
        before=other,
        overrides=bench,
        language=language,
    )
    tables = {name: getattr(found, _attribute(name)) for name in SAVINGS_TABLES}
    return tables, found.plan


def _attribute(name: str) -> str:
    """Return where `packopt.Savings` has a table."""
    return name.removeprefix("savings_")


def _baseline(spec: JobSpec, other: Catalogue | None) -> Any:
    from packopt import (
        CatalogueBaseline,
        ColumnBaseline,
        RuleBaseline,
    )

    if other is not None:
        return CatalogueBaseline(other, spec.baseline_catalogue or "")
    if spec.baseline is not None:
        return RuleBaseline(spec.baseline)
    return ColumnBaseline()
