"""The view of an order: its parcels in 3D with a slider for the steps, in one page or a part of it.

A browser that has no WebGL, or a page without Plotly, gets the isometric drawing instead, with the
same slider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from packopt.draw.colours import colours
from packopt.draw.facts import facts, legend, not_packed, said
from packopt.draw.isometric import STYLE, Drawing
from packopt.draw.pages import asset, render
from packopt.draw.solids import figure_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.draw.plan import Parcel, Plan
    from packopt.draw.words import Words

#: So written, text in a script element can neither end it nor start a comment in it.
_NOT_IN_SCRIPTS: Final = "<>&\u2028\u2029"


def view_page(plan: Plan, words: Words) -> str:
    """The whole page, Plotly's script included."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    return render(
        "view.html.jinja",
        words=words,
        title=words("view_title", order_id=plan.order_id),
        plotly=get_plotlyjs(),
        view=view_part(plan, words),
    )


def view_part(plan: Plan, words: Words) -> str:
    """The part of a page that shows the parcels; it looks for Plotly's script in the page."""
    chosen = colours(plan.skus)
    return render(
        "view_part.html.jinja",
        words=words,
        style=STYLE + asset("view.css"),
        script=asset("view.js"),
        parcels=[_parcel(parcel, chosen, words) for parcel in plan.parcels],
        not_packed=not_packed(plan, words),
    )


def _parcel(parcel: Parcel, chosen: Mapping[str, str], words: Words) -> dict[str, Any]:
    figure = figure_data(parcel, chosen, words)
    start = words("start_empty")
    if parcel.given:
        start = words("start_given", units=words.units(parcel.given))
    data = {
        "figure": figure,
        "given": parcel.given,
        "steps": parcel.steps,
        "start": start,
        "play": words("play"),
        "pause": words("pause"),
    }
    return {
        "parcel": parcel,
        "facts": facts(parcel, words),
        "legend": [(sku, chosen[sku], count) for sku, count in legend(parcel)],
        "units": said(parcel, chosen, words),
        "drawing": Drawing(parcel, chosen, words).steps(),
        "data": _in_script(
            json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        ),
    }


def _in_script(text: str) -> str:
    for character in _NOT_IN_SCRIPTS:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
