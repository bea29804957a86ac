"""Notes: what a reader must know to believe the figures, and what they depend on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import MAILER
from packopt.factors.words import MATERIALS, is_of_its_style, material_key
from packopt.materials import derived_tare_g
from packopt.savings.amounts import SIDES
from packopt.savings.clusters import LEAST_DAYS
from packopt.savings.intervals import LEAST_CLUSTERS
from packopt.savings.quantities import Counted
from packopt.savings.tables import MEASURES
from packopt.spelling import small_letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.policy import Policy
    from packopt.savings.amounts import Replay
    from packopt.savings.clusters import Clusters
    from packopt.savings.known import Known
    from packopt.savings.terms import Terms

_SHOWN: Final = 5
#: With fewer clusters intervals are rough.
_FEW: Final = 30
#: Paper, board and plastics emit hundreds of kg per tonne; less is likely per kg.
_LEAST_KG_PER_T: Final = 20.0
OTHER: Final = "other"
_CLUSTERS: Final = {"date": "days", "order": "orders"}
#: A stated mass so many times above or below what area and grammage give is doubtful.
_DOUBTFUL: Final = 3.0


def without_contradiction(replay: Replay, policy: Policy, terms: Terms) -> Replay:
    """Leave emissions out where a set that covers some materials only would tell half the truth.

    Parameters
    ----------
    replay
        What both sides take.
    policy, terms
        By which it was counted.
    """
    if contradicts(coverage(replay, policy, terms)):
        return replace(replay, left_out=("co2e_g",))
    return replay


def coverage(replay: Replay, policy: Policy, terms: Terms) -> NDArray[np.float64]:
    """What a set of factors that covers some materials only tells of each side.

    Returns
    -------
    ``(2, 2)`` for the baseline and the plan: emissions in g that are covered, and mass in g that is
    not; zeros where the set covers everything.
    """
    if terms.factors is None or not terms.factors.covered_only:
        return np.zeros((2, 2))
    found = []
    for name in SIDES:
        side = replay.sides[name].of(replay.counted)
        counted = Counted(side.parcels, side.catalogue, policy, terms)
        found.append([float(counted.co2e_g.sum()), float(counted.uncovered_g().sum())])
    return np.array(found)


def contradicts(coverage: NDArray[np.float64]) -> bool:
    """Whether one side has less of what is covered, and more of the rest.

    Such a set counts board and is silent on the rest; then nobody can tell from it which side
    emits less.
    """
    (covered, others), (covered_plan, others_plan) = coverage.tolist()
    return bool((covered - covered_plan) * (others - others_plan) < 0)


def notes_on(known: Known, clusters: Clusters, policy: Policy, terms: Terms) -> Iterator[str]:
    """What to know about a replay.

    Parameters
    ----------
    known
        What is known of it.
    clusters
        Those of the orders that count.
    policy, terms
        By which it was counted.

    Yields
    ------
    One sentence each.
    """
    if not known.n_counted:
        yield "no order counts, so nothing is compared"
        return
    yield from _unknown_measures(known, terms)
    yield from _factors(known, terms)
    if terms.billing is not None:
        yield (
            f"billable weight by {terms.billing.id}, confidence {terms.billing.confidence}: "
            f"{'; '.join(terms.billing.sources)}"
        )
    yield from _masses(known)
    yield from _doubts(known, policy)
    yield from _sampling(known, clusters)


def _unknown_measures(known: Known, terms: Terms) -> Iterator[str]:
    """Measures that were asked for and are not known for every order, and what lacks them."""
    unasked = set()
    if terms.factors is None:
        unasked.add("co2e_g")
    if terms.billing is None or terms.billing.basis != "weight":
        unasked.add("billable_g")
    if terms.rates is None:
        unasked.add("freight")
    told = known.measures | unasked | set(known.left_out)
    for name in (one.name for one in MEASURES if one.name not in told):
        for side in SIDES:
            if unknown := known.unknown.get((side, name)):
                yield (
                    f"{name} is left out: it is not known for {sum(unknown.values()):,} parcels "
                    f"of the {side}, in {_listed(known, side, sorted(unknown))}"
                )


def _listed(known: Known, side: str, packages: list[int]) -> str:
    ids = known.catalogues[side].package_ids
    names = [ids[k] if k >= 0 else "own containers" for k in packages]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _factors(known: Known, terms: Terms) -> Iterator[str]:
    factors = terms.factors
    if factors is None:
        return
    yield (
        f"emissions depend on the factor set {factors.name} ({factors.year}, status "
        f"{factors.status}): {factors.source}; boundary: {factors.boundary}"
    )
    yield from (f"{factors.name}: {note}" for note in factors.notes)
    tiny = [key for key in factors.covers if 0 < factors.factors[key] < _LEAST_KG_PER_T]
    if tiny:
        yield (
            f"{factors.name}: factors are kg CO2e per tonne, but those of {', '.join(tiny)} are "
            f"below {_LEAST_KG_PER_T:g}: if they are per kg, multiply them by 1,000"
        )
    if not factors.covered_only:
        return
    covers = ", ".join(factors.covers)
    if known.left_out:
        yield (
            f"co2e_g is left out: {factors.name} covers {covers} only, of which one side has less "
            "and of other materials more; choose a set that covers all of them"
        )
    else:
        yield f"co2e_g counts {covers} only, as {factors.name} does: other materials are left out"


def _masses(known: Known) -> Iterator[str]:
    """Packages whose mass or material nobody stated."""
    for side in SIDES:
        catalogue, used = known.catalogues[side], known.used[side]
        derived = [k for k in used if not catalogue.tare_stated[k]]
        if derived:
            yield (
                f"masses of {len(derived):,} of {len(used):,} package types of the {side} are "
                f"derived from area and grammage, not stated: {_listed(known, side, derived)}"
            )
        assumed = [k for k in used if not catalogue.material[k].strip()]
        if assumed:
            yield (
                f"materials of {len(assumed):,} of {len(used):,} package types of the {side} are "
                f"not stated and taken from their style: {_listed(known, side, assumed)}"
            )


def _doubts(known: Known, policy: Policy) -> Iterator[str]:
    """Packages whose stated mass or material is not what it seems to be."""
    for side in SIDES:
        catalogue, used = known.catalogues[side], known.used[side]
        derived_g = derived_tare_g(
            catalogue.kind == MAILER, catalogue.style, catalogue.inner_mm, catalogue.flute,
            catalogue.grammage_gsm, policy.materials,
        )  # fmt: skip
        usual = is_of_its_style(catalogue.material, catalogue.style)
        for k in (k for k in used if catalogue.tare_stated[k] and usual[k]):
            stated, expected = float(catalogue.tare_g[k]), float(derived_g[k])
            if not 1 / _DOUBTFUL <= stated / expected <= _DOUBTFUL:
                yield (
                    f"package {catalogue.package_ids[k]} of the {side}: tare_g is stated as "
                    f"{stated:,.0f} g, but its area and grammage give {expected:,.0f} g: every "
                    "mass depends on it; weigh it, or correct style, flute or grammage_gsm"
                )
        strange = [
            k
            for k in used
            if small_letters(catalogue.material[k]) not in ("", OTHER)
            and material_key(catalogue.material[k]) == OTHER
        ]
        if strange:
            yield (
                f"materials of the {side} that are no known words count as other materials, "
                f"without board: {_listed(known, side, strange)}; known: {', '.join(MATERIALS)}"
            )


def _sampling(known: Known, clusters: Clusters) -> Iterator[str]:
    if clusters.count < LEAST_CLUSTERS:
        yield (
            f"there is no interval: {clusters.count} {_CLUSTERS[clusters.by]} say too little "
            f"about the next, {LEAST_CLUSTERS} are needed"
        )
        return
    if known.dated and clusters.by == "order":
        yield (
            f"orders are drawn one by one for the intervals, since they are of fewer than "
            f"{LEAST_DAYS} days: what they share on a day is not accounted for"
        )
    elif clusters.count < _FEW:
        yield f"intervals are rough: they rest on {clusters.count} days or orders only"
    if known.dated and known.n_undated:
        yield f"{known.n_undated:,} orders that count have no date: they are in no period"
