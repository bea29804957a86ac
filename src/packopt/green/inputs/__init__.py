"""What users may give beside orders and catalogue: files, their checks, and settings.

A file that is absent leaves the metrics that need it unknown; nothing is made up. People have no
place in any of them: owners are departments, customers and merchants are ids.
"""

from __future__ import annotations

from typing import Final

from packopt.green.inputs.accounts import (
    COMPONENTS_2023,
    DISPOSAL,
    FEES,
    MERCHANTS,
    PLASTICS,
    PURCHASES,
    SKUS,
    ZONES,
)
from packopt.green.inputs.packages import (
    ASSETS,
    CERTIFICATES,
    CONSUMABLES,
    SUPPLIERS,
    TEST_REPORTS,
    UK_RATINGS,
    USED_CARTONS,
)
from packopt.green.inputs.practice import (
    ACTIONS,
    AUDIT_RESULTS,
    CLASS_PRICES,
    COMPLAINTS,
    CUSTOMER_BOXES,
    CUSTOMERS,
    FILINGS,
    ORDER_FACTS,
    OWNERS,
    PACKING_LOG,
    TARGETS,
)

INPUTS: Final = {
    one.name: one
    for one in (
        ZONES,
        ASSETS,
        CERTIFICATES,
        CONSUMABLES,
        SUPPLIERS,
        TEST_REPORTS,
        USED_CARTONS,
        ORDER_FACTS,
        SKUS,
        CLASS_PRICES,
        PACKING_LOG,
        FILINGS,
        AUDIT_RESULTS,
        ACTIONS,
        CUSTOMERS,
        CUSTOMER_BOXES,
        COMPLAINTS,
        MERCHANTS,
        PLASTICS,
        PURCHASES,
        FEES,
        UK_RATINGS,
        COMPONENTS_2023,
        DISPOSAL,
        OWNERS,
        TARGETS,
    )
}
"""Every file that may be given, by name."""
