"""House rules as scripts: what no linter knows and no reviewer should have to look for."""

from __future__ import annotations

import ast
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
COMPILERS = {"njit", "jit", "vectorize", "guvectorize", "stencil"}
LONGEST_FILE = 400  # lines; one idea rarely needs more, but for the search of the kernel
OUTSIDE_KERNEL = [path for path in SOURCES if "kernel" not in path.parts]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=_name(path))


def _called(node: ast.expr) -> str:
    """Last part of the dotted name that is called or used as a decorator."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _compilations(tree: ast.Module) -> Iterator[ast.expr]:
    """Every decorator and call that hands a function to Numba."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            bare = [mark for mark in node.decorator_list if not isinstance(mark, ast.Call)]
            yield from (mark for mark in bare if _called(mark) in COMPILERS)
        elif isinstance(node, ast.Call) and _called(node) in COMPILERS:
            yield node


def _options(compilation: ast.expr) -> dict[str | None, object]:
    keywords = compilation.keywords if isinstance(compilation, ast.Call) else []
    return {word.arg: getattr(word.value, "value", ...) for word in keywords}


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_every_compiled_function_states_cache_and_nogil_and_nothing_else(path: Path) -> None:
    """`parallel` aborts under threads and `fastmath` breaks bit-identical answers."""
    for compilation in _compilations(_parse(path)):
        stated = _options(compilation)
        place = f"{_name(path)}:{compilation.lineno}"
        assert (stated.get("cache"), stated.get("nogil")) == (True, True), place
        assert not {"parallel", "fastmath"} & stated.keys(), place


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_source_prints(path: Path) -> None:
    """Only the command line speaks, and it speaks through its consoles."""
    calls = [node for node in ast.walk(_parse(path)) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if getattr(call.func, "id", "") == "print"]


@pytest.mark.parametrize("path", OUTSIDE_KERNEL, ids=_name)
def test_every_file_is_short_enough_to_be_one_idea(path: Path) -> None:
    """A file beyond 400 lines wants to be two."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_every_test_says_in_a_sentence_what_it_shows(path: Path) -> None:
    """The docstring of a test names the behaviour, in a sentence that ends in a full stop."""
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            docstring = ast.get_docstring(node) or ""
            assert docstring.endswith("."), f"{_name(path)}:{node.lineno} {node.name}"


def _tracked() -> list[Path]:
    """Files that are, or with the next commit would be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip("not a git checkout: there are no tracked files to look at")
    return [path for name in answer.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _private_places() -> list[str]:
    """Patterns of the paths of a developer's machine: this one's, and the usual ones."""
    here = {ROOT, Path.home(), ROOT.parent} - {Path(tempfile.gettempdir()), Path("/")}
    usual = [r"/(?:home|Users)/\w[\w.-]*/", r"[A-Z]:\\+Users\\", r"/[r]oot/"]
    return [re.escape(f"{place}/") for place in sorted(here)] + usual


PACKAGE_INDEX = [
    r"https?://[^\s\"')]*/(?:simple|packages)/",
    r"files\.pythonhosted\.org",
    r"(?:index|find-links)[-_\w]*\s*[= ]\s*\"?(?:https?|file)://",
    r"\"resolved\":\s*\"https?://",
]


def test_no_file_names_a_developers_machine_or_a_package_index() -> None:
    """What is tracked works anywhere, and downloads come from wherever the reader says."""
    forbidden = re.compile("|".join(_private_places() + PACKAGE_INDEX))
    found = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{_name(path)}: {match.group()}" for match in forbidden.finditer(text)]
    assert found == []
