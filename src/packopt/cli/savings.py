"""`packopt savings`: what packopt would have saved on an order history."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from packopt.cli.bench import PackingsFile, read_bench, tell_bench
from packopt.cli.console import answer, order_progress, say
from packopt.cli.inputs import (
    FACTORS,
    CatalogueName,
    OrdersFile,
    SkusFile,
    load_catalogue,
    make_policy,
    pass_on,
)
from packopt.cli.recommend import ATTENTION, parse_effort

if TYPE_CHECKING:
    from packopt.carriers import BillingRule
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.savings import Baseline, Overrides, Savings, Terms

_PAGES: Final = (".html", ".htm")
_BASELINES: Final = "--baseline, --baseline-column, --baseline-result, --baseline-catalogue"


def savings(
    orders: OrdersFile,
    skus: SkusFile = None,
    catalogue: CatalogueName = "demo",
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Policy as TOML; options below win over it.", show_default=False
        ),
    ] = None,
    objective: Annotated[
        Literal["material", "volume", "cost", "co2e"] | None,
        typer.Option(
            help="What packopt minimises: grams, outer volume, money or CO2e.", show_default=False
        ),
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(
            metavar="fast|standard|thorough|N",
            help="How long to search: a word, or search nodes for each package.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="A rule of thumb: volume-80 (or another percentage), first-fit-largest-side, "
            "one-size-up.",
            show_default=False,
        ),
    ] = None,
    baseline_column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The package really used: a column of the orders, such as baseline_package.",
            show_default=False,
        ),
    ] = None,
    baseline_result: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="Another packer's result, order_id and package_id with one row for each parcel, "
            "or what `packopt recommend --out` wrote.",
            show_default=False,
        ),
    ] = None,
    baseline_catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NAME", help="packopt itself with another catalogue.", show_default=False
        ),
    ] = None,
    packings: PackingsFile = None,
    factors: Annotated[
        str,
        typer.Option(metavar="NAME|FILE|none", help="Emission factors: a built-in set or a file."),
    ] = FACTORS,
    tape_material: Annotated[
        str, typer.Option(metavar="MATERIAL", help="What tape is made of.")
    ] = "pp",
    filler_material: Annotated[
        str, typer.Option(metavar="MATERIAL", help="What filler is made of.")
    ] = "paper",
    carrier: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE", help="The carrier's rule for billable weight.", show_default=False
        ),
    ] = None,
    carrier_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="The day whose version of the rule counts.", show_default=False
        ),
    ] = None,
    rates: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The carrier's prices by zone and step.", show_default=False
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Zone of the rates.", show_default=False),
    ] = None,
    confidence: Annotated[
        float, typer.Option(metavar="SHARE", help="Confidence of the intervals.")
    ] = 0.95,
    resamples: Annotated[int, typer.Option(metavar="N", help="Draws for the intervals.")] = 4999,
    threads: Annotated[
        int,
        typer.Option(
            min=0, help="Threads; 0 takes every core. The answer is the same.", metavar="N"
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write all tables here: Parquet, CSV and JSON.", show_default=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write the report here.", show_default=False),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--rules/--no-rules",
            help="Whether the report also judges the plan by every rule pack and has the tables of "
            "green packaging management.",
        ),
    ] = True,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The day of the report's green tables, and of its rules where orders have no "
            "date; by default the last day of the orders, or today.",
            show_default=False,
        ),
    ] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the report.")] = "en",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no notes; only the summary.")
    ] = False,
) -> None:
    """Pack an order history anew and say what that saves against a baseline.

    Every order is packed twice: by packopt, and as the baseline does. Orders that the baseline's
    package cannot really hold, or of which nobody knows, are told and never count. Savings are in
    grams by material, board, tape, filler, volume, billable weight, money and CO2e, with intervals.

    ```
    packopt savings orders.parquet --catalogue cartons.csv --baseline-column box --out savings/
    packopt savings orders.csv --baseline volume-80 --report report.html
    packopt savings orders.csv --catalogue new.csv --baseline-catalogue old.csv
    packopt savings orders.csv --baseline volume-80 --packings packings.csv --report report.html
    packopt savings orders.csv --baseline one-size-up --carrier ups-us --carrier-date 2026-03-01
    ```

    Exit code 1 means that some orders or records of packers were not accepted, or that no order
    counts.
    """
    from packopt.cli.run import cores, warm_kernel
    from packopt.cli.savings_summary import lines
    from packopt.cli.summary import reject_lines
    from packopt.errors import CatalogueError
    from packopt.orders import BASELINE, read_orders
    from packopt.savings import savings as replay

    _one_of(baseline, baseline_column, baseline_result, baseline_catalogue)
    _refuse_places(out, report)
    day = None if on is None else _day(on, "--on", ", by which the report judges")
    terms = _terms(factors, tape_material, filler_material, carrier, carrier_date, rates, zone)
    named = None if factors == "none" else factors
    rules = make_policy(policy, otherwise=named, objective=objective, effort=parse_effort(effort))
    packages = load_catalogue(catalogue)
    measured = _baseline(packages, baseline, baseline_column, baseline_result, baseline_catalogue)
    bench = read_bench(packings, quiet=quiet)
    history = read_orders(orders, skus=skus, baseline_column=baseline_column or BASELINE)
    if not quiet:
        pass_on(history.notes)
        say(f"{history.n_orders:,} orders, {packages.n_packages:,} package types")
    warm_kernel(quiet=quiet)
    try:
        with order_progress(2 * history.n_orders, quiet=quiet) as advance:
            found = replay(
                history,
                packages,
                rules,
                baseline=measured,
                terms=terms,
                confidence=confidence,
                resamples=resamples,
                threads=threads or cores(),
                progress=advance,
            )
    except CatalogueError as fault:
        # A price that is missing is noticed only when it is needed; the file is known here.
        raise CatalogueError(catalogue, fault.problems) from fault
    for line in lines(found):
        answer(line)
    if not quiet:
        for line in reject_lines(found.plan.rejects, out and out / "plan"):
            say(line)
        pass_on(note for note in found.about["notes"] if note not in history.notes)
    if out is not None:
        found.write(out)
    done = tell_bench(found, bench, packages, out)
    if out is not None:
        say(f"tables in {out}")
    if report is not None:
        given = report, lang, day, done
        data = _report(found, history, packages, measured.catalogue, terms, *given, full=full)
        say(f"report in {report}, its figures in {data}")
    faulty = found.about["orders"]["rejected"] or (bench and bench.rejects.num_rows)
    if faulty or not found.about["orders"]["counted"]:
        raise typer.Exit(ATTENTION)


def _one_of(*baselines: object) -> None:
    stated = sum(one is not None for one in baselines)
    if stated != 1:
        found = "none of them" if not stated else f"{stated} of them"
        raise typer.BadParameter(
            f"found {found}, expected one baseline to measure against; state just one",
            param_hint=_BASELINES,
        )


def _refuse_places(out: Path | None, report: Path | None) -> None:
    """Refuse names under which nothing can be written, before anything is packed."""
    from packopt.errors import ResultError
    from packopt.result_writer import refuse_foreign
    from packopt.savings.files import FILE

    if out is not None:
        if out.exists() and not out.is_dir():
            problem = "found a file, expected a directory or nothing; name another place"
            raise ResultError(str(out), problem)
        refuse_foreign(out.resolve(), FILE)
    if report is not None and report.suffix.lower() not in _PAGES:
        raise typer.BadParameter(
            f"found {report.name!r}, expected a name that ends in .html", param_hint="--report"
        )


def _terms(
    factors: str,
    tape: str,
    filler: str,
    carrier: str | None,
    carrier_date: str | None,
    rates: Path | None,
    zone: str | None,
) -> Terms:
    from packopt.carriers import RateTable
    from packopt.factors import factor_set
    from packopt.savings import Terms

    if carrier is None and (rates or zone or carrier_date):
        problem = "--rates, --zone and --carrier-date say how a carrier bills; name it"
        raise typer.BadParameter(problem, param_hint="--carrier")
    if rates is None and zone is not None:
        raise typer.BadParameter("a zone has no price without rates", param_hint="--rates")
    return Terms(
        factors=None if factors == "none" else factor_set(factors),
        billing=None if carrier is None else _billing(carrier, carrier_date),
        rates=None if rates is None else RateTable.read(rates),
        zone=zone or "",
        tape_material=tape,
        filler_material=filler,
    )


def _billing(carrier: str, day: str | None) -> BillingRule:
    from packopt.carriers import billing_rule, billing_versions

    # A carrier that nobody knows is told before the day, which would not help.
    billing_versions(carrier)
    return billing_rule(carrier, on=_day(day, "--carrier-date", ": rules of carriers change"))


def _day(text: str | None, option: str, why: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError as error:
        found = "nothing" if text is None else repr(text)
        problem = f"found {found}, expected a day such as 2026-03-01{why}"
        raise typer.BadParameter(problem, param_hint=option) from error


def _baseline(
    packages: Catalogue,
    rule: str | None,
    column: str | None,
    result: Path | None,
    other: str | None,
) -> Baseline:
    from packopt.savings import CatalogueBaseline, ColumnBaseline, RuleBaseline

    if rule is not None:
        return RuleBaseline(rule)
    if column is not None:
        return ColumnBaseline(column)
    if other is not None:
        return CatalogueBaseline(load_catalogue(other), Path(other).name)
    assert result is not None  # noqa: S101  # told to the type checker: one of the four is stated
    return _result(packages, result)


def _result(packages: Catalogue, path: Path) -> Baseline:
    """Another packer's table, or an earlier answer of packopt with the catalogue it is from."""
    from packopt.cli.origins import origin_catalogue
    from packopt.errors import SavingsError
    from packopt.reading import read_table
    from packopt.recommendations import Recommendations
    from packopt.savings import ResultBaseline, TableBaseline

    if not path.is_dir():
        names = ("order_id", "package_id")
        raw = read_table(path, lambda _: True, error=SavingsError, text=names)
        return TableBaseline(raw.table, path.name)
    result = Recommendations.read(path)
    if result.catalogue_digest == packages.digest:
        return ResultBaseline(result, packages, path.name)
    return ResultBaseline(result, origin_catalogue(path), path.name)


def _report(
    found: Savings,
    history: Orders,
    packages: Catalogue,
    before: Catalogue | None,
    terms: Terms,
    page: Path,
    language: Any,
    day: dt.date | None,
    overrides: Overrides | None,
    *,
    full: bool,
) -> Path:
    """Write the report; return the folder with its figures."""
    from packopt.report import write_report
    from packopt.whole_report import write_whole_report

    if not full:
        return write_report(found, page, overrides=overrides, language=language)
    return write_whole_report(
        found,
        history,
        packages,
        page,
        factors=terms.factors,
        before=before,
        on=day,
        overrides=overrides,
        language=language,
    )
