"""What several commands take: orders, a catalogue and a policy, as options and as objects."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from packopt.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy

#: Emission factors, unless others are named.
FACTORS: Final = "desnz-2025-primary"

_URL: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):/+(?P<rest>.*)", re.IGNORECASE)


def refuse_url(place: Path | None) -> Path | None:
    """Callback of options and arguments whose files are on this machine; returns what it takes.

    Raises
    ------
    typer.BadParameter
        If it is a URL: as a path it would be a folder that is called ``s3:``.
    """
    if place is not None and (url := _URL.fullmatch(str(place))):
        # A path has lost slashes of it.
        slashes = "///" if url["scheme"].lower() == "file" else "//"
        found = f"{url['scheme']}:{slashes}{url['rest']}"
        raise typer.BadParameter(
            f"found {found}, expected a place on this machine; name one, and copy from or to there"
        )
    return place


OrdersFile = Annotated[
    Path,
    typer.Argument(
        metavar="ORDERS",
        callback=refuse_url,
        help="Order lines: CSV, Parquet, Arrow, JSON or NDJSON.",
        show_default=False,
    ),
]
OrdersPlace = Annotated[
    str,
    typer.Argument(
        metavar="ORDERS",
        help="Order lines: CSV, Parquet, Arrow, JSON or NDJSON; or a folder of such files, by path "
        "or URL (s3://, gs://, abfss://).",
        show_default=False,
    ),
]
SkusFile = Annotated[
    Path | None,
    typer.Option(
        "--skus",
        metavar="FILE",
        callback=refuse_url,
        help="Sizes and weights by SKU, where the order lines have none.",
        show_default=False,
    ),
]
CatalogueName = Annotated[
    str,
    typer.Option(
        "--catalogue", metavar="FILE|NAME", help="Package types: a file, or a built-in catalogue."
    ),
]
EngineName = Annotated[
    Literal["threads", "ray", "spark"],
    typer.Option(
        "--engine",
        help="Where the work is done: threads of this process, Ray or Spark. The answer is the "
        "same.",
    ),
]
FactorSetName = Annotated[
    str | None,
    typer.Option(
        "--factors",
        metavar="NAME|FILE",
        help="Emission factors that the objective co2e counts by: a built-in set or a file. "
        f"Without it, what the policy names, or {FACTORS}.",
        show_default=False,
    ),
]
OriginalOrders = Annotated[
    str | None,
    typer.Option(
        "--orders",
        metavar="FILE",
        help="The orders it answers, if they have moved: a file, or a folder of files.",
        show_default=False,
    ),
]
OriginalCatalogue = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        metavar="FILE|NAME",
        help="The catalogue it was made from, if that has moved.",
        show_default=False,
    ),
]
ResultDirectory = Annotated[
    Path,
    typer.Argument(
        metavar="RESULT_DIR",
        callback=refuse_url,
        help="What `packopt recommend --out` wrote of one file.",
        show_default=False,
    ),
]
ResultPlace = Annotated[
    str,
    typer.Argument(
        metavar="RESULT_DIR",
        help="What `packopt recommend --out` wrote, of one file or of a folder, which may be at a "
        "URL.",
        show_default=False,
    ),
]
ResultOrEvidence = Annotated[
    str,
    typer.Argument(
        metavar="RESULT_DIR",
        help="What `packopt recommend --out` wrote, of one file or of a folder, which may be at a "
        "URL; or an evidence file of the service.",
        show_default=False,
    ),
]


def load_orders(path: Path, skus: Path | None) -> Orders:
    """Read orders and pass on what their reader noted.

    Raises
    ------
    OrdersError
        If the file is unusable as a whole.
    """
    from packopt.orders import read_orders

    orders = read_orders(path, skus=skus)
    pass_on(orders.notes)
    return orders


def load_catalogue(name: str) -> Catalogue:
    """Read a catalogue file, or take a built-in catalogue by its name.

    Raises
    ------
    CatalogueError
        If it is neither, or a row of the file is faulty.
    """
    from packopt.catalogue import builtin_catalogue, read_catalogue

    if names_built_in(name):
        return builtin_catalogue(name)
    catalogue = read_catalogue(name)
    pass_on(catalogue.notes)
    return catalogue


def names_built_in(name: str) -> bool:
    """Whether a catalogue's name means a built-in one; a misspelt one does too."""
    from packopt.catalogue import builtin_catalogues

    looks_like_a_file = bool(Path(name).suffix) or Path(name).exists()
    return name in builtin_catalogues() or not looks_like_a_file


def make_policy(
    path: Path | None,
    *,
    factors: str | None = None,
    otherwise: str | None = FACTORS,
    **stated: Any,
) -> Policy:
    """Build the policy of a file, or the default one, with what the command line states.

    Parameters
    ----------
    path
        TOML file, or None.
    factors
        Set of emission factors that the command line names for the objective `co2e`: it wins over
        that of the file.
    otherwise
        The set where neither names one; None for none.
    **stated
        Fields of `Policy`; None where the command line is silent.

    Raises
    ------
    PolicyError
        If the file or a value is not valid.
    FactorsError
        If there is no such set of factors.
    """
    from packopt.errors import PolicyError
    from packopt.factors import Emissions, factor_set
    from packopt.policy import Policy

    policy = Policy() if path is None else Policy.from_file(path)
    given = {name: value for name, value in stated.items() if value is not None}
    if given.get("objective", policy.objective) == "co2e":
        if factors is not None and policy.emissions is not None:
            given["emissions"] = replace(policy.emissions, factors=factor_set(factors))
        elif policy.emissions is None:
            name = factors or otherwise
            if name is None:
                raise PolicyError(
                    "--objective",
                    "found co2e without emission factors, expected a set to count by; name one by "
                    "--factors, or in the policy by [emissions]",
                )
            given["emissions"] = Emissions(factor_set(name))
    return replace(policy, **given)


def pass_on(notes: Iterable[str]) -> None:
    """Say notes on stderr."""
    for note in notes:
        say(f"note: {note}")
