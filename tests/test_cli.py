"""The command line, each command as its user would type it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from packopt.cli import main
from packopt.cli.summary import mass


class Run(NamedTuple):
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Packopt = Callable[..., Run]

ORDERS = """order_id,sku,qty,length_mm,width_mm,height_mm,weight_g
A,mug,2,100,100,110,400
A,book,1,210,150,30,500
B,lamp,1,300,200,180,1500
C,mast,1,4000,60,60,3000
"""
CARTONS = """package_id,kind,length_mm,width_mm,height_mm,max_content_g,unit_cost,currency
small,carton,220,160,150,5000,0.25,EUR
large,carton,320,220,200,10000,0.45,EUR
"""


@pytest.fixture
def packopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packopt:
    """`packopt(*arguments)` in an empty directory, wide and colourless."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        return Run(int(leaving.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with orders.csv and cartons.csv, in which the commands run."""
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "cartons.csv").write_text(CARTONS, encoding="utf-8")
    return tmp_path


def rows(text: str) -> list[dict[str, str]]:
    """CSV as dictionaries."""
    return list(csv.DictReader(io.StringIO(text)))


def test_recommend_answers_on_stdout_and_speaks_on_stderr(packopt: Packopt, files: Path) -> None:
    """Without --out the table of orders is CSV on stdout, and the summary is on stderr."""
    run = packopt("recommend", "orders.csv", "--catalogue", "cartons.csv")
    assert run.returncode == 0, run.stderr
    packages = {row["order_id"]: row["package_id"] for row in rows(run.stdout)}
    assert packages == {"A": "small", "B": "large", "C": ""}
    assert "3 orders answered" in run.stderr
    assert "unpackable" in run.stderr


def test_quiet_says_nothing(packopt: Packopt, files: Path) -> None:
    """With --quiet stderr stays empty, so that scripts can mail what is on it."""
    packopt("warm")
    run = packopt("recommend", "orders.csv", "--catalogue", "cartons.csv", "--quiet")
    assert (run.returncode, run.stderr) == (0, "")


def test_a_result_directory_can_be_checked_and_explained(packopt: Packopt, files: Path) -> None:
    """What --out DIR keeps is enough for check and explain."""
    packages = ("--catalogue", "cartons.csv")
    assert packopt("recommend", "orders.csv", *packages, "--out", "answers").returncode == 0
    checked = packopt("check", "answers", "--prove", "5")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    explained = packopt("explain", "answers", "B")
    assert explained.returncode == 0, explained.stderr
    assert "large" in explained.stdout
    assert "small" in explained.stdout


def test_moved_inputs_can_be_named(packopt: Packopt, files: Path) -> None:
    """Where orders or catalogue have moved, check and explain say so and take their new place."""
    packopt("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers")
    for name in ("orders.csv", "cartons.csv"):
        (files / name).rename(files / f"old_{name}")
    lost = packopt("explain", "answers", "B")
    assert lost.returncode == 3
    assert "orders.csv" in lost.stderr
    named = ("--orders", "old_orders.csv", "--catalogue", "old_cartons.csv")
    assert packopt("explain", "answers", "B", *named).returncode == 0
    assert packopt("check", "answers", *named).returncode == 0


def test_a_result_that_does_not_know_its_inputs_asks_for_them(
    packopt: Packopt, files: Path
) -> None:
    """A result written by the library has no note of files, so they must be stated."""
    packopt("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers")
    (files / "answers" / "inputs.json").unlink()
    run = packopt("check", "answers")
    assert run.returncode == 2
    assert "--orders" in run.stderr


def test_a_folder_does_not_hide_a_built_in_catalogue(packopt: Packopt, files: Path) -> None:
    """A folder called demo beside the orders leaves the catalogue of that name what it is."""
    (files / "demo").mkdir()
    assert packopt("recommend", "orders.csv", "--out", "answers").returncode == 0
    assert packopt("check", "answers").returncode == 0


