"""The comparison of projects: what it finds, and what it says where it cannot be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from tests.cluster import Server
from tests.projects import install
from tests.projects.__main__ import main
from tests.projects.catalog import PROJECTS, QUICK
from tests.projects.compare import differences
from tests.projects.content import MASKED, everything
from tests.projects.describe import describe
from tests.projects.project import Project


def state(**options: Any) -> ProjectState:
    found = ProjectState()
    found.add_model(
        ModelState("shop", "Order", [("id", models.AutoField(primary_key=True))], {"ordering": []})
    )
    order = models.ForeignKey("shop.Order", models.CASCADE, **options)
    fields = [("id", models.AutoField(primary_key=True)), ("order", order)]
    found.add_model(ModelState("shop", "Line", fields))
    return found


def found(**parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"history": [], "dump": [], "sequences": [], "rows": {}, "models": {}}
    return empty | parts


def test_the_same_models_are_described_alike() -> None:
    assert describe(state()) == describe(state())


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ({"related_name": "lines"}, "shop.Line"),
        ({"related_name": "lines"}, "shop.Order"),
        ({"related_name": "lines"}, "shop.Line (state)"),
        ({"null": True}, "shop.Line"),
        ({"db_column": "o"}, "shop.Line"),
        ({"default": print}, "shop.Line (state)"),
    ],
)
def test_a_field_that_differs_is_found(options: dict[str, Any], model: str) -> None:
    described, other = describe(state()), describe(state(**options))

    assert described[model] != other[model]
    assert any(
        line.startswith(f"models of {model}:")
        for line in differences(found(models=described), found(models=other))
    )


def test_whatever_differs_is_told() -> None:
    stock = found(rows={"a": [{"x": 1}], "b": []}, history=[("a", "0001"), ("b", "0001")])
    ours = found(rows={"a": [{"x": 2}], "c": []}, history=[("b", "0001"), ("a", "0001")])

    assert [each.partition(":")[0] for each in differences(stock, ours)] == [
        *("history", "rows of a", "rows of b", "rows of c"),
    ]
    assert list(differences(stock, stock)) == []


def test_what_is_random_is_only_said_to_be_there(cluster: Server, database_url: str) -> None:
    name = database_url.rpartition("/")[2].partition("?")[0]
    with cluster.connect(name) as connection:
        connection.execute("CREATE TABLE django_migrations (id int, app text, name text)")
        connection.execute("CREATE TABLE t (a int, token text)")
        connection.execute("INSERT INTO t VALUES (2, NULL), (1, 'abc')")

    assert everything(cluster, name, {"t.token": "random"})["rows"]["t"] == [
        {"a": 1, "token": MASKED},
        {"a": 2, "token": None},
    ]


def test_versions_are_pinned() -> None:
    assert set(QUICK) <= set(PROJECTS)
    for project in PROJECTS.values():
        assert all("==" in package for package in project.packages)
        assert all(project.random.values())


def test_our_requirements_override_those_of_projects() -> None:
    requirements = install.run_requirements()

    assert any(each.startswith("django==") for each in requirements)
    assert not any("hash" in each or "\\" in each for each in requirements)


def test_an_unknown_project_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wagtail", "nonsense"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("There is no project nonsense; there are wagtail, ")
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_without_an_index_one_sentence_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_NO_INDEX", "1")
    project = Project(("no-such-package==1",))

    with pytest.raises(install.InstallError, match=r"^nothing could not be installed: \S.*\Z"):
        install.provide("nothing", project, tmp_path)
    assert not (tmp_path / "nothing" / "made").exists()
