"""Savings: what a replay found, as tables and as what a reader must know about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from packopt.errors import SavingsError
from packopt.savings.repeating import Repeating
from packopt.savings.tables import QUANTITIES, TABLES
from packopt.tables import PARCELS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from packopt.recommendations import Recommendations

#: Attribute of each table of `packopt.savings.tables.TABLES`.
ATTRIBUTES: Final = {name: name.removeprefix("savings_") for name in TABLES}
#: Further tables by attribute.
PARTS: Final = {
    "baseline_parcels": PARCELS,
    "plan_quantities": QUANTITIES,
    "baseline_quantities": QUANTITIES,
}


class _Table:
    """A field with a table, which may be given as `Repeating`: it is made whole when asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, savings: Savings | None, owner: type) -> Any:
        if savings is None:  # asked for its default, of which it has none
            raise AttributeError(self._name)
        kept = savings.__dict__[self._name]
        return kept.whole if isinstance(kept, Repeating) else kept

    def __set__(self, savings: Savings, table: pa.Table | Repeating) -> None:
        savings.__dict__[self._name] = table


@dataclass(frozen=True, eq=False)
class Savings:
    """What the plan of packopt saves against a baseline.

    Attributes
    ----------
    orders, total, by_period, by_units, by_sku, by_package, dropped
        Tables, explained column by column in `packopt.savings.tables`.
    plan
        What packopt recommends.
    baseline_parcels
        The parcels of the baseline, of the orders that it is sure to hold.
    plan_quantities, baseline_quantities
        What each parcel takes, in the order of ``plan.parcels`` and ``baseline_parcels``.
    about
        Plain values: baseline, catalogues, policy, factors, billing, how intervals were drawn,
        period, numbers of orders, notes.

    Raises
    ------
    SavingsError
        If a table is not in its schema.
    """

    total: pa.Table
    by_period: pa.Table
    by_units: pa.Table
    by_sku: pa.Table
    by_package: pa.Table
    dropped: pa.Table
    plan: Recommendations
    baseline_parcels: pa.Table
    about: dict[str, Any]
    # What stands behind these takes the place of a default, so they are last.
    orders: pa.Table = _Table()
    plan_quantities: pa.Table = _Table()
    baseline_quantities: pa.Table = _Table()

    def __post_init__(self) -> None:
        schemas = {ATTRIBUTES[name]: schema for name, schema in TABLES.items()} | PARTS
        problems = [
            f"table {name}: found columns {', '.join(found.schema.names)}, expected those of its "
            "schema in packopt.savings.tables, in their types; build it with that schema"
            for name, schema in schemas.items()
            if not (found := self.kept(name)).schema.equals(schema)
        ]
        if problems:
            raise SavingsError("savings", problems)

    def select(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Some columns of a table, of which the others need not be made: a million orders have 41.

        Parameters
        ----------
        table
            Name of its attribute, such as ``orders``.
        columns
            Names of columns.
        """
        return self.kept(table).select(columns)

    def kept(self, table: str) -> pa.Table | Repeating:
        """A table as it is kept, for those that write it; ``table`` as of `select`."""
        return self.__dict__[table]

    def write(self, folder: str | Path, *, plan: Path | None = None) -> None:
        """Write everything into a folder, which appears when the last file is written.

        Parameters
        ----------
        folder
            Gets each table as Parquet, and as CSV where a spreadsheet can open it; ``plan/`` with
            packopt's answer; and ``savings.json`` with what is to be known about them. A folder
            that holds something else than earlier savings is refused.
        plan
            Where packopt's answer is written already; it moves. None if it is not.

        Raises
        ------
        ResultError
            If the folder may not be replaced.
        """
        from packopt.savings.files import write_savings

        write_savings(self, folder, plan)

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Read what `write` wrote.

        Raises
        ------
        ResultError
            If the folder is not complete, or of another schema version.
        """
        from packopt.savings.files import read_savings

        return read_savings(cls, folder)
