"""What rules say of the parcels of many files: counted part by part, so that it can be added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from packopt.parcel_rules import baseline_judged, plan_judged
from packopt.savings.pieces import SCHEMAS, added

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from packopt.recommendations import Recommendations
    from packopt.rules import Judgement, RulePack
    from packopt.savings.amounts import Replay
    from packopt.savings.replay import Asked


@dataclass(frozen=True, slots=True)
class Judging:
    """By which rules parcels are judged, and when.

    Attributes
    ----------
    packs
        Rule packs about parcels.
    on
        The day for parcels of undated orders; None if there is none.
    """

    packs: Sequence[RulePack]
    on: dt.date | None = None

    def piece(self, asked: Asked, result: Recommendations, replay: Replay) -> pa.Table:
        """Parcels of both sides by what rules say of them.

        Parameters
        ----------
        asked
            What is compared.
        result, replay
            The orders, packed both ways.

        Returns
        -------
        The piece ``rules``.
        """
        orders, before = replay.orders, asked.baseline.catalogue or asked.catalogue
        after = plan_judged(result, asked.catalogue, orders, self.packs, self.on)
        parcels = replay.found.side.parcels
        earlier = baseline_judged(result, parcels, before, orders, self.packs, self.on)
        return added("rules", [_counted("baseline", earlier), _counted("plan", after)])


def _counted(side: str, judged: Judgement) -> pa.Table:
    cases = judged.cases
    sides = pa.array([side] * cases.num_rows, pa.string())
    return cases.append_column("side", sides).select(SCHEMAS["rules"].names).cast(SCHEMAS["rules"])
