"""Parcels, SKUs and packages as tables of facts, and the facts that a user states."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

import packopt
from packopt.catalogue import Catalogue
from packopt.datasets import demo_orders_path
from packopt.errors import RulesError
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.rules import evaluate, package_facts, parcel_facts, read_pack, rule_pack, sku_facts
from packopt.rules.known_facts import declared_facts, schema_of
from packopt.rules.packs import RulePack
from packopt.rules.stated import about

Row = dict[str, Any]

_ORDERS = [
    # One unit that ships as it is beside one in a carton, a fragile pair, a soft unit in a mailer.
    {"order_id": "mixed", "sku": "case", "size": (300, 200, 100), "own_container": True},
    {"order_id": "mixed", "sku": "mug", "size": (90, 90, 90)},
    {"order_id": "pair", "sku": "mug", "size": (90, 90, 90), "qty": 2, "fragile": True},
    {"order_id": "soft", "sku": "shirt", "size": (150, 100, 40), "min_height_mm": 20},
    {"order_id": "cold", "sku": "fish", "size": (150, 100, 60), "temperature": "chilled"},
    {"order_id": "pole", "sku": "pole", "size": (900, 20, 20)},
]
_PACKAGES = [
    {"package_id": "S", "kind": "carton", "inner": (200, 150, 100), "tare_g": 60.0},
    {"package_id": "M", "kind": "carton", "inner": (300, 200, 150), "tare_g": 90.0},
    {"package_id": "P", "kind": "mailer", "inner": (240, 200, 30), "tare_g": 10.0},
    {
        "package_id": "ice", "kind": "carton", "inner": (200, 150, 100), "tare_g": 80.0,
        "temperature": "chilled", "coolant_mm3": 300_000, "reusable": True, "reusable_trips": 5,
        "recycled_share": 0.8,
    },
]  # fmt: skip
_SIDES = ("length_mm", "width_mm", "height_mm")


def _orders(rows: list[Row]) -> Orders:
    lines = []
    for row in rows:
        line = {"qty": 1, "weight_g": 100} | row | dict(zip(_SIDES, row["size"], strict=True))
        line |= {"date": dt.date(2026, 6, 1), "region": "kr"}
        del line["size"]
        lines.append(line)
    return Orders.from_table(_table(lines))


def _catalogue(rows: list[Row]) -> Catalogue:
    packages = []
    for row in rows:
        length, width, height = row["inner"]
        package = {"length_mm": length, "width_mm": width} | row
        if row["kind"] == "mailer":
            package["max_thickness_mm"] = height
        else:
            package["height_mm"] = height
            outer = (length + 6, width + 6, height + 12)
            package |= {f"outer_{side}": mm for side, mm in zip(_SIDES, outer, strict=True)}
        del package["inner"]
        packages.append(package)
    return Catalogue.from_table(_table(packages))


def _table(rows: list[Row]) -> pa.Table:
    names = list(dict.fromkeys(itertools.chain(*rows)))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


@cache
def _made(objective: str = "material") -> tuple[Recommendations, Catalogue, Orders]:
    orders, catalogue = _orders(_ORDERS), _catalogue(_PACKAGES)
    return packopt.recommend(orders, catalogue, Policy(objective=objective)), catalogue, orders  # type: ignore[arg-type]


def _facts(*extra: pa.Table, packs: tuple[RulePack, ...] = ()) -> dict[str, Row]:
    """Facts by order and package."""
    table = parcel_facts(*_made(), extra, packs)
    return {f"{row['order_id']} {row['package_id']}": row for row in table.to_pylist()}


def test_the_facts_have_their_schema() -> None:
    """One row for each parcel, every column of its type, whatever is missing."""
    result = _made()[0]
    table = parcel_facts(*_made())
    assert table.schema.equals(schema_of("parcel"))
    assert table["order_id"].to_pylist() == result.parcels["order_id"].to_pylist()
    assert "pole" not in table["order_id"].to_pylist()


def test_facts_of_a_carton() -> None:
    """Volumes, sides, box of the units, packages and units, worked out by hand."""
    fact = _facts()["pair S"]
    assert fact["content_mm3"] == 2 * 90**3
    assert fact["inner_mm3"] == 200 * 150 * 100
    assert fact["outer_mm3"] == 206 * 156 * 112
    assert (fact["units"], fact["skus"], fact["content_g"]) == (2, 1, 200)
    assert (fact["box_length_mm"], fact["box_width_mm"], fact["box_height_mm"]) == (180, 90, 90)
    assert (fact["fragile"], fact["own_container"], fact["plastic"]) == (True, False, False)
    assert (fact["temperature"], fact["closure"], fact["reusable"]) == ("ambient", "tape", False)
    assert fact["tape_m"] == pytest.approx(2 * (200 + 140) / 1000)
    assert (fact["date"], fact["region"]) == (dt.date(2026, 6, 1), "KR")
    assert fact["recycled_share"] is None


def test_facts_of_a_mailer() -> None:
    """It is as large as its content makes it: flat sides less allowance and thickness."""
    fact = _facts()["soft P"]
    assert fact["content_mm3"] == 150 * 100 * 20
    volume = (240 - 13 - 20) * (200 - 13 - 20) * 20
    assert fact["outer_mm3"] == fact["inner_mm3"] == volume
    (row,) = [row for row in _made()[0].parcels.to_pylist() if row["order_id"] == "soft"]
    assert row["empty_space_outer"] == pytest.approx(1 - fact["content_mm3"] / volume)
    assert fact["plastic"]


def test_facts_of_cold_and_own_containers() -> None:
    """Coolant, a reusable package and its recycled share; a unit as it is has no package."""
    facts = _facts()
    cold = facts["cold ice"]
    assert (cold["coolant_mm3"], cold["temperature"], cold["reusable"]) == (
        300_000,
        "chilled",
        True,
    )
    assert cold["recycled_share"] == pytest.approx(0.8)
    own = facts["mixed own_container"]
    assert own["own_container"]
    assert (own["material"], own["closure"], own["plastic"], own["reusable"]) == (None,) * 4
    assert own["outer_mm3"] == own["content_mm3"] == 300 * 200 * 100
    assert (own["smaller_packages"], own["smaller_that_hold"]) == (0, 0)


def test_empty_space_agrees_with_the_result() -> None:
    """The demo's parcels, of any kind: what the facts give is what the result states."""
    orders, catalogue = _demo_input()
    result = packopt.recommend(orders, catalogue, Policy(effort="fast"))
    facts = parcel_facts(result, catalogue, orders).to_pylist()
    for fact, parcel in zip(facts, result.parcels.to_pylist(), strict=True):
        for basis in ("inner", "outer"):
            empty = 1 - fact["content_mm3"] / fact[f"{basis}_mm3"]
            assert empty == pytest.approx(parcel[f"empty_space_{basis}"], abs=1e-12)


