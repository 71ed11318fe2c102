"""Start, stop, look at, query and remove the project's own PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import OperationalError
from django.template.defaultfilters import filesizeformat

from prodobit.connection import explain
from prodobit.embedded.cluster import Cluster
from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.core.management.base import CommandParser

ENGINE = "prodobit.embedded.postgresql"
FAILED, WRONG_USAGE, NOT_RUNNING, UNDECIDED = 1, 2, 3, 4
YES = ("y", "yes")
LIBPQ_VARIABLES = {
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What psql needs of the connection's options and Django does not hand over."""


class Command(BaseCommand):
    """Manage the server in .postgres/, or look at and query the one that is configured."""

    help = (
        "Start, stop, look at, query or remove the project's own PostgreSQL, which is used while "
        "neither DB_HOST nor DATABASE_URL is set."
    )
    # Checks would need the models, and a broken model must not keep the server from stopping.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions, each with arguments of its own."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("start", help="Start the server; create it where there is none.")
        actions.add_parser("stop", help="Disconnect everyone and stop the server.")
        status = _described(
            actions,
            "status",
            "Print version, process, folders, size and uptime. Exit code: 0 while the server "
            "runs, 3 while it does not.",
        )
        status.add_argument("--json", action="store_true", help="Print one JSON document.")
        psql = _described(
            actions,
            "psql",
            "Open psql on the project's database, wherever that is. What follows a -- goes to "
            "psql.",
        )
        psql.add_argument("arguments", nargs="*", help="Passed to psql.")
        reset = _described(
            actions,
            "reset",
            "Stop the server and remove its data for good. Asks first; exit code 4 where there "
            "is no terminal to ask on.",
        )
        reset.add_argument(
            *("--noinput", "--no-input"),
            action="store_false",
            dest="interactive",
            help="Do not ask.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the action.

        Raises:
            CommandError: It failed; the exit code says how.
        """
        try:
            getattr(self, options["action"])(**options)
        except EmbeddedError as error:
            raise CommandError(str(error), returncode=FAILED) from error

    def start(self, **options: Any) -> None:
        """Start the server."""
        cluster = self._own("start")
        settings = connections[DEFAULT_DB_ALIAS].settings_dict
        started = cluster.ensure(settings["USER"], settings["NAME"])
        self.stdout.write("The server was started." if started else "The server runs already.")

    def stop(self, **options: Any) -> None:
        """Stop the server."""
        stopped = self._own("stop").stop()
        self.stdout.write("The server was stopped." if stopped else "The server does not run.")

    def status(self, **options: Any) -> None:
        """Print what there is to know, and exit 3 where the server does not run."""
        facts = self._embedded_facts() if self._cluster() else self._external_facts()
        if options["json"]:
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            for name, value in facts.items():
                if value is not None:
                    self.stdout.write(f"{name:<9} {_human(name, value)}")
        if not facts["running"]:
            sys.exit(NOT_RUNNING)

    def psql(self, **options: Any) -> None:
        """Run psql until its user leaves it, and exit with its exit code."""
        connection = connections[DEFAULT_DB_ALIAS]
        settings = connection.settings_dict
        cluster = self._cluster()
        program = shutil.which("psql")
        if cluster:
            cluster.ensure(settings["USER"], settings["NAME"])
            # One of another version may not understand this server's catalog.
            program = cluster.program("psql") or program
        if not program:
            raise CommandError(
                "prodobit.E112: There is no psql on this machine, so no session can be opened. "
                "Install PostgreSQL's client programs (such as `apt install postgresql-client`).",
                returncode=FAILED,
            )
        # Django's own way, which hands over the password in the environment.
        arguments, environment = connection.client.settings_to_cmd_args_env(
            settings, options["arguments"]
        )
        more = {
            variable: str(settings["OPTIONS"][option])
            for option, variable in LIBPQ_VARIABLES.items()
            if option in settings["OPTIONS"]
        }
        # Ctrl-C is for psql, which then cancels the query.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            ended = subprocess.run(
                [program, *arguments[1:]], env={**os.environ, **more, **(environment or {})}
            )
        finally:
            signal.signal(signal.SIGINT, before)
        if ended.returncode:
            sys.exit(ended.returncode)

    def reset(self, **options: Any) -> None:
        """Remove the data, once that was confirmed."""
        cluster = self._own("reset")
        if not cluster.contents():
            self.stdout.write(f"There is nothing to remove in {cluster.home}.")
            return
        size = _human("size", cluster.size())
        what = f"the project's own PostgreSQL in {cluster.home} ({size} of data)"
        if options["interactive"] and not self._confirmed(what):
            self.stdout.write("Nothing was removed.")
            return
        for path in cluster.remove():
            self.stdout.write(f"Removed {path}")

    def _confirmed(self, what: str) -> bool:
        if not (sys.stdin and sys.stdin.isatty()):
            raise CommandError(
                f"prodobit.E111: This removes {what} for good, and there is no terminal to ask "
                "on. Nothing was removed; add --noinput to remove it without a question.",
                returncode=UNDECIDED,
            )
        try:
            answer = input(f"Remove {what} for good? [y/N] ")
        except (EOFError, KeyboardInterrupt):
            self.stdout.write("")
            return False
        return answer.strip().lower() in YES

    def _cluster(self) -> Cluster | None:
        settings = connections[DEFAULT_DB_ALIAS].settings_dict
        return Cluster(Path(settings["HOST"]).parent) if settings["ENGINE"] == ENGINE else None

    def _own(self, action: str) -> Cluster:
        cluster = self._cluster()
        if cluster is None:
            raise CommandError(
                "prodobit.E110: The project uses the server that DB_HOST or DATABASE_URL names, "
                f"and `db {action}` is only for the project's own. Unset both to use that, or "
                "manage the other server where it runs.",
                returncode=WRONG_USAGE,
            )
        return cluster

    def _embedded_facts(self) -> dict[str, Any]:
        cluster = self._cluster()
        assert cluster is not None
        status = cluster.status()
        return {
            "server": "embedded",
            "running": status.running,
            "version": status.version,
            "pid": status.pid,
            "data": str(status.data),
            "socket": str(status.socket),
            "size": status.size,
            "uptime": None if status.uptime is None else status.uptime.total_seconds(),
        }

    def _external_facts(self) -> dict[str, Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        settings = connection.settings_dict
        version = size = uptime = None
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('server_version'),"
                    " pg_database_size(current_database()),"
                    " extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float"
                )
                version, size, uptime = cursor.fetchone()
        except OperationalError as error:
            reason = explain(error)
            if reason is None:
                raise
            self.stderr.write(reason)
        return {
            "server": "external",
            "running": version is not None,
            "version": version,
            "host": settings["HOST"],
            "port": settings["PORT"],
            "database": settings["NAME"],
            "user": settings["USER"],
            "size": size,
            "uptime": uptime,
        }


def _described(actions: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(name, help=text, description=text)
    return parser


def _human(name: str, value: Any) -> str:
    if name == "size":
        return filesizeformat(value).replace("\xa0", " ")
    if name == "uptime":
        return str(timedelta(seconds=round(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
