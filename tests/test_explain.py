"""Explanations: every word and number in them follows from orders and catalogue."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from handmade import ANSWERS, LINES, POLICY, change, made, make_catalogue, make_orders, make_result
from handmade_shapes import scene
from packopt.errors import ResultError
from packopt.explain import VERDICT_WORDS, explain
from packopt.tables import REASONS, REJECTS, VERDICTS


def _explain(order_id: str) -> str:
    return explain(made().result, made().orders, made().catalogue, order_id)


def test_an_explanation_reads_like_this() -> None:
    """Answer, verdict in words, plan, and each cheaper package with its reason."""
    assert _explain("blocks") == (
        "Order blocks: 3 units, optimal\n"
        "  package  M, carton 300 × 200 × 150 mm inside; as packed 306 × 206 × 162 mm outside\n"
        "  cost     10,211,832 mm3\n"
        "  weight   package 51.8 g, filler 26.6 g, content 300 g, together 378.5 g\n"
        "  empty    37.0% of the inner volume, 44.5% of the outer\n"
        "\n"
        "Nothing cheaper holds the order: every cheaper package is ruled out for good (for rigid "
        "units that lie parallel to the package's sides).\n"
        "\n"
        "Plan, in packing order:\n"
        "  step  sku    unit  x mm  y mm  z mm  dx mm  dy mm  dz mm\n"
        "  1     block  1     0     0     0     150    90     140\n"
        "  2     block  2     150   0     0     150    90     140\n"
        "  3     block  3     0     90    0     150    90     140\n"
        "\n"
        "Cheaper packages, cheapest first:\n"
        "  package  kind and size                                  cost         why not\n"
        "  P        mailer 240 × 200 × 30 mm flat, thickness last  927,870 mm3  side: "
        "block (150 × 140 × 90 mm) needs 90 mm of thickness, and the package offers 30 mm\n"
        "  S        carton 200 × 150 × 100 mm inside               too small    volume: "
        "the units take 5.67 L, and it offers at most 3.00 L"
    )


@pytest.mark.parametrize(
    ("order_id", "words"),
    [
        ("card", ["No package is cheaper for this order.", "P, mailer 240 × 200 × 30 mm flat"]),
        ("glass", ["policy: it is a mailer, and glass (150 × 100 × 10 mm) is fragile"]),
        ("anvil", ["S ", "weight: the content of 6,000 g is more than the 2,000 g it may hold"]),
        (
            "pole",
            [
                "Order pole: 1 unit, unpackable, no package\n",
                "Packages, cheapest first:",
                "L ",
                "side: pole (900 × 20 × 20 mm) needs 900 mm along some side, and the longest",
                "offers 400 mm",
            ],
        ),
        (
            "slabs",
            [
                "pair: two units of slab (250 × 180 × 90 mm) never fit together: side by side",
                "500 of 300 mm along its length, 360 of 200 mm along its width, 180 of 150 mm",
                "undecided: neither a plan nor a proof was found within the effort",
            ],
        ),
        ("ledge", ["pair: some units never fit side by side; the mailer is at most 30 mm thick"]),
    ],
)
def test_reasons_come_with_their_arithmetic(order_id: str, words: list[str]) -> None:
    """Where a reason can be followed on paper, its numbers are there."""
    text = _explain(order_id)
    for part in words:
        assert part in text


@pytest.mark.parametrize(
    ("name", "order_id", "words"),
    [
        (
            "split",
            "slabs",
            [
                "Order slabs: 5 units, optimal, 2 parcels\n  cost     36,549,864 mm3\n",
                "  parcel 1 with 4 units\n  package  L, carton 400 × 300 × 200 mm inside",
                "No plan has fewer than 2 parcels, and none of as many costs less",
                "Plan of parcel 2, in packing order:",
                "Why no package holds the whole order, cheapest first:",
                "L        carton 400 × 300 × 200 mm inside               26,338,032 mm3  search",
            ],
        ),
        ("split", "sellers", ["brick (100 × 80 × 60 mm) has seller a and mug", "has seller b"]),
        ("split", "groups", ["policy: units may not share a parcel: red", "has group x and blue"]),
        ("split", "goods", ["bread (100 × 80 × 60 mm) is food and soap", "is chemicals"]),
        (
            "split",
            "boxed",
            [
                "own container, 120 × 110 × 90 mm: ships as it is, without a second packaging",
                "policy: drum (120 × 110 × 90 mm) ships in its own container",
            ],
        ),
        (
            "rules",
            "cream",
            [
                "coolant 500 g, content 100 g",
                "it is at berlin only, and the units are at no site",
                "it is for ambient goods, and cream (100 × 80 × 60 mm) is chilled",
            ],
        ),
        ("rules", "korea", ["non-degradable plastic packaging is banned in KR from 2026-01-01"]),
        ("rules", "unknown", ["from 2026-01-01, and where the order goes is not known"]),
        (
            "rules",
            "late",
            [
                "stock    too few of B were left; with enough of it the order would cost 174,720",
                "stock: it was out of stock when it was this order's turn",
                "at berlin",
            ],
        ),
        ("rules", "two", ["has site berlin and mug (100 × 80 × 60 mm) has site none"]),
        (
            "sizes",
            "plate",
            [
                "W, made_to_measure 190 × 140 × 70 mm inside as chosen for it",
                "A        adjustable up to 200 × 150 × 120 mm inside  from 2,313,792 mm3  side: ",
                "in each size that would be cheaper: some unit does not fit",
            ],
        ),
        ("sizes", "heavy", ["weight: the content of 2,000 g is more than the 1,000 g"]),
        (
            "sizes",
            "pole",
            ["no package", "1      pole  side: pole (900 × 20 × 20 mm) needs 900 mm"],
        ),
        (
            "partial",
            "some",
            [
                "Order some: 5 units, partial, 2 parcels",
                "The parcels hold all units that fit a package",
                "2      pole  side: pole (900 × 20 × 20 mm) needs 900 mm along some side",
            ],
        ),
        ("partial", "gift", ["1      card  side: together with its bundle: pole (900 × 20 × 20"]),
        ("placed", "filled", ["1 unit in L already", "already leaves room for the rest."]),
        ("placed", "full", ["leaves no room for the rest: that is proved", "search: every"]),
        (
            "priced",
            "slabs",
            [
                "cost     38,549,864 mm3, 1,000,000 mm3 for each parcel included",
                "None costs less, the price of each parcel included",
            ],
        ),
        ("priced", "tiles", ["total    4,599,232 mm3", "a cheaper choice of packages is not"]),
        (
            "alternatives",
            "card",
            [
                "Next cheapest packages that hold the order:",
                "A        adjustable up to 200 × 150 × 80 mm inside  2,313,792 mm3  optimal",
            ],
        ),
    ],
)
def test_each_rule_of_the_packing_line_is_put_in_words(
    name: str, order_id: str, words: list[str]
) -> None:
    """Several parcels, what keeps units apart, stock, sizes and leftovers are told with facts."""
    right = scene(name)
    text = explain(right.result, right.orders, right.catalogue, order_id)
    for part in words:
        assert part in text


def test_a_split_that_is_not_proved_says_what_is_open() -> None:
    """A split may have too many parcels, or packages that are too dear."""
    right = scene("split")
    where = {"order_id": "slabs"}
    fewer = change(right.result, "orders", where, verdict="feasible", parcels_lower_bound=1)
    text = explain(fewer, right.orders, right.catalogue, "slabs")
    assert "whether fewer than 2 parcels hold it, but at least 1, is not decided" in text
    dearer = change(right.result, "orders", where, verdict="feasible", cost_lower_bound=1.0)
    text = explain(dearer, right.orders, right.catalogue, "slabs")
    assert "a cheaper choice of packages is not ruled out" in text


def test_an_order_that_no_parcels_hold_says_how_many_were_allowed() -> None:
    """Nothing holds it, however often it is split."""
    right = scene("sizes")
    result = change(right.result, "orders", {"order_id": "pole"}, units=2)
    text = explain(result, right.orders, right.catalogue, "pole")
    assert "No parcels hold the order, be they as many as 10,000: that is proved." in text


def test_an_axis_that_is_too_short_is_named() -> None:
    """A unit that may not be tipped over is held against the side that it needs."""
    line = LINES[0] | {"length_mm": 50, "width_mm": 50, "height_mm": 120, "order_id": "tall"}
    orders = make_orders([line | {"orientation": "upright"}])
    answers = {"tall": ("M", [("tile", 1, 0, 0, 0, 50, 50, 120)], [("P", "side"), ("S", "side")])}
    result = make_result(orders, made().catalogue, POLICY, answers)
    text = explain(result, orders, made().catalogue, "tall")
    assert "needs 120 mm of thickness, and the package offers 30 mm" in text
    assert "needs 120 mm of height, and the package offers 100 mm" in text


@pytest.mark.parametrize("order_id", ANSWERS)
def test_every_answer_has_its_verdict_in_words(order_id: str) -> None:
    """The first line names the verdict, and a sentence says what it means."""
    text = _explain(order_id)
    verdict = next(word for word in VERDICTS if f", {word}" in text.splitlines()[0])
    assert VERDICT_WORDS[verdict] in text


@pytest.mark.parametrize("reason", REASONS[1:])
def test_every_reason_has_words(reason: str) -> None:
    """Whatever reason a result gives, right or wrong, the explanation has a sentence for it."""
    right = made()
    for order_id, package_id in (("twins", "P"), ("blocks", "S")):
        where = {"order_id": order_id, "package_id": package_id}
        result = change(right.result, "ruled_out", where, reason=reason)
        text = explain(result, right.orders, right.catalogue, order_id)
        assert f"{reason}: " in text


def test_units_that_must_stand_in_a_row_are_told_apart_from_a_pair() -> None:
    """Three units that fit two by two, but only in a row, are explained as a row."""
    sizes = {"length_mm": 150, "width_mm": 140, "height_mm": 40}
    line = LINES[0] | sizes | {"order_id": "row", "qty": 3, "padding_mm": 1}
    orders = make_orders([line])
    catalogue = make_catalogue(
        [{"package_id": "S", "kind": "carton", "inner": (200, 150, 100), "limit": None}]
    )
    result = make_result(orders, catalogue, POLICY, {"row": (None, [], [("S", "pair")])})
    text = explain(result, orders, catalogue, "row")
    assert "pair: some units can only lie in a row, and are longer together" in text
    wrong = change(result, "ruled_out", {}, reason="volume")
    text = explain(wrong, orders, catalogue, "row")
    assert "the units with their padding take 2.72 L, and it offers at most 3.00 L" in text


def test_close_volumes_get_the_digits_that_tell_them_apart() -> None:
    """A volume that exceeds another by a hair is not printed as equal to it."""
    line = LINES[0] | {"length_mm": 201, "width_mm": 151, "height_mm": 101, "order_id": "hair"}
    catalogue = make_catalogue(
        [{"package_id": "S", "kind": "carton", "inner": (200, 151, 101), "limit": None}]
    )
    orders = make_orders([line | {"length_mm": 200, "width_mm": 151, "height_mm": 101, "qty": 1}])
    result = make_result(orders, catalogue, POLICY, {"hair": (None, [], [("S", "volume")])})
    assert "take 3.050200 L" in explain(result, orders, catalogue, "hair")
    orders = make_orders([line])
    result = make_result(orders, catalogue, POLICY, {"hair": (None, [], [("S", "volume")])})
    assert "take 3.07 L, and it offers at most 3.05 L" in explain(result, orders, catalogue, "hair")


def test_without_weights_there_is_no_gross_weight() -> None:
    """Unknown weights are left out and not shown as zero."""
    line = {key: value for key, value in LINES[2].items() if key != "weight_g"}
    orders, catalogue = make_orders([line]), made().catalogue
    result = make_result(orders, catalogue, POLICY, {"card": ANSWERS["card"]})
    assert "weight   package 50.0 g, filler 0.0 g\n" in explain(result, orders, catalogue, "card")


def test_money_and_grams_are_shown_with_their_unit() -> None:
    """Costs carry the unit of the objective."""
    policy = replace(POLICY, objective="material")
    orders = make_orders([LINES[2]])
    result = make_result(orders, made().catalogue, policy, {"card": ANSWERS["card"]})
    assert "cost     50.00 g\n" in explain(result, orders, made().catalogue, "card")


def test_a_rejected_order_is_explained_by_its_faulty_lines() -> None:
    """An order that was not accepted has no answer, but a reason and a hint."""
    row = {"row": 7, "order_id": "odd", "field": "qty", "value": "-1", "reason": "below 1"}
    rejects = pa.Table.from_pylist([row | {"hint": "order at least one"}], schema=REJECTS)
    result = replace(made().result, rejects=rejects)
    assert explain(result, made().orders, made().catalogue, "odd") == (
        "Order odd was not accepted.\n  row 7, qty: found '-1': below 1; order at least one"
    )


def test_an_unknown_order_is_an_error_with_a_near_miss() -> None:
    """A typing error in the order is answered with the order that was meant."""
    with pytest.raises(ResultError, match=r"found no order 'twin'.*did you mean 'twins'\?"):
        _explain("twin")
    with pytest.raises(ResultError, match="look it up in the orders table"):
        _explain("0815")


def test_other_orders_or_packages_than_the_results_are_refused() -> None:
    """Reasons are not worked out against orders or a catalogue that the result does not know."""
    right = made()
    with pytest.raises(ResultError, match=r"found no order 'card' in the orders"):
        explain(right.result, right.orders.slice(0, 1), right.catalogue, "card")
    other = make_catalogue(
        [{"package_id": "P", "kind": "carton", "inner": (200, 150, 100), "limit": None}]
    )
    with pytest.raises(ResultError, match="found catalogue"):
        explain(right.result, right.orders, other, "card")
