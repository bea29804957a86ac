"""What parcels take: against hand-computed parcels, the table of parcels and stated tares."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import packopt
from handmade_shapes import scene
from packopt import Catalogue, MaterialSettings, Orders, Policy, recommend
from packopt.carriers import RateTable, billing_rule
from packopt.errors import CarrierError, SavingsError
from packopt.factors import factor_set
from packopt.materials import blank_area_m2
from packopt.savings import MEASURES, Terms, quantities
from packopt.savings.tables import QUANTITIES
from savings.replayed import demo, demo_catalogue, ordered, shop

MASSES = ("board_g", "paper_g", "plastic_g", "other_g")


def counted(
    orders: Orders, catalogue: Catalogue, policy: Policy | None = None, **terms: Any
) -> list[dict[str, Any]]:
    """Quantities of the parcels that packopt recommends."""
    policy = policy or Policy()
    parcels = recommend(orders, catalogue, policy).parcels
    found = quantities(parcels, catalogue, policy, Terms(**terms))
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def one(size: tuple[int, int, int], package: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """Quantities of a unit of 100 g in the only package there is."""
    (row,) = counted(ordered({"size": size}), shop([package]), **terms)
    return row


def test_a_carton_is_board_tape_and_filler() -> None:
    """200 x 150 x 100: 0.1875 m2 at 515 g, 0.68 m of tape at 2.1 g, 2.5 L of filler at 8 g."""
    found = one((100, 100, 50), {"package_id": "S", "inner": (200, 150, 100), "unit_cost": 0.2})
    assert found["board_m2"] == pytest.approx(0.1875)
    assert found["board_g"] == pytest.approx(0.1875 * 515)
    assert found["tape_m"] == pytest.approx(0.68)
    assert found["tape_g"] == found["plastic_g"] == pytest.approx(0.68 * 2.1)
    assert found["fill_l"] == pytest.approx(2.5)
    assert found["fill_g"] == found["paper_g"] == pytest.approx(20)
    assert found["packaging_g"] == pytest.approx(0.1875 * 515 + 0.68 * 2.1 + 20)
    assert found["outer_mm3"] == 206 * 156 * 112
    assert (found["money"], found["parcels"], found["other_g"]) == (0.2, 1, 0)
    assert [found[name] for name in ("billable_g", "freight", "co2e_g")] == [None] * 3


def test_a_mailer_is_film_and_takes_no_filler() -> None:
    """300 x 220 flat with a flap of 40: 2 x 220 x 340 mm2 of 58.42 g/m2; 20 mm thick as filled."""
    found = one((200, 100, 20), {"package_id": "P", "kind": "mailer", "inner": (300, 220, 40)})
    assert found["packaging_g"] == found["plastic_g"] == pytest.approx(0.1496 * 58.42)
    assert [found[name] for name in ("board_m2", "tape_m", "fill_l", "fill_g", "board_g")] == [
        0
    ] * 5
    assert found["outer_mm3"] == (300 - 13 - 20) * (220 - 13 - 20) * 20
    assert found["money"] is None


def test_of_what_comes_back_one_trip_counts_and_tape_and_filler_in_full() -> None:
    """Ten trips: a tenth of board, area and price; tape and filler are new each time."""
    package = {"package_id": "S", "inner": (200, 150, 100), "unit_cost": 2.0}
    new = one((100, 100, 50), package)
    used = one((100, 100, 50), package | {"reusable": "yes", "reusable_trips": 10})
    for name in ("board_g", "board_m2", "money"):
        assert used[name] == pytest.approx(new[name] / 10)
    for name in ("tape_g", "tape_m", "fill_g", "fill_l", "outer_mm3", "parcels"):
        assert used[name] == new[name]


def test_what_ships_as_it_is_takes_no_packaging() -> None:
    """Only volume and parcel remain, of the unit itself."""
    orders = ordered({"size": (300, 200, 100), "own_container": True})
    (found,) = counted(orders, shop(), factors=factor_set("desnz-2025-primary"))
    nothing = {one.name: found[one.name] for one in MEASURES} | {"billable_g": 0, "freight": 0}
    assert nothing.pop("outer_mm3") == 6_000_000
    assert nothing.pop("parcels") == 1
    assert set(nothing.values()) == {0}


def test_a_box_made_to_measure_is_counted_at_its_size() -> None:
    """Board, tape and filler are those of the box that is cut for the order, and of one trip."""
    package = {
        "package_id": "M", "kind": "made_to_measure", "inner": (600, 400, 300), "step_mm": 10,
        "min_length_mm": 100, "min_width_mm": 100, "min_height_mm": 50, "reusable": "yes",
        "reusable_trips": 5,
    }  # fmt: skip
    orders, catalogue = ordered({"size": (250, 150, 90)}, {"size": (95, 90, 45)}), shop([package])
    parcels = recommend(orders, catalogue).parcels.to_pylist()
    for parcel, found in zip(parcels, counted(orders, catalogue), strict=True):
        length, width, height = (parcel[f"{side}_mm"] for side in ("length", "width", "height"))
        area = (2 * (length + width) + 50) * (min(length, width) + height) / 1e6
        assert found["board_m2"] == pytest.approx(area)
        assert found["tape_m"] == pytest.approx(2 * (max(length, width) + 140) / 1e3)
        assert found["packaging_g"] == pytest.approx(parcel["tare_g"] + parcel["fill_g"])


@pytest.mark.parametrize("name", ["split", "sizes", "cheaper", "rules", "partial", "priced"])
def test_masses_are_those_of_the_parcels(name: str) -> None:
    """Package, tape and filler together are tare and fill, and so are the four materials."""
    made = scene(name)
    found = quantities(made.result.parcels, made.catalogue, made.result.policy, Terms())
    assert found.schema.equals(QUANTITIES)
    parcels = made.result.parcels.to_pylist()
    density = made.result.policy.materials.filler_kg_m3
    for parcel, row in zip(parcels, found.to_pylist(), strict=True):
        whole = parcel["tare_g"] + parcel["fill_g"]
        trips = _trips(made.catalogue, parcel["package_id"])
        assert row["packaging_g"] == pytest.approx(
            (parcel["tare_g"] - row["tape_g"]) / trips + row["tape_g"] + row["fill_g"]
        )
        assert row["packaging_g"] <= whole + 1e-9
        assert sum(row[mass] for mass in MASSES) == pytest.approx(row["packaging_g"])
        assert row["fill_l"] * density == pytest.approx(row["fill_g"])


def _trips(catalogue: Catalogue, package: str) -> float:
    if package not in catalogue.package_ids:
        return 1.0
    return float(catalogue.trips[catalogue.package_ids.index(package)])


def test_the_demo_agrees_with_its_tables_of_parcels() -> None:
    """Over all kinds of the demo, mass and outer volume are those that recommend told."""
    result = recommend(demo(), demo_catalogue())
    found = pl.DataFrame(quantities(result.parcels, demo_catalogue(), Policy(), Terms()))
    parcels = pl.DataFrame(result.parcels)
    np.testing.assert_allclose(found["packaging_g"], parcels["tare_g"] + parcels["fill_g"])
    np.testing.assert_allclose(
        1 - parcels["content_mm3"] / found["outer_mm3"], parcels["empty_space_outer"], atol=1e-12
    )
    np.testing.assert_allclose(
        found.select(pl.sum_horizontal(MASSES)).to_series(), found["packaging_g"]
    )


def test_emissions_are_masses_times_factors() -> None:
    """Board, PP tape and paper filler by the named set: kg per tonne are g per kg."""
    factors = factor_set("desnz-2025-primary")
    found = one((100, 100, 50), {"package_id": "S", "inner": (200, 150, 100)}, factors=factors)
    expected = found["board_g"] * 1.19972542 + found["tape_g"] * 2.57757172 + 20 * 1.3450779
    assert found["co2e_g"] == pytest.approx(expected)


def test_tape_and_filler_are_of_what_they_are_said_to_be() -> None:
    """Paper tape and film cushions change places among the materials, and their factors."""
    package = {"package_id": "S", "inner": (200, 150, 100)}
    factors = factor_set("desnz-2025-primary")
    found = one(
        (100, 100, 50), package, tape_material="paper", filler_material="ldpe", factors=factors
    )
    assert found["paper_g"] == found["tape_g"]
    assert found["plastic_g"] == found["fill_g"]
    expected = found["board_g"] * 1.19972542 + found["tape_g"] * 1.3450779 + 20 * 2.9650779
    assert found["co2e_g"] == pytest.approx(expected)


def test_a_material_without_a_factor_leaves_emissions_unknown() -> None:
    """Wood has no factor in the set, so a wooden crate's emissions are not told; its mass is."""
    package = {"package_id": "W", "inner": (200, 150, 100), "material": "wood", "tare_g": 400}
    found = one((100, 100, 50), package, factors=factor_set("desnz-2025-primary"))
    assert (found["co2e_g"], found["other_g"]) == (None, 400)


