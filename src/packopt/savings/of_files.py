"""Savings of many files: the tables of a replay whose orders are never in one place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from packopt.savings.files import whole_folder, write_table
from packopt.savings.tables import FILES_TABLES
from packopt.together import together

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


@dataclass(frozen=True, eq=False, slots=True)
class FilesSavings:
    """What packopt saves on many files, against a baseline.

    Attributes
    ----------
    total, by_period, by_units, by_sku, by_package, dropped
        Tables as of `packopt.Savings`, in the schemas of `packopt.savings.tables`.
    most
        The 20 orders that save most in each measure, and the 20 that lose most mass, as rows of
        ``Savings.orders``.
    swaps
        Which package takes the place of which, in the schema `packopt.savings.tables.SWAPS`.
    empty_space
        Orders by empty space before and after, in bins of 0.01 percentage points.
    faults
        Faults of the input by the column at fault.
    rules
        Parcels of both sides by what rules say of them; no rows where none were asked.
    about
        Plain values: baseline, catalogues, policy, factors, billing, how intervals were drawn,
        period, numbers of orders, notes.
    """

    total: pa.Table
    by_period: pa.Table
    by_units: pa.Table
    by_sku: pa.Table
    by_package: pa.Table
    dropped: pa.Table
    most: pa.Table
    swaps: pa.Table
    empty_space: pa.Table
    faults: pa.Table
    rules: pa.Table
    about: dict[str, Any]

    def write(self, folder: str | Path) -> None:
        """Write everything into a folder, which appears when the last file is written.

        Parameters
        ----------
        folder
            Gets each table as Parquet, and as CSV where a spreadsheet can open it; and
            ``savings.json`` with what is to be known about them. A folder that holds something
            else than earlier savings is refused.

        Raises
        ------
        ResultError
            If the folder may not be replaced.
        """
        tables = {name: getattr(self, kind.attribute) for name, kind in FILES_TABLES.items()}
        schemas = {name: kind.schema for name, kind in FILES_TABLES.items()}
        with whole_folder(folder, self.about, tables, schemas) as draft:
            together(
                *(
                    partial(write_table, draft / name, tables[name], schemas[name])
                    for name in tables
                )
            )
