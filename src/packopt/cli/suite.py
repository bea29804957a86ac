"""`packopt suite`: which package types to stock for an order history."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from packopt.cli.console import answer, order_progress, say
from packopt.cli.inputs import (
    FACTORS,
    FactorSetName,
    OrdersFile,
    SkusFile,
    load_catalogue,
    make_policy,
    pass_on,
    refuse_url,
)
from packopt.cli.recommend import ATTENTION, parse_effort

if TYPE_CHECKING:
    from packopt.policy import Policy
    from packopt.savings import Savings, Terms
    from packopt.suite import Machine, Suite

#: By objective, the measure of the savings that it is about, and what its saving is called.
_MEASURES: Final = {
    "material": "packaging_g", "volume": "outer_mm3", "cost": "money", "co2e": "co2e_g",
}  # fmt: skip
_SAVED: Final = {
    "packaging_g": "packaging", "outer_mm3": "outer volume", "money": "money", "co2e_g": "CO2e",
}  # fmt: skip


def suite(
    orders: OrdersFile,
    sizes: Annotated[
        int, typer.Option(metavar="K", help="How many package types, kept ones among them.")
    ],
    skus: SkusFile = None,
    catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NAME",
            help="The set in use: what the new one is measured against.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Policy as TOML; options below win over it.", show_default=False
        ),
    ] = None,
    objective: Annotated[
        Literal["material", "volume", "cost", "co2e"] | None,
        typer.Option(
            help="What to minimise: grams, outer volume, money or CO2e.", show_default=False
        ),
    ] = None,
    factors: FactorSetName = None,
    effort: Annotated[
        str | None,
        typer.Option(
            metavar="fast|standard|thorough|N",
            help="How long to search when orders are packed in the end.",
            show_default=False,
        ),
    ] = None,
    kinds: Annotated[
        str,
        typer.Option(metavar="KINDS", help="Kinds of new types: carton,mailer,adjustable."),
    ] = "carton",
    keep: Annotated[
        str,
        typer.Option(metavar="IDS", help="Types of today that stay: A,B,C.", show_default=False),
    ] = "",
    forbid: Annotated[
        str,
        typer.Option(metavar="IDS", help="Types of today that must go: A,B,C.", show_default=False),
    ] = "",
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Leave out all of today's types but those to keep.")
    ] = False,
    changes: Annotated[
        int | None,
        typer.Option(metavar="N", help="At most so many types that are new.", show_default=False),
    ] = None,
    cover: Annotated[
        bool,
        typer.Option(
            "--cover/--no-cover",
            help="Whether the set must hold whatever today's largest cartons hold.",
        ),
    ] = True,
    least_use: Annotated[
        int, typer.Option(metavar="N", help="Orders that each new type must serve at least.")
    ] = 0,
    type_price: Annotated[
        float,
        typer.Option(
            metavar="X",
            help="What each type costs over the history, in the objective's unit; with it, fewer "
            "than K types may be best.",
        ),
    ] = 0.0,
    grid: Annotated[int, typer.Option(metavar="MM", help="Inner sides are multiples of it.")] = 10,
    candidates: Annotated[
        int, typer.Option(metavar="N", help="About how many boxes to choose from at first.")
    ] = 2000,
    machine: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What boxes can be made, as TOML: sides, ratio, sheet, flutes, prices.",
            show_default=False,
        ),
    ] = None,
    holdout: Annotated[
        str,
        typer.Option(
            metavar="SHARE|DATE",
            help="Orders to judge by: the first day of them, or their share, the latest by date.",
        ),
    ] = "0.3",
    draws: Annotated[
        int, typer.Option(min=0, metavar="N", help="Resampled histories to choose again on.")
    ] = 20,
    seed: Annotated[int, typer.Option(metavar="N", help="Of restarts and resampling.")] = 1,
    threads: Annotated[
        int,
        typer.Option(
            min=0, help="Threads; 0 takes every core. The answer is the same.", metavar="N"
        ),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=refuse_url,
            help="Write catalogue.csv and all tables here; a run that was stopped goes on from it.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            callback=refuse_url,
            help="Write the report here; needs --catalogue.",
            show_default=False,
        ),
    ] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the report.")] = "en",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no notes; only the summary.")
    ] = False,
) -> None:
    """Find the K package types that serve an order history best, and say how good they are.

    The set is fitted to the earlier orders and judged by the later ones, beside today's set. The
    answer says how far it may be from the best possible, and which types to add, to drop or to
    swap if not all can change.

    ```
    packopt suite orders.parquet --sizes 18 --catalogue cartons.csv --out suite/
    packopt suite orders.csv --sizes 12 --catalogue cartons.csv --keep A,B --changes 3
    packopt recommend new-orders.csv --catalogue suite/catalogue.csv
    ```

    Exit code 1 means that some orders were not accepted.
    """
    from packopt.cli.run import cores, warm_kernel, warm_suite
    from packopt.orders import read_orders
    from packopt.suite import Wanted
    from packopt.suite import suite as find

    _refuse_places(out, report, catalogue)
    wanted = Wanted(
        sizes=sizes, kinds=_ids(kinds), keep=_ids(keep), forbid=_ids(forbid), only_new=only_new,
        changes=changes, cover=cover, least_use=least_use, type_price=type_price,
        candidates=candidates, grid_mm=grid, seed=seed,
    )  # fmt: skip
    made = _machine(machine)
    rules = make_policy(policy, factors=factors, objective=objective, effort=parse_effort(effort))
    today = None if catalogue is None else load_catalogue(catalogue)
    history = read_orders(orders, skus=skus)
    if not quiet:
        pass_on(history.notes)
        say(f"{history.n_orders:,} orders")
    warm_kernel(quiet=quiet)
    warm_suite(quiet=quiet)
    with order_progress(history.n_orders, quiet=quiet) as advance:
        found = find(
            history,
            wanted,
            today=today,
            policy=rules,
            machine=made,
            holdout=_holdout(holdout),
            terms=_terms(rules, factors),
            draws=draws,
            threads=threads or cores(),
            work=None if out is None else out / "work",
            tell=None if quiet else say,
            progress=advance,
        )
    places = _write(found, out, report, lang)
    for line in lines(found):
        answer(line)
    for place in places:
        say(place)
    if history.rejects.num_rows:
        raise typer.Exit(ATTENTION)


def _write(found: Suite, out: Path | None, report: Path | None, language: Any) -> list[str]:
    """Write what was asked for; return what lies where."""
    places = []
    if out is not None:
        found.write(out)
        places.append(f"catalogue and tables in {out}")
    if report is not None:
        from packopt.report import write_suite_report

        data = write_suite_report(found, report, language=language)
        places.append(f"report in {report}, its figures in {data}")
    return places


def lines(found: Suite) -> list[str]:
    """The summary: the set, how good it is, what it saves."""
    about = found.about
    unit = about["unit"]
    proposed = [row for row in found.types.to_pylist() if row["set"] == "proposed"]
    told = [f"{len(proposed)} types:"]
    told += [
        f"  {row['package_id']:<16} "
        f"{row['length_mm']} x {row['width_mm']} x {row['height_mm']} mm, "
        f"{row['holdout_parcels']:,} parcels of the holdout"
        for row in proposed
    ]
    told += _how_good(about)
    held = about["holdout"]
    told.append(
        f"holdout: {held['packed']:,} of {held['orders']:,} orders packed in {held['parcels']:,} "
        f"parcels for {held['cost']:,.0f} {unit}"
    )
    if found.savings is not None:
        told += _savings(found.savings, about["policy"]["objective"])
    return told


def _how_good(about: dict[str, Any]) -> list[str]:
    """How far the set may be from the best possible, and what that is about."""
    fit, unit = about["fit"], about["unit"]
    packed, whole = fit["recommended"], fit["recommended_whole"]
    kinds, of_grid = about["wanted"]["kinds"], ""
    told: list[str] = []
    apart = packed["apart"]["contents"]
    if "carton" in kinds and fit["within_of_grid"] is not None:
        others = " and these candidates of other kinds" if len(kinds) > 1 else ""
        of_grid = f", within {fit['within_of_grid']:.2%} of any set of boxes on the grid{others}"
    if packed["below_bound"]:
        told.append(
            "how far the set is from the best possible is not known: the bound is about one "
            f"package for each of {fit['contents']:,} parcels, {apart:,} of which are sent in "
            "several or in none, for less"
        )
    else:
        told.append(
            f"within {fit['within']:.2%} of the best possible on this history and these "
            f"{fit['candidates']:,} candidates{_under(about['wanted'])}{of_grid}, by the fits that "
            "were found"
        )
        if apart:
            told.append(
                f"{apart:,} of {fit['contents']:,} parcels of the fitting period count there as "
                "one, but are sent in several or in none"
            )
    if (whole["packed"], whole["parcels"]) != (whole["orders"], packed["parcels"]):
        told.append(
            f"that is about {fit['contents']:,} parcels of the fitting period"
            f"{'' if fit['today'] is None else ' as today sends them'}, each in one package; its "
            f"{whole['orders']:,} orders as they come: {whole['packed']:,} packed in "
            f"{whole['parcels']:,} parcels for {whole['cost']:,.0f} {unit}"
        )
    return told


def _under(wanted: dict[str, Any]) -> str:
    """The settings under which the set is near the best, in brackets."""
    new, kept, gone = wanted["changes"], ", ".join(wanted["keep"]), ", ".join(wanted["forbid"])
    parts = [] if new is None else [f"at most {new:,} new {'type' if new == 1 else 'types'}"]
    parts += [f"{kept} kept"] if kept else []
    parts += [f"no {'others' if kept else 'types'} of today's set"] if wanted["only_new"] else []
    parts += [f"without {gone}"] if gone else []
    parts += ["no regard to the least use"] if wanted["least_use"] else []
    return f" ({'; '.join(parts)})" if parts else ""


def _savings(savings: Savings, objective: str) -> list[str]:
    """What is saved on the holdout: by what the set was chosen first, then mass."""
    rows = {row["measure"]: row for row in savings.total.to_pylist()}
    told = []
    for measure in dict.fromkeys((_MEASURES[objective], _MEASURES["material"])):
        name = _SAVED[measure]
        if measure not in rows:
            why = (note for note in savings.about["notes"] if note.startswith(f"{measure} "))
            told.append(f"{name} saved against today's set: {next(why, 'not counted')}")
            continue
        row = rows[measure]
        unit = (savings.about["currency"] or "money") if row["unit"] == "money" else row["unit"]
        told.append(
            f"{name} saved against today's set on {row['orders']:,} orders held out: "
            f"{_share(row['saved_share'])} ({_share(row['share_low'])} to "
            f"{_share(row['share_high'])}), {row['saved']:,.{1 if abs(row['saved']) >= 1 else 3}f} "
            f"{unit}"
        )
    return told


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"


def _ids(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _holdout(text: str) -> float | dt.date:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        problem = f"found {text!r}, expected a share such as 0.3 or a day such as 2026-03-01"
        raise typer.BadParameter(problem, param_hint="--holdout") from error


def _refuse_places(out: Path | None, report: Path | None, catalogue: str | None) -> None:
    """Refuse names under which nothing can be written, before anything is packed."""
    from packopt.errors import ResultError
    from packopt.report_places import ENDINGS

    if out is not None and out.exists() and not out.is_dir():
        problem = "found a file, expected a directory or nothing; name another place"
        raise ResultError(str(out), problem)
    if report is None:
        return
    if report.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(
            f"found {report.name!r}, expected a name that ends in .html", param_hint="--report"
        )
    if catalogue is None:
        raise typer.BadParameter(
            "a report compares with the set in use; name it by --catalogue", param_hint="--report"
        )


def _machine(path: Path | None) -> Machine | None:
    """What boxes can be made, from a TOML file whose keys are the fields of `Machine`."""
    if path is None:
        return None
    import tomllib

    from packopt.errors import SuiteError
    from packopt.suite import Machine

    try:
        stated: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"is not TOML: {error}; write lines such as most_side_mm = 800"
        raise SuiteError(str(path), problem) from error
    return Machine.from_dict(stated, source=str(path))


def _terms(policy: Policy, factors: str | None) -> Terms:
    """Savings count emissions by the set that the choice was made by."""
    from packopt.factors import factor_set
    from packopt.savings import Terms

    emissions = policy.emissions
    if emissions is None:
        return Terms(factors=factor_set(factors or FACTORS))
    return Terms(
        factors=emissions.factors if factors is None else factor_set(factors),
        tape_material=emissions.tape_material, filler_material=emissions.filler_material,
    )  # fmt: skip
