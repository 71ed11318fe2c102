"""Indexes with what Django's own cannot have: any name, any method, any storage parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

from django.contrib.postgres.indexes import PostgresIndex
from django.core import checks

__all__ = ["Index"]


class Index(PostgresIndex):
    """An index of any method and with any name that PostgreSQL accepts.

    https://www.postgresql.org/docs/current/sql-createindex.html

    Args:
        expressions: As for Django's index.
        method: Name of the access method.
        storage: Storage parameters, ``{"fillfactor": 70}``.
        unique: Whether it is unique. Forms do not look at it, as they do at a ``UniqueConstraint``.
        options: As for Django's index.
    """

    # The limit of Django's own is that of Oracle.
    max_name_length = 63

    def __init__(
        self,
        *expressions: Any,
        method: str = "btree",
        storage: Mapping[str, object] | None = None,
        unique: bool = False,
        **options: Any,
    ) -> None:
        self.suffix = method
        self.storage = dict(storage or {})
        self.unique = unique
        super().__init__(*expressions, **options)

    @override
    def deconstruct(self) -> Any:
        path, expressions, options = super().deconstruct()
        if self.suffix != "btree":
            options["method"] = self.suffix
        if self.storage:
            options["storage"] = self.storage
        if self.unique:
            options["unique"] = True
        return path, expressions, options

    def check(self, model: Any, connection: Any) -> list[checks.CheckMessage]:
        """Check as Django does, but let the name begin with whatever PostgreSQL accepts."""
        return [found for found in super().check(model, connection) if found.id != "models.E033"]

    def get_with_params(self) -> list[str]:
        """Return the storage parameters as SQL."""
        return [f"{name} = {value}" for name, value in self.storage.items()]

    @override
    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **options: Any) -> Any:
        statement = super().create_sql(model, schema_editor, using=using, **options)
        if self.unique:
            statement.template = statement.template.replace("CREATE INDEX", "CREATE UNIQUE INDEX")
        return statement
