"""drizzle-kit beside ours, on the same shapes, the same server and in one run."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import Server

from .process import Cost, measure, median, table
from .project import Project, provide
from .shapes import APP, write_drizzle

PACKAGES = ("drizzle-orm@^0.45", "drizzle-kit@^0.31", "pg@^8", "typescript@^5")
CONFIG = """\
import {{ defineConfig }} from "drizzle-kit";
export default defineConfig({{
  dialect: "postgresql",
  schema: "./schema.ts",
  out: "./migrations",
  dbCredentials: {{ url: {url} }},
}});
"""


@dataclass(frozen=True)
class Drizzle:
    """A folder with drizzle-kit in it, whose configuration leads to one database."""

    server: Server
    database: str
    folder: Path
    env: dict[str, str]

    def kit(self, *arguments: str) -> Cost:
        """Run drizzle-kit once."""
        program = self.folder / "node_modules" / ".bin" / "drizzle-kit"
        cost = measure([str(program), *arguments], self.env, self.folder)
        # It ends with 0 also where it has failed.
        if "rror:" in cost.output:
            raise RuntimeError(f"drizzle-kit {' '.join(arguments)}:\n{cost.output}")
        return cost

    def empty(self) -> None:
        """Make the database anew."""
        self.server.drop(self.database)
        self.server.create(self.database)


@contextmanager
def install(server: Server) -> Iterator[Drizzle]:
    """Install drizzle-kit from npm into a temporary folder, which is gone afterwards.

    Raises:
        RuntimeError: There is no npm.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("there is no npm on this machine, which drizzle-kit comes from")
    folder = Path(tempfile.mkdtemp(prefix="prodobit-drizzle-"))
    drizzle = Drizzle(server, "benchmark_drizzle", folder, dict(os.environ))
    try:
        (folder / "package.json").write_text(json.dumps({"name": "benchmark", "private": True}))
        measure(
            [npm, "install", "--silent", "--no-audit", "--no-fund", *PACKAGES], os.environ, folder
        )
        url = json.dumps(server.url(drizzle.database, tcp=True))
        (folder / "drizzle.config.ts").write_text(CONFIG.format(url=url))
        yield drizzle
    finally:
        server.drop(drizzle.database)
        shutil.rmtree(folder)


def run(server: Server, counts: Sequence[int], runs: int) -> str:
    """Measure both on all sizes, and return the report."""
    reports = []
    with install(server) as drizzle:
        for count in counts:
            write_drizzle(drizzle.folder / "schema.ts", count)
            with provide(server, count) as project:
                reports.append(_compare(drizzle, project, count, runs))
        version = json.loads(
            (drizzle.folder / "node_modules" / "drizzle-kit" / "package.json").read_text()
        )["version"]
    heading = f"drizzle-kit {version}; seconds, medians of {runs} runs of whole processes."
    return "\n\n".join([heading, *reports])


def _compare(drizzle: Drizzle, project: Project, count: int, runs: int) -> str:
    ours = [_ours(project) for _ in range(runs)]
    theirs = [_theirs(drizzle) for _ in range(runs)]
    rows = [(f"{count:,} tables", "ours", "drizzle-kit", "theirs / ours")]
    for number, label in enumerate(
        (
            "push, everything to do",
            "push, nothing to do",
            "makemigrations / generate, from nothing",
            "makemigrations / generate, nothing to do",
            "migrate, everything to do",
            "migrate, nothing to do",
        )
    ):
        our, their = median([run[number] for run in ours]), median([run[number] for run in theirs])
        rows.append((label, f"{our:.2f}", f"{their:.2f}", f"{their / our:.1f}x"))
    return table(rows)


def _ours(project: Project) -> list[Cost]:
    migrations = project.folder / APP / "migrations"
    project.empty()
    costs = [project.manage("push", APP), project.manage("push", APP)]
    migrations.mkdir()
    (migrations / "__init__.py").write_text("")
    try:
        costs += [project.manage("makemigrations", APP), project.manage("makemigrations", APP)]
        project.server.drop(project.database)
        project.server.create(project.database)
        costs += [project.manage("migrate", APP), project.manage("migrate", APP)]
    finally:
        shutil.rmtree(migrations)
    return costs


def _theirs(drizzle: Drizzle) -> list[Cost]:
    migrations = drizzle.folder / "migrations"
    drizzle.empty()
    costs = [drizzle.kit("push", "--force"), drizzle.kit("push", "--force")]
    try:
        costs += [drizzle.kit("generate"), drizzle.kit("generate")]
        drizzle.empty()
        costs += [drizzle.kit("migrate"), drizzle.kit("migrate")]
    finally:
        shutil.rmtree(migrations, ignore_errors=True)
    return costs
