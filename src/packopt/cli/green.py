"""`packopt green`: the tables of green packaging management."""

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
    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.green import GreenInputs
    from packopt.recommendations import Recommendations

ATTENTION = 1  # exit code: the work was done, but a target is missed


def green(
    result_dir: ResultDirectory,
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with files such as zones.csv, certificates.csv, settings.toml; "
            "docs/green.md lists them.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What `packopt rules --out` wrote.", show_default=False),
    ] = None,
    savings: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What `packopt savings --out` wrote.", show_default=False),
    ] = None,
    factors: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Emission factors, for the greenhouse gas sheet.",
            show_default=False,
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="What an earlier `packopt green --out` wrote, to compare with.",
            show_default=False,
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The day of the report, such as 2026-03-31; today by default.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=refuse_url,
            help="Write every table as CSV and Parquet, the packing specification, and notices.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the scorecard and the tables that law, standards and the post ask for.

    Second packaging, reuse by zone, certified share, plastics ledger, tape, points, packing
    specification, audit sample, evidence on parcels, EPR masses, greenhouse gases, and more. What
    needs a file that is not given is unknown and names it; nothing that is unknown meets a target.

    ```
    packopt green answers/ --inputs green-inputs/ --out green/
    packopt green answers/ --inputs green-inputs/ --rules rules/ --savings savings/ --out green/
    packopt green answers/ --factors desnz-2025-primary --previous green-2025/ --on 2026-03-31
    ```

    Exit code 1 means that a target is missed.
    """
    from packopt.cli.origins import load_origins
    from packopt.green import tables
    from packopt.recommendations import Recommendations

    day = _day(on)
    result = Recommendations.read(result_dir)
    lines, packages = load_origins(result_dir, orders, skus, catalogue)
    given = _given(inputs, rules, savings, factors, previous)
    masses = _quantities(result, packages, given)
    made = tables(result, lines, packages, masses, given, day)
    if out is not None:
        made.write(out)
    rows = made.tables["scorecard"].to_pylist()
    _show(rows)
    for note in made.notes:
        say(f"note: {note}")
    if out is not None:
        answer(f"written to {out}")
    if any(row["status"] == "missed" for row in rows):
        raise typer.Exit(ATTENTION)


def _show(rows: list[dict[str, Any]]) -> None:
    """What is known as a table; what is not, by what is missing."""
    columns = ("metric", "value", "unit", "target", "status")
    known = [row for row in rows if row["value"] is not None]
    show_rows(columns, [[row[name] for name in columns] for row in known])
    lacking: dict[str, list[str]] = {}
    for row in rows:
        if row["missing"]:
            lacking.setdefault(row["missing"], []).append(row["metric"])
    for missing, names in lacking.items():
        say(f"missing {missing}: {', '.join(names)}")


def _given(
    inputs: Path | None,
    rules: Path | None,
    savings: Path | None,
    factors: str | None,
    previous: Path | None,
) -> GreenInputs:
    """Everything beside the result, its orders and its catalogue."""
    from packopt.factors import factor_set
    from packopt.green import GreenInputs
    from packopt.green.inputs.outcomes import read_outcomes

    others: dict[str, Any] = {"previous": previous}
    if rules is not None:
        others["outcomes"] = read_outcomes(rules)
    if factors is not None:
        others["factors"] = factor_set(factors)
    if savings is not None:
        from packopt.savings import Savings

        others["savings"] = Savings.read(savings)
    return GreenInputs(**others) if inputs is None else GreenInputs.read(inputs, **others)


def _quantities(result: Recommendations, catalogue: Catalogue, inputs: GreenInputs) -> pa.Table:
    """Materials of the parcels, with tape and filler as the file ``consumables`` has them."""
    from packopt.factors import MATERIALS
    from packopt.savings.quantities import quantities
    from packopt.savings.terms import Terms

    stated = inputs.frame("consumables").select("item", "material").rows()
    made_of: dict[str, Any] = {
        f"{item}_material": key if key in MATERIALS else "other" for item, key in stated
    }
    terms = Terms(factors=inputs.factors, **made_of)
    return quantities(result.parcels, catalogue, result.policy, terms)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"found {text!r}, expected a day such as 2026-03-31", param_hint="--on"
        ) from error
