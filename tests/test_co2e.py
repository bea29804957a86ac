"""The objective `co2e`: the emissions of package, tape and filler by one named set of factors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from packopt import Catalogue, Policy, builtin_catalogue, recommend
from packopt.costing import package_costs
from packopt.datasets import demo_orders_path
from packopt.errors import CatalogueError, PolicyError
from packopt.factors import Emissions, FactorSet, factor_set
from packopt.orders import read_orders
from packopt.savings import CatalogueBaseline, Terms, savings
from packopt.size_costs import size_costs

SET = factor_set("desnz-2025-primary")
#: Filler counts by whole billionths of a gram for each mm3.
ROUNDED = 5e-5
POLICY = Policy(objective="co2e", emissions=Emissions(SET))


def _catalogue(**columns: list[object]) -> Catalogue:
    """One carton of 300 x 200 x 100 mm, with further columns."""
    sides = {"length_mm": [300], "width_mm": [200], "height_mm": [100]}
    kind: dict[str, list[object]] = {"package_id": ["A"], "kind": ["carton"]}
    return Catalogue.from_table(pa.table({**kind, **sides, **columns}))


def test_a_cost_is_mass_times_factor_of_each_material() -> None:
    """Board, tape and filler count by their own factors."""
    costs = package_costs(_catalogue(tare_g=[100.0], closure=["tape"]), POLICY)
    settings, factors = POLICY.materials, SET.factors
    tape_g = 2 * (300 + 2 * settings.tape_leg_mm) / 1000 * settings.tape_g_per_m
    expected = (100 * factors["board"] + tape_g * factors["pp"]) / 1000
    filler = 6_000_000 * settings.filler_kg_m3 / 1e6 * factors["paper"] / 1000
    assert costs.unit == "g CO2e"
    assert costs.in_units(costs.fixed)[0] == pytest.approx(expected, rel=1e-9)
    assert costs.in_units(costs.cost_of(0, 0)) == pytest.approx(expected + filler, rel=ROUNDED)


def test_the_objective_is_what_savings_count() -> None:
    """The costs of a plan add up to the emissions that a replay tells by the same factors."""
    orders = read_orders(demo_orders_path()).take(np.arange(200))
    today = builtin_catalogue("demo")
    found = savings(
        orders, today, POLICY, baseline=CatalogueBaseline(today, "same"), terms=Terms(factors=SET)
    )
    told = found.plan_quantities["co2e_g"].to_numpy(zero_copy_only=False)
    cost = found.plan.parcels["cost"].to_numpy(zero_copy_only=False)
    np.testing.assert_allclose(cost, told, rtol=ROUNDED, atol=1e-6)


def test_least_emissions_are_no_more_than_those_of_least_mass() -> None:
    """Each order's package emits no more than the one of least mass does."""
    orders, today = read_orders(demo_orders_path()).take(np.arange(100)), builtin_catalogue("demo")
    least = recommend(orders, today, POLICY).parcels.to_pydict()
    light = recommend(orders, today, Policy()).parcels
    costs = package_costs(today, POLICY)
    at = [today.package_ids.index(name) for name in light["package_id"].to_pylist()]
    other = costs.in_units(costs.cost_of(at, light["content_mm3"].to_numpy()))
    by_order = dict(zip(light["order_id"].to_pylist(), other.tolist(), strict=True))
    alone = {name for name in by_order if least["order_id"].count(name) == 1}
    for name, cost in zip(least["order_id"], least["cost"], strict=True):
        assert name not in alone or cost <= by_order[name] * (1 + 1e-9) + 1e-6


@pytest.mark.parametrize("kind", ["adjustable", "made_to_measure"])
def test_sizes_cost_at_their_largest_what_one_size_does(kind: str) -> None:
    """At its largest size a package of chosen size costs what a carton of that size does."""
    least: dict[str, list[object]] = {"kind": [kind], "min_height_mm": [50]}
    if kind == "made_to_measure":
        least |= {"min_length_mm": [100], "min_width_mm": [100], "step_mm": [1]}
    sized, plain = _catalogue(**least), _catalogue()
    cost = size_costs(sized, POLICY, package_costs(sized, POLICY)).cost_of(
        [0], [[300, 200, 100]], [0]
    )
    assert int(cost[0]) == pytest.approx(int(package_costs(plain, POLICY).cost_of(0, 0)), rel=1e-6)


