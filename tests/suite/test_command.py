"""The command `packopt suite`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from packopt import read_catalogue
from packopt.cli import app
from packopt.cli.inputs import FACTORS, make_policy
from packopt.datasets import demo_orders_path
from packopt.errors import FactorsError, PolicyError, SuiteError

_RUN = ("suite", str(demo_orders_path()), "--grid", "20", "--candidates", "300", "--draws", "0")


def test_the_command_writes_a_catalogue_and_a_report(tmp_path: Path) -> None:
    """What it writes is a catalogue of K types, tables, and a page with its data."""
    out, page = tmp_path / "out", tmp_path / "suite.html"
    places = ["--out", str(out), "--report", str(page)]
    words = [*_RUN, "--sizes", "3", "--catalogue", "demo", "--quiet", *places]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    assert "of the best possible" in answer.output
    assert read_catalogue(out / "catalogue.csv").n_packages == 3
    assert (out / "suite_curve.csv").is_file()
    assert (out / "work").is_dir()
    assert page.is_file()
    assert (tmp_path / "suite_data" / "suite_types.parquet").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--holdout", "soon"], "expected a share"),
        (["--report", "page.html"], "compares with the set in use"),
        (["--report", "page.pdf", "--catalogue", "demo"], "ends in .html"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_packed(words: list[str], message: str) -> None:
    """Options that make no sense end with exit code 2 and say what was expected."""
    answer = CliRunner().invoke(app, [*_RUN, "--sizes", "3", *words])
    assert answer.exit_code == 2
    assert message in " ".join(answer.output.replace("│", " ").split())


def test_no_types_is_an_error_with_a_name() -> None:
    """K = 0 is refused as a setting."""
    answer = CliRunner().invoke(app, [*_RUN, "--sizes", "0"])
    assert isinstance(answer.exception, SuiteError)
    assert "at least 1 type" in str(answer.exception)


def test_an_unknown_key_of_the_machine_is_named(tmp_path: Path) -> None:
    """A misspelt limit would be no limit."""
    path = tmp_path / "machine.toml"
    path.write_text("longest = 5\n")
    answer = CliRunner().invoke(app, [*_RUN, "--sizes", "3", "--machine", str(path)])
    assert isinstance(answer.exception, SuiteError)
    assert "longest" in str(answer.exception)


def test_kinds_and_factors_are_told(tmp_path: Path) -> None:
    """Mailers beside today's types, by CO2e of a named set: the summary says what it is about."""
    machine = tmp_path / "machine.toml"
    machine.write_text("[mailer]\nmax_thickness_mm = 60\n")
    words = [
        *_RUN, "--sizes", "4", "--catalogue", "demo", "--kinds", "carton,mailer", "--quiet",
        "--objective", "co2e", "--factors", "fefco-2021-not-there", "--machine", str(machine),
    ]  # fmt: skip
    missing = CliRunner().invoke(app, words)
    assert isinstance(missing.exception, FactorsError)
    words[words.index("fefco-2021-not-there")] = "desnz-2025-primary"
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    assert "these candidates of other kinds" in answer.output
    assert "g CO2e" in answer.output


@pytest.mark.parametrize(
    ("objective", "name", "unit"),
    [
        ("material", "packaging", "kg"),
        ("volume", "outer volume", "m3"),
        ("co2e", "CO2e", "kg CO2e"),
        ("cost", "money", "EUR"),
    ],
)
def test_what_is_saved_is_told_by_the_objective_first(
    objective: str, name: str, unit: str, tmp_path: Path
) -> None:
    """The first saving of the summary is in what the set was chosen by; packaging comes after."""
    machine = tmp_path / "machine.toml"
    machine.write_text("price_per_m2 = 0.5\n")
    words = [*_RUN, "--sizes", "3", "--catalogue", "demo", "--quiet", "--machine", str(machine)]
    answer = CliRunner().invoke(app, [*words, "--objective", objective])
    assert answer.exit_code == 0, answer.output
    told = [line for line in answer.output.splitlines() if "saved against today's set" in line]
    assert told[0].startswith(f"{name} saved")
    assert told[0].endswith(unit)
    assert told[-1].startswith("packaging saved")
    assert len(told) == (1 if objective == "material" else 2)


def test_a_saving_that_would_be_half_a_truth_is_left_out_with_its_reason() -> None:
    """Factors of board only say nothing of a set that has less board and more of other things."""
    words = [*_RUN, "--sizes", "5", "--catalogue", "demo", "--quiet"]
    answer = CliRunner().invoke(app, [*words, "--objective", "co2e", "--factors", "fefco-2021"])
    assert answer.exit_code == 0, answer.output
    assert "CO2e saved against today's set: co2e_g is left out: fefco-2021" in answer.output


def test_recommend_and_suite_count_by_the_same_factors_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    """Without --factors both take the same set, and say in the result which; both help pages, too.

    So packing from the new catalogue needs no other options than choosing it did.
    """
    orders = str(demo_orders_path())
    policies = []
    for name, words in (
        ("default", []),
        ("named", ["--factors", FACTORS]),
        ("other", ["--factors", "fefco-2021"]),
    ):
        out = tmp_path / name
        words = ["recommend", orders, "--objective", "co2e", "--out", str(out), *words]
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 0, answer.output
        told = json.loads((out / "run.json").read_text())["policy"]
        policies.append(told["emissions"]["factors"])
        expected = "fefco-2021" if name == "other" else FACTORS
        assert f"CO2e counted by the factors {expected}" in answer.output
    assert policies[0] == policies[1] != policies[2]
    out = tmp_path / "suite"
    words = [*_RUN, "--sizes", "3", "--objective", "co2e", "--quiet", "--out", str(out)]
    assert CliRunner().invoke(app, words).exit_code == 0
    told = json.loads((out / "suite.json").read_text())["policy"]
    assert told["emissions"]["factors"] == policies[0]
    for command in ("recommend", "suite"):
        text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        assert FACTORS in text


def test_factors_of_the_command_line_win_over_those_of_the_policy(tmp_path: Path) -> None:
    """As all options do; what the policy says of tape and filler stays."""
    path = tmp_path / "policy.toml"
    path.write_text(
        'objective = "co2e"\n[emissions]\nfactors = "desnz-2025-primary"\ntape_material = "paper"\n'
    )
    kept = make_policy(path).emissions
    won = make_policy(path, factors="desnz-2025-closed-loop").emissions
    assert kept is not None
    assert won is not None
    assert kept.factors.name == "desnz-2025-primary"
    assert won.factors.name == "desnz-2025-closed-loop"
    assert won.tape_material == kept.tape_material == "paper"
    with pytest.raises(PolicyError, match=r"name one by --factors"):
        make_policy(None, otherwise=None, objective="co2e")