def test_a_set_about_board_counts_board_only() -> None:
    """FEFCO's figure is about corrugated board; tape and filler have none and count for nothing."""
    package = {"package_id": "S", "inner": (200, 150, 100)}
    found = one((100, 100, 50), package, factors=factor_set("fefco-2021"))
    assert found["co2e_g"] == pytest.approx(found["board_g"] * 0.491)


def test_billable_weight_and_freight_are_the_carriers() -> None:
    """306 x 206 x 162 mm are 13 x 9 x 7 in: 819 / 139 is 6 lb, 2,722 g, in the second step."""
    orders = ordered({"size": (250, 150, 100), "weight_g": 500})
    catalogue = shop([{"package_id": "M", "inner": (300, 200, 150), "unit_cost": 0.3}])
    rule = billing_rule("ups-us", on=dt.date(2026, 3, 1))
    rates = RateTable.from_table(
        pa.table(
            {
                "zone": ["5", "5"],
                "up_to_g": [1000, 5000],
                "price": [8.0, 9.5],
                "currency": ["EUR", "EUR"],
            }
        )
    )
    (found,) = counted(orders, catalogue, billing=rule, rates=rates, zone="5")
    assert found["billable_g"] == 2722
    assert found["freight"] == 9.5
    assert found["money"] == pytest.approx(9.8)


