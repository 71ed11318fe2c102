"""Errors of PostgreSQL, told without anybody's data."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from database.schema.failure import report

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


def test_an_error_without_a_code_is_a_lost_connection() -> None:
    assert report(DatabaseError("the connection is closed")).id == "prodobit.E613"
