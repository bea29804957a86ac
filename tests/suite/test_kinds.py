"""New mailers and adjustable cartons among the candidates, by mass and by CO2e."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from packopt import (
    Catalogue,
    Orders,
    Policy,
    builtin_catalogue,
    factor_set,
    read_catalogue,
    recommend,
)
from packopt.catalogue import ADJUSTABLE, CARTON, MAILER
from packopt.datasets import demo_orders_path
from packopt.errors import SuiteError
from packopt.factors import Emissions
from packopt.orders import read_orders
from packopt.savings import Terms
from packopt.suite import Machine, Wanted, suite
from packopt.suite.designing import design
from packopt.suite.gathering import gather
from packopt.suite.holdout import split
from packopt.suite.kinds import AdjustableMachine, MailerMachine

SET = factor_set("desnz-2025-primary")
POLICIES = {
    "material": Policy(),
    "volume": Policy(objective="volume"),
    "cost": Policy(objective="cost"),
    "co2e": Policy(objective="co2e", emissions=Emissions(SET)),
}
MACHINE = Machine(
    most_side_mm=600,
    price_per_m2=0.6,
    mailer=MailerMachine(price_per_m2=0.4, max_thickness_mm=40),
    adjustable=AdjustableMachine(scores=2, step_mm=40),
)


def _orders(seed: int) -> Orders:
    """A dozen orders of one or two units, many of them flat."""
    rng = np.random.default_rng(seed)
    lines: list[tuple[Any, ...]] = []
    for order in range(12):
        for line in range(int(rng.integers(1, 3))):
            sides = sorted(rng.integers(60, 300, 2).tolist(), reverse=True)
            low = int(rng.integers(5, 60))
            lines.append((f"{order}", f"{order}-{line}", *sides, low, bool(rng.random() < 0.8)))
    names = ("order_id", "sku", "length_mm", "width_mm", "height_mm", "mailer_ok")
    columns = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
    return Orders.from_table(pa.table({**columns, "qty": [1] * len(lines)}))


def _each_alone(catalogues: list[Catalogue], orders: Orders, policy: Policy) -> np.ndarray:
    """What each order costs in each candidate, by asking packopt with it alone; inf for none."""
    cost = np.full((orders.n_orders, len(catalogues)), np.inf)
    for j, catalogue in enumerate(catalogues):
        told = recommend(orders, catalogue, Policy.from_dict(policy.to_dict() | {"max_parcels": 1}))
        for i, row in enumerate(told.orders.select(["verdict", "cost"]).to_pylist()):
            if row["verdict"] in ("optimal", "feasible"):
                cost[i, j] = row["cost"]
    return cost


@pytest.mark.parametrize("objective", POLICIES)
@pytest.mark.parametrize("seed", range(5))
def test_the_set_is_the_best_of_all_sets_of_boxes_mailers_and_adjustables(
    seed: int, objective: str
) -> None:
    """The choice is the cheapest of all sets of K candidates, each of them asked by recommend."""
    orders, policy = _orders(seed), POLICIES[objective]
    wanted = Wanted(3, kinds=("carton", "mailer", "adjustable"), grid_mm=20, candidates=12)
    every = np.arange(orders.n_orders)
    shop, offer, contents = gather(
        orders, every, None, policy, MACHINE, wanted, fit=every, threads=1, work=None,
        tell=lambda _line: None, progress=None,
    )  # fmt: skip
    found = design(shop, contents.rows, wanted, offer, rounds=0)
    pool = found.pool
    assert set(offer.kind.tolist()) == {MAILER, ADJUSTABLE}
    catalogues = [
        shop.catalogue(pool.steps[[j]]) if k < 0 else offer.take(np.array([k]))[0]
        for j, k in enumerate(pool.package.tolist())
    ]
    cost = _each_alone(catalogues, orders, policy)
    sets = combinations(range(len(catalogues)), 3)
    optimum = min(float(cost[:, chosen].min(axis=1).sum()) for chosen in sets)
    scale = 1.0 if objective == "volume" else 1e9
    assert found.problem.of_orders(found.best) / scale == pytest.approx(optimum, rel=1e-9)
    assert found.bound.value <= found.best.total


@pytest.fixture(scope="module")
def demo() -> Orders:
    """Three hundred orders of the demo."""
    return read_orders(demo_orders_path()).take(np.arange(300))


def test_the_promise_is_kept_with_mailers_and_adjustables_by_co2e(
    demo: Orders, tmp_path: Path
) -> None:
    """Packing the holdout from the written catalogue costs what was promised, in g CO2e."""
    machine = Machine(mailer=MailerMachine(style="paper", max_thickness_mm=60))
    wanted = Wanted(
        6, kinds=("carton", "mailer", "adjustable"), only_new=True, grid_mm=20, candidates=300
    )
    policy = POLICIES["co2e"]
    found = suite(
        demo, wanted, today=builtin_catalogue("demo"), policy=policy, machine=machine,
        terms=Terms(factors=SET), draws=1,
    )  # fmt: skip
    found.write(tmp_path)
    proposed = read_catalogue(tmp_path / "catalogue.csv")
    assert (proposed.kind == MAILER).any()
    assert (proposed.kind == CARTON).any()
    held_out = set(found.held_out["order_id"].to_pylist())
    index = [k for k, one in enumerate(demo.order_ids.to_pylist()) if one in held_out]
    again = recommend(demo.take(np.array(index)), proposed, policy)
    promised = found.about["holdout"]
    assert found.about["unit"] == "g CO2e"
    assert promised["cost"] == pytest.approx(
        sum(filter(None, again.orders["cost"].to_pylist())), rel=1e-12
    )
    assert again.orders.equals(found.plan.orders)


def test_an_adjustable_carton_of_today_is_one_type_at_all_its_heights(demo: Orders) -> None:
    """A kept carton with score lines serves orders at the height that each needs."""
    table = pa.table(
        {
            "package_id": ["A", "L"],
            "kind": ["adjustable", "carton"],
            "length_mm": [300, 500],
            "width_mm": [250, 400],
            "height_mm": [250, 500],
            "min_height_mm": [50, None],
            "step_mm": [10, None],
        }
    )
    today = Catalogue.from_table(table)
    wanted = Wanted(3, keep=("A",), grid_mm=20, candidates=200)
    found = suite(demo, wanted, today=today, draws=1)
    used = {row["package_id"]: row for row in found.types.to_pylist() if row["set"] == "proposed"}
    assert used["A"]["fit_parcels"] > 0
    assert found.about["fit"]["recommended"]["cost"] <= found.about["fit"]["cost"] * 1.001
    names = found.catalogue.package_ids
    kept = found.catalogue.take(np.array([names.index("A")]))
    assert kept.digest == today.take(np.array([0])).digest


def test_mailers_alone_can_be_added_to_todays_cartons(demo: Orders) -> None:
    """With mailers as the only new kind, all new types are mailers within the machine's limits."""
    machine = Machine(mailer=MailerMachine(most_side_mm=400, max_thickness_mm=50))
    today = builtin_catalogue("demo")
    wanted = Wanted(26, kinds=("mailer",), changes=4, grid_mm=20, candidates=300)
    found = suite(demo, wanted, today=today, machine=machine, draws=0)
    new = [row for row in found.types.to_pylist() if row["origin"] == "new"]
    assert 1 <= len(new) <= 4
    assert all(row["kind"] == "mailer" for row in new)
    assert all(max(row["length_mm"], row["width_mm"]) <= 400 for row in new)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"style": "silk"}, "field style"),
        ({"least_side_mm": 500, "most_side_mm": 400}, "shortest <= longest"),
        ({"max_thickness_mm": 0}, "max_thickness_mm"),
        ({"grammage_gsm": -1.0}, "grammage_gsm"),
        ({"price_per_m2": "dear"}, "price_per_m2"),
        ({"most_ratio": 0.5}, "most_ratio"),
    ],
)
def test_faulty_limits_of_mailers_are_named(settings: dict[str, Any], message: str) -> None:
    """A limit that cannot be is refused with its field."""
    with pytest.raises(SuiteError, match=message):
        MailerMachine(**settings)


