"""Words as numbers: where they stand among names, and which are the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.labels import numbers, places

NAMES = ["a", "b", "c", "d"]
CHUNKS = st.lists(st.lists(st.sampled_from([*NAMES, "z", None])))


def _column(chunks: list[list[str | None]], *, encoded: bool) -> pa.ChunkedArray:
    arrays = [pa.array(chunk, pa.string()) for chunk in chunks]
    kind = pa.dictionary(pa.int32(), pa.string()) if encoded else pa.string()
    return pa.chunked_array([one.dictionary_encode() if encoded else one for one in arrays], kind)


@pytest.mark.parametrize("encoded", [False, True])
@given(chunks=CHUNKS)
def test_places_are_those_of_a_plain_search(
    chunks: list[list[str | None]], *, encoded: bool
) -> None:
    """Chunk by chunk and word by word, or all at once: the place is the same."""
    expected = [NAMES.index(word) if word in NAMES else -1 for chunk in chunks for word in chunk]
    assert places(_column(chunks, encoded=encoded), pa.array(NAMES)).tolist() == expected


def test_chunks_that_go_through_the_names_need_no_search() -> None:
    """The chunks of a result hold the ids of its orders, one part after the other."""
    parts = [pa.array(["a", "b"]), pa.array(["c", "d"])]
    rows = pa.array([1, 0, None], pa.int32())
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(rows, part) for part in parts])
    assert places(column, pa.array(NAMES)).tolist() == [1, 0, -1, 3, 2, -1]


def test_chunks_with_one_dictionary_are_looked_up_once() -> None:
    """Outcomes of rules have the ids of all parcels in every chunk."""
    one = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array(["d", "b"]))
    assert places(pa.chunked_array([one, one]), pa.array(NAMES)).tolist() == [3, 1, 3, 1]


@pytest.mark.parametrize("encoded", [False, True])
@given(chunks=CHUNKS)
def test_the_same_word_has_the_same_number(
    chunks: list[list[str | None]], *, encoded: bool
) -> None:
    """Whatever dictionary the chunk of a word has; and null has none."""
    words = [word for chunk in chunks for word in chunk]
    found = numbers(_column(chunks, encoded=encoded)).tolist()
    assert [one < 0 for one in found] == [word is None for word in words]
    assert len(set(zip(words, found, strict=True))) == len(set(words)) == len(set(found))


def test_no_rows_have_no_places() -> None:
    """A column without chunks is a column."""
    nothing = pa.chunked_array([], pa.string())
    assert places(nothing, pa.array(NAMES)).dtype == np.int64
    assert not len(places(nothing, pa.array(NAMES)))
    assert not len(numbers(nothing))