def test_beyond_the_last_step_of_the_rates_freight_and_money_are_unknown() -> None:
    """No price is guessed."""
    rates = RateTable.from_table(
        pa.table({"zone": ["5"], "up_to_g": [1000], "price": [8.0], "currency": ["EUR"]})
    )
    rule = billing_rule("ups-us", on=dt.date(2026, 3, 1))
    package = {"package_id": "M", "inner": (300, 200, 150), "unit_cost": 0.3}
    found = one((250, 150, 100), package, billing=rule, rates=rates, zone="5")
    assert (found["freight"], found["money"]) == (None, None)
    assert found["billable_g"] == 2722


def test_without_weights_nothing_is_billed() -> None:
    """A carrier bills the greater of weight and size, so size alone does not tell."""
    lines = pa.table(
        {"order_id": ["a"], "sku": ["s"], "qty": [1], "length_mm": [100], "width_mm": [90],
         "height_mm": [50]}
    )  # fmt: skip
    rule = billing_rule("ups-us", on=dt.date(2026, 3, 1))
    (found,) = counted(Orders.from_table(lines), shop(), billing=rule)
    assert found["billable_g"] is None
    assert found["packaging_g"] > 0


def test_tape_and_filler_have_prices_in_the_policy() -> None:
    """0.68 m and 2.5 L at the user's prices are added to the package's."""
    settings = MaterialSettings(tape_price_per_m=0.05, filler_price_per_litre=0.02)
    catalogue = shop([{"package_id": "S", "inner": (200, 150, 100), "unit_cost": 0.2}])
    orders = ordered({"size": (100, 100, 50)})
    (found,) = counted(orders, catalogue, Policy(materials=settings))
    assert found["money"] == pytest.approx(0.2 + 0.68 * 0.05 + 2.5 * 0.02)


