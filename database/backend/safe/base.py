"""The connection: ours, with the safe schema editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from database.backend import base
from database.backend.schema import DatabaseSchemaEditor as TransactionalEditor

from .schema import DatabaseSchemaEditor

if TYPE_CHECKING:
    Base = base.DatabaseWrapper
else:
    Base = object


class SafeMigrations(Base):
    """Gives a connection the safe schema editor, except where it cannot work.

    In a transaction that is open already (a push, a test) nothing can be done concurrently, and
    every lock is held until its end all the same.

    Attributes:
        safe_migrations: That ``migrate`` refuses what is unsafe.
    """

    safe_migrations = True

    SchemaEditorClass = DatabaseSchemaEditor

    def schema_editor(self, *args: Any, **options: Any) -> TransactionalEditor:
        """Return a new schema editor."""
        if self.in_atomic_block:
            return TransactionalEditor(self, *args, **options)
        return self.SchemaEditorClass(self, *args, **options)


class DatabaseWrapper(SafeMigrations, base.DatabaseWrapper):
    """A connection to PostgreSQL whose migrations block nobody for long."""
