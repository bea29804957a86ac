"""Headers by which a browser takes nothing for what it is not, and runs no script but ours."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of everything that a browser shows."""

_PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILE: Final = "default-src 'none'; frame-ancestors 'none'"
#: Drawings style their elements one by one; their scripts are named by their hashes.
_DRAWING: Final = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
)
_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def page_headers() -> dict[str, str]:
    """Of a page whose scripts and styles are files."""
    return SAFE | {"Content-Security-Policy": _PAGE}


def file_headers() -> dict[str, str]:
    """Of a file that pages use."""
    return SAFE | {"Content-Security-Policy": _FILE}


def drawing_headers(html: str, *, framed: bool = False) -> dict[str, str]:
    """Of a drawing, whose scripts stand in it.

    Parameters
    ----------
    html
        The drawing; names in it are escaped, and whatever they may say is no script of these.
    framed
        Whether it is for a frame of our pages, with Plotly's script as a file.
    """
    scripts = [_hash(script) for script in _SCRIPT.findall(html)]
    sources = ["'self'", *scripts] if framed else scripts
    policy = _DRAWING.format(
        scripts=" ".join(sources) or "'none'", frames="'self'" if framed else "'none'"
    )
    return SAFE | {"Content-Security-Policy": policy, "Cache-Control": "private, no-store"}


def _hash(script: str) -> str:
    """Return a script as a policy names it."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
