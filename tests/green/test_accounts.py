"""EPR masses, greenhouse gases, the balance of material, data quality and earlier periods."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from green.files import DISPOSAL, FEES, FILES, PURCHASES, SETTINGS
from green.world import (
    ON,
    as_table,
    catalogue,
    green,
    metric,
    orders,
    quantities,
    quantity_rows,
    result,
    rows,
    value,
)
from packopt.errors import GreenError
from packopt.factors import factor_set
from packopt.green import SHEETS, Green, GreenInputs, tables
from packopt.green.earlier import Earlier, compare
from packopt.savings.tables import QUANTITIES

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[3] / "shared")) / "data"
UK_COLUMNS = [
    "organisation_id",
    "subsidiary_id",
    "organisation_size",
    "submission_period",
    "packaging_activity",
    "packaging_type",
    "packaging_class",
    "packaging_material",
    "packaging_material_subtype",
    "from_country",
    "to_country",
    "packaging_material_weight",
    "packaging_material_units",
    "transitional_packaging_units",
    "ram_rag_rating",
]


def test_masses_are_told_by_producer_country_and_material() -> None:
    """A merchant is the producer of his parcels, the settings' one of the others."""
    told = {
        (row["producer"], row["country"], row["material"]): (row["pieces"], row["mass_kg"] * 1000)
        for row in rows(green(settings=SETTINGS), "epr_mass")
    }
    assert told == {
        ("P-1", "CN", "board"): (1, pytest.approx(100)),
        ("P-1", "CN", "paper"): (1, pytest.approx(8)),
        ("P-1", "CN", "ldpe"): (1, pytest.approx(10)),
        # the tape of o1, and one trip of R1
        ("P-1", "CN", "pp"): (2, pytest.approx(22)),
        ("P-1", "CN", "eps"): (1, pytest.approx(200)),
        ("S1", "DE", "board"): (1, pytest.approx(60)),
        ("S1", "DE", "paper"): (1, pytest.approx(4)),
        ("P-1", "DE", "board"): (2, pytest.approx(200)),
        ("P-1", "DE", "paper"): (2, pytest.approx(16)),
        ("P-1", "DE", "pp"): (2, pytest.approx(4)),
        ("S2", "GB", "paper"): (1, pytest.approx(8)),
        ("S2", "GB", "ldpe"): (1, pytest.approx(5)),
        ("P-1", "US", "ldpe"): (1, pytest.approx(10)),
    }


def test_fees_are_those_of_country_category_and_year() -> None:
    """A fee of another year, or of no category, leaves the amount open and says where."""
    made = green({"fees": FEES}, settings=SETTINGS)
    assert value(made, "epr_fee") == pytest.approx(0.396 + 2 * 0.251)
    assert rows(made, "epr_mass", country="DE", material="pp")[0]["fee"] == pytest.approx(0.008)
    later = [row | {"year": "2026"} for row in FEES if row["country"] == "DE"]
    row = metric(green({"fees": later}, settings=SETTINGS), "epr_fee")
    assert row["missing"].startswith("fees of 13 rows, such as")


def test_unknown_producer_and_country_are_told() -> None:
    """Mass that belongs to nobody, or goes nowhere, stays in the table and is named."""
    made = green()
    assert "producer in the settings" in metric(made, "epr_kg")["missing"]
    lost = replace(orders(), region=type(orders().region).none(orders().n_orders))
    nowhere = tables(result(), lost, catalogue(), quantities(), None, ON)
    assert "region of some orders" in metric(nowhere, "epr_kg")["missing"]
    assert value(nowhere, "epr_kg") == pytest.approx(0.647)
    assert {row["country"] for row in rows(nowhere, "epr_mass")} == {None}


def test_annex_ix_has_every_category_and_a_total_for_member_states_only() -> None:
    """Two producers in Germany; China, Britain and America are no Member States."""
    told = rows(green(settings=SETTINGS), "epr_eu_annex_ix")
    assert {row["country"] for row in told} == {"DE"}
    mine = {row["category"]: row["mass_kg"] for row in told if row["producer"] == "P-1"}
    assert list(mine) == [
        "Glass",
        "Plastic",
        "Paper/cardboard",
        "Ferrous metal",
        "Aluminium",
        "Wood",
        "Other",
        "Total",
    ]
    assert mine == {
        "Glass": 0.0,
        "Plastic": pytest.approx(0.004),
        "Paper/cardboard": pytest.approx(0.216),
        "Ferrous metal": 0.0,
        "Aluminium": 0.0,
        "Wood": 0.0,
        "Other": 0.0,
        "Total": pytest.approx(0.220),
    }


