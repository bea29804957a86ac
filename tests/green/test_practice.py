"""Points, customers, specification, audit, evidence and fit: what was done, and how it is shown."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from green.files import CLASS_PRICES, FILES, ORDER_FACTS, PACKING_LOG, SETTINGS, day, savings
from green.world import (
    ON,
    POLICY,
    catalogue,
    green,
    metric,
    orders,
    quantities,
    result,
    rows,
    value,
)
from packopt.green import Settings, parcel_hash, tables
from packopt.green.audit import allocate
from packopt.green.instructions import instructions
from packopt.green.specification import canonical, content, version_of
from packopt.green.wilson import stratified, wilson


def test_classes_have_their_parcels_mass_and_prices() -> None:
    """Own containers first, then reusable, used again, without plastic, and the rest."""
    told = {
        row["class"]: (row["parcels"], row["packaging_kg"], row["price_difference"])
        for row in rows(green({"class_prices": CLASS_PRICES}), "packaging_classes")
    }
    assert told == {
        "own_container": (1, 0.0, None),
        "reusable": (1, 0.02, pytest.approx(-0.3)),
        "reused": (0, 0.0, None),
        "plastic_free": (4, pytest.approx(0.394), pytest.approx(-0.1)),
        "standard": (4, pytest.approx(0.233), 0.0),
    }


def test_a_class_costs_what_its_packages_cost() -> None:
    """The mean price by the catalogue, of a reusable one trip, whatever the objective minimised."""
    told = {row["class"]: row["unit_cost"] for row in rows(green(), "packaging_classes")}
    assert told == {
        "own_container": 0.0,
        "reusable": pytest.approx(10.0 / 50),
        "reused": None,
        "plastic_free": pytest.approx((3 * 0.30 + 0.20) / 4),
        "standard": pytest.approx((2 * 0.05 + 0.10 + 1.0) / 4),
    }


def test_points_are_for_mass_saved_by_those_who_chose_green() -> None:
    """o1 saves 90 g at 5 a kg, o6 100 g at 10 a kg; who chose standard earns nothing."""
    files = {"order_facts": ORDER_FACTS, "class_prices": CLASS_PRICES}
    told = {
        row["order_id"]: (row["class"], row["saved_g"], row["points"])
        for row in rows(green(files, savings=savings()), "points")
    }
    assert told == {
        "o1": ("plastic_free", 90.0, pytest.approx(0.45)),
        "o6": ("reusable", 100.0, pytest.approx(1.0)),
    }


def test_points_are_unknown_without_a_baseline() -> None:
    """Nobody knows what was saved where there is nothing to compare with."""
    made = green({"order_facts": ORDER_FACTS, "class_prices": CLASS_PRICES})
    assert [row["points"] for row in rows(made, "points")] == [None, None]
    assert metric(made, "points_per_kg_saved")["value"] is None
    assert value(made, "opt_in_rate") == pytest.approx(2 / 3)


def test_the_used_package_is_the_log_or_the_baseline_column() -> None:
    """Without a log, too_big_share goes by baseline_package of orders of one parcel."""
    assert [
        (row["used_package"], row["recommended_package"], row["parcels"], row["too_big"])
        for row in rows(green({"packing_log": PACKING_LOG}), "package_match")
    ] == [
        ("C1", "C1", 3, 0),
        ("P1", "P1", 2, 0),
        ("C1", "B1", 1, 1),
        ("E1", "E1", 1, 0),
        ("P1", "K1", 1, 1),
        ("R1", "R1", 1, 0),
        ("own_container", "own_container", 1, 0),
    ]
    import pyarrow as pa

    column = pa.array(["C1" if name != "o2" else None for name in orders().order_ids.to_pylist()])
    with_baseline = replace(orders(), baseline_package=column)
    made = tables(result(), with_baseline, catalogue(), quantities(), None, ON)
    # Of o1 o3 o4 o6 o7 o8 o9: too big for o3, o4, o8, o9 at least; R1 and E1 are larger than C1.
    assert metric(made, "too_big_share")["denominator"] == 7
    assert metric(made, "override_rate")["value"] is None


def test_an_unknown_used_package_is_told() -> None:
    """A package of the log that the catalogue does not have cannot be compared."""
    log = [PACKING_LOG[0] | {"package_id": "Z9"}]
    row = metric(green({"packing_log": log}), "too_big_share")
    assert "the size of the packages of 1 parcels" in row["missing"]


def test_customers_are_told_and_acknowledge() -> None:
    """Boxes are judged by tape, plastic and laboratory report, with every reason."""
    boxes = [
        *FILES["customer_boxes"],
        {"customer": "K7", "box": "b3", "tape_width_mm": None, "plastic": True},
    ]
    made = green({"customers": FILES["customers"], "customer_boxes": boxes})
    told = {row["box"]: (row["outcome"], row["reason"]) for row in rows(made, "customer_boxes")}
    assert told["b1"] == ("FAIL", "tape of 60 mm, at most 45 mm are allowed")
    assert told["b2"] == ("PASS", None)
    assert told["b3"] == ("UNKNOWN", "no value of tape_width_mm, report_id")
    states = {row["customer"]: row["state"] for row in rows(made, "customer_notices")}
    assert states == {"K7": "to_notify", "K8": "to_notify", "K9": "acknowledged"}
    assert value(made, "customers_notified_share") == pytest.approx(1 / 3)
    letters = made.documents["customer_notices.md"]
    assert "## K7" in letters
    assert "45 毫米" in letters


def test_plastic_of_customers_has_to_degrade_from_2026_on() -> None:
    """The same bag passes on the last day of 2025 and fails on the day after."""
    bag = FILES["customer_boxes"][1] | {"plastic": True, "degradable": False}
    bag |= {"report_valid_until": dt.date(2027, 1, 1)}
    for on, word in [("2025-12-31", "PASS"), ("2026-01-01", "FAIL")]:
        made = green({"customer_boxes": [bag]}, on=dt.date.fromisoformat(on))
        assert rows(made, "customer_boxes")[0]["outcome"] == word


def test_the_specification_is_one_document_with_its_own_hash() -> None:
    """Anybody can hash the content of the JSON again and find the version."""
    made = green()
    text = made.documents["packing_specification.json"]
    envelope = json.loads(text)
    again = json.dumps(
        envelope["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    digest = hashlib.sha256(again.encode()).hexdigest()
    assert digest == envelope["sha256"]
    assert envelope["version"] == f"PS-{digest[:12]}"
    assert [one["package_id"] for one in envelope["content"]["packages"]] == [
        "B1",
        "C1",
        "E1",
        "K1",
        "P1",
        "R1",
    ]
    row = rows(made, "packing_specification")[0]
    assert (row["version"], row["sha256"]) == (envelope["version"], digest)
    readable = made.documents["packing_specification.md"]
    assert digest in readable
    assert "| C1 | carton 0201 | 200 × 150 × 100 | 100.0 | 5000 |" in readable


def test_the_version_hangs_on_rules_and_packages_and_nothing_else() -> None:
    """Another day is the same version; another rule, or another package, is another one."""
    first = version_of(content(catalogue(), POLICY))
    assert rows(green(on=dt.date(2030, 1, 1)), "packing_specification")[0]["version"] == first[0]
    assert version_of(content(catalogue(), replace(POLICY, wall_clearance_mm=5))) != first
    tare = catalogue().tare_g.copy()
    tare[0] += 1
    assert version_of(content(replace(catalogue(), tare_g=tare), POLICY)) != first


def test_the_version_does_not_hang_on_the_order_of_the_rows() -> None:
    """A catalogue sorted otherwise is the same specification."""
    from packopt.green.used_cartons import _take

    index = np.arange(catalogue().n_packages)[::-1]
    turned = _take(catalogue(), index.astype(np.int64))
    assert canonical(content(turned, POLICY)) == canonical(content(catalogue(), POLICY))


def test_a_filing_of_another_hash_is_told() -> None:
    """A version that was filed with other content is not filed."""
    version, digest = version_of(content(catalogue(), POLICY))
    for sha, agrees in [(digest, True), (digest.upper(), True), ("0" * 64, False)]:
        filing = {"version": version, "sha256": sha, "filed_on": "2025-03-01"}
        made = green({"filings": [filing]})
        assert rows(made, "packing_specification")[0]["filed_hash_agrees"] is agrees
        assert value(made, "specification_filed") == float(agrees)


def test_parcels_packed_before_the_filing_do_not_count() -> None:
    """Three of ten parcels are of January and February; the specification was filed in March."""
    files = {"packing_log": PACKING_LOG, "filings": FILES["filings"]}
    made = green(files)
    use = rows(made, "specification_use")[0]
    assert (use["version"], use["parcels"], use["packed_after_filing"]) == ("V1", 10, 7)
    some = metric(green(files | {"packing_log": PACKING_LOG[:4]}), "packed_under_filed_share")
    assert some["missing"] == "the file packing_log on 6 parcels"


def test_instructions_follow_the_policy() -> None:
    """What the policy asks is said, what it does not ask is not."""
    plain = " ".join(one["en"] for one in instructions(catalogue(), POLICY))
    assert "2 strips along the main seam" in plain
    assert "Keep 5 mm" not in plain
    strict = replace(POLICY, wall_clearance_mm=5, incompatible=(("food", "toys"),), min_support=0.6)
    told = [one["en"] for one in instructions(catalogue(), strict)]
    assert "Keep 5 mm free along every wall." in told
    assert "Never pack food and toys together." in told
    assert any("60%" in sentence for sentence in told)


def test_the_draw_is_the_same_for_the_same_seed_and_no_other() -> None:
    """A seed is a draw: the same parcels in the same order, with what to expect of each."""
    one, two = green(settings=SETTINGS), green(settings=SETTINGS)
    assert rows(one, "audit_sample") == rows(two, "audit_sample")
    assert [row["number"] for row in rows(one, "audit_sample")] == [1, 2, 3, 4]
    other = green(settings=replace(SETTINGS, sample_seed=2))
    assert rows(one, "audit_sample") != rows(other, "audit_sample")
    plan = {(row["order_id"], row["parcel"]): row for row in result().parcels.to_pylist()}
    for row in rows(one, "audit_sample"):
        parcel = plan[row["order_id"], row["parcel"]]
        assert row["expected_package"] == parcel["package_id"]
        assert row["expected_gross_g"] == parcel["gross_g"]


def test_every_parcel_has_the_same_chance() -> None:
    """Over 2,000 seeds each of ten parcels is among four drawn about 800 times."""
    from packopt.green.audit import _draw
    from packopt.green.facts import gather
    from packopt.green.inputs.folder import GreenInputs

    facts = gather(result(), orders(), catalogue(), quantities(), GreenInputs(), ON)
    drawn = np.zeros(10)
    index = {
        (row["order_id"], row["parcel"]): at for at, row in enumerate(result().parcels.to_pylist())
    }
    for seed in range(2000):
        settings = Settings(sample_size=4, sample_seed=seed)
        sample, _ = _draw(replace(facts, inputs=GreenInputs(settings=settings)))
        for row in sample.select("order_id", "parcel").rows():
            drawn[index[row]] += 1
    # 800 with a standard deviation of 22: five of them either way
    assert (np.abs(drawn - 800) < 110).all()


def test_strata_share_the_sample_and_are_all_drawn_from() -> None:
    """By package: seven strata, seven places, one each."""
    made = green(settings=replace(SETTINGS, sample_by="package_id", sample_size=7))
    drawn = sorted(row["stratum"] for row in rows(made, "audit_sample"))
    assert drawn == ["B1", "C1", "E1", "K1", "P1", "R1", "own_container"]
    summary = rows(made, "audit_summary", scope="all")
    assert [row["stratum"] for row in summary] == ["all", *drawn]
    assert [row["population"] for row in summary] == [10, 1, 3, 1, 1, 2, 1, 1]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30), st.integers(0, 2000))
def test_places_are_given_in_proportion_and_never_beyond_what_there_is(
    sizes: list[int], places: int
) -> None:
    """All places are given away, none beyond a stratum's size, one at least if there are enough."""
    given_away = allocate(np.array(sizes, np.int64), places)
    assert sum(given_away) == min(places, sum(sizes))
    assert all(0 <= one <= size for one, size in zip(given_away, sizes, strict=True))
    if places >= len(sizes):
        assert min(given_away) >= 1


