"""What packing the proposed set costs, against the bound below which no set should cost."""

from __future__ import annotations

import json
from importlib import import_module
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
    read_orders,
    recommend,
)
from packopt.cli.suite import lines
from packopt.datasets import demo_orders_path
from packopt.factors import Emissions
from packopt.suite import Machine, Suite, Wanted, suite
from packopt.suite.holdout import split
from packopt.suite.kinds import AdjustableMachine, MailerMachine

POLICIES = {
    "material": Policy(),
    "volume": Policy(objective="volume", effort="fast"),
    "cost": Policy(objective="cost"),
    "co2e": Policy(objective="co2e", emissions=Emissions(factor_set("desnz-2025-primary"))),
    "upheld": Policy(min_support=0.6, wall_clearance_mm=2),
}
MACHINE = Machine(
    price_per_m2=0.6,
    mailer=MailerMachine(price_per_m2=0.4, max_thickness_mm=60),
    adjustable=AdjustableMachine(scores=2, step_mm=40),
)
#: Some of the demo's cartons and mailers: with them, some orders go out in several parcels.
SMALL = (0, 1, 2, 3, 16, 17, 18, 21)
SETTINGS: list[tuple[int, str, str, dict[str, Any]]] = [
    (1, "material", "demo", {"kinds": ("carton", "mailer"), "keep": ("P1",)}),
    (2, "co2e", "demo", {"kinds": ("carton", "mailer"), "keep": ("P1", "C3"), "only_new": True}),
    (3, "volume", "small", {"kinds": ("carton",), "keep": ("C1",)}),
    (4, "cost", "small", {"kinds": ("carton", "mailer", "adjustable")}),
    (5, "upheld", "small", {"kinds": ("carton", "adjustable"), "keep": ("P2",), "cover": False}),
    (6, "material", "none", {"kinds": ("carton", "mailer", "adjustable"), "type_price": 3e3}),
    (7, "co2e", "none", {"kinds": ("carton",), "least_use": 2, "sizes": 3}),
    (8, "volume", "demo", {"kinds": ("carton", "adjustable"), "changes": 2, "sizes": 6}),
]


@pytest.fixture(scope="module")
def demo() -> Orders:
    """The orders of the demo."""
    return read_orders(demo_orders_path())


def _today(name: str) -> Catalogue | None:
    whole = builtin_catalogue("demo")
    return {"demo": whole, "small": whole.take(np.array(SMALL)), "none": None}[name]


def _holds(found: Suite) -> None:
    """Bounds are not above what packing costs, and packing costs what the choice counts."""
    fit = found.about["fit"]
    packed = fit["recommended"]
    assert packed["apart"]["contents"] == 0
    assert packed["contents"] == packed["packed"] == packed["parcels"] == fit["contents"]
    assert fit["bound"] <= packed["cost"]
    assert fit["bound_of_grid"] <= packed["cost"]
    assert packed["below_bound"] is False
    # The choice knows each fit that packing found, and packing finds all that the set needs.
    assert fit["cost"] == pytest.approx(packed["cost"], rel=1e-9)
    assert fit["within"] == fit["cost"] / fit["bound"] - 1 >= 0
    assert any("by the fits that were found" in line for line in lines(found))


@pytest.mark.parametrize(("seed", "objective", "today", "settings"), SETTINGS)
def test_no_bound_is_above_what_packing_costs(
    demo: Orders, seed: int, objective: str, today: str, settings: dict[str, Any]
) -> None:
    """Whatever is asked for, packing the fitting period from the set costs no less than bounds."""
    some = np.sort(np.random.default_rng(seed).choice(demo.n_orders, 110, replace=False))
    wanted = Wanted(**({"sizes": 5, "grid_mm": 20, "candidates": 200, "seed": seed} | settings))
    found = suite(
        demo.take(some), wanted, today=_today(today), policy=POLICIES[objective], machine=MACHINE,
        draws=0,
    )  # fmt: skip
    _holds(found)
    assert (found.catalogue.n_packages < wanted.sizes) == (wanted.type_price > 0)


def test_what_was_once_packed_below_its_bound_no_longer_is(demo: Orders) -> None:
    """An order of eight units goes into a box that its frontier, walked in haste, did not know."""
    by_board = Policy(objective="co2e", emissions=Emissions(factor_set("fefco-2021")))
    wanted = Wanted(6, kinds=("mailer", "carton"), keep=("P1",), grid_mm=20, candidates=200)
    some = demo.take(np.arange(150))
    found = suite(some, wanted, today=_today("demo"), policy=by_board, draws=0)
    _holds(found)
    assert "P1" in found.catalogue.package_ids


