"""What Studio needs before it can be served: a database, its tables, an administrator."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError
from psycopg import errors, sql

from .registration import project_models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ADMINISTRATOR = "admin"
MAINTENANCE_DATABASE = "postgres"
PASSWORD_BYTES = 12


class PreparationError(Exception):
    """Something that Studio needs cannot be made; the message is one sentence and the next step."""


@dataclass(frozen=True)
class Administrator:
    """Who can log in.

    Attributes:
        username: The name of the account; empty where others than ours exist.
        password: The password, where the account was made just now; else None.
    """

    username: str
    password: str | None


def ensure_database(using: str = "default") -> bool:
    """Make sure that the configured database exists.

    Returns:
        Whether it was created.

    Raises:
        PreparationError: The server refused to create it.
        OperationalError: The server cannot be reached, or refuses the user.

    Side effects:
        CREATE DATABASE, on a connection of its own.
    """
    connection = connections[using]
    try:
        connection.ensure_connection()
    except OperationalError as error:
        name = connection.settings_dict["NAME"]
        if not _is_missing(connection, name):
            raise
        return _create(connection, name, error)
    return False


def _is_missing(connection: BaseDatabaseWrapper, name: str) -> bool:
    # libpq gives no code for a failed connection, only a text in the server's language.
    try:
        with _maintenance(connection) as other:
            query = "SELECT FROM pg_database WHERE datname = %s"
            return other.execute(query, [name]).fetchone() is None
    except psycopg.OperationalError:
        return False


def _create(connection: BaseDatabaseWrapper, name: str, reason: OperationalError) -> bool:
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    try:
        with _maintenance(connection) as other:
            other.execute(statement)
    except errors.DuplicateDatabase:
        return False
    except psycopg.Error as error:
        raise PreparationError(
            f'The database "{name}" does not exist and could not be created '
            f"({error.diag.message_primary}). Create it as an administrator of the server: "
            f"{statement.as_string()};"
        ) from reason
    return True


def _maintenance(connection: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    parameters = connection.get_connection_params() | {"dbname": MAINTENANCE_DATABASE}
    return psycopg.connect(**parameters, autocommit=True)


def migrate(using: str = "default") -> dict[str, int]:
    """Bring the tables up to date.

    Returns:
        The number of migrations applied, per app.
    """
    executor = MigrationExecutor(connections[using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", database=using, interactive=False, verbosity=0)
    return Counter(migration.app_label for migration, _ in plan)


def is_empty() -> bool:
    """Whether no table of the project holds a row."""
    return not any(model._base_manager.exists() for model in project_models())


def ensure_administrator() -> Administrator:
    """Make sure that somebody can log in, without touching an account that is there.

    Side effects:
        A superuser with a random password, where there is no active superuser yet.
    """
    users = get_user_model()._default_manager
    able = users.filter(is_active=True, is_staff=True, is_superuser=True)
    if able.filter(username=ADMINISTRATOR).exists():
        return Administrator(ADMINISTRATOR, None)
    if able.exists() or users.filter(username=ADMINISTRATOR).exists():
        return Administrator("", None)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    users.create_superuser(ADMINISTRATOR, password=password)
    return Administrator(ADMINISTRATOR, password)
