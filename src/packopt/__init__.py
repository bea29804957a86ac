"""packopt: for each order the smallest standard carton or mailer that really holds it, with proof.

>>> import packopt
>>> orders = packopt.read_orders("orders.parquet")
>>> catalogue = packopt.builtin_catalogue("demo")
>>> result = packopt.recommend(orders, catalogue, packopt.Policy(objective="material"))
>>> packopt.check(result, orders, catalogue)
[]

Everything is imported when it is first used, so that ``import packopt`` takes no time.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from packopt.catalogue import (
        Catalogue,
        builtin_catalogue,
        builtin_catalogue_text,
        builtin_catalogues,
        read_catalogue,
    )
    from packopt.check import Violation, check
    from packopt.costing import PackageCosts, package_costs
    from packopt.documents import from_documents, to_documents
    from packopt.draw import packing_fragment, packing_sheet, packing_view
    from packopt.engine.answers import ANSWERS, flatten_answers
    from packopt.engine.engines import open_engine
    from packopt.engine.nesting import nest_batches, nest_orders
    from packopt.engine.recommender import NestedRecommender
    from packopt.errors import (
        CatalogueError,
        EngineError,
        Gs1Error,
        InputError,
        OrdersError,
        PackoptError,
        PlaceError,
        PolicyError,
        ResultError,
    )
    from packopt.evidence import (
        Evidence,
        catalogue_rows,
        column_table,
        make_evidence,
        order_rows,
        order_table,
    )
    from packopt.explain import explain
    from packopt.factors import Emissions, factor_set, factor_set_names
    from packopt.gs1 import SsccSeries, allot_ssccs
    from packopt.inspecting import suspicious_sizes
    from packopt.lake.run import LakeRun, read_files, recommend_files
    from packopt.lake.savings import savings_of_files
    from packopt.materials import MaterialSettings
    from packopt.order_parts import OrderParts, part_orders
    from packopt.order_search import FoundOrder, find_order
    from packopt.orders import Orders, read_orders
    from packopt.packings import read_packings
    from packopt.part_notes import sum_notes
    from packopt.policy import Policy
    from packopt.printing import write_labels, write_sheets
    from packopt.prove import Proofs, prove
    from packopt.recommend import Recommender, recommend, recommend_batches
    from packopt.recommendations import Recommendations, ResultWriter
    from packopt.report import write_suite_report
    from packopt.savings import (
        CatalogueBaseline,
        ColumnBaseline,
        FilesSavings,
        RuleBaseline,
        Savings,
        Terms,
        savings,
    )
    from packopt.savings.overrides import overrides
    from packopt.suite import Machine, Suite, Wanted, suite
    from packopt.warm import kernel_is_cold, warm
    from packopt.whole_report import write_whole_report
    from packopt.why import why_not

__version__ = "0.1.0"

_HOMES = {
    "packopt.catalogue": (
        "Catalogue",
        "builtin_catalogue",
        "builtin_catalogue_text",
        "builtin_catalogues",
        "read_catalogue",
    ),
    "packopt.check": ("Violation", "check"),
    "packopt.engine.answers": ("ANSWERS", "flatten_answers"),
    "packopt.engine.engines": ("open_engine",),
    "packopt.engine.nesting": ("nest_batches", "nest_orders"),
    "packopt.engine.recommender": ("NestedRecommender",),
    "packopt.errors": (
        "CatalogueError",
        "Gs1Error",
        "EngineError",
        "InputError",
        "OrdersError",
        "PackoptError",
        "PlaceError",
        "PolicyError",
        "ResultError",
    ),
    "packopt.costing": ("PackageCosts", "package_costs"),
    "packopt.documents": ("from_documents", "to_documents"),
    "packopt.draw": ("packing_fragment", "packing_sheet", "packing_view"),
    "packopt.evidence": (
        "Evidence",
        "catalogue_rows",
        "column_table",
        "make_evidence",
        "order_rows",
        "order_table",
    ),
    "packopt.explain": ("explain",),
    "packopt.factors": ("Emissions", "factor_set", "factor_set_names"),
    "packopt.gs1": ("SsccSeries", "allot_ssccs"),
    "packopt.inspecting": ("suspicious_sizes",),
    "packopt.lake.run": ("LakeRun", "read_files", "recommend_files"),
    "packopt.lake.savings": ("savings_of_files",),
    "packopt.materials": ("MaterialSettings",),
    "packopt.order_parts": ("OrderParts", "part_orders"),
    "packopt.order_search": ("FoundOrder", "find_order"),
    "packopt.orders": ("Orders", "read_orders"),
    "packopt.packings": ("read_packings",),
    "packopt.part_notes": ("sum_notes",),
    "packopt.policy": ("Policy",),
    "packopt.printing": ("write_labels", "write_sheets"),
    "packopt.prove": ("Proofs", "prove"),
    "packopt.recommend": ("Recommender", "recommend", "recommend_batches"),
    "packopt.recommendations": ("Recommendations", "ResultWriter"),
    "packopt.report": ("write_suite_report",),
    "packopt.savings": (
        "CatalogueBaseline",
        "ColumnBaseline",
        "FilesSavings",
        "RuleBaseline",
        "Savings",
        "Terms",
        "savings",
    ),
    "packopt.savings.overrides": ("overrides",),
    "packopt.suite": ("Machine", "Suite", "Wanted", "suite"),
    "packopt.warm": ("kernel_is_cold", "warm"),
    "packopt.whole_report": ("write_whole_report",),
    "packopt.why": ("why_not",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ANSWERS",
    "Catalogue",
    "CatalogueBaseline",
    "CatalogueError",
    "ColumnBaseline",
    "Emissions",
    "EngineError",
    "Evidence",
    "FilesSavings",
    "FoundOrder",
    "Gs1Error",
    "InputError",
    "LakeRun",
    "Machine",
    "MaterialSettings",
    "NestedRecommender",
    "OrderParts",
    "Orders",
    "OrdersError",
    "PackageCosts",
    "PackoptError",
    "PlaceError",
    "Policy",
    "PolicyError",
    "Proofs",
    "Recommendations",
    "Recommender",
    "ResultError",
    "ResultWriter",
    "RuleBaseline",
    "Savings",
    "SsccSeries",
    "Suite",
    "Terms",
    "Violation",
    "Wanted",
    "__version__",
    "allot_ssccs",
    "builtin_catalogue",
    "builtin_catalogue_text",
    "builtin_catalogues",
    "catalogue_rows",
    "check",
    "column_table",
    "explain",
    "factor_set",
    "factor_set_names",
    "find_order",
    "flatten_answers",
    "from_documents",
    "kernel_is_cold",
    "make_evidence",
    "nest_batches",
    "nest_orders",
    "open_engine",
    "order_rows",
    "order_table",
    "overrides",
    "package_costs",
    "packing_fragment",
    "packing_sheet",
    "packing_view",
    "part_orders",
    "prove",
    "read_catalogue",
    "read_files",
    "read_orders",
    "read_packings",
    "recommend",
    "recommend_batches",
    "recommend_files",
    "savings",
    "savings_of_files",
    "suite",
    "sum_notes",
    "suspicious_sizes",
    "to_documents",
    "warm",
    "why_not",
    "write_labels",
    "write_sheets",
    "write_suite_report",
    "write_whole_report",
]

logging.getLogger("packopt").addHandler(logging.NullHandler())


class _Face(ModuleType):
    """The package itself: ``packopt.check`` is the function, never the submodule of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        """Let the import system attach submodules, except over a public name."""
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'packopt' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
