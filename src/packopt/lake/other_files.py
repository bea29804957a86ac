"""Files that are no Parquet, which are read at once: CSV, JSON and Arrow, on this machine."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from packopt.errors import OrdersError
from packopt.order_columns import LINE_COLUMNS, TEXT_COLUMNS
from packopt.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.lake.places import Place
    from packopt.raw_table import RawTable


def read_other(place: Place) -> RawTable:
    """All raw columns of a file that is no Parquet, brought to this machine first."""
    with _local(place) as path:
        return read_table(path, LINE_COLUMNS.__contains__, error=OrdersError, text=TEXT_COLUMNS)


@contextmanager
def _local(place: Place) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="packopt-") as folder:
        path = Path(folder) / place.name
        path.write_bytes(place.read())
        try:
            yield path
        except OrdersError as fault:
            # The copy is nobody's business.
            raise OrdersError(place.url, fault.problems) from fault.__cause__
