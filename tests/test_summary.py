"""The summary of a run: what the table says, in lines that a reader takes in at a glance."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from handmade import made
from handmade_shapes import scene
from packopt.cli.summary import Tally
from packopt.recommendations import Recommendations
from packopt.tables import REJECTS


def _lines(*batches: Recommendations) -> list[str]:
    tally = Tally()
    for batch in batches:
        tally.add(batch)
    return tally.lines()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("split", "5 orders in 10 parcels; for 5 it is proved that no fewer hold the order"),
        (
            "split",
            "2 of 12 parcels (16.7%) ship in the units' own containers: no second packaging",
        ),
        ("split", "packages used: S 8, L 1, M 1"),
        ("priced", "1 order in 2 parcels; for 0 it is proved that no fewer hold the order"),
        ("partial", "without a package that holds it: 5 units, see the table unpacked"),
        ("rules", "short of B: 2 orders, which cost 45.5 L more for it"),
        ("sizes", "A in 1 size: 200 × 150 × 90 mm 1"),
    ],
)
def test_each_rule_has_its_line(name: str, line: str) -> None:
    """Splits, own containers, what fits nothing, shortages and chosen sizes are summed up."""
    assert line in _lines(scene(name).result)


def test_a_plain_run_has_no_lines_about_what_it_does_not_have() -> None:
    """Where every order is in one package of one size, nothing else is said."""
    lines = _lines(made().result)
    for word in ("parcels", "containers", "unpacked", "short of", "size"):
        assert not any(f" {word}" in line for line in lines[4:]), word


def test_empty_space_is_that_of_packages_and_not_of_own_containers() -> None:
    """A unit in its own container is no package without empty space."""
    assert "44.4% of the packages' inner space is empty" in _lines(scene("cheaper").result)


def test_batches_add_up() -> None:
    """Two batches have twice the orders, sizes and shortages of one."""
    lines = _lines(scene("rules").result, scene("rules").result)
    assert lines[0] == "14 orders answered"
    assert "short of B: 4 orders, which cost 91.0 L more for it" in lines


def test_rejects_of_all_batches_are_kept() -> None:
    """What the door or the catalogue refused is in the batches, not in the orders."""
    one = dict.fromkeys(REJECTS.names) | {"row": 1, "order_id": "stranger"}
    rejects = pa.Table.from_pylist([one], schema=REJECTS)
    tally = Tally()
    assert tally.rejects.num_rows == 0
    tally.add(replace(made().result, rejects=rejects))
    tally.add(made().result)
    assert tally.rejects.to_pylist() == rejects.to_pylist()
