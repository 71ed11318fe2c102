"""A real PgBouncer in front of the suite's server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from tests.cluster import Server, lacking, wait_until
from tests.database.servers import free_port

CONFIGURATION = """\
[databases]
* = host={host} port={port} user=postgres password={password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
query_wait_timeout = 10
server_round_robin = {round_robin}
"""


class PgBouncer:
    """A pooler that runs within the ``with`` block.

    Args:
        server: What it leads to.
        mode: Its pool_mode.
        size: Server sessions for each database.
        round_robin: Whether it uses them in turn.
    """

    def __init__(
        self, server: Server, mode: str, *, size: int = 20, round_robin: bool = False
    ) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="prodobit-"))
        target = server.parameters(tcp=True)
        (self.folder / "pgbouncer.ini").write_text(
            CONFIGURATION.format(
                host=target["host"],
                port=target["port"],
                password=target.get("password", ""),
                listen_port=self.port,
                mode=mode,
                size=size,
                round_robin=int(round_robin),
            )
        )

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database through it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str) -> psycopg.Connection:
        """Connect through it, in autocommit mode."""
        return psycopg.connect(self.url(database), autocommit=True, prepare_threshold=None)

    def __enter__(self) -> Self:
        program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            lacking("PgBouncer is not installed")
        command = [program, "-q", str(self.folder / "pgbouncer.ini")]
        if os.geteuid() == 0:
            # It refuses to run as root.
            command[1:1] = ["-u", "postgres"]
            for path in (self.folder, self.folder / "pgbouncer.ini"):
                shutil.chown(path, "postgres")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers)
        return self

    def _answers(self) -> bool:
        assert self.process.poll() is None
        with suppress(psycopg.OperationalError):
            self.connect("postgres").close()
            return True
        return False

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)
