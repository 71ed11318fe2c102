"""migrate and makemigrations: ours, Django's, psql and ``check``, which only starts and looks."""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import Server

from .migrated import Project, write_history, write_project
from .process import Cost, measure, median, table
from .project import program
from .shapes import APP, chain, models_source, star

HEADING = (
    *("case", "command", "check s", "psql s", "ours s", "Django s", "ours to compare", "limit"),
    *("check CPU", "ours CPU", "Django CPU", "ours MB", "Django MB"),
)
FRESH_LIMIT, HISTORY_LIMIT = 1.5, 2.0
"""Of the time that psql needs, beyond the start."""
DATABASE = "benchmark_migrations"
MIGRATE, MAKEMIGRATIONS = ("migrate", "-v0"), ("makemigrations", "-v0")


@dataclass
class _Measured:
    """What one command cost, by who ran it."""

    case: str
    command: str
    limit: float | None
    check: list[Cost] = field(default_factory=list)
    psql: list[Cost] = field(default_factory=list)
    ours: list[Cost] = field(default_factory=list)
    theirs: list[Cost] = field(default_factory=list)

    def row(self) -> Sequence[str]:
        """Return medians; memory is the largest."""
        check, ours = median(self.check), median(self.ours)
        found, figure = ours / check, "{:.2f} x check"
        if self.psql:
            found, figure = (ours - check) / median(self.psql), "check + {:.2f} x psql"
        verdict = "-"
        if self.limit is not None:
            verdict = f"{self.limit:g}, {'kept' if found <= self.limit else 'MISSED'}"
        seconds = (self.check, self.psql, self.ours, self.theirs)
        return (
            *(self.case, self.command, *map(_seconds, seconds), figure.format(found), verdict),
            *map(_processor, (self.check, self.ours, self.theirs)),
            *map(_megabytes, (self.ours, self.theirs)),
        )


def run(
    server: Server,
    counts: Sequence[int],
    runs: int,
    *,
    stock_up_to: int = 100,
    schema: Path | None = None,
) -> str:
    """Measure, and return a table of medians.

    Args:
        server: The server.
        counts: The numbers of tables.
        runs: How often each command is run.
        stock_up_to: The largest number of tables for which Django writes and runs migrations too.
        schema: A file of SQL that makes a schema, which is pulled, or None.
    """
    rows: list[Sequence[str]] = [HEADING]
    for shape in (chain, star):
        for count in counts:
            name = f"{shape.__name__} of {count}"
            with _provide(server, models_source(count, shape)) as bench:
                rows += bench.of_models(name, runs, count <= stock_up_to)
    if schema is not None:
        with _provide(server, "") as bench:
            bench.pull(schema)
            rows += bench.of_models(schema.stem, runs, True)
    with _provide(server, "") as bench:
        write_history(bench.project, 300, 60)
        name = "300 migrations of 60"
        rows.append(bench.fresh(name, runs, stock_up_to >= 60, limit=HISTORY_LIMIT, one=False))
    return table(rows)


@contextmanager
def _provide(server: Server, models: str) -> Iterator[_Bench]:
    folder = Path(tempfile.mkdtemp(prefix="prodobit-benchmark-"))
    try:
        yield _Bench(server, write_project(folder, DATABASE, models))
    finally:
        server.drop(DATABASE)
        shutil.rmtree(folder)


