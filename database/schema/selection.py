"""Which tables of a database are pulled, and which are left out, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from . import bookkeeping, catalog, declared, normalize
from .source.relations import Other
from .state import Schema, Table, TableKind, TableName

SCHEMAS = """
SELECT n.nspname, n.nspname = ANY (current_schemas(false))
FROM pg_namespace n
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass
                  AND d.objid = n.oid AND d.deptype = 'e')
ORDER BY n.nspname
"""

NAMED = """
SELECT n.nspname, c.relname, array_agg(a.attname::text)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relname = ANY (%s) AND n.nspname NOT LIKE 'pg\\_%%'
GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname
"""

HISTORIES = {
    "_prisma_migrations": "Prisma",
    "__drizzle_migrations": "Drizzle",
    "__diesel_schema_migrations": "Diesel",
    "__EFMigrationsHistory": "Entity Framework",
    "_sqlx_migrations": "SQLx",
    "alembic_version": "Alembic",
    "ar_internal_metadata": "Rails",
    "atlas_schema_revisions": "Atlas",
    "databasechangelog": "Liquibase",
    "databasechangeloglock": "Liquibase",
    "doctrine_migration_versions": "Doctrine",
    "flyway_schema_history": "Flyway",
    "goose_db_version": "goose",
    "knex_migrations": "Knex",
    "knex_migrations_lock": "Knex",
    "pgmigrations": "node-pg-migrate",
    "phinxlog": "Phinx",
    "refinery_schema_history": "Refinery",
    "SequelizeMeta": "Sequelize",
}
SHAPES = {
    ("schema_migrations", ("version",)): "Rails",
    ("schema_migrations", ("dirty", "version")): "golang-migrate",
    ("schema_migrations", ("inserted_at", "version")): "Ecto",
    ("migrations", ("batch", "id", "migration")): "Laravel",
    ("migrations", ("id", "name", "timestamp")): "TypeORM",
}
"""Names that somebody's own table may well have, with the columns that tell."""


class UnknownSchemaError(Exception):
    """A schema was asked for that does not exist; the message is its name."""


class NothingMatchesError(Exception):
    """A pattern matches no table; ``names`` are those of the tables that there are."""

    def __init__(self, pattern: str, names: list[str]) -> None:
        super().__init__(pattern)
        self.pattern = pattern
        self.names = names


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is not pulled, and why: ``the history of Drizzle``."""

    table: TableName
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What is pulled.

    Attributes:
        schema: The tables that are pulled, and no others.
        left_out: The other ones.
        others: Models of other apps by table.
        foreign: The tables of other apps, as they are in the database.
        oids: Names of all tables by their oid.
        schemas: Names of the schemas that were read.
        replaced: Labels of the project's own apps whose example models the pulled ones replace.
    """

    schema: Schema
    left_out: tuple[LeftOut, ...]
    others: Mapping[TableName, Other]
    foreign: Schema
    oids: Mapping[int, TableName]
    schemas: tuple[str, ...]
    replaced: tuple[str, ...]


def select(
    connection: BaseDatabaseWrapper,
    apps: Apps,
    app_label: str,
    *,
    schemas: Collection[str] = (),
    patterns: Collection[str] = (),
    excluded: Collection[str] = (),
    examples: str = "database",
) -> Selection:
    """Read the live database and decide what is pulled, in six queries.

    Args:
        connection: A PostgreSQL connection of Django.
        apps: The installed apps, whose tables are theirs.
        app_label: The app that is written; its own tables are pulled.
        schemas: Names of schemas; none for all that are not the system's.
        patterns: Shell patterns of table names, with or without schema; none for all.
        excluded: Shell patterns of tables that are left out.
        examples: Label of the app whose models are only examples, which pulled ones replace where
            they have the same tables in another form.

    Raises:
        UnknownSchemaError: There is no such schema.
        NothingMatchesError: A pattern matches no table.
    """
    with connection.cursor() as cursor:
        cursor.execute(SCHEMAS)
        known = [name for name, _ in cursor.fetchall()]
    for name in schemas:
        if name not in known:
            raise UnknownSchemaError(name)
    wanted = tuple(schemas) or tuple(known)
    live = catalog.read(connection, schemas=wanted)
    tables = [
        table
        for table in live.tables
        if table.kind in (TableKind.TABLE, TableKind.PARTITIONED) and table.name.schema in wanted
    ]
    for pattern in (*patterns, *excluded):
        if not any(_matches(table.name, pattern) for table in tables):
            raise NothingMatchesError(pattern, [table.name.name for table in tables])
    by_name = live.by_name()
    owners = _owners(apps, by_name, app_label)
    replaced = _differ(connection, apps, by_name, examples) if examples != app_label else False
    if replaced:
        owners = {name: owner for name, owner in owners.items() if owner[0] != examples}
    left_out: list[LeftOut] = []
    pulled: list[Table] = []
    for table in tables:
        reason = _reason(table, owners, patterns, excluded)
        if reason:
            left_out.append(LeftOut(table.name, reason))
        else:
            pulled.append(table)
    # A partition goes where its parent goes.
    names = {table.name for table in pulled}
    for table in tuple(pulled):
        if table.partition_bound and not set(table.parents) <= names:
            pulled.remove(table)
            left_out.append(LeftOut(table.name, "a partition of a table that is left out"))
    return Selection(
        replace(live, tables=tuple(pulled)),
        tuple(left_out),
        {
            name: _other(model, connection)
            for name, (_, model) in owners.items()
            if model is not None
        },
        replace(live, tables=tuple(table for table in tables if table.name in owners)),
        {table.oid: table.name for table in tables},
        wanted,
        (examples,) if replaced else (),
    )