def _scaled(factor: float) -> pa.Table:
    """The same parcels, so many times as heavy."""
    names = [name for name in QUANTITIES.names if name.endswith("_g") and name != "billable_g"]
    made = [
        row | {name: row[name] and row[name] * factor for name in names} for row in quantity_rows()
    ]
    return pa.Table.from_pylist(made, QUANTITIES)


def _to_britain(factor: float = 1000.0, **settings: object) -> Green:
    """All parcels to Britain, a thousand times as heavy: grams are kg."""
    region = type(orders().region)(orders().region.code * 0, ("GB-EN",))
    inputs = GreenInputs.of(
        {"uk_ratings": as_table(FILES["uk_ratings"])}, settings=replace(SETTINGS, **settings)
    )
    moved = replace(orders(), region=region)
    return tables(result(), moved, catalogue(), _scaled(factor), inputs, ON)


def test_the_uk_file_has_the_regulators_columns_and_codes() -> None:
    """Half-years of a large organisation, shipment packaging, whole kg, films flexible."""
    made = _to_britain()
    assert made.tables["epr_uk"].column_names == UK_COLUMNS
    told = {
        (
            row["submission_period"],
            row["packaging_type"],
            row["packaging_class"],
            row["packaging_material"],
            row["packaging_material_subtype"],
            row["ram_rag_rating"],
        ): row["packaging_material_weight"]
        for row in rows(made, "epr_uk")
    }
    assert told == {
        # o1: C1 100 and filler 8; o4, o5: B1 60, C1 200, filler 20
        ("2025-H1", "HH", "P3", "PC", None, None): 100 + 8 + 60 + 200 + 20,
        # o2: P1 10; tape 2 + 4
        ("2025-H1", "HH", "P3", "PL", "Flexible", None): 10 + 6,
        ("2025-H1", "HH", "P3", "PL", "Rigid", None): 200,
        ("2025-H1", "RU", "P5", "PL", "Rigid", None): 20,
        # a padded mailer is a composite of fibre and film
        ("2025-H2", "HH", "P3", "FC", None, "G"): 13,
        ("2025-H2", "HH", "P3", "PL", "Flexible", None): 10,
    }
    first = rows(made, "epr_uk")[0]
    assert (first["organisation_id"], first["organisation_size"]) == ("100001", "L")
    assert (first["packaging_activity"], first["subsidiary_id"]) == ("SO", None)
    assert (first["from_country"], first["packaging_material_units"]) == (None, None)
    assert value(made, "epr_uk_kg") == 388 + 16 + 200 + 20 + 13 + 10
    assert "ratings of some items" in metric(made, "epr_uk_kg")["missing"]


def test_uk_masses_are_whole_kg_with_halves_rounded_up() -> None:
    """13 units of mass: 6.5 kg are 7, 0.39 kg are none; a note says what is left out."""
    made = _to_britain(500.0)
    assert rows(made, "epr_uk", packaging_material="FC")[0]["packaging_material_weight"] == 7
    small = _to_britain(30.0)
    assert rows(small, "epr_uk", packaging_material="FC") == []
    assert any("1,170 g in rows below half a kg" in note for note in small.notes)


def test_a_small_organisation_reports_years() -> None:
    """S reports one period a year, under the type for small organisations."""
    told = rows(_to_britain(organisation_size="S"), "epr_uk")
    assert {row["submission_period"] for row in told} == {"2025-P0"}
    assert {row["packaging_type"] for row in told} == {"SP", "RU"}


def test_the_uk_file_on_disk_is_what_a_regulator_reads(tmp_path: Path) -> None:
    """The CSV has the columns in their order and whole numbers for masses."""
    import csv

    _to_britain().write(tmp_path / "green")
    with (tmp_path / "green" / "epr_uk.csv").open(encoding="utf-8") as file:
        header, *body = list(csv.reader(file))
    assert header == UK_COLUMNS
    assert all(row[UK_COLUMNS.index("packaging_material_weight")].isdecimal() for row in body)


def test_category_1_is_mass_times_the_named_set() -> None:
    """Board 360 g at 1199.72542 kg a t and so on; EPS has no factor, so the sum is not whole."""
    factors = factor_set("desnz-2025-primary")
    made = green(factors=factors)
    told = {row["material"]: row for row in rows(made, "ghg", category=1)}
    assert told["board"]["mass_kg"] == pytest.approx(0.360)
    assert told["board"]["co2e_kg"] == pytest.approx(0.360 * 1.19972542)
    assert told["pp"]["co2e_kg"] == pytest.approx(0.026 * 2.57757172)
    assert (told["board"]["factor_set"], told["board"]["factor_year"]) == (factors.name, 2025)
    assert told["eps"]["co2e_kg"] is None
    row = metric(made, "scope3_category_1_kg")
    known = 0.36 * 1.19972542 + 0.036 * 1.3450779 + 0.025 * 2.9650779 + 0.026 * 2.57757172
    assert row["value"] == pytest.approx(known)
    assert row["missing"] == "factors of eps"


