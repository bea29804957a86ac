"""A file or folder of orders as parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from packopt.baseline_column import BASELINE
from packopt.columns import ignored
from packopt.engine.nesting import without_blank_weights
from packopt.errors import OrdersError
from packopt.lake.file_columns import FIELDS, refuse_personal_folders
from packopt.lake.parts import Part, PlanFiles, kind_of, plan_of, whole_file
from packopt.order_columns import weight_columns

if TYPE_CHECKING:
    from packopt.engine.engines import Engine
    from packopt.lake.places import File, Place


def tables_of(parts: list[Part]) -> list[pa.Table]:
    """A table for each part, as engines take them."""
    return [pa.table({"part": [part.to_json()]}) for part in parts]


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """A file or folder of orders.

    Attributes
    ----------
    parts
        All parts.
    has_weights
        Whether any line may have a weight.
    notes
        Which columns of its files are ignored.
    """

    parts: list[Part]
    has_weights: bool
    notes: tuple[str, ...]

    def weights_known(self, skus: pa.Table | None) -> bool:
        """Whether each line must have a weight, since files or sizes by SKU have some."""
        return self.has_weights or (
            skus is not None and bool(weight_columns(without_blank_weights(skus).column_names))
        )


def files_of_orders(source: Place) -> list[File]:
    """Files of a place that may have orders, by name: neither empty nor, in a folder, hidden."""
    alone = source.is_file()
    return [file for file in source.files() if file.size and (alone or not file.is_hidden)]


def plan_parts(
    source: Place, engine: Engine, part_rows: int, baseline_column: str = BASELINE
) -> PlannedInput:
    """Plan an input.

    Parameters
    ----------
    source
        A file or folder.
    engine
        Reads what files say of themselves.
    part_rows
        Rows of a part, as far as row groups allow it.
    baseline_column
        What the files call the column ``baseline_package``.

    Raises
    ------
    OrdersError
        If there is no file of orders, one that is none, or a folder's name looks personal.
    """
    alone = source.is_file()
    files = files_of_orders(source)
    refuse_personal_folders((file.name for file in files), source.url)
    known = [file for file in files if kind_of(file.name)]
    if len(known) < len(files) or not files:
        strange = next((file.name for file in files if not kind_of(file.name)), None)
        raise OrdersError(
            source.url,
            f"found {strange or 'no file'}, expected files of orders such as .parquet or .csv; "
            "check the place, or move other files elsewhere",
        )
    wholes = tables_of([whole_file(file, alone=alone) for file in known])
    planner = PlanFiles(source, part_rows, baseline_column)
    plans = [plan_of(told["plan"][0].as_py()) for told in engine.map(planner, wholes)]
    unread = list(dict.fromkeys(name for plan in plans for name in plan.strangers))
    return PlannedInput(
        [part for plan in plans for part in plan.parts],
        any(plan.has_weights for plan in plans),
        (ignored(unread, FIELDS, source.url),) if unread else (),
    )
