"""`packopt draw`, as its user would type it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from packopt.cli import main

ORDERS = """order_id,sku,qty,length_mm,width_mm,height_mm,weight_g
A/1,mug,2,100,100,110,400
A/1,book,1,210,150,30,500
C,mast,1,4000,60,60,3000
"""
CARTONS = """package_id,kind,length_mm,width_mm,height_mm,max_content_g,unit_cost,currency
small,carton,220,160,150,5000,0.25,EUR
large,carton,320,220,200,10000,0.45,EUR
"""


class Run(NamedTuple):
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Packopt = Callable[..., Run]


@pytest.fixture
def packopt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packopt:
    """`packopt(*arguments)` in a directory with a result called answers."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        return Run(int(leaving.value.code or 0), *capsys.readouterr())

    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "cartons.csv").write_text(CARTONS, encoding="utf-8")
    made = run("recommend", "orders.csv", "--catalogue", "cartons.csv", "--out", "answers")
    assert made.returncode == 0, made.stderr
    return run


def test_the_view_is_written_under_the_name_of_the_order(packopt: Packopt, tmp_path: Path) -> None:
    """Without --out the page lies here, and its name is said; a slash in an id is no folder."""
    run = packopt("draw", "answers", "A/1")
    assert (run.returncode, run.stdout.strip()) == (0, "A_1.html"), run.stderr
    page = (tmp_path / "A_1.html").read_text(encoding="utf-8")
    assert "Order A/1: how it is packed" in page
    assert "400\N{NO-BREAK SPACE}g" in page  # the weight of a mug, which only the orders know


def test_a_sheet_is_html_or_svg(packopt: Packopt, tmp_path: Path) -> None:
    """--sheet makes a page to print, and a name that ends in .svg a picture, with new folders."""
    assert packopt("draw", "answers", "A/1", "--sheet").stdout.strip() == "A_1-sheet.html"
    assert "Packing sheet A/1" in (tmp_path / "A_1-sheet.html").read_text(encoding="utf-8")
    run = packopt("draw", "answers", "A/1", "--out", "to/print/sheet.svg", "--lang", "zh")
    assert run.returncode == 0, run.stderr
    picture = (tmp_path / "to" / "print" / "sheet.svg").read_text(encoding="utf-8")
    assert picture.startswith("<?xml")
    assert "装箱单" in picture
    assert sorted(path.name for path in (tmp_path / "to" / "print").iterdir()) == ["sheet.svg"]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("A/2",), 3, "did you mean 'A/1'?"),
        (("C",), 3, "packopt explain"),
        (("A/1", "--parcel", "2"), 3, "from 1 to 1"),
        (("A/1", "--parcel", "0"), 2, "--parcel"),
        (("A/1", "--out", "sheet.pdf"), 2, ".svg"),
        (("A/1", "--lang", "fr"), 2, "--lang"),
        (("A/1", "--orders", "cartons.csv"), 3, "order_id"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_told_in_words(
    packopt: Packopt, tmp_path: Path, arguments: tuple[str, ...], code: int, expected: str
) -> None:
    """Every error names the fix, and no file is left behind."""
    before = sorted(tmp_path.iterdir())
    run = packopt("draw", "answers", *arguments)
    assert run.returncode == code, run.stderr
    assert expected in run.stderr
    assert "Traceback" not in run.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_without_plans_there_is_nothing_to_draw(packopt: Packopt) -> None:
    """A result made with --no-plans says that it was, and what to do."""
    arguments = ("--catalogue", "cartons.csv", "--out", "bare", "--no-plans")
    assert packopt("recommend", "orders.csv", *arguments).returncode == 0
    run = packopt("draw", "bare", "A/1")
    assert run.returncode == 3
    assert "without --no-plans" in run.stderr


def test_help_shows_how_it_is_typed(packopt: Packopt) -> None:
    """The help of the command has an example for the view and one for the sheet."""
    text = packopt("draw", "--help").stdout
    assert "packopt draw answers/ D000017" in text
    assert "--sheet --out D000017.svg" in text
