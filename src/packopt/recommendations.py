"""Recommendations: what packopt answers, as five tables and the run that made them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from packopt.errors import PolicyError, ResultError
from packopt.policy import Policy
from packopt.result_files import read_table
from packopt.result_writer import RUN_FILE, SCHEMA_VERSION, ResultWriter
from packopt.tables import (
    ALTERNATIVE_PLACEMENTS,
    ALTERNATIVES,
    ORDERS,
    PARCELS,
    PLACEMENTS,
    REASONS,
    REJECTS,
    RULED_OUT,
    TABLES,
    UNPACKED,
    VERDICTS,
    describe,
)

__all__ = [
    "ALTERNATIVES",
    "ALTERNATIVE_PLACEMENTS",
    "ORDERS",
    "PARCELS",
    "PLACEMENTS",
    "REASONS",
    "REJECTS",
    "RULED_OUT",
    "TABLES",
    "UNPACKED",
    "VERDICTS",
    "Recommendations",
    "ResultWriter",
    "concat",
    "describe",
]


@dataclass(frozen=True, eq=False)
class Recommendations:
    """The answer to a batch of orders; the tables' columns are explained in `packopt.tables`.

    Parameters
    ----------
    orders
        One row for each accepted order.
    parcels
        One row for each package to be shipped.
    placements
        One row for each unit: where it lies in its parcel. Empty where plans were not asked for.
    ruled_out
        One row for each package cheaper than the chosen one, with the reason; where an order
        has several parcels or none, for every package that does not hold all of it.
    unpacked
        One row for the units of a line that fit no package.
    alternatives, alternative_placements
        The next cheapest packages that hold an order, and how; empty where not asked for.
    rejects
        Input that could not be accepted.
    policy
        The rules under which the orders were answered.
    catalogue_digest
        `Catalogue.digest` of the packages they were answered from.
    notes
        What the reader should know about the whole batch.
    file
        Of several files of an input, that whose rows the rejects tell; empty where it is one, or
        where rejects are of several.

    Raises
    ------
    ResultError
        If a table is not in its schema.
    """

    orders: pa.Table
    parcels: pa.Table
    placements: pa.Table
    ruled_out: pa.Table
    unpacked: pa.Table
    alternatives: pa.Table
    alternative_placements: pa.Table
    rejects: pa.Table
    policy: Policy
    catalogue_digest: str
    notes: tuple[str, ...] = ()
    file: str = ""

    def __post_init__(self) -> None:
        problems = [
            f"table {name}: found {_types(table.schema)}, expected {_types(schema)}; "
            f"build the table with packopt.tables.{name.upper()}"
            for name, schema in TABLES.items()
            if not (table := getattr(self, name)).schema.equals(schema)
        ]
        if problems:
            raise ResultError("recommendations", problems)

    def write(self, path: str | Path) -> None:
        """Write the result where `ResultWriter` would.

        Parameters
        ----------
        path
            A directory for everything, or a file ending in ``.parquet``, ``.csv`` or ``.json``
            for the orders table alone.

        Raises
        ------
        ResultError
            If `path` is a directory that holds something else than an earlier result.
        """
        with ResultWriter(path) as writer:
            writer.write(self)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a result directory.

        Raises
        ------
        ResultError
            If the directory is not a complete result of this schema version, or of many files.
        """
        directory = Path(path)
        run = _read_run(directory)
        try:
            tables = {name: read_table(directory, name) for name in TABLES}
            return cls(
                **tables,
                policy=Policy.from_dict(run["policy"]),
                catalogue_digest=run["catalogue_digest"],
                notes=tuple(run["notes"]),
            )
        except (OSError, pa.ArrowException, KeyError, PolicyError) as error:
            raise _unreadable(directory, str(error)) from error


def concat(batches: list[Recommendations]) -> Recommendations:
    """Put batches of one run together, in their order.

    Raises
    ------
    ResultError
        If there are none, or they differ in policy or catalogue.
    """
    if not batches:
        problem = "found no batch, expected at least one; recommend for at least one order"
        raise ResultError("recommendations", problem)
    first = batches[0]
    notes = tuple(dict.fromkeys(note for batch in batches for note in batch.notes))
    if len(batches) == 1:
        return first if notes == first.notes else replace(first, notes=notes)
    if any(
        batch.policy != first.policy or batch.catalogue_digest != first.catalogue_digest
        for batch in batches
    ):
        problem = "found batches of several policies or catalogues, expected one; keep them apart"
        raise ResultError("recommendations", problem)
    return Recommendations(
        **{name: pa.concat_tables([getattr(batch, name) for batch in batches]) for name in TABLES},
        policy=first.policy,
        catalogue_digest=first.catalogue_digest,
        notes=notes,
    )


def _read_run(directory: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads((directory / RUN_FILE).read_text(encoding="utf-8"))
        found = run["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(directory, f"{RUN_FILE}: {error}") from error
    if found != SCHEMA_VERSION:
        raise _unreadable(directory, f"{RUN_FILE}: schema_version {found}, not {SCHEMA_VERSION}")
    if "parts" in run:
        raise ResultError(
            str(directory),
            "found the result of many files, expected that of one file; packopt.read_files reads "
            "it, and packopt check, explain, draw, labels and sheets do; for all else run packopt "
            "recommend on one file",
        )
    return run


def _unreadable(directory: Path, found: str) -> ResultError:
    advice = "expected a directory written by packopt recommend --out; run it again"
    return ResultError(str(directory), f"found {found}; {advice}")


def _types(schema: pa.Schema) -> str:
    return ", ".join(
        f"{field.name} {field.type}{'' if field.nullable else ' not null'}" for field in schema
    )
