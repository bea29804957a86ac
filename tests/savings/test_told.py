"""What a replay tells beside its figures: measures left out, factors, and how it was made."""

from __future__ import annotations

import json

import pytest

from packopt.factors import FactorSet, factor_set
from packopt.savings import (
    ColumnBaseline,
    Savings,
    Terms,
    savings,
)
from savings.replayed import (
    demo_savings,
    ordered,
    shop,
    totals,
)


def test_a_measure_that_lacks_a_fact_is_left_out_and_says_whose() -> None:
    """One package without a price leaves money out; masses stay."""
    packages = [
        {"package_id": "S", "inner": (200, 150, 100), "unit_cost": 0.2},
        {"package_id": "M", "inner": (300, 200, 150), "currency": None},
    ]
    lines = ordered(
        {"size": (100, 100, 50), "baseline_package": "M"},
        {"size": (90, 90, 40), "baseline_package": "S"},
    )
    found = savings(lines, shop(packages), baseline=ColumnBaseline(), resamples=100)
    assert "money" not in totals(found)
    assert "packaging_g" in totals(found)
    assert (
        "money is left out: it is not known for 1 parcels of the baseline, in M"
        in found.about["notes"]
    )
    assert found.orders["baseline_money"].to_pylist() == [None, 0.2]


def board_only(name: str) -> Savings:
    return demo_savings("volume-80", name)


def test_a_set_about_board_is_silent_where_board_is_exchanged_for_plastic() -> None:
    """FEFCO's figure is told unless board is saved and more of the rest is taken."""
    found = board_only("fefco-2021")
    assert totals(found)["board_g"]["saved"] > 0
    others = totals(found)["packaging_g"]["saved"] - totals(found)["board_g"]["saved"]
    told = "co2e_g" in totals(found)
    assert told == (others >= 0)
    assert any(
        "covers board only" in note or "counts board only" in note for note in found.about["notes"]
    )


def test_a_set_about_board_is_told_where_all_materials_are_saved() -> None:
    """Among cartons alone, board and filler are both saved, and board's share is told as such."""
    packages = [
        {"package_id": "S", "inner": (200, 150, 100)},
        {"package_id": "M", "inner": (300, 200, 150)},
    ]
    lines = ordered({"size": (100, 100, 50), "baseline_package": "M"})
    terms = Terms(factor_set("fefco-2021"))
    found = savings(lines, shop(packages), baseline=ColumnBaseline(), terms=terms, resamples=100)
    row, board = totals(found)["co2e_g"], totals(found)["board_g"]
    assert row["saved"] == pytest.approx(board["saved"] * 0.491)
    assert any("co2e_g counts board only" in note for note in found.about["notes"])


def test_where_board_is_saved_and_plastic_taken_a_set_about_board_leaves_emissions_out() -> None:
    """A carton against a mailer that weighs more than the filler did."""
    packages = [
        {"package_id": "S", "inner": (200, 150, 100), "tare_g": 100},
        {"package_id": "P", "kind": "mailer", "inner": (400, 300, 60), "tare_g": 90},
    ]
    lines = ordered({"size": (199, 149, 50), "baseline_package": "S"})
    terms = Terms(factor_set("fefco-2021"))
    found = savings(lines, shop(packages), baseline=ColumnBaseline(), terms=terms, resamples=100)
    assert found.orders["plan_package"].to_pylist() == ["P"]
    assert "co2e_g" not in totals(found)
    assert any("of which one side has less" in note for note in found.about["notes"])


def test_a_set_that_was_not_read_in_the_primary_text_says_so() -> None:
    """Source, year, boundary and status of the factors stand in the notes."""
    notes = " ".join(demo_savings().about["notes"])
    for words in ("desnz-2025-primary (2025, status secondary)", "boundary: material use", "DESNZ"):
        assert words in notes


def test_one_comparison_has_one_set_of_factors() -> None:
    """Terms hold one set for both sides; there is no way to state two."""
    fields = [name for name, kind in Terms.__annotations__.items() if "FactorSet" in str(kind)]
    assert fields == ["factors"]
    assert isinstance(Terms(factor_set("desnz-2025-primary")).factors, FactorSet)
    assert demo_savings().about["terms"]["factors"]["name"] == "desnz-2025-primary"


def test_derived_masses_are_noted() -> None:
    """A reader must know which masses nobody weighed."""
    lines = ordered({"size": (100, 100, 50), "baseline_package": "M"})
    found = savings(lines, shop(), baseline=ColumnBaseline(), resamples=100)
    notes = " ".join(found.about["notes"])
    assert "masses of 1 of 1 package types of the baseline are derived" in notes
    assert "materials of 1 of 1 package types of the baseline are not stated" in notes


def test_what_is_known_about_a_replay_is_plain_json() -> None:
    """`about` holds what a report needs, and nothing that JSON does not know."""
    about = json.loads(json.dumps(demo_savings().about))
    assert about == demo_savings().about
    assert set(about) >= {
        "packopt_version", "schema_version", "baseline", "catalogues", "policy", "terms",
        "currency", "bootstrap", "period", "orders", "notes",
    }  # fmt: skip
    assert about["bootstrap"] == {
        "method": "symmetric bootstrap-t", "resamples": 500, "confidence": 0.95,
        "clusters": about["bootstrap"]["clusters"], "cluster_by": "date", "seed": 1,
    }  # fmt: skip
