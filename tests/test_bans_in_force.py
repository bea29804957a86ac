"""Sites and bans: which packages an order may have at all."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from invented import Row, answers, ask, made_catalogue, made_orders
from packopt import Catalogue, Policy
from packopt.bans import Ban

CUBE: Row = {"sku": "a", "size": (20, 20, 5), "qty": 1, "weight_g": 100}
KOREA = Policy(bans=(Ban("KR", dt.date(2026, 1, 1), plastic=True),))


def bag_and_box() -> Catalogue:
    """A plastic bag that is cheaper than the carton."""
    return Catalogue.from_table(
        pa.table(
            {
                "package_id": ["bag", "box"],
                "kind": ["mailer", "carton"],
                "length_mm": [150, 40],
                "width_mm": [150, 40],
                "height_mm": [None, 40],
                "max_thickness_mm": [30, None],
            }
        )
    )


def test_a_ban_holds_from_its_day_on_in_its_region() -> None:
    """Before it, and elsewhere, the bag may be used; the reason is `policy`."""
    days = [("KR", "2025-12-31"), ("KR", "2026-01-01"), ("JP", "2026-01-01")]
    orders = made_orders(*([CUBE | {"region": r, "date": d}] for r, d in days))
    result = ask(orders, bag_and_box(), KOREA)
    assert [row[1] for row in answers(result)] == ["bag", "box", "bag"]
    assert result.ruled_out.to_pylist() == [
        {"order_id": "o1", "package_id": "bag", "reason": "policy"}
    ]


def test_missing_data_never_passes_a_ban() -> None:
    """An order of unknown region or date is treated as one that the ban concerns."""
    some = [{"region": None, "date": "2026-02-01"}, {"region": "KR", "date": None}]
    orders = made_orders(*([CUBE | one] for one in some), [CUBE | {"region": "JP", "date": None}])
    assert [row[1] for row in answers(ask(orders, bag_and_box(), KOREA))] == ["box", "box", "bag"]
    assert answers(ask(made_orders([CUBE]), bag_and_box(), KOREA)) == [("optimal", "box")]


def test_a_package_is_had_at_its_sites_only() -> None:
    """One without sites is had everywhere; an order without a site gets only those."""
    catalogue = made_catalogue(
        [
            {"kind": "carton", "size": (20, 20, 20), "sites": "A;B"},
            {"kind": "carton", "size": (30, 30, 30), "sites": "B"},
            {"kind": "carton", "size": (40, 40, 40), "sites": None},
        ]
    )
    orders = made_orders([CUBE | {"site": "A"}], [CUBE | {"site": "B"}], [CUBE | {"site": None}])
    result = ask(orders, catalogue, Policy())
    assert [row[1] for row in answers(result)] == ["p0", "p0", "p2"]
    assert result.parcels["site"].to_pylist() == ["A", "B", None]
    tall = [CUBE | {"size": (25, 25, 25), "site": site} for site in ("A", "B")]
    result = ask(made_orders(*([one] for one in tall)), catalogue, Policy())
    assert [row[1] for row in answers(result)] == ["p2", "p1"]


def test_coolant_takes_room_and_weight() -> None:
    """It lies under the lid: 1,600 mm3 over 40 x 40 mm is 1 mm of height."""
    cold = {"kind": "carton", "size": (40, 40, 21), "temperature": "chilled", "coolant_mm3": 1600}
    cold |= {"coolant_g": 50, "max_content_g": 150}
    cube: Row = {"sku": "a", "size": (40, 40, 20), "qty": 1, "weight_g": 100}
    cube |= {"temperature": "chilled"}
    high, heavy = cube | {"size": (40, 40, 21)}, cube | {"weight_g": 101}
    result = ask(made_orders([cube], [high], [heavy]), made_catalogue([cold]), Policy())
    assert [row[0] for row in answers(result)] == ["optimal", "unpackable", "unpackable"]
    reasons = [row["reason"] for row in result.ruled_out.to_pylist()]
    assert reasons == ["side", "weight"]
    parcel = result.parcels.to_pylist()[0]
    assert parcel["coolant_g"] == 50
    assert parcel["gross_g"] == 150 + parcel["tare_g"] + parcel["fill_g"]
