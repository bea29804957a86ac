"""What must hold for orders of several parcels, whatever they are made of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from invented import CARTONS, MAILERS, PLAIN_LINES, Row, answers, ask, made_catalogue, made_orders
from packopt import Policy

#: Small cartons, so that most orders need several.
SMALL = st.lists(
    st.fixed_dictionaries(
        {"kind": st.just("carton"), "size": st.tuples(*[st.integers(20, 60)] * 3)}
    ),
    min_size=1,
    max_size=4,
)
ORDER = st.lists(PLAIN_LINES, min_size=1, max_size=3)
FEWEST = Policy(objective="volume", handling="geometry", effort="thorough")
PRICED = Policy(objective="volume", handling="geometry", effort="thorough", parcel_price=20_000)


def parcels(
    order: list[Row], packages: list[Row], policy: Policy = FEWEST
) -> tuple[str, int, float]:
    """Verdict, number of parcels and cost of one order."""
    result = ask(made_orders(order), made_catalogue(packages), policy)
    (row,) = answers(result, "verdict", "parcels", "cost")
    return row[0], row[1], row[2] if row[2] is not None else float("inf")


@settings(max_examples=50)
@given(ORDER, ORDER, SMALL)
def test_merging_two_orders_never_needs_more_parcels_than_both_apart(
    one: list[Row], other: list[Row], packages: list[Row]
) -> None:
    """Whatever ships apart can ship as one order of the same parcels."""
    apart = [parcels(order, packages) for order in (one, other)]
    together = parcels([*one, *other], packages)
    if all(verdict == "optimal" for verdict, _, _ in apart):
        assert together[0] == "optimal"
        assert together[1] <= apart[0][1] + apart[1][1]
    else:
        assert together[0] == "unpackable"


@settings(max_examples=50)
@given(ORDER, SMALL, st.one_of(CARTONS, MAILERS), st.sampled_from([FEWEST, PRICED]))
def test_another_package_type_never_makes_an_answer_dearer(
    order: list[Row], packages: list[Row], more: Row, policy: Policy
) -> None:
    """Fewer parcels, or as many at no more cost; by price, no more cost at all."""
    _, few, cost = parcels(order, packages, policy)
    verdict, few_now, cost_now = parcels(order, [*packages, more], policy)
    if cost < float("inf"):
        assert verdict in ("optimal", "feasible")
        better = cost_now <= cost if policy is PRICED else (few_now, cost_now) <= (few, cost)
        assert better or verdict == "feasible"


@settings(max_examples=50)
@given(ORDER, SMALL)
def test_the_price_of_a_parcel_only_makes_parcels_fewer(
    order: list[Row], packages: list[Row]
) -> None:
    """Without a price the plan is the cheapest; with a huge one it has the fewest parcels."""
    free = parcels(order, packages, Policy(objective="volume", handling="geometry", parcel_price=0))
    dear = parcels(
        order, packages, Policy(objective="volume", handling="geometry", parcel_price=1e9)
    )
    few = parcels(order, packages)
    if few[0] == free[0] == dear[0] == "optimal":
        assert few[1] == dear[1] <= free[1]
        assert free[2] <= few[2]


def test_a_unit_that_fits_nothing_is_named_and_the_rest_ships_if_it_may() -> None:
    """Refused, or in part; either way the unit is named with its reason."""
    order = [
        {"sku": "pole", "size": (500, 10, 10), "qty": 2, "weight_g": 10},
        {"sku": "cube", "size": (20, 20, 20), "qty": 3, "weight_g": 10},
    ]
    packages = [{"kind": "carton", "size": (20, 20, 40)}]
    for partial, verdict, shipped in (("refuse", "unpackable", 0), ("allow", "partial", 2)):
        policy = Policy(objective="volume", partial=partial)  # type: ignore[arg-type]
        result = ask(made_orders(order), made_catalogue(packages), policy)
        assert answers(result, "verdict", "parcels") == [(verdict, shipped)]
        assert result.unpacked.to_pylist() == [
            {"order_id": "o0", "sku": "pole", "qty": 2, "reason": "side"}
        ]


def test_weight_is_spread_evenly_where_nothing_else_is_lost() -> None:
    """Two heavy and two light units in two parcels: one of each in both."""
    units = [("h1", 900), ("h2", 900), ("l1", 100), ("l2", 100)]
    order = [{"sku": sku, "size": (20, 20, 20), "qty": 1, "weight_g": g} for sku, g in units]
    packages = [{"kind": "carton", "size": (20, 20, 40)}]
    result = ask(made_orders(order), made_catalogue(packages), Policy())
    assert result.parcels["content_g"].to_pylist() == [1000, 1000]


def test_more_parcels_than_the_policy_allows_are_no_answer() -> None:
    """Three cubes need three cartons; with two allowed that is proved to fail."""
    order = [{"size": (20, 20, 20), "qty": 3, "weight_g": 1}]
    packages = made_catalogue([{"kind": "carton", "size": (20, 20, 20)}])
    for most, verdict in ((3, "optimal"), (2, "unpackable"), (1, "unpackable")):
        result = ask(made_orders(order), packages, Policy(max_parcels=most))
        assert answers(result, "verdict") == [(verdict,)]
