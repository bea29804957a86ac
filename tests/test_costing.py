"""Cost coefficients and rankings: hand-computed, monotone, and independent of catalogue order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.catalogue import Catalogue
from packopt.costing import (
    CONTENT_LIMIT_MM3,
    NANO,
    PackageCosts,
    mailer_outer_mm3,
    package_costs,
    parcel_tare_g,
)
from packopt.errors import CatalogueError
from packopt.materials import MAILER_STYLES, MaterialSettings
from packopt.policy import Policy

OBJECTIVES = ("material", "volume", "cost")


def catalogue_of(*packages: dict[str, object]) -> Catalogue:
    """A catalogue of packages given by what matters to costs; B1-like defaults for the rest."""
    rows = [
        {"id": f"P{i}", "style": "0201", "inner": (300, 200, 150), "tare": 100.0} | package
        for i, package in enumerate(packages)
    ]
    inner = np.array([row["inner"] for row in rows], dtype=np.int32).reshape(-1, 3)
    kind = np.array([row["style"] in MAILER_STYLES for row in rows], dtype=np.uint8)
    outer = inner + np.where(kind[:, None] == 1, 0, 6).astype(np.int32)
    return Catalogue(
        package_ids=tuple(str(row["id"]) for row in rows),
        kind=kind,
        style=tuple(str(row["style"]) for row in rows),
        inner_mm=inner,
        outer_mm=outer,
        flute=("B",) * len(rows),
        grammage_gsm=np.full(len(rows), np.nan),
        tare_g=np.array([row["tare"] for row in rows], dtype=np.float64),
        tare_stated=np.ones(len(rows), dtype=np.bool_),
        max_content_g=np.full(len(rows), -1, dtype=np.int64),
        unit_cost=np.array([row.get("price", np.nan) for row in rows], dtype=np.float64),
        currency="EUR",
        material=("",) * len(rows),
        plastic=np.zeros(len(rows), dtype=np.bool_),
        closure=tuple(
            str(row.get("closure", "tape" if row["style"] == "0201" else "adhesive"))
            for row in rows
        ),
        least_mm=inner,
        step_mm=np.zeros(len(rows), dtype=np.int32),
        heights_mm=((),) * len(rows),
        stock=({},) * len(rows),
        sites=((),) * len(rows),
        temperature=(("ambient",),) * len(rows),
        coolant_mm3=np.zeros(len(rows), dtype=np.int64),
        coolant_g=np.zeros(len(rows), dtype=np.int64),
        reusable=np.zeros(len(rows), dtype=np.bool_),
        attributes=pa.table({"certificate": pa.nulls(len(rows), pa.string())}),
    )


packages = st.fixed_dictionaries(
    {
        "style": st.sampled_from(("0201", "0427", *MAILER_STYLES)),
        "inner": st.tuples(st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 300)),
        "tare": st.floats(0, 5000),
        "price": st.floats(0, 100),
    }
)
lists_of_packages = st.lists(packages, min_size=1, max_size=8)
contents = st.integers(1, 10**10)


def costs_of(objective: str, *rows: dict[str, object], **materials: float) -> PackageCosts:
    """Cost coefficients under an objective."""
    policy = Policy(objective=objective, materials=MaterialSettings(**materials))  # type: ignore[arg-type]
    return package_costs(catalogue_of(*rows), policy)


def test_material_is_package_tape_and_filler() -> None:
    """100 g + 0.88 m x 2.1 g/m, and 8 g per empty litre of a carton of nine litres."""
    costs = costs_of("material", {})
    assert costs.in_units(costs.cost_of(0, 4_000_000)) == pytest.approx(100 + 0.88 * 2.1 + 40)
    assert (costs.unit, costs.scale) == ("g", NANO)


def test_money_is_price_tape_and_filler() -> None:
    """0.50 + 0.88 m x 0.02 per m, and 0.01 per empty litre."""
    costs = costs_of("cost", {"price": 0.5}, tape_price_per_m=0.02, filler_price_per_litre=0.01)
    assert costs.in_units(costs.cost_of(0, 4_000_000)) == pytest.approx(0.5 + 0.0176 + 0.05)
    assert costs.unit == "EUR"


def test_volume_is_the_outer_volume_and_no_filler() -> None:
    """306 x 206 x 156 mm in the test's catalogue, whatever the content."""
    costs = costs_of("volume", {})
    assert costs.cost_of(0, [1, 10**9]).tolist() == [306 * 206 * 156] * 2
    assert (costs.unit, costs.scale) == ("mm3", 1.0)