def test_a_policy_keeps_its_whole_set_of_factors() -> None:
    """What a policy says as plain values makes the same policy, with no file at hand."""
    again = Policy.from_dict(json.loads(json.dumps(POLICY.to_dict())))
    assert again == POLICY
    assert again.to_dict() == POLICY.to_dict()
    assert "emissions" not in Policy().to_dict()


@pytest.mark.parametrize(
    ("material", "tare_g", "told", "not_told"),
    [
        ("other", 500.0, "field material: found 'other', which counts as other and has", "tare_g"),
        ("polypropylene", None, "field tare_g: found nothing, expected the mass in g", "counts as"),
        ("gum", None, "found 'gum', which counts as other", "found nothing, expected one"),
    ],
)
def test_what_lacks_for_emissions_is_told(
    material: str, tare_g: float | None, told: str, not_told: str
) -> None:
    """A factor that lacks is not told as a material that is not stated, nor a mass as either."""
    with pytest.raises(CatalogueError) as caught:
        package_costs(_catalogue(material=[material], tare_g=[tare_g]), POLICY)
    assert told in str(caught.value)
    assert not_told not in str(caught.value)


def test_emissions_that_are_bad_are_not_told_as_missing() -> None:
    """What is wrong with them is the one problem."""
    settings = {"factors": SET.to_dict(), "tape_material": "steel"}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"objective": "co2e", "emissions": settings, "handling": "odd"})
    assert len(caught.value.problems) == 2
    assert not any("found nothing" in one for one in caught.value.problems)


def test_a_policy_file_names_a_set(tmp_path: Path) -> None:
    """A name in the file is that of a built-in set, or of a file beside it."""
    own = 'source = "us"\nyear = 2026\nboundary = "gate"\n[factors]\n'
    (tmp_path / "own.toml").write_text(f"{own}board = 1000\npaper = 900\npp = 2\n")
    path = tmp_path / "policy.toml"
    for name, expected in (("fefco-2021", "fefco-2021"), ("own.toml", tmp_path / "own.toml")):
        path.write_text(f'objective = "co2e"\n[emissions]\nfactors = "{name}"\n')
        emissions = Policy.from_file(path).emissions
        assert emissions is not None
        assert emissions.factors == factor_set(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"objective": "co2e"}, "field emissions: found nothing"),
        ({"emissions": 5}, "expected a table"),
        ({"emissions": {"factors": "desnz"}}, "expected one of"),
        ({"emissions": {"factors": SET.to_dict(), "tape": "pp"}}, "field tape: not known"),
        ({"emissions": {"factors": SET.to_dict(), "tape_material": "pappe"}}, "did you mean paper"),
    ],
)
def test_faulty_emissions_are_named(settings: dict[str, object], message: str) -> None:
    """What is missing or unknown is told with its field."""
    with pytest.raises(PolicyError, match=message):
        Policy.from_dict(settings)


def test_tape_without_a_factor_is_refused() -> None:
    """A set that lacks a factor for the tape cannot count a parcel."""
    bare = FactorSet("bare", "", "us", 2026, "gate", "", "own", {"board": 1.0, "paper": 1.0})
    with pytest.raises(PolicyError, match="no factor in bare"):
        Emissions(bare)


def test_a_package_without_a_factor_is_named() -> None:
    """A material that the set does not know is a fault of the catalogue, not an emission of 0."""
    bare = FactorSet("bare", "", "us", 2026, "gate", "", "own", {"board": 1.0, "paper": 1.0})
    policy = Policy(objective="co2e", emissions=Emissions(bare, tape_material="paper"))
    with pytest.raises(CatalogueError, match="package 'A', field material"):
        package_costs(_catalogue(material=["polypropylene"], tare_g=[300.0]), policy)
