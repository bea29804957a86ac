"""Catalogue: the package types to choose from, and their reading at the door."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa

from packopt.catalogue_rows import CATALOGUE_COLUMNS, TEXT_COLUMNS, accept_packages
from packopt.datasets import catalogue_names, catalogue_path
from packopt.errors import CatalogueError, InputError
from packopt.package_shapes import ADJUSTABLE, CARTON, KINDS, MADE_TO_MEASURE, MAILER
from packopt.raw_table import select
from packopt.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "ADJUSTABLE",
    "CARTON",
    "KINDS",
    "MADE_TO_MEASURE",
    "MAILER",
    "Catalogue",
    "builtin_catalogue",
    "builtin_catalogues",
    "read_catalogue",
]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Package types as columns; ``k`` is their number.

    Attributes
    ----------
    package_ids
        ``(k,)`` unique names.
    kind
        ``(k,)`` index into `KINDS`.
    style
        ``(k,)`` "0201" or "0427" for cartons of any kind; "poly", "bubble" or "paper" for mailers.
    inner_mm
        ``(k, 3)`` in mm, rounded down. Cartons: inner length, width, height; the largest of each
        where it is chosen for the order. Mailers: flat length, flat width, greatest thickness.
    least_mm
        ``(k, 3)`` the least of each inner side in mm, rounded up; ``inner_mm`` where it is fixed.
    step_mm
        ``(k,)`` sides between ``least_mm`` and ``inner_mm`` are the least and whole numbers of
        steps, in mm; 0 where there is nothing between, or only ``heights_mm``.
    heights_mm
        ``k`` tuples: inner heights in mm to which an adjustable carton may be scored, ascending;
        empty where there is no such list.
    outer_mm
        ``(k, 3)`` in mm, rounded up; derived from style and flute where not stated. Mailers: as
        ``inner_mm``. Where sides are chosen: of the largest package.
    flute
        ``(k,)`` flute of the board; "" where unknown.
    grammage_gsm
        ``(k,)`` grammage in g per square metre; NaN where unknown.
    tare_g
        ``(k,)`` mass of the empty package in g; derived where not stated. Where sides are chosen:
        of the largest package, as is ``unit_cost``.
    tare_stated
        ``(k,)`` False where ``tare_g`` is derived.
    max_content_g
        ``(k,)`` heaviest content in g, rounded down; -1 without a limit.
    unit_cost
        ``(k,)`` price of one package in ``currency``; NaN where unknown.
    currency
        One code for all prices; "" where none is stated.
    material
        ``(k,)`` as stated; "" where not.
    plastic
        ``(k,)`` True where the package contains plastic; assumed of poly and bubble mailers.
    closure
        ``(k,)`` how the package is closed: "tape", "self-lock", "adhesive" or as stated.
    stock
        ``k`` mappings of site to the packages there; the key "" is a stock for any site. Empty
        where there is no limit.
    sites
        ``k`` tuples: where the package is to be had; empty for everywhere. A stock by site says
        so, too.
    temperature
        ``k`` tuples: classes of temperature that the package serves, in lower case; "ambient"
        where none is stated.
    coolant_mm3, coolant_g
        ``(k,)`` volume in mm3 and mass in g, both rounded up, of what keeps the content cold. It
        lies as a layer under the lid and counts against ``max_content_g``.
    reusable
        ``(k,)`` True where the package comes back, ``reusable_trips`` times in all.
    attributes
        ``k`` rows carried through: degradable, reusable_trips, recycled_share, recyclable,
        certificate, package_code; null where not stated.
    notes
        Sentences on what was ignored or assumed.
    """

    package_ids: tuple[str, ...]
    kind: NDArray[np.uint8]
    style: tuple[str, ...]
    inner_mm: NDArray[np.int32]
    outer_mm: NDArray[np.int32]
    flute: tuple[str, ...]
    grammage_gsm: NDArray[np.float64]
    tare_g: NDArray[np.float64]
    tare_stated: NDArray[np.bool_]
    max_content_g: NDArray[np.int64]
    unit_cost: NDArray[np.float64]
    currency: str
    material: tuple[str, ...]
    plastic: NDArray[np.bool_]
    closure: tuple[str, ...]
    least_mm: NDArray[np.int32]
    step_mm: NDArray[np.int32]
    heights_mm: tuple[tuple[int, ...], ...]
    stock: tuple[Mapping[str, int], ...]
    sites: tuple[tuple[str, ...], ...]
    temperature: tuple[tuple[str, ...], ...]
    coolant_mm3: NDArray[np.int64]
    coolant_g: NDArray[np.int64]
    reusable: NDArray[np.bool_]
    attributes: pa.Table
    notes: tuple[str, ...] = ()

    @classmethod
    def from_table(cls, table: Any, *, source: str = "catalogue") -> Self:
        """Check package types that are already in memory.

        Parameters
        ----------
        table
            A `pyarrow.Table`, or any data frame that offers itself as Arrow columns; its columns
            as in a file.
        source
            What to call the table in messages.

        Returns
        -------
        The catalogue.

        Raises
        ------
        CatalogueError
            If the table is unusable or any row is faulty.
        """
        try:
            raw = select(pa.table(table), CATALOGUE_COLUMNS.__contains__)
        except InputError as fault:
            raise CatalogueError(source, fault.problems) from None
        except (TypeError, ValueError) as fault:
            raise CatalogueError(
                source, f"is no table ({fault}); expected a pyarrow.Table"
            ) from fault
        return cls(**accept_packages(raw, source))

    @property
    def n_packages(self) -> int:
        """Number of package types."""
        return len(self.package_ids)

    @cached_property
    def trips(self) -> NDArray[np.float64]:
        """``(k,)`` how often each package is used; 1 of what does not come back."""
        trips = np.ones(self.n_packages)
        if self.reusable.any():
            stated = self.attributes["reusable_trips"].fill_null(1).to_numpy()
            trips[self.reusable] = stated[self.reusable]
        return trips

    @cached_property
    def package_codes(self) -> pa.Array:
        """``(k,)`` codes of UN/CEFACT Recommendation 21; null where not stated."""
        return self.attributes["package_code"].combine_chunks()

    def take(self, index: NDArray[np.integer]) -> Catalogue:
        """The packages of these numbers, in this order, without limits of stock and notes."""
        rows = [int(one) for one in index]
        by_package = [one.name for one in fields(self) if one.name not in _OF_ALL]
        columns = {name: _rows(getattr(self, name), rows) for name in by_package}
        return replace(self, **columns | {"stock": ({},) * len(rows), "notes": ()})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content in hexadecimal, whatever the order of the rows."""
        rows = sorted(zip(*self._columns(), strict=True), key=lambda row: str(row[0]))
        text = json.dumps([self.currency, rows], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _columns(self) -> list[list[Any]]:
        """Every column as plain values, package ids first."""
        values = [getattr(self, one.name) for one in fields(self)]
        plain = [value.tolist() for value in values if isinstance(value, np.ndarray)]
        words: list[list[Any]] = [list(self.package_ids), list(self.style), list(self.flute)]
        words += [list(self.material), list(self.closure), list(self.heights_mm)]
        words.append([sorted(stock.items()) for stock in self.stock])
        words += [[sorted(one) for one in column] for column in (self.sites, self.temperature)]
        attributes = [
            column.to_pylist()
            for name, column in zip(
                self.attributes.column_names, self.attributes.columns, strict=True
            )
            # Codes came later: a catalogue without any keeps the digest that it had.
            if name != "package_code" or column.null_count < len(column)
        ]
        return words + plain + attributes


_OF_ALL: Final = ("currency", "notes")


def _rows(column: Any, rows: list[int]) -> Any:
    """Some rows of a column, be it of NumPy, Arrow or a tuple."""
    if isinstance(column, tuple):
        return tuple(column[row] for row in rows)
    if isinstance(column, pa.Table):
        return column.take(pa.array(rows, pa.int64()))
    return column[np.array(rows, np.int64)]


def read_catalogue(path: str | PathLike[str]) -> Catalogue:
    """Read and check a file of package types.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow IPC, JSON or NDJSON, by its suffix; one row per package type with
        ``package_id``, ``kind`` and its sides: cartons have inner ``length_mm``, ``width_mm`` and
        ``height_mm``; mailers have flat ``length_mm`` and ``width_mm``, and ``max_thickness_mm``;
        adjustable cartons also have ``heights_mm`` or ``min_height_mm``, and made_to_measure ones
        ``min_length_mm``, ``min_width_mm``, ``min_height_mm`` and ``step_mm``.

    Returns
    -------
    The catalogue.

    Raises
    ------
    CatalogueError
        If the file is unusable or any row is faulty: a package lost in silence could have been
        the best one.
    """
    raw = read_table(path, CATALOGUE_COLUMNS.__contains__, error=CatalogueError, text=TEXT_COLUMNS)
    return Catalogue(**accept_packages(raw, fspath(path)))


def builtin_catalogues() -> tuple[str, ...]:
    """Names of the catalogues that come with packopt."""
    return catalogue_names()


def builtin_catalogue(name: str) -> Catalogue:
    """Read a catalogue that comes with packopt.

    Parameters
    ----------
    name
        One of `builtin_catalogues`, such as ``demo``.

    Returns
    -------
    The catalogue.

    Raises
    ------
    CatalogueError
        If there is no catalogue of that name.
    """
    return read_catalogue(catalogue_path(name))


def builtin_catalogue_text(name: str) -> str:
    """Return the CSV file of a catalogue that comes with packopt.

    Parameters
    ----------
    name
        One of `builtin_catalogues`.

    Returns
    -------
    The text of the file.

    Raises
    ------
    CatalogueError
        If there is no catalogue of that name.
    """
    return catalogue_path(name).read_text(encoding="utf-8")
