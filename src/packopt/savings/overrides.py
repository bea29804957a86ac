"""What packers did: how often they took another package than was recommended, why, at what cost.

Of several records of a parcel the newest counts. Records are of parcels of the plan, and told
where there is no such parcel. Mass is compared only where the plan has the package that was
recommended then: the content of the parcel is the plan's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.answers import word
from packopt.catalogue import ADJUSTABLE, MADE_TO_MEASURE
from packopt.costing import package_costs
from packopt.factors import is_of_its_style
from packopt.labels import places
from packopt.policy import Policy
from packopt.savings.files import write_table
from packopt.savings.quantities import OWN_CONTAINER, UNKNOWN, package_index
from packopt.savings.repeating import nullable
from packopt.savings.tables import EXTRA_UNKNOWN, OVERRIDES, OVERRIDES_REJECTS, RECORD_STATUSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.packings import Packings
    from packopt.savings.result import Savings

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

COUNTED, REPLACED, UNKNOWN_ORDER, UNKNOWN_PARCEL = range(len(RECORD_STATUSES))
_PLAN_DIFFERS, _NOT_IN_CATALOGUE, _SIZE_NOT_TOLD, _MASS_NOT_KNOWN = range(len(EXTRA_UNKNOWN))
_KNOWN: Final = -1


@dataclass(frozen=True, eq=False)
class Overrides:
    """Records of the packing bench, held against a plan.

    Attributes
    ----------
    records
        Accepted records, in the schema `packopt.savings.tables.OVERRIDES`.
    rejects
        Faults of the others, in the schema `packopt.savings.tables.OVERRIDES_REJECTS`.
    parcels
        Parcels of the plan.
    confidence
        Of the interval of the rate.
    """

    records: pa.Table
    rejects: pa.Table
    parcels: int
    confidence: float

    @cached_property
    def counted(self) -> pa.Table:
        """The records that count, one for each parcel that was recorded."""
        return self.records.filter(pc.equal(self.records["status"].cast(pa.string()), "counted"))

    @property
    def recorded(self) -> int:
        """Parcels of the plan that were recorded."""
        return int(self.counted.num_rows)

    @cached_property
    def overridden(self) -> int:
        """Recorded parcels in another package than the recommended one."""
        return int(pc.sum(self.counted["overridden"], min_count=0).as_py())

    @property
    def rate(self) -> float | None:
        """Share of the recorded parcels that were overridden; None where none was recorded."""
        return self.overridden / self.recorded if self.recorded else None

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval of the rate, as if parcels were drawn one by one.

        References
        ----------
        Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22, 209-212.
        """
        if not self.recorded:
            return None
        from scipy.stats import binomtest  # type: ignore[import-untyped]

        found = binomtest(self.overridden, self.recorded).proportion_ci(self.confidence, "wilson")
        return float(found.low), float(found.high)

    @property
    def rejected(self) -> int:
        """Rows of the input that were not accepted."""
        return len(self.rejects["row"].unique())

    def count(self, status: str) -> int:
        """Records of one of `packopt.savings.tables.RECORD_STATUSES`."""
        return int(pc.sum(pc.equal(self.records["status"].cast(pa.string()), status)).as_py() or 0)

    def write(self, folder: str | Path) -> None:
        """Write both tables into a folder that is there, as those of the replay."""
        for name, table in (("overrides", self.records), ("overrides_rejects", self.rejects)):
            write_table(Path(folder) / name, table, table.schema)


