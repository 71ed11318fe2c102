"""Whether the views, functions, triggers, … of SQL migrations are in the database already.

The live ones are written down again as ``pull`` writes them; what is the same text is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation

from database.operations import DatabaseObject, RemoveObject

SETTING = "SET LOCAL check_function_bodies = off"


def is_setting(operation: Operation) -> bool:
    """Tell whether an operation only sets something for those that follow it."""
    return getattr(operation, "sql", None) == SETTING


def proven(
    connection: BaseDatabaseWrapper, apps: Apps, migrations: Iterable[Migration]
) -> set[tuple[str, str, str]]:
    """Return what of the migrations' objects is in the database, as kind, name and SQL.

    Args:
        connection: The connection; it is only read.
        apps: The installed apps, whose other tables are not looked at.
        migrations: The migrations in question.
    """
    by_label: dict[str, set[tuple[str, str, str]]] = {}
    for migration in migrations:
        for operation in migration.operations:
            if isinstance(operation, DatabaseObject | RemoveObject):
                by_label.setdefault(migration.app_label, set()).add(key(operation))
    found: set[tuple[str, str, str]] = set()
    for app_label, wanted in by_label.items():
        found |= wanted & _live(connection, apps, app_label)
    return found


def key(operation: DatabaseObject | RemoveObject) -> tuple[str, str, str]:
    """Return what an operation makes or takes away."""
    sql = operation.sql if isinstance(operation, DatabaseObject) else operation.reverse_sql
    return operation.kind, operation.name, str(sql)


def holds(
    operation: Operation, migration: Migration, there: Collection[tuple[str, str, str]]
) -> bool:
    """Tell whether an operation by SQL has nothing left to do.

    Args:
        operation: An operation of the migration.
        migration: The migration.
        there: What of the migrations' objects is in the database.
    """
    if isinstance(operation, RemoveObject):
        again = any(
            isinstance(other, DatabaseObject)
            and (other.kind, other.name) == (operation.kind, operation.name)
            for other in migration.operations
        )
        return again or key(operation) not in there
    if isinstance(operation, DatabaseObject):
        return key(operation) in there
    return is_setting(operation)


def _live(connection: BaseDatabaseWrapper, apps: Apps, app_label: str) -> set[tuple[str, str, str]]:
    from database.schema import selection
    from database.schema.pull import request_for
    from database.schema.source import app

    chosen = selection.select(connection, apps, app_label)
    source = app.write(request_for(connection, app_label, chosen))
    return {(made.kind, made.name, made.sql) for made in source.carried.operations}
