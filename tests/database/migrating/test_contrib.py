"""Django's own apps, and a history of a project beside them, migrated by Django and by ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.migrated import Project, write_history, write_project
from tests.cluster import Server
from tests.database.shop import new_name
from tests.projects.content import everything

CONTRIB = (
    "django.contrib.admin",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.redirects",
)


@pytest.fixture
def project(cluster: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with all of Django's apps that have tables, and a history of its own."""
    monkeypatch.setenv("MORE_APPS", " ".join(CONTRIB))
    project = write_project(tmp_path, new_name("contrib"), "")
    write_history(project, 40, 6)
    yield project
    cluster.drop(project.database)


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
    assert any(row["amount"] == 1 for row in theirs["rows"]["benchmark_shop_h5"])
    assert ours_["dump"] == theirs["dump"]
    assert ours_["rows"] == theirs["rows"]
    assert ours_["sequences"] == theirs["sequences"]
    assert ours_["history"] == theirs["history"]
