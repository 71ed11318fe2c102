"""What is measured in the data before a push."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from database.schema.facts import Facts, base_type, keeps_every_value, modifiers


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("character varying(28)", "character varying(30)", True),
        ("character varying(30)", "character varying(28)", False),
        ("character varying(30)", "character varying", True),
        ("character varying(30)", "text", True),
        ("text", "character varying(30)", False),
        ("character(3)", "text", False),
        ("smallint", "bigint", True),
        ("bigint", "integer", False),
        ("bigint", "numeric", True),
        ("bigint", "numeric(20,0)", False),
        ("integer", "text", True),
        ("numeric(10,2)", "numeric(12,2)", True),
        ("numeric(10,2)", "numeric(12,4)", True),
        ("numeric(10,2)", "numeric(10,3)", False),
        ("numeric(10,2)", "numeric(9,2)", False),
        ("numeric", "numeric(9,2)", False),
        ("real", "double precision", True),
        ("double precision", "real", False),
        ("date", "timestamp with time zone", True),
        ("timestamp with time zone", "date", False),
        ("text", "integer", False),
    ],
)
def test_whether_a_type_keeps_every_value(old: str, new: str, kept: bool) -> None:
    assert keeps_every_value(old, new) is kept


def test_types_come_apart() -> None:
    assert base_type("numeric(10,2)[]") == "numeric[]"
    assert modifiers("numeric(10,-2)") == (10, -2)
    assert modifiers("timestamp with time zone") == ()


CASTS: list[tuple[str, str, str, list[Any], int, int]] = [
    ("letters are no number", "text", "integer", ["1", "x", None, "007", "x"], 2, 0),
    ("another spelling is no loss", "text", "integer", ["007", " 8 "], 0, 0),
    ("decimal places are", "text", "numeric(5,1)", ["1.25", "1.50"], 0, 1),
    ("a time of day is", "text", "date", ["2024-01-01 12:00", "2024-01-01"], 0, 1),
    ("spaces in JSON are not", "text", "jsonb", ['{"a":  1}'], 0, 0),
    ("what is longer is cut", "character varying(9)", "character varying(3)", ["abcd", "ab"], 0, 1),
    ("what is rounded", "numeric(9,2)", "integer", [1, 1.25], 0, 1),
    ("what is too large", "bigint", "smallint", [1, 70000], 1, 0),
    ("a number of several digits is no truth", "integer", "boolean", [0, 1, 5], 0, 1),
    ("what has a time", "timestamp", "date", ["2024-01-01", "2024-01-01 1:00"], 0, 1),
    ("no cast at all, and none by way of text", "integer", "uuid", [1, None], 1, 0),
    ("by way of text", "integer", "jsonb", [1, 2], 0, 0),
    ("a type without equality", "json", "text", ["{}"], 0, 0),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("story", "old", "new", "values", "uncastable", "losers"), CASTS, ids=[c[0] for c in CASTS]
)
def test_casts_are_measured(
    story: str, old: str, new: str, values: list[Any], uncastable: int, losers: int
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMPORARY TABLE "facts table" ("a value" {old})')
        for value in values:
            cursor.execute('INSERT INTO "facts table" VALUES (%s)', [value])
    facts = Facts()

    facts.cast('"facts table"', '"a value"', old, new)
    facts.measure(connection)
    cast = facts.cast('"facts table"', '"a value"', old, new)

    assert (cast.uncastable, cast.losers) == (uncastable, losers)
    assert not facts.pending
    if not uncastable:
        with connection.cursor() as cursor:
            using = cast.using.format(column='"a value"')
            cursor.execute(f'ALTER TABLE "facts table" ALTER "a value" TYPE {new} USING {using}')


@pytest.mark.django_db
def test_a_table_is_scanned_once_whatever_is_asked(
    django_assert_num_queries: Any,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE many (a integer, b integer)")
        cursor.execute("CREATE TEMPORARY TABLE none (a integer)")
        cursor.execute("INSERT INTO many VALUES (1, NULL), (NULL, NULL)")
    facts = Facts()
    for aggregate in ("count(*)", "count(a)", "count(b)"):
        facts.count("many", aggregate)
        facts.count("none", "count(a)")

    # Two of the six are a savepoint and its end; SET LOCAL, existence of all, one scan.
    with django_assert_num_queries(5):
        facts.measure(connection)

    assert [facts.count("many", name) for name in ("count(*)", "count(a)", "count(b)")] == [2, 1, 0]
    assert facts.has_rows("many")
    assert not facts.has_rows("none")


@pytest.mark.django_db
def test_rows_that_a_policy_hides_are_not_overlooked() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE secret (a integer)")
        cursor.execute("INSERT INTO secret VALUES (1)")
        cursor.execute("ALTER TABLE secret ENABLE ROW LEVEL SECURITY")
        cursor.execute("CREATE ROLE facts_reader")
        cursor.execute("GRANT SELECT ON secret TO facts_reader")
        cursor.execute("SET LOCAL ROLE facts_reader")
    facts = Facts()
    facts.count("secret", "count(*)")

    with pytest.raises(Exception, match="row-level security policy"):
        facts.measure(connection)
