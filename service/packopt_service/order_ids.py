"""Ids of orders in paths: any text, with slashes and line ends."""

from __future__ import annotations

from typing import Final

from starlette.convertors import PathConvertor, register_url_convertor

KIND: Final = "text"
"""What a route calls such a part of its path: ``{order_id:text}``."""


class TextConvertor(PathConvertor):
    """Takes all that the rest of the route leaves; Starlette's own ``path`` ends with the line."""

    regex = r"[\s\S]*"


def register_order_ids() -> None:
    """Let routes have ids of orders in their paths."""
    register_url_convertor(KIND, TextConvertor())
