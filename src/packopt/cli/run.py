"""What `packopt recommend` and `packopt demo` share: the run itself and where answers go."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from packopt.cli.console import is_terminal, order_progress, say, show_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.cli.summary import Tally
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations, ResultWriter

_ROWS_ON_A_TERMINAL: Final = 20
_COLUMNS_ON_A_TERMINAL: Final = ("order_id", "verdict", "package_id", "units", "cost", "nodes")


def warm_kernel(*, quiet: bool) -> None:
    """Compile the kernel if this installation has not done so yet, and say so meanwhile."""
    from packopt.warm import kernel_is_cold, warm

    if not kernel_is_cold():
        return
    _compile("the kernel", warm, quiet=quiet)


def warm_suite(*, quiet: bool) -> None:
    """Compile what a suite needs beside the kernel if this installation has not done so yet."""
    from packopt.suite.warming import suite_is_cold, warm_suite

    if suite_is_cold():
        _compile("what a suite needs", warm_suite, quiet=quiet)


def _compile(
    what: str, compile_all: Callable[[Callable[[str], None] | None], None], *, quiet: bool
) -> None:
    start = time.perf_counter()
    if not quiet:
        say(f"compiling {what} for this machine; later starts take it from the cache")
    compile_all(None if quiet else lambda step: say(f"  {step}"))
    if not quiet:
        say(f"compiled in {time.perf_counter() - start:.0f} s")


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy,
    *,
    into: ResultWriter | StdoutTable,
    tally: Tally,
    threads: int,
    plans: bool = True,
    quiet: bool = False,
) -> None:
    """Recommend batch by batch, showing progress; every batch is written and counted.

    What is noted of the orders only now, with catalogue and policy at hand, is said at the end.

    Parameters
    ----------
    orders, catalogue, policy
        As in `packopt.recommend`.
    into
        Takes the batches.
    tally
        Counts them.
    threads
        Number of threads.
    plans
        Whether placements are kept.
    quiet
        Whether to show no progress.
    """
    from packopt.recommend import recommend_batches

    batches = recommend_batches(orders, catalogue, policy, threads=threads)
    keep(
        batches, orders.n_orders, into=into, tally=tally, plans=plans, quiet=quiet,
        said=orders.notes,
    )  # fmt: skip


def keep(
    batches: Iterable[Recommendations],
    n_orders: int,
    *,
    into: ResultWriter | StdoutTable,
    tally: Tally,
    plans: bool,
    quiet: bool,
    said: tuple[str, ...],
) -> None:
    """Write and count results batch by batch, showing progress.

    Parameters
    ----------
    batches
        The results.
    n_orders
        Orders of all of them.
    into, tally, plans, quiet
        As of `run`.
    said
        Notes that were passed on before.
    """
    from packopt.tables import PLACEMENTS

    notes: dict[str, None] = {}  # an ordered set
    with into, order_progress(n_orders, quiet=quiet) as advance:
        for batch in batches:
            into.write(batch if plans else replace(batch, placements=PLACEMENTS.empty_table()))
            tally.add(batch)
            advance(batch.orders.num_rows)
            notes.update(dict.fromkeys(batch.notes))
    for note in notes:
        if note not in said:
            say(f"note: {note}")


class StdoutTable:
    """The table of orders on stdout: CSV, or its first rows for a reader at a terminal."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []

    def write(self, batch: Recommendations) -> None:
        """Keep the batch until all are in."""
        self._tables.append(batch.orders)

    def __enter__(self) -> Self:
        """Start with nothing written."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what was kept, unless an error came first."""
        if kind is None and self._tables:
            import pyarrow as pa

            table = pa.concat_tables(self._tables)
            _show(table) if is_terminal() else _pipe(table)


def _pipe(table: pa.Table) -> None:
    import pyarrow.csv

    from packopt.cli.readers import stdout_bytes

    with stdout_bytes() as stdout:
        pyarrow.csv.write_csv(table, stdout)


def _show(table: pa.Table) -> None:
    first = table.select(list(_COLUMNS_ON_A_TERMINAL)).slice(0, _ROWS_ON_A_TERMINAL)
    show_rows(first.column_names, [list(row.values()) for row in first.to_pylist()])
    hidden = table.num_rows - first.num_rows
    if hidden:
        say(f"and {hidden:,} more orders: add --out DIR, or send stdout to a file")
