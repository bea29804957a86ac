"""Words by row as small integers: what may differ from line to line, and mostly does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FEW: Final = 32
"""So few values are looked at one by one: calling Arrow takes longer."""


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """A column of words in which most rows share a few, or have none.

    Attributes
    ----------
    code
        ``(n,)`` index into ``words``; -1 where there is none.
    words
        The distinct words, in order of first appearance.
    """

    code: NDArray[np.int32]
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: pa.Array) -> Self:
        """Values of any type as words; null is none."""
        code, words = encode(values)
        return cls(code, tuple(map(str, words.to_pylist())))

    @classmethod
    def none(cls, n: int) -> Self:
        """``n`` rows without a word."""
        return cls(np.full(n, -1, np.int32))

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, rows: slice | NDArray[np.integer] | NDArray[np.bool_]) -> Labels:
        """The same words for some rows."""
        return Labels(self.code[rows], self.words)

    def word(self, row: int) -> str | None:
        """The word of one row, or None."""
        code = int(self.code[row])
        return None if code < 0 else self.words[code]


def encode(values: pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Number the distinct values by first appearance.

    Parameters
    ----------
    values
        ``(n,)`` of any type.

    Returns
    -------
    ``(n,)`` number of each value, -1 for null; and the distinct values.
    """
    if len(values) <= FEW and pa.types.is_string(values.type):
        place: dict[str, int] = {}
        code = [-1 if t is None else place.setdefault(t, len(place)) for t in values.to_pylist()]
        return np.array(code, np.int32), pa.array(list(place), pa.string())
    encoded = values.dictionary_encode()
    indices = encoded.indices
    if indices.null_count:
        indices = pc.fill_null(indices, -1)
    return np.array(indices, dtype=np.int32), encoded.dictionary


def places(column: pa.ChunkedArray, names: pa.Array) -> Ints:
    """Place of each word of a column among names; -1 where it is not there, or null.

    Parameters
    ----------
    column
        Words, encoded or not: of encoded ones each is looked up once, and none at all where the
        chunks go through the names one after the other, as those of a result do.
    names
        Distinct words.
    """
    return np.concatenate([np.empty(0, np.int64), *places_by_chunk(column, names)])


def places_by_chunk(column: pa.ChunkedArray, names: pa.Array) -> Iterator[Ints]:
    """The same chunk after chunk: of many million rows, those of one stay near at hand.

    Parameters
    ----------
    column, names
        As of `places`.

    Yields
    ------
    Places of the words of one chunk.
    """
    for code, place in codes_by_chunk(column, names):
        yield place.take(code)


def codes_by_chunk(
    column: pa.ChunkedArray, names: pa.Array
) -> Iterator[tuple[NDArray[np.int32], Ints]]:
    """The same in two steps, for whoever makes something else of the places of few words.

    Parameters
    ----------
    column, names
        As of `places`.

    Yields
    ------
    Codes of the words of one chunk, and by code the place of each; the last is -1, of nulls.
    """
    chunks = [chunk.dictionary_encode() for chunk in column.chunks]
    words = [chunk.dictionary.cast(pa.string()) for chunk in chunks]
    if len(words) > 1 and all(one.equals(words[0]) for one in words[1:]):
        place_of = [_places_of(words[0], names)] * len(words)
    else:
        joined = pa.concat_arrays(words) if words else pa.array([], pa.string())
        place_of = np.split(_places_of(joined, names), np.cumsum([len(one) for one in words[:-1]]))
    for chunk, place in zip(chunks, place_of, strict=False):
        row = chunk.indices
        if row.null_count:
            row = pc.fill_null(row, len(place))
        yield row.to_numpy(), np.append(place, -1)


def _places_of(words: pa.Array, names: pa.Array) -> Ints:
    """Place of each distinct word; comparing all at once takes no time beside looking them up."""
    if words.equals(names):
        return np.arange(len(words), dtype=np.int64)
    if not len(words):  # looking up nothing would still make a table of all the names
        return np.empty(0, np.int64)
    found = pc.fill_null(pc.index_in(words, value_set=names), -1)
    return np.asarray(found.to_numpy(), np.int64)


def numbers(column: pa.ChunkedArray) -> Ints:
    """A number for each word of a column, the same for the same word; -1 for null.

    Parameters
    ----------
    column
        Words, encoded or not.
    """
    encoded = column.dictionary_encode()
    words = [chunk.dictionary for chunk in encoded.chunks]
    if not all(one.equals(words[0]) for one in words):
        encoded = encoded.unify_dictionaries()
        words = [chunk.dictionary for chunk in encoded.chunks]
    return places(encoded, words[0].cast(pa.string())) if words else np.empty(0, np.int64)
