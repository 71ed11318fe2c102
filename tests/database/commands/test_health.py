"""``manage.py health`` by its exit code and its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.database.servers import PASSWORD, PrivateServer, SilentServer, free_port

ROOT = Path(__file__).resolve().parents[3]


def run_command(
    server: PrivateServer, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "health", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DEBUG": "true"} | server.environment | changes,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--ready",), 1)])
def test_pending_migrations(
    breakable_server: PrivateServer, arguments: tuple[str, ...], code: int
) -> None:
    done = run_command(breakable_server, *arguments)

    assert done.returncode == code
    assert json.loads(done.stdout)["status"] == "degraded"
    assert " WARNING prodobit.health: prodobit.E202: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_closed_port(breakable_server: PrivateServer) -> None:
    done = run_command(breakable_server, DB_PORT=str(free_port()))

    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "unhealthy"
    assert " ERROR prodobit.health: prodobit.E201: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stdout + done.stderr


def test_a_hung_server(breakable_server: PrivateServer, silent_server: SilentServer) -> None:
    done = run_command(breakable_server, DB_PORT=str(silent_server.port))

    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["status"] == "unhealthy"
    assert document["services"]["database"]["responseTime"] < 2000


def test_a_healthy_database(breakable_server: PrivateServer) -> None:
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DEBUG": "true"} | breakable_server.environment,
        check=False,
    )

    done = run_command(breakable_server, "--ready")

    assert migrated.returncode == 0
    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(done.stdout)["migrations"] == {"pending": 0}


def test_an_unknown_option_is_wrong_usage(breakable_server: PrivateServer) -> None:
    done = run_command(breakable_server, "--now")

    assert done.returncode == 2
    assert done.stdout == ""
