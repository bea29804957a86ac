"""`packopt savings` of a folder of files, of what is at a URL, or on an engine: part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from packopt.cli.console import answer, say
from packopt.cli.engines import PartsProgress, sku_table, started
from packopt.cli.inputs import pass_on

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.savings import Baseline, FilesSavings, Terms

_ATTENTION = 1  # exit code, see packopt.cli


def refuse_of_many(packings: Path | None, baseline_result: Path | None) -> None:
    """Refuse options that need all orders at once.

    Raises
    ------
    typer.BadParameter
        If one of them is stated.
    """
    for option, value in (("--packings", packings), ("--baseline-result", baseline_result)):
        if value is not None:
            problem = (
                "needs all orders at once, which many files never bring together; leave it out, "
                "or give one file without --engine"
            )
            raise typer.BadParameter(problem, param_hint=option)


def savings_of_many(
    orders: str,
    catalogue: Catalogue,
    policy: Policy,
    baseline: Baseline,
    terms: Terms,
    *,
    skus: Path | None,
    engine: str,
    workers: int,
    confidence: float,
    resamples: int,
    rules: bool,
    on: dt.date | None,
    quiet: bool,
) -> FilesSavings:
    """Replay many files on an engine; the parameters are those of the command."""
    from packopt.lake.savings import savings_of_files
    from packopt.parcel_rules import parcel_packs

    sizes, notes = sku_table(skus)
    return savings_of_files(
        orders,
        catalogue,
        policy,
        baseline=baseline,
        terms=terms,
        skus=sizes,
        engine=started(engine, workers, quiet=quiet),
        confidence=confidence,
        resamples=resamples,
        packs=parcel_packs() if rules else (),
        on=on,
        notes=notes,
        progress=None if quiet else PartsProgress(),
    )


def tell_many(
    found: FilesSavings, out: Path | None, report: Path | None, language: Any, *, quiet: bool
) -> None:
    """Write what came out, and say it.

    Parameters
    ----------
    found
        What came out.
    out, report
        Where tables and report go; None for nowhere.
    language
        Of the report.
    quiet
        Whether notes are left out.

    Raises
    ------
    typer.Exit
        If some orders were not accepted, or none counts.
    """
    from packopt.cli.savings_summary import lines

    places = _write(found, out, report, language)
    for line in lines(found):
        answer(line)
    if not quiet:
        for row in found.faults.to_pylist():
            say(f"not accepted: {row['faults']:,} faults in {row['field'] or 'whole rows'}")
        pass_on(found.about["notes"])
    for place in places:
        say(place)
    if found.about["orders"]["rejected"] or not found.about["orders"]["counted"]:
        raise typer.Exit(_ATTENTION)


def _write(found: FilesSavings, out: Path | None, report: Path | None, language: Any) -> list[str]:
    """Write what was asked for; return what lies where."""
    places = []
    if out is not None:
        found.write(out)
        places.append(f"tables in {out}")
    if report is not None:
        from packopt.report import write_report

        data = write_report(found, report, language=language)
        places.append(f"report in {report}, its figures in {data}")
    return places