def test_other_faults_of_kinds_are_named() -> None:
    """Unknown kinds, unknown keys and missing prices are told before anything is packed."""
    with pytest.raises(SuiteError, match="field kinds: found crate"):
        Wanted(3, kinds=("crate",))
    with pytest.raises(SuiteError, match="field paper: not known"):
        Machine.from_dict({"mailer": {"paper": 90}})
    with pytest.raises(SuiteError, match="field scores"):
        AdjustableMachine(scores=0)
    with pytest.raises(SuiteError, match=r"mailer\.price_per_m2"):
        suite(
            _orders(1), Wanted(3, kinds=("mailer",)), policy=POLICIES["cost"],
            machine=Machine(price_per_m2=1.0),
        )  # fmt: skip


def test_a_machine_is_made_again_of_what_it_says() -> None:
    """The plain values of a machine make the same machine."""
    assert Machine.from_dict(MACHINE.to_dict()) == MACHINE


def test_what_is_packed_in_is_written_with_its_grammage(demo: Orders, tmp_path: Path) -> None:
    """Grammages that were stated, of new mailers and of a kept carton, stand in the new catalogue.

    So packing from the file costs what was promised.
    """
    table = pa.table(
        {
            "package_id": ["L", "M"],
            "kind": ["carton", "mailer"],
            "style": ["0201", "paper"],
            "length_mm": [600, 300],
            "width_mm": [400, 200],
            "height_mm": [400, None],
            "max_thickness_mm": [None, 40],
            "flute": ["BC", None],
            "grammage_gsm": [812.5, 133.0],
        }
    )
    today = Catalogue.from_table(table)
    machine = Machine(mailer=MailerMachine(grammage_gsm=147.5, max_thickness_mm=60))
    wanted = Wanted(5, kinds=("carton", "mailer"), keep=("L", "M"), grid_mm=20, candidates=200)
    found = suite(demo, wanted, today=today, machine=machine, draws=0)
    found.write(tmp_path)
    proposed = read_catalogue(tmp_path / "catalogue.csv")
    grammage = dict(zip(proposed.package_ids, proposed.grammage_gsm.tolist(), strict=True))
    assert grammage.pop("L") == 812.5
    assert grammage.pop("M") == 133.0
    new = [name for name in grammage if name.startswith("M")]
    assert new
    assert {grammage[name] for name in new} == {147.5}
    held_out = demo.take(split(demo, 0.3).held_out)
    assert recommend(held_out, proposed).orders.equals(found.plan.orders)
