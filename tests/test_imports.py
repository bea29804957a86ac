"""What importing costs, and which floor may import which."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
SRC = PYPROJECT.parent / "src"
SOURCES = sorted(SRC.rglob("*.py"))
UNUSED = {"pandas", "fastapi"}
HEAVY = UNUSED | {"jinja2", "numba", "ortools", "plotly", "polars", "scipy"}


def _loaded_by(code: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter has loaded after `code`."""
    report = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-W", "error", "-c", report]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return set(answer.stdout.splitlines()[-1].split())


def _command(*words: str) -> str:
    """Code that runs the command line in its own process."""
    run = f"with contextlib.suppress(SystemExit): packopt.cli.main({list(words)})"
    return f"import contextlib, packopt.cli\n{run}"


@pytest.mark.parametrize(
    "code",
    [
        "import packopt",
        "from packopt.cli import main",
        _command("--help"),
        _command("recommend", "--help"),
    ],
    ids=["import packopt", "import packopt.cli", "packopt --help", "packopt recommend --help"],
)
def test_looking_at_packopt_loads_nothing_heavy(code: str) -> None:
    """Importing packopt, or asking for help, loads neither compilers nor solvers nor frames."""
    assert not _loaded_by(code) & (HEAVY | {"numpy", "pyarrow"})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_no_source_imports_what_packopt_does_without(path: Path) -> None:
    """Frames and web servers are nobody's business here, not even inside a function."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & UNUSED


def test_a_command_loads_no_pandas(tmp_path: Path) -> None:
    """A command reads, recommends and writes without pandas, though pandas is installed.

    Only commands do: pyarrow itself looks for pandas when it makes its first array, which a command
    keeps from it (`cli.startup`), while a program that calls the library decides for itself.
    """
    assert not _loaded_by(_command("demo", "--out", str(tmp_path / "result"))) & UNUSED


def test_every_import_points_up_the_page() -> None:
    """The layers written in pyproject.toml hold.

    They are looked at from a process of its own: the linter disables all loggers that it finds.
    """
    look = "import sys; from importlinter.cli import lint_imports"
    look += f"; sys.exit(lint_imports(config_filename={str(PYPROJECT)!r}, no_cache=True))"
    answer = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=300, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
