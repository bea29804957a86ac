"""Suite: the proposed set, what it saves on the holdout, and how sure that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.csv
import pyarrow.parquet as pq

from packopt.suite.tables import TABLES, meanings

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.recommendations import Recommendations
    from packopt.savings import Savings

CATALOGUE: Final = "catalogue.csv"
ABOUT: Final = "suite.json"
SAVINGS: Final = "savings"


@dataclass(frozen=True, eq=False)
class Suite:
    """A proposed set of package types.

    Attributes
    ----------
    catalogue, catalogue_text
        The set, and the file of it that `packopt recommend` reads.
    types, curve, moves, draws, held_out
        Tables, explained column by column in `packopt.suite.tables`.
    plan
        What packopt recommends for the holdout from the set.
    savings
        The holdout packed from the set and from today's; None without today's set.
    about
        Plain values: settings, machine, policy, bounds, figures of both periods, notes.
    """

    catalogue: Catalogue
    catalogue_text: str
    types: pa.Table
    curve: pa.Table
    moves: pa.Table
    draws: pa.Table
    held_out: pa.Table
    plan: Recommendations
    savings: Savings | None
    about: dict[str, Any]

    def write(self, folder: str | Path) -> None:
        """Write the catalogue, the tables as CSV and Parquet, ``suite.json`` and the savings.

        Parameters
        ----------
        folder
            Where to; made if it is not there. Files of an earlier suite are replaced; others,
            such as the work that is kept to go on with, stay.
        """
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        self.write_tables(path)
        if self.savings is not None:
            self.savings.write(path / SAVINGS)

    def write_tables(self, path: Path) -> None:
        """Write everything but the savings into a folder that is there."""
        (path / CATALOGUE).write_text(self.catalogue_text, encoding="utf-8")
        for name in TABLES:
            table = self.tables[name]
            pyarrow.csv.write_csv(table, path / f"{name}.csv")
            pq.write_table(table, path / f"{name}.parquet", store_schema=False)
        columns = {name: meanings(schema) for name, schema in TABLES.items()}
        text = json.dumps({**self.about, "tables": columns}, indent=2, ensure_ascii=False)
        (path / ABOUT).write_text(text + "\n", encoding="utf-8")

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Each table by the name of its file."""
        return {
            "suite_types": self.types,
            "suite_curve": self.curve,
            "suite_moves": self.moves,
            "suite_draws": self.draws,
            "suite_holdout": self.held_out,
        }
