"""The service's own tables, in SQLite or PostgreSQL; jobs themselves are kept by the workflows."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.pool import ConnectionPoolEntry

#: Milliseconds that a writer waits for another process to let go of SQLite.
_BUSY_MS: Final = 30_000
#: Seconds after which a server that does not answer counts as down.
_CONNECT_S: Final = 5
#: Seconds that a service waits for others to make tables, and between two looks.
_TABLES_S: Final = 120
_TRY_AGAIN_S: Final = 0.1
#: What the lock is called among a database's locks: any number that nobody else is likely to take.
_TABLES_KEY: Final = 0x7061636B6F7074

metadata = sa.MetaData()


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time, always with its zone: SQLite forgets zones, so all are UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: sa.Dialect) -> datetime | None:
        """Return what is stored."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _: sa.Dialect) -> datetime | None:
        """Return what was stored."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


api_keys = sa.Table(
    "packopt_api_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("account", sa.String(16), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", sa.String(200), nullable=False),
    sa.Column("rate_per_minute", sa.Integer, nullable=True),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("revoked", UtcDateTime, nullable=True),
)

versions = sa.Table(
    "packopt_versions",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),  # catalogue or policy
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
)

idempotency = sa.Table(
    "packopt_idempotency",
    metadata,
    sa.Column("owner", sa.String(16), primary_key=True),
    sa.Column("route", sa.String(200), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("claimed", UtcDateTime, nullable=False),
    sa.Column("status", sa.Integer, nullable=True),  # null while the first request is answered
    sa.Column("headers", sa.JSON, nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=True),
    sa.Column("holder", sa.String(36), nullable=True),  # the process that answers, as in processes
    sa.Column("token", sa.String(32), nullable=True),  # the claim: another one after a take-over
)

evidence = sa.Table(
    "packopt_evidence",
    metadata,
    sa.Column("owner", sa.String(16), primary_key=True),
    sa.Column("order_id", sa.String(200), primary_key=True),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

packings = sa.Table(
    "packopt_packings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("owner", sa.String(16), nullable=False, index=True),
    sa.Column("order_id", sa.String(200), nullable=False),
    sa.Column("parcel", sa.Integer, nullable=False),
    sa.Column("recommended_package_id", sa.String(200), nullable=False),
    sa.Column("package_id", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(20), nullable=True),
    sa.Column("note", sa.String(500), nullable=True),
    sa.Column("packed", UtcDateTime, nullable=False),
    sa.Column("job_id", sa.String(36), nullable=True),  # null for an order answered at once
)

jobs = sa.Table(
    "packopt_jobs",
    metadata,
    sa.Column("job_id", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(16), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),  # recommendations, savings or suite
    # queued -> running -> succeeded or failed; queued or running -> cancelled
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),  # counts changes, for events
    sa.Column("asked", sa.JSON, nullable=False),  # catalogue, policy, plans, ...: see JobSpec
    sa.Column("upload_bytes", sa.BigInteger, nullable=False),
    sa.Column("created", UtcDateTime, nullable=False),
    sa.Column("started", UtcDateTime, nullable=True),
    sa.Column("finished", UtcDateTime, nullable=True),
    sa.Column("parts", sa.Integer, nullable=True),  # null until the upload is split
    sa.Column("orders", sa.BigInteger, nullable=True),
    sa.Column("waiting", sa.Text, nullable=True),  # what keeps a running job from going on
    sa.Column("error", sa.Text, nullable=True),
    sa.Column("webhook_url", sa.Text, nullable=True),
    sa.Column("webhook_secret", sa.String(100), nullable=True),  # forgotten once it is delivered
    sa.Column("webhook_state", sa.String(200), nullable=True),
)

job_parts = sa.Table(
    "packopt_job_parts",
    metadata,
    sa.Column("job_id", sa.String(36), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("orders", sa.BigInteger, nullable=False),
    sa.Column("rejects", sa.BigInteger, nullable=False),
    sa.Column("verdicts", sa.JSON, nullable=False),
)

processes = sa.Table(
    "packopt_processes",
    metadata,
    sa.Column("executor_id", sa.String(36), primary_key=True),
    sa.Column("beat", sa.BigInteger, nullable=False),
    sa.Column("stopped", sa.Boolean, nullable=False),  # it left its jobs for others
)


def connect(url: str) -> sa.Engine:
    """Open a database and make the tables that it lacks.

    Parameters
    ----------
    url
        As SQLAlchemy takes it.

    Returns
    -------
    The engine.

    Raises
    ------
    sqlalchemy.exc.SQLAlchemyError
        If the database cannot be reached.
    """
    waits = {"connect_timeout": _CONNECT_S} if url.startswith("postgresql") else {}
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        json_serializer=None,
        connect_args=waits,
        hide_parameters=True,  # what orders contain is in them, and faults are logged
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    with making_tables(engine):
        metadata.create_all(engine)
        _add_missing_columns(engine)
    return engine


@contextmanager
def making_tables(engine: sa.Engine) -> Iterator[None]:
    """Keep other services from making tables meanwhile; they wait, and then find them made.

    Two that make the same table at once would stumble: PostgreSQL looks whether there is one, and
    refuses the second a moment later. The lock ends with its connection, and so with the process.

    Raises
    ------
    RuntimeError
        If others take longer than two minutes.
    """
    if engine.dialect.name != "postgresql":
        yield  # an embedded database has one service, and a lock of its own
        return
    # No transaction stays open, and no statement waits for the lock: DBOS makes indexes
    # concurrently, and those wait for all statements and transactions that were there before.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _take_lock(connection)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_TABLES_KEY)))


def _add_missing_columns(engine: sa.Engine) -> None:
    """Add the columns that tables of an older packopt lack; such columns may be null."""
    inspector = sa.inspect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            known = {column["name"] for column in inspector.get_columns(table.name)}
            for column in table.columns:
                if column.name not in known:
                    kind = column.type.compile(engine.dialect)
                    change = f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"
                    connection.execute(sa.text(change))


def _take_lock(connection: sa.Connection) -> None:
    give_up = time.monotonic() + _TABLES_S
    ask = sa.select(sa.func.pg_try_advisory_lock(_TABLES_KEY))
    while not connection.execute(ask).scalar():
        if time.monotonic() > give_up:
            raise RuntimeError(
                f"another service has been making tables for {_TABLES_S} seconds; see what it is "
                "about, or stop it, and start this one again"
            )
        time.sleep(_TRY_AGAIN_S)


def insert_or_ignore(engine: sa.Engine, table: sa.Table, **row: Any) -> bool:
    """Insert a row unless its key is taken; tell whether it was inserted."""
    with engine.begin() as connection:
        return insert_unless_taken(connection, table, **row)


def insert_unless_taken(connection: sa.Connection, table: sa.Table, **row: Any) -> bool:
    """Insert a row unless its key is taken, in a transaction; tell whether it was inserted.

    What was inserted is returned by the database: PostgreSQL's driver does not count insertions.
    """
    statement = insert_of(connection, table).values(**row).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def insert_of(database: sa.Engine | sa.Connection, table: sa.Table) -> Any:
    """Return an insertion in the words of the database, which knows what to do on a conflict."""
    from sqlalchemy.dialects import postgresql, sqlite

    kind = sqlite if database.dialect.name == "sqlite" else postgresql
    return kind.insert(table)


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    """Readers never wait for a writer, and a second writer waits for its turn."""
    for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY_MS}", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
