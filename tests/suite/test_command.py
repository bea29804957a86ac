"""The command `packopt suite`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from packopt import read_catalogue
from packopt.cli import app
from packopt.datasets import demo_orders_path
from packopt.errors import FactorsError, SuiteError

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
