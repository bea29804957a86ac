"""Parquet and Arrow files block by block, and what their metadata may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import InputError
from packopt.ipc_sizes import inflated_sizes
from packopt.order_blocks import Block
from packopt.parsing import is_text
from packopt.raw_table import Keep, refuse_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_INFLATED_BYTES: Final = 1 << 28
"""A compressed column or batch may become so large; beyond it, only within `MOST_RATIO`."""
MOST_RATIO: Final = 200
"""By how much real columns shrink: order files by 2 to 20."""
MOST_DECODED_BYTES: Final = 1 << 30
"""Text of one block of rows, once its dictionary is written out."""
_BUFFER_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 26  # of one column of a block of rows, on average
_SHARED_ROWS: Final = 1 << 10


class _Columnar:
    """What both formats share: all columns are known from the beginning."""

    is_complete = True
    schema: pa.Schema
    ignored: tuple[str, ...]

    def _know(self, schema: pa.Schema, keep: Keep) -> None:
        refuse_duplicates(schema.names)
        wanted = [index for index, name in enumerate(schema.names) if keep(name)]
        self.schema = pa.schema([_plain(schema.field(index)) for index in wanted])
        self.ignored = tuple(name for name in schema.names if name and not keep(name))


class ParquetBlocks(_Columnar):
    """A Parquet file as blocks, see `packopt.order_blocks.Blocks`."""

    def __init__(self, path: Path, keep: Keep, block_rows: int) -> None:
        # Not pyarrow.parquet.read_table: that imports pyarrow.dataset and half a second of pandas.
        import pyarrow.parquet as pq

        self._source: Any = pa.OSFile(str(path))
        schema = pq.read_schema(self._source)
        self._know(schema, keep)
        self.ignored = tuple(name for name in schema.names if not keep(name))
        # A word that a million rows name stands in the file once: text must stay in dictionaries
        # until `_written_out` has seen how long it is.
        texts = [one.name for one in self.schema if is_text(one.type)]
        self._source.seek(0)
        # Buffered, or else the column of a whole group of rows would be loaded at once.
        self._file: Any = pq.ParquetFile(
            self._source, buffer_size=_BUFFER_BYTES, read_dictionary=texts
        )
        self._block_rows = block_rows
        self._judge_row_groups()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._source.close()

    def bytes_read(self) -> int:
        """How much of the file has been read."""
        return int(self._source.tell())

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in the order of the file."""
        names = self.schema.names
        for batch in self._file.iter_batches(self._block_rows, columns=names):
            yield _block(batch)

    def _judge_row_groups(self) -> None:
        """Refuse what inflates beyond reason, and take fewer rows at once where they are long."""
        metadata = self._file.metadata
        wanted = set(self.schema.names)
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            columns = [group.column(index) for index in range(group.num_columns)]
            for column in columns:
                if column.path_in_schema.split(".")[0] in wanted:
                    where = f"row group {number + 1}, column {column.path_in_schema}"
                    n_bytes = column.total_uncompressed_size
                    refuse_bomb(where, column.total_compressed_size, n_bytes)
                    fitting = _BLOCK_BYTES * max(group.num_rows, 1) // max(n_bytes, 1)
                    self._block_rows = max(1, min(self._block_rows, fitting))
                    if "DELTA_BYTE_ARRAY" in column.encodings:
                        # Its values share beginnings, so they too are longer than the file shows.
                        self._block_rows = min(self._block_rows, _SHARED_ROWS)


class ArrowBlocks(_Columnar):
    """An Arrow IPC file or stream as blocks, see `packopt.order_blocks.Blocks`."""

    def __init__(self, path: Path, keep: Keep, block_rows: int) -> None:
        self._block_rows = block_rows
        self._source: Any = pa.memory_map(str(path))
        self._bytes_read = 0
        try:
            self._reader: Any = pa.ipc.open_file(self._source)
        except pa.ArrowInvalid:
            self._source.seek(0)
            self._reader = pa.ipc.open_stream(self._source)
        self._know(self._reader.schema, keep)
        self._refuse_bombs()

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def bytes_read(self) -> int:
        """How much of the file has been read."""
        return self._bytes_read

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in the order of the file."""
        names = self._reader.schema.names
        wanted = [index for index, name in enumerate(names) if name in self.schema.names]
        for batch in self._batches():
            # Arrow trusts offsets and lengths as they stand in the file; a damaged one could
            # crash us.
            kept = pa.RecordBatch.from_arrays(
                [batch.column(index) for index in wanted], names=[names[index] for index in wanted]
            )
            kept.validate(full=True)
            for start in range(0, kept.num_rows, self._block_rows):
                yield _block(kept.slice(start, self._block_rows))

    def _refuse_bombs(self) -> None:
        place = self._source.tell()
        self._source.seek(0)
        with memoryview(self._source.read_buffer(self._source.size())) as data:
            for number, sizes in enumerate(inflated_sizes(data), start=1):
                refuse_bomb(f"batch {number}", *sizes)
        self._source.seek(place)

    def _batches(self) -> Iterator[Any]:
        if not hasattr(self._reader, "num_record_batches"):
            for batch in self._reader:
                self._bytes_read = int(self._source.tell())
                yield batch
            return
        n_batches = self._reader.num_record_batches
        for number in range(n_batches):
            self._bytes_read = int(self._source.size() * (number + 1) / n_batches)
            yield self._reader.get_batch(number)


def refuse_bomb(where: str, compressed_bytes: int, inflated_bytes: int) -> None:
    """Refuse what would inflate beyond all reason.

    Parameters
    ----------
    where
        What it is, for the message.
    compressed_bytes, inflated_bytes
        Its size in the file and in memory, as declared.

    Raises
    ------
    InputError
        If it is large, and larger than compression of real data explains.
    """
    if inflated_bytes > max(MOST_INFLATED_BYTES, MOST_RATIO * compressed_bytes):
        raise InputError(
            "file",
            f"{where}: {compressed_bytes:,} bytes inflate to {inflated_bytes:,}; expected at most "
            f"{MOST_INFLATED_BYTES:,} bytes, or {MOST_RATIO} times the size in the file; write it "
            "again in smaller pieces",
        )


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type
    return pa.field(field.name, kind.value_type if pa.types.is_dictionary(kind) else kind)


def _block(batch: pa.RecordBatch) -> Block:
    """Columns without dictionaries, which differ from block to block."""
    columns = [_written_out(column) for column in batch.columns]
    table = pa.Table.from_arrays(columns, names=batch.schema.names)
    return Block(batch.num_rows, table)


def _written_out(column: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        return column
    words = column.dictionary
    if len(words) and words.nbytes > MOST_DECODED_BYTES // max(1, len(column)):
        # A long word that many rows name is short in the file, and endless written out.
        text = words if pa.types.is_large_string(words.type) else words.cast(pa.large_binary())
        total = pc.sum(pc.binary_length(text).take(column.indices)).as_py() or 0
        if total > MOST_DECODED_BYTES:
            raise InputError(
                "file",
                f"{len(column):,} rows hold {total:,} bytes of text in one column; expected short "
                f"names; at most {MOST_DECODED_BYTES:,} bytes are read at once",
            )
    return column.cast(column.type.value_type)
