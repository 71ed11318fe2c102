"""System checks of the database: does what is applied fit the migration files?

https://docs.djangoproject.com/en/6.1/topics/checks/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.checks import CheckMessage, Error

LINES_OF_DIFF = 30
_LEFT_TO_COMMAND = ContextVar("_LEFT_TO_COMMAND", default=False)


@contextmanager
def left_to_command() -> Iterator[None]:
    """Leave the history to the command that runs in the block, which looks at it by itself."""
    token = _LEFT_TO_COMMAND.set(True)
    try:
        yield
    finally:
        _LEFT_TO_COMMAND.reset(token)


def check_history(*, databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Report applied migrations that were edited or whose file is gone, for ``check --database``.

    Args:
        databases: The aliases that the command was told to check; none by default.
    """
    if _LEFT_TO_COMMAND.get():
        return []
    return [message for alias in databases or () for message in _messages(alias)]


def _messages(alias: str) -> Iterator[CheckMessage]:
    from django.apps import apps
    from django.db import connections

    from database.migrating import conflicts, history
    from database.migrating.loader import MigrationLoader
    from database.migrating.project import own_labels

    connection = connections[alias]
    if connection.vendor != "postgresql":
        return
    try:
        loader = MigrationLoader(connection, ignore_no_migrations=True)
        loader.check_consistent_history(connection)
        own = own_labels(apps)
        found = history.examine(connection, loader, own)
        double = conflicts.find(loader, loader.applied_migrations.keys(), own)
    except Exception as error:
        text = history.sentence(error)
        if text is None:
            raise
        yield _error(text)
        return
    if double:
        yield _error(conflicts.explain(double))
    for edited in found.edited:
        yield _error(
            f"prodobit.E833: {edited} was edited after it was applied to the database '{alias}':\n"
            + "\n".join(shortened(edited)),
            f"Restore the file, and write the change as a new migration; or run migrate "
            f"--accept-edited {edited} if the database is as the file says.",
        )
    for key in found.gone:
        name = ".".join(key)
        yield _error(
            f"prodobit.E834: {name} is applied to the database '{alias}', and its file is gone.",
            f"Restore the file; or if it is gone for good, run migrate {key[0]} --prune.",
        )


def shortened(edited: Any) -> list[str]:
    """Return the diff of an edited migration, cut to what fits a terminal."""
    lines = [f"    {line}" for line in edited.diff[:LINES_OF_DIFF]]
    if len(edited.diff) > LINES_OF_DIFF:
        app_label, name = edited.key
        lines.append(
            f"    … {len(edited.diff) - LINES_OF_DIFF} more lines: history {app_label} {name}"
        )
    return lines


def _error(text: str, hint: str | None = None) -> Error:
    id_, _, message = text.partition(": ")
    return Error(message, hint=hint, id=id_)