def _demo_input() -> tuple[Orders, Catalogue]:
    return packopt.read_orders(demo_orders_path()), packopt.builtin_catalogue("demo")


def test_without_plans_what_they_tell_is_missing() -> None:
    """Of orders in one parcel the lines tell what is in it, but not the box around it."""
    result, catalogue, orders = _made()
    bare = Recommendations(
        **{
            name: getattr(result, name)
            for name in ("orders", "parcels", "ruled_out", "unpacked", "alternatives", "rejects")
        },
        placements=result.placements.slice(0, 0),
        alternative_placements=result.alternative_placements,
        policy=result.policy,
        catalogue_digest=result.catalogue_digest,
    )
    facts = {row["order_id"]: row for row in parcel_facts(bare, catalogue, orders).to_pylist()}
    assert (facts["pair"]["fragile"], facts["pair"]["skus"]) == (True, 1)
    assert facts["pair"]["box_length_mm"] is None
    assert facts["cold"]["box_length_mm"] == 150
    assert facts["mixed"]["fragile"] is None
    assert facts["mixed"]["skus"] is None


def test_why_the_next_smaller_package_fails() -> None:
    """The reason that the result gives, and else one of volume or sides."""
    orders = _orders([{"order_id": "A", "sku": "x", "size": (250, 150, 120)}])
    catalogue = _catalogue(_PACKAGES[:2])
    result = packopt.recommend(orders, catalogue)
    (fact,) = parcel_facts(result, catalogue, orders).to_pylist()
    assert (fact["package_id"], fact["smaller_packages"], fact["smaller_that_hold"]) == ("M", 1, 0)
    assert fact["next_smaller"] == "S: side"


