"""Contents heavier than new boxes may hold: today's types hold them by limits of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from packopt import Catalogue, Orders
from packopt.errors import SuiteError
from packopt.suite import Machine, Suite, Wanted, suite

_LIMITED = Machine(max_content_g=6_000)
_BEYOND = "held by no box within the limits and by none of today's types"


def _orders(heaviest_g: int = 8_000) -> Orders:
    """Forty orders of one unit, all of about one size, every fourth of them heavy."""
    rng = np.random.default_rng(2)
    n = 40
    return Orders.from_table(
        pa.table(
            {
                "order_id": [f"o{k}" for k in range(n)],
                "sku": [f"s{k}" for k in range(n)],
                "qty": [1] * n,
                "length_mm": rng.integers(240, 256, n),
                "width_mm": rng.integers(175, 186, n),
                "height_mm": rng.integers(55, 66, n),
                "weight_g": [heaviest_g if k % 4 == 0 else 900 for k in range(n)],
            }
        )
    )


def _today() -> Catalogue:
    """Two cartons for 10 kg and 5 kg, and a large one for 30 kg."""
    table = {
        "package_id": ["T10", "T5", "T30"],
        "kind": ["carton"] * 3,
        "length_mm": [300, 280, 600],
        "width_mm": [200, 200, 400],
        "height_mm": [150, 100, 400],
        "max_content_g": [10_000, 5_000, 30_000],
    }
    return Catalogue.from_table(pa.table(table))


def _find(orders: Orders, machine: Machine = _LIMITED, **settings: Any) -> Suite:
    wanted = Wanted(**({"sizes": 3, "grid_mm": 20, "candidates": 60} | settings))
    return suite(orders, wanted, today=_today(), machine=machine, draws=0)


def _parcels(found: Suite) -> dict[str, int]:
    rows = [row for row in found.types.to_pylist() if row["set"] == "proposed"]
    return {row["package_id"]: row["fit_parcels"] for row in rows}


def test_what_is_too_heavy_for_new_boxes_goes_into_todays() -> None:
    """No content is left out, the cheapest of today's that bears the heavy ones stays."""
    orders = _orders()
    found = _find(orders)
    used = _parcels(found)
    held_out = set(found.held_out["order_id"].to_pylist())
    heavy = len({f"o{k}" for k in range(0, 40, 4)} - held_out)
    fit = found.about["fit"]
    assert used["T10"] == heavy > 0
    assert "T5" not in used
    assert any(name.startswith("N") for name in used)
    assert found.about["beyond"] == 0
    assert not any(_BEYOND in note for note in found.about["notes"])
    assert sum(used.values()) == fit["contents"] == found.about["split"]["fit"]
    assert fit["recommended"]["cost"] == pytest.approx(fit["cost"], rel=1e-9)
    assert fit["bound"] <= fit["recommended"]["cost"] <= fit["today"]
    assert found.about["holdout"]["packed"] == found.about["holdout"]["orders"]


def test_a_kept_type_holds_what_new_boxes_may_not() -> None:
    """Of types that are kept, the limit of new boxes says nothing."""
    used = _parcels(_find(_orders(), keep=("T10",), only_new=True))
    assert used["T10"] > 0
    assert {name[0] for name in used if name != "T10"} == {"N"}


def test_without_a_type_that_bears_it_the_settings_are_refused() -> None:
    """Where all of today's types must go, nothing holds the heavy ones, and that is told."""
    with pytest.raises(SuiteError, match=r"none holds .* different contents") as told:
        _find(_orders(), only_new=True)
    assert "let more of today's types stay" in str(told.value)
    assert "widen the limits of the machine" in str(told.value)


def test_what_nothing_bears_is_left_out_and_noted() -> None:
    """Without a set in use, heavy contents are beyond the limits of all that can be made."""
    orders = _orders()
    found = suite(orders, Wanted(2, grid_mm=20, candidates=60), machine=_LIMITED, draws=0)
    assert found.about["beyond"] == 10
    assert any(f"10 contents are {_BEYOND}" in note for note in found.about["notes"])


def test_a_limit_that_nothing_reaches_changes_nothing() -> None:
    """Where all contents are lighter, the set is that of a machine without the limit."""
    light = _orders(heaviest_g=5_500)
    found, free = _find(light), _find(light, Machine())
    assert found.about["fit"] == free.about["fit"]
    assert _parcels(found) == _parcels(free)
