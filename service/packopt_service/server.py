"""Running the service: one process, an event loop for requests, threads for packing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from packopt_service.app import create_app
from packopt_service.logs import configure_logs
from packopt_service.protocol import LimitedHttpProtocol

if TYPE_CHECKING:
    from types import FrameType

    from packopt_service.service import Service
    from packopt_service.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until the process is asked to stop; then finish requests and park jobs.

    Parameters
    ----------
    settings
        What to serve with.

    Raises
    ------
    sqlalchemy.exc.SQLAlchemyError
        If the database cannot be reached.
    """
    configure_logs()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=LimitedHttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_s)),
    )
    _Server(config, app.state.service).run()


class _Server(uvicorn.Server):
    """A server that tells the service at once when it is asked to stop.

    Requests are waited for before the application hears of it, and some would never end.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._service.is_stopping = True
        super().handle_exit(sig, frame)
