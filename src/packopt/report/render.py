"""The page from its sections: Jinja templates, with style, script and Plotly inside the page."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.report.blocks import Section
    from packopt.report.words import Words


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the page.

    Attributes
    ----------
    title, period, compared, caution, left_out
        The head of the page; the caution is "" where nothing calls for it.
    notice
        What every reader must know first; "" for nothing.
    sha256
        The digest of the figures.
    version
        Of packopt.
    """

    words: Words
    title: Markup
    period: Markup
    compared: Markup
    caution: Markup
    left_out: Markup
    notice: str
    sections: Sequence[Section]
    sha256: str
    version: str


def render(page: Page) -> str:
    """The page as HTML that loads nothing: a policy in it forbids the browser to.

    Parameters
    ----------
    page
        What stands on it.
    """
    plotly, script = plotly_script(), _template_file("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            words=page.words,
            title=page.title,
            title_text=page.title.striptags(),
            period=page.period,
            compared=page.compared,
            caution=page.caution,
            left_out=page.left_out,
            notice=page.notice,
            sections=page.sections,
            sha256=page.sha256,
            version=page.version,
            style=_template_file("report.css"),
            script=script,
            plotly=plotly,
            script_hashes=" ".join(map(_hash_source, (plotly, script))),
        )
    )


@cache
def plotly_script() -> Markup:
    """Plotly's script, from its Python package."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    return _inline(get_plotlyjs())


@cache
def _template_file(name: str) -> Markup:
    path = files("packopt.report").joinpath("templates", name)
    return _inline(path.read_text(encoding="utf-8"))


def _inline(text: str) -> Markup:
    """Our own or Plotly's text as it is; the parser of HTML turns line ends into newlines."""
    return Markup(text.replace("\r\n", "\n").replace("\r", "\n"))  # noqa: S704  (not the input's)


def _hash_source(script: str) -> str:
    """A source of the content security policy: this script, and no other."""
    value = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{value}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("packopt.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["plotly_json"] = _plotly_json
    return environment


def _plotly_json(figure: dict[str, Any]) -> Markup:
    """A figure as JSON that no text in it can end: neither tags nor comments open."""
    text = json.dumps(figure, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  (every sign that HTML knows is escaped)
