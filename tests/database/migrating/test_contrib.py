"""Django's own apps, and a history of a project beside them, migrated by Django and by ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database.schema import bookkeeping
from tests.benchmarks.migrated import Project, write_history, write_project
from tests.cluster import Server
from tests.database.schema.contract.dump import pg_dump
from tests.database.shop import new_name

CONTRIB = (
    "django.contrib.admin",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.redirects",
)
OURS_ALONE = {bookkeeping.LEDGER}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = (
    "SELECT sequencename, last_value FROM pg_sequences WHERE sequencename NOT LIKE %s ORDER BY 1"
)


@pytest.fixture
def project(cluster: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with all of Django's apps that have tables, and a history of its own."""
    monkeypatch.setenv("MORE_APPS", " ".join(CONTRIB))
    project = write_project(tmp_path, new_name("contrib"), "")
    write_history(project, 40, 6)
    yield project
    cluster.drop(project.database)


def everything(server: Server, name: str) -> dict[str, Any]:
    """Return the schema of a database, all rows, and where its sequences are."""
    parts = server.parameters()
    settings = {key: parts.get(key.lower(), "") for key in ("HOST", "PORT", "USER", "PASSWORD")}
    dump = [
        part
        for part in pg_dump({**settings, "NAME": name}).split("\n--\n-- Name: ")
        if not any(table in part for table in OURS_ALONE) and "restrict" not in part
    ]
    with server.connect(name) as connection:
        tables = {table for (table,) in connection.execute(TABLES)} - OURS_ALONE
        rows = {
            table: connection.execute(
                f"SELECT to_jsonb(t) - 'applied' FROM \"{table}\" t ORDER BY 1".encode()
            ).fetchall()
            for table in sorted(tables)
        }
        sequences = connection.execute(SEQUENCES, [f"{bookkeeping.LEDGER}%"]).fetchall()
    return {"dump": dump, "rows": rows, "sequences": sequences}


@pytest.mark.slow
def test_django_and_ours_come_to_the_same_database(cluster: Server, project: Project) -> None:
    found = []
    for ours in (False, True):
        cluster.drop(project.database)
        cluster.create(project.database)
        project.run(cluster, "migrate", "-v0", ours=ours)
        found.append(everything(cluster, project.database))
    theirs, ours_ = found

    assert len(theirs["rows"]["django_migrations"]) > 60
    assert len(theirs["rows"]["auth_permission"]) > 50
    assert any(row["amount"] == 1 for (row,) in theirs["rows"]["benchmark_shop_h5"])
    assert ours_["dump"] == theirs["dump"]
    assert ours_["rows"] == theirs["rows"]
    assert ours_["sequences"] == theirs["sequences"]
