"""Enum types whose labels are not the values of the fields that have them → changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DataError

from database.backend.enum_rebuild import drop_unused, literal
from database.backend.schema import DatabaseSchemaEditor, default_of, steps
from database.fields import EnumField, enum_fields

from .changes import Change, Kind, Obstacle, Phase, Statement
from .differences import (
    ColumnDefaultDiffers,
    ColumnTypeDiffers,
    ColumnUnknown,
    Difference,
    TableUnknown,
)
from .normalize import column_type, quote
from .state import Column, EnumType, Schema, Table, TableName

PARTS = re.compile(r'"((?:[^"]|"")*)"|([^".\s]+)')


class _Writer(DatabaseSchemaEditor):
    """Writes down what brings enum types in step, knowing the labels from the schema read."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        live: Schema,
        going: Collection[tuple[int, int]],
    ) -> None:
        super().__init__(connection, collect_sql=False, atomic=False)
        self.live = live
        self.going = going
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

    def is_going(self, oid: int, number: int) -> bool:
        """Tell whether the push drops a column."""
        return (oid, number) in self.going

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
    connection: BaseDatabaseWrapper,
    apps: Apps,
    app_labels: Collection[str],
    live: Schema,
    *,
    planned: Iterable[Difference],
    uses: str,
    members: Callable[[str, tuple[str, ...]], Any],
) -> list[Change]:
    """Return what creates, changes and drops the enum types of the models.

    A value is renamed if the member that it was of is known and has kept its name; else it is
    taken away, which needs that no row has it, and another one is added. A type is dropped with
    the last column that had it.

    Args:
        connection: The connection; asked for the rows that have a value that is taken away.
        apps: The registry of the models.
        app_labels: The apps that are pushed.
        live: The live schema.
        planned: What else will be changed.
        uses: The SQL of the other changes.
        members: Returns the members that a type had, by its name and its labels.
    """
    planned = list(planned)
    going = {
        (table.oid, column.position)
        for difference in planned
        for table, column in _columns(difference)
        if not isinstance(difference, ColumnTypeDiffers)
    }
    writer = _Writer(connection, live, going)
    found = []
    for field in _fields(connection, apps, app_labels):
        labels = writer.enum_labels(field.type)
        if labels == field.values:
            continue
        obstacle, old = None, None
        if labels is not None and (known := members(field.type, labels)) is not None:
            old = EnumField(known, field.type)
        try:
            if labels is None:
                writer.create_enum_type(field)
            else:
                _drop_defaults(writer, field, planned)
                writer.alter_enum_type(old, field, uses=uses + _uses(field, planned))
        except DataError as error:
            consequence, _, next_step = str(error).removeprefix("prodobit.E712: ").partition(". ")
            obstacle = Obstacle("prodobit.E712", -1, f"{consequence}.", next_step)
        statements, writer.statements = writer.statements, []
        found.append(
            Change(
                Kind.CREATE if labels is None else Kind.ALTER,
                TableName("", field.type),
                f"enum type {field.type}",
                _summary(labels, old, field),
                tuple(Statement(Phase.ENUM_TYPE, sql) for sql in statements),
                obstacle=obstacle,
            )
        )
    return found + list(_drops(apps, live, planned))


def _drop_defaults(writer: _Writer, field: EnumField, planned: Iterable[Difference]) -> None:
    """Drop the defaults that will change: they may be values that are taken away."""
    for difference in planned:
        if isinstance(difference, ColumnDefaultDiffers) and difference.live is not None:
            column, table = difference.live_column, difference.live.name
            type_ = column.type.removesuffix("[]")
            if column.default is not None and type_ == column_type(field.type):
                writer.execute(
                    f"ALTER TABLE {quote(table.schema)}.{quote(table.name)} "
                    f"ALTER COLUMN {quote(column.name)} DROP DEFAULT"
                )


def _uses(field: EnumField, planned: Iterable[Difference]) -> str:
    """Return SQL with the values of a type that the rows of a retyped column may have."""
    retyped = any(
        isinstance(difference, ColumnTypeDiffers)
        and difference.declared_column.type.removesuffix("[]") == column_type(field.type)
        for difference in planned
    )
    return default_of(field) + (",".join(map(literal, field.values)) if retyped else "")


def differing(
    connection: BaseDatabaseWrapper, apps: Apps, app_labels: Collection[str], live: Schema
) -> list[str]:
    """Return a line for every enum type whose labels are not the values of its fields."""
    lines = {}
    for field in _fields(connection, apps, app_labels):
        found = find(live, field.type)
        if found is None:
            lines[field.type] = f"enum type {field.type} does not exist"
        elif found.labels != field.values:
            lines[field.type] = f"enum type {field.type}: {_list(found.labels)}, " + (
                f"not {_list(field.values)}"
            )
    return list(lines.values())


def declared(apps: Apps) -> dict[str, tuple[str, ...]]:
    """Return the values of all enum types of the models, by the type as columns have it."""
    return {
        column_type(field.type): field.values
        for model in apps.get_models()
        for field in enum_fields(model._meta.local_fields)
    }


def members(apps: Apps, label: str) -> dict[str, Any]:
    """Return the enum types of a model, each with its members, as the journal keeps them."""
    fields: Iterable[Any] = apps.get_model(label)._meta.local_fields
    return {field.type: [list(pair) for pair in field.members] for field in enum_fields(fields)}


def _fields(
    connection: BaseDatabaseWrapper, apps: Apps, app_labels: Collection[str]
) -> Iterator[EnumField]:
    for model in apps.get_models():
        options = model._meta
        if options.app_label in app_labels and options.can_migrate(connection):
            yield from enum_fields(options.local_fields)


def _columns(difference: Difference) -> list[tuple[Table, Column]]:
    """Return the live columns that a difference takes the type of, or the column itself."""
    live = difference.live
    if live is None:
        return []
    if isinstance(difference, TableUnknown):
        return [(live, column) for column in live.columns]
    if isinstance(difference, ColumnUnknown | ColumnTypeDiffers):
        return [(live, difference.live_column)]
    return []


def _drops(apps: Apps, live: Schema, planned: Iterable[Difference]) -> Iterator[Change]:
    left = {
        (table.oid, column.position): found.name
        for difference in planned
        for table, column in _columns(difference)
        if (found := find(live, column.type.removesuffix("[]"))) is not None
    }
    if not left:
        return
    needed = {
        found.name
        for model in apps.get_models()
        for field in enum_fields(model._meta.local_fields)
        if (found := find(live, field.type)) is not None
    }
    needed |= {
        found.name
        for table in live.tables
        for column in table.columns
        if (table.oid, column.position) not in left
        and (found := find(live, column.type.removesuffix("[]"))) is not None
    }
    for name in sorted(set(left.values()) - needed):
        type_ = f"{quote(name.schema)}.{quote(name.name)}"
        yield Change(
            Kind.DROP,
            name,
            f"enum type {name}",
            "unless something else needs it",
            (Statement(Phase.DROP_ENUM_TYPE, drop_unused(type_)),),
        )


def _summary(labels: tuple[str, ...] | None, old: EnumField | None, field: EnumField) -> str:
    if labels is None:
        return f"{len(field.values)} values"
    plan = steps(labels, old, field)
    parts = [f"'{label}' → '{value}'" for label, value in plan.renames]
    parts += [f"+ {label}" for label, _ in plan.additions]
    parts += [f"- '{label}'" for label in plan.removals]
    return ", ".join(parts) or "another order"


def _list(labels: Iterable[str]) -> str:
    return f"({', '.join(labels)})"
