"""Another packer's cartons held against packopt's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from benchmarks.peers import NONE, Peer, Run, Task, is_plan
from benchmarks.report import figure, share

if TYPE_CHECKING:
    from benchmarks.ours import Answers
    from benchmarks.sets import Ints

_NOWHERE = 1 << 62  # the volume of no carton at all


@dataclass
class Comparison:
    """How often a peer's carton is larger than packopt's, equal, or smaller."""

    HEAD: ClassVar = (
        "set",
        "packer",
        "orders",
        "orders/s",
        "larger",
        "equal",
        "smaller",
        "of them packopt undecided",
        "invalid plans",
        "failed",
        "total volume",
    )

    set_name: str
    peer: str
    orders_per_s: float
    failures: Counter[str]
    larger: int = 0
    equal: int = 0
    smaller: int = 0
    undecided: int = 0
    invalid: int = 0
    our_mm3: int = 0
    their_mm3: int = 0
    objections: list[str] = field(default_factory=list)

    def row(self) -> list[object]:
        """Return the row of the table; invalid plans stand apart, whatever their carton."""
        asked = self.larger + self.equal + self.smaller + self.invalid + self.failed
        volume = self.their_mm3 / self.our_mm3 if self.our_mm3 else 0.0
        return [
            self.set_name,
            self.peer,
            f"{asked:,}",
            figure(self.orders_per_s),
            share(self.larger, asked, digits=1),
            share(self.equal, asked, digits=1),
            self.smaller,
            self.undecided,
            self.invalid,
            self.failed,
            f"{volume:.4f}x",
        ]

    @property
    def failed(self) -> int:
        """Orders on which the peer raised."""
        return self.failures.total()

    def remarks(self) -> list[str]:
        """Return what went wrong inside the peer, by message."""
        return [
            f"{self.set_name}, {self.peer}: {count} times {message}"
            for message, count in self.failures.most_common(3)
        ]


def compare(
    set_name: str, peer: Peer, run: Run, todo: list[Task], ours: Answers, cartons_mm: Ints
) -> Comparison:
    """Hold what a peer answered against what packopt answered to the same orders."""
    found = Comparison(set_name, peer.name, run.orders_per_s, Counter(run.failures.values()))
    volumes = [*cartons_mm.prod(axis=1).tolist(), _NOWHERE]  # index -1: none
    for i, carton in run.carton.items():
        if carton != NONE and not is_plan(
            peer.plan(run.filled[i]), todo[i].sides, tuple(cartons_mm[carton].tolist())
        ):
            found.invalid += 1
            continue
        decided = bool(ours.decided[i])
        _count(found, volumes[int(ours.carton[i])], volumes[carton], decided)
        if decided and volumes[carton] < volumes[int(ours.carton[i])]:
            found.objections.append(
                f"{set_name}, {len(cartons_mm)} cartons, order {i}: {peer.name} fills carton "
                f"{carton}, packopt proved that none below {int(ours.carton[i])} holds it"
            )
    return found


def _count(found: Comparison, our_mm3: int, their_mm3: int, decided: bool) -> None:
    found.larger += their_mm3 > our_mm3
    found.equal += their_mm3 == our_mm3
    found.smaller += their_mm3 < our_mm3
    found.undecided += their_mm3 < our_mm3 and not decided
    if max(our_mm3, their_mm3) < _NOWHERE:
        found.our_mm3 += our_mm3
        found.their_mm3 += their_mm3
