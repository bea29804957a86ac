"""The table of the surcharges and refusals that parcels meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.carriers.exact import Amounts
    from packopt.carriers.terms import Flag

FLAGS: Final = pa.schema(
    [
        pa.field("parcel", pa.int64(), nullable=False),
        pa.field("flag", pa.string(), nullable=False),
        pa.field("effect", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("found", pa.float64(), nullable=False),
        pa.field("above", pa.float64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("minimum", pa.float64()),
        pa.field("minimum_status", pa.string()),
    ]
)


def flag_table(found: Sequence[tuple[Flag, Amounts, str]]) -> pa.Table:
    """Tell the flags that apply.

    Parameters
    ----------
    found
        Flags, what each measures of ``n`` parcels, and the unit of that.

    Returns
    -------
    One row for each parcel and flag that applies, by parcel and then as listed.
    """
    tables = [_rows(*one) for one in found]
    if not tables:
        return FLAGS.empty_table()
    table = pa.concat_tables(tables)
    by_parcel = np.argsort(table["parcel"].to_numpy(), kind="stable")
    return table.take(pa.array(by_parcel)).combine_chunks()


def _rows(flag: Flag, amounts: Amounts, unit: str) -> pa.Table:
    rows = np.flatnonzero(amounts.above(flag.trigger.above))
    has_minimum = flag.minimum is not None
    same = {
        "flag": flag.flag,
        "effect": flag.effect,
        "status": flag.status,
        "measure": flag.trigger.measure,
        "above": float(flag.trigger.above),
        "unit": unit,
        "minimum": float(flag.minimum) if flag.minimum is not None else None,
        "minimum_status": flag.minimum_status if has_minimum else None,
    }
    columns = {
        name: pa.repeat(pa.scalar(value, FLAGS.field(name).type), len(rows))
        for name, value in same.items()
    }
    columns["parcel"] = pa.array(rows.astype(np.int64))
    columns["found"] = pa.array(amounts.as_float()[rows])
    return pa.Table.from_arrays([columns[name] for name in FLAGS.names], schema=FLAGS)
