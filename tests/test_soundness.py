"""A few hundred of the random small questions of `benchmarks.soundness`, in every test run."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import soundness
from benchmarks.small_instances import FAMILIES, Package, Unit, extents, groups
from benchmarks.soundness import Tally, examine, oracle

INSTANCES, SEED = 400, 2


@pytest.fixture(scope="module")
def tally() -> Tally:
    """What comes of instances that no benchmark run has seen."""
    tally = Tally()
    for group in groups(INSTANCES, SEED):
        examine(group, tally)
    return tally


def test_no_proof_is_false_and_no_plan_is_invalid(tally: Tally) -> None:
    """No oracle packs what packopt ruled out, and the checker accepts every plan."""
    assert tally.faults == []


def test_the_instances_are_on_the_edge_between_yes_and_no(tally: Tally) -> None:
    """Every family is there, with plans and with proofs that took more than volume and sides."""
    total = sum(tally.answers.values(), Counter())
    proofs = sum(tally.reasons.values(), Counter())
    assert {family for family in FAMILIES if tally.answers[family]["yes"]} == set(FAMILIES)
    assert total["answers"] == 2 * INSTANCES
    assert total["no"] > INSTANCES / 10
    assert proofs["search"] > 0
    assert proofs["pair"] > 0


def test_a_false_no_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were packopt to rule out what it can pack, every family would show it."""
    group = next(iter(groups(50, SEED)))
    liar = [("unpackable", "search")] * len(group.orders)
    monkeypatch.setattr(soundness, "_verdicts", lambda _: liar)
    tally = Tally()
    examine(group, tally)
    assert sum(tally.answers.values(), Counter())["false"] > len(group.orders) / 2
    assert tally.faults[0].startswith("false no: geometry, search, Package(sides=")


def test_next_to_nothing_stays_undecided(tally: Tally) -> None:
    """Of small questions about geometry packopt decides all but one in a hundred."""
    total = sum(tally.answers.values(), Counter())
    assert total["missed"] + total["open"] + total["unknown"] <= INSTANCES / 100


def test_the_oracle_knows_mailers_padding_and_soft_units() -> None:
    """A mailer loses to its thickness in length and width what a soft unit can be pressed to."""
    mailer = Package((12, 9, 4), mailer=True)
    rigid = Unit((8, 6, 4), "upright")
    soft = Unit((9, 7, 4), "upright", min_height=2)
    assert oracle(mailer, [rigid]) == "no"
    assert oracle(mailer, [soft]) == "yes"
    assert oracle(mailer, [soft._replace(min_height=0)]) == "no"
    assert oracle(Package((4, 4, 4)), [Unit((2, 2, 2), padding=1)]) == "yes"
    assert oracle(Package((4, 4, 4), clearance=1), [Unit((2, 2, 2), padding=1)]) == "no"


def test_extents_follow_orientation_padding_and_pressing() -> None:
    """The oracle's extents are those of the order columns' definition."""
    unit = Unit((5, 4, 3), "upright", padding=1, min_height=2)
    assert extents(unit) == [(6, 7, 5), (7, 6, 5)]
    assert extents(unit, pressed=True) == [(6, 7, 4), (7, 6, 4)]
