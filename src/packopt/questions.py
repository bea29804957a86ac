"""Parts of a batch in the words of splitting, equal ones once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from packopt.batches import canonical_rows
from packopt.nests import content_mm3
from packopt.splitting.question import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.outcome import Asked
    from packopt.parcels import Things
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


class Inquiry:
    """Asks about parts of a batch.

    Parameters
    ----------
    asked
        The parts.
    policy
        Under which rules they may be split.
    parcel_price
        Cost steps for each parcel.
    package
        ``(k,)`` the package that each of those known to splitting is in the catalogue.
    """

    def __init__(self, asked: Asked, policy: Policy, parcel_price: int, package: Ints) -> None:
        self._asked = asked
        self._own = policy.own_container == "cheaper"
        self._price = None if policy.parcel_price is None else parcel_price
        self._package = package

    def about(self, things: Things, most_parcels: Ints) -> tuple[list[Part], Ints]:
        """The questions about some parts.

        Parameters
        ----------
        things
            What their units are.
        most_parcels
            ``(q,)`` how many parcels each part may have.

        Returns
        -------
        The distinct questions, and ``(q,)`` which of them is about each part. Equal questions are
        about equal things in equal sequence, so one answer serves all.
        """
        columns, clashing = self._columns(things), self._clashing(things)
        words = np.column_stack([*columns.values(), things.qty])
        access, left = self._asked.access[things.part].tolist(), self._left(things.part)
        number: dict[tuple[object, ...], int] = {}
        questions: list[Part] = []
        like: list[int] = []
        for i, (first, last) in enumerate(pairwise(things.start.tolist())):
            rows, most = slice(first, last), int(most_parcels[i])
            clash = self._clash(things.line[rows]) if clashing[i] else None
            word = None if clash is None else clash.tobytes()
            key = (words[rows].tobytes(), word, access[i], left[i].tobytes(), most)
            like.append(number.setdefault(key, len(questions)))
            if like[i] == len(questions):
                question = Part(
                    **{name: column[rows] for name, column in columns.items()},
                    clash=np.zeros((last - first,) * 2, np.bool_) if clash is None else clash,
                    access=access[i],
                    left=left[i],
                    most_parcels=most,
                    parcel_price=self._price,
                )
                questions.append(question)
        return questions, np.array(like)

    def _columns(self, things: Things) -> dict[str, NDArray[Any]]:
        """What `Part` has for each unit, for all things."""
        orders, line = self._asked.orders, things.line
        return {
            "units": canonical_rows(orders, line, things.qty),
            "content_mm3": content_mm3(orders, line, things.qty),
            "weight_g": orders.weight_g[line] * things.qty,
            "no_mailer": ~orders.mailer_ok[line] | orders.fragile[line],
            "bundle": orders.keep_together.code[line].astype(np.int64),
            "own": orders.own_container[line] & (things.qty == 1) & self._own,
        }

    def _left(self, part: Ints) -> list[Ints]:
        """What is in stock of each package known to splitting, for each part."""
        left = self._asked.left[:, self._package]
        return list(left[part]) if len(left) > 1 else [left[0]] * len(part)

    def _clashing(self, things: Things) -> Mask:
        """Which parts have things that may not share a parcel, ``(q,)``."""
        torn = (self._asked.orders.nest_height_mm[things.line] > 0) & (things.number > 0)
        of_part = np.logical_or.reduceat(torn, things.start[:-1])
        return np.asarray(of_part | self._asked.parts.torn[things.part], dtype=np.bool_)

    def _clash(self, line: Ints) -> Mask:
        """Which things of these lines may not share a parcel, ``(n, n)``."""
        clash = self._asked.parts.sharing.apart(line[:, None], line[None, :])
        # One parcel holds one nest of a line.
        nests = self._asked.orders.nest_height_mm[line] > 0
        clash |= (line[:, None] == line[None, :]) & nests
        np.fill_diagonal(clash, val=False)
        return clash
