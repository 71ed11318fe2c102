"""A server that cannot be reached is one sentence, not a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db.utils import OperationalError

from prodobit.connection import explain

ROOT = Path(__file__).resolve().parents[2]


def failure(message: str) -> OperationalError:
    error = OperationalError(message)
    error.__cause__ = psycopg.OperationalError(message)
    return error


@pytest.mark.parametrize(
    ("message", "explanation"),
    [
        (
            'connection failed: connection to server at "h", port 1 failed: Connection refused\n'
            "\tIs the server running on that host and accepting TCP/IP connections?",
            'connection to server at "h", port 1 failed: Connection refused. '
            "Check DB_HOST and DB_PORT.",
        ),
        (
            'connection failed: FATAL:  database "shop" does not exist',
            'FATAL:  database "shop" does not exist. Create it (createdb), or check DB_NAME.',
        ),
        (
            'FATAL:  password authentication failed for user "app"',
            'FATAL:  password authentication failed for user "app". Check DB_USER and DB_PASSWORD.',
        ),
        (
            "server does not support SSL, but SSL was required",
            "server does not support SSL, but SSL was required. Check DB_SSL and DB_SSL_ROOT_CERT.",
        ),
        ("sorry, too many clients already", "sorry, too many clients already. Try again when"),
        ("the moon is full.", "the moon is full. Check the DB_ variables."),
    ],
)
def test_the_reason_comes_with_the_next_step(message, explanation):
    explained = explain(failure(message))

    assert explained is not None
    assert explained.startswith(f"cannot connect to PostgreSQL: {explanation}")


@pytest.mark.parametrize(
    ("cause", "explanation"),
    [
        (
            psycopg.errors.DiskFull("could not extend file: No space left on device"),
            "PostgreSQL gave up: could not extend file: No space left on device. What was",
        ),
        (
            psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
            "PostgreSQL gave up: terminating connection due to administrator command. What was",
        ),
        (
            psycopg.OperationalError("server closed the connection unexpectedly\n\tThis probably"),
            "the connection to PostgreSQL was lost: server closed the connection unexpectedly. ",
        ),
    ],
)
def test_a_server_that_leaves_says_what_is_kept(cause, explanation):
    error = OperationalError(str(cause))
    error.__cause__ = cause

    explained = explain(error)

    assert explained is not None
    assert explained.startswith(explanation)


def test_a_failure_on_a_connection_that_stood_is_not_explained_away():
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")

    assert explain(error) is None


def migrate(*options: str) -> subprocess.CompletedProcess[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DB_SSL"}}
    environment |= {"DB_HOST": "127.0.0.1", "DB_PORT": str(port), "DB_PASSWORD": "hunter2"}
    environment |= {"DEBUG": "true", "DJANGO_SETTINGS_MODULE": "prodobit.settings"}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_without_a_server_ends_in_one_line_and_exit_code_1():
    result = migrate()

    assert result.returncode == 1
    assert result.stderr.startswith("prodobit: cannot connect to PostgreSQL: ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_the_traceback_is_there_for_who_asks():
    result = migrate("--traceback")

    assert result.returncode == 1
    assert "Traceback (most recent call last)" in result.stderr
