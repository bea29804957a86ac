"""The packing sheet as a page to print, or to tick off on a tablet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.draw.isometric import STYLE
from packopt.draw.pages import asset, render
from packopt.draw.sheet import make_sheet

if TYPE_CHECKING:
    from packopt.draw.plan import Plan
    from packopt.draw.words import Words


def sheet_page(plan: Plan, words: Words) -> str:
    """The whole page; on paper each `Page` begins a new one."""
    sheet = make_sheet(plan, words)
    return render("sheet.html.jinja", words=words, sheet=sheet, style=STYLE + asset("sheet.css"))
