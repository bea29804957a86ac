"""Running the service: one process, an event loop for requests, threads for packing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from packopt_service.app import create_app
from packopt_service.logs import configure_logs
from packopt_service.protocol import LimitedHttpProtocol

if TYPE_CHECKING:
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
    config = uvicorn.Config(
        create_app(settings),
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
    uvicorn.Server(config).run()