def test_a_mass_that_cannot_be_derived_is_a_named_error() -> None:
    """A polypropylene box without a tare would be weighed as board."""
    package = {"package_id": "B", "inner": (200, 150, 100), "material": "PP"}
    with pytest.raises(
        SavingsError, match=r"package 'B', field tare_g: found nothing.*state tare_g"
    ):
        one((100, 100, 50), package)


def test_an_unknown_flute_is_refused_at_the_door() -> None:
    """A mass derived from a wrong board is no mass."""
    with pytest.raises(packopt.CatalogueError, match="flute"):
        shop([{"package_id": "S", "inner": (200, 150, 100), "flute": "Q"}])


def test_a_negative_price_is_refused_at_the_door() -> None:
    """Of packages as of rates."""
    with pytest.raises(packopt.CatalogueError, match="unit_cost"):
        shop([{"package_id": "S", "inner": (200, 150, 100), "unit_cost": -1.0}])
    with pytest.raises(CarrierError, match="price"):
        RateTable.from_table(
            pa.table({"zone": ["5"], "up_to_g": [1000], "price": [-8.0], "currency": ["EUR"]})
        )


def test_parcels_of_another_catalogue_are_refused() -> None:
    """Counting them with the wrong masses would be silent nonsense."""
    parcels = recommend(ordered({"size": (100, 100, 50)}), shop()).parcels
    other = shop([{"package_id": "Z", "inner": (200, 150, 100)}])
    with pytest.raises(
        SavingsError, match=r"found package .K., expected a package of the catalogue"
    ):
        quantities(parcels, other, Policy(), Terms())


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"tape_material": "pvs"}, "field tape_material: found 'pvs'.*did you mean"),
        ({"filler_material": "straw"}, "field filler_material: found 'straw'"),
    ],
)
def test_terms_with_unknown_materials_are_refused(terms: dict[str, Any], message: str) -> None:
    """What tape and filler are made of is one of the known materials."""
    with pytest.raises(SavingsError, match=message):
        Terms(**terms)


def test_rates_want_a_rule_and_a_zone() -> None:
    """A price by weight says nothing without what is weighed and where it goes."""
    rates = RateTable.from_table(
        pa.table({"zone": ["5"], "up_to_g": [1000], "price": [8.0], "currency": ["EUR"]})
    )
    with pytest.raises(SavingsError, match="rates without a billing rule"):
        Terms(rates=rates)
    rule = billing_rule("ups-us", on=dt.date(2026, 3, 1))
    with pytest.raises(SavingsError, match="zone: found nothing"):
        Terms(rates=rates, billing=rule)


def test_a_policys_freight_bills_what_has_no_terms_of_its_own(tmp_path: Path) -> None:
    """A policy that minimises freight is counted by the same freight."""
    path = tmp_path / "rates.csv"
    path.write_text("zone,up_to_g,price,currency\n5,9000,8,EUR\n", encoding="utf-8")
    policy = {
        "freight": {"rule": "ups-us", "rates": str(path), "zone": "5", "on": "2026-03-01"},
        "objective": "cost",
    }
    freight = Policy.from_dict(policy).freight
    terms = Terms().with_freight(freight)
    assert terms.billing is not None
    assert (terms.rates is not None, terms.zone) == (True, "5")
    assert terms.with_freight(None) is terms
    assert replace(terms, zone="6").with_freight(freight).zone == "6"


def test_the_board_model_meets_the_stated_tares_of_the_builtin_catalogues() -> None:
    """Blank area times grammage explains stated tares: of USPS within 16 %, ours within 1 %."""
    for name, least, most in (("usps", 0.845, 0.90), ("demo", 0.99, 1.01)):
        catalogue = packopt.builtin_catalogue(name)
        cartons = [
            k
            for k in range(catalogue.n_packages)
            if catalogue.kind[k] == 0 and catalogue.tare_stated[k]
        ]
        area = blank_area_m2([catalogue.style[k] for k in cartons], catalogue.inner_mm[cartons])
        stated = catalogue.grammage_gsm[cartons]
        grams = area * np.where(np.isnan(stated), 515.0, stated)
        ratio = grams / catalogue.tare_g[cartons]
        assert len(cartons) >= 4, name
        assert ((ratio > least) & (ratio < most)).all(), (name, ratio)
