"""How often the intervals of ``packopt savings`` cover the truth, over made-up histories.

Each history is drawn anew from a law whose true saving per order and true saved share are known by
a formula. Its orders go through what a replay does: clusters by day or by order
(`packopt.savings.clusters`), and intervals of 95 % (`packopt.savings.intervals`). Counted is how
often the true value lies inside. An honest interval does so in 93 to 97 % of the histories. Of
each kind there are 2,000, drawn as four runs of 500: a run alone is sure to 2 points only, so that
of eighteen honest figures one or two would seem to fail it; all four together are sure to 1 point.

What a baseline takes for an order is lognormal with a mean of 200 g. A share of the orders saves
nothing; the others save a lognormal amount, so that few orders save much. On days that differ, all
orders of a day save more or less by a factor of their own, and the number of orders differs, too.
The history closest to what was measured on real orders (Olist against volume-80: 56 % save nothing,
the others vary by 1.1 of their mean) is "shop, by order". Exit code 1 if any share lies outside.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from benchmarks.report import arguments, progress, save, table
from packopt.savings.clusters import cluster
from packopt.savings.intervals import METHOD, ratio_intervals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SEED: Final = 1
RUNS: Final = 4
HISTORIES: Final = 500  # of each run
RESAMPLES: Final = 999
CONFIDENCE: Final = 0.95
LEAST, MOST = 0.93, 0.97
_MEAN_G: Final = 200.0
#: Of the baseline's grams, where anything is saved.
_SAVED: Final = 0.4


@dataclass(frozen=True)
class Law:
    """Where histories come from.

    Attributes
    ----------
    name
        What the table calls it.
    orders
        Number of orders, or on average of each day.
    days
        Number of days; 0 for orders without dates.
    none
        Share of orders that save nothing.
    spread
        Spread of what the others save, of the logarithm.
    losing
        Share of the others that take as much more instead.
    of_days
        Spread of the factor that the orders of a day share, of the logarithm.
    """

    name: str
    orders: int
    days: int = 0
    none: float = 0.0
    spread: float = 0.9
    losing: float = 0.0
    of_days: float = 0.0

    @property
    def per_order_g(self) -> float:
        """True mean of what an order saves."""
        return _MEAN_G * _SAVED * (1 - self.none) * (1 - 2 * self.losing)

    @property
    def share(self) -> float:
        """True share of the baseline that is saved."""
        return self.per_order_g / _MEAN_G

    def draw(self, rng: np.random.Generator) -> tuple[Ints | None, Floats, Floats]:
        """Day of each order, what its baseline takes, and what is saved, in g."""
        day, factor = None, 1.0
        n = self.orders
        if self.days:
            # Busy days and quiet ones: the number of a day's orders is overdispersed.
            number = 1 + rng.poisson(rng.gamma(4, (self.orders - 1) / 4, self.days))
            day, n = np.repeat(np.arange(self.days), number), int(number.sum())
            factor = _lognormal(rng, self.of_days, self.days)[day]
        baseline = _MEAN_G * _lognormal(rng, 0.8, n)
        saved = _MEAN_G * _SAVED * _lognormal(rng, self.spread, n) * factor
        sign = np.where(rng.random(n) < self.losing, -1.0, 1.0)
        return day, baseline, np.where(rng.random(n) < self.none, 0.0, saved * sign)


def _lognormal(rng: np.random.Generator, spread: float, n: int) -> Floats:
    """Draws with a mean of 1."""
    return np.exp(rng.normal(-(spread**2) / 2, spread, n))


LAWS: Final = (
    Law("all save, by order", 1_000),
    Law("shop, by order", 1_000, none=0.56),
    Law("few save, by order", 2_000, none=0.9),
    Law("many orders, in blocks", 20_000, none=0.56),
    Law("gains and losses, by order", 1_000, none=0.5, losing=0.4),
    Law("30 days", 60, days=30, none=0.56, of_days=0.3),
    Law("90 days", 30, days=90, none=0.56, of_days=0.3),
    Law("365 days", 10, days=365, none=0.56, of_days=0.3),
    Law("90 days that differ much", 30, days=90, none=0.56, of_days=0.6),
)


def covered(law: Law, run: int, histories: int) -> tuple[Floats, Floats]:
    """``(2,)`` how many intervals cover saving per order and share, and their mean widths."""
    truth = np.array([law.per_order_g, law.share])
    hits, widths = np.zeros(2), np.zeros(2)
    for history in range(histories):
        rng = np.random.default_rng([SEED + run, history])
        day, baseline, saved = law.draw(rng)
        date = None if day is None else pa.array(day, pa.int32()).cast(pa.date32())
        found = cluster(date, len(saved))
        sums = [
            np.bincount(found.index, values, found.count)
            for values in (saved, np.ones(len(saved)), baseline)
        ]
        interval = ratio_intervals(
            np.stack([sums[0], sums[0]], axis=1),
            np.stack(sums[1:], axis=1),
            confidence=CONFIDENCE,
            resamples=RESAMPLES,
        )
        hits += (interval.low <= truth) & (truth <= interval.high)
        widths += (interval.high - interval.low) / np.abs(truth)
    return hits, widths / histories


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--histories", type=int, metavar="N", help="of each run; 500, quick 20")
    args = parser.parse_args()
    histories = args.histories or (20 if args.quick else HISTORIES)
    rows, sound = [], True
    for law in LAWS:
        progress(law.name)
        hits, widths = (np.array(one) for one in zip(*_runs(law, histories), strict=True))
        shares = hits.sum(axis=0) / (RUNS * histories)
        sound &= bool(((shares >= LEAST) & (shares <= MOST)).all())
        orders = f"{law.orders:,} a day" if law.days else f"{law.orders:,}"
        row = [law.name, orders, f"{law.none:.0%}"]
        for at, truth in enumerate((f"{law.per_order_g:.1f} g", f"{law.share:.1%}")):
            runs = ", ".join(f"{100 * one / histories:.1f}" for one in hits[:, at])
            row += [truth, f"{shares[at]:.2%}", runs, f"{widths[:, at].mean():.1%}"]
        rows.append(row)
    each = ("covered", "its four runs", "width")
    head = ("histories", "orders", "save nothing", "saved an order", *each, "saved share", *each)
    told = (
        f"{METHOD}, {RESAMPLES:,} draws, {RUNS} runs of {histories:,} histories of each kind; "
        "widths in % of the true value.\n"
    )
    parts = [(__doc__ or "").split("\n\n", 1)[1], told, table(head, rows)]
    save("interval_coverage", f"Coverage of intervals of {CONFIDENCE:.0%}", parts, args)
    return 0 if sound or args.quick else 1


def _runs(law: Law, histories: int) -> Iterator[tuple[Floats, Floats]]:
    for run in range(RUNS):
        yield covered(law, run, histories)


if __name__ == "__main__":
    sys.exit(main())
