"""How the command line speaks: results to stdout, messages and progress to stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from rich.console import Console

SECONDS_BETWEEN_LINES: Final = 10.0

Advance = Callable[[int], None]


def answer(text: str = "") -> None:
    """Write a result to stdout, as it is: no markup, no wrapping."""
    _console(stderr=False).print(text, markup=False, highlight=False, soft_wrap=True)


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a small table to stdout; numbers stand right, None is a dash."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(_cell(value), justify=_side(value)) for value in row))
    _console(stderr=False).print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _side(value: object) -> Literal["left", "right"]:
    return "right" if isinstance(value, int | float) else "left"


def say(text: str) -> None:
    """Write a message to stderr, as it is."""
    _console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Write an error to stderr, marked as one."""
    console = _console(stderr=True)
    console.print("packopt:", style="bold red", end=" ")
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def order_progress(total: int, *, quiet: bool = False) -> Iterator[Advance]:
    """Show how many of `total` orders are done.

    A bar where stderr is a terminal, elsewhere a line now and then, nothing where `quiet`.

    Yields
    ------
    Advance
        To be called with the number of orders that were finished.
    """
    console = _console(stderr=True)
    if quiet:
        yield lambda _done: None
    elif console.is_terminal:
        with _bar(console, total) as advance:
            yield advance
    else:
        yield _Lines(total).advance


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Advance]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("recommending", BarColumn(), MofNCompleteColumn(), "orders", TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("recommending", total=total)
        yield lambda done: progress.advance(task, done)


class _Lines:
    """Progress for logs: one line every ten seconds, none for what is done sooner."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._start = self._last = time.monotonic()

    def advance(self, done: int) -> None:
        self._done += done
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES and self._done < self._total:
            self._last = now
            rate = self._done / (now - self._start)
            say(f"{self._done:,} of {self._total:,} orders, {rate:,.0f} a second")


def is_terminal() -> bool:
    """Whether stdout is a terminal, where a reader wants a short table instead of a file."""
    return _console(stderr=False).is_terminal


def _console(*, stderr: bool) -> Console:
    # Not kept: what sys.stdout and sys.stderr are may change, as it does in tests.
    from packopt.cli.readers import Speaker

    return Speaker(stderr=stderr)
