"""A sample of the cases, through the commands: push, makemigrations and migrate agree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cluster import ROOT, Result, manage

from .case import Case
from .cases import ACCEPTED
from .definitions import APP, IMPORTS, source

STORIES = (
    "NOT NULL with an answer is added",
    "text becomes integer and every value is one",
    "column is renamed with all that stands on it",
    "table is renamed and others refer to it",
    "key that others refer to grows",
    "table with rows is dropped",
    "exclusion constraint on two keys, partial and deferred is made",
    "table with other letters is altered",
)
CASES = [case for case in ACCEPTED if case.story in STORIES]


SETTINGS = f"""\
from prodobit.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, {APP!r}]
"""


class Shop:
    """A copy of the project with the app of a case in it, on a database of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        ignore = shutil.ignore_patterns("__pycache__")
        for name in ("prodobit", "database"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        shutil.copy(ROOT / "manage.py", folder)
        self.app = folder / APP
        (self.app / "migrations").mkdir(parents=True)
        for place in (self.app, self.app / "migrations"):
            (place / "__init__.py").write_text("")
        (self.app / "settings.py").write_text(SETTINGS)

    def define(self, definition: str) -> None:
        """Write the models."""
        text = f"{IMPORTS}\n\n{source(definition)}\n"
        (self.app / "models.py").write_text(text, encoding="utf-8")

    def manage(self, *arguments: str) -> Result:
        """Run a command of the project."""
        return manage(
            *arguments,
            env={
                "DATABASE_URL": self.url,
                "DEBUG": "true",
                "DJANGO_SETTINGS_MODULE": f"{APP}.settings",
                # Models are written twice within the second that bytecode is told apart by.
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            project=self.folder,
        )

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    shop = Shop(tmp_path, database_url)
    shop.execute("CREATE EXTENSION btree_gist")
    return shop


def _answers(case: Case) -> list[str]:
    answers = [f"--rename={rename}" for rename in case.renames]
    answers += [f"--fill={fill}" for fill in case.fills]
    return [*answers, *(["--accept-data-loss"] if case.lossy else [])]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.story)
def test_push_on_a_migrated_database(case: Case, shop: Shop) -> None:
    shop.define(case.before)
    for command in (["makemigrations", APP], ["migrate"]):
        assert shop.manage(*command).code == 0
    if isinstance(case.rows, str):
        shop.execute(case.rows)
    shop.define(case.after)

    pushed = shop.manage("push", APP, "--noinput", "--json", *_answers(case))
    again = shop.manage("push", APP, "--check")

    assert pushed.code == 0, pushed.stdout + pushed.stderr
    assert json.loads(pushed.stdout)["outcome"] == "done"
    assert again.code == 0, again.stdout
    if not (case.renames or case.fills):
        # Without questions: what was pushed is written down, and then found to be there.
        written = shop.manage("makemigrations", APP, "--noinput")
        migrated = shop.manage("migrate")
        assert written.code == 0, written.stderr
        assert migrated.code == 0, migrated.stdout + migrated.stderr
        assert shop.manage("push", APP, "--check").code == 0
    for query, expected in case.expect.items():
        if isinstance(case.rows, str):
            assert shop.execute(query) == expected


@pytest.mark.slow
def test_an_app_without_migrations_is_pushed_and_left_out_of_migrate(shop: Shop) -> None:
    shutil.rmtree(shop.app / "migrations")
    shop.define(
        """
        class Author(Model):
            name = TextField()
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
            class Meta:
                indexes = [Index(fields=["author", "id"], name="i")]
        """
    )

    migrated = shop.manage("migrate")
    pushed = shop.manage("push", APP)
    again = shop.manage("migrate")

    assert [migrated.code, pushed.code, again.code] == [0, 0, 0], migrated.stderr + pushed.stderr
    assert shop.manage("push", APP, "--check").code == 0


def test_all_stories_are_there() -> None:
    assert len(CASES) == len(STORIES)
