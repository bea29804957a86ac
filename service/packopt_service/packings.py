"""What the packing bench really did: packages confirmed, or others taken and why."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from packopt_service.database import packings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REASONS: Final = ("does_not_fit", "out_of_stock", "damaged", "fragile", "customer_wish", "other")
"""Why a packer takes another package."""

_PAGE: Final = 5_000


def record(
    engine: sa.Engine,
    owner: str,
    order_id: str,
    parcel: int,
    recommended: str,
    used: str,
    reason: str | None,
    note: str | None,
    job_id: str | None = None,
    beside: Callable[[sa.Connection, dict[str, Any]], None] = lambda *_: None,
) -> dict[str, Any]:
    """Keep what was done with a parcel; every record stays, the newest one counts.

    An order keeps its id, whether it was answered at once or by a job, so a parcel that was
    recorded under both counts once.

    Parameters
    ----------
    engine
        The database.
    owner, order_id, parcel, recommended, used, reason, note, job_id
        What was done by whom, with the answer of which job.
    beside
        Keeps something about it in the same transaction; if it raises, nothing is kept.

    Returns
    -------
    The record.
    """
    row = {
        "owner": owner,
        "order_id": order_id,
        "parcel": parcel,
        "recommended_package_id": recommended,
        "package_id": used,
        "reason": reason,
        "note": note,
        "packed": datetime.now(UTC),
        "job_id": job_id,
    }
    with engine.begin() as connection:
        beside(connection, row)
        connection.execute(packings.insert().values(**row))
    return row


def newest(engine: sa.Engine, owner: str) -> Iterator[dict[str, Any]]:
    """Yield the newest record of each parcel, in the order in which they were packed."""
    last = (
        sa.select(sa.func.max(packings.c.number))
        .where(packings.c.owner == owner)
        .group_by(packings.c.order_id, packings.c.parcel)
    )
    statement = sa.select(packings).where(packings.c.number.in_(last)).order_by(packings.c.number)
    with engine.connect() as connection:
        rows = connection.execution_options(yield_per=_PAGE).execute(statement).mappings()
        for row in rows:
            told = dict(row)
            del told["owner"], told["number"]
            yield told


def rates(engine: sa.Engine, owner: str) -> dict[str, Any]:
    """Count parcels packed and overridden, and overrides by reason."""
    reasons: Counter[str] = Counter()
    parcels = overridden = 0
    for row in newest(engine, owner):
        parcels += 1
        if row["package_id"] != row["recommended_package_id"]:
            overridden += 1
            reasons[row["reason"] or "other"] += 1
    return {
        "parcels": parcels,
        "overridden": overridden,
        "override_rate": overridden / parcels if parcels else None,
        "reasons": dict(sorted(reasons.items())),
    }
