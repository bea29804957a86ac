"""Files of order lines as blocks: which reader goes with which format, and how much at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.order_columns import LINE_COLUMNS, TEXT_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.order_blocks import Blocks

BLOCK_BYTES: Final = 1 << 21
"""Text taken at once: twice the longest row, small enough that the parsers stay in the cache."""
BLOCK_ROWS: Final = 1 << 16
"""Rows of a columnar file taken at once."""


def keep(name: str) -> bool:
    """True for the names of columns of order lines."""
    return name in LINE_COLUMNS


def open_blocks(
    path: Path,
    kind: str,
    knowledge: object = None,
    *,
    block_bytes: int = BLOCK_BYTES,
    block_rows: int = BLOCK_ROWS,
) -> Blocks:
    """Open a file of order lines.

    Parameters
    ----------
    path
        The file.
    kind
        ``csv``, ``json``, ``parquet`` or ``arrow``.
    knowledge
        What `ReadAgainError` says.
    block_bytes, block_rows
        How much to take at once, of text and of columns.

    Returns
    -------
    Its blocks.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if kind == "csv":
        from packopt.blocks_csv import CsvBlocks

        return CsvBlocks(path, keep, block_bytes)
    if kind == "json":
        from packopt.blocks_json import JsonBlocks, Typing

        typing = knowledge if isinstance(knowledge, Typing) else Typing(TEXT_COLUMNS)
        return JsonBlocks(path, keep, typing, block_bytes)
    from packopt.blocks_columnar import ArrowBlocks, ParquetBlocks

    return (ParquetBlocks if kind == "parquet" else ArrowBlocks)(path, keep, block_rows)
