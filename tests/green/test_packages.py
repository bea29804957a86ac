"""Reuse, certificates, suppliers, tape, plastics and used cartons, row by row."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from green.files import CERTIFICATES, CONSUMABLES, FILES, TEST_REPORTS, USED_CARTONS, ZONES
from green.world import as_table, catalogue, green, metric, rows, value
from packopt.errors import GreenError
from packopt.green import GreenInputs, Settings, with_used_cartons
from packopt.green.inputs.vocabulary import MATERIALS
from packopt.green.targets import france_target, sb54_target


def test_zones_have_their_parcels_assets_trips_and_losses() -> None:
    """Parcels follow their region into its zone, containers the zone that the file names."""
    made = green({"zones": ZONES, "assets": FILES["assets"]})
    told = {row["zone"]: row for row in rows(made, "reuse_by_zone")}
    assert {name: (row["parcels"], row["reusable"]) for name, row in told.items()} == {
        "abroad": (5, 0),
        "centre": (4, 1),
        "rural": (1, 0),
    }
    assert told["centre"]["central"] is True
    assert told["rural"]["central"] is False
    assert (told["centre"]["trips_per_asset"], told["centre"]["loss_rate"]) == (15.0, 0.25)
    assert told["abroad"]["trips_per_asset"] is None


def test_without_zones_regions_stand_in_and_none_is_central() -> None:
    """Which zone is central is not guessed."""
    made = green()
    told = {row["zone"]: row["central"] for row in rows(made, "reuse_by_zone")}
    assert told == dict.fromkeys(["CN-A", "CN-B", "DE", "GB", "US-CA"])


def test_a_region_without_a_zone_leaves_the_target_open() -> None:
    """If a region is not in the file, its parcels could be central ones."""
    row = metric(green({"zones": ZONES[:1]}), "reusable_share_central")
    assert row["value"] == 0.25
    assert row["status"] == "unknown"
    assert "the zone of 6 parcels" in row["missing"]


def test_reusable_units_are_counted_with_and_without_boxes_of_board() -> None:
    """Art. 30 counts trips of reusable packages; Art. 29(4)(d) exempts boxes of board."""
    told = {
        (row["country"], row["format"]): (
            row["reusable_units"],
            row["other_units"],
            row["cardboard_units"],
            row["rate_without_cardboard"],
        )
        for row in rows(green(), "reuse_units", year="2025")
    }
    assert told == {
        ("CN", "carton"): (1, 2, 1, 0.5),
        ("CN", "mailer"): (0, 1, 0, 0.0),
        ("DE", "carton"): (0, 3, 3, None),
        ("GB", "mailer"): (0, 1, 0, 0.0),
        ("US", "mailer"): (0, 1, 0, 0.0),
    }


@pytest.mark.parametrize(
    ("turnover", "year", "share"),
    [
        (60e6, "2022", None),
        (60e6, "2023", 0.05),
        (60e6, "2026", 0.08),
        (60e6, "2031", 0.10),
        (50e6, "2024", None),
        (30e6, "2025", 0.05),
        (1e6, "2025", None),
        (1e6, "2027", 0.10),
        (None, "2027", None),
        (1e6, "undated", None),
    ],
)
def test_the_french_decree_asks_by_turnover_and_year(
    turnover: float | None, year: str, share: float | None
) -> None:
    """The share grows with the years, later for smaller firms; dates decide."""
    assert france_target(turnover, year) == share


@pytest.mark.parametrize(
    ("year", "share"),
    [("2026", None), ("2027", 0.1), ("2029", 0.1), ("2030", 0.2), ("2032", 0.25), ("x", None)],
)
def test_california_asks_for_less_from_year_to_year(year: str, share: float | None) -> None:
    """The reduction against 2023 holds from its year on, and before the first there is none."""
    assert sb54_target(year) == share


def test_plastic_to_california_is_held_against_2023_by_mass_and_components() -> None:
    """One mailer of 10 g after two of together 20 g: half of both; 2025 has no target yet."""
    made = green({"components_2023": FILES["components_2023"]})
    assert rows(made, "sb54_components") == [
        {
            "year": "2025",
            "material": name,
            "components": 1,
            "mass_kg": 0.01,
            "base_components": 2.0,
            "base_mass_kg": 0.02,
            "components_change": -0.5,
            "mass_change": -0.5,
            "target": None,
            "status": "no_target",
            "advisory": True,
        }
        for name in ("all", "ldpe")
    ]


def test_all_ten_kinds_are_told_for_every_quarter() -> None:
    """A kind that nobody uses is a row of zeros, and the quarters add up to all."""
    made = green({"certificates": CERTIFICATES})
    told = rows(made, "certified")
    assert [row["kind"] for row in told] == [*range(1, 11)] * 4
    every, *quarters = (told[at : at + 10] for at in range(0, 40, 10))
    for kind in range(10):
        for name in ("pieces", "certified_pieces", "kg", "certified_kg", "spend"):
            assert sum(quarter[kind][name] for quarter in quarters) == pytest.approx(
                every[kind][name]
            )
    pieces = {row["kind"]: (row["pieces"], row["certified_pieces"]) for row in every}
    # 2 boxes: C1 three times, B1, E1; 3 bags: P1 twice, K1; 6 filler; 9 tape; 10 reusable
    assert pieces == {
        1: (0, 0),
        2: (5, 2),
        3: (3, 0),
        4: (0, 0),
        5: (0, 0),
        6: (4, 0),
        7: (0, 0),
        8: (0, 0),
        9: (3, 3),
        10: (1, 0),
    }


def test_a_certificate_counts_from_its_first_day_to_its_last() -> None:
    """Of the C1 of January and the two of April, the certificate of the day decides."""
    for first, last, certified in [
        ("2025-01-10", "2025-01-10", 1),
        ("2025-01-11", "2025-12-31", 2),
        ("2025-04-06", "2025-04-06", 2),
        ("2025-04-07", "2025-12-31", 0),
        ("2024-01-01", "2025-12-31", 3),
    ]:
        row = {"item": "C1", "kind": 2, "certificate": "X", "valid_from": first, "expires": last}
        made = green({"certificates": [row]})
        assert rows(made, "certified", period="all", kind=2)[0]["certified_pieces"] == certified


def test_a_renewal_does_not_count_twice() -> None:
    """Two certificates that overlap certify a piece once."""
    old = {"item": "C1", "kind": 2, "certificate": "X1", "expires": "2025-12-31"}
    made = green({"certificates": [old, old | {"certificate": "X2"}]})
    assert rows(made, "certified", period="all", kind=2)[0]["certified_pieces"] == 3


def test_expiry_is_told_before_it_comes() -> None:
    """Days left, and a state: the alarm is as many days wide as the settings say."""
    made = green({"certificates": CERTIFICATES})
    told = {
        row["item"]: (row["days_left"], row["state"]) for row in rows(made, "certificate_alarms")
    }
    assert told == {
        "C1": (-123, "expired"),
        "B1": (45, "expiring"),
        "tape": (517, "valid"),
        "P1": (None, "uncertified"),
        "R1": (None, "no_expiry"),
    }
    calm = green({"certificates": CERTIFICATES}, settings=Settings(alarm_days=44))
    assert rows(calm, "certificate_alarms", item="B1")[0]["state"] == "valid"


def test_what_the_catalogue_calls_certified_is_not_proved_by_that() -> None:
    """Without a row that says until when, a certificate in the catalogue is told as unproved."""
    told = rows(green({"certificates": CERTIFICATES[:1]}), "certificate_alarms", item="B1")
    assert (told[0]["certificate"], told[0]["state"]) == ("GC-B1", "unproved")


def test_spend_is_unknown_without_a_price() -> None:
    """A filler whose price nobody states makes the share of spend unknown, not smaller."""
    from green.world import ON, orders, quantities, result
    from packopt.green import tables
    from packopt.policy import Policy

    free = replace(result(), policy=Policy())
    inputs = GreenInputs.of({"certificates": as_table(CERTIFICATES)})
    made = tables(free, orders(), catalogue(), quantities(), inputs, ON)
    row = metric(made, "certified_share_spend")
    assert (row["value"], row["missing"]) == (None, "a price of a package, of tape or of filler")


def test_a_supplier_is_qualified_until_its_last_day() -> None:
    """K1 is not from August on; an item of two suppliers is only if both are."""
    told = {row["item"]: row["qualified"] for row in rows(green(FILES), "supplier_quality")}
    assert told == dict.fromkeys(["B1", "C1", "E1", "R1", "filler", "tape"], "yes") | {
        "K1": "no",
        "P1": "no",
    }
    july = green({"suppliers": FILES["suppliers"]}, on=dt.date(2025, 7, 31))
    assert rows(july, "supplier_quality", item="K1")[0]["qualified"] == "yes"
    second = {"item": "C1", "supplier": "S-Z", "qualified": False}
    both = green({"suppliers": [*FILES["suppliers"], second]})
    told = rows(both, "supplier_quality", item="C1")[0]
    assert (told["suppliers"], told["qualified"]) == ("S-A; S-Z", "no")


def test_laboratory_reports_are_held_against_gb_43352() -> None:
    """A clean report passes, cadmium above 0.5 mg/kg fails, and no report is unknown."""
    told = {
        row["item"]: (row["report"], row["reason"])
        for row in rows(green({"test_reports": TEST_REPORTS}), "supplier_quality")
    }
    assert told["C1"] == ("PASS", None)
    assert told["P1"][0] == "FAIL"
    assert told["P1"][1] == "CN-GB43352.cd: 0.6, at most 0.5"
    assert told["K1"] == ("UNKNOWN", "no report")
    late = green({"test_reports": TEST_REPORTS}, on=dt.date(2026, 1, 2))
    assert rows(late, "supplier_quality", item="B1")[0]["reason"] == "the report has expired"


def test_a_report_with_a_value_missing_is_unknown_and_names_it() -> None:
    """Lead that nobody measured is never within the limit."""
    row = {key: word for key, word in TEST_REPORTS[0].items() if key != "pb_mg_kg"}
    told = rows(green({"test_reports": [row]}), "supplier_quality", item="C1")[0]
    assert told["report"] == "UNKNOWN"
    assert "pb_mg_kg" in told["reason"]


def test_gb_43352_says_nothing_before_its_first_day() -> None:
    """In force since 1 June 2024: the day before, the same failing report is not applicable."""
    for day, word in [("2024-05-31", "NOT_APPLICABLE"), ("2025-01-02", "FAIL")]:
        made = green({"test_reports": TEST_REPORTS}, on=dt.date.fromisoformat(day))
        assert rows(made, "supplier_quality", item="P1")[0]["report"] == word
    early = green({"test_reports": TEST_REPORTS}, on=dt.date(2024, 5, 31))
    assert metric(early, "items_without_valid_report")["status"] == "unknown"


def test_the_latest_report_counts_once_it_is_issued() -> None:
    """A report of tomorrow says nothing today."""
    newer = TEST_REPORTS[2] | {"report_id": "L9", "cd_mg_kg": 0.1, "issued": dt.date(2025, 8, 2)}
    files = {"test_reports": [*TEST_REPORTS, newer]}
    assert rows(green(files), "supplier_quality", item="P1")[0]["report"] == "FAIL"
    later = green(files, on=dt.date(2025, 8, 2))
    assert rows(later, "supplier_quality", item="P1")[0]["report"] == "PASS"


def test_wide_tape_is_not_slim() -> None:
    """45 mm is slim, a millimetre more is not."""
    for width, share in [(45.0, 1.0), (46.0, 0.0)]:
        made = green({"consumables": [CONSUMABLES[0] | {"width_mm": width}]})
        assert value(made, "slim_tape_share") == share
    assert metric(made, "slim_tape_share")["status"] == "missed"


def test_paper_tape_is_no_plastic() -> None:
    """What tape is made of moves its mass from plastic to paper, everywhere at once."""
    paper = [{"item": "tape", "material": "paper", "width_mm": 45.0, "degradable": True}]
    made, plain = green({"consumables": paper}), green()
    assert value(plain, "single_use_plastic_kg") == pytest.approx(0.231)
    assert value(made, "single_use_plastic_kg") == pytest.approx(0.225)
    assert value(made, "epr_kg") == pytest.approx(0.647)
    # the three C1 with paper tape and paper filler are of one category now
    assert value(made, "mono_material_share") == pytest.approx(8 / 9)


def test_the_ledger_of_plastic_has_quarter_merchant_and_product() -> None:
    """Parcels and reports stand side by side; a mailer of paper and film counts its film."""
    told = {
        (row["quarter"], row["seller"], row["product"]): (
            row["packed_pieces"],
            pytest.approx(row["packed_kg"]),
            row["reported_kg"],
            row["recovered_kg"],
        )
        for row in rows(green({"plastics": FILES["plastics"]}), "plastics_ledger")
    }
    assert told == {
        ("2025-Q1", None, "bag"): (1, 0.01, 0.0, None),
        ("2025-Q1", None, "tape"): (0, 0.002, 0.0, None),
        ("2025-Q1", "S1", "bag"): (0, 0.0, 0.1, 0.02),
        ("2025-Q2", None, "box"): (1, 0.2, 0.0, None),
        ("2025-Q2", None, "tape"): (0, 0.004, 0.0, None),
        ("2025-Q2", "S3", "tape"): (0, 0.0, 0.05, None),
        ("2025-Q3", None, "bag"): (1, 0.01, 0.0, 0.01),
        ("2025-Q3", "S2", "bag"): (1, 0.005, 0.0, None),
    }


def test_merchants_report_from_their_first_quarter_on() -> None:
    """S3 joined in April: it had to report from the second quarter on."""
    files = {name: FILES[name] for name in ("merchants", "plastics")}
    told = [
        (row["quarter"], row["merchants"], row["reporting"], row["packed_here"])
        for row in rows(green(files), "merchant_coverage")
    ]
    assert told == [("2025-Q1", 2, 1, 1), ("2025-Q2", 3, 1, 1), ("2025-Q3", 3, 0, 1)]
    left = [row | {"until": "2025-03-31"} for row in FILES["merchants"][:1]]
    told = rows(green(files | {"merchants": left}), "merchant_coverage")
    assert [row["quarter"] for row in told] == ["2025-Q1"]


def test_used_cartons_tell_when_they_are_worn_or_oversold() -> None:
    """A carton without a trip left is worn; more of them than were at hand is told."""
    made = green({"used_cartons": USED_CARTONS})
    assert rows(made, "reused_cartons")[0]["state"] == "fit"
    worn = green({"used_cartons": [USED_CARTONS[0] | {"trips": 3}]})
    assert rows(worn, "reused_cartons")[0]["state"] == "worn"
    # The catalogue's C1 stands in for a used carton: three parcels, two at hand.
    sold = USED_CARTONS[0] | {"package_id": "C1", "replaces": "B1", "stock": 2, "issued": None}
    told = rows(green({"used_cartons": [sold]}), "reused_cartons")[0]
    assert (told["reused"], told["state"], told["avoided_kg"]) == (3, "oversold", 0.18)


def test_used_cartons_can_be_offered_to_the_optimiser_first() -> None:
    """They have the sides of the new one, a share of its load, a stock, and no price."""
    inputs = GreenInputs.of({"used_cartons": as_table(USED_CARTONS)})
    offered = with_used_cartons(catalogue(), inputs)
    assert offered.package_ids == (*catalogue().package_ids, "U1")
    new = catalogue().package_ids.index("C1")
    assert offered.inner_mm[-1].tolist() == catalogue().inner_mm[new].tolist()
    assert (offered.max_content_g[-1], offered.unit_cost[-1]) == (4000, 0.0)
    assert dict(offered.stock[-1]) == {"": 5}
    assert offered.attributes.num_rows == offered.n_packages
    assert offered.digest != catalogue().digest


def test_the_optimiser_takes_used_cartons_while_there_are_some() -> None:
    """By cost, five of seven orders for a C1 get the used one, and two the new one."""
    import pyarrow as pa

    import packopt

    inputs = GreenInputs.of({"used_cartons": as_table(USED_CARTONS)})
    offered = with_used_cartons(catalogue(), inputs)
    line = {"sku": "x", "qty": 1, "length_mm": 190, "width_mm": 140, "height_mm": 90}
    orders = packopt.Orders.from_table(
        pa.Table.from_pylist([line | {"order_id": f"n{at}", "weight_g": 900} for at in range(7)])
    )
    result = packopt.recommend(orders, offered, packopt.Policy(objective="cost"))
    chosen = result.parcels["package_id"].cast("string").to_pylist()
    assert chosen.count("U1") == 5
    assert packopt.check(result, orders, offered) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"package_id": "P1"}, "package_id P1: found a name of the catalogue"),
        ({"replaces": "B1"}, "load_share of U1: found a share of a load that B1 does not state"),
        ({"replaces": "Z"}, "replaces Z: found no such package"),
    ],
)
def test_used_cartons_that_cannot_be_offered_are_refused(
    change: dict[str, str], message: str
) -> None:
    """A name that is taken, a load that is unknown, and a carton that is not there."""
    inputs = GreenInputs.of({"used_cartons": as_table([USED_CARTONS[0] | change])})
    with pytest.raises(GreenError, match=message):
        with_used_cartons(catalogue(), inputs)


def test_every_material_that_files_may_name_has_a_category() -> None:
    """No mass can get lost between a file and a register."""
    from packopt.factors import MATERIALS as COUNTED
    from packopt.green.composition import CATEGORY, UK_CODE

    assert set(CATEGORY) == set(MATERIALS)
    assert set(COUNTED) <= set(MATERIALS)
    assert set(CATEGORY.values()) == set(UK_CODE)
