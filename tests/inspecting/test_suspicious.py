"""Suspicious sizes: found where they were planted, and nowhere else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import packopt
from packopt.cli import app
from packopt.datasets import demo_orders_path
from packopt.inspecting import SUSPICIOUS, WHAT
from packopt.inspecting.by_sku import LENGTHS, MASSES

BOOK = {"sku": "book", "length_mm": 211, "width_mm": 148, "height_mm": 27, "weight_g": 423}


def measured(n: int = 400) -> list[dict[str, Any]]:
    """Articles as a tape and scales would measure them: no two sides alike but by chance."""
    dice = random.Random(5)
    rows = []
    for at in range(n):
        sides = [dice.randint(31, 299) for _ in range(3)]
        weight = round(sides[0] * sides[1] * sides[2] * dice.uniform(0.2, 1.2) / 1000)
        rows.append(
            {
                "sku": f"s{at}",
                "length_mm": sides[0],
                "width_mm": sides[1],
                "height_mm": sides[2],
                "weight_g": weight,
            }
        )
    return rows


def found(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The suspicions about lines, each in an order of its own."""
    lines = [{"order_id": f"o{at}", "qty": 1} | row for at, row in enumerate(rows)]
    orders = packopt.Orders.from_table(pa.Table.from_pylist(lines))
    assert orders.rejects.num_rows == 0
    table = packopt.suspicious_sizes(orders)
    assert table.schema.equals(SUSPICIOUS)
    return table.to_pylist()


def test_measured_sizes_raise_no_suspicion() -> None:
    """Neither at random nor in the demo orders."""
    assert found(*measured()) == []
    assert packopt.suspicious_sizes(packopt.read_orders(demo_orders_path())).num_rows == 0


def test_no_orders_are_not_suspicious() -> None:
    """Of a file in which every line was rejected, too."""
    table = pa.Table.from_pylist([BOOK | {"order_id": "A", "qty": 0}])
    assert packopt.suspicious_sizes(packopt.Orders.from_table(table)).num_rows == 0


def test_a_floor_is_found_though_a_few_articles_lie_below_it() -> None:
    """A minimum that a form enforces; who got around it does not hide it."""
    rows = [row | {"height_mm": max(row["height_mm"], 110)} for row in measured()]
    rows += [BOOK | {"height_mm": 12}]
    floors = [one for one in found(*rows) if one["what"] == "floor"]
    (one,) = floors
    assert one["why"].startswith("the height of ")
    assert "is 110 mm, and of 1 less" in one["why"]
    assert one["sku"] is None
    assert one["skus"] == sum(row["height_mm"] == 110 for row in rows)


@pytest.mark.parametrize(
    ("step", "name", "tolerance"),
    [(10, "10 mm", "= 5 if"), (5, "5 mm", "= 3 if"), (25.4, "1 inch", "= 13 if")],
)
def test_round_numbers_are_found_with_their_step(step: float, name: str, tolerance: str) -> None:
    """The coarsest step of which most are multiples, and a tolerance to go with it."""
    rows = [
        row
        | {
            side: round(max(1, round(row[side] / step)) * step, 6)
            for side in ("length_mm", "width_mm", "height_mm")
        }
        for row in measured()
    ]
    (one,) = [one for one in found(*rows) if one["what"] == "round"]
    assert f"multiples of {name}" in one["why"]
    assert tolerance in one["suggestion"]


def test_the_same_sizes_again_are_found_however_they_are_turned() -> None:
    """Five articles or more that share three sizes."""
    sides = [(200, 160, 111), (111, 200, 160), (160, 111, 200)] * 2
    rows = [
        {"sku": f"p{at}", "length_mm": a, "width_mm": b, "height_mm": c, "weight_g": 900 + at}
        for at, (a, b, c) in enumerate(sides)
    ]
    (one,) = found(*measured(), *rows)
    assert (one["what"], one["skus"]) == ("repeat", 6)
    assert "6 of 406 articles measure 200 × 160 × 111 mm" in one["why"]


@pytest.mark.parametrize("factor", LENGTHS)
def test_the_same_article_in_another_unit_of_length_is_found(factor: float) -> None:
    """Rounded to whole mm before and after; which of the two is wrong is not claimed."""
    small = {"length_mm": 9.4, "width_mm": 7.2, "height_mm": 5.1}
    large = {side: value * factor for side, value in small.items()}
    usual, other = BOOK | {"weight_g": None} | large, BOOK | {"weight_g": None} | small
    rows = [usual, usual, other]
    rows = [{k: v for k, v in row.items() if v is not None} for row in rows]
    (one,) = found(*rows)
    assert (one["what"], one["sku"], one["order_id"], one["row"]) == ("unit", "book", "o2", 3)
    assert f"{factor:g} times less" in one["why"]
    assert LENGTHS[factor] in one["why"]


