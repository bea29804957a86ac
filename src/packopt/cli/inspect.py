"""`packopt inspect`: sizes and weights that were hardly measured."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import OrdersFile, SkusFile, load_orders, refuse_url

if TYPE_CHECKING:
    import pyarrow as pa

_FORMATS: Final = (".csv", ".parquet", ".json")
_EXAMPLES: Final = 2
_ATTENTION: Final = 1


def _table(out: Path | None) -> Path | None:
    refuse_url(out)
    if out is not None and out.suffix not in _FORMATS:
        problem = f"found {out.name!r}, expected a name that ends in {', '.join(_FORMATS)}"
        raise typer.BadParameter(problem)
    return out


def inspect(
    orders: OrdersFile,
    skus: SkusFile = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=_table,
            help="Where the table of all suspicions goes: .csv, .parquet or .json.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Look for suspicious sizes and weights: floors, round numbers, repeats, units, densities.

    Prints a summary with examples; --out has every suspicion with its row, what was found, why it
    is suspicious, and what to do. Nothing is corrected: all of it may be true.

    ```
    packopt inspect orders.csv
    packopt inspect orders.parquet --skus skus.csv --out suspicious.csv
    ```

    Exit code 1 means that some orders were not accepted; the others were looked at.
    """
    from packopt.inspecting import WHAT, suspicious_sizes

    lines = load_orders(orders, skus)
    found = suspicious_sizes(lines)
    if out is not None:
        _write(found, out)
    say(f"{lines.n_lines:,} order lines, {found.num_rows:,} suspicions")
    rows = found.to_pylist()
    count = Counter(row["what"] for row in rows)
    for what, meaning in WHAT.items():
        if not count[what]:
            continue
        answer(f"{what} ({count[what]:,}): {meaning}")
        for row in [row for row in rows if row["what"] == what][:_EXAMPLES]:
            place = "" if row["sku"] is None else f"row {row['row']}, sku {row['sku']}: "
            answer(f"  {place}{row['why']}")
            answer(f"    {row['suggestion']}")
    if lines.rejects.num_rows:
        say(f"{lines.rejects.num_rows:,} rejects, which were not looked at")
        raise typer.Exit(_ATTENTION)


def _write(table: pa.Table, out: Path) -> None:
    """Under another name first, so that nobody finds half a file."""
    import json

    import pyarrow.csv
    import pyarrow.parquet

    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    if out.suffix == ".parquet":
        pyarrow.parquet.write_table(table, part)
    elif out.suffix == ".csv":
        with part.open("wb") as file:
            pyarrow.csv.write_csv(table, file)
    else:
        text = json.dumps(table.to_pylist(), ensure_ascii=False, indent=1)
        part.write_text(text + "\n", encoding="utf-8")
    part.replace(out)
