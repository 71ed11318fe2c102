"""A live schema → the files of an app: models, migrations, and the package around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from database.schema.extras import Extras
from database.schema.state import (
    Check,
    Exclusion,
    Index,
    Schema,
    Table,
    TableKind,
    TableName,
    Unique,
)

from . import (
    carried,
    columns,
    grouping,
    migrations,
    model,
    models,
    modules,
    naming,
    relations,
    types,
)
from .carried import Carried
from .layout import Call
from .model import Model, Surroundings
from .operation import with_bodies
from .relations import Other

MAXIMA = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


@dataclass(frozen=True, slots=True)
class Source:
    """The files of an app and what is to be said about them.

    Attributes:
        files: Texts by their path inside of the app's folder; those of models only.
        migrations: Texts by the name of the migration, in order.
        tables_migration: Name of the one that makes the tables.
        models: The models, as written.
        carried: What goes into migrations of SQL, and what goes nowhere.
        enums: How many enum types became classes.
    """

    files: Mapping[str, str]
    migrations: Mapping[str, str]
    tables_migration: str
    models: tuple[Model, ...]
    carried: Carried
    enums: int


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be written.

    Attributes:
        app_label: Label of the app.
        schema: The live schema: the tables to be written, and no others.
        extras: What the database has besides tables.
        others: Models of other apps by table.
        oids: Names of all tables of the database by oid.
        index_name: Django's name for an index of a field.
        exact: Objects whose expressions keep their text.
    """

    app_label: str
    schema: Schema
    extras: Extras
    others: Mapping[TableName, Other]
    oids: Mapping[int, TableName]
    index_name: Callable[[str, list[str], str], str]
    exact: Collection[tuple[TableName, str]] = ()


def write(request: Request) -> Source:
    """Write the models of an app and the migrations that make its tables and all else.

    Args:
        request: What is to be written.

    Returns:
        The same files for the same database, whatever the order in which it was made.
    """
    tables = [
        table
        for table in request.schema.tables
        if table.kind in (TableKind.TABLE, TableKind.PARTITIONED)
    ]
    parents = {parent for table in tables for parent in table.parents}
    raw = [table for table in tables if model.is_raw(table, parents)]
    modelled = [table for table in tables if not table.partition_bound]
    plan = relations.plan(modelled, request.others, request.app_label)
    visible = _visible(request.schema)
    known = _types(request, [model.name for model in plan.plans.values()])
    around = Surroundings(
        request.app_label,
        plan,
        known,
        visible,
        {table.name for table in raw},
        _serials(request, raw),
        _shared_names(modelled),
        request.exact,
        request.index_name,
    )
    groups = grouping.group(plan.plans.values())
    files, written = _model_files(groups, around, known)
    ordered = grouping.in_order(plan.plans.values(), _row_types(request))
    for_migration = [models.Writer(one, around, migration=True).write() for one in ordered]
    available = {table.name for table in tables} | set(request.others)
    carry = carried.plan(for_migration, raw, request.extras, available, visible, request.oids)
    texts, tables_name = _migrations(request, for_migration, carry)
    return Source(files, texts, tables_name, tuple(written), carry, len(known.enums))


def _visible(schema: Schema) -> set[TableName]:
    """Return the tables that their bare names find."""
    found: dict[str, TableName] = {}
    for name in schema.search_path:
        for table in schema.tables:
            if table.name.schema == name:
                found.setdefault(table.name.name, table.name)
    return set(found.values())


def _serials(request: Request, raw: Collection[Table]) -> set[tuple[TableName, str]]:
    """Return the columns whose sequences are, in name and options, what ``serial`` makes.

    Not those that tables made by SQL need, which come first.
    """
    types_of = {
        (table.name, column.name): column.type
        for table in request.schema.tables
        for column in table.columns
    }
    found = set()
    raw_needs: set[tuple[str, int]] = set()
    for table in raw:
        raw_needs |= request.extras.depends.get(("pg_class", table.oid), frozenset())
    for extra in request.extras.objects:
        owner = (TableName(*extra.table), extra.base)
        top = MAXIMA.get(types_of.get(owner, ""))
        if extra.kind != "sequence" or top is None or extra.node in raw_needs:
            continue
        options = (
            f"AS {types_of[owner]} START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE {top} CACHE 1"
        )
        name = columns.serial_sequence(*owner)
        if extra.create.endswith(options) and columns.unquoted(extra.name) == name:
            found.add(owner)
    return found


def _row_types(request: Request) -> dict[TableName, set[TableName]]:
    """Return the tables that a table needs for other reasons than foreign keys."""
    homes = dict(request.oids)
    for extra in request.extras.objects:
        if extra.kind == "sequence" and extra.table[1]:
            # The table may make it with its column.
            homes[extra.node[1]] = TableName(*extra.table)
    return {
        name: {
            homes[needed]
            for catalog, needed in request.extras.depends.get(("pg_class", oid), ())
            if catalog == "pg_class" and needed in homes
        }
        for oid, name in request.oids.items()
    }


def _shared_names(tables: Collection[Table]) -> set[str]:
    """Return the names that Django would find twice: PostgreSQL keeps them apart by table."""
    counts: Counter[str] = Counter()
    for table in tables:
        for thing in (*table.constraints, *table.indexes):
            if isinstance(thing, Check | Unique | Exclusion | Index):
                counts[thing.name] += 1
    return {name for name, count in counts.items() if count > 1}


