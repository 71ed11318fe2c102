"""Running migrations in a schema of their own, and taking down what happened."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest import mock

from django.db import connection
from django.db.migrations import loader

from database.migrating.statements import watch
from tests.database.migrating import fingerprints
from tests.database.migrating.histories import LABELS, History


@dataclass(frozen=True)
class Run:
    """What happened when a history was run.

    Attributes:
        statements: Every statement sent, with its parameters.
        seen: What functions of the history saw of models and rows.
        states: The model states after it.
        registry: The rendered models after it.
        error: What stopped it, or None.
    """

    statements: list[tuple[str, str]]
    seen: list[Any]
    states: dict[Any, Any]
    registry: dict[str, Any]
    error: str | None


@contextmanager
def schema_of_its_own() -> Iterator[None]:
    """Work in an empty schema."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS history CASCADE")
        cursor.execute("CREATE SCHEMA history")
        cursor.execute("SET search_path TO history")
    try:
        yield
    finally:
        connection.in_atomic_block = False  # A failure of deferred statements leaves it set.
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA history CASCADE")


@contextmanager
def loading(history: History) -> Iterator[None]:
    """Make every loader load the migrations of a history, and no others."""

    def load_disk(self: Any) -> None:
        self.disk_migrations = dict(history.migrations)
        self.unmigrated_apps = set()
        self.migrated_apps = set(LABELS)

    with mock.patch.object(loader.MigrationLoader, "load_disk", load_disk):
        yield


def run(executor_class: Any, history: History, *targets: Any, ahead: bool = False) -> Run:
    """Run a history, forwards or to the given targets one after the other.

    Args:
        executor_class: What runs it.
        history: The history; it stays as it is.
        targets: Keys of migrations; the last one by default.
        ahead: Whether statements may be sent ahead. They are not taken down then.
    """
    history = copy.deepcopy(history)
    statements: list[tuple[str, str]] = []

    def take_down(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        given = [None if isinstance(each, datetime) else each for each in params or ()]
        statements.append((str(sql), repr(given)))
        return execute(sql, params, many, context)

    state, error = None, None
    watching = watch(connection) if ahead else connection.execute_wrapper(take_down)
    with schema_of_its_own(), loading(history), watching:
        for target in targets or (history.last,):
            executor = executor_class(connection)
            try:
                state = executor.migrate([target])
            except Exception as exception:
                error = f"{type(exception).__name__}: {exception}"
                break
    if state is None:
        return Run(statements, history.seen, {}, {}, error)
    # As the command does before it tells others about the state.
    state.is_delayed = True
    state.clear_delayed_apps_cache()
    registry = fingerprints.of_registry(state.apps)
    return Run(statements, history.seen, fingerprints.of_state(state), registry, error)
