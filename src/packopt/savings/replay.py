"""The replay: the same orders packed twice, and what one way saves against the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt import __version__
from packopt.errors import SavingsError
from packopt.labels import Labels
from packopt.policy import Policy
from packopt.recommend import Recommender
from packopt.savings.amounts import Replay
from packopt.savings.baselines import RuleBaseline
from packopt.savings.clusters import SEED, cluster
from packopt.savings.dropping import dropped, rejected_orders
from packopt.savings.intervals import CONFIDENCE, METHOD, RESAMPLES
from packopt.savings.known import known_of
from packopt.savings.noting import notes_on, without_contradiction
from packopt.savings.quantities import as_table, taken
from packopt.savings.result import Savings
from packopt.savings.sides import NO_PLAN, Question, answered, side_of
from packopt.savings.tables import SCHEMA_VERSION
from packopt.savings.terms import Terms
from packopt.savings.totals import by_package, by_period, by_sku, by_units, total

if TYPE_CHECKING:
    from collections.abc import Callable

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.savings.baselines import Baseline
    from packopt.savings.clusters import Clusters
    from packopt.savings.follower import Follower
    from packopt.savings.sides import Found


_LEAST_RESAMPLES: Final = 100
_VERDICTS: Final = {
    "unpackable": "no packages hold the order: proved",
    "undecided": "neither a plan nor a proof was found by packopt within the effort",
    "partial": "some units fit no package",
}
#: What "unpackable" means where the policy sets limits that other packers need not keep.
_LIMITED: Final = "no packages hold the order within the limits of the policy: proved"


def savings(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    baseline: str | Baseline,
    terms: Terms | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
    follower: Follower | None = None,
) -> Savings:
    """Find out what packopt would have saved on orders, against a baseline.

    Orders count where packopt packs them completely and the baseline is sure to hold them: by a
    plan, under the same rules. All others are told with the reason.

    Parameters
    ----------
    orders
        Accepted orders (`packopt.read_orders`).
    catalogue
        The packages that packopt chooses from.
    policy
        Objective, rules and effort of both sides; the default `Policy()` if None.
    baseline
        The name of a rule of thumb, or one of `packopt.savings.baselines`.
    terms
        Factors, billing, rates, and what tape and filler are made of.
    confidence
        Of the intervals, above 0 and below 1.
    resamples
        Draws for the intervals, at least 100.
    threads
        Threads to use. The answer is the same for any number.
    progress
        Called with the number of orders finished since the last call: every order twice, for the
        plan and for the baseline.
    follower
        Told of packopt's answer, batch after batch, and of the baseline's parcels.

    Returns
    -------
    Savings

    Raises
    ------
    SavingsError
        If the rule is unknown, the baseline lacks what it needs, prices are in several currencies,
        or the mass of a package is neither stated nor follows from its style.
    CatalogueError
        If the objective is `cost` and a package has no price.
    """
    question = ask(catalogue, policy, baseline, terms, confidence, resamples)
    policy, terms = question.policy, question.terms
    tell = progress or (lambda _done: None)
    result, replay = question.replay(orders, threads=threads, progress=tell, follower=follower)
    found, sides, counts = replay.found, replay.sides, replay.taken
    replay = without_contradiction(replay, policy, terms)
    accepted = replay.orders
    of_counted = np.flatnonzero(replay.counted)
    date = None if accepted.date is None else accepted.date.take(pa.array(of_counted))
    clusters = cluster(date, len(of_counted))
    notes = [*result.notes, *found.notes, *notes_on(known_of(replay), clusters, policy, terms)]
    return Savings(
        orders=replay.orders_table(),
        total=total(replay, clusters, confidence=confidence, resamples=resamples),
        by_period=by_period(replay),
        by_units=by_units(replay),
        by_sku=by_sku(replay),
        by_package=by_package(replay),
        dropped=dropped(found, result.rejects),
        plan=result,
        baseline_parcels=found.side.parcels,
        plan_quantities=as_table(
            result.parcels,
            counts["plan"]
            if sides["plan"].parcels is result.parcels
            else taken(result.parcels, catalogue, policy, terms),
        ),
        baseline_quantities=as_table(found.side.parcels, counts["baseline"]),
        about=question.about(
            clusters,
            _period(date),
            _numbers(replay, result.rejects),
            list(dict.fromkeys(notes)),
            confidence=confidence,
            resamples=resamples,
        ),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What is compared, checked before anything is packed.

    Attributes
    ----------
    catalogue, policy, baseline, terms
        As of `savings`, with defaults filled in.
    """

    catalogue: Catalogue
    policy: Policy
    baseline: Baseline
    terms: Terms

    def replay(
        self,
        orders: Orders,
        *,
        threads: int,
        progress: Callable[[int], None],
        whole: bool = True,
        follower: Follower | None = None,
    ) -> tuple[Recommendations, Replay]:
        """Pack orders both ways.

        Parameters and errors are those of `savings`. Of a part of the orders, which ``whole`` says,
        a baseline need not know any package.
        """
        catalogue, policy, terms = self.catalogue, self.policy, self.terms
        if whole:
            self.baseline.check_input(orders, catalogue, policy)
        else:
            self.baseline.check_part(orders)
        answered_with = None if follower is None else follower.answered
        result = Recommender(catalogue, policy).recommend(
            orders, threads=threads, progress=progress, answered=answered_with
        )
        if follower is not None:
            follower.planned(result)
        index = answered(orders, result)
        accepted = orders if len(index) == orders.n_orders else orders.take(index)
        question = Question(
            orders=accepted,
            catalogue=catalogue,
            policy=policy,
            result=result,
            plan=side_of(result, catalogue, np.arange(accepted.n_orders)),
            threads=threads,
            progress=progress,
        )
        found = _with_verdicts(self.baseline.found(question), result.orders["verdict"], policy)
        if follower is not None:
            follower.compared(result, found.side.parcels, found.side.catalogue)
        sides = {"baseline": found.side, "plan": question.plan}
        counts = {
            name: taken(side.parcels, side.catalogue, policy, terms) for name, side in sides.items()
        }
        return result, Replay(accepted, found, sides, counts)

    def about(
        self,
        clusters: Clusters,
        period: tuple[str | None, str | None],
        numbers: dict[str, int],
        notes: list[str],
        *,
        confidence: float,
        resamples: int,
    ) -> dict[str, Any]:
        """What a reader must know about savings.

        Parameters
        ----------
        clusters
            Those of the orders that count.
        period
            First and last day of these orders.
        numbers
            Orders by what became of them.
        notes
            Sentences.
        confidence, resamples
            As of `savings`.
        """
        other = self.baseline.catalogue
        return {
            "packopt_version": __version__,
            "schema_version": SCHEMA_VERSION,
            "baseline": self.baseline.name,
            "catalogues": {
                "baseline": (other or self.catalogue).digest,
                "plan": self.catalogue.digest,
            },
            "policy": self.policy.to_dict(),
            "terms": self.terms.to_dict(),
            "currency": _currency(self.catalogue, other, self.terms),
            "bootstrap": {
                "method": METHOD,
                "resamples": resamples,
                "confidence": confidence,
                "clusters": clusters.count,
                "cluster_by": clusters.by,
                "seed": SEED,
            },
            "period": {"from": period[0], "to": period[1]},
            "orders": numbers,
            "notes": notes,
        }


