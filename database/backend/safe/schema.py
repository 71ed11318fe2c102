"""The schema editor: django-pg-zero-downtime-migrations', with our enum types and patience."""

# It has no type hints.
# mypy: disable-error-code="misc"

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.ddl_references import Statement
from django_zero_downtime_migrations.backends.postgres.schema import (
    DatabaseSchemaEditorMixin,
    UnsafeOperationWarning,
)

from database.backend import schema
from database.schema.patience import RETRIES, is_blocked, pause_after

# What it warns of is in the review, and migrate has refused what matters.
warnings.filterwarnings("ignore", category=UnsafeOperationWarning)


class PatientEditor(schema.DatabaseSchemaEditor):
    """Our schema editor, which tries a statement again that could not get its lock.

    Outside of a transaction nothing is left of such a statement, and the migration it is of could
    not be tried again as a whole.
    """

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Execute a statement, several times if it has to be."""
        attempt = 1
        while True:
            try:
                return super().execute(sql, params)
            except OperationalError as error:
                # One that works concurrently leaves something behind.
                if (
                    attempt > RETRIES
                    or self.connection.in_atomic_block
                    or not is_blocked(error)
                    or "CONCURRENTLY" in str(sql)
                ):
                    raise
            time.sleep(pause_after(attempt))
            attempt += 1


class CheckStatement(Statement):
    """Adds a CHECK in two statements; as a text it is the one to which NOT VALID may be added.

    AddConstraintNotValid does that.
    """

    def __str__(self) -> str:
        return schema.DatabaseSchemaEditor.sql_create_check % self.parts


class DatabaseSchemaEditor(DatabaseSchemaEditorMixin, PatientEditor):
    """Builds indexes concurrently and validates constraints after they are there.

    https://github.com/tbicr/django-pg-zero-downtime-migrations
    """

    def _create_check_sql(self, model: Any, name: str, check: str) -> CheckStatement:
        statement = super()._create_check_sql(model, name, check)
        return CheckStatement(statement.template, **statement.parts)

    @contextmanager
    def _set_operation_timeout(
        self, statement_timeout: str | None = None, lock_timeout: str | None = None
    ) -> Iterator[None]:
        if statement_timeout is None and lock_timeout is None:
            # Those of migrate hold, and need not be read to be set to what they are.
            yield
            return
        with super()._set_operation_timeout(statement_timeout, lock_timeout):
            yield
