"""Errors of PostgreSQL, told without anybody's data."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from database.schema.failure import report
from tests.database.servers import PrivateServer

SECRET = "hunter2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "sqlstate", "message", "detail"),
    [
        ("INSERT INTO t VALUES ('hunter2', 1)", "23505", "duplicate key", "Key (a)=(…) already"),
        ("INSERT INTO t VALUES (NULL, 2)", "23502", "null value in column", "contains (…)"),
        ("INSERT INTO t VALUES ('hunter2)=(x', -1)", "23514", "violates check", "contains (…)"),
        ("SELECT 'hunter2'::integer", "22P02", 'type integer: "…"', ""),
        ("SELECT '{hunter2'::json", "22P02", "type json", '"…" is invalid'),
        ("SELECT 'hunter2'::date", "22007", 'type date: "…"', ""),
        ("DROP TABLE t", "2BP01", "cannot drop table t", "view v depends on table t"),
        ("DROP TABLE nothing", "42P01", 'table "nothing" does not exist', ""),
    ],
)
def test_values_of_rows_are_left_out(sql: str, sqlstate: str, message: str, detail: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a text NOT NULL UNIQUE, b integer CHECK (b > 0))")
        cursor.execute("INSERT INTO t VALUES ('hunter2', 1)")
        cursor.execute("CREATE VIEW v AS SELECT * FROM t")
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            cursor.execute(sql)

    found = report(caught.value, None, "the statement")

    assert (found.id, found.sqlstate) == ("prodobit.E610", sqlstate)
    assert message in found.message
    assert detail in found.detail
    assert SECRET not in found.message + found.detail + found.hint
    assert found.next_step


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "sqlstate", "step"),
    [
        ("ALTER TABLE t DROP CONSTRAINT gone", "42704", "Correct the name; if it is right, the"),
        ("DROP INDEX gone", "42704", "Correct the name; if it is right, the database is not"),
        ("ALTER TABLE t DROP COLUMN gone", "42703", "Correct the name; if it is right, the"),
        ("ALTER TABLE t ADD b citext2", "42704", "If it comes with an extension, create that"),
        ("SELECT unknown_function(1)", "42883", "If it comes with an extension, create that"),
    ],
)
def test_what_is_gone_and_what_was_never_there_have_other_next_steps(
    sql: str, sqlstate: str, step: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a text)")
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            cursor.execute(sql)

    found = report(caught.value)

    assert (found.sqlstate, found.next_step[: len(step)]) == (sqlstate, step)
    assert found.next_step.endswith("then push again.")


@pytest.mark.slow
def test_a_full_lock_table_is_told_with_the_setting_to_raise(
    breakable_server: PrivateServer,
) -> None:
    with breakable_server.connect() as other, pytest.raises(psycopg.Error) as caught:
        # As creating thousands of tables in one transaction does.
        other.execute("SELECT pg_advisory_xact_lock(n) FROM generate_series(1, 100000) n")
    error = DatabaseError()
    error.__cause__ = caught.value

    found = report(error)

    assert (found.sqlstate, found.message) == ("53200", "out of shared memory")
    assert found.next_step == (
        "The server's lock table is full: raise max_locks_per_transaction in its configuration, "
        "restart it, then push again."
    )


def test_an_error_without_a_code_is_a_lost_connection() -> None:
    assert report(DatabaseError("the connection is closed")).id == "prodobit.E613"