def test_a_smaller_package_that_holds_is_found_out() -> None:
    """Money chose the larger one; an alternative shows that the smaller one would do."""
    packages = [
        row | {"unit_cost": 9.0 if row["package_id"] == "S" else 1.0, "currency": "EUR"}
        for row in _PACKAGES[:2]
    ]
    orders = _orders([{"order_id": "A", "sku": "x", "size": (100, 100, 90)}])
    catalogue = _catalogue(packages)
    policy = Policy(objective="cost", alternatives=1)
    (fact,) = parcel_facts(
        packopt.recommend(orders, catalogue, policy), catalogue, orders
    ).to_pylist()
    assert (fact["package_id"], fact["smaller_packages"], fact["smaller_that_hold"]) == ("M", 1, 1)
    assert fact["next_smaller"] == "S: holds the units"
    # Without the alternative nobody has asked, and so nobody knows.
    silent = packopt.recommend(orders, catalogue, Policy(objective="cost"))
    (fact,) = parcel_facts(silent, catalogue, orders).to_pylist()
    assert (fact["smaller_that_hold"], fact["next_smaller"]) == (None, None)


def test_claims_about_smaller_packages_are_true() -> None:
    """What is said not to hold the units of the demo, does not: each is asked about alone."""
    orders, catalogue = _demo_input()
    result = packopt.recommend(orders, catalogue)
    facts = parcel_facts(result, catalogue, orders).to_pylist()
    claimed = [row for row in facts if row["smaller_that_hold"] == 0 and row["smaller_packages"]]
    assert len(claimed) > 100
    rows = {name: i for i, name in enumerate(catalogue.package_ids)}
    for fact in claimed[::25]:
        order = orders.order_ids.to_pylist().index(fact["order_id"])
        if result.orders["parcels"][order].as_py() > 1:
            continue
        name, _, _ = fact["next_smaller"].partition(":")
        alone = packopt.recommend(
            orders.slice(order, order + 1), _only(catalogue, rows[name]), Policy(max_parcels=1)
        )
        assert alone.orders["verdict"][0].as_py() == "unpackable"


def _only(catalogue: Catalogue, package: int) -> Catalogue:
    """A catalogue of one package, as large as before."""
    kind = ("carton", "mailer")[catalogue.kind[package]]
    row: Row = {
        "package_id": "only", "kind": kind, "inner": tuple(catalogue.inner_mm[package].tolist()),
        "style": catalogue.style[package],
    }  # fmt: skip
    if catalogue.max_content_g[package] >= 0:
        row["max_content_g"] = int(catalogue.max_content_g[package])
    return _catalogue([row])


_PACK: Row = {
    "id": "OWN", "title": "Own", "version": "1", "jurisdiction": "here", "subject": "parcel",
    "source": "us", "confidence": "V",
    "facts": {
        "liquid": {"kind": "flag", "meaning": "liquid", "from_skus": "any"},
        "boxed": {"kind": "flag", "meaning": "boxed", "from_skus": "all"},
        "price": {"kind": "number", "meaning": "price", "from_skus": "sum"},
        "grade": {"kind": "word", "meaning": "grade", "from_skus": "one"},
        "layers": {"kind": "number", "meaning": "layers", "from_skus": "max"},
        "age": {"kind": "number", "meaning": "age", "from_skus": "min"},
        "tape_mm": {"kind": "number", "meaning": "tape", "most": 100},
        "gift": {"kind": "flag", "meaning": "gift"},
    },
    "rules": [
        {
            "id": "OWN.all", "title": "All", "valid_from": "earliest known",
            "value": "price + layers + age + tape_mm", "limit": 100,
            "exemptions": [{"when": "liquid or boxed or gift or grade == 'A'", "code": "x"}],
        }
    ],
}  # fmt: skip


def _by_sku(**columns: list[Any]) -> pa.Table:
    return pa.table({"sku": ["mug", "shirt", "fish"]} | columns)