def test_a_set_of_board_alone_says_what_it_leaves_out() -> None:
    """FEFCO's set is about corrugated board: other mass is left out, and named in a note."""
    factors = factor_set("fefco-2021")
    assert factors.covered_only
    made = green(factors=factors)
    assert value(made, "scope3_category_1_kg") == pytest.approx(
        0.360 * factors.factors["board"] / 1000
    )
    assert metric(made, "scope3_category_1_kg")["missing"] is None
    assert any("the mass of eps, ldpe, paper, pp is left out" in note for note in made.notes)


def test_category_12_follows_the_treatments_of_each_country() -> None:
    """German board is recycled whole; elsewhere a fifth of it goes to landfill."""
    made = green({"disposal": DISPOSAL})
    told = {
        (row["country"], row["material"], row["treatment"]): row["co2e_kg"]
        for row in rows(made, "ghg", category=12)
    }
    assert told["DE", "board", "recycling"] == pytest.approx(0.260 * 4.68568e-3)
    assert told["CN", "board", "landfill"] == pytest.approx(0.020 * 1.1644894)
    assert told["CN", "board", "recycling"] == pytest.approx(0.080 * 4.68568e-3)
    assert told["CN", "eps", None] is None
    assert metric(made, "scope3_category_12_kg")["missing"] == "shares or factors of eps"


def test_the_disposal_factors_are_those_that_were_published() -> None:
    """The data file agrees with the table it was typed from, where that is at hand."""
    import csv

    from packopt.green.data import data

    table = SHARED / "factors" / "defra2025_waste_disposal_paper_plastic.csv"
    if not table.exists():
        pytest.skip("the published table is not on this machine")
    names = {"board": "Paper and board: board", "ldpe": "Plastics: LDPE and LLDPE (incl. forming)"}
    words = {
        "recycling": "Closed-loop",
        "incineration": "Incineration with Energy Recovery",
        "landfill": "Landfill",
        "composting": "Composting",
    }
    with table.open(encoding="utf-8") as file:
        told = {
            (row["Level 3"], row["Column Text"]): row["GHG Conversion Factor 2025"]
            for row in csv.DictReader(file)
        }
    for row in data("disposal_desnz_2025")["factors"]:
        for treatment, word in words.items():
            if row["material"] in names and treatment in row:
                assert float(told[names[row["material"]], word]) == row[treatment]


def test_the_balance_shows_what_nobody_can_account_for() -> None:
    """Of 1 kg of board 0.1 is used, 0.85 in stock and 0.04 scrap: 10 g are lost."""
    made = green({"purchases": PURCHASES})
    row = rows(made, "material_balance", quarter="2025-Q1", material="board")[0]
    assert row["used_kg"] == pytest.approx(0.1)
    assert row["error_kg"] == pytest.approx(0.01)
    assert row["error_share"] == pytest.approx(0.01)
    others = [one for one in rows(made, "material_balance") if one != row]
    assert all(one["error_kg"] == pytest.approx(0, abs=1e-12) for one in others)


def test_a_surplus_does_not_hide_a_lack() -> None:
    """10 g too much of one material and 10 g too little of another are 20 g of error."""
    more = [
        row | {"bought_kg": row["bought_kg"] - 0.01}
        if (row["period"], row["material"]) == ("2025-Q2", "board")
        else row
        for row in PURCHASES
    ]
    made = green({"purchases": more})
    assert value(made, "balance_error_share") == pytest.approx(0.02 / 1.537)


def test_a_material_without_purchases_leaves_the_balance_open() -> None:
    """What is used and was never bought is named."""
    some = [row for row in PURCHASES if row["material"] != "eps"]
    row = metric(green({"purchases": some}), "balance_error_share")
    assert "such as eps in 2025-Q2" in row["missing"]


def test_rejected_orders_are_counted_once() -> None:
    """One of ten orders was rejected; files that were read and files that are absent are told."""
    told = {row["source"]: row for row in rows(green({"zones": FILES["zones"]}), "data_quality")}
    assert (told["orders"]["accepted"], told["orders"]["rejected"]) == (9, 1)
    assert (told["zones"]["state"], told["zones"]["accepted"]) == ("read", 5)
    assert (told["assets"]["state"], told["assets"]["accepted"]) == ("absent", None)