def test_wilson_is_what_the_literature_says() -> None:
    """Textbook values: 0 of 10, 5 of 10, 10 of 10 and 81 of 263 at 95 %."""
    assert wilson(0, 10, 0.95) == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert wilson(5, 10, 0.95) == pytest.approx((0.23659, 0.76341), abs=1e-5)
    assert wilson(10, 10, 0.95) == pytest.approx((0.72247, 1.0), abs=1e-5)
    # Newcombe 1998, Statistics in Medicine 17, table I
    assert wilson(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_holds_its_share(checked: int, share: float, confidence: float) -> None:
    """The share that was found lies in its interval, and the interval in 0..1."""
    passed = round(share * checked)
    low, high = wilson(passed, checked, confidence)
    assert 0 <= low <= passed / checked <= high <= 1


def test_one_stratum_is_a_simple_sample() -> None:
    """With one stratum the stratified interval is Wilson's own."""
    for passed in (0, 3, 7, 10):
        share, *interval = stratified([(1000.0, passed, 10)], 0.95)
        assert share == passed / 10
        assert tuple(interval) == pytest.approx(wilson(passed, 10, 0.95))


def test_strata_are_weighted_by_their_size() -> None:
    """900 parcels that pass and 100 of which half do: 95 %, whatever the sample sizes."""
    share, low, high = stratified([(900.0, 5, 5), (100.0, 10, 20)], 0.95)
    assert share == pytest.approx(0.95)
    assert low < share < high


def test_results_outside_the_sample_do_not_count() -> None:
    """A check of a parcel that was not drawn says nothing about the others; it is noted."""
    drawn = {
        (row["order_id"], row["parcel"]) for row in rows(green(settings=SETTINGS), "audit_sample")
    }
    every = [(row["order_id"], row["parcel"]) for row in result().parcels.to_pylist()]
    stray = next(one for one in every if one not in drawn)
    found = [
        {"order_id": stray[0], "parcel": stray[1], "passed": False, "checked_on": "2025-07-01"}
    ]
    made = green({"audit_results": found}, settings=SETTINGS)
    assert metric(made, "sample_pass_rate")["value"] is None
    assert any("1 results of parcels that are not in the sample" in note for note in made.notes)


def test_a_finding_that_comes_again_is_a_repeat_and_undoes_an_action() -> None:
    """Tape in May and in July, with an action closed in June: repeated, and the action failed."""
    drawn = rows(green(settings=SETTINGS), "audit_sample")
    days = ["2025-05-01", "2025-07-01", "2025-07-02", "2025-07-02"]
    found = [
        {
            "order_id": row["order_id"],
            "parcel": row["parcel"],
            "passed": at > 1,
            "finding": "tape" if at < 2 else None,
            "checked_on": days[at],
        }
        for at, row in enumerate(drawn)
    ]
    made = green({"audit_results": found, "actions": FILES["actions"]}, settings=SETTINGS)
    assert value(made, "repeat_failures") == 1
    actions = {row["action_id"]: row for row in rows(made, "corrective_actions")}
    assert (actions["A1"]["state"], actions["A1"]["failures_since"]) == ("ineffective", 1)
    assert (actions["A1"]["days"], actions["A2"]["days"]) == (14, 61)
    quarters = {
        row["scope"]: (row["checked"], row["passed"], row["repeat_failures"])
        for row in rows(made, "audit_summary")
    }
    assert quarters == {"all": (4, 2, 1), "2025-Q2": (1, 0, 0), "2025-Q3": (3, 2, 1)}


def test_evidence_goes_by_a_hash_and_names_no_order() -> None:
    """The evidence on a parcel is found by its hash; the table has no order ids."""
    made = green()
    table = made.tables["parcel_evidence"]
    assert "order_id" not in table.column_names
    row = rows(made, "parcel_evidence", parcel_hash=parcel_hash("o7", 1))[0]
    assert (row["package_id"], row["next_package"], row["reason"]) == ("E1", "B1", "policy")
    assert row["rule_version"] == version_of(content(catalogue(), POLICY))[0]
    assert len({one["parcel_hash"] for one in table.to_pylist()}) == 10
    # An order of several parcels has no single next package.
    assert rows(made, "parcel_evidence", parcel_hash=parcel_hash("o5", 2))[0]["reason"] == "none"


def test_equal_contents_have_equal_hashes() -> None:
    """Three a are three a in both parcels of o5; one b is not two b."""
    told = {row["parcel_hash"]: row["items_hash"] for row in rows(green(), "parcel_evidence")}
    of = {
        name: told[parcel_hash(*name)]
        for name in [("o5", 1), ("o5", 2), ("o2", 1), ("o8", 1), ("o9", 1)]
    }
    assert of["o5", 1] == of["o5", 2]
    assert of["o8", 1] == of["o9", 1] != of["o2", 1]


def test_a_key_keeps_ids_from_being_found_by_trying() -> None:
    """With a key the same parcel has another hash, however long the key is."""
    for key in ("secret", "k" * 200):
        keyed = green(settings=Settings(hash_key=key))
        row = rows(keyed, "parcel_evidence")[0]
        assert row["parcel_hash"] == parcel_hash("o1", 1, key) != parcel_hash("o1", 1)
        assert row["items_hash"] == rows(green(), "parcel_evidence")[0]["items_hash"]


def test_complaints_stand_beside_the_evidence() -> None:
    """A complaint finds its parcel, or says that it does not; one that waits has no median."""
    stray = {"complaint_id": "Z3", "parcel_hash": "0" * 16, "received_on": day("2025-07-30")}
    made = green({"complaints": [*FILES["complaints"], stray]})
    told = {row["complaint_id"]: row for row in rows(made, "complaints")}
    assert (told["Z1"]["package_id"], told["Z1"]["answer_days"]) == ("C1", 3)
    assert (told["Z3"]["found"], told["Z3"]["answer_days"]) == (False, None)
    row = metric(made, "answer_days_median")
    assert (row["value"], row["missing"]) == (4.0, "an answer to 1 complaints")
    assert "the outcome of 1 complaints" in metric(made, "substantiated_per_million")["missing"]


def test_days_are_read_as_days() -> None:
    """The helper of these tests reads what it is given."""
    assert day("2025-01-02") == dt.date(2025, 1, 2)


def test_figures_beside_savings_say_what_they_lack() -> None:
    """Without weights the mass of products is open, without a log the damage is."""
    import pyarrow as pa

    parcels = result().parcels
    column = parcels.column_names.index("content_g")
    blank = parcels.set_column(column, parcels.schema.field("content_g"), pa.nulls(10, pa.int64()))
    made = tables(replace(result(), parcels=blank), orders(), catalogue(), quantities(), None, ON)
    row = metric(made, "packaging_to_product")
    assert (row["value"], row["missing"]) == (None, "weights of the orders")
    row = metric(made, "damage_rate")
    assert row["missing"] == "damaged of 10 parcels in the file packing_log"
    quarters = {one["period"]: one["split_orders"] for one in rows(made, "order_figures")}
    assert quarters == {"all": 1, "2025-Q1": 0, "2025-Q2": 1, "2025-Q3": 0}
