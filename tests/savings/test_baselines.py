"""Baselines: which orders their packages really hold, and what becomes of the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from carriers.freighted import Tariff, freight
from packopt import Policy, recommend
from packopt.savings import (
    ColumnBaseline,
    Savings,
    TableBaseline,
    savings,
)
from savings.replayed import amounts, demo, demo_catalogue, ordered, shop, statuses, totals
from savings.three_cartons import CARTONS, LONG, SMALL, reasons, replayed


def test_each_order_of_a_column_has_its_status() -> None:
    """Used as planned, larger, too small, unknown, none, and one that packopt cannot pack."""
    found = replayed(
        ordered(
            {"size": SMALL, "baseline_package": "S"},
            {"size": SMALL, "baseline_package": "L"},
            {"size": LONG, "baseline_package": "S"},
            {"size": SMALL, "baseline_package": "SS"},
            {"size": SMALL, "baseline_package": None},
            {"size": (900, 10, 10), "baseline_package": "L"},
        ),
        ColumnBaseline(),
    )
    assert list(statuses(found).values()) == [
        "counted",
        "counted",
        "cannot_hold",
        "unknown_package",
        "no_baseline",
        "no_plan",
    ]
    assert found.orders["baseline_package"].to_pylist() == ["S", "L", "S", "SS", None, "L"]
    assert reasons(found) == {
        ("no_plan", "no packages hold the order: proved"): 1,
        ("no_baseline", "the input names no package"): 1,
        ("unknown_package", "package 'SS' is not in the catalogue; did you mean 'S'?"): 1,
        ("cannot_hold", "a unit fits in no allowed orientation"): 1,
    }
    assert found.about["orders"] == {"read": 6, "accepted": 6, "rejected": 0, "counted": 2}
    assert totals(found)["parcels"]["baseline"] == 2


def test_what_a_baseline_package_takes_is_what_packopt_would_tell_of_it() -> None:
    """The amounts of L for a small unit are those of a catalogue of L alone."""
    lines = ordered({"size": SMALL, "baseline_package": "L"})
    found = replayed(lines, ColumnBaseline())
    alone = recommend(lines, shop(CARTONS[2:])).parcels
    whole = alone["tare_g"][0].as_py() + alone["fill_g"][0].as_py()
    assert amounts(found, "baseline", "packaging_g") == {"o0": pytest.approx(whole)}
    kept = [name for name in alone.column_names if name not in ("order_id", "package_id")]
    assert found.baseline_parcels.select(kept).to_pylist() == alone.select(kept).to_pylist()


TOY = Tariff(divisor=5000, step=0.1, prices=tuple(range(300, 900, 10)), longest_mm=460,
             heaviest_g=9000)  # fmt: skip


def test_parcels_of_a_baseline_cost_their_carriage_like_those_of_the_plan() -> None:
    """With freight in the policy, asked anew or as planned, alone or beside an unused package."""
    priced = [one | {"unit_cost": 0.2} for one in CARTONS]
    lines = ordered(
        {"size": SMALL, "baseline_package": "L"}, {"size": SMALL, "baseline_package": "S"}
    )
    with freight(TOY) as carriage:
        policy = Policy(objective="cost", freight=carriage)
        found = savings(lines, shop(priced), policy, baseline=ColumnBaseline(), resamples=200)
        large, small = found.baseline_parcels.to_pylist()
        for parcel, package, at in ((large, priced[2], 0), (small, priced[0], 1)):
            one = recommend(lines.take(np.array([at])), shop([package]), policy).parcels
            assert parcel | {"verdict": None} == one.to_pylist()[0] | {"verdict": None}
        assert large["billable_g"] > small["billable_g"] > 0
        for parcel, told in zip((large, small), found.baseline_quantities.to_pylist(), strict=True):
            assert parcel["billable_g"] == told["billable_g"]
            assert parcel["cost"] == pytest.approx(told["money"])
        table = pa.table({"order_id": ["o0", "o0", "o1"], "package_id": ["M", "L", "S"]})
        pairs = ordered({"size": SMALL, "qty": 2}, {"size": SMALL})
        found = savings(pairs, shop(priced), policy, baseline=TableBaseline(table), resamples=200)
        rows = found.baseline_parcels.to_pylist()
        assert sorted(row["package_id"] for row in rows) == ["L", "M", "S"]
        for row, told in zip(rows, found.baseline_quantities.to_pylist(), strict=True):
            assert row["cost"] == pytest.approx(told["money"])


def test_a_package_that_the_carrier_refuses_has_no_freight() -> None:
    """The baseline used XL, longer than the carrier takes: what it paid nobody knows."""
    packages = [
        one | {"unit_cost": 0.2} for one in (*CARTONS, {"package_id": "XL", "inner": (600, 90, 90)})
    ]
    lines = ordered({"size": (80, 80, 80), "baseline_package": "XL"})
    with freight(TOY) as carriage:
        policy = Policy(objective="cost", freight=carriage)
        found = savings(lines, shop(packages), policy, baseline=ColumnBaseline(), resamples=200)
    assert statuses(found) == {"o0": "counted"}
    assert np.isnan(found.baseline_parcels["cost"][0].as_py())
    assert amounts(found, "baseline", "freight") == {"o0": None}
    assert amounts(found, "plan", "freight")["o0"] is not None
    assert "freight" not in totals(found)
    notes = found.about["notes"]
    assert "freight is left out: it is not known for 1 parcels of the baseline, in XL" in notes


@pytest.mark.parametrize("rule", ["volume-80", "first-fit-largest-side", "one-size-up"])
def test_a_package_counts_only_if_packopt_has_a_plan_for_it(rule: str) -> None:
    """Every verdict on the demo is that of a catalogue of the one package under the same rules."""
    found = savings(demo(), demo_catalogue(), baseline=rule, resamples=200)
    catalogue, names = demo_catalogue(), list(demo_catalogue().package_ids)
    meaning = {
        "optimal": "counted",
        "feasible": "counted",
        "unpackable": "cannot_hold",
        "undecided": "unverified",
    }
    rows = found.orders.select(["order_id", "status", "baseline_package"]).to_pylist()
    asked = [at for at, row in enumerate(rows) if row["status"] not in ("no_plan", "no_baseline")]
    assert len(asked) > 200
    seen = set()
    for at in asked:
        only = catalogue.take(np.array([names.index(rows[at]["baseline_package"])]))
        answer = recommend(demo().take(np.array([at])), only, Policy(max_parcels=1))
        assert rows[at]["status"] == meaning[answer.orders["verdict"][0].as_py()], rows[at]
        seen.add(rows[at]["status"])
    assert "counted" in seen
    assert rule == "one-size-up" or "cannot_hold" in seen


def test_a_limit_of_empty_space_is_packopts_own_and_not_the_baselines() -> None:
    """What was really used may be half empty: it held the order, and counts."""
    lines = ordered({"size": SMALL, "baseline_package": "L"})
    limited = Policy(max_empty_space=0.9)
    found = replayed(lines, ColumnBaseline(), limited)
    assert statuses(found) == {"o0": "counted"}
    assert found.orders["baseline_empty_space"][0].as_py() > 0.9
    found = replayed(lines, ColumnBaseline(), Policy(max_empty_space=0.1))
    assert reasons(found) == {
        ("no_plan", "no packages hold the order within the limits of the policy: proved"): 1
    }


def test_orders_with_finite_stock_have_a_baseline_without_it() -> None:
    """Stock limits the plan; whoever used M had it."""
    packages = [one | {"stock": 1} for one in CARTONS]
    lines = ordered(*({"size": SMALL, "baseline_package": "S"} for _ in range(2)))
    found = savings(lines, shop(packages), baseline=ColumnBaseline(), resamples=200)
    assert list(statuses(found).values()) == ["counted"] * 2
    assert found.orders["plan_package"].to_pylist() == ["S", "M"]
    assert found.orders["baseline_package"].to_pylist() == ["S", "S"]


def test_a_unit_that_may_ship_as_it_is_was_packed_where_a_package_is_named() -> None:
    """The package that was saved altogether is what original-package shipping is about."""
    lines = ordered(
        {"size": SMALL, "own_container": True, "baseline_package": "S"},
        {"size": SMALL, "own_container": True, "baseline_package": "own_container"},
    )
    found = replayed(lines, ColumnBaseline())
    assert list(statuses(found).values()) == ["counted"] * 2
    assert found.orders["plan_package"].to_pylist() == ["own_container"] * 2
    saved = [one["saved"] for one in _saved(found)]
    assert saved[0] > 90
    assert saved[1] == 0


def _saved(found: Savings) -> list[dict[str, float]]:
    rows = found.orders.to_pylist()
    return [
        {"saved": row["baseline_packaging_g"] - row["plan_packaging_g"]}
        for row in rows
        if row["status"] == "counted"
    ]


def test_own_containers_that_are_none_are_not_believed() -> None:
    """The order has no unit that may ship as it is."""
    lines = ordered({"size": SMALL, "baseline_package": "own_container"})
    assert statuses(replayed(lines, ColumnBaseline())) == {"o0": "unverified"}


def test_a_policy_that_packs_own_containers_is_compared_with_shipping_them() -> None:
    """Under "cheaper" a unit may be packed with the rest; the baseline shipped it as it is."""
    lines = ordered(
        {"order_id": "a", "size": SMALL, "own_container": True, "baseline_package": None},
        {"order_id": "a", "size": SMALL, "baseline_package": None},
    )
    table = pa.table({"order_id": ["a", "a"], "package_id": ["own_container", "M"]})
    found = replayed(lines, TableBaseline(table), Policy(own_container="cheaper"))
    assert statuses(found) == {"a": "counted"}
    assert totals(found)["parcels"]["baseline"] == 2
    assert found.baseline_parcels["package_id"].to_pylist() == ["M", "own_container"]


def test_a_package_at_another_site_cannot_have_been_it() -> None:
    """S is not to be had where the order is packed."""
    packages = [one | {"sites": "A" if one["package_id"] == "S" else "A;B"} for one in CARTONS]
    lines = ordered({"size": SMALL, "site": "B", "baseline_package": "S"})
    found = savings(lines, shop(packages), baseline=ColumnBaseline(), resamples=200)
    assert statuses(found) == {"o0": "cannot_hold"}


def test_what_lies_in_a_package_already_is_not_asked_about_another() -> None:
    """Of a part-filled package the plan is the only one there is."""
    line = {"size": SMALL, "placed_in": "M", "placed_x_mm": 0, "placed_y_mm": 0, "placed_z_mm": 0}
    lines = ordered(
        line | {"order_id": "a", "baseline_package": "M"},
        {"order_id": "a", "size": SMALL},
        line | {"order_id": "b", "baseline_package": "L"},
        {"order_id": "b", "size": SMALL},
    )
    assert statuses(replayed(lines, ColumnBaseline())) == {"a": "counted", "b": "unverified"}
    assert statuses(replayed(lines, "volume-80")) == {"a": "counted", "b": "counted"}


def test_several_packages_of_a_table_are_verified_together() -> None:
    """Two L hold what one does not; an M and an S do not."""
    slab = (390, 290, 190)
    lines = ordered(
        {"order_id": "a", "size": slab, "qty": 2}, {"order_id": "b", "size": slab, "qty": 2}
    )
    table = pa.table({"order_id": ["a", "a", "b", "b"], "package_id": ["L", "L", "M", "S"]})
    found = replayed(lines, TableBaseline(table, "packer.csv"))
    assert statuses(found) == {"a": "counted", "b": "cannot_hold"}
    assert reasons(found) == {("cannot_hold", "the packages together do not hold the order"): 1}
    assert found.about["baseline"] == "result: packer.csv"


def test_a_package_that_packopt_does_without_was_used_all_the_same() -> None:
    """Another packer took M and L; L alone holds the order, so M is saved, and its filler."""
    lines = ordered({"order_id": "a", "size": SMALL, "qty": 3})
    table = pa.table({"order_id": ["a", "a"], "package_id": ["M", "L"]})
    found = replayed(lines, TableBaseline(table))
    assert statuses(found) == {"a": "counted"}
    rows = found.baseline_parcels.to_pylist()
    assert sorted(row["package_id"] for row in rows) == ["L", "M"]
    assert sorted(row["units"] for row in rows) == [0, 3]
    assert [row["parcel"] for row in rows] == [1, 2]
    inner = 300 * 200 * 150 + 400 * 300 * 200
    empty_l = (inner - 3 * 100 * 100 * 50) / 1e6
    assert amounts(found, "baseline", "fill_l")["a"] == pytest.approx(empty_l)
    alone = sum(
        recommend(ordered({"size": SMALL}), shop([one])).parcels["tare_g"][0].as_py()
        for one in CARTONS[1:]
    )
    assert amounts(found, "baseline", "packaging_g")["a"] == pytest.approx(alone + empty_l * 8)


def test_a_mailer_that_packopt_does_without_leaves_the_order_open() -> None:
    """Nobody knows how thick the other packer's mailer was."""
    packages = [*CARTONS, {"package_id": "P", "kind": "mailer", "inner": (300, 220, 40)}]
    table = pa.table({"order_id": ["o0", "o0"], "package_id": ["P", "M"]})
    lines = ordered({"size": SMALL, "qty": 2, "mailer_ok": False})
    found = savings(lines, shop(packages), baseline=TableBaseline(table), resamples=200)
    assert statuses(found) == {"o0": "unverified"}


def test_threads_do_not_change_the_answer() -> None:
    """Groups of orders are asked in any order and come back in theirs."""
    one, four = (
        savings(demo(), demo_catalogue(), baseline="volume-80", resamples=200, threads=threads)
        for threads in (1, 4)
    )
    assert one.orders.equals(four.orders)
    assert one.baseline_parcels.equals(four.baseline_parcels)
    assert one.total.equals(four.total)
