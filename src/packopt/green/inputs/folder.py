"""All that a user gives beside orders and catalogue, in one object."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from packopt.errors import GreenError
from packopt.green.inputs import INPUTS
from packopt.green.inputs.reading import accept_table, read_file
from packopt.green.inputs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import polars as pl
    import pyarrow as pa

    from packopt.factors import FactorSet
    from packopt.rules import Judgement
    from packopt.savings import Savings

SETTINGS_FILE: Final = "settings.toml"


@dataclass(frozen=True, eq=False)
class GreenInputs:
    """Files, settings, and results of other parts of packopt; every one may be left out.

    Attributes
    ----------
    files
        Checked tables by the names in `packopt.green.inputs.INPUTS`.
    settings
        Who reports, and how.
    savings
        A replay against a baseline, for differences to it.
    outcomes
        What rules say of parcels and articles: a `packopt.rules.Judgement`, or a table in the
        schema `packopt.rules.OUTCOMES`.
    factors
        Emission factors of materials, for the greenhouse gas sheet.
    previous
        A folder written by `Green.write` for an earlier period, to compare with.
    notes
        Sentences on what was ignored.
    """

    files: Mapping[str, pa.Table] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    savings: Savings | None = None
    outcomes: pa.Table | Judgement | None = None
    factors: FactorSet | None = None
    previous: str | PathLike[str] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: str | PathLike[str], **others: Any) -> Self:
        """Read every file of a folder; its name says what it holds.

        Parameters
        ----------
        folder
            With files such as ``zones.csv`` or ``assets.parquet``, and ``settings.toml``.
        **others
            The attributes that are no files.

        Returns
        -------
        The inputs.

        Raises
        ------
        GreenError
            If there is no such folder, a file's name means nothing, two files hold the same, or
            a file is unusable; all faults of a file are told.
        """
        place = Path(folder)
        if not place.is_dir():
            raise GreenError(
                str(place), "found no folder; expected one with files such as zones.csv; check it"
            )
        files = sorted(
            path for path in place.iterdir() if path.is_file() and not path.name.startswith(".")
        )
        found = _misnamed(files)
        if found:
            raise GreenError(str(place), found)
        if (place / SETTINGS_FILE).is_file():
            others.setdefault("settings", Settings.from_file(place / SETTINGS_FILE))
        tables: dict[str, pa.Table] = {}
        notes: list[str] = []
        for path in files:
            if path.name != SETTINGS_FILE:
                name = _stem(path)
                tables[name], said = read_file(path, INPUTS[name])
                notes += said
        return cls(files=tables, notes=tuple(notes), **others)

    @classmethod
    def of(cls, tables: Mapping[str, Any], **others: Any) -> Self:
        """Check tables that are already in memory.

        Parameters
        ----------
        tables
            By the names in `packopt.green.inputs.INPUTS`: each a `pyarrow.Table`, or a data
            frame that offers itself as Arrow columns.
        **others
            The attributes that are no files.

        Returns
        -------
        The inputs.

        Raises
        ------
        GreenError
            If a name means nothing or a table is unusable.
        """
        strange = [_advice(name) for name in tables if name not in INPUTS]
        if strange:
            raise GreenError("inputs", strange)
        accepted = {name: accept_table(rows, INPUTS[name]) for name, rows in tables.items()}
        return cls(
            files={name: table for name, (table, _) in accepted.items()},
            notes=tuple(note for _, notes in accepted.values() for note in notes),
            **others,
        )

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def frame(self, name: str) -> pl.DataFrame:
        """A file as a frame; without rows where it was not given."""
        import polars as pl

        table = self.files.get(name)
        frame = pl.from_arrow(INPUTS[name].schema.empty_table() if table is None else table)
        return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()

    def needs(self, *names: str) -> str:
        """What to say where one of these files is needed and missing; "" where none is."""
        return ", ".join(f"the file {name}" for name in names if name not in self.files)


def _stem(path: Path) -> str:
    """The name without suffixes: ``zones.csv.gz`` holds zones."""
    return path.name.partition(".")[0]


def _misnamed(files: list[Path]) -> list[str]:
    names = [_stem(path) for path in files if path.name != SETTINGS_FILE]
    found = [
        _advice(path.name)
        for path in files
        if path.name != SETTINGS_FILE and _stem(path) not in INPUTS
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    found += [
        f"{name}: found several files of this name, expected one; delete or join them"
        for name in twice
        if name in INPUTS
    ]
    return found


def _advice(name: str) -> str:
    near = difflib.get_close_matches(name.partition(".")[0], INPUTS, n=1)
    advice = f"did you mean {near[0]}?" if near else "move it elsewhere"
    return f"{name}: not a known file, expected one of {', '.join(INPUTS)}; {advice}"
