"""Which part an order belongs to: that of its first appearance, remembered by a hash of its id."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_LONGEST_QUICK: Final = 64  # bytes of an id; longer ones are rare, and hashed one by one
# Odd multipliers, one for each byte of an id: multilinear hashing modulo 2^64 (Lemire and Kaser
# 2014, "Strongly universal string hashing is fast"). Fixed, so that parts are the same every time.
_MULTIPLIERS: Final = np.random.default_rng(20_140_101).integers(
    0, 1 << 64, _LONGEST_QUICK + 1, dtype=np.uint64
) | np.uint64(1)
_MOST_RUNS_RATIO: Final = 2  # runs that are less than twice as long as the next are merged


def hashes(texts: pa.StringArray) -> NDArray[np.uint64]:
    """A 64-bit hash of each text.

    Parameters
    ----------
    texts
        ``(n,)`` texts, none of them null.

    Returns
    -------
    ``(n,)`` hashes, the same in every process.
    """
    n = len(texts)
    if n == 0:
        return np.zeros(0, np.uint64)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + n + 1]
    data = texts.buffers()[2]
    whole = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    lengths = np.diff(offsets)
    result: NDArray[np.uint64] = lengths.astype(np.uint64) * _MULTIPLIERS[-1]
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        if length > _LONGEST_QUICK:
            result[rows] = [_slow_hash(whole[offsets[row] : offsets[row + 1]]) for row in rows]
        elif len(rows) == n:
            letters = whole[offsets[0] : offsets[-1]].reshape(n, length)
            result += _products(letters)
        else:
            letters = whole[offsets[rows][:, None] + np.arange(length)]
            result[rows] += _products(letters)
    return result


def _products(letters: NDArray[np.uint8]) -> NDArray[np.uint64]:
    total = np.zeros(len(letters), np.uint64)
    for place in range(letters.shape[1]):
        total += (letters[:, place].astype(np.uint64) + np.uint64(1)) * _MULTIPLIERS[place]
    return total


def _slow_hash(letters: NDArray[np.uint8]) -> int:
    return int.from_bytes(hashlib.blake2b(letters.tobytes(), digest_size=8).digest(), "little")


class FirstParts:
    """The part of every order seen so far: 12 bytes each, in sorted runs that double in length.

    Two orders of one hash share a part; they are told apart by their ids when it is read.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self._runs)

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The part of each order, -1 for those not seen before.

        Parameters
        ----------
        keys
            ``(n,)`` hashes.

        Returns
        -------
        ``(n,)`` parts.
        """
        # Sorted keys walk through a run once, which caches like.
        order = np.argsort(keys)
        keys = keys[order]
        found = np.full(len(keys), -1, np.int32)
        for known, parts in self._runs:
            place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            hit = known[place] == keys
            found[hit] = parts[place[hit]]
        part = np.empty_like(found)
        part[order] = found
        return part

    def add(self, keys: NDArray[np.uint64], parts: NDArray[np.int32]) -> None:
        """Remember orders.

        Parameters
        ----------
        keys
            ``(n,)`` hashes, distinct, and none of them seen before.
        parts
            ``(n,)`` their parts.
        """
        if len(keys) == 0:
            return
        order = np.argsort(keys)
        run = keys[order], parts[order].astype(np.int32)
        while self._runs and len(self._runs[-1][0]) < _MOST_RUNS_RATIO * len(run[0]):
            run = _merged(self._runs.pop(), run)
        self._runs.append(run)


def _merged(
    one: tuple[NDArray[np.uint64], NDArray[np.int32]],
    other: tuple[NDArray[np.uint64], NDArray[np.int32]],
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    place = np.searchsorted(one[0], other[0])
    return np.insert(one[0], place, other[0]), np.insert(one[1], place, other[1])