@dataclass
class _Bench:
    """A project, and the server it is measured on."""

    server: Server
    project: Project

    def empty(self) -> None:
        """Make the database anew."""
        self.server.drop(DATABASE)
        self.server.create(DATABASE)

    def unwrite(self, pattern: str = "0*.py") -> None:
        """Remove migrations."""
        for each in (self.project.directory / APP / "migrations").glob(pattern):
            each.unlink()

    def pull(self, schema: Path) -> None:
        """Write the models of a schema."""
        self.empty()
        self.psql(schema)
        folder = str(self.project.directory)
        self.project.run(self.server, "pull", "--app", APP, "--out", folder, "--force")

    def psql(self, script: Path) -> Cost:
        """Run a script with psql."""
        command = [program(self.server, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        environment = self.project.environment(self.server, ours=False)
        url = self.server.url(DATABASE)
        return measure([*command, "-d", url, "-f", str(script)], environment)

    def of_models(self, case: str, runs: int, django_too: bool) -> list[Sequence[str]]:
        """Measure everything that is done with models."""
        self.empty()
        self.unwrite()
        rows = [
            self.row(
                *(case, "makemigrations, all", runs, self.unwrite, django_too, MAKEMIGRATIONS),
                limit=3,
            ),
            self.fresh(case, runs, django_too, limit=FRESH_LIMIT, one=True),
            self.row(case, "migrate, nothing", runs, _nothing, True, MIGRATE, limit=1.3),
            self.row(
                *(case, "makemigrations, nothing", runs, _nothing, True, MAKEMIGRATIONS), limit=1.5
            ),
        ]
        self.change_a_field()
        rows.append(
            self.row(
                case,
                "makemigrations, a field",
                runs,
                lambda: self.unwrite("000[2-9]*.py"),
                True,
                MAKEMIGRATIONS,
                limit=1.5,
            )
        )
        self.unwrite("000[2-9]*.py")
        for name, module in (("manage.py test", "django"), ("pytest", "pytest")):
            arguments = ("test", APP) if module == "django" else _PYTEST
            rows.append(self.row(case, name, runs, _nothing, django_too, arguments, module=module))
        return rows

    def change_a_field(self) -> None:
        """Make the first text in the models longer by one character."""
        for models in sorted((self.project.directory / APP).rglob("*.py")):
            source = models.read_text()
            changed = re.sub(
                r"(?<=max_length=)\d+", lambda found: str(int(found[0]) + 1), source, count=1
            )
            if changed != source and "migrations" not in models.parts:
                models.write_text(changed)
                return
        raise RuntimeError("no model has a text of limited length")

    def fresh(
        self, case: str, runs: int, django_too: bool, *, limit: float, one: bool
    ) -> Sequence[str]:
        """Measure what migrates an empty database, beside psql with the same SQL.

        Args:
            case: What is migrated.
            runs: How often each command is run.
            django_too: Whether Django's command is run as well.
            limit: How much longer than psql it may take, beyond the start.
            one: Whether psql runs all of it in one transaction, as with ``-1``; otherwise each
                migration in one, as they are run.
        """
        script = self.project.directory / "all.sql"
        self.empty()
        lines = self.project.statements(self.server).splitlines()
        if one:
            lines = ["BEGIN;", *(x for x in lines if x not in ("BEGIN;", "COMMIT;")), "COMMIT;"]
        script.write_text("\n".join(lines) + "\n")
        return self.row(
            *(case, "migrate, all", runs, self.empty, django_too, MIGRATE),
            limit=limit,
            script=script,
        )

    def row(
        self,
        case: str,
        name: str,
        runs: int,
        before: Callable[[], None],
        django_too: bool,
        arguments: Sequence[str],
        *,
        limit: float | None = None,
        script: Path | None = None,
        module: str = "django",
    ) -> Sequence[str]:
        """Measure one command."""
        measured = _Measured(case, name, limit)
        for _ in range(runs):
            measured.check.append(self.project.run(self.server, "check"))
            if script is not None:
                before()
                measured.psql.append(self.psql(script))
            if django_too:
                before()
                measured.theirs.append(
                    self.project.run(self.server, *arguments, ours=False, module=module)
                )
            before()
            measured.ours.append(self.project.run(self.server, *arguments, module=module))
        found = measured.row()
        print(" | ".join(found), file=sys.stderr, flush=True)  # It takes long.
        return found


_PYTEST = ("-q", "-p", "no:cacheprovider", "-c", "pytest.ini", f"{APP}/tests.py")


def _nothing() -> None:
    pass


def _seconds(costs: Sequence[Cost]) -> str:
    return f"{median(costs):.2f}" if costs else "-"


def _processor(costs: Sequence[Cost]) -> str:
    # Where other work runs beside it, this says more than the clock.
    return f"{statistics.median(cost.cpu for cost in costs):.2f}" if costs else "-"


def _megabytes(costs: Sequence[Cost]) -> str:
    return f"{max(cost.megabytes for cost in costs):.0f}" if costs else "-"
