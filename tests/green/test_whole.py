"""The tables as a whole: schemas, files, mass that is never lost, and what does not fit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
import packopt.green.green as on_disk
from green.files import FILES, everything
from green.world import (
    ON,
    as_table,
    catalogue,
    green,
    metric,
    orders,
    quantities,
    quantity_rows,
    result,
    rows,
    value,
)
from packopt.cli import main
from packopt.datasets import demo_orders_path
from packopt.errors import GreenError
from packopt.green import SHEETS, TABLES, GreenInputs, tables
from packopt.labels import Labels
from packopt.report.sentences import sentence
from packopt.report.words import Words
from packopt.savings.quantities import quantities as count
from packopt.savings.tables import QUANTITIES
from packopt.savings.terms import Terms

SQL = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
}


def test_every_table_is_in_its_schema_and_in_the_order_of_a_report() -> None:
    """Names, types and order of columns are those of the schema; all tables are there."""
    made = everything()
    assert list(made.tables) == list(SHEETS) == list(TABLES)
    for name, table in made.tables.items():
        assert table.schema.equals(SHEETS[name].schema), name
        assert all(field.metadata[b"meaning"] for field in table.schema), name


def test_files_read_back_as_they_were_written(tmp_path: Path) -> None:
    """Parquet holds every table, with version and meanings; the manifest hashes all files."""
    made = everything()
    folder = tmp_path / "deep" / "green"
    made.write(folder)
    manifest = json.loads((folder / "green.json").read_text(encoding="utf-8"))
    for name, table in made.tables.items():
        with pq.ParquetFile(folder / f"{name}.parquet") as file:
            assert file.read().cast(table.schema).equals(table), name
            told = file.metadata.metadata
        assert told[b"packopt.version"].decode() == SHEETS[name].version
        column = table.column_names[0]
        assert told[f"packopt:{column}".encode()].decode() == SHEETS[name].meanings()[column]
        assert manifest["tables"][name]["rows"] == table.num_rows
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert set(manifest["sha256"]) == {path.name for path in folder.iterdir()} - {"green.json"}
    assert {"packing_specification.json", "customer_notices.md"} <= set(manifest["sha256"])


def test_csv_says_what_parquet_says(tmp_path: Path) -> None:
    """Another reader, DuckDB, finds the same rows in both files of every table."""
    made = everything()
    made.write(tmp_path / "green")
    for name, table in made.tables.items():
        path = tmp_path / "green" / name
        columns = ", ".join(
            f'round("{field.name}", 9)' if pa.types.is_floating(field.type) else f'"{field.name}"'
            for field in table.schema
        )
        kinds = {field.name: SQL[field.type] for field in table.schema}
        from_csv = duckdb.sql(
            f"select {columns} from read_csv('{path}.csv', header=true, columns={kinds})"
        ).fetchall()
        from_parquet = duckdb.sql(
            f"select {columns} from read_parquet('{path}.parquet')"
        ).fetchall()
        assert from_csv == from_parquet, name


def test_the_same_inputs_write_the_same_bytes(tmp_path: Path) -> None:
    """Two runs differ in nothing: a filed folder can be made again."""
    everything().write(tmp_path / "one")
    everything().write(tmp_path / "two")
    one, two = (
        json.loads((tmp_path / name / "green.json").read_text(encoding="utf-8"))
        for name in ("one", "two")
    )
    assert one == two


def test_tables_without_a_stated_day_say_that_they_are_of_today() -> None:
    """Certificates that expire make another answer of the same input on another day."""
    made = tables(result(), orders(), catalogue(), quantities())
    note = made.notes[0]
    assert made.about["on"] in note
    assert note.startswith("no day was stated")
    assert str(sentence(Words("zh"), note)).startswith("未指定日期：")
    assert not any("no day was stated" in one for one in green().notes)


def test_an_earlier_folder_is_replaced_and_a_strange_one_is_not(tmp_path: Path) -> None:
    """Nothing that somebody else wrote is ever replaced, and nothing is left half written."""
    made = green()
    made.write(tmp_path / "green")
    (tmp_path / "green" / "points.csv").unlink()
    made.write(tmp_path / "green")
    assert (tmp_path / "green" / "points.csv").exists()
    strange = tmp_path / "photos"
    strange.mkdir()
    (strange / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(GreenError, match=r"a folder without green\.json"):
        made.write(strange)
    with pytest.raises(GreenError, match="found a file"):
        made.write(strange / "cat.jpg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["green", "photos"]


def test_quantities_of_other_parcels_are_refused() -> None:
    """Masses in another order, or too few of them, would be booked on the wrong parcels."""
    turned = quantities().take(pa.array(range(9, -1, -1)))
    for wrong in (turned, quantities().slice(0, 9)):
        with pytest.raises(GreenError, match="are not the 10 parcels of the result"):
            tables(result(), orders(), catalogue(), wrong, None, ON)


def test_orders_and_catalogue_must_be_those_of_the_result() -> None:
    """Another catalogue, or orders that lack some, are named."""
    tare = catalogue().tare_g + 1
    with pytest.raises(GreenError, match="was made from another catalogue"):
        tables(result(), orders(), replace(catalogue(), tare_g=tare), quantities(), None, ON)
    with pytest.raises(GreenError, match="has orders that are not among the orders given"):
        tables(result(), orders().slice(0, 3), catalogue(), quantities(), None, ON)


def test_an_unknown_mass_is_never_taken_for_none() -> None:
    """Where one parcel's mass is not known, sums are null, and the metric says why."""
    made_rows = quantity_rows()
    made_rows[0] |= dict.fromkeys(["packaging_g", "board_g", "board_m2"])
    some = pa.Table.from_pylist(made_rows, QUANTITIES)
    made = tables(result(), orders(), catalogue(), some, None, ON)
    assert metric(made, "packaging_g_per_order")["value"] is None
    assert metric(made, "packaging_g_per_order")["missing"] == "tare or size of a package"
    first, second = (rows(made, "material_use", period=name)[0] for name in ("2025-Q1", "2025-Q2"))
    assert (first["packaging_kg"], first["board_kg"]) == (None, None)
    assert (second["packaging_kg"], second["board_kg"]) == (pytest.approx(0.504), 0.26)
    assert first["plastic_kg"] == pytest.approx(0.012)
    assert rows(made, "epr_mass", country="CN", material="board")[0]["mass_kg"] is None
    assert value(made, "epr_kg") is None