def _many_units(seed: int) -> Orders:
    """Two dozen orders of seven to ten units of two sizes each."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"{order}", f"{order}-{line}", int(rng.integers(3, 6)), *rng.integers(30, 130, 3).tolist())
        for order in range(24)
        for line in range(2)
    ]
    names = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm")
    return Orders.from_table(
        pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    )


@pytest.mark.parametrize("seed", [1, 6])
def test_orders_of_many_units_are_bounded_by_all_fits_that_packing_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frontiers walked in haste miss fits that packing finds; the choice learns them."""
    monkeypatch.setattr(import_module("packopt.suite.fitting"), "_LEISURELY", 0)
    found = suite(_many_units(seed), Wanted(4, grid_mm=20, candidates=100), draws=0)
    assert found.about["fit"]["choices"] > 1
    _holds(found)


@pytest.mark.parametrize("choices", [1, 6])
def test_a_choice_that_knows_too_little_learns_from_packing(
    demo: Orders, choices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With frontiers two steps too large, and however often it may choose, the bounds hold."""
    gathering = import_module("packopt.suite.gathering")
    true = gathering.frontiers

    def blind(*args: Any, **options: Any) -> tuple[Any, Any]:
        boxes, start = true(*args, **options)
        return np.minimum(boxes + np.array([1, 2, 2], np.int32), options["most"]), start

    monkeypatch.setattr(gathering, "frontiers", blind)
    monkeypatch.setattr(import_module("packopt.suite.settling"), "_CHOICES", choices)
    some = demo.take(np.arange(80))
    wanted = Wanted(4, kinds=("carton", "mailer"), grid_mm=20, candidates=100)
    found = suite(some, wanted, today=_today("demo"), draws=0)
    fit = found.about["fit"]
    assert fit["choices"] == 1 if choices == 1 else fit["choices"] > 1
    assert fit["fits_after_last_choice"] > 0 or choices > 1
    _holds(found)


def test_bounds_are_about_the_parcels_of_today(demo: Orders, tmp_path: Path) -> None:
    """Orders that today's set splits count as its parcels; as they come, they are told beside."""
    today = _today("small")
    assert today is not None
    found = suite(demo, Wanted(5, grid_mm=20, candidates=200), today=today, draws=0)
    _holds(found)
    fit, parted = found.about["fit"], split(demo, 0.3).fit
    sent = recommend(demo.take(parted), today).orders
    held = [row["parcels"] for row in sent.to_pylist() if row["verdict"] in ("optimal", "feasible")]
    assert sum(held) == fit["contents"] > len(held)
    found.write(tmp_path)
    written = read_catalogue(tmp_path / "catalogue.csv")
    again = recommend(demo.take(parted), written).orders.to_pylist()
    packed = [row for row in again if row["verdict"] in ("optimal", "feasible")]
    whole = json.loads((tmp_path / "suite.json").read_text())["fit"]["recommended_whole"]
    assert whole["parcels"] == sum(row["parcels"] for row in packed)
    assert whole["cost"] == pytest.approx(sum(row["cost"] for row in packed), rel=1e-12)
    assert whole["packed"] == len(packed)
    told = " ".join(lines(found))
    assert f"about {fit['contents']} parcels of the fitting period as today sends them" in told


def test_a_packing_below_the_bound_is_told_and_nothing_is_said_to_be_near(demo: Orders) -> None:
    """Where parcels have no price, contents go in several for less: then the bound says nothing."""
    found = suite(
        demo.take(np.arange(120)), Wanted(3, grid_mm=20, candidates=200),
        policy=Policy(parcel_price=0.0), draws=0,
    )  # fmt: skip
    fit = found.about["fit"]
    packed = fit["recommended"]
    assert packed["apart"]["contents"] > 0
    assert packed["cost"] < fit["bound"]
    assert packed["below_bound"] is True
    of_one = packed["cost"] - packed["apart"]["cost"] + packed["apart"]["cost_by_choice"]
    assert of_one >= fit["bound"]
    told = " ".join(lines(found))
    assert fit["within"] is None
    assert fit["within_of_grid"] is None
    near = {row["sizes"]: row["within"] for row in found.curve.to_pylist()}
    assert near[3] is None
    assert near[4] is not None
    assert "is not known" in told
    assert "within" not in told
