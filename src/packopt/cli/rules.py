"""`packopt rules`: hold a result against rule packs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from packopt.cli.console import answer, say, show_rows
from packopt.cli.inputs import (
    OriginalCatalogue,
    OriginalOrders,
    ResultDirectory,
    SkusFile,
    refuse_url,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import RulePack


def rules(
    result_dir: ResultDirectory,
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
    pack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A rule pack: one of packopt's, or a TOML file. May be repeated; all of packopt's "
            "by default.",
            show_default=False,
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The day to judge by, such as 2030-01-01; by default each order's own date.",
            show_default=False,
        ),
    ] = None,
    facts: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Further facts by order_id and parcel, order_id, sku or package_id, or one row "
            "for all. May be repeated.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=refuse_url,
            help="Write outcomes, summary and facts here.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say which rules the parcels of a result keep, and what is missing to say so.

    Rules are data with a first and a last day, a source, and how well it was read. PASS and FAIL
    are said of verified texts only, UNKNOWN names the facts that are missing, ADVISORY tells what
    a text that is not verified seems to ask. Rules on products and on packages are held against
    the SKUs of the orders and the packages of the catalogue. Not legal advice.

    ```
    packopt rules answers/ --on 2030-01-01
    packopt rules answers/ --pack EU-2025/40-24 --pack my-rules.toml --facts facts.csv --out rules/
    ```

    Exit code 1 means that a rule is broken.
    """
    from packopt.cli.origins import load_origins
    from packopt.recommendations import Recommendations
    from packopt.rules import rule_pack, rule_packs, summarise
    from packopt.rules.files import write_outcomes

    result = Recommendations.read(result_dir)
    lines, packages = load_origins(result_dir, orders, skus, catalogue)
    day = None if on is None else _day(on)
    packs = [rule_pack(name) for name in pack or rule_packs()]
    if day is None and (lines.date is None or lines.date.null_count == len(lines.date)):
        problem = "the orders have no dates; state the day, such as 2030-01-01"
        raise typer.BadParameter(problem, param_hint="--on")
    tables = _facts(result, packages, lines, packs, [_read(path) for path in facts or ()])
    outcomes = _evaluate(packs, tables, lines, day)
    summary = summarise(outcomes)
    if out is not None:
        write_outcomes(out, packs, tables, outcomes, summary)
    columns = ("rule_id", "outcome", "reason", "rows", "share")
    show_rows(
        columns,
        [[row[name] for name in columns] for row in summary.to_pylist()],
    )
    for note in dict.fromkeys(note for one in packs for note in one.notes):
        say(f"note: {note}")
    if out is not None:
        answer(f"written to {out}")
    if "FAIL" in summary["outcome"].cast("string").to_pylist():
        raise typer.Exit(1)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"found {text!r}, expected a day such as 2030-01-01", param_hint="--on"
        ) from error


def _read(path: Path) -> pa.Table:
    from packopt.errors import RulesError
    from packopt.reading import read_table
    from packopt.rules.stated import KEY_COLUMNS

    return read_table(path, lambda _: True, error=RulesError, text=KEY_COLUMNS).table


def _facts(
    result: Recommendations,
    catalogue: Catalogue,
    orders: Orders,
    packs: Sequence[RulePack],
    stated: Sequence[pa.Table],
) -> dict[str, pa.Table]:
    """The facts by subject, of the subjects that the packs are about."""
    from packopt.rules import package_facts, parcel_facts, sku_facts
    from packopt.rules.stated import about

    build: dict[str, Any] = {
        "parcel": lambda extra: parcel_facts(result, catalogue, orders, extra, packs),
        "sku": lambda extra: sku_facts(orders, extra, packs),
        "package": lambda extra: package_facts(catalogue, extra, packs),
    }
    subjects = dict.fromkeys(pack.subject for pack in packs)
    return {subject: build[subject](about(subject, stated, packs)) for subject in subjects}


def _evaluate(
    packs: Sequence[RulePack], tables: dict[str, pa.Table], orders: Orders, day: dt.date | None
) -> pa.Table:
    """The outcomes of all packs; of what has no date of its own, on the last day of the orders."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from packopt.rules import evaluate

    last = day or pc.max(orders.date).as_py()
    return pa.concat_tables(
        [
            evaluate(pack, tables[pack.subject], day or "date")
            if pack.subject == "parcel"
            else evaluate(pack, tables[pack.subject], last)
            for pack in packs
        ]
    )
