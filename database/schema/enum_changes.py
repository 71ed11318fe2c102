"""Enum types whose labels are not the values of the fields that have them → changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DataError

from database.backend.schema import DatabaseSchemaEditor, default_of, steps
from database.fields import EnumField, enum_fields

from .changes import Change, Kind, Obstacle, Phase, Statement
from .state import EnumType, Schema, TableName

PARTS = re.compile(r'"((?:[^"]|"")*)"|([^".\s]+)')


class _Writer(DatabaseSchemaEditor):
    """Writes down what brings enum types in step, knowing the labels from the schema read."""

    def __init__(self, connection: BaseDatabaseWrapper, live: Schema) -> None:
        super().__init__(connection, collect_sql=False, atomic=False)
        self.live = live
        self.statements: list[str] = []

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Write a statement down."""
        self.statements.append(str(sql))

    def enum_labels(self, type_: str) -> tuple[str, ...] | None:
        """Return the labels as they were read, or as they will be by what was written down."""
        if type_ in self.enum_types:
            return self.enum_types[type_]
        found = find(self.live, type_)
        return found.labels if found else None

    def _remember(self, field: EnumField) -> None:
        self.enum_types[field.type] = field.values


def find(live: Schema, type_: str) -> EnumType | None:
    """Return the live enum type that a field names."""
    parts = [
        quoted.replace('""', '"') if quoted else bare.lower()
        for quoted, bare in PARTS.findall(type_)
    ]
    schemas = live.search_path if len(parts) == 1 else tuple(parts[:1])
    by_name = {enum.name: enum for enum in live.enums}
    for schema in schemas:
        found = by_name.get(TableName(schema, parts[-1]))
        if found is not None:
            return found
    return None


def changes(
    connection: BaseDatabaseWrapper, apps: Apps, app_labels: Collection[str], live: Schema
) -> list[Change]:
    """Return what creates and changes the enum types of the models.

    A value is never taken to be renamed: it is taken away, which needs that no row has it, and
    another one is added. A type that no field has any more is left alone.

    Args:
        connection: The connection; asked for the rows that have a value that is taken away.
        apps: The registry of the models.
        app_labels: The apps that are pushed.
        live: The live schema.
    """
    writer = _Writer(connection, live)
    found = []
    for field in _fields(connection, apps, app_labels):
        labels = writer.enum_labels(field.type)
        if labels == field.values:
            continue
        obstacle = None
        try:
            if labels is None:
                writer.create_enum_type(field)
            else:
                writer.alter_enum_type(None, field, uses=default_of(field))
        except DataError as error:
            consequence, _, next_step = str(error).removeprefix("prodobit.E712: ").partition(". ")
            obstacle = Obstacle("prodobit.E712", -1, f"{consequence}.", next_step)
        statements, writer.statements = writer.statements, []
        found.append(
            Change(
                Kind.CREATE if labels is None else Kind.ALTER,
                TableName("", field.type),
                f"enum type {field.type}",
                _summary(labels, field),
                tuple(Statement(Phase.ENUM_TYPE, sql) for sql in statements),
                obstacle=obstacle,
            )
        )
    return found


def _fields(
    connection: BaseDatabaseWrapper, apps: Apps, app_labels: Collection[str]
) -> Iterable[EnumField]:
    for model in apps.get_models():
        options = model._meta
        if options.app_label in app_labels and options.can_migrate(connection):
            yield from enum_fields(options.local_fields)


def _summary(labels: tuple[str, ...] | None, field: EnumField) -> str:
    if labels is None:
        return f"{len(field.values)} values"
    plan = steps(labels, None, field)
    parts = [f"+ {label}" for label, _ in plan.additions]
    parts += [f"- '{label}'" for label in plan.removals]
    return ", ".join(parts) or "another order"
