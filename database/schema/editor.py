"""Django's schema editor, made to write SQL down instead of running it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model

from database.backend.operations import NamesWithPercent, literally


class CollectingEditor(NamesWithPercent, DatabaseSchemaEditor):
    """Writes the SQL of Django's schema editor down, runs nothing and never says CASCADE.

    It asks the catalog for nothing, except once which collations are deterministic if an indexed
    text field names one: what is there is known from the schema that was read.
    """

    # Without CASCADE: a view that depends on it is an error, and not dropped along.
    sql_delete_table = "DROP TABLE %(table)s"
    sql_delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s"
    sql_delete_index = "DROP INDEX %(name)s"

    if TYPE_CHECKING:
        # The methods of Django that write SQL are private, and unknown to its stubs.
        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection, collect_sql=False, atomic=False)
        self.statements: list[str] = []
        self.deferred_sql: list[Any] = []
        self._deterministic: dict[str, bool] | None = None
        self._creating = False

    def quote_name(self, name: str) -> str:
        """Quote a name as it is: statements are written down, not sent to the driver."""
        return str(DatabaseOperations.quote_name(self.connection.ops, name))

    def execute(self, sql: Any, params: Sequence[Any] | None = ()) -> None:
        """Write a statement down, with its parameters in their places."""
        text, values = literally(sql, params)
        self.statements.append(self.connection.ops.compose_sql(text, values) if values else text)

    def create_model(self, model: type[Model]) -> None:
        """Write what creates the table of a model, without those of its many-to-many fields.

        They are differences of their own, each with its own change.
        """
        if self._creating:
            return
        self._creating = True
        try:
            super().create_model(model)
        finally:
            self._creating = False

    @staticmethod
    def text(sql: object) -> str:
        """Return what Django wrote for :meth:`execute` as SQL without parameters."""
        return literally(sql, None)[0]

    def take(self) -> list[str]:
        """Return the statements written down since the last call."""
        statements, self.statements = self.statements, []
        return statements

    def take_deferred(self) -> list[Any]:
        """Return the statements that Django would run at the end, and forget them."""
        statements, self.deferred_sql = [sql for sql in self.deferred_sql if sql], []
        return statements

    def _is_collation_deterministic(self, collation_name: str) -> bool:
        if self._deterministic is None:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT collname, collisdeterministic FROM pg_collation")
                self._deterministic = dict(cursor.fetchall())
        return self._deterministic.get(collation_name, False)

    def add_bare_column(
        self, model: type[Model], field: Field[Any, Any], *, default: Any = None
    ) -> None:
        """Write ALTER TABLE … ADD COLUMN without keys, checks and indexes.

        Args:
            model: The model of the field.
            field: The field.
            default: What rows that are there get, as a Python value; None for the field's own.
        """
        bare: Any = copy.copy(field)
        bare.primary_key = False
        bare._unique = False
        bare.db_index = False
        bare.__dict__.pop("unique", None)
        if default is not None:
            bare.default = default
            bare.__dict__.pop("_get_default", None)
        definition: Any
        definition, params = self.column_sql(model, bare, include_default=True)
        if suffix := bare.db_type_suffix(connection=self.connection):
            definition += f" {suffix}"
        self.execute(
            self.sql_create_column
            % {
                "table": self.quote_name(model._meta.db_table),
                "column": self.quote_name(bare.column),
                "definition": definition,
            },
            params or None,
        )
        if not bare.has_db_default() and self.effective_default(bare) is not None:
            changes, params = self._alter_column_default_sql(model, None, bare, drop=True)
            self.alter(model, changes, params)

    def alter(self, model: type[Model], changes: str, params: Sequence[Any] = ()) -> None:
        """Write ALTER TABLE with these changes."""
        self.execute(
            self.sql_alter_column
            % {"table": self.quote_name(model._meta.db_table), "changes": changes},
            params,
        )
