"""The folder of all the orders of `made_up`."""

from __future__ import annotations

from pathlib import Path

from engine import folders
from engine.alike import made_up


def folder_of_orders(folder: Path, *, row_group: int = 40) -> Path:
    """Three files: two of Parquet with many row groups, which cut orders in two, and one of CSV."""
    return folders.folder_of_orders(folder, made_up(), row_group=row_group)
