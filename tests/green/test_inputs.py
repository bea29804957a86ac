"""Users' files at the door: what is refused, and with which words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from green.files import CERTIFICATES, FILES
from green.world import as_table, catalogue, green
from packopt.errors import GreenError
from packopt.green import METRICS, GreenInputs, Settings
from packopt.green.inputs import INPUTS
from packopt.green.inputs.reading import accept_table, read_file
from packopt.green.inputs.references import check_references

BAD = [
    ("zones", "region\nCN-A\n", "column zone is missing"),
    ("zones", "region,zone\nCN-A,\n", "row 1, column zone: found no value; expected a value in"),
    ("zones", "region,zone\nCN-A,x\nCN-A,y\n", "row 2, column region: found 'CN-A', a second row"),
    ("zones", "region,zone,central\nCN-A,x,maybe\n", "'maybe', an unknown word; expected one of"),
    ("zones", "region,zone,phone\nCN-A,x,1\n", "columns phone look like personal data"),
    ("zones", "region,zone\nCN-A,x,y\n", "row 1: found 3 values where the header has 2"),
    ("assets", "asset_id,package_id,trips,state\nA,R1,-1,lost\n", "'-1', too small a number"),
    ("assets", "asset_id,package_id,trips,state\nA,R1,1.5,lost\n", "'1.5', a fraction"),
    ("assets", "asset_id,package_id,trips,state\nA,R1,,lost\n", "column trips: found no value"),
    (
        "certificates",
        "item,kind\nC1,11\n",
        "'11', too large a number; expected a whole number from",
    ),
    (
        "certificates",
        "item,kind,valid_from,expires\nC1,2,2025-05-01,2025-04-30\n",
        "column expires: found '2025-04-30', a day before valid_from",
    ),
    ("certificates", "item,kind,expires\nC1,2,2025-02-30\n", "'2025-02-30', no date"),
    ("class_prices", "class,price,currency\nstandard,-1,EUR\n", "'-1', too small a number"),
    (
        "class_prices",
        "class,price,currency\nstandard,1,EUR\nreusable,1,USD\n",
        "row 2, column currency: found 'USD', a second currency; expected one currency",
    ),
    ("skus", "sku,unit_price,currency\na,1,euro\n", "'euro', no currency code"),
    ("plastics", "period,product\n2025-13,bag\n", "'2025-13', no period; expected a quarter"),
    (
        "fees",
        "country,category,year,fee_per_kg,currency\nDE,wood,25,1,EUR\n",
        "'25', no period; expected a year such as 2025",
    ),
    (
        "consumables",
        "item,material\nlabel,paper\n",
        "'label', an unknown word; expected one of tape",
    ),
    ("consumables", "item,material,width_mm\ntape,pp,wide\n", "'wide', no number"),
    (
        "actions",
        "action_id,finding,opened_on,closed_on\n1,x,2025-02-01,2025-01-01\n",
        "a day before opened_on",
    ),
    (
        "used_cartons",
        "package_id,replaces,grade,trips,max_trips,stock\nU,C1,A,1,0,5\n",
        "max_trips",
    ),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_a_bad_row_refuses_the_file_and_says_where(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """Missing, absurd, contradictory and personal values are named by file, row and column."""
    path = tmp_path / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GreenError) as caught:
        read_file(path, INPUTS[name])
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Two bad rows are two sentences, in the order of the rows."""
    path = tmp_path / "assets.csv"
    path.write_text("asset_id,package_id,trips,state\nA,R1,x,lost\nB,R1,1,gone\n")
    with pytest.raises(GreenError) as caught:
        read_file(path, INPUTS["assets"])
    rows = [problem.split(",")[0] for problem in caught.value.problems]
    assert rows == ["row 1", "row 2"]


@pytest.mark.parametrize("name", INPUTS)
def test_every_file_reads_back_what_its_rows_say(tmp_path: Path, name: str) -> None:
    """What a file holds as CSV is what the same rows hold in memory, in the documented schema."""
    table = as_table(FILES[name]) if name in FILES else INPUTS[name].schema.empty_table()
    in_memory, _ = accept_table(table, INPUTS[name])
    path = tmp_path / f"{name}.csv"
    import pyarrow.csv

    pyarrow.csv.write_csv(table, path)
    from_file, notes = read_file(path, INPUTS[name])
    assert from_file.schema.equals(INPUTS[name].schema)
    assert from_file.equals(in_memory)
    assert notes == ()


def test_words_are_taken_in_any_case_and_blanks_are_nothing(tmp_path: Path) -> None:
    """Grades are lower case inside, blanks are null, and empty rows at the end are no rows."""
    path = tmp_path / "zones.csv"
    path.write_text("region;zone;central\n CN-A ; x ;YES\nCN-B;y;\n;;\n", encoding="utf-8")
    table, _ = read_file(path, INPUTS["zones"])
    assert table.to_pylist() == [
        {"region": "CN-A", "zone": "x", "central": True},
        {"region": "CN-B", "zone": "y", "central": None},
    ]


def test_a_misspelt_column_is_noted(tmp_path: Path) -> None:
    """A column that is ignored is told, with the one that was probably meant."""
    path = tmp_path / "zones.csv"
    path.write_text("region,zone,centrel\nCN-A,x,yes\n", encoding="utf-8")
    _, notes = read_file(path, INPUTS["zones"])
    assert "centrel (did you mean central?)" in notes[0]


