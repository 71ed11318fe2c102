"""migrate and makemigrations: ours, Django's, psql and a command that does nothing."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import Server

from .migrated import Project, chain, star, write_history, write_project
from .process import Cost, measure, median, table
from .project import program

HEADING = ("case", "command", "trivial s", "psql s", "ours s", "Django s", "ours MB", "Django MB")


def run(server: Server, counts: Sequence[int], runs: int, *, slow_up_to: int = 100) -> str:
    """Measure, and return a table of medians.

    Args:
        server: The server.
        counts: The numbers of tables.
        runs: How often each command is run.
        slow_up_to: The largest number of tables for which Django writes and runs migrations itself.
    """
    rows: list[Sequence[str]] = [HEADING]
    for shape in (chain, star):
        for count in counts:
            name = f"{shape.__name__} of {count}"
            with _provide(server, shape(count)) as project:
                rows += _measure_models(server, project, name, runs, count <= slow_up_to)
    with _provide(server, "") as project:
        write_history(project, 300, 60)
        rows.append(_fresh(server, project, "300 migrations of 60", runs, True))
    return table(rows)


@contextmanager
def _provide(server: Server, models: str) -> Iterator[Project]:
    folder = Path(tempfile.mkdtemp(prefix="prodobit-benchmark-"))
    try:
        yield write_project(folder, "benchmark_migrations", {"bulk": models})
    finally:
        server.drop("benchmark_migrations")
        shutil.rmtree(folder)


def _empty(server: Server, project: Project) -> None:
    server.drop(project.database)
    server.create(project.database)


def _measure_models(
    server: Server, project: Project, name: str, runs: int, django_too: bool
) -> list[Sequence[str]]:
    written = project.directory / "bulk" / "migrations"

    def unwrite() -> None:
        for each in written.glob("0*.py"):
            each.unlink()

    def nothing() -> None:
        pass

    _empty(server, project)
    rows = [
        _row(server, project, name, "makemigrations, all", runs, unwrite, django_too,
             ("makemigrations", "-v0")),
    ]  # fmt: skip
    rows.append(_fresh(server, project, name, runs, django_too))
    rows.append(
        _row(server, project, name, "migrate, nothing", runs, nothing, True, ("migrate", "-v0"))
    )
    rows.append(
        _row(server, project, name, "makemigrations, nothing", runs, nothing, True,
             ("makemigrations", "-v0"))
    )  # fmt: skip
    models = project.directory / "bulk" / "models.py"
    source = models.read_text()
    models.write_text(re.sub("max_length=100", "max_length=101", source, count=1))

    def unwrite_second() -> None:
        for each in written.glob("0002*.py"):
            each.unlink()

    rows.append(
        _row(server, project, name, "makemigrations, a field", runs, unwrite_second, True,
             ("makemigrations", "-v0"))
    )  # fmt: skip
    return rows


def _fresh(
    server: Server, project: Project, name: str, runs: int, django_too: bool
) -> Sequence[str]:
    def empty() -> None:
        _empty(server, project)

    script = project.directory / "all.sql"
    _empty(server, project)
    script.write_text(project.statements(server))
    command = [program(server, "psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
    url = server.url(project.database)
    costs = []
    for _ in range(runs):
        empty()
        environment = project.environment(server, ours=False)
        costs.append(measure([*command, "-d", url, "-f", str(script)], environment))
    return _row(
        server, project, name, "migrate, all", runs, empty, django_too, ("migrate", "-v0"), costs
    )


def _row(
    server: Server,
    project: Project,
    name: str,
    what: str,
    runs: int,
    before: Callable[[], None],
    django_too: bool,
    command: tuple[str, ...],
    psql: Sequence[Cost] = (),
) -> Sequence[str]:
    trivial, ours, theirs = [], [], []
    for _ in range(runs):
        trivial.append(project.run(server, "trivial"))
        if django_too:
            before()
            theirs.append(project.run(server, *command, ours=False))
        before()
        ours.append(project.run(server, *command))
    return (
        name, what, _seconds(trivial), _seconds(psql), _seconds(ours), _seconds(theirs),
        _megabytes(ours), _megabytes(theirs),
    )  # fmt: skip


def _seconds(costs: Sequence[Cost]) -> str:
    return f"{median(costs):.2f}" if costs else "-"


def _megabytes(costs: Sequence[Cost]) -> str:
    return f"{max(cost.megabytes for cost in costs):.0f}" if costs else "-"
