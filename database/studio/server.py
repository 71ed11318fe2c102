"""Studio's web server: Django's development server, on this machine only."""

from __future__ import annotations

import errno

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    get_internal_wsgi_application,
)

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
PORTS_TRIED = 100


class PortError(Exception):
    """The port cannot be used; the message says why and what to do."""


def bind(port: int | None) -> ThreadedWSGIServer:
    """Take a port, before anything else is done.

    Args:
        port: The port to use, or None for DEFAULT_PORT or the next one that is free.

    Raises:
        PortError: ``port`` is taken or not allowed, or none is free.
    """
    candidates = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if port is None else (port,)
    for candidate in candidates:
        try:
            return ThreadedWSGIServer((HOST, candidate), WSGIRequestHandler)
        except OSError as error:
            if error.errno == errno.EACCES:
                raise PortError(
                    f"Port {candidate} is not open to this user. Choose one above 1023."
                ) from error
            if error.errno != errno.EADDRINUSE:
                raise PortError(f"Port {candidate} cannot be used: {error.strerror}.") from error
    if port is None:
        raise PortError(
            f"No port from {DEFAULT_PORT} to {candidates[-1]} is free. Name one with --port."
        )
    raise PortError(
        f"Port {port} is taken by another program. "
        "Leave --port out to use the next one that is free."
    )


def prepare(server: ThreadedWSGIServer) -> None:
    """Load the project into ``server``, static files included."""
    server.set_app(StaticFilesHandler(get_internal_wsgi_application()))
