"""The documentation builds as a site that links to what exists and fetches nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import packopt

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with warnings as errors from a copy of what it is made of."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("zensical.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    zensical = Path(sys.executable).with_name("zensical")
    done = subprocess.run(
        [str(zensical), "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out" / "site"


def test_each_page_is_built_and_fetches_nothing(site: Path) -> None:
    """Scripts, styles and pictures come from the site itself."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 15
    fetched = re.compile(
        r"<(?:script|img|iframe|source)[^>]+src=[\"']?(?:https?:)?//", re.IGNORECASE
    )
    styled = re.compile(
        r"<link[^>]+rel=[\"']?(?:stylesheet|preload|icon)[^>]+(?:https?:)?//", re.IGNORECASE
    )
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not fetched.search(text), page.name
        assert not styled.search(text), page.name


def test_python_is_explained_from_its_docstrings(site: Path) -> None:
    """Every public name has its heading, and its parameters come from the docstring."""
    text = (site / "api.html").read_text(encoding="utf-8")
    headings = {one.rsplit(".", 1)[-1] for one in re.findall(r'<h3 id="(packopt[.\w]+)"', text)}
    assert headings == set(packopt.__all__) - {"__version__"}
    assert "Recommend the cheapest package for every order" in text
    assert "The answer is the same for any number." in text


def test_the_changelog_is_shown(site: Path) -> None:
    """It is kept once, in the root, and shown as a page."""
    text = (site / "changelog.html").read_text(encoding="utf-8")
    assert "Unreleased" in text
    assert "--8&lt;--" not in text
    assert "--8<--" not in text
