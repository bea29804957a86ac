"""`packopt recommend`: the cheapest package for every order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from packopt.cli.console import say
from packopt.cli.inputs import (
    CatalogueName,
    EngineName,
    FactorSetName,
    OrdersPlace,
    SkusFile,
    load_catalogue,
    load_orders,
    make_policy,
)

if TYPE_CHECKING:
    import pyarrow as pa

EFFORTS: Final = ("fast", "standard", "thorough")
ATTENTION: Final = 1  # exit code: the work was done, but something needs a look


def parse_effort(value: str | None) -> str | int | None:
    """Effort as `Policy` takes it: a word, or a number of search nodes.

    Raises
    ------
    typer.BadParameter
        If it is neither.
    """
    if value is None or value in EFFORTS:
        return value
    if not value.isdecimal():
        problem = f"found {value!r}, expected {', '.join(EFFORTS)} or a number of nodes from 0"
        raise typer.BadParameter(problem, param_hint="--effort")
    return int(value)


def recommend(
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
            help="What to minimise: grams, outer volume, money or CO2e.", show_default=False
        ),
    ] = None,
    factors: FactorSetName = None,
    handling: Annotated[
        Literal["default", "geometry"] | None,
        typer.Option(help="Rules of the packing bench, or no overlap only.", show_default=False),
    ] = None,
    wall_clearance: Annotated[
        int | None,
        typer.Option(
            metavar="MM", min=0, help="Space kept free along every wall.", show_default=False
        ),
    ] = None,
    tolerance: Annotated[
        Literal["largest", "stated"] | None,
        typer.Option(
            help="Sizes to pack where units have a tolerance: largest, or as stated.",
            show_default=False,
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
    max_parcels: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Parcels that an order may be split into; 1 never splits.",
            show_default=False,
        ),
    ] = None,
    parcel_price: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            min=0,
            help="Price of each parcel in the objective's unit, instead of fewest parcels first.",
            show_default=False,
        ),
    ] = None,
    partial: Annotated[
        Literal["refuse", "allow"] | None,
        typer.Option(
            help="Whether an order with a unit that fits nothing ships without it.",
            show_default=False,
        ),
    ] = None,
    alternatives: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            min=0,
            max=20,
            help="Also keep the K next cheapest packages that hold an order, with their plans.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int,
        typer.Option(
            min=0, help="Threads; 0 takes every core. The answer is the same.", metavar="N"
        ),
    ] = 0,
    engine: EngineName = "threads",
    regroup: Annotated[
        bool,
        typer.Option(
            "--regroup",
            help="Of a folder: give orders that the first pass leaves open out again in small "
            "batches. It pays where hard orders stand together. The answer is the same.",
        ),
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|FILE",
            help="Directory for all result tables, or a .parquet, .csv or .json file for the "
            "table of orders. Without it the table goes to stdout. Of a folder of orders: a "
            "folder, by path or URL, partitioned like it.",
            show_default=False,
        ),
    ] = None,
    plans: Annotated[
        bool, typer.Option("--plans/--no-plans", help="Keep where each unit lies.")
    ] = True,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no summary; only rejects.")
    ] = False,
) -> None:
    """Find the cheapest package that holds each order, and say why nothing cheaper does.

    An order that no single package holds is split into as few parcels as can be proved.

    The smallest table of orders has the columns order_id, sku, qty, length_mm, width_mm and
    height_mm; weight_g and handling columns are optional, and _cm, _m, _in, _kg, _lb, _oz are
    understood.

    ```
    packopt recommend orders.csv --out answers/
    packopt recommend orders.parquet --catalogue cartons.csv --objective cost --out answers.csv
    packopt recommend lines.csv --skus skus.csv --catalogue ups --effort thorough --out answers/
    packopt recommend orders.csv --max-parcels 3 --alternatives 2 --out answers/
    packopt recommend orders.csv --quiet > answers.csv
    packopt recommend s3://shop/orders/ --out s3://shop/answers/ --engine ray
    ```

    Exit code 1 means that some orders were not accepted; the others were answered.
    """
    from packopt.cli.engines import is_many, refuse_regrouping, run_file, run_files
    from packopt.cli.origins import keep_origins
    from packopt.cli.run import StdoutTable, cores, run, warm_kernel
    from packopt.cli.summary import Tally, reject_lines
    from packopt.errors import CatalogueError
    from packopt.recommendations import ResultWriter

    rules = make_policy(
        policy,
        factors=factors,
        objective=objective,
        handling=handling,
        wall_clearance_mm=wall_clearance,
        tolerance=tolerance,
        effort=parse_effort(effort),
        max_parcels=max_parcels,
        parcel_price=parcel_price,
        partial=partial,
        alternatives=alternatives,
    )
    packages = load_catalogue(catalogue)
    if is_many(orders, out):
        run_files(
            orders, out, packages, rules, named=catalogue, skus=skus, engine=engine,
            workers=threads, plans=plans, regroup=regroup, quiet=quiet,
        )  # fmt: skip
        return
    refuse_regrouping(asked=regroup)
    file, place = Path(orders), Path(out) if out else None
    tally = Tally()
    into = ResultWriter(place) if place else StdoutTable()
    try:
        if engine == "threads":
            lines = load_orders(file, skus)
            if not quiet:
                say(f"{lines.n_orders:,} orders, {len(packages.package_ids):,} package types")
            warm_kernel(quiet=quiet)
            run(
                lines, packages, rules, into=into, tally=tally, threads=threads or cores(),
                plans=plans, quiet=quiet,
            )  # fmt: skip
        else:
            run_file(
                file, packages, rules, skus=skus, engine=engine, workers=threads, into=into,
                tally=tally, plans=plans, quiet=quiet,
            )  # fmt: skip
    except CatalogueError as fault:
        # A price that is missing is noticed only when it is needed; the file is known here.
        raise CatalogueError(catalogue, fault.problems) from fault
    rejects_file = keep_rejects(tally.rejects, place)
    if place and place.is_dir():
        keep_origins(place, file, skus, catalogue)
    for line in () if quiet else tally.lines():
        say(line)
    # What was not accepted is said even where nothing else is: nobody would miss it otherwise.
    for line in reject_lines(tally.rejects, rejects_file):
        say(line)
    if not quiet and out:
        say(f"answers in {out}")
    if tally.rejects.num_rows:
        raise typer.Exit(ATTENTION)


def keep_rejects(rejects: pa.Table, out: Path | None) -> Path | None:
    """See to it that rejects are on disk if anything is, and say where.

    A result directory has them as a table; beside a single file they go to a file of their own,
    which is taken away when a later run of the same name has none.
    """
    if out is None:
        return None
    if out.is_dir():
        return out / "rejects.parquet"
    path = out.with_suffix(".rejects.csv")
    if rejects.num_rows:
        import pyarrow.csv

        with path.open("wb") as file:
            pyarrow.csv.write_csv(rejects, file)
    else:
        path.unlink(missing_ok=True)
    return path
