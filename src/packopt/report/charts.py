"""The charts, as Plotly's own dictionaries: calm, few colours, the same for all.

The palette is Okabe and Ito's (Color Universal Design, 2008), told apart by all common kinds of
colour vision; what a colour says stands in words, too.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BEFORE: Final = "#8b94a1"
AFTER: Final = "#0072b2"
LESS: Final = "#009e73"
MORE: Final = "#d55e00"
INK: Final = "#1c2733"
QUIET: Final = "#5a6572"
GRID: Final = "#e4e8ec"
FONT: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", sans-serif'
)

_BAR: Final = 0.62  # of the distance between two bars
_ROW: Final = 46  # CSS pixels that a bar of a waterfall takes
_PAIR: Final = 38  # that a pair of thin bars takes
_ROOM: Final = 1.2  # axes reach beyond the longest bar, so that its label has room


def label(text: str) -> str:
    """A text from the input as a label: Plotly would take tags in it for its own."""
    return html.escape(text, quote=False)


def layout(**more: Any) -> dict[str, Any]:
    """What all charts share."""
    return {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 12, "t": 8, "b": 40},
        "showlegend": False,
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": GRID, "font": {"color": INK}},
        "bargap": 0.3,
        "dragmode": False,
        **more,
    }


@dataclass(frozen=True, slots=True)
class Histograms:
    """What stands in a pair of histograms: axis, limit, the two panels, and the bins by name."""

    across: str
    limit: str
    panels: tuple[str, str]
    bins: Sequence[str]


def axis(**more: Any) -> dict[str, Any]:
    """An axis of numbers: a light grid, no box."""
    return {
        "gridcolor": GRID,
        "zerolinecolor": QUIET,
        "zerolinewidth": 1,
        "fixedrange": True,
        "automargin": True,
        "tickformat": ",",
        "tickfont": {"color": QUIET, "size": 12},
        **more,
    }


def names(**more: Any) -> dict[str, Any]:
    """An axis of names, read from top to bottom."""
    return axis(
        type="category",
        autorange="reversed",
        showgrid=False,
        zeroline=False,
        tickfont={"color": INK, "size": 13},
        **more,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: a total, or what changes it."""

    name: str
    value: float
    text: str
    total: bool = False


def waterfall(steps: Sequence[Step], unit: str) -> tuple[dict[str, Any], int]:
    """A waterfall from the first total to the last, and its height in CSS pixels.

    Parameters
    ----------
    steps
        A total, changes, a total.
    unit
        What the axis counts.
    """
    ends = _running(steps)
    starts = [
        0.0 if step.total else end - step.value for step, end in zip(steps, ends, strict=True)
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [label(step.name) for step in steps],
        "base": [min(pair) for pair in zip(starts, ends, strict=True)],
        "x": [abs(step.value) for step in steps],
        "text": [step.text for step in steps],
        "textposition": "outside",
        "textfont": {"color": INK, "size": 13},
        "cliponaxis": False,
        "hoverinfo": "y+text",
        "width": _BAR,
        "marker": {"color": [_colour(index, steps) for index in range(len(steps))]},
    }
    reach = max(*ends, *starts)
    figure = {
        "data": [bars],
        "layout": layout(
            yaxis=names(),
            xaxis=axis(range=[0, reach * _ROOM or 1], title=_title(unit), nticks=6),
            shapes=[_connector(index, end) for index, end in enumerate(ends[:-1])],
        ),
    }
    return figure, _ROW * len(steps) + 60


def _running(steps: Sequence[Step]) -> list[float]:
    """Where the running sum stands after each step."""
    ends = [steps[0].value]
    for step in steps[1:]:
        ends.append(step.value if step.total else ends[-1] + step.value)
    return ends


def _colour(index: int, steps: Sequence[Step]) -> str:
    if index in {0, len(steps) - 1}:
        return AFTER if index else BEFORE
    return MORE if steps[index].value > 0 else LESS


def _connector(index: int, at: float) -> dict[str, Any]:
    """A thin line from the end of one bar to the start of the next."""
    half = _BAR / 2
    line = {"color": QUIET, "width": 1, "dash": "dot"}
    ends = {"x0": at, "x1": at, "y0": index + half, "y1": index + 1 - half}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _title(text: str) -> dict[str, Any]:
    return {"text": label(text), "font": {"size": 12, "color": QUIET}, "standoff": 8}


