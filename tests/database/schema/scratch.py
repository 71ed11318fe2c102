"""A scratch schema of PostgreSQL and a scratch registry of models, for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db import connection
from django.test.utils import isolate_apps

from database.schema import catalog, declared, diff
from database.schema.differences import Differences
from database.schema.state import Schema, TableName

EXTENSIONS = ("citext", "hstore", "btree_gist", "btree_gin", "bloom", "pg_trgm", "ltree")


@contextmanager
def registry(define: Callable[[], None]) -> Iterator[Apps]:
    """Define models in a registry of their own."""
    with isolate_apps("database") as apps:
        assert apps is not None
        define()
        yield apps


def create(apps: Apps, *, atomic: bool = True) -> None:
    """Create all tables of the models, as Django would."""
    with connection.schema_editor(atomic=atomic) as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)


def read() -> Schema:
    """Read the tables of the scratch schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname IN ('scratch', 'other')"
        )
        names = [TableName(*row) for row in cursor.fetchall()]
    return catalog.read(connection, tables=names)


def compare(apps: Apps) -> Differences:
    """Compare the scratch schema with the models."""
    return diff.compare(read(), declared.read(apps, connection), connection=connection)


def explain(differences: Differences) -> list[str]:
    """Return everything that was found, one line each, for assertions that say what is wrong."""
    return [
        *(f"{type(found).__name__}: {found.describe()}" for found in differences.differences),
        *(f"Unsettled: {unsettled.describe()}" for unsettled in differences.unsettled),
        *(f"Note: {note.describe()}" for note in differences.notes),
    ]
