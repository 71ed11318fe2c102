"""A live database → the source of an app that equals it.

What is written is proved before it is handed out: the migration's own text is run in memory, and
the models it makes are compared with the database.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState, ProjectState

from . import declared, diff, extras
from .differences import (
    ColumnDifference,
    ConstraintDifference,
    ConstraintUnknown,
    Difference,
    Differences,
    IndexDifference,
    IndexUnknown,
    Unsettled,
)
from .extras import Extras
from .selection import Selection
from .source import app
from .source.app import Request, Source
from .state import TableName


@dataclass(frozen=True, slots=True)
class Pulled:
    """The source of an app, and what is to be said about it.

    Attributes:
        source: The files.
        differences: What still differs between the models and the database; nothing as a rule.
        extras: What the database has besides tables.
        foreign: In what the tables of other apps differ from what these apps make.
        carried_unknown: How many objects on the models' tables only the SQL migration makes.
    """

    source: Source
    differences: tuple[Difference | Unsettled, ...]
    extras: Extras
    foreign: tuple[Difference | Unsettled, ...]
    carried_unknown: int


def pull(
    connection: BaseDatabaseWrapper, apps: Apps, app_label: str, selection: Selection
) -> Pulled:
    """Write the source of an app that equals the selected tables, in a few queries.

    Args:
        connection: A PostgreSQL connection of Django.
        apps: The installed apps, to whose models foreign keys may lead.
        app_label: Label of the app.
        selection: What is pulled.

    Returns:
        The source. Nothing is written to disk, nothing in the database is changed; expressions are
        compared in temporary tables of a transaction that is rolled back.
    """
    request = request_for(connection, app_label, selection)
    source = app.write(request)
    found = compare(connection, apps, request, source)
    inexact = {place for difference in found for place in _places(difference)}
    if inexact:
        # What PostgreSQL reads otherwise than Django says it keeps its own words.
        request = replace(request, exact=frozenset(inexact))
        source = app.write(request)
        found = compare(connection, apps, request, source)
    unknown = [d for d in found if isinstance(d, ConstraintUnknown | IndexUnknown)]
    rest = tuple(d for d in found if not isinstance(d, ConstraintUnknown | IndexUnknown))
    foreign = _foreign(connection, apps, selection)
    return Pulled(source, rest, request.extras, foreign, len(unknown))


def _foreign(
    connection: BaseDatabaseWrapper, apps: Apps, selection: Selection
) -> tuple[Difference | Unsettled, ...]:
    """Compare the tables of other apps with the models of these, where there are such tables."""
    labels = {other.label.partition(".")[0] for other in selection.others.values()}
    if not labels:
        return ()
    there = {table.name for table in selection.foreign.tables}
    bare = {TableName("", name.name) for name in there}
    made = declared.read(apps, connection, app_labels=labels)
    tables = tuple(table for table in made.tables if table.name in there | bare)
    outcome = diff.compare(selection.foreign, replace(made, tables=tables), connection=connection)
    return (*outcome.differences, *outcome.unsettled)


def request_for(connection: BaseDatabaseWrapper, app_label: str, selection: Selection) -> Request:
    """Read what there is besides tables, and return all that writing needs to know."""
    editor: Any = connection.schema_editor(collect_sql=True)
    return Request(
        app_label,
        selection.schema,
        extras.read(connection, selection.schemas),
        selection.others,
        selection.oids,
        editor._create_index_name,
    )


def compare(
    connection: BaseDatabaseWrapper, apps: Apps, request: Request, source: Source
) -> list[Difference | Unsettled]:
    """Return in what the written models differ from the database."""
    state = _state(apps, request, source.migrations[source.tables_migration])
    made = declared.read(state.apps, connection, app_labels=[request.app_label])
    live = replace(request.schema, tables=tuple(app.tables_of(request)))
    outcome: Differences = diff.compare(live, made, connection=connection)
    return [*outcome.differences, *outcome.unsettled]


def _state(apps: Apps, request: Request, text: str) -> ProjectState:
    """Run the operations of a migration in memory, from its text."""
    namespace: dict[str, Any] = {"__name__": f"{request.app_label}.migrations.tables"}
    exec(compile(ast.parse(text), "<pulled migration>", "exec"), namespace)
    state = ProjectState()
    if request.others:
        labels = {other.label.partition(".")[0] for other in request.others.values()}
        for model in _with_targets(apps, labels):
            state.add_model(ModelState.from_model(model))
    for operation in namespace["Migration"].operations:
        operation.state_forwards(request.app_label, state)
    return state


def _with_targets(apps: Apps, labels: Iterable[str]) -> list[Any]:
    """Return the models of some apps, and of all apps that these refer to."""
    waiting, seen = list(labels), set(labels)
    while waiting:
        for model in apps.get_app_config(waiting.pop()).get_models():
            for field in model._meta.get_fields():
                target = field.related_model
                label = target._meta.app_label if isinstance(target, type) else ""
                if label and field.concrete and label not in seen:
                    seen.add(label)
                    waiting.append(label)
    return [model for label in sorted(seen) for model in apps.get_app_config(label).get_models()]


def _places(difference: Difference | Unsettled) -> Collection[tuple[TableName, str]]:
    """Return the object whose expression should be kept as it is."""
    if isinstance(difference, Unsettled):
        return _places(difference.reported_as)
    if isinstance(difference, ColumnDifference):
        return [(difference.table, difference.live_column.name)]
    if isinstance(difference, ConstraintDifference):
        return [(difference.table, difference.live_constraint.name)]
    if isinstance(difference, IndexDifference):
        return [(difference.table, difference.live_index.name)]
    return []
