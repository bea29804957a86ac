"""Trade codes in requests: units of lines, GTINs, and what comes back."""

from __future__ import annotations

from typing import Any

import httpx

from packopt.units import UNITS_IN
from packopt_service.columns import _OF_LINES, _UNITS, to_columns
from packopt_service.schemas import Order

CUP = "6291041500213"


def order_of(order_id: str, **line: Any) -> Order:
    """An order of one line."""
    return {"order_id": order_id, "lines": [{"sku": "cup", "qty": 1} | line]}


def test_the_service_knows_the_units_that_files_may_state() -> None:
    """In the same amounts, exactly."""
    for column, units in UNITS_IN.items():
        base = _OF_LINES[column][0]
        known = {name: float(factor) for name, (of, factor) in _UNITS.items() if of == base}
        assert known == units


def test_lines_may_state_their_units_or_have_them_in_their_names() -> None:
    """In one request, every line as it likes; all end up in mm and g."""
    columns, _, spelled = to_columns(
        [
            order_of(
                "A", length=1, width=2, height=3, size_unit="INH", weight=1, weight_unit="kgm"
            ),
            order_of("B", length_mm=30, width_mm=40, height_cm=5, weight_g=7),
        ]
    )
    assert [float(one) for one in columns["length_mm"]] == [25.4, 30]
    assert [float(one) for one in columns["height_mm"]] == [76.2, 50]
    assert [float(one) for one in columns["weight_g"]] == [1000, 7]
    assert "size_unit" not in columns
    assert spelled["length"] == ["length", "length_mm"]


def test_an_unknown_unit_costs_its_order_and_gtins_come_back(http: httpx.Client) -> None:
    """The reject tells what was stated; the placement of the other one has its GTIN."""
    sizes: dict[str, Any] = {"length": 10, "width": 8, "height": 6}
    orders = [
        order_of("A", **sizes, size_unit="CMT", gtin=CUP),
        order_of("B", **sizes, size_unit="XYZ"),
    ]
    answer = http.post("/v1/recommendations", json={"orders": orders})
    good, bad = answer.json()["answers"]
    assert good["parcels"][0]["placements"][0]["gtin"] == f"0{CUP}"
    assert good["parcels"][0]["package_code"] is None
    error = bad["errors"][0]
    assert (bad["verdict"], error["value"]) == ("rejected", "10 XYZ")
    assert error["pointer"] == "/orders/1/lines/0/length"