def _types(request: Request, model_names: Collection[str]) -> types.Types:
    domains = {extra.name: extra.base for extra in request.extras.objects
               if extra.kind == "domain"}  # fmt: skip
    labels = {(enum.name.schema, enum.name.name): enum.labels for enum in request.schema.enums}
    used = {
        column.type.removesuffix("[]")
        for table in request.schema.tables
        for column in table.columns
    }
    used |= set(domains.values())
    enums = {}
    for extra in request.extras.objects:
        if extra.kind == "enum type" and extra.name in used:
            bare = columns.unquoted(extra.name)
            # Without labels there is nothing to choose from, and no class.
            if labels.get((extra.schema, bare)):
                enums[extra.name] = labels[extra.schema, bare]
    taken = {name.lower() for name in model_names}
    return types.Types(columns.enum_classes(enums, taken), domains)


def _model_files(
    groups: Mapping[str, list[relations.ModelPlan]], around: Surroundings, known: types.Types
) -> tuple[dict[str, str], list[Model]]:
    files: dict[str, str] = {}
    written: list[Model] = []
    enums = list(known.enums.values())
    single = list(groups) == ["models"] or not groups
    for name, plans in groups.items():
        defined: list[str] = []
        texts = []
        for plan in plans:
            texts.append(models.Writer(plan, around, defined=tuple(defined)).write())
            defined.append(plan.name)
        written += texts
        if single:
            files["models.py"] = modules.module("The models.", texts, enums)
            continue
        used = {enum.name for enum in enums} & modules.used_names(texts)
        docstring = f"Models of {name.replace('_', ' ')}."
        files[f"models/{name}.py"] = modules.module(
            docstring, texts, (), [(".choices", enum) for enum in used]
        )
    if not single:
        names = [(f".{module}", plan.name) for module, plans in groups.items() for plan in plans]
        if enums:
            files["models/choices.py"] = modules.choices_module(enums)
            names += [(".choices", enum.name) for enum in enums]
        files["models/__init__.py"] = modules.package("The models, one module per group.", names)
    return files, written


def _migrations(
    request: Request, written: list[Model], carry: Carried
) -> tuple[dict[str, str], str]:
    label = request.app_label
    foreign = {
        field.relation.foreign.partition(".")[0]: ""
        for model in written
        for field in model.plan.fields
        if field.relation and field.relation.foreign
    }
    dependencies = migrations.dependencies(foreign)
    texts: dict[str, str] = {}

    def add(name: str, docstring: str, calls: list[Call], *, sql: bool) -> str:
        full = f"{len(texts) + 1:04}_{name}"
        last = [(label, list(texts)[-1])] if texts else []
        texts[full] = migrations.text(
            docstring, calls, [*dependencies, *last], initial=not texts, sql=sql
        )
        return full

    if carry.before:
        calls = with_bodies(carry.before)
        add("prerequisites", "Make what the tables need.", calls, sql=True)
    name = "tables" if texts else "initial"
    calls = migrations.operations(
        written,
        {table: operation.call() for table, operation in carry.keys.items()},
        with_bodies(carry.between),
        carry.waiting,
    )
    sql_too = bool(carry.keys or carry.between)
    tables = add(name, "Make the tables.", calls, sql=sql_too)
    if carry.after:
        calls = with_bodies(carry.after)
        add("objects", "Make what no model can express.", calls, sql=True)
    return texts, tables


def update_migration(
    app_label: str, last: str, calls: Collection[Call], *, early: bool
) -> tuple[str, str]:
    """Return name and text of a migration of what is made by SQL and has changed.

    Args:
        app_label: Label of the app.
        last: Name of the migration that it follows.
        calls: Its operations.
        early: Whether it makes what changed tables need.
    """
    name = f"{int(last[:4]) + 1:04}_pulled_{'prerequisites' if early else 'objects'}"
    docstring = "Make what changed tables need." if early else "Follow the database."
    return name, migrations.text(docstring, calls, [(app_label, last)], sql=True)


def package_files(app_label: str, *, replaced: Collection[str] = ()) -> dict[str, str]:
    """Return the files that make a folder an app; they are written once and never again.

    Args:
        app_label: Label of the app.
        replaced: Labels of apps whose example models give way to those of this one.
    """
    name = naming.camel(app_label)
    note = ""
    if replaced:
        names = ", ".join(f'"{label}"' for label in replaced)
        note = (
            "    # The example models give way: their tables are not those of this database.\n"
            f"    replaces_models_of = [{names}]\n"
        )
    return {
        "__init__.py": f'"""The {app_label} app: models of a database that was there first."""\n',
        "apps.py": (
            '"""The app\'s entry in INSTALLED_APPS."""\n\n'
            "from django.apps import AppConfig\n\n\n"
            f"class {name}Config(AppConfig):\n"
            f'    """Configuration of the ``{app_label}`` app."""\n\n'
            f'    name = "{app_label}"\n{note}'
        ),
        "migrations/__init__.py": f'"""Migrations of the {app_label} app."""\n',
    }


def tables_of(request: Request) -> list[Table]:
    """Return the tables that models make, for a comparison."""
    parents = {parent for table in request.schema.tables for parent in table.parents}
    return [table for table in request.schema.tables if not model.is_raw(table, parents)]
