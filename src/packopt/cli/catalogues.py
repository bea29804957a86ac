"""`packopt catalogues`: the catalogues that come with packopt."""

from __future__ import annotations

from typing import Annotated

import typer

from packopt.cli.console import answer, say, show_rows


def catalogues(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Catalogue to print as CSV.", show_default=False),
    ] = None,
) -> None:
    """List the built-in catalogues, or print one as CSV to start your own from.

    ```
    packopt catalogues
    packopt catalogues demo > cartons.csv
    ```
    """
    from packopt.datasets import catalogue_path

    if name is None:
        _list()
    else:
        answer(catalogue_path(name).read_text(encoding="utf-8").rstrip("\n"))


def _list() -> None:
    from packopt.catalogue import KINDS, builtin_catalogue, builtin_catalogues

    rows = []
    for name in builtin_catalogues():
        kinds = list(builtin_catalogue(name).kind)
        rows.append([name, *(kinds.count(kind) for kind in range(len(KINDS)))])
    show_rows(["catalogue", *(f"{kind}s" for kind in KINDS)], rows)
    say("packopt catalogues NAME prints one as CSV")
