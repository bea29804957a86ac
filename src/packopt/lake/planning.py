"""A file or folder of orders as parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from packopt.errors import OrdersError
from packopt.lake.parts import Part, PlanFiles, kind_of, plan_of, whole_file

if TYPE_CHECKING:
    from packopt.engine.engines import Engine
    from packopt.lake.places import Place


def tables_of(parts: list[Part]) -> list[pa.Table]:
    """A table for each part, as engines take them."""
    return [pa.table({"part": [part.to_json()]}) for part in parts]


def plan_parts(source: Place, engine: Engine, part_rows: int) -> tuple[list[Part], bool]:
    """All parts of an input, and whether any line has a weight.

    Parameters
    ----------
    source
        A file or folder.
    engine
        Reads what files say of themselves.
    part_rows
        Rows of a part, as far as row groups allow it.

    Raises
    ------
    OrdersError
        If there is no file of orders, or one that is none.
    """
    alone = source.is_file()
    files = [file for file in source.files() if file.size and (alone or not file.is_hidden)]
    known = [file for file in files if kind_of(file.name)]
    if len(known) < len(files) or not files:
        strange = next((file.name for file in files if not kind_of(file.name)), None)
        raise OrdersError(
            source.url,
            f"found {strange or 'no file'}, expected files of orders such as .parquet or .csv; "
            "check the place, or move other files elsewhere",
        )
    wholes = tables_of([whole_file(file, alone=alone) for file in known])
    plans = [plan_of(told["plan"][0].as_py())
             for told in engine.map(PlanFiles(source, part_rows), wholes)]  # fmt: skip
    parts = [part for plan in plans for part in plan.parts]
    return parts, any(plan.has_weights for plan in plans)
