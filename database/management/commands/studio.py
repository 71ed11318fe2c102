"""Look at the database and change its rows in a browser."""

from __future__ import annotations

import os
import signal
import sys
import threading
import webbrowser
from argparse import ArgumentTypeError
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from types import FrameType

    from django.core.servers.basehttp import ThreadedWSGIServer

INTERRUPTED = 130


def port_number(text: str) -> int:
    """Read a TCP port."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


class Command(BaseCommand):
    """Prepare the database, then serve Studio until it is stopped."""

    help = "Prepares the database and serves Studio, the admin of all its tables, on this machine."
    # They ask the database for its version, and it may have to be created first.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --port, --no-browser and --no-seed."""
        parser.add_argument(
            "--port",
            type=port_number,
            help="Serve on this port, and fail if it is taken. Default: 8000 or the next one free.",
        )
        parser.add_argument(
            "--no-browser", action="store_true", help="Do not open a browser; print the address."
        )
        parser.add_argument("--no-seed", action="store_true", help="Leave an empty database empty.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the port, prepare the database, serve."""
        from database.studio import preparation
        from database.studio.server import PortError, bind

        if not settings.DEBUG:
            raise CommandError(
                "Studio migrates, fills an empty database and makes an administrator, which it "
                "does not do with DEBUG=false. In production, serve the project with granian "
                "and make administrators with createsuperuser. (prodobit.E405)",
                returncode=4,
            )
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            server = bind(options["port"])
        except PortError as error:
            raise CommandError(f"{error} (prodobit.E406)", returncode=1) from error
        with server:
            try:
                self._prepare(seed=not options["no_seed"])
                self._serve(server, options)
            except preparation.PreparationError as error:
                raise CommandError(f"{error} (prodobit.E407)", returncode=1) from error
            except KeyboardInterrupt:
                self.stderr.write("Stopped before Studio was ready.")
                sys.exit(INTERRUPTED)

    def _prepare(self, *, seed: bool) -> None:
        from database.studio import preparation
        from database.studio.registration import unsupported_models

        name = connections["default"].settings_dict["NAME"]
        if preparation.ensure_database():
            self.stdout.write(f'Created the database "{name}".')
        self.check()
        applied = preparation.migrate()
        if applied:
            total = sum(applied.values())
            apps = ", ".join(f"{app} {count}" for app, count in sorted(applied.items()))
            self.stdout.write(f"Applied {total} migrations ({apps}).")
        else:
            self.stdout.write("All migrations are applied.")
        if seed and preparation.is_empty():
            self._seed()
        for model in unsupported_models():
            self.stdout.write(
                f"{model._meta.label} is not shown: it has a composite primary key. (prodobit.E401)"
            )
        self._report(preparation.ensure_administrator())

    def _seed(self) -> None:
        from database.seeding import SeedingError, seed_demo

        try:
            counts = seed_demo()
        except SeedingError as error:
            # Demonstration rows are a convenience; an empty Studio serves as well.
            self.stderr.write(f"{error} Studio starts without demonstration rows.")
        else:
            rows = sum(asdict(counts).values())
            self.stdout.write(f"Filled the empty database with {rows:,} demonstration rows.")

    def _report(self, administrator: Any) -> None:
        if administrator.password:
            self.stdout.write(
                f"Created the administrator. User: {administrator.username}  "
                f"Password: {administrator.password}  (shown only now)"
            )
        elif administrator.username:
            self.stdout.write(
                f'Log in as "{administrator.username}". Forgotten the password? '
                f"python manage.py changepassword {administrator.username}"
            )
        else:
            self.stdout.write(
                "Log in as an administrator of this database. None left? "
                "python manage.py createsuperuser"
            )

    def _serve(self, server: ThreadedWSGIServer, options: dict[str, Any]) -> None:
        from database.studio.server import DEFAULT_PORT, HOST, prepare

        prepare(server)
        connections.close_all()
        if options["port"] is None and server.server_port != DEFAULT_PORT:
            self.stdout.write(f"Port {DEFAULT_PORT} is taken, so Studio uses {server.server_port}.")
        url = f"http://{HOST}:{server.server_port}/"
        self.stdout.write("Studio runs until you press Ctrl-C.")
        self.stdout.write(url)
        self.stdout.flush()
        if not options["no_browser"] and has_display():
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stderr.write("Studio stopped.")


def has_display() -> bool:
    """Whether there is a screen; without one, a text browser would take the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
