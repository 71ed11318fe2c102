"""A PostgreSQL cluster in a folder of its own: created, started, stopped, looked at, removed."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from prodobit.embedded import binaries, process
from prodobit.embedded.account import Account, name_of
from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUPERUSER = "postgres"
PORT = 5432
SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
START_SECONDS = 120
STOP_SECONDS = 60
CONNECT_SECONDS = 10
POLL_SECONDS = 0.02
LOG_BYTES = 10_000_000
# What a server's log says goes to people who ask why it did not start: no rows, no statements.
LOGGING = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}


@dataclass(frozen=True)
class Status:
    """What there is to know about a cluster.

    Attributes:
        running: Whether its server accepts connections.
        version: The server's version, or of a stopped one the data's major version; None where
            there is no data yet.
        pid: The server's process.
        data: The data folder.
        socket: The folder of the Unix socket.
        size: Bytes in the data folder.
        uptime: How long the server has been running.
    """

    running: bool
    version: str | None
    pid: int | None
    data: Path
    socket: Path
    size: int
    uptime: timedelta | None


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL cluster and its server, in one folder.

    Every method may be called by several processes at once; a lock file makes them take turns.
    All that is kept here is on disk, so an object costs nothing and may be thrown away.

    Attributes:
        home: The folder, which belongs to this cluster alone.
        port: The port: the end of the Unix socket's name, and that of ``listen_addresses``.
        listen_addresses: The server's setting of this name; empty for no TCP at all.
        durable: Whether data must outlive a crash of the machine; False only for tests.
        settings: More of the server's settings.
    """

    home: Path
    port: int = PORT
    listen_addresses: str = ""
    durable: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket."""
        return self.home / "socket"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "log"

    def ensure(self, user: str, database: str | None) -> bool:
        """Make sure that the server runs, and that a role and a database are there.

        Side effects: may create the cluster, start its server, create the role (LOGIN CREATEDB)
        and the database (owned by the role).

        Args:
            user: The role.
            database: The database; None to create neither.

        Returns:
            Whether anything had to be done.

        Raises:
            EmbeddedError: The server cannot be created or started.
        """
        with self._locked():
            started = self._start()
            with self.connect() as connection:
                created = database is not None and _create(connection, user, database)
        return started or created

    def start(self) -> bool:
        """Make sure that the server runs; return whether it had to be started.

        Raises:
            EmbeddedError: It cannot be created or started.
        """
        with self._locked():
            return self._start()

    def stop(self) -> bool:
        """Disconnect everyone and stop the server; return whether it ran.

        https://www.postgresql.org/docs/current/server-shutdown.html (fast shutdown)

        Raises:
            EmbeddedError: It still runs after STOP_SECONDS.
        """
        if not self.home.exists():
            return False
        with self._locked():
            return self._stop()

    def remove(self) -> list[Path]:
        """Stop the server and remove its data and its log for good; return what was removed."""
        if not self.home.exists():
            return []
        with self._locked():
            self._stop()
            gone = self.contents()
            for path in gone:
                path.unlink() if path.is_file() else shutil.rmtree(path)
            return gone

    def contents(self) -> list[Path]:
        """Return what ``remove`` would remove: all but the lock file and unpacked programs.

        Raises:
            EmbeddedError: It belongs to another user.
        """
        with self._explained():
            if not self.home.exists():
                return []
            self._check_owner()
            parts = (self.data, self.socket, self.log, *self._leftovers())
            return [path for path in parts if path.exists()]

    def size(self) -> int:
        """Return the bytes in the data folder; 0 where there is none."""
        return _size(self.data)

    def program(self, name: str) -> str | None:
        """Return the path of one of the programs that come with the server, where it is there.

        Raises:
            EmbeddedError: There are no server programs for this cluster.
        """
        with self._explained():
            found = binaries.find(self.home, self._account(), self._major()).program(name)
            return found if os.access(found, os.X_OK) else None

    def status(self) -> Status:
        """Look at the cluster, without starting anything.

        Raises:
            EmbeddedError: It belongs to another user.
        """
        with self._explained():
            running, version, uptime = False, self._major(), None
            if self._accepts():
                with self.connect() as connection:
                    row = connection.execute(
                        "SELECT current_setting('server_version'), pg_postmaster_start_time()"
                    ).fetchone()
                assert row is not None
                running, version, uptime = True, row[0], datetime.now(UTC) - row[1]
            return Status(
                running=running,
                version=None if version is None else str(version),
                pid=self._postmaster(),
                data=self.data,
                socket=self.socket,
                size=self.size(),
                uptime=uptime,
            )

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect as the superuser, in autocommit mode."""
        return psycopg.connect(
            host=str(self.socket),
            port=self.port,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            # Whatever PGOPTIONS sets is meant for others.
            options="",
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"{error.filename or self.home}: {error.strerror}"
            if error.errno == errno.ENOSPC:
                raise self._disk_full() from error
            if isinstance(error, PermissionError) or error.errno == errno.EROFS:
                raise EmbeddedError(
                    104,
                    f"The user {name_of(os.geteuid())} may not use the project's own PostgreSQL "
                    f"({what}). Run as the user the folder belongs to, or give it to this one.",
                ) from error
            raise EmbeddedError(
                115,
                f"The project's own PostgreSQL cannot be used ({what}). Remove the cause and "
                "run the command again.",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._explained(), ExitStack() as stack:
            self._own_home()
            lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            stack.callback(os.close, lock)
            deadline = time.monotonic() + START_SECONDS + STOP_SECONDS
            # Not a lock that blocks: whoever has it may have been suspended by its terminal.
            while not _take(lock):
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        108,
                        f"Another command has been starting or stopping the server in {self.home} "
                        f"for {START_SECONDS + STOP_SECONDS} seconds. Look whether one is "
                        "suspended (`jobs`), end it and run this one again.",
                    )
                time.sleep(POLL_SECONDS)
            yield

    def _own_home(self) -> None:
        longest = len(os.fsencode(self.socket / f".s.PGSQL.{self.port}"))
        if longest > SOCKET_PATH_BYTES:
            raise EmbeddedError(
                103,
                f"The path of the server's socket, {self.socket}, is {longest} bytes long with "
                f"the socket's name, and the system allows {SOCKET_PATH_BYTES}. Move the project "
                f"to a folder whose path is at least {longest - SOCKET_PATH_BYTES} bytes shorter.",
            )
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._check_owner()
        # What is in there is closed to others by its own mode; the server's user must get in.
        self.home.chmod(0o711 if Account.of_server().stepped_down else 0o700)

    def _check_owner(self) -> None:
        owner = self.home.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedError(
                104,
                f"{self.home} belongs to the user {name_of(owner)}, so the user "
                f"{name_of(os.geteuid())} may not start or stop its server. Run the command as "
                f"{name_of(owner)}, or set DB_HOST or DATABASE_URL to use another server.",
            )

    def _leftovers(self) -> list[Path]:
        return [*self.home.glob("creating-*"), *self.home.glob("unpacking-*")]

    def _major(self) -> int | None:
        if not self.data.exists():
            return None
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError):
            raise EmbeddedError(
                114,
                f"{self.data} is not a PostgreSQL data folder, or a damaged one. Move it away to "
                "keep what is in it, or remove it with `manage.py db reset`.",
            ) from None

    def _postmaster(self) -> int | None:
        pid = self._noted_pid()
        return pid if pid and process.works_in(pid, self.data, self._account()) else None

    def _account(self) -> Account:
        """Return whom the server runs as: of data that is there already, the owner."""
        account = Account.of_server()
        if account.stepped_down and self.data.exists():
            owner = self.data.stat()
            return Account(name_of(owner.st_uid), owner.st_uid, owner.st_gid)
        return account

    def _noted_pid(self) -> int | None:
        try:
            first = (self.data / "postmaster.pid").read_text().partition("\n")[0]
        except FileNotFoundError:
            return None
        # An empty file is one a crash of the machine left behind; PostgreSQL says what to do.
        return int(first) if first.isdigit() else None

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(os.fsencode(self.socket / f".s.PGSQL.{self.port}"))
            except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
                return False
        return True

    def _accepts(self) -> bool:
        if not self._listens():
            return False
        try:
            self.connect().close()
        except psycopg.OperationalError as error:
            # "… is starting up", "… is shutting down", "… is in recovery mode" and their like.
            # PostgreSQL's code for it, 57P03, is not handed on by libpq.
            passes = "the database system is" in str(error) or not self._listens()
            if passes or isinstance(error, psycopg.errors.ConnectionTimeout):
                return False
            reason = str(error).splitlines()[0].rstrip(".")
            raise EmbeddedError(
                116,
                f"The project's own PostgreSQL runs and lets nobody in: {reason}. Undo what was "
                f"changed in {self.data}, or throw the data away with `manage.py db reset`.",
            ) from error
        return True

    def _start(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        started = False
        while not self._accepts():
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    108,
                    f"The server in {self.data} has not accepted a connection for "
                    f"{START_SECONDS} seconds. See {self.log}; it may be recovering from a crash.",
                )
            if self._postmaster() is None:
                started = self._launch() or started
            time.sleep(POLL_SECONDS)
        return started

    def _launch(self) -> bool:
        """Run the server; return False where it should be tried again."""
        account = self._account()
        for path in self._leftovers():
            # A killed command's initdb may still be writing there, and ends when it cannot.
            shutil.rmtree(path, ignore_errors=True)
        major = self._major()
        programs = binaries.find(self.home, account, major)
        if major is None:
            self._create(account, programs)
        self._release_pid(account)
        # It may hold the lock file of a server that was killed. The other one, postmaster.pid, is
        # the one that counts: this folder belongs to this data folder alone.
        if self.socket.exists():
            shutil.rmtree(self.socket)
        self.socket.mkdir()
        account.own(self.socket)
        mode = os.O_TRUNC if self.log.exists() and self.log.stat().st_size > LOG_BYTES else 0
        log = os.open(
            self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | mode, 0o600
        )
        with open(log, "a", encoding="utf-8") as output, ExitStack() as stack:
            before = output.tell()
            data, descriptors = self._reach(stack, account, self.data)
            directory, more = self._reach(stack, account, self.socket)
            ended = account.run(
                [
                    *(programs.program("pg_ctl"), "start", "--silent", "--wait"),
                    *("--timeout", str(START_SECONDS), "--pgdata", data),
                    *("--options", shlex.join(self._options(directory))),
                ],
                stdout=output,
                stderr=output,
                pass_fds=(*descriptors, *more),
            )
        if ended.returncode == 0:
            return True
        self._judge(before)
        return False

    def _options(self, directory: str) -> list[str]:
        settings = {
            "listen_addresses": self.listen_addresses,
            "port": str(self.port),
            "unix_socket_directories": directory,
            "unix_socket_permissions": "0700",
            **({} if self.durable else dict.fromkeys(("fsync", "full_page_writes"), "off")),
            **LOGGING,
            **self.settings,
        }
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _judge(self, before: int) -> None:
        """Say why the server did not start, unless that passes by itself."""
        with self.log.open("rb") as log:
            log.seek(before)
            said = log.read().decode(errors="replace")
        if "No space left on device" in said:
            raise self._disk_full()
        lines = [line for line in said.splitlines() if line.strip()]
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        reason = (fatal or lines or ["it said nothing"])[-1]
        # The processes of a server that was killed end within moments; and a command that was
        # killed while it started the server may have got it started after all.
        if "pre-existing shared memory block" in reason or self._postmaster() is not None:
            return
        reason = reason.partition("FATAL:")[2].strip() or reason
        raise EmbeddedError(
            106,
            f"The project's own PostgreSQL did not start: {reason.rstrip('.')}. "
            f"Its log is {self.log}.",
        )

    def _disk_full(self) -> EmbeddedError:
        return EmbeddedError(
            105,
            f"The disk that holds {self.home} is full, so the project's own PostgreSQL cannot "
            "run; what was committed is safe. Free some space and run the command again.",
        )

    def _create(self, account: Account, programs: binaries.Binaries) -> None:
        """Create the cluster under another name, so that ``data`` is there whole or not at all."""
        folder = self.home / f"creating-{secrets.token_hex(4)}"
        folder.mkdir()
        account.own(folder)
        with ExitStack() as stack:
            path, descriptors = self._reach(stack, account, folder)
            ended = account.run(
                [
                    *(programs.program("initdb"), "--pgdata", path, "--username", SUPERUSER),
                    # The socket's folder lets in only the owner, and root.
                    *("--auth-local", "trust", "--auth-host", "scram-sha-256"),
                    *("--encoding", "UTF8", "--data-checksums", *_locale(programs.major)),
                    *(() if self.durable else ("--no-sync",)),
                ],
                capture_output=True,
                pass_fds=descriptors,
            )
        if ended.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            if "No space left on device" in ended.stdout + ended.stderr:
                raise self._disk_full()
            reason = " ".join((ended.stderr.strip() or ended.stdout.strip()).split())
            raise EmbeddedError(
                107,
                f"The project's own PostgreSQL could not be created in {self.home}: {reason} "
                "Remove the cause and run the command again.",
            )
        folder.rename(self.data)
        if self.durable:
            _sync(self.home)

    def _reach(
        self, stack: ExitStack, account: Account, folder: Path
    ) -> tuple[str, tuple[int, ...]]:
        """Return a path by which the server's user reaches ``folder``, and open descriptors.

        Root's own folders are often closed to others (/root is), and their mode is not ours to
        change. A descriptor that is passed on opens ``folder`` whatever lies above it.
        https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
        """
        if account.can_enter(self.home):
            return str(folder), ()
        if not process.PROC.exists():
            raise EmbeddedError(
                113,
                f"Root runs the server as the user {account.name}, who may not enter a folder "
                f"above {self.home}. Move the project to where everyone may enter.",
            )
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        stack.callback(os.close, descriptor)
        return f"/proc/self/fd/{descriptor}", (descriptor,)

    def _release_pid(self, account: Account) -> None:
        """Free the lock file of a server that died and whose number another process has now.

        PostgreSQL would take that process for a server. The file is not removed: its other lines
        tell PostgreSQL whether processes of the dead server still use its shared memory.
        The number put there is that of this process, which PostgreSQL knows for the one that
        starts it (PG_GRANDPARENT_PID, set by pg_ctl), and so cannot be another server's.
        """
        pid = self._noted_pid()
        if not pid or not process.exists(pid) or process.works_in(pid, self.data, account):
            return
        lock = os.open(self.data / "postmaster.pid", os.O_RDWR | os.O_NOFOLLOW)
        with open(lock, "r+", encoding="utf-8") as file:
            rest = file.read().partition("\n")[2]
            file.seek(0)
            file.write(f"{os.getpid()}\n{rest}")
            file.truncate()

    def _stop(self) -> bool:
        pid = self._postmaster()
        if pid is None:
            return False
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._postmaster() == pid:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    109,
                    f"The server (process {pid}) is still shutting down after {STOP_SECONDS} "
                    f"seconds. Wait and look with `manage.py db status`; see {self.log}.",
                )
            time.sleep(POLL_SECONDS)
        return True


def _size(folder: Path) -> int:
    """Return the bytes that the files below ``folder`` take; 0 where there is none."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                # A running server removes files all the time.
                continue
    return total


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locale(major: int) -> list[str]:
    # One that knows the letters of every language (icontains needs that) and sorts the same on
    # every machine and after every upgrade of it: an index on text never silently goes wrong.
    name = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    if major < 17:
        return ["--locale", name]
    return ["--locale", name, "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]


def _create(connection: psycopg.Connection[Any], user: str, database: str) -> bool:
    created = False
    role = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [user])
    if role.fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(user)))
        created = True
    present = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database])
    if present.fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(database), sql.Identifier(user)
            )
        )
        created = True
    return created


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
