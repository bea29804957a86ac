"""The batch API: recommendations at once, jobs that survive, and a page to look at them.

`create_app` makes the application, `serve` runs it; ``packopt serve`` is the way in for people.
Of packopt it sees the public face only. A request that is answered at once goes::

    routes/recommendations.py -> remembering.py -> lanes.py -> solver.py -> solver_process.py
    and, in a process of its own, through solving.py

and a job through jobs/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from packopt_service.app import create_app
    from packopt_service.settings import Settings

__all__ = ["Settings", "create_app"]

_HOMES = {"create_app": "packopt_service.app", "Settings": "packopt_service.settings"}


def __getattr__(name: str) -> Any:
    """Import a public name on first use: solver processes need neither."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'packopt_service' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