def test_facts_by_sku_become_facts_of_parcels() -> None:
    """Any, all, sum, most, least and one; what is not known of some unit is not made up."""
    table = _by_sku(
        liquid=["no", "", "yes"],
        boxed=["yes", "yes", ""],
        price=["2.5", "", "4"],
        grade=["B", "", "A"],
        layers=[1, 2, None],
        age=[3, 2, None],
    )
    facts = _facts(table, packs=(read_pack(_PACK),))
    pair, soft, cold = facts["pair S"], facts["soft P"], facts["cold ice"]
    assert (pair["liquid"], soft["liquid"], cold["liquid"]) == (False, None, True)
    assert (pair["boxed"], soft["boxed"], cold["boxed"]) == (True, True, None)
    assert (pair["price"], soft["price"], cold["price"]) == (5.0, None, 4.0)
    assert (pair["grade"], soft["grade"], cold["grade"]) == ("B", None, "A")
    assert (pair["layers"], soft["layers"], cold["layers"]) == (1, 2, None)
    assert facts["mixed own_container"]["liquid"] is None  # nothing is said of the case


def test_mixed_parcels_take_what_decides() -> None:
    """Of two SKUs one is liquid, and of the other nobody knows: the parcel is liquid."""
    orders = _orders(
        [
            {"order_id": "A", "sku": "oil", "size": (50, 50, 50)},
            {"order_id": "A", "sku": "mug", "size": (50, 50, 50), "qty": 2},
        ]
    )
    catalogue = _catalogue(_PACKAGES[:2])
    result = packopt.recommend(orders, catalogue)
    table = pa.table(
        {
            "sku": ["oil", "mug"],
            "liquid": [True, None],
            "boxed": [False, None],
            "price": [1.0, 3.0],
            "grade": ["A", "B"],
            "layers": [1, 2],
            "age": [5, 4],
        }
    )
    (fact,) = parcel_facts(result, catalogue, orders, table, [read_pack(_PACK)]).to_pylist()
    assert (fact["liquid"], fact["boxed"], fact["price"], fact["grade"]) == (True, False, 7.0, None)
    assert (fact["layers"], fact["age"]) == (2, 4)


def test_what_is_about_less_wins() -> None:
    """A parcel's own fact goes before its order's, its package's, and everybody's."""
    tables = [
        pa.table({"tape_mm": [10]}),
        pa.table({"package_id": ["S", "M"], "tape_mm": [20, 21]}),
        pa.table({"order_id": ["pair"], "tape_mm": [30]}),
        pa.table({"order_id": ["mixed"], "parcel": [1], "tape_mm": [40]}),
    ]
    facts = _facts(*tables, packs=(read_pack(_PACK),))
    assert facts["pair S"]["tape_mm"] == 30
    assert facts["cold ice"]["tape_mm"] == 10
    first = next(row for row in facts.values() if (row["order_id"], row["parcel"]) == ("mixed", 1))
    assert first["tape_mm"] == 40


def test_stated_facts_reach_the_rules() -> None:
    """With everything known the rule passes, for one row that holds for all."""
    table = pa.table(
        {
            "liquid": [False], "boxed": [False], "price": [1], "grade": ["B"], "layers": [1],
            "age": [1], "tape_mm": [45], "gift": ["no"],
        }
    )  # fmt: skip
    pack = read_pack(_PACK)
    facts = parcel_facts(*_made(), table, [pack])
    outcomes = evaluate(pack, facts)
    assert set(outcomes["outcome"].to_pylist()) == {"PASS"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"sku": ["mug"], "gift": [True]}, "stated by SKU, but not how it follows.*from_skus"),
        ({"sku": ["mug", "mug"], "price": [1, 2]}, "values of sku more than once, the first 'mug'"),
        ({"sku": [1.5], "price": [1]}, "column sku: found values of type double"),
        ({"sku": ["mug"], "order_id": ["pair"], "price": [1]}, "found the keys order_id and sku"),
        ({"gift": [True, False]}, "found 2 rows and no column order_id"),
        (
            {"order_id": ["pair"], "fragile": [True]},
            "found the columns fragile, which packopt knows",
        ),
        ({"order_id": ["pair"], "tape_mm": [-1]}, "column tape_mm: row 1: found -1"),
        ({"order_id": ["pair"], "tape_mm": [101]}, "expected numbers.*from 0 to 100"),
        ({"order_id": ["pair"], "gift": ["maybe"]}, "row 1: found 'maybe', expected true or false"),
        ({"order_id": ["pair"], "customer_email": ["x"]}, "customer_email look like personal data"),
    ],
)
def test_facts_that_do_not_fit_are_refused(table: dict[str, list[Any]], message: str) -> None:
    """Keys, repeated rows, kinds and ranges, each with what was found and expected."""
    with pytest.raises(RulesError, match=message):
        _facts(pa.table(table), packs=(read_pack(_PACK),))