def pairs(
    rows: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    unit: str,
    called: tuple[str, str],
) -> tuple[dict[str, Any], int]:
    """Two thin bars for each row: before and after; and the height in CSS pixels.

    Parameters
    ----------
    rows
        Names, from top to bottom.
    unit
        What the axis counts.
    called
        What before and after are called.
    """
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": label(name),
            "y": [label(row) for row in rows],
            "x": list(values),
            "marker": {"color": colour},
            "hovertemplate": "%{y}: %{x:,}<extra>%{fullData.name}</extra>",
        }
        for name, values, colour in zip(called, (before, after), (BEFORE, AFTER), strict=True)
    ]
    figure = {
        "data": traces,
        "layout": layout(
            yaxis=names(),
            xaxis=axis(title=_title(unit), nticks=6, rangemode="tozero"),
            bargap=0.35,
            bargroupgap=0.08,
            **_legend(),
        ),
    }
    return figure, _PAIR * len(rows) + 110


def months(
    periods: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    unit: str,
    called: tuple[str, str],
) -> dict[str, Any]:
    """Two columns for each period: before and after."""
    traces = [
        {
            "type": "bar",
            "name": label(name),
            "x": [label(period) for period in periods],
            "y": list(values),
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:,.4~g}<extra>%{fullData.name}</extra>",
        }
        for name, values, colour in zip(called, (before, after), (BEFORE, AFTER), strict=True)
    ]
    across = axis(type="category", showgrid=False, nticks=12, tickangle="auto")
    return {
        "data": traces,
        "layout": layout(
            xaxis=across,
            yaxis=axis(title=_title(unit), nticks=6, rangemode="tozero"),
            **_legend(),
        ),
    }


def histograms(
    middles: Sequence[float],
    counts: tuple[Sequence[int], Sequence[int]],
    limit: float,
    texts: Histograms,
) -> dict[str, Any]:
    """Two histograms, one above the other, with one limit line through both.

    Parameters
    ----------
    middles
        Middle of each bin, in per cent.
    counts
        Orders in each bin, before and after.
    limit
        Where the line stands, in per cent; bins beyond it have their own colour.
    """
    width = middles[1] - middles[0]
    traces = [
        {
            "type": "bar",
            "x": list(middles),
            "y": list(side),
            "width": width * 0.92,
            "xaxis": "x",
            "yaxis": ("y", "y2")[place],
            "marker": {"color": [MORE if x > limit else inside for x in middles]},
            "hovertemplate": "%{customdata}: %{y:,}<extra></extra>",
            "customdata": list(texts.bins),
        }
        for place, (side, inside) in enumerate(zip(counts, (BEFORE, AFTER), strict=True))
    ]
    most = max(max(side) for side in counts) * 1.25 or 1
    upright = {"showgrid": True, "nticks": 4, "range": [0, most]}
    return {
        "data": traces,
        "layout": layout(
            margin={"l": 8, "r": 12, "t": 34, "b": 40},
            bargap=0,
            xaxis=axis(
                range=[-2, 102], ticksuffix="%", dtick=10, title=_title(texts.across), anchor="y2"
            ),
            yaxis=axis(domain=[0.54, 1], **upright),
            yaxis2=axis(domain=[0, 0.46], **upright),
            shapes=[_limit_line(limit)],
            annotations=[
                _over(texts.limit, x=limit, y=1, xanchor="center", yanchor="bottom"),
                *(_panel(title, top) for title, top in zip(texts.panels, (1.0, 0.46), strict=True)),
            ],
        ),
    }


def _limit_line(limit: float) -> dict[str, Any]:
    ends = {"x0": limit, "x1": limit, "y0": 0, "y1": 1}
    line = {"color": MORE, "width": 2, "dash": "dash"}
    return {"type": "line", "xref": "x", "yref": "paper", "line": line, **ends}


def _over(text: str, **place: Any) -> dict[str, Any]:
    font = {"color": "#a84400", "size": 12}
    return {"text": text, "showarrow": False, "xref": "x", "yref": "paper", "font": font, **place}


def _panel(title: str, top: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0.03, "y": top}
    return {
        "text": title,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "font": {"color": INK, "size": 13},
        **place,
    }


def _legend() -> dict[str, Any]:
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"}
    return {
        "showlegend": True,
        "legend": {**place, "font": {"size": 13}},
        "margin": {"l": 8, "r": 12, "t": 40, "b": 40},
    }
