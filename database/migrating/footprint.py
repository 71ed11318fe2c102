"""The tables that migrations may make, by their operations alone."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined"

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import strip_quotes, truncate_name
from django.db.migrations import Migration, operations

from database.schema.normalize import identifier

Key = tuple[str, str]

# PostgreSQL's own have names that anybody may give a table: "domains", "parameters".
EXISTS = """
SELECT EXISTS (
    SELECT FROM pg_class WHERE relname = ANY(%s)
    AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
)
"""


class UnknownOperationError(Exception):
    """An operation changes the state in a way of its own."""


def is_untouched(
    connection: BaseDatabaseWrapper, pending: Iterable[Migration], applied: Collection[Key]
) -> bool:
    """Tell whether a database surely has nothing of what migrations make, if they make tables.

    Args:
        connection: The connection; it is asked one query, if any.
        pending: The migrations.
        applied: App labels and names of the migrations that are recorded.

    Returns:
        Whether no migration of their apps is recorded and no table of a name is there that one of
        their models has at any time. False if that cannot be told, or they have no tables.
    """
    pending = list(pending)
    if not {app_label for app_label, _ in applied}.isdisjoint(each.app_label for each in pending):
        return False
    try:
        names = tables(pending, connection.ops.max_name_length())
    except UnknownOperationError:
        return False
    if not names:
        return False
    with connection.cursor() as cursor:
        cursor.execute(EXISTS, [sorted(names)])
        return not cursor.fetchone()[0]


def tables(migrations: Iterable[Migration], longest: int | None) -> set[str]:
    """Return the bare names of all tables that migrations make, if not of some more.

    Args:
        migrations: All migrations of their apps, in order.
        longest: The number of characters in the longest name that the database allows.

    Raises:
        UnknownOperationError: It cannot be told.
    """
    found = _Tables(longest)
    for migration in migrations:
        for operation in migration.operations:
            found.add(migration.app_label, operation)
    names = found.explicit.union(*found.named.values())
    for key, fields in found.many.items():
        names |= {
            truncate_name(f"{strip_quotes(name)}_{each}", longest)
            for name in found.named[key]
            for each in fields
        }
    return {identifier(name) for name in names}


class _Tables:
    """What the models of a plan may call their tables."""

    def __init__(self, longest: int | None) -> None:
        self.longest = longest
        self.named: dict[Key, set[str]] = defaultdict(set)
        self.many: dict[Key, set[str]] = defaultdict(set)
        self.explicit: set[str] = set()

    def add(self, app_label: str, operation: Any) -> None:
        """Add the tables of one operation."""
        if not type(operation).state_forwards.__module__.startswith("django."):
            raise UnknownOperationError
        for inner in getattr(operation, "state_operations", None) or ():
            self.add(app_label, inner)
        if isinstance(operation, operations.CreateModel):
            key = (app_label, operation.name_lower)
            self._add_table(key, operation.options.get("db_table"))
            for field_name, field in operation.fields:
                self._add_field(key, field_name, field)
        elif isinstance(operation, operations.RenameModel):
            old, new = (app_label, operation.old_name_lower), (app_label, operation.new_name_lower)
            self._add_table(new, None)
            self.named[new] |= self.named[old]
            self.many[new] |= self.many[old]
        elif isinstance(operation, operations.AlterModelTable):
            self._add_table((app_label, operation.name_lower), operation.table)
        elif isinstance(operation, operations.AddField | operations.AlterField):
            self._add_field(
                (app_label, operation.model_name_lower), operation.name, operation.field
            )
        elif isinstance(operation, operations.RenameField):
            key = (app_label, operation.model_name_lower)
            if operation.old_name in self.many[key]:
                self.many[key].add(operation.new_name)

    def _add_table(self, key: Key, name: str | None) -> None:
        self.named[key].add(str(name) if name else truncate_name("_".join(key), self.longest))

    def _add_field(self, key: Key, name: str, field: Any) -> None:
        if field.many_to_many:
            self.many[key].add(name)
            if field.db_table:
                self.explicit.add(field.db_table)
