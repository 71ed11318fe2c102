"""The project's own server: real processes, killed where it hurts."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from prodobit.embedded import process
from prodobit.embedded.account import Account
from prodobit.embedded.errors import EmbeddedError
from tests.cluster import environment, wait_until
from tests.project import CONNECT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster import Result

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")
CONTAINER_CAPABILITIES = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid"


@pytest.fixture
def running(project: Project) -> Project:
    """Return a project whose server runs and whose database holds one row."""
    assert project.run(*CONNECT).code == 0
    with project.cluster.connect("prodobit") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    return project


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def assert_refused(result: Result, number: int, *said: str) -> None:
    """Assert one line on standard error with the id and these words, and exit code 1."""
    assert result.code == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert f"prodobit.E{number}: " in result.stderr
    for words in said:
        assert words in result.stderr


def test_the_first_connection_creates_and_starts_it(project: Project) -> None:
    result = project.run(*CONNECT)

    assert (result.code, result.stderr) == (0, "")
    assert project.ask("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'prodobit'")
    assert project.ask("SHOW fsync") == "on"


def test_a_command_that_does_not_connect_does_not_start_it(project: Project) -> None:
    assert project.run("diffsettings").code == 0
    assert project.run("db", "status").code == 3
    assert project.run("db", "stop").code == 0
    assert not project.home.exists()


def test_only_its_user_can_reach_it(running: Project) -> None:
    assert running.ask("SHOW listen_addresses") == ""
    assert mode(running.home / "socket") == mode(running.data) == 0o700
    assert mode(running.home / "socket" / ".s.PGSQL.5432") == 0o700
    assert mode(running.home / "log") == mode(running.home / "lock") == 0o600


def test_it_knows_the_letters_of_every_language(running: Project) -> None:
    assert running.ask("SELECT upper('straße éü λ ж')") in ("STRASSE ÉÜ Λ Ж", "STRAßE ÉÜ Λ Ж")


def test_its_log_keeps_no_rows(running: Project) -> None:
    with running.cluster.connect("prodobit") as connection:
        connection.execute("CREATE UNIQUE INDEX ON kept (number)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO kept VALUES (42)")

    assert "duplicate key" in running.log
    assert "42" not in running.log.split("duplicate key")[1]


def test_commands_at_the_same_moment_share_one(project: Project) -> None:
    commands = [project.begin(*CONNECT) for _ in range(4)]

    ended = [command.communicate(timeout=60) for command in commands]

    assert [command.returncode for command in commands] == [0] * 4, ended
    assert project.log.count("starting PostgreSQL") == 1


def test_while_it_runs_a_command_needs_no_lock(running: Project) -> None:
    with (running.home / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        result = running.run(*CONNECT)

    assert (result.code, result.stderr) == (0, "")


@pytest.mark.parametrize("moment", ["creating-*/PG_VERSION", "creating-*/base/1/*", "data", "log"])
def test_a_command_killed_on_the_way_is_in_nobodys_way(project: Project, moment: str) -> None:
    command = project.begin(*CONNECT)
    wait_until(lambda: next(project.home.glob(moment), None))
    command.kill()
    command.communicate()

    result = project.run(*CONNECT)

    assert (result.code, result.stderr) == (0, "")
    assert project.run("db", "stop").code == 0
    assert project.run(*CONNECT).code == 0
    assert not list(project.home.glob("creating-*"))


def test_a_killed_server_comes_back_with_its_rows(running: Project) -> None:
    pid = running.cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    result = running.run(*CONNECT)

    assert (result.code, result.stderr) == (0, "")
    assert running.ask("SELECT number FROM kept") == "42"
    assert running.cluster.status().pid != pid


def test_a_number_that_went_to_another_process_is_no_obstacle(running: Project) -> None:
    pid = running.cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not process.exists(pid))
    account = Account.of_server()
    other = subprocess.Popen(["sleep", "600"], user=account.uid if account.stepped_down else None)
    lock = running.data / "postmaster.pid"
    lock.write_text(lock.read_text().replace(str(pid), str(other.pid), 1))

    result = running.run(*CONNECT)

    assert (result.code, result.stderr) == (0, "")
    assert running.ask("SELECT number FROM kept") == "42"
    assert other.poll() is None
    assert running.run("db", "stop").code == 0
    assert other.poll() is None
    other.kill()
    other.wait()


def test_stopping_does_not_touch_a_process_that_only_has_the_number(running: Project) -> None:
    assert running.cluster.stop()
    other = subprocess.Popen(["sleep", "600"])
    (running.data / "postmaster.pid").write_text(f"{other.pid}\n")

    assert not running.cluster.stop()

    assert other.poll() is None
    other.kill()
    other.wait()


def test_ctrl_c_ends_the_command_and_not_the_server(project: Project) -> None:
    code = "from django.db import connection; connection.ensure_connection(); input('Go? ')"

    result = project.run_tty("shell", "-v0", "-c", code, answers=["\x03"])

    assert "prodobit: interrupted." in result.stdout
    assert project.cluster.status().running


def test_data_of_another_major_version_is_refused(running: Project) -> None:
    running.cluster.stop()
    (running.data / "PG_VERSION").write_text("9\n")

    result = running.run(*CONNECT)

    assert_refused(result, 102, "is of PostgreSQL 9", "found: 1", "manage.py db reset")
    assert (running.data / "base").exists()


def test_a_folder_that_is_no_data_folder_is_refused(project: Project) -> None:
    project.data.mkdir(parents=True)
    (project.data / "mine.txt").write_text("mine")

    assert_refused(project.run(*CONNECT), 114, "is not a PostgreSQL data folder")
    assert (project.data / "mine.txt").exists()


def test_a_path_too_long_for_a_socket_is_refused() -> None:
    project = Project.copy(name="n" * 80)
    try:
        assert_refused(project.run(*CONNECT), 103, "the system allows 1", "bytes shorter")
        assert not project.home.exists()
    finally:
        project.discard()


def test_the_longest_path_that_a_socket_may_have_works() -> None:
    short = Project.copy(name="n")
    used = len(str(short.home / "socket" / ".s.PGSQL.5432"))
    short.discard()
    project = Project.copy(name="n" * (1 + (107 if sys.platform == "linux" else 103) - used))
    try:
        assert project.run(*CONNECT).code == 0
    finally:
        project.discard()


def test_why_it_did_not_start_is_said(running: Project) -> None:
    running.cluster.stop()
    with (running.data / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = none\n")

    result = running.run(*CONNECT)

    assert_refused(result, 106, "postgresql.conf", "contains errors", "Its log is")


def test_why_it_lets_nobody_in_is_said(running: Project) -> None:
    (running.data / "pg_hba.conf").write_text("local all all reject\n")
    running.ask("SELECT pg_reload_conf()")
    wait_until(lambda: "reject" in running.run("db", "start").stderr)

    assert_refused(running.run(*CONNECT), 116, "pg_hba.conf rejects", "manage.py db reset")
    assert running.run("db", "stop").code == 0


def test_a_command_that_holds_the_lock_for_ever_is_named(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (running.home / "lock").open("r+") as lock, monkeypatch.context() as patch:
        patch.setattr("prodobit.embedded.cluster.START_SECONDS", 0.2)
        patch.setattr("prodobit.embedded.cluster.STOP_SECONDS", 0.2)
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(EmbeddedError, match=r"prodobit\.E108: Another command"):
            running.cluster.start()


@contextmanager
def suspended(pid: int | None) -> Iterator[None]:
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_server_that_never_answers_is_said(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = running.cluster.status().pid

    with suspended(pid), monkeypatch.context() as patch:
        patch.setattr("prodobit.embedded.cluster.START_SECONDS", 0.2)
        patch.setattr("prodobit.embedded.cluster.CONNECT_SECONDS", 2)
        status = running.cluster.status()
        with pytest.raises(EmbeddedError, match=r"prodobit\.E108: The server .* not accepted"):
            running.cluster.start()

    assert (status.running, status.pid) == (False, pid)


def test_a_server_that_does_not_end_is_said(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with suspended(running.cluster.status().pid), monkeypatch.context() as patch:
        patch.setattr("prodobit.embedded.cluster.STOP_SECONDS", 0.2)
        with pytest.raises(EmbeddedError, match=r"prodobit\.E109: .* still shutting down"):
            running.cluster.stop()


def test_it_learns_nothing_of_the_environment(project: Project) -> None:
    assert project.run(*CONNECT, DB_PASSWORD="hunter2", PGDATA="/nowhere", PGPORT="1").code == 0

    pid = project.cluster.status().pid
    if process.PROC.exists():
        assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert project.ask("SHOW fsync") == "on"


def test_a_log_that_has_grown_large_is_begun_anew(
    running: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodobit.embedded.cluster.LOG_BYTES", 1)
    running.cluster.stop()

    running.cluster.start()

    assert running.log.count("starting PostgreSQL") == 1


@as_root
@pytest.mark.parametrize("bits", [0o700, 0o755])
def test_root_steps_down_and_leaves_other_folders_as_they_are(project: Project, bits: int) -> None:
    project.folder.chmod(bits)
    before = {path: (mode(path), path.stat().st_uid) for path in project.folder.rglob("*.py")}

    assert project.run(*CONNECT).code == 0

    status = project.cluster.status()
    account = Account.of_server()
    assert account.uid != 0
    assert Path(f"/proc/{status.pid}").stat().st_uid == account.uid
    assert mode(project.folder) == bits
    pids = [entry for entry in Path("/proc").iterdir() if entry.name == str(status.pid)]
    capabilities = (pids[0] / "status").read_text()
    assert re.search(r"CapEff:\s0+\n", capabilities)
    assert {path: (mode(path), path.stat().st_uid) for path in before} == before


@as_root
def test_root_in_a_container_needs_no_more_than_it_has(project: Project) -> None:
    prefix = ("setpriv", "--bounding-set", CONTAINER_CAPABILITIES)
    results = []

    for command in (CONNECT, ("db", "status"), ("db", "stop"), CONNECT, ("db", "status")):
        running = project.begin(*command, prefix=prefix)
        results.append((*running.communicate(timeout=60), running.returncode))
        if command == CONNECT and len(results) == 1:
            first = project.cluster.status().pid

    assert [code for _, _, code in results] == [0] * 5, results
    assert f"pid       {first}" in results[1][0]
    assert "was stopped" in results[2][0]


@as_root
def test_root_in_a_container_recovers_from_a_number_taken(running: Project) -> None:
    pid = running.cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not process.exists(pid))
    other = subprocess.Popen(["sleep", "600"], user=Account.of_server().uid)
    lock = running.data / "postmaster.pid"
    lock.write_text(lock.read_text().replace(str(pid), str(other.pid), 1))

    command = running.begin(*CONNECT, prefix=("setpriv", "--bounding-set", CONTAINER_CAPABILITIES))
    _, errors = command.communicate(timeout=60)

    assert (command.returncode, errors) == (0, "")
    other.kill()
    other.wait()


@as_root
def test_what_belongs_to_another_user_is_refused(running: Project) -> None:
    running.cluster.stop()
    os.chown(running.home, 65534, 65534)

    assert_refused(running.run(*CONNECT), 104, "belongs to the user", "Run the command as")


@as_root
def test_what_root_made_is_refused_to_others(running: Project) -> None:
    running.folder.chmod(0o755)
    options: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"}
    try:
        subprocess.run([sys.executable, "-c", ""], check=True, **options)
    except OSError:
        pytest.skip("this Python lies in a folder that other users may not enter")

    for command in (CONNECT, ("db", "status"), ("db", "stop"), ("db", "reset", "--noinput")):
        ended = subprocess.run(
            [sys.executable, str(running.folder / "manage.py"), *command],
            env=environment({"PYTHONDONTWRITEBYTECODE": "1"}),
            capture_output=True,
            text=True,
            **options,
        )
        assert ended.returncode == 1
        assert "prodobit.E104: " in ended.stderr
        assert ended.stderr.count("\n") == 1
    assert running.cluster.status().running


@pytest.fixture
def small_disk() -> tuple[str, ...]:
    """Return what runs a command on a file system of 30 MB in place of .postgres."""
    prefix = ("unshare", "--mount", "sh", "-c")
    script = 'mkdir -p .postgres && mount -t tmpfs -o size=30m,mode=711 none .postgres && exec "$@"'
    able = subprocess.run([*prefix, "mount -t tmpfs none /mnt"], capture_output=True)
    if os.geteuid() != 0 or able.returncode != 0:
        pytest.skip("a file system of limited size takes root with the right to mount")
    return (*prefix, script, "sh")


@pytest.mark.parametrize("filler", ["", "head -c 25M /dev/zero > .postgres/filler; "])
def test_a_full_disk_is_said(project: Project, small_disk: tuple[str, ...], filler: str) -> None:
    *prefix, script, name = small_disk
    script = script.replace("exec", f"{filler}exec")

    command = project.begin(*CONNECT, prefix=(*prefix, script, name))
    _, errors = command.communicate(timeout=60)

    assert command.returncode == 1
    assert errors.count("\n") == 1
    assert "prodobit.E105: The disk that holds" in errors


def test_a_disk_that_fills_between_two_starts_is_said(
    project: Project, small_disk: tuple[str, ...]
) -> None:
    *prefix, script, name = small_disk
    script = (
        script.replace("size=30m", "size=200m").replace("exec", "")
        + ' && "$1" "$2" db stop && head -c 1G /dev/zero > .postgres/filler;'
        + ' "$1" "$2" db start; code=$?; rm .postgres/filler;'
        + ' "$@" && "$1" "$2" db stop && exit $code'
    )

    command = project.begin(*CONNECT, prefix=(*prefix, script, name))
    output, errors = command.communicate(timeout=60)

    # What the start on the full disk said, once all that came after it went well.
    assert command.returncode == 1, (output, errors)
    assert "prodobit.E105: The disk that holds" in errors


def test_a_folder_that_cannot_be_made_is_said(project: Project) -> None:
    project.home.write_text("a file")

    result = project.run(*CONNECT)

    assert_refused(result, 115, ".postgres")


def test_two_projects_have_two_servers(running: Project) -> None:
    other = Project.copy()
    try:
        assert other.run(*CONNECT).code == 0
        assert other.cluster.status().pid != running.cluster.status().pid
    finally:
        other.discard()

    assert running.cluster.status().running
