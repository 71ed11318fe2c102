"""The database the cases run in: one for each worker, with a schema for each way of building."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.postgres.signals import get_citext_oids, get_hstore_oids
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from . import dump

EXTENSIONS = ("bloom", "btree_gin", "btree_gist", "citext", "hstore", "pg_trgm")
PUSHED, FRESH, MIGRATED = "contract_pushed", "contract_fresh", "contract_migrated"


class Bench:
    """A database with three schemas: what is pushed to, built from nothing, and migrated."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def execute(self, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        """Run SQL and return its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Empty the three schemas."""
        self.execute(
            "".join(
                f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};"
                for schema in (PUSHED, FRESH, MIGRATED)
            )
        )

    @contextmanager
    def at(self, schema: str) -> Iterator[None]:
        """Make another schema than the pushed one the current one."""
        self.execute(f"SET search_path = {schema}, public")
        try:
            yield
        finally:
            self.connection.needs_rollback = False
            self.execute("RESET search_path")

    def dumps(self, declared: frozenset[str]) -> tuple[dump.Dump, dump.Dump, dump.Dump]:
        """Return what pg_dump says of the pushed, the fresh and the migrated schema.

        Args:
            declared: See ``dump.normalize``.
        """
        schemas = (PUSHED, FRESH, MIGRATED)
        text = dump.pg_dump(self.connection.settings_dict, *schemas)
        pushed, fresh, migrated = (
            dump.normalize(text, schema, declared, dump.read_unsaid(self.connection, schema))
            for schema in schemas
        )
        return pushed, fresh, migrated


@pytest.fixture(scope="session")
def _contract_database(django_db_blocker: Any, worker_id: str) -> Iterator[str]:
    """An empty database with the extensions, whose current schema is the pushed one."""
    name = f"test_{connection.settings_dict['NAME']}_contract_{worker_id}"
    quoted = connection.ops.quote_name(name)
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
        cursor.execute(f"CREATE DATABASE {quoted}")
        cursor.execute(f"ALTER DATABASE {quoted} SET search_path = {PUSHED}, public")
    with django_db_blocker.unblock(), _connected_to(name):
        for extension in EXTENSIONS:
            Bench(connection).execute(f"CREATE EXTENSION {extension} SCHEMA public")
    yield name
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {quoted}")


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    connection.close()
    for oids in (get_hstore_oids, get_citext_oids):
        oids.cache_clear()  # type: ignore[attr-defined]
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


@pytest.fixture
def bench(_contract_database: str, django_db_blocker: Any) -> Iterator[Bench]:
    """The schemas, empty; the default connection leads to them."""
    with django_db_blocker.unblock(), _connected_to(_contract_database):
        bench = Bench(connection)
        bench.clear()
        yield bench
