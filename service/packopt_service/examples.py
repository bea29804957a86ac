"""Examples of the documentation; a test sends every one of them."""

from __future__ import annotations

from typing import Any, Final

_MUG = {"sku": "mug", "qty": 2, "length_mm": 120, "width_mm": 90, "height_mm": 100}
_BOOK = {"sku": "book", "qty": 1, "length_cm": 21.0, "width_cm": 14.8, "height_cm": 2.5}

RECOMMENDATION_REQUESTS: Final[dict[str, Any]] = {
    "one order": {
        "summary": "One order, everything else by default",
        "value": {"orders": [{"order_id": "A-1", "lines": [_MUG | {"weight_g": 350}]}]},
    },
    "two orders": {
        "summary": "Two orders, the policy in the request, the two next cheapest packages, too",
        "value": {
            "orders": [
                {"order_id": "A-1", "lines": [_MUG | {"fragile": True}]},
                {"order_id": "A-2", "lines": [_BOOK]},
            ],
            "catalogue": "demo",
            "policy": {"objective": "volume", "max_parcels": 2},
            "alternatives": 2,
        },
    },
    "one bad line": {
        "summary": "An order that cannot be accepted beside one that can",
        "value": {
            "orders": [
                {"order_id": "A-1", "lines": [_MUG | {"height_mm": -1}]},
                {"order_id": "A-2", "lines": [_BOOK]},
            ]
        },
    },
}

CATALOGUE_CSV: Final = """\
package_id,kind,length_mm,width_mm,height_mm,max_thickness_mm,flute,unit_cost,currency
S,carton,200,150,100,,B,0.31,EUR
M,carton,300,200,150,,B,0.48,EUR
L,carton,400,300,250,,BC,1.12,EUR
P1,mailer,320,230,,40,,0.11,EUR
"""

POLICIES: Final[dict[str, Any]] = {
    "volume": {
        "summary": "The least outer volume, at most three parcels",
        "value": {"objective": "volume", "max_parcels": 3},
    },
}
