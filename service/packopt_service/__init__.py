"""The batch API: recommendations at once, jobs that survive, and a page to look at them.

`create_app` makes the application, `serve` runs it; ``packopt serve`` is the way in for people.
Of packopt it sees the public face only.
"""

from __future__ import annotations

from packopt_service.app import create_app
from packopt_service.settings import Settings

__all__ = ["Settings", "create_app"]