def test_a_file_with_a_header_only_says_that_there_is_nothing(tmp_path: Path) -> None:
    """No complaints is something else than no file of complaints."""
    (tmp_path / "complaints.csv").write_text("complaint_id,parcel_hash,received_on\n")
    inputs = GreenInputs.read(tmp_path)
    assert "complaints" in inputs
    assert inputs.frame("complaints").height == 0
    made = green({})
    rows = {row["metric"]: row for row in made.tables["scorecard"].to_pylist()}
    assert rows["substantiated_per_million"]["value"] is None


def test_a_folder_is_read_by_the_names_of_its_files(tmp_path: Path) -> None:
    """Files of any format and settings make the inputs; hidden files are passed over."""
    (tmp_path / "zones.csv").write_text("region,zone\nCN-A,x\n")
    (tmp_path / "merchants.ndjson").write_text('{"seller": "S1"}\n')
    (tmp_path / "settings.toml").write_text('producer = "P"\n')
    (tmp_path / ".hidden").write_text("x")
    inputs = GreenInputs.read(tmp_path)
    assert sorted(inputs.files) == ["merchants", "zones"]
    assert inputs.settings.producer == "P"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"zonse.csv": "region,zone\nA,b\n"}, "zonse.csv: not a known file"),
        ({"zonse.csv": "region,zone\nA,b\n"}, "did you mean zones?"),
        ({"zones.csv": "region,zone\nA,b\n", "zones.json": "[]"}, "several files of this name"),
        ({"settings.toml": "produzer = 1\n"}, "field produzer: not known"),
        ({"settings.toml": "producer = \n"}, "is not TOML"),
    ],
)
def test_a_folder_with_what_nobody_knows_is_refused(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    """Unknown names, two files of one name and bad settings are told with the fix."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(GreenError, match=message.replace("?", r"\?")):
        GreenInputs.read(tmp_path)


def test_no_folder_is_no_inputs(tmp_path: Path) -> None:
    """A path that does not exist is an error, and not an empty folder."""
    with pytest.raises(GreenError, match="found no folder"):
        GreenInputs.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"organisation_size": "M"}, "field organisation_size: found 'M', expected one of L, S"),
        ({"sample_size": 0}, "field sample_size: found 0, expected a whole number from 1"),
        ({"sample_size": True}, "field sample_size: found True"),
        ({"truck_m3": -1}, "field truck_m3: found -1"),
        ({"truck_m3": float("nan")}, "field truck_m3: found nan"),
        ({"producer": 7}, "field producer: found 7, expected text"),
        ({"sample_by": "box"}, "expected one of package_id, site, seller, quarter"),
        ({"confidenc": 0.9}, "did you mean confidence?"),
    ],
)
def test_bad_settings_are_named(values: dict[str, object], message: str) -> None:
    """Every bad setting says its name, what was found and what was expected."""
    with pytest.raises(GreenError) as caught:
        Settings.from_dict(values)
    assert message in str(caught.value)


def test_names_must_mean_something() -> None:
    """A package, an item or a metric that nobody knows is told with the one that was meant."""
    for name, row, message in [
        ("certificates", {"item": "C11", "kind": 2}, "'C11', an unknown name"),
        ("certificates", {"item": "Tape", "kind": 9}, "Did you mean tape?"),
        ("owners", {"metric": "reusable_shares", "owner": "x"}, "Did you mean reusable_share?"),
        (
            "assets",
            {"asset_id": "A", "package_id": "R2", "trips": 1, "state": "lost"},
            "row 1, column package_id",
        ),
    ]:
        inputs = GreenInputs.of({name: as_table([row])})
        with pytest.raises(GreenError) as caught:
            check_references(inputs, catalogue(), METRICS)
        assert message in str(caught.value)


def test_tables_in_memory_have_known_names_and_are_tables() -> None:
    """An unknown name and something that is no table are errors of ours, not of pyarrow."""
    with pytest.raises(GreenError, match="did you mean zones"):
        GreenInputs.of({"zone": pa.table({"a": [1]})})
    with pytest.raises(GreenError, match="is no table"):
        GreenInputs.of({"zones": 7})


def test_one_item_is_of_one_kind() -> None:
    """Two kinds of one item contradict each other."""
    rows = [*CERTIFICATES, {"item": "C1", "kind": 3, "certificate": "X9"}]
    with pytest.raises(GreenError, match="item C1: found kinds 2, 3"):
        green({"certificates": rows})


def test_a_target_has_a_number() -> None:
    """A target that is neither at least nor at most anything is none."""
    with pytest.raises(GreenError, match="found neither at_least nor at_most"):
        green({"targets": [{"metric": "reusable_share", "source": "us"}]})


def test_shares_of_disposal_are_all_there_is() -> None:
    """Treatments that add up to less or more than all are refused."""
    rows = [{"material": "board", "treatment": "landfill", "share": 0.9}]
    with pytest.raises(GreenError, match=r"found 0.9 together, expected 1"):
        green({"disposal": rows})


def test_dates_in_memory_are_dates() -> None:
    """Python's dates and text mean the same."""
    row = {"version": "V", "sha256": "x", "filed_on": dt.date(2025, 1, 2)}
    one, _ = accept_table(as_table([row]), INPUTS["filings"])
    two, _ = accept_table(as_table([row | {"filed_on": "2025-01-02"}]), INPUTS["filings"])
    assert one.equals(two)


def test_outcomes_of_rules_are_read_back(tmp_path: Path) -> None:
    """A folder of packopt rules gives its outcomes; anything else is refused by name."""
    import pyarrow.parquet as pq

    from green.files import outcomes
    from packopt.green.inputs.outcomes import read_outcomes

    pq.write_table(outcomes(), tmp_path / "rule_outcomes.parquet")
    assert read_outcomes(tmp_path).equals(outcomes())
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(GreenError, match="expected outcomes that packopt rules --out wrote"):
        read_outcomes(tmp_path / "other.parquet")
