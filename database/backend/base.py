"""The connection: Django's own, with our schema editor."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.types.string import TextLoader

from .operations import DatabaseOperations
from .schema import DatabaseSchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL whose schema editor knows enum types."""

    SchemaEditorClass = DatabaseSchemaEditor
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """Connect, and leave ``json`` to the fields as Django leaves ``jsonb`` to them."""
        connection: Connection[Any] = super().get_new_connection(conn_params)
        connection.adapters.register_loader("json", TextLoader)
        return connection