def test_a_reusable_package_counts_once_in_its_trips() -> None:
    """A fortieth of 1,000 g and of 8.00, and all of the tape; what one handles stays 1,000 g."""
    row = {
        "package_id": "crate",
        "kind": "carton",
        "tare_g": 1000,
        "unit_cost": 8,
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 150,
        "reusable_trips": 40,
    }
    rows = [row | {"reusable": True}, row | {"package_id": "box"}]
    catalogue = Catalogue.from_table(pa.Table.from_pylist(rows))
    empty = [6_000_000, 9_000_000]  # filler of 3 litres, and of none
    material = package_costs(catalogue, Policy())
    assert material.in_units(material.cost_of(0, empty)) == pytest.approx(
        [25 + 0.88 * 2.1 + 24, 25 + 0.88 * 2.1]
    )
    assert material.in_units(material.cost_of(1, 9_000_000)) == pytest.approx(1000 + 0.88 * 2.1)
    money = package_costs(catalogue, Policy(objective="cost"))
    assert money.in_units(money.fixed).tolist() == [0.2, 8.0]
    assert parcel_tare_g(catalogue, MaterialSettings()) == pytest.approx([1000 + 0.88 * 2.1] * 2)


def test_packages_of_chosen_size_cost_as_the_largest_of_them() -> None:
    """A carton's formula, filler included."""
    row = {"length_mm": 300, "width_mm": 200, "height_mm": 150, "tare_g": 100}
    least = {"min_length_mm": 100, "min_width_mm": 100, "min_height_mm": 50, "step_mm": 10}
    rows = [
        {"package_id": "M", "kind": "made_to_measure"} | row | least,
        {"package_id": "A", "kind": "adjustable", "min_height_mm": 50} | row,
        {"package_id": "C", "kind": "carton"} | row,
    ]
    costs = package_costs(Catalogue.from_table(pa.Table.from_pylist(rows)), Policy())
    assert len(set(costs.cost_of([0, 1, 2], 4_000_000).tolist())) == 1


@pytest.mark.parametrize("style", MAILER_STYLES)
def test_mailers_take_no_filler_and_no_tape(style: str) -> None:
    """A mailer costs its own mass, full or not."""
    costs = costs_of("material", {"style": style, "tare": 9.4})
    assert costs.cost_of(0, [1, 10**7]).tolist() == [9_400_000_000] * 2
    assert costs.capacity_mm3.tolist() == [0]


def test_a_filled_mailer_is_largest_at_the_best_thickness() -> None:
    """310 x 230 with 13 mm allowances: (297 - h)(217 - h) h, still growing at the limit of 50."""
    assert mailer_outer_mm3([310, 230, 50], 13, 13) == 247 * 167 * 50
    thickest = max((297 - h) * (217 - h) * h for h in range(1, 201))
    assert mailer_outer_mm3([310, 230, 200], 13, 13) == thickest


def test_a_mailer_without_room_still_has_a_volume() -> None:
    """Allowances larger than the bag must not make two negative sides a positive volume."""
    assert mailer_outer_mm3([20, 20, 10], 25, 25) == 1


def test_allowances_of_the_policy_reach_the_mailer() -> None:
    """Flap shortens the length, seams the width."""
    policy = Policy(
        objective="volume", flap_allowance_mm={"poly": 40}, seam_allowance_mm={"poly": 0}
    )
    costs = package_costs(catalogue_of({"style": "poly", "inner": (310, 230, 1)}), policy)
    assert costs.fixed.tolist() == [(310 - 40 - 1) * (230 - 1)]


def test_tare_of_a_parcel_includes_its_tape() -> None:
    """Two strips of 0.3 m and four legs of 0.07 m at 2.1 g/m."""
    catalogue = catalogue_of({}, {"closure": "self-lock"})
    assert parcel_tare_g(catalogue, MaterialSettings()) == pytest.approx([101.848, 100.0])


def test_missing_prices_are_all_named() -> None:
    """Without a price there is no cheapest package, so the catalogue is refused."""
    rows = ({"id": "A"}, {"id": "B", "price": 1.0}, {"id": "C"})
    with pytest.raises(CatalogueError, match="unit_cost: found nothing, expected") as caught:
        costs_of("cost", *rows)
    assert [problem.split("'")[1] for problem in caught.value.problems] == ["A", "C"]


@pytest.mark.parametrize("tare", [-1.0, float("inf"), 1e12, float("nan")])
def test_tares_beyond_reason_are_refused(tare: float) -> None:
    """A tare that would leave int64, or that is no number, never becomes a cost."""
    with pytest.raises(CatalogueError, match="tare_g: found"):
        costs_of("material", {"tare": tare})


