"""The two ways to a schema that the contract trusts: Django's, from nothing and by migrations."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

from .definitions import APP


def create(connection: BaseDatabaseWrapper, registry: Apps) -> None:
    """Build everything from nothing, in the connection's current schema."""
    with connection.schema_editor() as editor:
        for model in registry.get_models():
            if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
                editor.create_model(model)


class Answers(MigrationQuestioner):
    """Answers to the questions of ``makemigrations``, in the notation of our command."""

    def __init__(self, after: Apps, renames: tuple[str, ...], fills: tuple[str, ...]) -> None:
        super().__init__(specified_apps={APP})
        self.after = after
        self.renames = {tuple(rename.split("=")) for rename in renames}
        self.fills = dict(fill.split("=", 1) for fill in fills)

    def ask_rename(
        self, model_name: str, old_name: str, new_name: str, field_instance: Field[Any, Any]
    ) -> bool:
        return any(
            new == new_name and old.split(".")[2:] == [old_name] for old, new in self.renames
        )

    def ask_rename_model(self, old_model_state: Any, new_model_state: Any) -> bool:
        return (f"{APP}.{old_model_state.name}", new_model_state.name) in self.renames

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        return self._fill(field_name, model_name)

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        return self._fill(field_name, model_name)

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        return self._fill(field_name, model_name)

    def _fill(self, field_name: str, model_name: str) -> Any:
        model = self.after.get_model(APP, model_name)
        value = self.fills.get(f"{APP}.{model.__name__}.{field_name}", NOT_PROVIDED)
        return (
            value if value is NOT_PROVIDED else model._meta.get_field(field_name).to_python(value)
        )


def migrate(
    connection: BaseDatabaseWrapper,
    before: Apps,
    after: Apps,
    renames: tuple[str, ...],
    fills: tuple[str, ...],
) -> str:
    """Do what ``makemigrations`` and ``migrate`` do, in the connection's current schema.

    Returns:
        The error that it ended in; empty where it came to its end.
    """
    state = ProjectState.from_apps(before)
    try:
        detector = MigrationAutodetector(
            state.clone(), ProjectState.from_apps(after), Answers(after, renames, fills)
        )
        changes = detector.changes(graph=MigrationGraph(), trim_to_apps={APP})
        for migration in changes.get(APP, []):
            with connection.schema_editor(atomic=migration.atomic) as editor:
                state = migration.apply(state, editor)
    except Exception as error:
        return f"{error.__class__.__name__}: {error}"
    return ""


def column_types(connection: BaseDatabaseWrapper, schema: str) -> dict[tuple[str, str], str]:
    """Return (table, column) → type with its modifiers (an enum's is text), of all tables."""
    return _columns(
        connection,
        schema,
        """CASE WHEN EXISTS (SELECT FROM pg_enum e WHERE e.enumtypid = a.atttypid) THEN 'text'
                WHEN EXISTS (SELECT FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
                             WHERE t.typarray = a.atttypid) THEN 'text[]'
                ELSE format_type(a.atttypid, a.atttypmod) END""",
    )


def nullable_columns(connection: BaseDatabaseWrapper, schema: str) -> dict[tuple[str, str], bool]:
    """Return (table, column) → whether it may be NULL, of all tables of a schema."""
    return _columns(connection, schema, "NOT a.attnotnull")


def _columns(connection: BaseDatabaseWrapper, schema: str, fact: str) -> dict[tuple[str, str], Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.relname, a.attname, {fact}
            FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = %s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            """,
            [schema],
        )
        return {(table, column): value for table, column, value in cursor.fetchall()}