def ask(
    catalogue: Catalogue,
    policy: Policy | None,
    baseline: str | Baseline,
    terms: Terms | None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Asked:
    """Fill in defaults, and refuse what cannot be compared; parameters and errors of `savings`."""
    policy = policy or Policy()
    terms = (terms or Terms()).with_freight(policy.freight)
    if isinstance(baseline, str):
        baseline = RuleBaseline(baseline)
    _check(catalogue, baseline, terms, confidence, resamples)
    return Asked(catalogue, policy, baseline, terms)


def _check(
    catalogue: Catalogue, baseline: Baseline, terms: Terms, confidence: float, resamples: int
) -> None:
    """Refuse what cannot be compared before anything is packed."""
    problems = []
    if not 0 < confidence < 1:
        problems.append(
            f"field confidence: found {confidence:g}, expected a number above 0 and below 1, such "
            "as 0.95; correct it"
        )
    if resamples < _LEAST_RESAMPLES:
        problems.append(
            f"field resamples: found {resamples:,}, expected at least {_LEAST_RESAMPLES}; fewer "
            "draws give no interval"
        )
    currencies = _currencies(catalogue, baseline.catalogue, terms)
    if len(set(currencies.values())) > 1:
        told = ", ".join(f"{code} of {whose}" for whose, code in currencies.items())
        problems.append(
            f"currency: found {told}, expected one currency for all prices; convert the prices, "
            "or leave them out on one side"
        )
    if problems:
        raise SavingsError("savings", problems)


def _currencies(catalogue: Catalogue, other: Catalogue | None, terms: Terms) -> dict[str, str]:
    """Currency by whose prices are in it, where there are prices."""
    found = {"the catalogue": catalogue.currency}
    found["the baseline's catalogue"] = "" if other is None else other.currency
    found["the rates"] = "" if terms.rates is None else terms.rates.currency
    return {whose: code for whose, code in found.items() if code}


def _currency(catalogue: Catalogue, other: Catalogue | None, terms: Terms) -> str | None:
    return next(iter(_currencies(catalogue, other, terms).values()), None)


def _with_verdicts(found: Found, verdict: pa.ChunkedArray, policy: Policy) -> Found:
    """Say of orders without a plan what packopt found out about them."""
    limited = policy.max_empty_space is not None or policy.freight is not None
    verdicts = _VERDICTS | ({"unpackable": _LIMITED} if limited else {})
    plain = verdict.cast(pa.string())
    words = list(_VERDICTS)
    index = pc.fill_null(pc.index_in(plain, value_set=pa.array(words)), -1).to_numpy()
    without = (found.status == NO_PLAN) & (index >= 0)
    code = np.where(without, index + len(found.why.words), found.why.code)
    told = (*found.why.words, *verdicts.values())
    return replace(found, why=Labels(code.astype(np.int32), told))


def _period(date: pa.Array | None) -> tuple[str | None, str | None]:
    """First and last day of the orders that count."""
    if date is None or date.null_count == len(date):
        return None, None
    ends = pc.min_max(date).as_py()
    return ends["min"].isoformat(), ends["max"].isoformat()


def _numbers(replay: Replay, rejects: pa.Table) -> dict[str, int]:
    """Orders by what became of them."""
    accepted, rejected = replay.orders.n_orders, rejected_orders(rejects)
    return {
        "read": accepted + rejected,
        "accepted": accepted,
        "rejected": rejected,
        "counted": int(replay.counted.sum()),
    }
