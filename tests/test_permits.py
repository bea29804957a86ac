"""Which packages units may have, and the sentence that says why they may not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from handmade import POLICY, make_catalogue
from handmade_parcels import BRICK, line, orders_of
from packopt.bans import Ban
from packopt.permits import find_permits
from packopt.refusals import quarrel, refusal

PACKAGES = [
    {"package_id": "any", "kind": "carton", "inner": (200, 150, 100), "limit": None}
    | {"plastic": False, "degradable": True, "material": "paper"},
    {"package_id": "cold", "kind": "carton", "inner": (200, 150, 100), "limit": None}
    | {"temperature": "Chilled;ambient", "plastic": True, "degradable": False},
    {"package_id": "berlin", "kind": "carton", "inner": (200, 150, 100), "limit": None}
    | {"sites": "Berlin;Paris", "plastic": True, "material": "EPS"},
    {"package_id": "bag", "kind": "mailer", "inner": (300, 200, 80), "limit": None}
    | {"plastic": True, "material": "film"},
]
NAMES = [package["package_id"] for package in PACKAGES]
KOREA = Ban("KR", dt.date(2026, 1, 1), plastic=True)
COMPOST = Ban("DE", dt.date(2026, 1, 1), degradable=True)
FOAM = Ban("DE", dt.date(2026, 1, 1), material="eps ")


@pytest.mark.parametrize(
    ("values", "bans", "allowed", "why"),
    [
        ({}, (), ["any", "cold", "bag"], "it is at Berlin, Paris only, and the units are at no"),
        ({"site": "Berlin"}, (), NAMES, None),
        ({"site": "Rome"}, (), ["any", "cold", "bag"], "and the units are at Rome"),
        ({"temperature": "chilled"}, (), ["cold"], "it is for ambient goods, and brick"),
        ({"temperature": "AMBIENT"}, (), ["any", "cold", "bag"], None),
        ({"fragile": True}, (), ["any", "cold"], "it is a mailer, and brick (100 × 80 × 60 mm) is"),
        ({"mailer_ok": False}, (), ["any", "cold"], "may not travel in one"),
        ({"region": "kr", "date": "2026-01-01"}, (KOREA,), ["any"], "plastic packaging is banned"),
        ({"region": "KR", "date": "2025-12-31"}, (KOREA,), ["any", "cold", "bag"], None),
        ({"region": "DE", "date": "2026-01-01"}, (KOREA,), ["any", "cold", "bag"], None),
        ({"date": "2026-01-01"}, (KOREA,), ["any"], "where the order goes is not known"),
        ({"region": "KR"}, (KOREA,), ["any"], "banned in KR from 2026-01-01"),
        ({"region": "DE"}, (COMPOST,), ["cold"], "degradable packaging is banned in DE"),
        ({"region": "DE", "site": "Paris"}, (FOAM,), ["any", "bag"], "eps packaging is banned"),
    ],
)
def test_permits_and_refusals_agree(
    values: dict[str, Any], bans: tuple[Ban, ...], allowed: list[str], why: str | None
) -> None:
    """What is allowed is what no sentence refuses; what is not known counts as forbidden."""
    orders = orders_of([line("one", "brick", BRICK, **values)])
    catalogue, policy = make_catalogue(PACKAGES), replace(POLICY, bans=bans)
    permits = find_permits(orders, catalogue, policy)
    lines = np.zeros(1, np.int64)
    refusals = {
        name: refusal(orders, catalogue, policy, 0, lines, package)
        for package, name in enumerate(NAMES)
    }
    found = [
        name
        for package, name in enumerate(NAMES)
        if permits.allow(lines, np.array([package], np.int64))[0]
    ]
    assert found == allowed
    assert [name for name in NAMES if refusals[name] is None] == allowed
    assert why is None or any(why in str(sentence) for sentence in refusals.values())


def test_lines_of_several_classes_keep_their_own_permits() -> None:
    """Site, temperature and ban of each line count, not those of its neighbours."""
    orders = orders_of(
        [
            line("one", "brick", BRICK, site="Berlin", region="DE"),
            line("two", "brick", BRICK, temperature="chilled", region="KR"),
            line("three", "brick", BRICK, region="FR", date="2026-05-05"),
        ]
    )
    policy = replace(POLICY, bans=(KOREA, FOAM))
    permits = find_permits(orders, make_catalogue(PACKAGES), policy)
    lines, packages = np.divmod(np.arange(12), 4)
    allowed = permits.allow(lines, packages).reshape(3, 4)
    assert [[NAMES[k] for k in np.flatnonzero(row)] for row in allowed] == [
        # Material and degradability that are not stated count as banned.
        ["any", "bag"],
        [],
        ["any", "cold", "bag"],
    ]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({}, {}, None),
        ({"site": "a"}, {}, "has site a and mug (100 × 80 × 60 mm) has site none"),
        ({"seller": "a"}, {"seller": "b"}, "has seller a and mug"),
        ({"temperature": "cold"}, {"temperature": "ambient"}, "has temperature cold and mug"),
        ({"group": "x"}, {"group": "y"}, "has group x and mug"),
        ({"group": "x"}, {}, None),
        ({"goods_class": "a"}, {"goods_class": "B"}, "is a and mug (100 × 80 × 60 mm) is b"),
        ({"goods_class": "a"}, {"goods_class": "c"}, None),
        ({"goods_class": "c", "qty": 2}, {}, "is c and brick (100 × 80 × 60 mm) is c"),
        ({"goods_class": "c"}, {"goods_class": None}, None),
        ({"goods_class": "c"}, {"goods_class": "c"}, "is c and mug (100 × 80 × 60 mm) is c"),
        ({"own_container": True}, {}, "brick (100 × 80 × 60 mm) ships in its own container"),
    ],
)
def test_quarrels_name_both_units(
    first: dict[str, Any], second: dict[str, Any], why: str | None
) -> None:
    """Two units that may not share a parcel are named, with what keeps them apart."""
    rows = [line("one", "brick", BRICK) | first, line("one", "mug", BRICK) | second]
    policy = replace(POLICY, incompatible=(("a", "b"), ("c", "c")))
    found = quarrel(orders_of(rows), policy, np.arange(2))
    assert (found is None) == (why is None)
    assert why is None or why in str(found)
