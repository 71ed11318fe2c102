"""Servers for tests that need one to fail: a PostgreSQL of their own, and two that go silent."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg

PASSWORD = "correct-horse-battery"


def binary(name: str) -> str:
    """Path of a program of PostgreSQL."""
    found = shutil.which(name) or max(
        map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None
    )
    assert found, f"{name} is not installed"
    return found


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class PrivateServer:
    """A PostgreSQL server that one test module may stop, freeze and start again.

    Its user is ``prober``, with :data:`PASSWORD`; the database is ``postgres``.
    """

    def __init__(self) -> None:
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="prodobit-test-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD)
        if self.user:
            account = pwd.getpwnam(self.user)
            for path in (self.folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        arguments = ["--username=prober", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        subprocess.run(
            [binary("initdb"), *arguments, "--no-sync", "-D", str(self.folder / "data")],
            user=self.user,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings for it."""
        return {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "USER": "prober",
            "PASSWORD": PASSWORD,
            "NAME": "postgres",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The project's variables for it."""
        return {f"DB_{name}": value for name, value in self.settings.items()}

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="prober",
            password=PASSWORD,
            dbname="postgres",
            autocommit=True,
            application_name="the test",
        )

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        options = ["log_connections=on", "fsync=off", "listen_addresses=127.0.0.1"]
        options += ["log_line_prefix=%a "]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [binary("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
                + ["-k", str(self.folder)]
                + [word for option in options for word in ("-c", option)],
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        waited = [binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(waited, check=False).returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()

    def stop(self) -> None:
        """Stop it as `pg_ctl stop -m fast` does."""
        assert self.process
        self.thaw()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def freeze(self) -> None:
        """Let it accept connections (the kernel does) and never answer."""
        assert self.process
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGCONT)

    def connections_made(self) -> int:
        """Count the connections so far, apart from those of :meth:`connect`."""
        log = (self.folder / "log").read_text()
        return sum(
            "connection authorized" in line and "application_name=the test" not in line
            for line in log.splitlines()
        )

    def remove(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)


@dataclass
class SilentServer:
    """Accepts every connection and never says a word."""

    socket: socket.socket = field(
        default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=128)
    )

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def connections_made(self) -> int:
        """Count the connections since this was asked last."""
        self.socket.setblocking(False)
        count = 0
        with suppress(BlockingIOError):
            while True:
                self.socket.accept()[0].close()
                count += 1
        return count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


class SwallowingProxy:
    """Passes everything on until the first query, and from then on nothing."""

    def __init__(self, target: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.target = target
        self.open: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self.open += [client, server]
                for source, sink in ((client, server), (server, client)):
                    thread = threading.Thread(target=self._pass_on, args=(source, sink, client))
                    self.threads.append(thread)
                    thread.start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source is client and data.startswith(b"Q"):
                    return
                sink.sendall(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.threads[0].join()
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for connection in self.open:
            connection.close()