def _written(folder: Path, **others: object) -> Path:
    green(FILES, settings=SETTINGS, **others).write(folder)  # type: ignore[arg-type]
    return folder


def test_two_periods_are_compared_metric_by_metric(tmp_path: Path) -> None:
    """The same figures change by nothing, and what is unknown in either is not compared."""
    before = _written(tmp_path / "then")
    made = green(FILES, settings=SETTINGS, previous=before)
    told = {row["metric"]: row for row in rows(made, "comparison")}
    assert told["epr_kg"]["change"] == 0.0
    assert told["packaging_saved_share"]["reason"].startswith("unknown: a baseline")
    share = sum(row["comparable"] for row in told.values()) / len(told)
    assert value(made, "comparable_share") == pytest.approx(share)
    assert 0.5 < share < 1
    assert value(made, "breaking_changes") == 0


def test_another_set_of_factors_is_not_compared(tmp_path: Path) -> None:
    """Emissions by two sets differ by method: the change is not told."""
    before = _written(tmp_path / "then", factors=factor_set("fefco-2021"))
    made = green(FILES, settings=SETTINGS, previous=before, factors=factor_set("fefco-2018"))
    row = rows(made, "comparison", metric="scope3_category_1_kg")[0]
    assert (row["comparable"], row["change"]) == (False, None)
    assert row["reason"] == "factor_set differs: fefco-2021 then, fefco-2018 now"


def test_breaking_changes_are_first_numbers_that_changed(tmp_path: Path) -> None:
    """A table that is gone, and one of a new first number, break readers; others do not."""
    earlier = Earlier.read(_written(tmp_path / "then"))
    now = {name: sheet.version for name, sheet in SHEETS.items()}
    assert earlier.breaks(now) == 0
    assert earlier.breaks(now | {"tape_use": "1.7"}) == 0
    assert earlier.breaks(now | {"tape_use": "2.0"}) == 1
    assert earlier.breaks({name: now[name] for name in now if name != "points"}) == 1


def test_another_definition_is_not_compared(tmp_path: Path) -> None:
    """Figures under two definitions are two figures."""
    earlier = Earlier.read(_written(tmp_path / "then"))
    card = green(FILES, settings=SETTINGS).tables["scorecard"]
    changed = pa.Table.from_pylist(
        [row | {"definition": "otherwise"} for row in card.to_pylist()], card.schema
    )
    told = compare(earlier, changed, {}, {}).tables["comparison"].to_pylist()
    assert {row["reason"] for row in told} == {"its definition has changed"}


def test_a_folder_that_is_no_earlier_period_is_refused(tmp_path: Path) -> None:
    """Something else in the place of an earlier period is an error with its path."""
    (tmp_path / "x").mkdir()
    with pytest.raises(GreenError, match="expected a folder written by packopt green"):
        green(previous=tmp_path / "x")


def test_an_undated_parcel_is_in_no_quarter() -> None:
    """Without dates everything is undated, and yearly figures say so."""
    made = tables(result(), replace(orders(), date=None), catalogue(), quantities(), None, ON)
    assert [row["period"] for row in rows(made, "material_use")] == ["all", "undated"]
    assert metric(made, "m3_per_day")["missing"] == "date of the orders"
    assert {row["year"] for row in rows(made, "epr_mass")} == {"undated"}
    row = made.tables["certified"].to_pylist()[0]
    assert row["period"] == "all"


def test_certificates_of_undated_parcels_count_on_the_day_of_the_report() -> None:
    """Nobody knows when the parcels were packed, so the report's day is taken."""
    inputs = GreenInputs.of({"certificates": as_table(FILES["certificates"])})
    undated = replace(orders(), date=None)
    for on, pieces in [(dt.date(2025, 3, 31), 4), (dt.date(2025, 9, 16), 0)]:
        made = tables(result(), undated, catalogue(), quantities(), inputs, on)
        assert rows(made, "certified", period="all", kind=2)[0]["certified_pieces"] == pieces


def test_a_replay_without_a_measure_leaves_its_metrics_open() -> None:
    """A baseline without a billing rule says nothing of billed weight."""
    from green.files import savings

    replay = savings()
    bare = SimpleNamespace(select=replay.select, total=replay.total.slice(0, 1), about=replay.about)
    made = green(savings=bare)
    assert metric(made, "billable_kg_saved")["missing"].startswith("a billing rule")
    assert metric(made, "board_saved_share")["missing"] == "board_m2 of the baseline"
    assert value(made, "packaging_saved_share") == pytest.approx(246 / 440)
