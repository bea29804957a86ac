"""Files that are no Parquet, which are read at once: CSV, JSON and Arrow, on this machine."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packopt.baseline_column import BASELINE, called_baseline, with_baseline
from packopt.errors import OrdersError
from packopt.order_columns import TEXT_COLUMNS
from packopt.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from packopt.lake.places import Place
    from packopt.raw_table import RawTable


def read_other(
    place: Place, baseline_column: str = BASELINE, elsewhere: Collection[str] = ()
) -> RawTable:
    """All raw columns of a file that is no Parquet, brought to this machine first.

    Parameters
    ----------
    place
        The file.
    baseline_column
        What it calls the column ``baseline_package``.
    elsewhere
        Columns that the file need not have, as of `packopt.baseline_column.called_baseline`.

    Raises
    ------
    OrdersError
        If the file is unusable.
    PlaceError
        If it cannot be read.
    """
    wanted, text = with_baseline(baseline_column), (*TEXT_COLUMNS, baseline_column)
    with _local(place) as path:
        raw = read_table(path, wanted.__contains__, error=OrdersError, text=text)
        names = [*raw.table.column_names, *raw.ignored]
        table = called_baseline(raw.table, baseline_column, names, place.url, elsewhere)
        return replace(raw, table=table)


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
