"""The result of a folder is checked, explained and drawn as that of one file is, part by part."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, expected, made_up
from lake.folders import folder_of_orders
from packopt.cli import main
from packopt.errors import OrdersError, ResultError
from packopt.faults import reject_text
from packopt.lake.case import FilesCase
from packopt.lake.places import Place
from packopt.lake.results import is_of_files


class Run(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders in three files, their answers in a folder, and the same orders and answers as one."""
    folder = tmp_path_factory.mktemp("case")
    folder_of_orders(folder / "in")
    pq.write_table(made_up(), folder / "one.parquet")
    for source, out in (("in", "out"), ("one.parquet", "of-one")):
        with pytest.raises(SystemExit) as leaving:
            main(("recommend", str(folder / source), "--out", str(folder / out), "--quiet"))
        assert leaving.value.code == 1  # some are rejected
    return folder


@pytest.fixture
def answers(made: Path, tmp_path: Path) -> Path:
    """A copy of all of it, to be changed."""
    shutil.copytree(made, tmp_path / "case")
    return tmp_path / "case"


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """`command("check", ...)`, colourless."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main(words)
        return Run(int(leaving.value.code or 0), *capsys.readouterr())

    return run


def case_of(folder: Path) -> FilesCase:
    """The result, with orders and catalogue."""
    return FilesCase(str(folder / "out"), str(folder / "in"), CATALOGUE)


def changed(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change a table of a result where it lies."""
    table = pq.ParquetFile(path).read()
    pq.write_table(change(table), path)


def test_every_part_is_right_and_all_orders_are_in_them(made: Path) -> None:
    """With rejects, which tell rows of their file, and orders cut in two by row groups."""
    case = case_of(made)
    checked = [case.check(index) for index in range(case.n_parts)]
    assert case.n_parts == 3
    assert [violations for _, violations in checked] == [[], [], []]
    assert sum(number for number, _ in checked) == expected().orders.num_rows
    assert is_of_files(Place(str(made / "out")))
    assert not is_of_files(Place(str(made / "of-one")))


