"""Tables of a job as streams, part by part: memory does not grow with the job."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Protocol

from packopt_service.jobs import names
from packopt_service.jobs.stored_answers import rows_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from packopt_service.jobs.storage import Storage

#: Rows that are in memory at a time.
_ROWS: Final = 1 << 16

#: Formats of results, by media type; the first is what everybody gets who does not choose.
FORMATS: Final = {
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.stream": "arrow",
}


def chosen_format(accept: str | None) -> str | None:
    """Return the media type that an Accept header likes best; None if it likes none.

    Parameters
    ----------
    accept
        The header; None or empty for no preference.
    """
    liked: dict[str, float] = {}
    for part in (accept or "*/*").split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        liked[name] = max(liked.get(name, 0.0), _weight(parameters))

    def weight(media: str) -> float:
        ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
        return next((liked[one] for one in ranges if one in liked), 0.0)

    best = max(FORMATS, key=weight)
    return best if weight(best) > 0 else None


def stream_table(
    storage: Storage, job_id: str, table: str, parts: int, format_: str
) -> Iterator[bytes]:
    """Return a table of a job in a format, piece by piece; its files are looked for at once.

    Parameters
    ----------
    storage
        Where the parts are.
    job_id, table
        Which table.
    parts
        How many parts, from the first; none of them makes an empty table.
    format_
        A value of `FORMATS`.

    Raises
    ------
    FileNotFoundError
        If a file of a part is gone.
    DamagedResultsError
        If it cannot be told which files there were.
    """
    return _streamed(storage, _files_of(storage, job_id, table, parts), format_)


def _files_of(storage: Storage, job_id: str, table: str, parts: int) -> list[str]:
    """Return the names of a table's files; the first part always has one, for its columns."""
    there = storage.files(names.results_folder(job_id))
    found = []
    for part in range(parts):
        name = names.part_table(job_id, part, table)
        if name.rpartition("/")[2] in there:
            found.append(name)
        elif part == 0 or rows_told(storage, job_id, part, table):
            raise FileNotFoundError(name)
    return found


def _streamed(storage: Storage, files: list[str], format_: str) -> Iterator[bytes]:
    drain = _Drain()
    writer: _Writer | None = None
    for name in files:
        for batch in _batches(storage, name):
            if writer is None:
                writer = _writer(format_, drain, batch.schema)
            writer.write(batch)
            yield from drain.empty()
    if writer is not None:
        writer.close()
        yield from drain.empty()


def _batches(storage: Storage, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a file in pieces, at least one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with storage.open(name) as raw, pq.ParquetFile(raw) as file:
        schema = file.schema_arrow
        yield schema.empty_table()
        for batch in file.iter_batches(_ROWS):
            yield pa.Table.from_batches([batch], schema)


class _Drain(io.RawIOBase):
    """A file that only passes on."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(self._chunks[-1])

    def empty(self) -> Iterator[bytes]:
        chunks, self._chunks = self._chunks, []
        data = b"".join(chunks)
        if data:
            yield data


class _Writer(Protocol):
    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class _Ndjson:
    def __init__(self, drain: _Drain) -> None:
        self._drain = drain

    def write(self, table: pa.Table) -> None:
        import polars as pl

        if table.num_rows:
            frame = pl.from_arrow(table)
            self._drain.write(frame.write_ndjson().encode())  # type: ignore[union-attr]

    def close(self) -> None:
        pass


class _Arrow:
    """Any writer of pyarrow; the schema has no dictionaries, which CSV cannot have."""

    def __init__(self, writer: Any, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def write(self, table: pa.Table) -> None:
        if table.num_rows:
            self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        self._writer.close()


def _writer(format_: str, drain: _Drain, schema: pa.Schema) -> _Writer:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if format_ == "ndjson":
        return _Ndjson(drain)
    plain = pa.schema(
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    )
    if format_ == "csv":
        return _Arrow(pyarrow.csv.CSVWriter(drain, plain), plain)
    if format_ == "arrow":
        return _Arrow(pa.ipc.new_stream(drain, plain), plain)
    return _Arrow(pq.ParquetWriter(drain, plain, compression="zstd", store_schema=False), plain)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