def test_parcels_of_an_order_of_two_sellers_are_told_apart_by_their_plans() -> None:
    """One sku of two sellers in one order: the number of the unit says whose parcel it is."""
    line = {
        "length_mm": 190,
        "width_mm": 140,
        "height_mm": 90,
        "weight_g": 900,
        "date": "2025-01-02",
    }
    lines = [line | {"order_id": "m", "sku": "x", "qty": 1, "seller": one} for one in ("A", "B")]
    asked = packopt.Orders.from_table(pa.Table.from_pylist(lines))
    answered = packopt.recommend(asked, catalogue(), packopt.Policy())
    masses = count(answered.parcels, catalogue(), answered.policy, Terms())
    made = tables(answered, asked, catalogue(), masses, None, ON)
    assert [(row["seller"], row["parcels"]) for row in rows(made, "clients")] == [
        ("A", 1),
        ("B", 1),
    ]
    blind = replace(answered, placements=answered.placements.slice(0, 0))
    made = tables(blind, asked, catalogue(), masses, None, ON)
    assert [(row["seller"], row["parcels"]) for row in rows(made, "clients")] == [(None, 2)]


def test_clients_have_their_own_figures_and_packages() -> None:
    """S1 has one parcel in its own container and a B1, S2 a padded mailer; the rest is own."""
    told = {row["seller"]: row for row in rows(green(), "clients")}
    assert {
        name: (row["orders"], row["parcels"], row["packages"]) for name, row in told.items()
    } == {
        None: (6, 7, 4),
        "S1": (2, 2, 1),
        "S2": (1, 1, 1),
    }
    assert told["S1"]["packaging_g_per_parcel"] == pytest.approx(32)
    assert told["S1"]["own_container_share"] == 0.5
    used = rows(green(), "client_packages", seller=None)
    assert [(row["package_id"], row["parcels"]) for row in used] == [
        ("C1", 3),
        ("P1", 2),
        ("E1", 1),
        ("R1", 1),
    ]


