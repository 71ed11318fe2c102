"""Which operations ask a project state for single models only, and how a migration is run."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from typing import Any

from django.contrib.contenttypes.management import RenameContentType
from django.contrib.postgres import operations as postgres
from django.db import migrations
from django.db.migrations import operations as django_operations
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.transaction import atomic

from database.migrating.model_states import Key
from database.migrating.pipeline import pipeline_of
from database.migrating.state import ProjectState
from database.migrating.statements import watcher_of


@cache
def plain_operations() -> frozenset[type]:
    """Return the operations that look models up by name and hand them to the schema editor."""
    of_postgres = {
        each
        for each in vars(postgres).values()
        if isinstance(each, type)
        and issubclass(each, Operation)
        and each.__module__ == postgres.__name__
    }
    of_django = {getattr(django_operations, name) for name in django_operations.__all__}
    # RunPython hands the registry to a function of the project. What RenameContentType hands it to
    # is Django's own, and asks for one model that it saves.
    return frozenset(of_django | of_postgres | {RenameContentType}) - {migrations.RunPython}


CHANGED_AFTER: dict[type, str | None] = {
    migrations.CreateModel: None,
    migrations.AddIndex: "indexes",
    migrations.AddConstraint: "constraints",
    migrations.RemoveConstraint: "constraints",
    migrations.AlterConstraint: "constraints",
}
"""What operations change, of those that look at the model as it is after them: an option of it that
touches nothing else, or None where the model is new."""

CHANGED_BEFORE: dict[type, str | None] = {migrations.RemoveIndex: "indexes"}
"""The same of those that look at the model as it was before them."""


def knows(schema_editor: Any) -> bool:
    """Return whether a schema editor is known to ask only for the models it is handed."""
    return type(schema_editor).__module__.startswith(("django.", "database.backend."))


def asks_for_single_models(operation: Any, schema_editor: Any) -> bool:
    """Return whether an operation is known to look models up by name, and to walk nowhere."""
    if not knows(schema_editor):
        return False
    return type(operation) in plain_operations() and all(
        asks_for_single_models(each, schema_editor)
        for each in getattr(operation, "database_operations", ())
    )


def _changes_states_as_django(operation: Any) -> bool:
    return type(operation).state_forwards.__module__.startswith("django.")


def _handles_errors(operation: Any) -> bool:
    """Return whether a known operation goes on after an error, which must be its own then."""
    return isinstance(operation, RenameContentType)


def can_run(migration: Migration) -> bool:
    """Return whether a migration is run the way Django runs migrations."""
    return type(migration).apply is Migration.apply and type(migration).unapply is Migration.unapply


def keeps_session(migration: Migration) -> bool:
    """Return whether a migration surely leaves the settings of its session as they are."""
    return can_run(migration) and all(map(_sets_nothing, migration.operations))


def _sets_nothing(operation: Any) -> bool:
    return (
        type(operation) in plain_operations()
        and not isinstance(operation, migrations.RunSQL)
        and all(map(_sets_nothing, getattr(operation, "database_operations", ())))
    )


def apply(migration: Migration, state: ProjectState, schema_editor: Any) -> ProjectState:
    """Do what ``Migration.apply()`` does, with states that spare what an operation never asks for.

    Args:
        migration: A migration for which ``can_run()`` holds.
        state: The state before it. It is changed into the one after it.
        schema_editor: The entered schema editor to apply it with.

    Returns:
        The state after the migration.
    """
    watcher = watcher_of(schema_editor.connection)
    pipeline = pipeline_of(schema_editor.connection)
    with state.spared():
        for number, operation in enumerate(migration.operations, 1):
            walkable = not asks_for_single_models(operation, schema_editor)
            before = state.clone()
            _keep(before, operation, schema_editor, walkable)
            operation.state_forwards(migration.app_label, state)
            if type(operation) in CHANGED_AFTER and not walkable:
                state.take_over(before, *_change(migration, operation, CHANGED_AFTER))
            with (
                watcher.operating(number, schema_editor.deferred_sql),
                state.spared(knows(schema_editor), walkable=walkable),
                pipeline.resting() if walkable or _handles_errors(operation) else nullcontext(),
                _transaction(migration, operation, schema_editor),
            ):
                operation.database_forwards(migration.app_label, schema_editor, before, state)
            if type(operation) in CHANGED_BEFORE and not walkable:
                state.take_over(before, *_change(migration, operation, CHANGED_BEFORE))
    return state


def unapply(migration: Migration, state: ProjectState, schema_editor: Any) -> ProjectState:
    """Do what ``Migration.unapply()`` does, as ``apply()`` does what Django's does.

    Raises:
        IrreversibleError: If an operation cannot be reversed. Nothing has been done then.
    """
    watcher = watcher_of(schema_editor.connection)
    pipeline = pipeline_of(schema_editor.connection)
    to_run: list[tuple[int, Any, ProjectState, ProjectState]] = []
    with state.spared():
        after = state
        for number, operation in enumerate(migration.operations, 1):
            if not operation.reversible:
                raise IrreversibleError(f"Operation {operation} in {migration} is not reversible")
            after = after.clone()
            before = after.clone()
            walkable = not asks_for_single_models(operation, schema_editor)
            _keep(before, operation, schema_editor, walkable)
            operation.state_forwards(migration.app_label, after)
            to_run.append((number, operation, before, after))
    for number, operation, before, after in reversed(to_run):
        walkable = not asks_for_single_models(operation, schema_editor)
        with (
            watcher.operating(number, schema_editor.deferred_sql),
            after.spared(knows(schema_editor), walkable=walkable),
            pipeline.resting() if walkable or _handles_errors(operation) else nullcontext(),
            _transaction(migration, operation, schema_editor),
        ):
            operation.database_backwards(migration.app_label, schema_editor, after, before)
    return state


def _change(
    migration: Migration, operation: Any, changed: dict[type, str | None]
) -> tuple[Key, str | None]:
    """Return the model that an operation changes, and the option of it."""
    name = getattr(operation, "model_name_lower", None) or operation.name_lower
    return (migration.app_label, name), changed[type(operation)]


def _keep(before: ProjectState, operation: Any, schema_editor: Any, walkable: bool) -> None:
    """Give an operation the models of the state before it as they were before it."""
    if walkable:
        before.spare(knows(schema_editor), walkable=True)
        if not _changes_states_as_django(operation):
            before.detach()


def _transaction(migration: Migration, operation: Any, schema_editor: Any) -> Any:
    wants_one = operation.atomic or (migration.atomic and operation.atomic is not False)
    if wants_one and not schema_editor.atomic_migration:
        return atomic(schema_editor.connection.alias)
    return nullcontext()
