"""What `packopt savings` is asked, as objects: terms, a baseline, places to write to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from packopt.cli.inputs import load_catalogue

if TYPE_CHECKING:
    from packopt.carriers import BillingRule
    from packopt.catalogue import Catalogue
    from packopt.savings import Baseline, Terms

_BASELINES: Final = "--baseline, --baseline-column, --baseline-result, --baseline-catalogue"


def one_of(*baselines: object) -> None:
    """Refuse any number of baselines but one."""
    stated = sum(one is not None for one in baselines)
    if stated != 1:
        found = "none of them" if not stated else f"{stated} of them"
        raise typer.BadParameter(
            f"found {found}, expected one baseline to measure against; state just one",
            param_hint=_BASELINES,
        )


def refuse_places(out: Path | None, report: Path | None) -> None:
    """Refuse names under which nothing can be written, before anything is packed."""
    from packopt.errors import ResultError
    from packopt.report_places import ENDINGS, data_folder
    from packopt.result_writer import refuse_foreign
    from packopt.savings.files import FILE

    if report is not None and report.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(
            f"found {report.name!r}, expected a name that ends in .html", param_hint="--report"
        )
    data = None if report is None else data_folder(report)
    for place in (out, data):
        if place is None:
            continue
        if place.exists() and not place.is_dir():
            problem = "found a file, expected a directory or nothing; name another place"
            raise ResultError(str(place), problem)
        refuse_foreign(place.resolve(), FILE)


def make_terms(
    factors: str,
    tape: str,
    filler: str,
    carrier: str | None,
    carrier_date: str | None,
    rates: Path | None,
    zone: str | None,
) -> Terms:
    """By what both sides are counted; the parameters are those of the command."""
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
    return billing_rule(carrier, on=parse_day(day, "--carrier-date", ": rules of carriers change"))


def parse_day(text: str | None, option: str, why: str) -> dt.date:
    """A day that an option states; ``why`` it matters ends the message where it is none."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError as error:
        found = "nothing" if text is None else repr(text)
        problem = f"found {found}, expected a day such as 2026-03-01{why}"
        raise typer.BadParameter(problem, param_hint=option) from error


def make_baseline(
    packages: Catalogue,
    rule: str | None,
    column: str | None,
    result: Path | None,
    other: str | None,
) -> Baseline:
    """What savings are measured against; one of the last four is stated."""
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
