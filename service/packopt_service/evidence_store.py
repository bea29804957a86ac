"""Evidence that callers asked to keep, by order; the newest answer to an order counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

import sqlalchemy as sa

from packopt_service.database import evidence, insert_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def keep(engine: sa.Engine, owner: str, documents: Mapping[str, bytes]) -> None:
    """Keep the evidence of some orders, in place of what was kept of them before.

    Parameters
    ----------
    engine
        The database.
    owner
        Whose orders they are.
    documents
        Evidence by order.
    """
    now = datetime.now(UTC)
    rows = [
        {"owner": owner, "order_id": order_id, "created": now, "body": body}
        for order_id, body in documents.items()
    ]
    if not rows:
        return
    statement = insert_of(engine, evidence)
    told = statement.excluded
    # In one order, so that two requests about the same orders never wait for each other.
    rows.sort(key=itemgetter("order_id"))
    with engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["owner", "order_id"],
                set_={"created": told.created, "body": told.body},
            ),
            rows,
        )


def find(engine: sa.Engine, owner: str, order_id: str) -> bytes | None:
    """Return what is kept of an order, or None."""
    where = (evidence.c.owner == owner) & (evidence.c.order_id == order_id)
    with engine.connect() as connection:
        found: bytes | None = connection.execute(sa.select(evidence.c.body).where(where)).scalar()
    return found


def forget_old(engine: sa.Engine, keep_days: int) -> int:
    """Forget what is older than that many days; return how many orders that were."""
    old = evidence.c.created < datetime.now(UTC) - timedelta(days=keep_days)
    with engine.begin() as connection:
        return connection.execute(evidence.delete().where(old)).rowcount
