"""The throwaway PostgreSQL that the test suite runs on, and commands run as a user would.

The suite's server lives as long as the process that started it, however that ends: a guard
process waits for the end of a pipe from it, then kills the server and removes its folder.
"""

from __future__ import annotations

import os
import pty
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from prodobit.embedded import process
from prodobit.embedded.account import Account
from prodobit.embedded.cluster import Cluster

ROOT = Path(__file__).resolve().parent.parent
URL_VARIABLE = "TEST_DATABASE_URL"
RUNNING_VARIABLE = "PRODOBIT_TEST_CLUSTER"
LONGEST_FOLDER = 60
"""Bytes; a socket's whole path may have about a hundred."""
SECRET_KEY = "only-for-the-tests-only-for-the-tests-only-for-the-tests"
VARIABLES = (
    "DATABASE_URL",
    *("DB_HOST", "DB_PORT", "DB_USER", "DB_NAME", "DB_SSL", "DB_SSL_ROOT_CERT", "DB_POOL_SIZE"),
    *("DB_DIRECT_HOST", "DB_DIRECT_PORT", "DB_LOCK_TIMEOUT", "DB_STATEMENT_TIMEOUT"),
    "DB_SAFE_MIGRATIONS",
    *("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "EXTRA_APPS"),
)
# Set to nothing, which means the default, so that a developer's .env decides nothing in a test.
UNCONFIGURED = {**dict.fromkeys(VARIABLES, ""), "DB_PASSWORD": "postgres"}
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "CI")


@dataclass(frozen=True)
class Server:
    """The server that the tests use.

    Attributes:
        conninfo: A connection string of libpq, without a database; a superuser's.
        folder: The Cluster's folder; None for a server that TEST_DATABASE_URL names.
        tcp: The same server by TCP on the loopback interface, as a connection string.
    """

    conninfo: str
    folder: Path | None
    tcp: str

    def url(self, database: str, *, tcp: bool = False) -> str:
        """Return the DATABASE_URL of one of its databases."""
        return _url(self.tcp if tcp else self.conninfo, database)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as a superuser, in autocommit mode."""
        return psycopg.connect(self.conninfo, dbname=database, autocommit=True)

    def parameters(self, *, tcp: bool = False) -> dict[str, str]:
        """Return host, port, user and password, such as DB_HOST and its like take them."""
        parts = conninfo_to_dict(self.tcp if tcp else self.conninfo)
        return {name: str(value) for name, value in parts.items() if value is not None}

    @property
    def pid(self) -> int | None:
        """The number of the server's process, where it is the suite's own."""
        return None if self.folder is None else Cluster(self.folder).status().pid

    def create(self, name: str) -> None:
        """Create an empty database."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def provide(*, durable: bool = False) -> Server:
    """Return the server of this test run; the first call of a run starts it.

    Args:
        durable: Whether it writes as carefully as a server does whose data counts; so that what
            is measured is what a user sees. A server that runs already stays as it is.

    Side effects: sets PRODOBIT_TEST_CLUSTER, by which the workers of pytest-xdist and other
    processes started from here find the server.
    """
    external = os.environ.get(URL_VARIABLE)
    if external:
        parts = {k: v for k, v in conninfo_to_dict(external).items() if k != "dbname"}
        conninfo = make_conninfo("", **parts)
        return Server(conninfo, None, conninfo)
    if RUNNING_VARIABLE not in os.environ:
        os.environ[RUNNING_VARIABLE] = _start(durable)
    folder, port, password = os.environ[RUNNING_VARIABLE].rsplit(":", 2)
    common = {"port": port, "user": "postgres"}
    return Server(
        make_conninfo("", host=f"{folder}/socket", **common),
        Path(folder),
        make_conninfo("", host="127.0.0.1", password=password, **common),
    )


def variables(server: Server) -> dict[str, str]:
    """Return the variables that make the project use ``server`` and nothing of the developer's."""
    return UNCONFIGURED | {
        "DATABASE_URL": server.url("prodobit"),
        "SECRET_KEY": SECRET_KEY,
        "DEBUG": "false",
    }


def _start(durable: bool) -> str:
    place = tempfile.gettempdir()
    short = len(os.fsencode(place)) < LONGEST_FOLDER
    folder = Path(tempfile.mkdtemp(prefix="prodobit-", dir=place if short else "/tmp"))
    # Before the server: whatever happens to this process from here on, nothing is left behind.
    watch(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = Cluster(
        folder,
        port=port,
        listen_addresses="127.0.0.1",
        durable=durable,
        settings={"synchronous_commit": "on" if durable else "off", "max_connections": "200"},
    )
    cluster.start()
    # In case something of this machine can reach the port that should not.
    password = secrets.token_hex(16)
    with cluster.connect() as connection:
        connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(password)))
    return f"{folder}:{port}:{password}"


