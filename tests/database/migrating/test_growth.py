"""What migrating costs grows with the tables and no faster: counted, not timed."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import connection, migrations, models
from django.db.migrations import loader
from django.db.migrations.state import ModelState
from django.test.utils import CaptureQueriesContext

from database.migrating.executor import MigrationExecutor
from tests.database.migrating.runs import schema_of_its_own

LABEL = "stock"


def chain(number: int) -> int:
    """Return the table that a table of a chain points to."""
    return max(number - 1, 0)


def star(number: int) -> int:
    """Return the table that a table of a star points to."""
    return 0


def counted(tables: int, target: Callable[[int], int], *, apart: bool) -> dict[str, int]:
    """Migrate an empty schema, and count.

    Args:
        tables: The number of tables.
        target: Which table each points to.
        apart: Whether each has a migration of its own, with Python in it.
    """
    steps = [_steps(number, target(number), apart) for number in range(tables)]
    if not apart:
        steps = [[step for table in steps for step in table]]
    made = {}
    for number, operations in enumerate(steps):
        migration = migrations.Migration(f"{number:04}", LABEL)
        migration.operations = operations
        if number:
            migration.dependencies = [(LABEL, f"{number - 1:04}")]
        made[LABEL, migration.name] = migration

    def load_disk(self: Any) -> None:
        self.disk_migrations = dict(made)
        self.unmigrated_apps, self.migrated_apps = set(), {LABEL}

    render = ModelState.render
    with (
        schema_of_its_own(),
        mock.patch.object(loader.MigrationLoader, "load_disk", load_disk),
        mock.patch.object(ModelState, "render", autospec=True, side_effect=render) as rendered,
        CaptureQueriesContext(connection) as queries,
    ):
        MigrationExecutor(connection).migrate([list(made)[-1]])
    return {"renderings": rendered.call_count, "queries": len(queries)}


def _steps(number: int, other: int, apart: bool) -> list[Any]:
    name = f"M{number}"
    steps = [
        migrations.CreateModel(
            name,
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20, db_index=True)),
                ("other", models.ForeignKey(f"{LABEL}.M{other}", models.CASCADE, null=True)),
            ],
        ),
        migrations.AddIndex(name, models.Index(fields=["name"], name=f"i{number}")),
        migrations.AddField(name, "size", models.IntegerField(default=1)),
        migrations.AlterField(name, "size", models.BigIntegerField(default=1)),
    ]
    if apart:
        steps.append(migrations.RunPython(_write(name), migrations.RunPython.noop))
    return steps


def _write(name: str) -> Any:
    def write(apps: Any, schema_editor: Any) -> None:
        model = apps.get_model(LABEL, name)
        assert model.objects.filter(other__size=1).update(size=2) == 0

    return write


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("target", [chain, star])
def test_renderings_and_queries_grow_with_the_tables(
    target: Callable[[int], int], apart: bool, transactional_db: None
) -> None:
    ten, twenty, forty = (counted(tables, target, apart=apart) for tables in (10, 20, 40))

    for what in ("renderings", "queries"):
        assert forty[what] - twenty[what] == 2 * (twenty[what] - ten[what]), what
    assert forty["renderings"] <= 9 * 40
