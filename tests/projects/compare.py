"""Migrate one project by Django and by ours, and compare what came of it."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.cluster import Server

from . import install
from .content import RANDOM, everything
from .project import END, START, Project

MOST_LINES = 40
"""Of one difference; the rest is counted."""


class MigrateError(Exception):
    """A project could not be migrated; has the end of what it wrote."""


@dataclass(frozen=True)
class Cost:
    """What a migration from empty cost, the start of the process included.

    Attributes:
        cpu: Seconds of processor time of the process, without the server's.
        seconds: Wall-clock time.
        megabytes: Its largest resident set.
    """

    cpu: float
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Comparison:
    """What came of one project.

    Attributes:
        stock: What Django's own command cost.
        ours: What ours cost.
        migrations: How many were run.
        tables: How many tables there are.
        differences: Each a few lines; none if all is the same.
    """

    stock: Cost
    ours: Cost
    migrations: int
    tables: int
    differences: list[str]


def compare(server: Server, name: str, project: Project) -> Comparison:
    """Install a project, migrate an empty database with both, and compare.

    Raises:
        InstallError: It could not be installed.
        MigrateError: One of the two failed.
    """
    python = install.provide(name, project)
    costs, found = {}, {}
    for kind in ("stock", "ours"):
        database = f"projects_{name}"
        server.drop(database)
        server.create(database)
        try:
            described = _migrate(server, name, database, python, project, kind)
            costs[kind] = Cost(**described["cost"])
            found[kind] = everything(server, database, {**RANDOM, **project.random})
            found[kind] |= {"models": described["models"], "migrations": described["migrations"]}
        finally:
            server.drop(database)
    rows = found["stock"]["rows"]
    return Comparison(
        costs["stock"],
        costs["ours"],
        migrations=found["stock"]["migrations"],
        tables=len(rows),
        differences=[*differences(found["stock"], found["ours"]), *_unknown(project, rows)],
    )


def _unknown(project: Project, rows: dict[str, Any]) -> list[str]:
    known = {f"{table}.{name}" for table, each in rows.items() for row in each[:1] for name in row}
    return [
        f"{column} is said to be random, and there is no such column or no row"
        for column in sorted(project.random)
        if column not in known
    ]


def differences(stock: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """Yield what differs between two databases and the models of their final states."""
    for what in ("history", "dump", "sequences"):
        yield from _difference(what, stock[what], ours[what])
    for what in ("rows", "models"):
        for name in sorted({*stock[what], *ours[what]}):
            yield from _difference(f"{what} of {name}", stock[what].get(name), ours[what].get(name))


def _difference(what: str, stock: Any, ours: Any) -> Iterator[str]:
    if stock == ours:
        return
    lines = list(
        difflib.unified_diff(_lines(stock), _lines(ours), "Django", "ours", lineterm="", n=0)
    )
    if not lines:
        # Tuples and lists, or the order of keys, which are written alike.
        lines = [f"Django: {stock!r}", f"ours: {ours!r}"]
    more = [f"... and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    yield "\n".join([f"{what}:", *lines[:MOST_LINES], *more])


def _lines(value: Any) -> list[str]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [line for each in value for line in each.splitlines()]
    return json.dumps(value, indent=1, sort_keys=True, default=str).splitlines()


def _migrate(
    server: Server, name: str, database: str, python: Path, project: Project, kind: str
) -> dict[str, Any]:
    with TemporaryDirectory(prefix="prodobit-project-") as temporary:
        folder, result = Path(temporary), Path(temporary) / "result.json"
        address = _address(server, database)
        (folder / "project_settings.py").write_text(START + project.settings + END)
        for file, text in project.files.items():
            (folder / file).write_text(text)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), str(install.ROOT)]),
            "PYTHONWARNINGS": "ignore",
            # The order of sets is part of what some projects write.
            "PYTHONHASHSEED": "0",
            "DJANGO_SETTINGS_MODULE": project.module,
            "PROJECT_DATABASE": json.dumps(address),
        }
        environment |= {
            key: value.format(folder=folder, **address)
            for key, value in project.environment.items()
        }
        done = subprocess.run(
            [str(python), "-m", "tests.projects.inside", kind, str(result)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-25:])
            raise MigrateError(f"{name}, {kind}: migrate ended with {done.returncode}:\n{tail}")
        loaded: dict[str, Any] = json.loads(result.read_text())
        return loaded


def _address(server: Server, database: str) -> dict[str, str]:
    parts = server.parameters()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        **{key: parts.get(key.lower(), "") for key in ("HOST", "PORT", "USER", "PASSWORD")},
    }