def test_results_without_plans_are_told_by_single_parcels() -> None:
    """Without plans the content of split orders is not known, and what hangs on it says so."""
    blind = replace(result(), placements=result().placements.slice(0, 0))
    made = tables(blind, orders(), catalogue(), quantities(), None, ON)
    assert value(made, "avoidable_kg") == pytest.approx(0.353)
    hashes = [row["items_hash"] for row in rows(made, "parcel_evidence")]
    assert hashes.count(None) == 2
    with_plans = [row["items_hash"] for row in rows(green(), "parcel_evidence")]
    assert [one for one in hashes if one] == [
        other for one, other in zip(hashes, with_plans, strict=True) if one
    ]


def test_batches_that_ruled_nothing_out_change_nothing() -> None:
    """A result of several batches, of which one has no rows of ruled out packages."""
    ruled_out = result().ruled_out.combine_chunks()
    assert ruled_out.num_rows > 1
    columns = [column.chunk(0) for column in ruled_out.columns]
    parts = [pa.chunked_array([one.slice(0, 1), one.slice(0, 0), one.slice(1)]) for one in columns]
    parted = replace(result(), ruled_out=pa.Table.from_arrays(parts, schema=ruled_out.schema))
    assert [one.num_rows for one in parted.ruled_out.to_batches()] == [1, 0, len(columns[0]) - 1]
    made = tables(parted, orders(), catalogue(), quantities(), None, ON)
    assert rows(made, "parcel_evidence") == rows(green(), "parcel_evidence")


def test_a_cold_order_without_plans_may_be_unclear() -> None:
    """Where lines differ in temperature and plans are missing, which parcel is cold is open."""
    code = orders().temperature.code.copy()
    code[np.flatnonzero(np.array(orders().skus.to_pylist()) == "b")] = 0
    warm = replace(orders(), temperature=Labels(code, orders().temperature.words))
    blind = replace(result(), placements=result().placements.slice(0, 0))
    made = tables(blind, warm, catalogue(), quantities(), None, ON)
    assert "the temperature of 1 parcels" in metric(made, "cold_reusable_share")["missing"]


def _demo() -> tuple[packopt.Recommendations, packopt.Orders, packopt.Catalogue, pa.Table]:
    asked = packopt.read_orders(demo_orders_path())
    packages = packopt.builtin_catalogue("demo")
    answered = packopt.recommend(asked, packages, packopt.Policy())
    return answered, asked, packages, count(answered.parcels, packages, answered.policy, Terms())


def _sums(query: str, table: pa.Table) -> list[float]:
    """The one row that a query over a table gives, by DuckDB."""
    with duckdb.connect() as connection:
        connection.register("rows", table)
        return list(connection.execute(query).fetchall()[0])


def test_masses_of_the_demo_are_those_of_the_quantities() -> None:
    """By an independent path, DuckDB: no gram is lost between the quantities and the tables."""
    answered, asked, packages, masses = _demo()
    made = tables(answered, asked, packages, masses, None, ON)
    names = ("packaging", "board", "paper", "plastic")
    sums = _sums(f"select {', '.join(f'sum({name}_g)' for name in names)} from rows", masses)
    told = rows(made, "material_use", period="all")[0]
    assert [told[f"{name}_kg"] * 1000 for name in names] == pytest.approx(sums)
    for table, query in [
        ("epr_mass", "select 1000 * sum(mass_kg) from rows"),
        ("ghg", "select 1000 * sum(mass_kg) from rows where category = 1"),
        ("certified", "select 1000 * sum(kg) from rows where period = 'all'"),
        ("recycled_content", "select 1000 * sum(mass_kg) from rows"),
        ("material_balance", "select 1000 * sum(used_kg) from rows"),
    ]:
        assert _sums(query, made.tables[table]) == pytest.approx(sums[:1]), table
    metres = _sums("select avg(tape_m) from rows", masses)
    assert [value(made, "tape_m_per_parcel")] == pytest.approx(metres)


