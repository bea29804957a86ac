"""`packopt labels` and `packopt sheets`: PDFs for the packing bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import ResultPlace, refuse_url

FirstSerial = Annotated[
    int, typer.Option(metavar="N", min=0, help="Serial reference of the first parcel.")
]
Extension = Annotated[
    int, typer.Option(metavar="DIGIT", min=0, max=9, help="Extension digit of the SSCCs.")
]


def _pdf(out: Path) -> Path:
    refuse_url(out)
    if out.suffix != ".pdf":
        problem = f"found {out.name!r}, expected a name that ends in .pdf"
        raise typer.BadParameter(problem)
    return out


def labels(
    result_dir: ResultPlace,
    prefix: Annotated[
        str,
        typer.Option(metavar="DIGITS", help="Your GS1 company prefix, with its zeros on the left."),
    ],
    first_serial: FirstSerial = 0,
    extension: Extension = 0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", callback=_pdf, help="Where the labels go.")
    ] = Path("labels.pdf"),
) -> None:
    """Give every parcel an SSCC and print its GS1-128 label.

    Serials are given in the order of the table of parcels, from --first-serial on; the command
    ends with the first one that is still free. The codes also go to a CSV beside the PDF.

    ```
    packopt labels answers/ --prefix 0614141 --first-serial 1200 --out labels.pdf
    ```
    """
    from packopt.cli.origins import load_result
    from packopt.gs1 import SsccSeries
    from packopt.printing import write_labels

    series = SsccSeries(prefix, first_serial, extension)
    codes = write_labels(load_result(result_dir), out, series)
    listed = _keep(codes, out.with_suffix(".csv"))
    answer(str(out))
    answer(str(listed))
    say(f"{codes.num_rows:,} labels; the next free serial is {first_serial + codes.num_rows}")


def sheets(
    result_dir: ResultPlace,
    prefix: Annotated[
        str | None,
        typer.Option(
            metavar="DIGITS",
            help="GS1 company prefix as for `packopt labels`; without it no barcode is printed.",
            show_default=False,
        ),
    ] = None,
    first_serial: FirstSerial = 0,
    extension: Extension = 0,
    out: Annotated[
        Path, typer.Option(metavar="FILE", callback=_pdf, help="Where the sheets go.")
    ] = Path("sheets.pdf"),
) -> None:
    """Print a packing sheet for every parcel: package, drawing, units in packing order, barcode.

    The same --prefix, --first-serial and --extension as for `packopt labels` give the same SSCCs.

    ```
    packopt sheets answers/ --prefix 0614141 --first-serial 1200 --out sheets.pdf
    ```
    """
    from packopt.cli.origins import load_result
    from packopt.gs1 import SsccSeries
    from packopt.printing import write_sheets

    series = None if prefix is None else SsccSeries(prefix, first_serial, extension)
    write_sheets(load_result(result_dir), out, series)
    answer(str(out))


def _keep(codes: object, path: Path) -> Path:
    import pyarrow.csv

    with path.open("wb") as file:
        pyarrow.csv.write_csv(codes, file)
    return path