def _matches(name: TableName, pattern: str) -> bool:
    return fnmatchcase(name.name, pattern) or fnmatchcase(str(name), pattern)


def _reason(
    table: Table,
    owners: Mapping[TableName, tuple[str, Any]],
    patterns: Collection[str],
    excluded: Collection[str],
) -> str:
    """Say why a table is left out; "" if it is not."""
    if table.name in owners:
        return f"a table of the app {owners[table.name][0]}"
    if table.name.name in bookkeeping.TABLES:
        return "the history of this project"
    tool = _tool(table.name.name, (column.name for column in table.columns))
    if tool:
        return f"the history of {tool}"
    if patterns and not any(_matches(table.name, pattern) for pattern in patterns):
        return "not among --tables"
    if any(_matches(table.name, pattern) for pattern in excluded):
        return "among --exclude"
    return ""


def _tool(name: str, columns: Iterable[str]) -> str | None:
    """Return whose history of migrations a table is by its name, or None."""
    return HISTORIES.get(name) or SHAPES.get((name, tuple(sorted(columns))))


def histories(connection: BaseDatabaseWrapper) -> dict[TableName, str]:
    """Return the tables in which other tools keep their history, with the name of the tool.

    Args:
        connection: The connection; it is asked one query.
    """
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [[*HISTORIES, *(name for name, _ in SHAPES)]])
        rows = cursor.fetchall()
    return {
        TableName(schema, name): tool
        for schema, name, columns in rows
        if (tool := _tool(name, columns)) is not None
    }


def _owners(
    apps: Apps, by_name: Mapping[TableName, Table], app_label: str
) -> dict[TableName, tuple[str, type[Model] | None]]:
    """Return label and model of what other apps have, by table; the model only of managed ones."""
    found: dict[TableName, tuple[str, type[Model] | None]] = {}
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.app_label == app_label or options.proxy or not options.managed:
            continue
        parts = normalize.identifiers(options.db_table)
        name = TableName(parts[-2] if len(parts) > 1 else "", parts[-1])
        if name in by_name:
            found[by_name[name].name] = (options.app_label, model)
    return found


def _other(model: type[Model], connection: BaseDatabaseWrapper) -> Other:
    field = model._meta.pk
    type_ = field.rel_db_type(connection) if field.column else None
    return Other(model._meta.label, field.column or "", normalize.column_type(type_ or ""))


def _differ(
    connection: BaseDatabaseWrapper, apps: Apps, by_name: Mapping[TableName, Table], label: str
) -> bool:
    """Tell whether the database has none of an app's tables, or others of the same names."""
    if label not in apps.app_configs:
        return False
    schema = declared.read(apps, connection, app_labels=[label])
    there = [table for table in schema.tables if table.name in by_name]
    return bool(schema.tables) and (
        not there or any(_columns(by_name[table.name]) != _columns(table) for table in there)
    )


def _columns(table: Table) -> set[tuple[str, str]]:
    return {(column.name, column.type) for column in table.columns}


def names(left_out: Iterable[LeftOut]) -> dict[str, list[TableName]]:
    """Return the tables that are left out by the reason why."""
    found: dict[str, list[TableName]] = {}
    for left in left_out:
        found.setdefault(left.reason, []).append(left.table)
    return found