@pytest.mark.parametrize("factor", MASSES)
def test_the_same_article_in_another_unit_of_mass_is_found(factor: float) -> None:
    """Sizes agree, weights do not."""
    heavy = BOOK | {"weight_g": round(40 * factor)}
    units = [one for one in found(heavy, heavy, BOOK | {"weight_g": 40}) if one["what"] == "unit"]
    assert [f"{factor:g} times less" in one["why"] for one in units] == [True]


@pytest.mark.parametrize(
    ("small", "large", "what"),
    [
        ((40, 40, 40), (396, 400, 408), "unit"),
        ((40, 40, 40), (390, 400, 408), "unit"),  # 39 mm rounded up to 40
        ((40, 40, 40), (389, 400, 408), "differs"),
        ((40, 40, 40), (400, 400, 409), "differs"),
        ((10, 8, 1), (100, 77, 3), "unit"),  # 0.3 rounded up to 1
        ((4, 4, 4), (32, 48, 40), "differs"),
        ((4, 4, 4), (40, 40, 40), "differs"),
        ((3, 3, 3), (61, 75, 76), "differs"),
    ],
)
def test_sizes_are_in_two_units_only_within_two_percent_and_rounding(
    small: tuple[int, ...], large: tuple[int, ...], what: str
) -> None:
    """Rounding goes upwards, and of a few mm it says more than the tape."""
    names = ("length_mm", "width_mm", "height_mm")
    one, other = ({"sku": "x"} | dict(zip(names, size, strict=True)) for size in (small, large))
    assert [row["what"] for row in found(other, other, one)] == [what]


def test_weights_that_may_agree_by_chance_are_to_be_checked() -> None:
    """2,210 g against 1,000 g may be two articles: nothing says that one is wrong."""
    (one,) = found(BOOK | {"weight_g": 1000}, BOOK | {"weight_g": 2210})
    assert "as between pounds and kg" in one["why"]
    assert one["suggestion"].startswith("Check both: one of them may be in another unit")


def test_swapped_sides_and_other_sizes_are_told_apart() -> None:
    """The first are harmless to most; the second are two articles, or one measured badly."""
    swapped = BOOK | {"length_mm": 27, "height_mm": 211}
    other = BOOK | {"length_mm": 260}
    nearly = BOOK | {"length_mm": 213}
    rows = found(BOOK, BOOK, swapped, other, nearly)
    assert [(one["what"], one["row"]) for one in rows] == [("swapped", 3), ("differs", 4)]
    assert "while most lines of this sku say 211 × 148 × 27 mm" in rows[0]["why"]


@pytest.mark.parametrize(
    ("change", "why", "suggestion"),
    [
        ({"weight_g": 423_000}, "more than osmium", "weight 1000 times too large (g and kg)"),
        ({"weight_g": 7_000}, "more than solid steel", "2.54 times too small (cm and inches)"),
        (
            {"length_mm": 2110, "width_mm": 1480, "height_mm": 270},
            "less than half of foam",
            "sizes 10 times too large (mm and cm)",
        ),
    ],
)
def test_odd_densities_come_with_the_unit_that_would_explain_them(
    change: dict[str, Any], why: str, suggestion: str
) -> None:
    """With the material that they are compared to."""
    (one,) = found(BOOK | change)
    assert one["what"] == "density"
    assert why in one["why"]
    assert suggestion in one["suggestion"]


def test_without_weights_no_density_is_judged() -> None:
    """Nothing is made up."""
    assert found({name: value for name, value in BOOK.items() if name != "weight_g"}) == []


def test_the_command_prints_a_summary_and_writes_the_table(tmp_path: Path) -> None:
    """As CSV, Parquet or JSON, and rejects are told by the exit code."""
    lines = [
        BOOK | {"order_id": "A", "qty": 1, "weight_g": 423_000},
        BOOK | {"order_id": "B", "qty": 0, "weight_g": 1},
    ]
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.Table.from_pylist(lines), path)
    tables = []
    for name in ("s.csv", "s.parquet", "s.json"):
        out = tmp_path / name
        run = CliRunner().invoke(app, ["inspect", str(path), "--out", str(out)])
        assert run.exit_code == 1, run.output
        assert f"density (1): {WHAT['density']}" in run.output
        assert "row 1, sku book: found 211 × 148 × 27 mm" in run.output
        if name == "s.csv":
            tables.append(pyarrow.csv.read_csv(out).to_pylist())
        elif name == "s.json":
            tables.append(json.loads(out.read_text(encoding="utf-8")))
        else:
            tables.append(pq.read_table(out).to_pylist())
    assert tables[0] == tables[1] == tables[2]
    run = CliRunner().invoke(app, ["inspect", str(path), "--out", str(tmp_path / "s.txt")])
    assert run.exit_code == 2