def test_parts_of_several_batches_and_regrouped_ones_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they came about."""
    monkeypatch.setattr("packopt.lake.reading.BATCH_ORDERS", 17)
    folder_of_orders(tmp_path / "in")
    packopt.recommend_files(
        tmp_path / "in", tmp_path / "out", CATALOGUE, packopt.Policy(effort=300), regroup=True
    )
    case = case_of(tmp_path)
    assert [case.check(index)[1] for index in range(case.n_parts)] == [[], [], []]


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("placements", lambda rows: rows.slice(1), "unit_missing"),
        ("orders", lambda rows: rows.slice(1), "order_missing"),
        ("parcels", lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]), "parcel"),
        (
            "parcels",
            lambda rows: pa.concat_tables(
                [rows, rows.slice(0, 1).set_column(0, rows.field(0), pa.array(["no-such"]))]
            ),
            "order_unknown",
        ),
        (
            "rejects",
            lambda rows: rows.set_column(0, rows.field(0), pc.add(rows["row"], 1)),
            "rejects",
        ),
    ],
    ids=["a unit", "an order", "a parcel twice", "a stranger", "a reject of another row"],
)
def test_what_is_wrong_in_a_part_is_found(
    answers: Path,
    command: Callable[..., Run],
    table: str,
    change: Callable[[pa.Table], pa.Table],
    code: str,
) -> None:
    """Its files are as long as they should be, and say something else."""
    path = next((answers / "out" / table).rglob("b-*.parquet"))
    before = pq.ParquetFile(path).metadata.num_rows
    changed(path, change)
    after = pq.ParquetFile(path).metadata.num_rows
    mark = next((answers / "out" / "_packopt" / "parts").rglob("b-*.arrow"))
    told = pa.ipc.open_file(mark.read_bytes()).read_all()
    text = told.schema.metadata[b"packopt:about"].decode()
    text = text.replace(f'"{table}": {before}', f'"{table}": {after}')
    with pa.OSFile(str(mark), "wb") as sink, pa.ipc.new_file(
        sink, told.schema.with_metadata({"packopt:about": text})
    ) as file:  # fmt: skip
        file.write_table(told.replace_schema_metadata({"packopt:about": text}))
    found = command("check", str(answers / "out"))
    assert found.code == 1
    assert code in found.stdout


def test_a_part_with_a_lost_row_is_damaged(answers: Path, command: Callable[..., Run]) -> None:
    """Fewer rows than its mark says: no check can say more."""
    changed(next((answers / "out" / "parcels").rglob("b-*.parquet")), lambda rows: rows.slice(1))
    found = command("check", str(answers / "out"))
    assert found.code == 3
    assert "files are missing" in found.stderr


def test_orders_that_have_changed_are_told(answers: Path, command: Callable[..., Run]) -> None:
    """A result says nothing of other orders; nor of a file that is not there."""
    pq.write_table(made_up(20), answers / "in" / "month=2026-01" / "a.parquet")
    with pytest.raises(OrdersError, match=r"month=2026-01/a\.parquet: found another size or time"):
        case_of(answers).check(0)
    (answers / "in" / "month=2026-01" / "a.parquet").unlink()
    found = command("check", str(answers / "out"), "--orders", str(answers / "in"))
    assert found.code == 3
    assert "found no such file" in found.stderr


def test_files_that_were_added_are_told(answers: Path, command: Callable[..., Run]) -> None:
    """By name and number, until a rerun has answered them; what has no orders is not missed."""
    orders = answers / "in"
    (orders / "month=2026-03").mkdir()
    more = made_up(310).slice(made_up().num_rows)
    pq.write_table(more, orders / "month=2026-03" / "d.parquet")
    pq.write_table(more.slice(0, 0), orders / "month=2026-03" / "empty.parquet")
    shutil.copy(orders / "month=2026-03" / "d.parquet", orders / "_e.parquet")
    (orders / "f.csv").write_text("", encoding="utf-8")
    (orders / "README").write_text("how these came about", encoding="utf-8")
    where = ("--orders", str(orders))
    found = command("check", str(answers / "out"), *where)
    assert found.code == 1
    told = "result: order_missing: file month=2026-03/d.parquet: found no answers to its orders"
    assert [line.startswith(told) for line in found.stdout.splitlines()] == [True]
    assert "in 3 parts, 1 violations" in found.stderr
    assert "files without answers: 1" in found.stderr
    (orders / "README").unlink()
    command("recommend", str(orders), "--out", str(answers / "out"))
    found = command("check", str(answers / "out"), *where)
    assert (found.code, found.stdout) == (0, "")
    assert "files without answers" not in found.stderr


def test_one_file_alone_has_no_others_beside_it(
    tmp_path: Path, command: Callable[..., Run]
) -> None:
    """What lies in the same folder is no part of the input."""
    for name in ("a", "b"):
        pq.write_table(made_up(20), tmp_path / f"{name}.parquet")
    command("recommend", str(tmp_path / "a.parquet"), "--out", (tmp_path / "out").as_uri())
    found = command("check", (tmp_path / "out").as_uri())
    assert found.code == 0
    assert "without answers" not in found.stderr


def test_a_row_that_was_not_accepted_is_told_with_its_file(
    made: Path, command: Callable[..., Run]
) -> None:
    """Rows of each file count from 1: a number alone would be of any of them."""
    for part, name in (("a-", "month=2026-01/a.parquet"), ("c-", "month=2026-02/c.csv")):
        path = next((made / "out" / "rejects").rglob(f"{part}*.parquet"))
        reject = pq.ParquetFile(path).read().to_pylist()[0]
        place = f"row {reject['row']} of {name}, length"
        for words in ("explain", "draw"):
            found = command(words, str(made / "out"), reject["order_id"])
            assert place in found.stdout + found.stderr
        alone = command("explain", str(made / "of-one"), reject["order_id"]).stdout
        assert " of " not in alone


def test_a_reject_without_a_row_is_told_by_its_file() -> None:
    """Nested orders have no rows of lines."""
    reject = {"row": None, "field": "items", "value": None, "reason": "none", "hint": "Add one."}
    assert reject_text(reject, "a.parquet") == "a.parquet, items: found None: none; Add one."
    assert reject_text(reject) == "items: found None: none; Add one."
    assert reject_text(reject | {"row": 7}) == "row 7, items: found None: none; Add one."


def test_the_command_checks_and_proves_a_folder(made: Path, command: Callable[..., Run]) -> None:
    """It knows where orders and catalogue are from."""
    found = command("check", str(made / "out"), "--prove", "4")
    assert found.code == 0, found
    wanted = f"{expected().orders.num_rows} orders checked in 3 parts, 0 violations"
    assert wanted in found.stderr
    assert "sampled packages: " in found.stderr
    assert " 0 proved again to hold" not in found.stderr


def some_orders() -> list[str]:
    """An order of each verdict, and one that was rejected."""
    orders = expected().orders
    verdicts = orders["verdict"].cast(pa.string()).to_pylist()
    ids = orders["order_id"].cast(pa.string()).to_pylist()
    first = dict(zip(reversed(verdicts), reversed(ids), strict=True))
    return [*first.values(), expected().rejects["order_id"].to_pylist()[0]]


def test_each_order_is_explained_and_drawn_as_of_one_file(
    made: Path, command: Callable[..., Run]
) -> None:
    """Whatever its verdict; one that has parcels is drawn."""
    *answered, rejected = some_orders()
    for order_id in answered:
        found, wanted = (command("explain", str(made / out), order_id) for out in ("out", "of-one"))
        assert found == wanted
    found = command("explain", str(made / "out"), rejected)
    assert found.code == 0
    assert "length" in found.stdout
    for out in ("out", "of-one"):
        assert command("draw", str(made / out), answered[0], "--out", f"{out}.html").code == 0
    assert Path("out.html").read_bytes() == Path("of-one.html").read_bytes()


def test_an_order_that_no_part_has_is_told(made: Path, command: Callable[..., Run]) -> None:
    """By its name, and where it was looked for."""
    found = command("explain", str(made / "out"), "D999999")
    assert found.code == 3
    assert "found no order 'D999999' in any of 3 parts" in found.stderr


def test_a_folder_that_is_not_complete_is_no_case(answers: Path) -> None:
    """Nor is the result of one file."""
    (answers / "out" / "run.json").unlink()
    for out in ("out", "of-one"):
        with pytest.raises(ResultError, match="of many files"):
            FilesCase(str(answers / out), str(answers / "in"), CATALOGUE)
