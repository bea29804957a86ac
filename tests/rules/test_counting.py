"""Rows counted by their words."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from packopt.rules.counting import count_words

WORDS = st.sampled_from(["x", "y", "z", None])


@given(chunks=st.lists(st.lists(st.tuples(WORDS, WORDS, WORDS))), n=st.integers(1, 3))
def test_counts_are_those_of_a_plain_count(
    chunks: list[list[tuple[str | None, ...]]], n: int
) -> None:
    """Each combination once, in order of first appearance, null as a word of its own."""
    names = ["one", "two", "three"]
    kind = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("one", kind), ("two", pa.string()), ("three", kind)])
    plain = pa.schema([(name, pa.string()) for name in names])
    tables = [
        pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], plain)
        for rows in chunks
    ]
    table = pa.concat_tables([one.cast(schema) for one in tables] or [schema.empty_table()])
    expected = Counter(row[:n] for rows in chunks for row in rows)
    assert list(count_words(table, names[:n]).items()) == list(expected.items())