def test_check_tells_a_result_from_that_of_other_orders(packopt: Packopt, files: Path) -> None:
    """Violations are listed on stdout and the exit code is 1."""
    packages = ("--catalogue", "cartons.csv")
    packopt("recommend", "orders.csv", *packages, "--out", "answers")
    (files / "orders.csv").write_text(ORDERS.replace("300,200,180", "301,200,180"))
    run = packopt("check", "answers", "--orders", "orders.csv", *packages)
    assert run.returncode == 1
    assert "B" in run.stdout


@pytest.mark.parametrize("name", ["answers.csv", "answers.json", "answers.parquet"])
def test_one_file_holds_the_table_of_orders(packopt: Packopt, files: Path, name: str) -> None:
    """The suffix of --out chooses the format of a single file."""
    run = packopt("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", name)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    content = (files / name).read_bytes()
    if name.endswith(".json"):
        assert [row["order_id"] for row in json.loads(content)] == ["A", "B", "C"]
    elif name.endswith(".csv"):
        assert [row["order_id"] for row in rows(content.decode())] == ["A", "B", "C"]
    else:
        assert content.startswith(b"PAR1")


def test_rejects_are_shown_kept_and_answered_with_1(packopt: Packopt, files: Path) -> None:
    """One bad line rejects its order alone; it is shown with a hint and kept beside the answers."""
    (files / "orders.csv").write_text(ORDERS.replace("4000", "none"), encoding="utf-8")
    arguments = ("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers.csv")
    run = packopt(*arguments)
    assert run.returncode == 1
    assert "row 4, order C, length_mm = 'none'" in run.stderr
    assert [row["order_id"] for row in rows((files / "answers.csv").read_text())] == ["A", "B"]
    (reject,) = rows((files / "answers.rejects.csv").read_text())
    assert (reject["row"], reject["order_id"]) == ("4", "C")

    (files / "orders.csv").write_text(ORDERS, encoding="utf-8")
    assert packopt(*arguments).returncode == 0
    assert not (files / "answers.rejects.csv").exists()


def test_a_region_that_looks_misspelt_is_said_and_kept(packopt: Packopt, files: Path) -> None:
    """On stderr, even where little else is; the orders are answered."""
    (files / "far.csv").write_text(
        "order_id,sku,qty,length_mm,width_mm,height_mm,weight_g,region\n"
        "A,mug,1,100,100,110,400,KOREAA\n"
    )
    (files / "bans.toml").write_text(
        '[[bans]]\nregion = "Korea"\nfrom = 2026-01-01\nplastic = true\n'
    )
    options = ("--catalogue", "cartons.csv", "--policy", "bans.toml", "--out", "far")
    run = packopt("recommend", "far.csv", *options, "--quiet")
    assert run.returncode == 0
    assert "note: region: found 'KOREAA'" in run.stderr
    notes = json.loads((files / "far" / "run.json").read_text())["notes"]
    assert "did you mean 'KOREA'?" in notes[0]


def test_the_number_of_threads_changes_nothing(packopt: Packopt, files: Path) -> None:
    """One thread and two give the same bytes."""
    packopt("generate", "orders", "-n", "500", "--out", "many.csv")
    one, two = (packopt("recommend", "many.csv", "--threads", count).stdout for count in "12")
    assert one == two != ""


