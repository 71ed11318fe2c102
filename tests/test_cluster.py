"""The suite's own server and helpers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from prodobit.embedded import process
from prodobit.embedded.cluster import Cluster
from tests import cluster as clusters

if TYPE_CHECKING:
    from tests.cluster import Result, Server

    Run = Callable[..., Result]


@pytest.mark.django_db
def test_the_suite_runs_on_its_own_server(cluster: Server) -> None:
    assert connection.settings_dict["HOST"] == cluster.parameters()["host"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_fresh_database_is_empty(database_url: str) -> None:
    with psycopg.connect(database_url) as session:
        tables = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)


def test_the_server_is_reached_by_tcp_too(cluster: Server) -> None:
    with psycopg.connect(cluster.url("postgres", tcp=True)) as session:
        assert session.execute("SELECT inet_server_addr()::text").fetchone() is not None


def test_a_command_sees_only_what_the_test_configures(run_manage: Run, database_url: str) -> None:
    code = "from django.conf import settings as s; print(s.DATABASES['default']['NAME'], s.DEBUG)"

    result = run_manage("shell", "-v0", "-c", code, env={"DATABASE_URL": database_url})

    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("fresh_")
    assert result.stdout.endswith(" False\n")


@pytest.mark.parametrize(
    ("answer", "expected"), [("blue", "got 'blue'"), ("\x04", "end"), ("\x03", "interrupt")]
)
def test_a_command_on_a_terminal_is_answered(
    run_manage_tty: Run, answer: str, expected: str
) -> None:
    code = (
        "import sys\n"
        "assert sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()\n"
        "try: print('got', repr(input('Colour? ')))\n"
        "except EOFError: print('end')\n"
        "except KeyboardInterrupt: print('interrupt')\n"
    )

    result = run_manage_tty("shell", "-v0", "-c", code, answers=[answer])

    assert result.code == 0
    assert "Colour? " in result.stdout
    assert expected in result.stdout


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_goes_when_its_process_does(end: signal.Signals) -> None:
    code = "from tests.cluster import provide; print(provide().folder, flush=True); input()"
    environment = {k: v for k, v in os.environ.items() if not k.endswith(("_CLUSTER", "_URL"))}
    owner = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=clusters.ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        pid = Cluster(folder).status().pid
        assert pid is not None
        assert folder.is_dir()

        owner.send_signal(end)

    clusters.wait_until(lambda: not folder.exists())
    clusters.wait_until(lambda: not process.exists(pid))
