"""Documents hold what the tables hold, and evidence holds all that a checker needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from packopt import (
    Evidence,
    InputError,
    Orders,
    Policy,
    ResultError,
    builtin_catalogue,
    check,
    from_documents,
    make_evidence,
    order_table,
    recommend,
    to_documents,
)
from packopt.cli import app
from packopt.datasets import catalogue_path
from packopt.reading import read_table
from packopt.tables import TABLES

ORDERS: list[dict[str, Any]] = [
    {
        "order_id": "A-1",
        "region": "FR",
        "lines": [
            {
                "sku": "mug",
                "qty": 2,
                "length_cm": 12.0,
                "width_cm": 9,
                "height_cm": 10,
                "fragile": True,
            },
            {"sku": "book", "qty": 1, "length_cm": 21, "width_cm": 14.8, "height_cm": 2.5},
        ],
    },
    {
        "order_id": "A-2",
        "lines": [{"sku": "pole", "qty": 1, "length_cm": 300, "width_cm": 5, "height_cm": 5}],
    },
    {
        "order_id": "A-3",
        "lines": [{"sku": "box", "qty": 9, "length_cm": 30, "width_cm": 30, "height_cm": 30}],
    },
]
POLICY = Policy(alternatives=2, max_parcels=4)


def _answered() -> tuple[Orders, Any, Any]:
    orders = Orders.from_table(order_table(ORDERS))
    catalogue = builtin_catalogue("demo")
    return orders, catalogue, recommend(orders, catalogue, POLICY)


def test_tables_survive_the_way_through_documents_and_json() -> None:
    """Nesting, JSON and flattening give back every table cell for cell."""
    _, catalogue, result = _answered()
    assert result.alternatives.num_rows
    assert set(result.orders["verdict"].to_pylist()) > {"unpackable"}
    documents = json.loads(json.dumps(to_documents(result)))
    again = from_documents(documents, POLICY, catalogue.digest)
    for name in TABLES:
        found, expected = getattr(again, name), getattr(result, name)
        assert found.to_pylist() == expected.to_pylist(), name


def test_documents_leave_out_what_was_not_asked_for() -> None:
    """Without plans and reasons there are no placements and no list of ruled-out packages."""
    _, _, result = _answered()
    short = to_documents(result, plans=False, ruled_out=False)
    assert "ruled_out" not in short[0]
    assert "placements" not in short[0]["parcels"][0]


def test_documents_that_lack_something_are_refused() -> None:
    """A missing member and a null where none may be are named."""
    _, catalogue, result = _answered()
    documents = to_documents(result)
    for broken in ({"verdict": None}, {"nodes": "many"}, {"parcels": 3}):
        with pytest.raises(ResultError):
            from_documents([documents[0] | broken], POLICY, catalogue.digest)
    del documents[0]["units"]
    with pytest.raises(ResultError, match="units"):
        from_documents(documents, POLICY, catalogue.digest)


def _evidence(number: int) -> bytes:
    _, catalogue, result = _answered()
    packages = read_table(catalogue_path("demo"), lambda _: True).table.to_pylist()
    return make_evidence(
        to_documents(result)[number],
        ORDERS[number],
        packages,
        POLICY,
        catalogue_digest=catalogue.digest,
        catalogue_reference="demo@1",
    )


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_evidence_is_checked_with_nothing_else_at_hand(number: int, tmp_path: Path) -> None:
    """The file alone passes the checker, in Python and by the command line, and is explained."""
    path = tmp_path / "evidence.json"
    path.write_bytes(_evidence(number))
    evidence = Evidence.read(path)
    assert check(evidence.result, evidence.orders, evidence.catalogue) == []
    runner = CliRunner()
    assert runner.invoke(app, ["check", str(path)]).exit_code == 0
    told = runner.invoke(app, ["explain", str(path), ORDERS[number]["order_id"]])
    assert told.exit_code == 0
    assert ORDERS[number]["order_id"] in told.output


def test_the_same_answer_makes_the_same_evidence() -> None:
    """Evidence is canonical, so equal answers have equal hashes."""
    assert _evidence(0) == _evidence(0)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["answer"].update(package_id="B1"),
        lambda file: file["order"]["lines"][0].update(qty=1),
        lambda file: file["catalogue"]["packages"].pop(),
        lambda file: file.update(sha256="0" * 64),
        lambda file: file.pop("order"),
        lambda file: file.update(schema="other"),
    ],
)
def test_evidence_that_was_changed_is_refused(change: Any) -> None:
    """Any change breaks a hash, or the shape."""
    file = json.loads(_evidence(0))
    change(file)
    with pytest.raises(ResultError):
        Evidence.from_bytes(json.dumps(file).encode())


def test_evidence_whose_hashes_were_made_anew_still_fails_the_check() -> None:
    """Who recomputes the hashes after moving a unit is caught by the checker."""
    from packopt.evidence import _sha256, canonical

    file = json.loads(_evidence(0))
    file["answer"]["parcels"][0]["placements"][0]["x_mm"] += 500
    del file["sha256"]
    file["sha256"] = _sha256(canonical(file))
    evidence = Evidence.from_bytes(json.dumps(file).encode())
    assert check(evidence.result, evidence.orders, evidence.catalogue)


def test_broken_files_are_named_errors() -> None:
    """Text that is no JSON, and JSON that is no evidence, are refused."""
    for data in (b"", b"{", b"[]", b"\xff\xfe", b'{"schema": "packopt/evidence/1"}'):
        with pytest.raises(InputError):
            Evidence.from_bytes(data)


def test_values_of_several_types_become_text() -> None:
    """A column of numbers and words is text, and a number beyond 64 bits as well."""
    lines = [{"sku": 1, "qty": 10**30}, {"sku": "a", "qty": 2}]
    table = order_table([{"order_id": "x", "lines": lines}])
    assert table["sku"].to_pylist() == ["1", "a"]
    assert table["qty"].to_pylist() == [str(10**30), "2"]
    assert table["order_id"].type == pa.string()
