"""The files that pages are made of."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def asset(name: str) -> str:
    """A style or a script of ours."""
    return files("packopt.draw").joinpath("assets", name).read_text(encoding="utf-8")


def render(template: str, **values: Any) -> str:
    """Fill in a template; whatever is not marked as safe in it is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