def overrides(found: Savings, packings: Packings, catalogue: Catalogue) -> Overrides:
    """Hold records of the packing bench against the plan of a replay.

    Parameters
    ----------
    found
        The replay.
    packings
        The records.
    catalogue
        What the plan is from.
    """
    table, parcels = packings.table, found.plan.parcels
    orders = found.plan.orders["order_id"]
    order = places(table["order_id"], orders.cast(pa.string()).combine_chunks())
    at = _parcel_of(found, order, table["parcel"].to_numpy())
    status = np.where(at < 0, UNKNOWN_PARCEL, COUNTED)
    status[(at >= 0) & ~_newest(at, table)] = REPLACED
    status[order < 0] = UNKNOWN_ORDER
    overridden = pc.not_equal(table["package_id"], table["recommended_package_id"])
    changed = overridden.to_numpy()
    plan_package = parcels["package_id"].cast(pa.string()).take(pa.array(at, mask=at < 0))
    asked = (status == COUNTED) & changed
    differs = pc.fill_null(pc.not_equal(plan_package, table["recommended_package_id"]), True)
    extra, why = _extra(found, catalogue, table["package_id"], np.where(asked, at, -1))
    why[differs.to_numpy()] = _PLAN_DIFFERS
    extra[why != _KNOWN] = np.nan
    columns = {
        "row": table["row"],
        "order_id": table["order_id"].dictionary_encode(),
        "parcel": table["parcel"],
        "packed": table["packed"],
        "status": word(status, pa.array(RECORD_STATUSES)),
        "recommended_package": table["recommended_package_id"].dictionary_encode(),
        "used_package": table["package_id"].dictionary_encode(),
        "overridden": overridden,
        # A reason for the recommended package is a slip of the hand.
        "reason": pc.if_else(overridden, table["reason"], None).dictionary_encode(),
        "plan_package": plan_package.dictionary_encode(),
        "extra_g": nullable(np.where(asked, extra, np.nan)),
        "extra_unknown": word(
            np.maximum(why, 0), pa.array(EXTRA_UNKNOWN), ~asked | (why == _KNOWN)
        ),
    }
    records = pa.Table.from_arrays([columns[name] for name in OVERRIDES.names], schema=OVERRIDES)
    return Overrides(
        records.unify_dictionaries(),
        packings.rejects.select(OVERRIDES_REJECTS.names).cast(OVERRIDES_REJECTS),
        parcels.num_rows,
        float(found.about["bootstrap"]["confidence"]),
    )


def _parcel_of(found: Savings, order: Ints, number: NDArray[np.int32]) -> Ints:
    """``(n,)`` row of each record's parcel in the plan; -1 where there is none."""
    count = found.plan.orders["parcels"].to_numpy().astype(np.int64)
    start = np.cumsum(count) - count
    known = (order >= 0) & (number >= 1)
    known[known] = number[known] <= count[order[known]]
    row = np.full(len(order), -1, np.int64)
    row[known] = start[order[known]] + number[known] - 1
    return row


def _newest(at: Ints, table: pa.Table) -> Mask:
    """``(n,)`` whether a record is its parcel's newest; of two at one time, the later row."""
    packed = table["packed"].cast(pa.int64()).to_numpy()
    by_time = np.lexsort((table["row"].to_numpy(), packed, at))
    last = np.append(np.diff(at[by_time]) != 0, True) if len(at) else np.empty(0, np.bool_)
    newest = np.zeros(len(at), np.bool_)
    newest[by_time[last]] = True
    return newest


def _extra(
    found: Savings, catalogue: Catalogue, used: pa.ChunkedArray, at: Ints
) -> tuple[Floats, Ints]:
    """``(n,)`` packaging in g of each used package less that of the plan's parcel; and why unknown.

    Parameters
    ----------
    found, catalogue
        The replay, and its packages.
    used
        ``(n,)`` names of packages.
    at
        ``(n,)`` row of the parcel in the plan; -1 where nothing is asked.
    """
    k = package_index(used, catalogue)
    why = np.full(len(k), _KNOWN, np.int64)
    kind = catalogue.kind[np.maximum(k, 0)]
    massed = catalogue.tare_stated | is_of_its_style(catalogue.material, catalogue.style)
    why[~massed[np.maximum(k, 0)]] = _MASS_NOT_KNOWN
    why[np.isin(kind, (ADJUSTABLE, MADE_TO_MEASURE))] = _SIZE_NOT_TOLD
    why[k == OWN_CONTAINER] = _KNOWN
    why[k == UNKNOWN] = _NOT_IN_CATALOGUE
    extra = np.full(len(k), np.nan)
    rows = np.flatnonzero((at >= 0) & (why == _KNOWN))
    package, parcel = k[rows], at[rows]
    content = found.plan.parcels["content_mm3"].to_numpy()[parcel]
    # What an objective of mass counts: package and tape, of reusables one trip, and filler.
    policy = Policy(objective="material", materials=found.plan.policy.materials)
    costs = package_costs(catalogue, policy)
    # What was squeezed in takes no filler, and none away.
    fixed = costs.fixed[np.maximum(package, 0)]
    taken_g = costs.in_units(np.maximum(costs.cost_of(np.maximum(package, 0), content), fixed))
    taken_g[package == OWN_CONTAINER] = 0.0
    plan_g = found.plan_quantities["packaging_g"].to_numpy()[parcel]
    extra[rows] = taken_g - plan_g
    return extra, why
