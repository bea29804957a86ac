"""Words that users' files and the tables of green packaging management share."""

from __future__ import annotations

from typing import Final

ITEMS: Final = ("tape", "filler")
"""What a parcel uses beside its package."""
CHOICES: Final = ("standard", "reduced", "reused", "reusable", "own_container")
"""What a buyer may choose; all but the first are green."""
CLASSES: Final = ("own_container", "reusable", "reused", "plastic_free", "standard")
"""Classes of packaging, best first."""
MATERIALS: Final = (
    "board",
    "paper",
    "ldpe",
    "hdpe",
    "pp",
    "pet",
    "ps",
    "eps",
    "pvc",
    "pla",
    "plastic",
    "glass",
    "wood",
    "steel",
    "aluminium",
    "other",
)
"""Materials that masses are told apart by; "plastic" is plastic of no stated kind."""
PRODUCTS: Final = ("bag", "box", "tape", "filler", "woven_bag", "other")
"""Products of plastic that the ledger tells apart."""
TREATMENTS: Final = ("recycling", "incineration", "landfill", "composting")
"""What becomes of packaging at its end."""
CATEGORIES: Final = (
    "glass",
    "plastic",
    "paper_cardboard",
    "ferrous_metal",
    "aluminium",
    "wood",
    "other",
)
"""Categories of EU 2025/40 Annex IX, in its order."""
