"""``python -m packopt_service``: serve with the settings of the environment."""

from __future__ import annotations

from packopt_service.server import serve
from packopt_service.settings import Settings

if __name__ == "__main__":
    serve(Settings())
