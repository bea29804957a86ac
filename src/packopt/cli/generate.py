"""`packopt generate`: synthetic data by seed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from packopt.cli.console import say
from packopt.cli.inputs import refuse_url
from packopt.cli.startup import without_pandas

if TYPE_CHECKING:
    import pyarrow as pa

generate = typer.Typer(no_args_is_help=True, help="Make synthetic data by seed.")

_SUFFIXES: Final = (".csv", ".parquet")


def _writable(out: Path | None) -> Path | None:
    refuse_url(out)
    if out is not None and out.suffix not in _SUFFIXES:
        problem = f"found {out.name!r}, expected a name that ends in {' or '.join(_SUFFIXES)}"
        raise typer.BadParameter(problem)
    return out


OutFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        callback=_writable,
        help="A .csv or .parquet file; CSV on stdout without it.",
        show_default=False,
    ),
]


@generate.command("orders")
@without_pandas
def generate_orders(
    orders: Annotated[
        int, typer.Option("--orders", "-n", metavar="N", min=1, help="How many orders.")
    ] = 1000,
    seed: Annotated[
        int, typer.Option(min=0, metavar="SEED", help="The same seed makes the same orders.")
    ] = 1,
    like: Annotated[
        Literal["shop", "marketplace"],
        typer.Option(
            help="A mixed web shop with soft, fragile and upright articles, or a marketplace where "
            "nine orders in ten are one unit."
        ),
    ] = "shop",
    out: OutFile = None,
) -> None:
    """Make synthetic orders, the same ones for the same seed on every machine.

    ```
    packopt generate orders -n 300 > orders.csv
    packopt generate orders -n 1000000 --like marketplace --seed 7 --out orders.parquet
    ```
    """
    from packopt.datasets.generate import demo_orders, olist_like

    make = {"shop": demo_orders, "marketplace": olist_like}[like]
    _write(make(orders, seed), out)


@generate.command("catalogue")
@without_pandas
def generate_catalogue(
    packages: Annotated[
        int, typer.Option("--packages", "-n", metavar="N", min=1, help="How many cartons.")
    ] = 30,
    seed: Annotated[
        int, typer.Option(min=0, metavar="SEED", help="The same seed makes the same cartons.")
    ] = 1,
    out: OutFile = None,
) -> None:
    """Make up a catalogue of cartons, the same for the same seed on every machine.

    ```
    packopt generate catalogue -n 50 > cartons.csv
    ```

    For real ones to start from see packopt catalogues.
    """
    from packopt.datasets.generate import cartons

    _write(cartons(packages, seed), out)


def _write(table: pa.Table, out: Path | None) -> None:
    from packopt.datasets.generate import to_csv

    if out is None:
        from packopt.cli.readers import stdout_bytes

        with stdout_bytes() as stdout:
            stdout.write(to_csv(table))
        return
    if out.suffix == ".csv":
        out.write_bytes(to_csv(table))
    else:
        import pyarrow.parquet

        with out.open("wb") as file:
            pyarrow.parquet.write_table(table, file)
    say(f"{table.num_rows:,} rows in {out}")
