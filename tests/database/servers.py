"""Servers for tests that need one to fail: a PostgreSQL of their own, and two that go silent."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg

from prodobit.embedded.cluster import Cluster
from tests import cluster as clusters

PASSWORD = "correct-horse-battery"


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class PrivateServer:
    """A PostgreSQL server that one test module may stop, freeze and start again.

    Its user by TCP is ``postgres``, with :data:`PASSWORD`; the database is ``postgres``.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="prodobit-", dir="/tmp"))
        clusters.watch(self.folder)
        self.cluster = Cluster(
            self.folder,
            port=self.port,
            listen_addresses="127.0.0.1",
            durable=False,
            settings={"log_connections": "on", "log_line_prefix": "%a "},
        )
        self.pid = 0
        self.start()
        with self.cluster.connect() as admin:
            admin.execute(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'")

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings for it."""
        return {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "USER": "postgres",
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
            user="postgres",
            password=PASSWORD,
            dbname="postgres",
            autocommit=True,
            application_name="the test",
        )

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self.cluster.start()
        self.pid = self.cluster.status().pid or 0

    def stop(self) -> None:
        """Disconnect everyone and stop it."""
        self.cluster.stop()

    def freeze(self) -> None:
        """Let it accept connections (the kernel does) and never answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def connections_made(self) -> int:
        """Count the connections so far by TCP, apart from those of :meth:`connect`."""
        return sum(
            "connection authorized" in line and "application_name=the test" not in line
            for line in self.cluster.log.read_text().splitlines()
        )

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        with suppress(ProcessLookupError):
            self.thaw()
        self.cluster.remove()
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
