"""A database and an app of N tables, and the commands that are run on them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prodobit.embedded.cluster import Cluster
from tests.cluster import Server, environment

from .process import ROOT, Cost, measure
from .shapes import models_source, write_app


@dataclass(frozen=True)
class Project:
    """The project with a generated app, on a database of its own.

    Attributes:
        server: The server.
        database: The name of the database.
        folder: Where the generated app is.
        env: The variables its commands run with.
    """

    server: Server
    database: str
    folder: Path
    env: dict[str, str]

    def manage(self, *arguments: str) -> Cost:
        """Run ``manage.py`` once."""
        return measure([sys.executable, str(ROOT / "manage.py"), *arguments], self.env)

    def empty(self) -> None:
        """Make the database anew, with the tables of all other apps in it."""
        self.server.drop(self.database)
        self.server.create(self.database)
        self.manage("migrate", "--verbosity=0")

    def psql(self, script: Path) -> Cost:
        """Run a script as ``psql -1`` does: in one transaction."""
        command = [program(self.server, "psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
        return measure(
            [*command, "-d", self.server.url(self.database), "-f", str(script)], self.env
        )


@contextmanager
def provide(server: Server, count: int) -> Iterator[Project]:
    """Make a project of ``count`` tables; it and its database are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="prodobit-benchmark-"))
    database = f"benchmark_{count}"
    env = environment(
        {
            "DATABASE_URL": server.url(database),
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
            "BENCHMARK_FOLDER": str(folder),
        }
    )
    try:
        write_app(folder, models_source(count))
        yield Project(server, database, folder, env)
    finally:
        server.drop(database)
        shutil.rmtree(folder)


def program(server: Server, name: str) -> str:
    """Return the path of a client program, preferably the server's own.

    Raises:
        RuntimeError: There is none.
    """
    found = Cluster(server.folder).program(name) if server.folder else None
    found = found or shutil.which(name)
    if found is None:
        raise RuntimeError(f"there is no {name} on this machine")
    return found
