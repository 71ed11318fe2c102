"""The live database → Schema. All SQL that reads the catalog lives here."""

from __future__ import annotations

from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper

from .state import Schema, TableName


def read(connection: BaseDatabaseWrapper, *, tables: Collection[TableName] | None = None) -> Schema:
    """Read the schema of the live database in a fixed number of queries.

    Args:
        connection: A PostgreSQL connection of Django; inside or outside of a transaction.
        tables: The tables to read, those of a bare name found by the search path; names of which
            there is no table are passed over. None reads all user tables of the schemas on the
            search path.

    Returns:
        The tables that exist, without system objects and what extensions own.
    """
    raise NotImplementedError
