"""What the sections are written from: the tables of a replay, the texts, the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.report.figures import Figures
from packopt.report.shown import Shown
from packopt.rules import summarise
from packopt.savings import FilesSavings
from packopt.savings.dropping import count_faults
from packopt.savings.partial import swaps_of

if TYPE_CHECKING:
    from packopt.green import Green
    from packopt.report.words import Words
    from packopt.rules import Judgement
    from packopt.savings import Overrides, Savings
    from packopt.suite import Suite

COUNTED: Final = "counted"
_COLUMNS: Final = [
    "order_id",
    "units",
    *(
        f"{side}_{what}"
        for side in ("baseline", "plan")
        for what in ("package", "empty_space", "packaging_g")
    ),
]


@dataclass(frozen=True)
class Material:
    """What the sections are written from.

    Attributes
    ----------
    savings
        The replay, of one input or of many files.
    words
        The texts of the language.
    compliance
        What rules say of the parcels; None where none were asked.
    compliance_before
        The same of the baseline's parcels.
    green
        Tables of green packaging management; None where none were made.
    overrides
        What the packing bench did; None where nobody said.
    suite
        The proposed set of package types that the replay is of; None where it is of another kind.
    figures
        Every number that was shown so far.
    """

    savings: Savings | FilesSavings
    words: Words
    compliance: Judgement | None = None
    compliance_before: Judgement | None = None
    green: Green | None = None
    overrides: Overrides | None = None
    suite: Suite | None = None
    figures: Figures = field(default_factory=Figures)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the replay says about itself."""
        return dict(self.savings.about)

    @cached_property
    def shown(self) -> Shown:
        """How figures are written."""
        return Shown(self.figures, self.words, self.about.get("currency"))

    @cached_property
    def totals(self) -> dict[str, dict[str, Any]]:
        """Row of each measure that is known for every counted order."""
        return {row["measure"]: row for row in self.savings.total.to_pylist()}

    @cached_property
    def rules_summary(self) -> pa.Table | None:
        """Outcomes of rules, counted."""
        return None if self.compliance is None else summarise(self.compliance.cases)

    @cached_property
    def counted(self) -> pa.Table:
        """The orders that count: the columns that sections look at, names still encoded.

        Of many files only those on which most is saved or lost.
        """
        if isinstance(self.savings, FilesSavings):
            return self.savings.most.select(_COLUMNS)
        orders = self.savings.select("orders", ["status", *_COLUMNS])
        counts = pc.equal(orders["status"].cast(pa.string()), COUNTED)
        return orders.select(_COLUMNS).filter(counts)

    @property
    def n_counted(self) -> int:
        """How many orders count."""
        if isinstance(self.savings, FilesSavings):
            return int(self.about["orders"]["counted"])
        return int(self.counted.num_rows)

    @cached_property
    def swaps(self) -> pa.Table:
        """Pairs of one package and another in its place: orders, and ``saved_g``."""
        if isinstance(self.savings, FilesSavings):
            return self.savings.swaps
        return swaps_of(self.counted)

    @cached_property
    def faults(self) -> pa.Table:
        """Faults of the input by the column at fault."""
        if isinstance(self.savings, FilesSavings):
            return self.savings.faults
        return count_faults(self.savings.plan.rejects)


def plain(table: pa.Table) -> pa.Table:
    """A table with its dictionary encoded columns decoded."""
    decoded = [
        column.cast(field.type.value_type) if pa.types.is_dictionary(field.type) else column
        for column, field in zip(table.columns, table.schema, strict=True)
    ]
    return pa.table(decoded, names=table.column_names)


def by_key(table: pa.Table, key: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows of a long table: key, then measure; keys in the table's order."""
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row[key], {})[row["measure"]] = row
    return rows
