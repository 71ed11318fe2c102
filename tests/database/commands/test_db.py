"""``manage.py db``: what a person sees, with and without a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.project import CONNECT, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster import Result, Server

    Run = Callable[..., Result]


@pytest.fixture
def running(project: Project) -> Project:
    """Return a project whose server runs."""
    assert project.run("db", "start").stdout == "The server was started.\n"
    return project


def test_status_and_its_exit_code_follow_start_and_stop(project: Project) -> None:
    before = project.run("db", "status")
    assert project.run("db", "start").stdout == "The server was started.\n"
    assert project.run("db", "start").stdout == "The server runs already.\n"
    during = project.run("db", "status")
    assert project.run("db", "stop").stdout == "The server was stopped.\n"
    assert project.run("db", "stop").stdout == "The server does not run.\n"
    after = project.run("db", "status")

    assert [result.code for result in (before, during, after)] == [3, 0, 3]
    for line in (
        r"running   yes",
        r"version   1\d\.\d+.*",
        r"pid       \d+",
        rf"data      {re.escape(str(project.data))}",
        rf"socket    {re.escape(str(project.home / 'socket'))}",
        r"size      \d+\.\d MB",
        r"uptime    0:00:\d\d",
    ):
        assert re.search(f"^{line}$", during.stdout, re.MULTILINE), line
    assert "running   no" in before.stdout
    assert re.search(r"^version   1\d$", after.stdout, re.MULTILINE)


def test_status_is_there_for_programs_too(running: Project) -> None:
    result = running.run("db", "status", "--json")

    facts = json.loads(result.stdout)
    assert (result.code, result.stderr) == (0, "")
    assert facts["running"] is True
    assert facts["pid"] == running.cluster.status().pid
    assert facts["size"] > 1_000_000


def test_psql_opens_on_the_projects_database(project: Project) -> None:
    result = project.run("db", "psql", "--", "-Atc", "SELECT current_database(), current_user")
    assert (result.code, result.stdout) == (0, "prodobit|postgres\n")

    result = project.run("db", "psql", "--", "-c", "SELECT nonsense")
    assert result.code == 1
    assert "nonsense" in result.stderr


def test_psql_on_a_terminal_survives_ctrl_c(running: Project) -> None:
    result = running.run_tty("db", "psql", answers=["\x03", "SELECT 6 * 7;", "\\q"])

    assert result.code == 0
    assert re.search(r"^\s+42$", result.stdout, re.MULTILINE)


def test_psql_opens_on_a_server_elsewhere_without_showing_the_password(
    run_manage: Run, cluster: Server
) -> None:
    tcp = cluster.parameters(tcp=True)
    env = {
        "DB_HOST": tcp.get("host", ""),
        "DB_PORT": tcp.get("port", ""),
        "DB_USER": tcp["user"],
        "DB_PASSWORD": tcp.get("password", ""),
        "DB_NAME": "postgres",
        "DEBUG": "true",
    }

    result = run_manage("db", "psql", "--", "-At", env=env, stdin="\\! cat /proc/$PPID/cmdline\n")

    assert result.code == 0, result.stderr
    assert "psql" in result.stdout
    assert tcp.get("password", "no password") not in result.stdout
    status = run_manage("db", "status", env=env)
    assert (status.code, "server    external" in status.stdout) == (0, True)


def test_a_machine_without_psql_is_told(run_manage: Run, cluster: Server) -> None:
    result = run_manage("db", "psql", env={"PATH": "/nowhere"})

    assert result.code == 1
    assert "prodobit.E112: There is no psql" in result.stderr


@pytest.mark.parametrize("action", ["start", "stop", "reset"])
def test_a_server_elsewhere_is_not_ours_to_manage(run_manage: Run, action: str) -> None:
    result = run_manage("db", action)

    assert (result.code, result.stdout) == (2, "")
    assert "prodobit.E110: The project uses the server that DB_HOST" in result.stderr
    assert f"`db {action}`" in result.stderr


def test_the_status_of_a_server_elsewhere_that_is_down(run_manage: Run) -> None:
    result = run_manage("db", "status", env={"DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/x"})

    assert result.code == 3
    assert "running   no" in result.stdout
    assert "Connection refused" in result.stderr
    assert "s3cret" not in result.stdout + result.stderr


def test_reset_without_a_terminal_asks_nobody_and_removes_nothing(running: Project) -> None:
    result = running.run("db", "reset")

    assert (result.code, result.stdout) == (4, "")
    assert "prodobit.E111: " in result.stderr
    assert running.cluster.status().running


@pytest.mark.parametrize("answer", ["", "n", "nonsense", "\x03", "\x04"])
def test_reset_removes_nothing_without_a_yes(running: Project, answer: str) -> None:
    result = running.run_tty("db", "reset", answers=[answer])

    assert result.code == 0
    assert re.search(r"Remove .* \(\d+\.\d MB of data\) for good\? \[y/N\] ", result.stdout)
    assert "Nothing was removed." in result.stdout
    assert running.cluster.status().running


def test_reset_removes_what_it_says(running: Project) -> None:
    pid = running.cluster.status().pid

    result = running.run_tty("db", "reset", answers=["yes"])

    assert result.code == 0
    assert f"Removed {running.data}\n" in result.stdout
    assert sorted(path.name for path in running.home.iterdir()) == ["lock"]
    again = running.run("db", "reset", "--noinput")
    assert (again.code, again.stdout) == (0, f"There is nothing to remove in {running.home}.\n")
    assert running.run(*CONNECT).code == 0
    assert running.cluster.status().pid != pid


def test_reset_removes_damaged_data_too(running: Project) -> None:
    running.cluster.stop()
    (running.data / "PG_VERSION").unlink()

    assert running.run("db", "reset", "--noinput").code == 0

    assert running.run(*CONNECT).code == 0


@pytest.mark.parametrize("arguments", [(), ("restart",), ("status", "now"), ("reset", "--force")])
def test_a_wrong_call_is_answered_with_the_usage(
    run_manage: Run, arguments: tuple[str, ...]
) -> None:
    result = run_manage("db", *arguments)

    assert result.code == 2
    assert "usage: manage.py db" in result.stderr


def test_the_help_names_the_exit_codes(run_manage: Run) -> None:
    assert "3 while it does not" in " ".join(run_manage("db", "status", "--help").stdout.split())
    assert "exit code 4" in " ".join(run_manage("db", "reset", "--help").stdout.split())
