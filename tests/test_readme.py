"""The README keeps its word: its drawing names real files, its example is real output."""

from __future__ import annotations

import re
from pathlib import Path

import packopt
from packopt.datasets import demo_orders_path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_in_the_drawing_exists() -> None:
    """The drawing of the rooms names modules by their real names."""
    drawing = README.split("## Where things live")[1].split("```")[1]
    names = set(re.findall(r"[\w/]+\.py|\b\w+/(?= |$)", drawing, flags=re.MULTILINE))
    source = ROOT / "src" / "packopt"
    rooms = (source, source / "kernel", source / "splitting", ROOT, ROOT / "service")
    missing = {name for name in names if not any((room / name).exists() for room in rooms)}
    assert len(names) > 20
    assert not missing


def test_the_example_is_what_packopt_prints() -> None:
    """The explained order of the README is explained the same way today."""
    block = README.split("$ packopt explain out/demo D000173\n")[1].split("```")[0]
    orders = packopt.read_orders(demo_orders_path())
    catalogue = packopt.builtin_catalogue("demo")
    result = packopt.recommend(orders, catalogue)
    assert packopt.explain(result, orders, catalogue, "D000173").strip() == block.strip()


def test_links_lead_somewhere() -> None:
    """Every relative link of the README is a file or folder of the repository."""
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