def test_options_win_over_the_policy_file(packopt: Packopt, files: Path) -> None:
    """A policy file sets the rules, and the command line has the last word."""
    (files / "policy.toml").write_text('objective = "cost"\nwall_clearance_mm = 5\n')
    arguments = ("recommend", "orders.csv", "--catalogue", "cartons.csv", "--policy", "policy.toml")
    packopt(*arguments, "--objective", "volume", "--out", "answers")
    policy = json.loads((files / "answers" / "run.json").read_text())["policy"]
    assert (policy["objective"], policy["wall_clearance_mm"]) == ("volume", 5)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("recommend", "orders.csv", "--objective", "beauty"), "beauty"),
        (("recommend", "orders.csv", "--effort", "much"), "thorough"),
        (("recommend",), "ORDERS"),
        (("pack", "orders.csv"), "pack"),
        (("generate", "orders", "--out", "orders.xls"), ".parquet"),
    ],
    ids=["objective", "effort", "no orders", "no such command", "format"],
)
def test_wrong_usage_is_answered_with_2(
    packopt: Packopt, files: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """Usage errors name what was wrong or missing."""
    run = packopt(*arguments)
    assert run.returncode == 2
    assert expected in run.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("recommend", "missing.csv"), "missing.csv"),
        (("recommend", "cartons.csv"), "order_id"),
        (("recommend", "orders.csv", "--catalogue", "orders.csv"), "package_id"),
        (("recommend", "orders.csv", "--catalogue", "demmo"), "demo"),
        (("recommend", "orders.csv", "--policy", "missing.toml"), "missing.toml"),
        (("explain", "missing", "A"), "missing"),
        (("catalogues", "demmo"), "demo"),
        (("generate", "orders", "--out", "no/such/place.csv"), "no/such/place.csv"),
    ],
    ids=str,
)
def test_unusable_input_is_told_in_words_and_answered_with_3(
    packopt: Packopt, files: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """What is wrong with the input is said without a traceback."""
    run = packopt(*arguments)
    assert run.returncode == 3, run.stderr
    assert run.stderr.startswith("packopt: ")
    assert expected in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_order_is_told_in_words(packopt: Packopt, files: Path) -> None:
    """Explaining an order that is not in the result is no crash."""
    packopt("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers")
    run = packopt("explain", "answers", "Z")
    assert run.returncode == 3
    assert "Z" in run.stderr


def test_built_in_catalogues_can_be_listed_printed_and_used(packopt: Packopt, files: Path) -> None:
    """A printed catalogue is a catalogue file that answers like the built-in one."""
    assert "demo" in packopt("catalogues").stdout
    (files / "mine.csv").write_text(packopt("catalogues", "demo").stdout, encoding="utf-8")
    built_in, mine = (
        packopt("recommend", "orders.csv", "--catalogue", name).stdout
        for name in ("demo", "mine.csv")
    )
    assert built_in == mine != ""


def test_generated_orders_depend_on_the_seed_alone(packopt: Packopt) -> None:
    """The same seed makes the same orders, another seed others."""
    one, same, other = (
        packopt("generate", "orders", "-n", "20", "--seed", seed).stdout for seed in "112"
    )
    assert one == same != other
    assert len({row["order_id"] for row in rows(one)}) == 20


def test_the_demo_runs_the_whole_job(packopt: Packopt, tmp_path: Path) -> None:
    """The demo recommends, checks, explains, and ends with where the answers are."""
    run = packopt("demo")
    assert run.returncode == 0, run.stderr
    assert "0 faults" in run.stdout
    assert "packopt explain" in run.stdout
    assert "out/demo" in run.stdout.splitlines()[-1]
    assert (tmp_path / "out" / "demo" / "run.json").is_file()


def test_help_teaches_by_examples(packopt: Packopt) -> None:
    """The first screen names every command; a command's help shows how it is typed."""
    first = packopt("--help").stdout
    for command in ("demo", "recommend", "check", "explain", "generate", "catalogues", "warm"):
        assert command in first
    for command, example in (
        ("recommend", "packopt recommend orders.csv --out answers/"),
        ("savings", "packopt savings orders.csv --baseline volume-80 --report report.html"),
        ("draw", "packopt draw answers/ D000017"),
        ("rules", "packopt rules answers/ --on 2030-01-01"),
        ("green", "packopt green answers/ --inputs green-inputs/ --out green/"),
    ):
        assert command in first
        assert example in packopt(command, "--help").stdout


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """`python -m packopt` runs the command line and leaves with its exit code."""
    command = [sys.executable, "-m", "packopt", "catalogues", "demmo"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert (run.returncode, run.stdout) == (3, b"")


def test_version_is_that_of_the_distribution(packopt: Packopt) -> None:
    """--version prints the version and nothing else."""
    assert packopt("--version").stdout.split(".")[0].isdigit()


@pytest.mark.parametrize(
    ("grams", "text"), [(0, "0 g"), (999, "999 g"), (1500, "1.5 kg"), (2.5e6, "2.5 t")]
)
def test_masses_are_written_in_the_unit_that_reads_best(grams: float, text: str) -> None:
    """Grams, kilograms or tonnes."""
    assert mass(grams) == text
