"""What an order gets, in words: its parcels, their cost, weight and empty space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from packopt.arguments import Case

    Row = dict[str, Any]

OWN_CONTAINER: Final = "own_container"


def headline(case: Case, answer: Row, parcels: list[Row]) -> str:
    """The first lines of an explanation: the order, and every parcel with its numbers.

    Parameters
    ----------
    case
        The order.
    answer, parcels
        Its row in the table of orders, and those in the table of parcels.
    """
    head = f"Order {answer['order_id']}: {count_text(answer['units'], 'unit')}, {answer['verdict']}"
    if not parcels:
        lines = [f"{head}, no package"]
    elif len(parcels) == 1:
        lines = [head, *_parcel(case, parcels[0])]
        if case.policy.parcel_price:
            lines.append(f"  total    {cost_text(case, answer['cost'])}{_price(case)}")
    else:
        lines = [f"{head}, {len(parcels)} parcels", *_total(case, answer)]
        for parcel in parcels:
            lines += ["", f"  parcel {parcel['parcel']} with {count_text(parcel['units'], 'unit')}"]
            lines += _parcel(case, parcel)
    return "\n".join(lines + _sizes(answer) + _given(case) + _shortage(case, answer))


_SIZES: Final = {
    "stated": "as stated; plan and proofs are about these",
    "largest": "the largest, tolerances added; plan and proofs are about these",
}
_FITS: Final = {
    "surely": "it holds with every size at its largest",
    "if_exact": "it would hold at the stated sizes, which is not known of larger ones",
    "if_smaller": "something would hold it at the smallest sizes only",
    "cannot": "nothing holds it even at the smallest sizes",
    "unknown": "nothing was found and nothing proved at other sizes",
}


def _sizes(answer: Row) -> list[str]:
    if answer["fit"] is None:
        return []
    return [f"  sizes    {_SIZES[answer['sizes']]}", f"  fit      {_FITS[answer['fit']]}"]


def _total(case: Case, answer: Row) -> list[str]:
    return [
        f"  cost     {cost_text(case, answer['cost'])}{_price(case)}",
        "  weight   packages {tare_g:,.1f} g, filler {fill_g:,.1f} g".format(**answer),
        "  empty    {empty_space_inner:.1%} of the inner volume, "
        "{empty_space_outer:.1%} of the outer".format(**answer),
    ]


def _price(case: Case) -> str:
    price = case.policy.parcel_price
    return f", {cost_text(case, price)} for each parcel included" if price else ""


def _parcel(case: Case, parcel: Row) -> list[str]:
    inside = "{length_mm} × {width_mm} × {height_mm} mm".format(**parcel)
    if parcel["package_id"] == OWN_CONTAINER:
        return [f"  package  own container, {inside}: ships as it is, without a second packaging"]
    package = case.catalogue.package_ids.index(parcel["package_id"])
    outer = "{outer_length_mm} × {outer_width_mm} × {outer_height_mm} mm".format(**parcel)
    weight = f"package {parcel['tare_g']:,.1f} g, filler {parcel['fill_g']:,.1f} g"
    if parcel["coolant_g"]:
        weight += f", coolant {parcel['coolant_g']:,} g"
    if parcel["content_g"] is not None:
        weight += f", content {parcel['content_g']:,} g, together {parcel['gross_g']:,.1f} g"
    where = "flat, thickness last" if case.is_mailer(package) else "inside"
    chosen = " as chosen for it" if case.is_flexible(package) else ""
    site = f", at {parcel['site']}" if parcel["site"] else ""
    what = f"{parcel['package_id']}, {parcel['kind']} {inside} {where}{chosen}"
    return [
        f"  package  {what}; as packed {outer} outside{site}",
        f"  cost     {cost_text(case, parcel['cost'])}",
        f"  weight   {weight}",
        "  empty    {empty_space_inner:.1%} of the inner volume, "
        "{empty_space_outer:.1%} of the outer".format(**parcel),
    ]


def _given(case: Case) -> list[str]:
    """What lay in the package before."""
    given = case.given
    if not given:
        return []
    package = case.orders.placed_in.word(case.order)
    units = count_text(given, "unit")
    return [f"  given    {units} in {package} already; only what fits beside is asked"]


def _shortage(case: Case, answer: Row) -> list[str]:
    package, cost = answer["shortage_package_id"], answer["shortage_cost"]
    if package is None:
        return []
    extra = (
        "" if cost is None else f"; with enough of it the order would cost {cost_text(case, cost)}"
    )
    less = "" if cost is None else " less"
    return [f"  stock    too few of {package} were left{extra}{less}"]


def cost_text(case: Case, cost: float | None) -> str:
    """A cost with its unit; of a package that is smaller than its content there is none."""
    if cost is None:
        return "too small"
    return f"{cost:,.0f} mm3" if case.costs.unit == "mm3" else f"{cost:,.2f} {case.costs.unit}"


def count_text(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}{'s' if number != 1 else ''}"