def test_a_result_of_other_orders_or_packages_is_refused() -> None:
    """Facts of a result need what it was made from."""
    result, catalogue, orders = _made()
    with pytest.raises(RulesError, match="found the catalogue"):
        parcel_facts(result, _catalogue(_PACKAGES[:2]), orders)
    with pytest.raises(RulesError, match="found orders in the result that are not among"):
        parcel_facts(result, catalogue, orders.slice(0, 1))


def test_facts_of_skus() -> None:
    """One row each, sides from the longest, in order of appearance."""
    table = sku_facts(
        _orders(_ORDERS), _by_sku(pack_form=["box", "bag", "tube"]), [rule_pack("AMAZON-SIPP")]
    )
    rows = {row["sku"]: row for row in table.to_pylist()}
    assert list(rows) == ["case", "mug", "shirt", "fish", "pole"]
    assert (rows["pole"]["length_mm"], rows["pole"]["width_mm"]) == (900, 20)
    assert rows["case"]["own_container"]
    assert rows["case"]["pack_form"] is None
    assert rows["shirt"]["pack_form"] == "bag"
    assert rows["mug"]["weight_g"] == 100


def test_facts_of_packages() -> None:
    """What the catalogue says, and what a laboratory adds."""
    report = pa.table({"package_id": ["P"], "pb_mg_kg": [3.5], "pack_material": ["plastic"]})
    table = package_facts(_catalogue(_PACKAGES), report, [rule_pack("CN-GB43352")])
    rows = {row["package_id"]: row for row in table.to_pylist()}
    assert (rows["P"]["kind"], rows["P"]["plastic"], rows["P"]["pb_mg_kg"]) == ("mailer", True, 3.5)
    assert (rows["S"]["pb_mg_kg"], rows["ice"]["reusable"]) == (None, True)


def test_columns_go_to_the_subjects_that_ask_for_them() -> None:
    """One file may hold facts for several packs; a column that nobody asks for is misspelt."""
    packs = [rule_pack("KR-2026"), rule_pack("AMAZON-SIPP"), rule_pack("CN-GB43352")]
    table = _by_sku(liquid=[True, False, True], pack_form=["bag"] * 3)
    one = pa.table({"annual_sales_krw": [1.0], "food_contact": [False]})
    assert [t.column_names for t in about("parcel", [table, one], packs)] == [
        ["sku", "liquid"],
        ["annual_sales_krw"],
    ]
    assert [t.column_names for t in about("sku", [table, one], packs)] == [
        ["sku", "liquid", "pack_form"]
    ]
    assert [t.column_names for t in about("package", [table, one], packs)] == [["food_contact"]]
    with pytest.raises(
        RulesError, match="column liqid: no rule pack asks for it; did you mean liquid"
    ):
        about("parcel", [table.rename_columns(["sku", "liqid", "pack_form"])], packs)


def test_packs_that_mean_different_things_by_one_name_are_refused() -> None:
    """A fact is a flag or a number, and not both."""
    other = _PACK | {"facts": _PACK["facts"] | {"gift": {"kind": "number", "meaning": "gifts"}}}
    other = other | {
        "rules": [{"id": "OWN.n", "title": "n", "valid_from": "earliest known", "value": "gift"}]
    }
    with pytest.raises(RulesError, match="fact gift: found it as a number in OWN, and a flag"):
        declared_facts([read_pack(_PACK), read_pack(other)], "parcel")
