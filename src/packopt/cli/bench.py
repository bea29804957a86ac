"""Records of the packing bench on the command line: read early, written and told with the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from packopt.cli.console import answer, say
from packopt.cli.inputs import pass_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.catalogue import Catalogue
    from packopt.packings import Packings
    from packopt.savings import Overrides, Savings

PackingsFile = Annotated[
    Path | None,
    typer.Option(
        "--packings",
        metavar="FILE",
        help="What packers did, as GET /v1/packings of the service lists it: order_id, parcel, "
        "recommended_package_id, package_id, reason, packed. Summary, tables and report then tell "
        "how often they took another package, and why.",
        show_default=False,
    ),
]
_MOST_REJECTS: Final = 5
_LEFT_ASIDE: Final = {
    "replaced": "a newer record of the same parcel counts",
    "unknown_order": "of an order that packopt has no answer to",
    "unknown_parcel": "of a parcel that the plan does not have",
}


def read_bench(path: Path | None, *, quiet: bool) -> Packings | None:
    """Read records and say what is wrong with some; None where there is no file.

    Raises
    ------
    PackingsError
        If the file is unusable as a whole.
    """
    from packopt.packings import read_packings

    if path is None:
        return None
    packings = read_packings(path)
    if not quiet:
        pass_on(packings.notes)
        for line in _rejected(packings, path):
            say(line)
    return packings


def hold_bench(
    found: Savings, packings: Packings | None, catalogue: Catalogue, out: Path | None
) -> Overrides | None:
    """Hold records against the plan, and write the tables.

    Parameters
    ----------
    found
        The replay.
    packings
        The records; None for none.
    catalogue
        What the plan is from.
    out
        The folder of the tables of the replay; None for nowhere.
    """
    from packopt.savings import overrides

    if packings is None:
        return None
    done = overrides(found, packings, catalogue)
    if out is not None:
        done.write(out)
    return done


def tell_bench(done: Overrides | None) -> None:
    """Answer what records come to, if there are any."""
    if done is None:
        return
    answer("")
    for line in _lines(done):
        answer(line)


def _lines(done: Overrides) -> Iterator[str]:
    told = f"packing bench: {done.recorded:,} of {done.parcels:,} parcels recorded"
    if done.interval is None:
        yield told
    else:
        low, high = done.interval
        yield (
            f"{told}, {done.overridden:,} in another package: override rate {done.rate:.1%} "
            f"({low:.1%} to {high:.1%})"
        )
    for status, reason in _LEFT_ASIDE.items():
        if records := done.count(status):
            yield f"  {records:>10,}  records left aside: {reason}"
    if done.rejected:
        yield f"  {done.rejected:>10,}  records not accepted"


def _rejected(packings: Packings, path: Path) -> Iterator[str]:
    """The first faults of records."""
    faults = packings.rejects
    for row in faults.slice(0, _MOST_REJECTS).to_pylist():
        found = "" if row["value"] is None else f" = {row['value']!r}"
        place = f"{path.name}, row {row['row']}, {row['field']}{found}"
        yield f"{place}: {row['reason']}; {row['hint']}"
    if faults.num_rows > _MOST_REJECTS:
        yield f"  and {faults.num_rows - _MOST_REJECTS:,} more faults of {path.name}"
