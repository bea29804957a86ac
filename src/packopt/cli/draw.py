"""`packopt draw`: a parcel in 3D, or a packing sheet to print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from packopt.cli.console import answer
from packopt.cli.inputs import (
    OriginalCatalogue,
    OriginalOrders,
    ResultOrEvidence,
    SkusFile,
    refuse_url,
)

_PAGE: Final = ".html"
_PICTURE: Final = ".svg"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")


def _drawable(out: Path | None) -> Path | None:
    refuse_url(out)
    if out is not None and out.suffix not in (_PAGE, _PICTURE):
        problem = f"found {out.name!r}, expected a name that ends in {_PAGE} or {_PICTURE}"
        raise typer.BadParameter(problem)
    return out


def draw(
    result_dir: ResultOrEvidence,
    order_id: Annotated[
        str, typer.Argument(metavar="ORDER_ID", help="The order, as your file names it.")
    ],
    parcel: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only this parcel; all of them without it."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=_drawable,
            help="Where the drawing goes: .html, or .svg for a sheet. ORDER_ID.html without it.",
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="A packing sheet to print instead of the 3D view.")
    ] = False,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="English or Chinese.")] = "en",
    orders: OriginalOrders = None,
    skus: SkusFile = None,
    catalogue: OriginalCatalogue = None,
) -> None:
    """Draw how an order is packed: in 3D with a slider for the steps, or as a packing sheet.

    ```
    packopt draw answers/ D000017
    packopt draw answers/ D000017 --sheet --out D000017.svg
    ```

    The files need no network and no program but a browser.
    """
    from packopt.cli.origins import load_case_of
    from packopt.draw import sheet_html, sheet_svg, view_html

    result, known, packages = load_case_of(result_dir, order_id, orders, skus, catalogue)
    name = _NOT_IN_NAMES.sub("_", order_id)
    out = out or Path(f"{name}-sheet{_PAGE}" if sheet else f"{name}{_PAGE}")
    make = sheet_svg if out.suffix == _PICTURE else sheet_html if sheet else view_html
    text = make(result, order_id, parcel, lang, orders=known, catalogue=packages)
    _write(out, text)
    answer(str(out))


def _write(out: Path, text: str) -> None:
    """Under another name first, so that nobody finds half a file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(out)
