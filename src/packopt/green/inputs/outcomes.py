"""Outcomes of rules, read back from what `packopt rules --out` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from packopt.errors import GreenError
from packopt.rules import OUTCOMES

if TYPE_CHECKING:
    from os import PathLike

_FILE: Final = "rule_outcomes.parquet"


def read_outcomes(path: str | PathLike[str]) -> pa.Table:
    """Read outcomes of rules.

    Parameters
    ----------
    path
        A folder that `packopt rules --out` wrote, or its file of outcomes.

    Returns
    -------
    The outcomes in the schema `packopt.rules.OUTCOMES`.

    Raises
    ------
    GreenError
        If there is no such file, or it holds something else.
    """
    place = Path(path)
    place = place / _FILE if place.is_dir() else place
    try:
        with pq.ParquetFile(place) as file:
            return file.read(columns=OUTCOMES.names).select(OUTCOMES.names).cast(OUTCOMES)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise GreenError(
            str(place),
            f"found {error}; expected outcomes that packopt rules --out wrote; name them",
        ) from error
