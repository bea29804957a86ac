"""Damaged Parquet files, told apart from stores that fail."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.errors import InputError, OrdersError, PlaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packopt.lake.places import Place

_BLOCK: Final = 1 << 24


@contextmanager
def damage_told(
    place: Place, error: type[InputError] = OrdersError, advice: str = "write it again"
) -> Iterator[None]:
    """Tell damage of a Parquet file that is opened and read within.

    Parameters
    ----------
    place
        The file.
    error
        Which exception to raise.
    advice
        What to do about it.

    Raises
    ------
    InputError
        As ``error`` if the file is damaged.
    PlaceError
        If its store fails.
    """
    try:
        yield
    except pa.ArrowException as fault:
        raise error(place.url, _problem(fault, advice)) from fault
    except PlaceError as fault:
        cause = fault.__cause__
        # pyarrow raises OSError without a number for damaged pages, and for stores of objects.
        if not isinstance(cause, OSError) or cause.errno is not None:
            raise
        _read_through(place)
        raise error(place.url, _problem(cause, advice)) from cause


def _problem(fault: Exception, advice: str) -> str:
    # What the Parquet library says may run over lines.
    return f"cannot be read as parquet: {' '.join(str(fault).split())}; {advice}"


def _read_through(place: Place) -> None:
    """Read every byte: a store that gives them all is not what failed."""
    with place.open() as file:
        while file.read(_BLOCK):
            pass
