"""The checker held against slow twins and against plans that are right by construction."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handmade import (
    LINES,
    POLICY,
    Row,
    change,
    drop,
    made,
    make_catalogue,
    make_orders,
    make_result,
)
from naive import Placement, brute_force_holds, cut, heaviest_chain, loads_g, rotations
from packopt.check import check, ragged
from packopt.check.book import open_book
from packopt.check.ragged import chunks, expand, pairs
from packopt.check.simple_proofs import Question, SimpleProofs
from packopt.check.stacks import stack_too_high
from packopt.costing import package_costs
from packopt.policy import Policy
from packopt.recommendations import Recommendations, concat
from packopt.tables import TABLES

CONTAINER = (6, 5, 4)
_SIDES = ("length_mm", "width_mm", "height_mm")

cuts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 9)), max_size=6)
offsets = st.tuples(*[st.integers(-6, 6)] * 3).filter(any)
grid_units = st.lists(
    st.tuples(
        st.tuples(*[st.integers(1, 4)] * 3),
        st.sampled_from(["any", "upright", "flat", "fixed"]),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
)


def _line(sku: str, size: Any, **values: Any) -> Row:
    line = {"order_id": "one", "sku": sku, "qty": 1, "weight_g": 1}
    return line | dict(zip(_SIDES, size, strict=True)) | values


def _package(name: str, kind: str, inner: tuple[int, int, int]) -> Row:
    return {"package_id": name, "kind": kind, "inner": inner, "limit": None}


def _full_carton(pieces: list[Placement], policy: Policy = POLICY) -> Any:
    """A carton that its units fill, with orders and catalogue."""
    orders = make_orders([_line(f"piece-{i}", piece[3:]) for i, piece in enumerate(pieces)])
    catalogue = make_catalogue([_package("C", "carton", CONTAINER)])
    plan = [(f"piece-{i}", 1, *piece) for i, piece in enumerate(pieces)]
    return make_result(orders, catalogue, policy, {"one": ("C", plan, [])}), orders, catalogue


@given(cuts)
def test_a_carton_cut_into_pieces_passes(cuts: list[tuple[int, int, int]]) -> None:
    """Pieces of a carton, put where they were cut from, are a plan without violations."""
    result, orders, catalogue = _full_carton(cut(CONTAINER, cuts))
    assert check(result, orders, catalogue) == []


@given(cuts, offsets, st.integers(0, 9))
def test_no_piece_of_a_full_carton_can_be_moved(
    cuts: list[tuple[int, int, int]], offset: tuple[int, int, int], number: int
) -> None:
    """In a full carton every move of a unit puts it outside or into another unit."""
    pieces = cut(CONTAINER, cuts)
    x, y, z, *_ = pieces[number % len(pieces)]
    result, orders, catalogue = _full_carton(pieces)
    where = {"sku": f"piece-{number % len(pieces)}"}
    moved = {"x_mm": x + offset[0], "y_mm": y + offset[1], "z_mm": z + offset[2]}
    codes = {v.code for v in check(change(result, "placements", where, **moved), orders, catalogue)}
    assert codes & {"inside", "overlap"}


@given(cuts, st.integers(0, 9), st.integers(1, 10), st.data())
def test_loads_are_those_of_the_slow_twin(
    cuts: list[tuple[int, int, int]], number: int, weight_g: int, data: st.DataObject
) -> None:
    """A unit may carry exactly the load that plain integer sums give, and not a gram less."""
    pieces = cut(CONTAINER, cuts)
    number %= len(pieces)
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(pieces), max_size=len(pieces)))
    load = loads_g(pieces, weights)[number]
    assume(load > 0)
    result, _, catalogue = _full_carton(pieces)
    for limit, expected in ((load, False), (load - 1, True)):
        lines = [
            _line(f"piece-{i}", piece[3:], weight_g=weights[i], max_load_g=None)
            for i, piece in enumerate(pieces)
        ]
        lines[number]["max_load_g"] = limit
        codes = {violation.code for violation in check(result, make_orders(lines), catalogue)}
        assert ("load" in codes) == expected


@given(
    grid_units,
    st.tuples(*[st.integers(1, 6)] * 3),
    st.sampled_from(["carton", "mailer"]),
    st.integers(0, 1),
)
def test_simple_proofs_never_rule_out_what_brute_force_packs(
    units: list[tuple[Any, str, int]], inner: tuple[int, int, int], kind: str, padding: int
) -> None:
    """Whatever side, volume, pair or the thicknesses of a mailer rule out has no packing."""
    lines = [
        _line(f"sku-{i}", size, orientation=rule, qty=qty, padding_mm=padding, min_height_mm=1)
        for i, (size, rule, qty) in enumerate(units)
    ]
    if kind == "mailer":
        inner = (inner[0] + 3, inner[1] + 3, inner[2])
    none = {"poly": 0}
    policy = replace(POLICY, seam_allowance_mm=none, flap_allowance_mm=none)
    catalogue = make_catalogue([_package("C", kind, inner)])
    proofs, asked = _question(lines, catalogue, policy)
    rules = [proofs.mailer] if kind == "mailer" else [proofs.side, proofs.volume, proofs.pair]
    extents = [
        [tuple(side + 2 * padding for side in extents) for extents in rotations(pressed, rule)]
        for size, rule, qty in units
        for pressed in [(*size[:2], 1) if kind == "mailer" else size]
        for _ in range(qty)
    ]
    spaces = [inner]
    if kind == "mailer":
        length, width, most = inner
        spaces = [(length - h, width - h, h) for h in range(1, most + 1)]
    holds = any(brute_force_holds(extents, space) is not None for space in spaces if min(space) > 0)
    excluded = [bool(rule(asked)[0]) for rule in rules]
    assert not (holds and any(excluded))
    if sum(qty for *_, qty in units) <= 2:
        assert holds or any(excluded), "for two units the rules are complete"


def _question(lines: list[Row], catalogue: Any, policy: Policy) -> tuple[SimpleProofs, Question]:
    orders = make_orders(lines)
    tables = {name: schema.empty_table() for name, schema in TABLES.items()}
    empty = Recommendations(**tables, policy=policy, catalogue_digest=catalogue.digest)
    book = open_book(empty, orders, catalogue, policy, package_costs(catalogue, policy))
    zero = np.zeros(1, dtype=np.int64)
    return SimpleProofs(book), Question(zero, zero, zero)


@given(
    st.lists(st.tuples(*[st.integers(1, 9)] * 3, st.integers(1, 3)), min_size=1, max_size=5),
    st.tuples(*[st.integers(5, 20)] * 3),
)
def test_stacks_are_the_longest_chains(
    lines: list[tuple[int, int, int, int]], space: tuple[int, int, int]
) -> None:
    """A stack is too high exactly if some set of units, tried one by one, is."""
    least = np.array([line[:3] for line in lines])
    count = np.array([line[3] for line in lines], dtype=np.int32)
    units = [line for line in lines for _ in range(line[3])]
    expected = False
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        linked = [
            [all(u[other] + v[other] > space[other] for other in others) for v in units]
            for u in units
        ]
        longest = heaviest_chain(linked, [unit[axis] for unit in units])
        expected |= longest > space[axis] and len(units) > 1
    assume((least <= np.array(space)).all())
    assert stack_too_high(least, count, np.array(space)) == expected


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 20))
def test_ragged_chunks_cover_everything_once(counts: list[int], size: int) -> None:
    """Chunks, ranges and pairs are those of plain loops."""
    count = np.array(counts, dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "_CHUNK", size)
        rows = [row for part in chunks(count) for row in range(len(counts))[part]]
        group = np.repeat(np.arange(len(counts)), count)
        found = [pair for i, j in pairs(group) for pair in zip(i.tolist(), j.tolist(), strict=True)]
    assert rows == list(range(len(counts)))
    n = len(group)
    assert found == [(i, j) for i in range(n) for j in range(i + 1, n) if group[i] == group[j]]
    row, element = expand(count, 2 * count)
    assert [*zip(row.tolist(), element.tolist(), strict=True)] == [
        (row, element) for row, c in enumerate(counts) for element in range(c, 2 * c)
    ]


def _without_weights() -> Any:
    lines = [{k: v for k, v in line.items() if k != "weight_g"} for line in LINES]
    orders = make_orders([line for line in lines if line["order_id"] in ("loads", "card")])
    crates = [("crate", 1, 0, 0, 0, 100, 100, 50), ("crate", 2, 0, 0, 50, 100, 100, 50)]
    answers = {
        "loads": ("S", crates, [("P", "side")]),
        "card": ("P", [("card", 1, 0, 0, 0, 150, 100, 10)], []),
    }
    catalogue = made().catalogue
    return make_result(orders, catalogue, POLICY, answers), orders, catalogue


def test_without_weights_nothing_may_rest_on_a_unit_with_a_load_limit() -> None:
    """Missing data never passes a rule; everything else about unknown weights is in order."""
    result, orders, catalogue = _without_weights()
    assert [v.code for v in check(result, orders, catalogue)] == ["load"]
    beside = change(result, "placements", {"order_id": "loads", "unit": 2}, x_mm=100, z_mm=0)
    beside = change(beside, "placements", {"order_id": "loads"}, support=1.0)
    assert check(beside, orders, catalogue) == []


def test_geometry_handling_asks_for_no_support_and_no_order() -> None:
    """With handling "geometry" units may float, be fragile, overloaded and packed in any order."""
    right = made()
    policy = replace(POLICY, handling="geometry", min_support=1.0)
    result = change(
        right.result, "placements", {"order_id": "card"}, z_mm=5, support=0.0, sequence=1
    )
    result = change(result, "parcels", {"order_id": "card"}, outer_height_mm=15)
    codes = {v.code for v in check(result, right.orders, right.catalogue, policy)}
    assert codes == {"value"}, "only the volumes at another thickness differ"
    default = {v.code for v in check(result, right.orders, right.catalogue)}
    assert default == {"value", "floating"}


def test_batches_with_their_own_dictionaries_check_as_one() -> None:
    """Columns put together from batches have several dictionaries, which changes nothing."""
    right = made()
    parts = [
        replace(right.result, orders=right.result.orders.slice(start, 5)) for start in (0, 5, 10)
    ]
    empty = {name: right.result.__dict__[name].slice(0, 0) for name in TABLES if name != "orders"}
    parts = [parts[0], *(replace(part, **empty) for part in parts[1:])]
    recoded = [
        replace(part, orders=pa.Table.from_pylist(part.orders.to_pylist(), part.orders.schema))
        for part in parts
    ]
    assert check(concat(recoded), right.orders, right.catalogue) == []


def test_no_orders_have_no_violations() -> None:
    """A result of nothing is right for no orders."""
    right = made()
    result = right.result
    for table in TABLES:
        result = drop(result, table)
    assert check(result, right.orders.slice(0, 0), right.catalogue) == []


def test_a_violation_reads_as_a_sentence() -> None:
    """A violation says where it is, what was found and what was expected."""
    right = made()
    result = change(right.result, "placements", {"order_id": "vase"}, y_mm=9)
    (violation,) = check(result, right.orders, right.catalogue)
    assert str(violation) == (
        "order vase, parcel 1: inside: found a padded unit from (0, -1, 0) mm to "
        "(120, 99, 80) mm, expected between (0, 0, 0) mm and (200, 150, 100) mm"
    )


def test_the_checker_loads_no_kernel() -> None:
    """The checker works where neither the kernel nor Numba has been imported."""
    code = (
        "import sys, packopt.check\n"
        "print([m for m in sys.modules if m.startswith(('packopt.kernel', 'numba', 'ortools'))])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
