"""`packopt recommend` beyond one file, and beyond the threads of this process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from packopt.cli.console import SECONDS_BETWEEN_LINES, say
from packopt.cli.inputs import pass_on
from packopt.cli.run import keep, warm_kernel

if TYPE_CHECKING:
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.cli.run import StdoutTable
    from packopt.cli.summary import Tally
    from packopt.engine.engines import Engine
    from packopt.policy import Policy
    from packopt.recommendations import ResultWriter

_ATTENTION = 1  # exit code, see packopt.cli


def is_many(orders: str, out: str | None = None) -> bool:
    """Whether orders are a folder or at a URL, or answers are to go to one: work in parts."""
    return any("://" in one for one in (orders, out or "")) or Path(orders).is_dir()


def run_file(
    orders: Path,
    catalogue: Catalogue,
    policy: Policy,
    *,
    skus: Path | None,
    engine: str,
    workers: int,
    into: ResultWriter | StdoutTable,
    tally: Tally,
    plans: bool,
    quiet: bool,
) -> None:
    """Answer the orders of one file on an engine; the parameters are those of the command."""
    from packopt.engine.nesting import nest_raw
    from packopt.engine.whole_files import notes_on_input, recommend_on
    from packopt.orders import read_lines, sku_source

    raw = read_lines(orders)
    source = str(orders)
    notes = notes_on_input(raw, source)
    pass_on(notes)
    nested = nest_raw(raw, source)
    if not quiet:
        say(f"{nested.num_rows:,} orders, {catalogue.n_packages:,} package types")
    batches = recommend_on(
        started(engine, workers, quiet=quiet), nested, catalogue, policy,
        skus=None if skus is None else sku_source(skus), source=source, notes=notes,
    )  # fmt: skip
    keep(batches, nested.num_rows, into=into, tally=tally, plans=plans, quiet=quiet, said=notes)


def refuse_regrouping(*, asked: bool) -> None:
    """Refuse to regroup the orders of one file.

    Raises
    ------
    typer.BadParameter
        If that was asked for.
    """
    if asked:
        problem = "found one file, expected a folder whose parts are regrouped; leave it out"
        raise typer.BadParameter(problem, param_hint="--regroup")


def run_files(
    orders: str,
    out: str | None,
    catalogue: Catalogue,
    policy: Policy,
    *,
    named: str,
    skus: Path | None,
    engine: str,
    workers: int,
    plans: bool,
    regroup: bool,
    quiet: bool,
) -> None:
    """Answer a folder of files, or what is at a URL, part by part; ``named`` is the catalogue.

    Raises
    ------
    typer.BadParameter
        If there is no ``out``.
    typer.Exit
        If some orders were not accepted.
    """
    from packopt.cli.origins import keep_origins_of_files
    from packopt.lake.run import recommend_files

    if out is None:
        problem = "found none, expected a folder by path or URL: answers of many files are many"
        raise typer.BadParameter(problem, param_hint="--out")
    told = PartsProgress()
    sizes, notes = sku_table(skus)
    found = recommend_files(
        orders, out, catalogue, policy, skus=sizes, plans=plans,
        engine=started(engine, workers, quiet=quiet), regroup=regroup, notes=notes,
        progress=None if quiet else told,
    )  # fmt: skip
    keep_origins_of_files(out, orders, skus, named)
    pass_on(found.notes)
    if not quiet:
        say(f"{found.parts:,} parts, {found.parts - found.answered:,} of them answered before")
        verdicts = [f"{count:,} {word}" for word, count in found.verdicts.items() if count]
        say(f"{found.counts['orders']:,} orders: {', '.join(verdicts)}")
        say(f"answers in {out}")
    if faults := found.counts["rejects"]:
        say(f"some orders were not accepted, for {faults:,} faults; all of them in {out}/rejects")
        raise typer.Exit(_ATTENTION)


class PartsProgress:
    """A line now and then, as progress is told in logs."""

    def __init__(self) -> None:
        self._orders = 0
        self._last = time.monotonic()

    def __call__(self, done: int, parts: int, orders: int) -> None:
        """Take note of a part that is done; the parameters are those of `recommend_files`."""
        self._orders += orders
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES and done < parts:
            self._last = now
            say(f"{done:,} of {parts:,} parts, {self._orders:,} orders")


def started(name: str, workers: int, *, quiet: bool) -> Engine:
    """The engine, with the kernel compiled: workers of this machine share its cache."""
    from packopt.engine.engines import open_engine

    warm_kernel(quiet=quiet)
    return open_engine(name, workers)


def sku_table(path: Path | None) -> tuple[pa.Table | None, list[str]]:
    """Sizes by SKU as raw columns, None without a file; and a note on columns that it ignores."""
    if path is None:
        return None, []
    from packopt.orders import read_skus

    notes: list[str] = []
    return read_skus(path, notes), notes