def test_ties_go_to_the_smaller_outside_and_then_to_the_id() -> None:
    """Equal costs must not depend on the order of the catalogue."""
    small, large = {"inner": (100, 100, 100)}, {"inner": (200, 100, 100)}
    rows = [large | {"id": "b"}, small | {"id": "c"}, large | {"id": "a"}, small | {"id": "B"}]
    costs = costs_of("material", *(row | {"style": "0427"} for row in rows), filler_kg_m3=0.0)
    ranked = [costs.package_ids[k] for k in costs.ranking(1)]
    assert ranked == ["B", "c", "a", "b"]


def test_the_ranking_may_turn_over_with_the_content() -> None:
    """A heavy mailer beats a light carton only while the carton would be mostly filler."""
    costs = costs_of(
        "material", {"id": "carton", "tare": 10.0}, {"id": "mailer", "style": "poly", "tare": 60.0}
    )
    ranked = [[costs.package_ids[k] for k in costs.ranking(content)] for content in (1, 8_900_000)]
    assert ranked == [["mailer", "carton"], ["carton", "mailer"]]


def test_the_largest_numbers_stay_inside_int64() -> None:
    """Greatest carton, densest filler, most content: the exact integer comes out."""
    row = {"inner": (10_000, 10_000, 10_000), "tare": 9e8, "closure": "none"}
    costs = costs_of("material", row, filler_kg_m3=1000.0)
    content = [1, 10**16]
    expected = [9 * 10**17 + 10**6 * (10**12 - min(c, CONTENT_LIMIT_MM3)) for c in content]
    assert costs.cost_of(0, content).tolist() == expected


@given(lists_of_packages, contents, st.sampled_from(OBJECTIVES))
def test_costs_are_the_formula_in_plain_integers(
    rows: list[dict[str, object]], content: int, objective: str
) -> None:
    """The vectorised cost equals Python's own arithmetic, elementwise."""
    costs = costs_of(objective, *rows, filler_price_per_litre=0.02)
    got = costs.cost_of(np.arange(len(rows)), np.full(len(rows), content))
    assert got.dtype == np.int64
    for k, cost in enumerate(got.tolist()):
        empty = int(costs.capacity_mm3[k]) - content
        assert cost == int(costs.fixed[k]) + int(costs.per_empty_mm3[k]) * empty


@given(packages, contents, st.floats(0, 1000), st.floats(0, 50))
def test_a_heavier_package_never_costs_less(
    row: dict[str, object], content: int, more_g: float, more_money: float
) -> None:
    """Cost rises with tare, and with the price."""
    heavier = row | {"tare": row["tare"] + more_g, "price": row["price"] + more_money}  # type: ignore[operator]
    for objective in ("material", "cost"):
        costs = costs_of(objective, row, heavier)
        light, heavy = costs.cost_of([0, 1], content)
        assert heavy >= light


@given(lists_of_packages, st.floats(0, 100), st.floats(0, 100))
def test_denser_filler_never_makes_an_underfilled_package_cheaper(
    rows: list[dict[str, object]], density: float, more: float
) -> None:
    """Cost rises with filler density and filler price wherever the content leaves room."""
    k = np.arange(len(rows))
    for objective, name in (("material", "filler_kg_m3"), ("cost", "filler_price_per_litre")):
        light = costs_of(objective, *rows, **{name: density})
        dense = costs_of(objective, *rows, **{name: density + more})
        content = light.capacity_mm3 // 2
        assert (dense.cost_of(k, content) >= light.cost_of(k, content)).all()


@given(lists_of_packages, contents, st.sampled_from(OBJECTIVES), st.randoms(use_true_random=False))
def test_rankings_do_not_depend_on_the_order_of_the_catalogue(
    rows: list[dict[str, object]], content: int, objective: str, random: st.DataObject
) -> None:
    """The same packages in any order are ranked alike, ties included."""
    rows = [row | {"id": f"id{i}"} for i, row in enumerate(rows + rows[:2])]
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ranked = []
    for order in (rows, shuffled):
        costs = costs_of(objective, *order)
        ranked.append([costs.package_ids[k] for k in costs.ranking(content)])
    assert ranked[0] == ranked[1]
    assert sorted(ranked[0]) == sorted(row["id"] for row in rows)


@given(lists_of_packages, contents, st.sampled_from(OBJECTIVES))
def test_rankings_ascend_in_cost(
    rows: list[dict[str, object]], content: int, objective: str
) -> None:
    """Every package stands behind the cheaper ones."""
    costs = costs_of(objective, *rows)
    assert (np.diff(costs.cost_of(costs.ranking(content), content)) >= 0).all()


def test_currency_may_be_unknown() -> None:
    """Prices without a currency are just money."""
    catalogue = replace(catalogue_of({"price": 1.0}), currency="")
    assert package_costs(catalogue, Policy(objective="cost")).unit == "money"