def watch(folder: Path) -> None:
    """See to it that a cluster's server and folder are gone when this process is."""
    # The pipe's end is kept by the operating system until this process is gone, and since it is
    # not inheritable, by no other process.
    reading, writing = os.pipe()
    process_ = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", str(folder)],
        stdin=reading,
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
    )
    os.close(reading)
    _GUARDS.append((process_, writing))


_GUARDS: list[tuple[subprocess.Popen[bytes], int]] = []


def release() -> None:
    """End what this process started: its server is gone and removed when this returns."""
    while _GUARDS:
        guard, writing = _GUARDS.pop()
        os.close(writing)
        os.environ.pop(RUNNING_VARIABLE, None)
        if guard.wait() != 0:
            raise RuntimeError("the server of the tests may still be running")


def guard(folder: Path) -> None:
    """Wait until whoever started this has ended; then kill the server and remove its folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdin.buffer.read()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        try:
            first = (folder / "data" / "postmaster.pid").read_text().partition("\n")[0]
            if first.isdigit() and process.works_in(
                int(first), folder / "data", Account.of_server()
            ):
                os.kill(int(first), signal.SIGQUIT)
        except (FileNotFoundError, ProcessLookupError):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.02)


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and what it wrote.

    Attributes:
        code: The exit code; negative for a signal.
        stdout: Its standard output; on a terminal, all that was to be seen.
        stderr: Its standard error; empty on a terminal.
    """

    code: int
    stdout: str
    stderr: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a small environment for a command: nothing configured but ``more``."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | UNCONFIGURED | dict(more or {})


def manage(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    project: Path = ROOT,
    timeout: float = 120,
) -> Result:
    """Run ``manage.py`` without a terminal.

    Args:
        *arguments: The command and its arguments.
        env: Variables to add to the ``environment``; what is not named there is not set.
        stdin: What it can read; None for nothing.
        project: The folder with ``manage.py``.
        timeout: Seconds until it is killed, which fails the test.
    """
    ended = subprocess.run(
        [sys.executable, str(project / "manage.py"), *arguments],
        env=environment(env),
        input=stdin or "",
        cwd=project,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return Result(ended.returncode, ended.stdout, ended.stderr)


def manage_tty(
    *arguments: str,
    answers: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    project: Path = ROOT,
    timeout: float = 120,
) -> Result:
    """Run ``manage.py`` on a terminal and type ``answers``.

    An answer is typed when a prompt is on the screen: output that does not end in a new line.
    "\\x03" is Ctrl-C and "\\x04" is Ctrl-D; anything else is followed by the Enter key.

    Raises:
        TimeoutError: It did not end in time; it was killed.
    """
    ours, theirs = pty.openpty()
    # Of no size, which is what it has, programs would show every answer in a pager.
    termios.tcsetwinsize(theirs, (40, 120))
    command = subprocess.Popen(
        [
            *("/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(theirs)),
            *(sys.executable, str(project / "manage.py"), *arguments),
        ],
        env=environment({"TERM": "xterm", **(env or {})}),
        cwd=project,
        # A session without a terminal takes the first one it opens, and Ctrl-C reaches it there.
        start_new_session=True,
    )
    left, screen, unread = list(answers), b"", b""
    deadline = time.monotonic() + timeout
    try:
        while command.poll() is None or select.select([ours], [], [], 0)[0]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still running after {timeout} seconds: {screen.decode()}")
            if select.select([ours], [], [], 0.05)[0]:
                unread = os.read(ours, 65536)
                screen += unread
            elif left and unread and not unread.endswith(b"\n"):
                answer, unread = left.pop(0), b""
                enter = "" if answer in ("\x03", "\x04") else "\n"
                os.write(ours, (answer + enter).encode())
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
        command.wait()
        os.close(theirs)
        os.close(ours)
    return Result(command.returncode, screen.decode(errors="replace").replace("\r\n", "\n"), "")


def lacking(what: str) -> NoReturn:
    """Skip a test for want of what is not installed here; in CI, which installs it, fail."""
    import pytest

    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def wait_until(condition: Callable[[], object], timeout: float = 30) -> None:
    """Return as soon as ``condition`` holds.

    Raises:
        TimeoutError: It does not within ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {timeout} seconds")
        time.sleep(0.01)


def _url(conninfo: str, database: str) -> str:
    parts = {k: str(v) for k, v in conninfo_to_dict(conninfo).items() if v is not None}
    user, password = parts.pop("user", "postgres"), parts.pop("password", "")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    host, port = parts.pop("host", "localhost"), parts.pop("port", "5432")
    if host.startswith("/"):
        parts |= {"host": host, "port": port}
        place = ""
    else:
        place = f"{host}:{port}"
    query = f"?{urlencode(parts)}" if parts else ""
    return f"postgresql://{login}@{place}/{quote(database, safe='')}{query}"


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
