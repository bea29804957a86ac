"""Emission factors of materials: mass comes first, CO2e always with the set that it was told by.

`factor_set` reads a set that comes with packopt or a user's own TOML file; `MATERIALS` are the
keys that sets and masses go by, and `material_shares` turns a catalogue's words into them.
"""

from __future__ import annotations

from packopt.factors.emissions import Emissions
from packopt.factors.sets import STATUSES, FactorSet, factor_set, factor_set_names
from packopt.factors.words import (
    MATERIALS,
    PLASTICS,
    is_of_its_style,
    material_key,
    material_shares,
)

__all__ = [
    "MATERIALS",
    "PLASTICS",
    "STATUSES",
    "Emissions",
    "FactorSet",
    "factor_set",
    "factor_set_names",
    "is_of_its_style",
    "material_key",
    "material_shares",
]
