"""Names in users' files that must mean something: packages, items, metrics."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import GreenError
from packopt.faults import Fault, problems
from packopt.green.inputs import INPUTS
from packopt.green.inputs.vocabulary import ITEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packopt.catalogue import Catalogue
    from packopt.green.inputs.folder import GreenInputs

_SHOWN: Final = 10


def check_references(inputs: GreenInputs, catalogue: Catalogue, metrics: Iterable[str]) -> None:
    """Refuse files that name packages, items or metrics that nobody knows.

    Parameters
    ----------
    inputs
        The files.
    catalogue
        The packages.
    metrics
        Names of all metrics.

    Raises
    ------
    GreenError
        Naming every row at fault, and what was probably meant.
    """
    packages = list(catalogue.package_ids)
    known = [*metrics]
    for name, table in inputs.files.items():
        found: list[Fault] = []
        for column in INPUTS[name].packages:
            found += _strangers(table, column, packages, "a package of the catalogue")
        for column in INPUTS[name].items:
            found += _strangers(
                table, column, [*packages, *ITEMS], "a package of the catalogue, tape or filler"
            )
        if name in ("owners", "targets"):
            found += _strangers(table, "metric", known, "a metric of the scorecard")
        if found:
            raise GreenError(name, problems(found))


def _strangers(table: pa.Table, column: str, known: list[str], what: str) -> Iterator[Fault]:
    values = table.column(column).combine_chunks()
    strange = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=pa.array(known))))
    for word in pc.unique(values.filter(strange)).to_pylist():
        near = difflib.get_close_matches(word, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Correct it, or delete the row."
        rows = np.flatnonzero(
            pc.fill_null(pc.equal(values, word), False).to_numpy(zero_copy_only=False)
        )
        more = f", such as {', '.join(known[:_SHOWN])}"
        yield Fault(rows, column, pa.repeat(word, len(rows)), "an unknown name", what + more, hint)
