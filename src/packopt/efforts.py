"""Efforts: how much work an answer may take, in passes over what earlier ones left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.kernel.question import Effort

if TYPE_CHECKING:
    from packopt.policy import Policy

_QUICK: Final = Effort(starts=6, climbs=200, beam=32, nodes=600)
_LONGER: Final = Effort(starts=0, climbs=3_000, beam=64, nodes=5_000)
_LONGEST: Final = Effort(starts=0, climbs=20_000, beam=256, nodes=500_000)

#: Passes by effort: each later one sees only what the earlier left open.
PASSES: Final = {
    "fast": (_QUICK,),
    "standard": (_QUICK, _LONGER),
    "thorough": (_QUICK, _LONGER, _LONGEST),
}


def passes(policy: Policy) -> tuple[Effort, ...]:
    """Return the passes over a batch, those of a word or those of a number of nodes.

    A number climbs a ladder as far as it reaches: 0, 100, 300, 1,000, 3,000 ... nodes, and the
    passes of the words in between. A larger one only adds passes, so it never takes back what a
    smaller one, or a word of fewer nodes, found.
    """
    if isinstance(policy.effort, str):
        return PASSES[policy.effort]
    first = Effort(starts=6, climbs=0, beam=0, nodes=0)
    steps = (factor * 10**power for power in range(2, 7) for factor in (1, 3))
    rungs = [*map(_rung, steps), *PASSES["thorough"]]
    reached = (rung for rung in rungs if rung.nodes <= policy.effort)
    return (first, *sorted(reached, key=lambda rung: rung.nodes))


def _rung(nodes: int) -> Effort:
    return Effort(starts=0, climbs=min(nodes // 4, 10_000), beam=64, nodes=nodes)
