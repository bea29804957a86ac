"""Functions that kill their own process, once, as a machine that breaks would."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

Function = Callable[[pa.Table], pa.Table]


def dying_once(function: Function, flag: Path, *, at: int, done: bool) -> Function:
    """A function that dies by ``kill -9`` when it is called for the table with this number.

    ``done`` says whether it has done its work by then, which nobody will hear of. Every call is
    noted in the folder of ``flag``, and the table goes by its column ``number``.
    """
    heard = flag.with_suffix(".calls")

    # A function within a function travels by value: workers do not have the tests.
    def call(table: pa.Table) -> pa.Table:
        number = table["number"][0].as_py()
        with heard.open("a", encoding="utf-8") as file:
            file.write(f"{number}\n")
        answer = function(table.drop_columns("number")) if done else None
        if number == at and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(table.drop_columns("number")) if answer is None else answer

    return call


def numbered(tables: list[pa.Table]) -> list[pa.Table]:
    """Tables with their number as a column."""
    return [
        table.append_column("number", pa.repeat(number, table.num_rows))
        for number, table in enumerate(tables)
    ]


def calls(flag: Path) -> list[int]:
    """For which tables the function was called."""
    return [int(line) for line in flag.with_suffix(".calls").read_text(encoding="utf-8").split()]
