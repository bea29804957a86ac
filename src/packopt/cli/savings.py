"""`packopt savings`: what packopt would have saved on an order history."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from packopt.cli.bench import PackingsFile, hold_bench, read_bench, tell_bench
from packopt.cli.console import answer, order_progress, say
from packopt.cli.inputs import (
    FACTORS,
    CatalogueName,
    EngineName,
    OrdersPlace,
    SkusFile,
    load_catalogue,
    make_policy,
    pass_on,
    refuse_url,
)
from packopt.cli.recommend import ATTENTION, parse_effort
from packopt.cli.savings_inputs import (
    make_baseline,
    make_terms,
    one_of,
    parse_day,
    refuse_places,
)

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.plan_ahead import PlanAhead
    from packopt.savings import Overrides, Savings, Terms


def savings(
    orders: OrdersPlace,
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
    engine: EngineName = "threads",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=refuse_url,
            help="Write all tables here: Parquet, CSV and JSON.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            callback=refuse_url,
            help="Write the report here.",
            show_default=False,
        ),
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
            help="The day of the report's green tables, by default the last day of the orders, or "
            "today; and of its rules where orders have no date: without it they are UNKNOWN.",
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
    packopt savings s3://shop/orders/ --baseline volume-80 --engine ray --report report.html
    packopt savings orders.csv --baseline one-size-up --carrier ups-us --carrier-date 2026-03-01
    ```

    A folder, by path or URL, is replayed part by part and never gathered; its report has no tables
    of green packaging management, which are about single parcels.

    Exit code 1 means that some orders or records of packers were not accepted, or that no order
    counts.
    """
    from packopt.baseline_column import BASELINE
    from packopt.cli.engines import is_many
    from packopt.cli.many_savings import refuse_of_many, savings_of_many, tell_many
    from packopt.cli.run import cores, warm_kernel
    from packopt.errors import CatalogueError
    from packopt.orders import read_orders
    from packopt.plan_ahead import PlanAhead
    from packopt.savings import savings as replay

    named_by = (baseline, baseline_column, baseline_result, baseline_catalogue)
    one_of(*named_by)
    refuse_places(out, report)
    day = None if on is None else parse_day(on, "--on", ", by which the report judges")
    terms = make_terms(factors, tape_material, filler_material, carrier, carrier_date, rates, zone)
    named = None if factors == "none" else factors
    rules = make_policy(policy, otherwise=named, objective=objective, effort=parse_effort(effort))
    packages = load_catalogue(catalogue)
    measured = make_baseline(packages, *named_by)
    if is_many(orders) or engine != "threads":
        refuse_of_many(packings, baseline_result)
        many = savings_of_many(
            orders, packages, rules, measured, terms, skus=skus, engine=engine, workers=threads,
            confidence=confidence, resamples=resamples, rules=full and report is not None, on=day,
            quiet=quiet,
        )  # fmt: skip
        tell_many(many, out, report, lang, quiet=quiet)
        return
    bench = read_bench(packings, quiet=quiet)
    history = read_orders(Path(orders), skus=skus, baseline_column=baseline_column or BASELINE)
    if not quiet:
        pass_on(history.notes)
        say(f"{history.n_orders:,} orders, {packages.n_packages:,} package types")
    warm_kernel(quiet=quiet)
    ahead = PlanAhead(history, packages, report, day) if report is not None and full else None
    with ahead or nullcontext():
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
                    follower=ahead,
                )
        except CatalogueError as fault:
            # A price that is missing is noticed only when it is needed; the file is known here.
            raise CatalogueError(catalogue, fault.problems) from fault
        if out is not None:
            found.write(out)
        done = hold_bench(found, bench, packages, out)
        if report is not None:
            given = report, lang, day, done
            data = _report(found, history, packages, measured.catalogue, terms, *given, ahead)
    _tell(found, history, out, quiet=quiet)
    tell_bench(done)
    if out is not None:
        say(f"tables in {out}")
    if report is not None:
        say(f"report in {report}, its figures in {data}")
    faulty = found.about["orders"]["rejected"] or (bench and bench.rejects.num_rows)
    if faulty or not found.about["orders"]["counted"]:
        raise typer.Exit(ATTENTION)


def _tell(found: Savings, history: Orders, out: Path | None, *, quiet: bool) -> None:
    """Say what came out."""
    from packopt.cli.savings_summary import lines
    from packopt.cli.summary import reject_lines

    for line in lines(found):
        answer(line)
    if not quiet:
        for line in reject_lines(found.plan.rejects, out and out / "plan"):
            say(line)
        pass_on(note for note in found.about["notes"] if note not in history.notes)


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
    ahead: PlanAhead | None,
) -> Path:
    """Write the report; return the folder with its figures."""
    from packopt.report import write_report
    from packopt.whole_report import write_whole_report

    if ahead is None:
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
        ahead=ahead,
    )
