"""The connection: Django's own, with our schema editor."""

from django.db.backends.postgresql import base

from .schema import DatabaseSchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL whose schema editor knows enum types."""

    SchemaEditorClass = DatabaseSchemaEditor