def test_quarters_add_up_to_all() -> None:
    """What can be added up over quarters is the row of all."""
    made = green()
    for table, names in [
        ("material_use", ("parcels", "packaging_kg", "board_m2", "plastic_kg", "tape_kg")),
        ("second_packaging", ("parcels", "own_container")),
        ("tape_use", ("taped", "tape_m")),
        ("transport", ("parcels", "outer_m3", "gross_kg", "days")),
    ]:
        every, *quarters = rows(made, table)
        assert every["period"] == "all"
        for name in names:
            assert sum(row[name] for row in quarters) == pytest.approx(every[name]), (table, name)


def test_tables_too_long_for_a_spreadsheet_are_parquet_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row of them is there, once; short ones are CSV as well."""
    monkeypatch.setattr(on_disk, "MOST_CSV_ROWS", 9)
    made = green()
    made.write(tmp_path / "green")
    for name, table in made.tables.items():
        assert pq.read_metadata(tmp_path / "green" / f"{name}.parquet").num_rows == table.num_rows
        assert (tmp_path / "green" / f"{name}.csv").exists() == (table.num_rows <= 9), name
    assert made.tables["parcel_evidence"].num_rows == 10


def _write(folder: Path, names: list[str]) -> None:
    import pyarrow.csv

    folder.mkdir()
    for name in names:
        pyarrow.csv.write_csv(as_table(FILES[name]), folder / f"{name}.csv")


def test_the_command_writes_the_tables_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a result directory to a folder of tables; a missed target is exit code 1."""
    answers, out = tmp_path / "answers", tmp_path / "green"
    with pytest.raises(SystemExit) as done:
        main(["recommend", str(demo_orders_path()), "--out", str(answers), "--quiet"])
    assert done.value.code == 0
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "consumables.csv").write_text(
        "item,material,width_mm\ntape,paper,48\n", encoding="utf-8"
    )
    words = ["green", str(answers), "--inputs", str(tmp_path / "inputs"), "--out", str(out)]
    words += ["--on", "2025-08-01", "--factors", "desnz-2025-primary"]
    with pytest.raises(SystemExit) as done:
        main(words)
    assert done.value.code == 1
    told = capsys.readouterr()
    assert "slim_tape_share" in told.out
    assert "missing the file zones: reusable_share_central" in told.err
    with pq.ParquetFile(out / "scorecard.parquet") as file:
        card = {row["metric"]: row for row in file.read().to_pylist()}
    assert card["slim_tape_share"]["status"] == "missed"
    with pytest.raises(SystemExit) as done:
        main([*words, "--previous", str(out)])
    assert done.value.code == 1
    with pq.ParquetFile(out / "comparison.parquet") as file:
        assert all(row["change"] in (0, None) for row in file.read().to_pylist())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--on", "soon"], 2),
        (["--inputs", "nowhere"], 3),
        (["--rules", "nowhere"], 3),
        (["--factors", "defra-2099"], 3),
        (["--previous", "nowhere"], 3),
    ],
)
def test_the_command_refuses_what_it_cannot_use(
    tmp_path: Path, words: list[str], code: int
) -> None:
    """Wrong usage is exit code 2, unusable input 3."""
    answers = tmp_path / "answers"
    result().write(answers)
    orders_file, catalogue_file = tmp_path / "orders.csv", "demo"
    orders_file.write_text("order_id,sku,qty,length_mm,width_mm,height_mm\no1,a,1,1,1,1\n")
    options = ["--orders", str(orders_file), "--catalogue", catalogue_file]
    with pytest.raises(SystemExit) as done:
        main(["green", str(answers), *options, *words])
    assert done.value.code == code


def test_no_inputs_are_inputs_too() -> None:
    """None and nothing are the same."""
    bare = tables(result(), orders(), catalogue(), quantities(), None, ON)
    same = tables(result(), orders(), catalogue(), quantities(), GreenInputs(), ON)
    assert bare.tables["scorecard"].equals(same.tables["scorecard"])
