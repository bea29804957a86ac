"""The answer to one order among the results of a job: looked for part by part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from packopt_service.jobs import names

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt import Recommendations
    from packopt_service.jobs.storage import Storage

#: Rows that are in memory at a time.
_ROWS: Final = 1 << 14
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a job answered to one order.

    Attributes
    ----------
    tables
        The order's rows of every table; None if it was rejected.
    rejects
        Its rows of the table of rejects.
    """

    tables: dict[str, pa.Table] | None
    rejects: list[dict[str, Any]]


class DamagedResultsError(Exception):
    """A file of the results is no longer what the job wrote; the message says which, and why."""


def stored_answer(storage: Storage, job_id: str, parts: int, order_id: str) -> StoredAnswer | None:
    """Return what a job answered to an order; None if it does not know the order.

    Parameters
    ----------
    storage
        Where the parts are.
    job_id, parts
        Which job, and how many parts it has.
    order_id
        The order, as results name it.

    Raises
    ------
    FileNotFoundError
        If the results are gone.
    DamagedResultsError
        If they were damaged.
    OSError
        If the storage does not give them.
    """
    for part in range(parts):
        found = _rows_of(storage, job_id, part, "orders", order_id)
        if found is not None and found.num_rows:
            return StoredAnswer(_tables(storage, job_id, part, order_id), [])
    for part in range(parts):
        found = _rows_of(storage, job_id, part, "rejects", order_id)
        if found is not None and found.num_rows:
            return StoredAnswer(None, found.to_pylist())
    return None


def stored_documents(
    tables: dict[str, pa.Table], like: Recommendations, *, plans: bool
) -> list[dict[str, Any]]:
    """Return the documents of stored tables, under the policy and the catalogue of a result.

    Raises
    ------
    DamagedResultsError
        If the tables do not fit each other, or are no tables of results.
    """
    from packopt import to_documents

    try:
        return to_documents(_as_result(tables, like), plans=plans)
    except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
        raise DamagedResultsError(f"its tables do not fit each other: {fault}") from fault


def _as_result(tables: dict[str, pa.Table], like: Recommendations) -> Recommendations:
    from packopt import Recommendations

    return Recommendations(
        **{name: tables.get(name, getattr(like, name).slice(0, 0)) for name in names.TABLES},
        policy=like.policy,
        catalogue_digest=like.catalogue_digest,
    )


def rows_told(storage: Storage, job_id: str, part: int, table: str) -> int:
    """Return how many rows a part says that its table has; without rows there is no file.

    Raises
    ------
    FileNotFoundError
        If nothing tells it any more.
    DamagedResultsError
        If what tells it is not what the job wrote.
    """
    with storage.open(names.part_done(job_id, part)) as file:
        content = file.read()
    try:
        return int(json.loads(content)["rows"].get(table, 0))
    except (AttributeError, LookupError, TypeError, ValueError) as fault:
        raise DamagedResultsError(f"what part {part} tells of itself: {fault}") from fault


def _tables(storage: Storage, job_id: str, part: int, order_id: str) -> dict[str, pa.Table]:
    tables = {}
    for name in names.TABLES:
        rows = _rows_of(storage, job_id, part, name, order_id)
        if rows is not None:
            tables[name] = rows
    return tables


def _rows_of(
    storage: Storage, job_id: str, part: int, table: str, order_id: str
) -> pa.Table | None:
    """Return the rows of an order; None if the part has none of any order, and so no file."""
    import pyarrow as pa

    name = names.part_table(job_id, part, table)
    if part and not storage.exists(name):
        if rows_told(storage, job_id, part, table):
            raise FileNotFoundError(name)
        return None
    try:
        with storage.open(name) as raw:
            return _rows_in(raw, order_id)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, LookupError, ValueError) as fault:
        # pyarrow tells damage as OSError, too; a file that can be read through is damaged.
        if isinstance(fault, OSError):
            _read_through(storage, name)
        raise DamagedResultsError(f"the table {table} of part {part}: {fault}") from fault


def _rows_in(raw: Any, order_id: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(raw) as file:
        kept = []
        for batch in file.iter_batches(_ROWS):
            is_ours = pc.equal(batch.column("order_id").cast(pa.string()), order_id)
            kept.append(batch.filter(pc.fill_null(is_ours, False)))
        found = pa.Table.from_batches(kept, file.schema_arrow)
    found.validate(full=True)
    return found


def _read_through(storage: Storage, name: str) -> None:
    """Read a file to its end; OSError if the storage does not give it."""
    with storage.open(name) as raw:
        while raw.read(_CHUNK_BYTES):
            pass
