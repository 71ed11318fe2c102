"""Whatever tables and columns are called and of whatever type they are, a pull equals them."""

from __future__ import annotations

import ast

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database.schema import selection
from database.schema.normalize import quote
from database.schema.pull import pull
from database.schema.source.naming import is_field_name

TYPES = (
    *(
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "numeric(10,2)",
        "numeric(5,-2)",
        "real",
        "money",
    ),
    *("double precision", "boolean", "text", "varchar", "varchar(30)", "char(5)", '"char"', "name"),
    *("bytea", "date", "time", "time(3)", "timetz", "timestamp", "timestamp(0)", "timestamptz"),
    *("timestamptz(3)", "interval", "interval(2)", "interval year to month", "uuid", "json"),
    *("jsonb", "jsonpath", "xml", "inet", "cidr", "macaddr", "macaddr8", "bit", "bit(8)", "varbit"),
    *("varbit(9)", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsvector"),
    *("tsquery", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"),
    *("int4multirange", "datemultirange", "oid", "regclass", "regtype", "pg_lsn", "xid", "tid"),
)
COLLATED = ("text", "varchar", "varchar(30)", "char(5)")
DEFAULTS = (
    "NULL",
    "now()",
    "0",
    "''",
    "'it''s 100%s {x}'",
    "true",
    "'{}'",
    "random()",
    "-1.5",
    "'[]'",
)

names = st.one_of(
    st.sampled_from(
        (
            "id",
            "pk",
            "objects",
            "save",
            "Meta",
            "None",
            "class",
            "self",
            "a__b",
            "_x",
            "x_",
            "l",
            "%s",
        )
    ),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1),
).filter(lambda name: 0 < len(name.encode()) < 60)


@st.composite
def columns(draw: st.DrawFn) -> str:
    """Draw a type, with a collation, an array, a default that fits, and NOT NULL."""
    type_ = draw(st.sampled_from(TYPES))
    collation = ""
    if type_ in COLLATED and draw(st.booleans()):
        collation = draw(st.sampled_from((' COLLATE "C"', ' COLLATE "POSIX"')))
    array = draw(st.sampled_from(("", "", "", "[]")))
    return f"{type_}{array}{collation}{draw(st.sampled_from(('', ' NOT NULL')))}"


tables = st.dictionaries(
    names, st.dictionaries(names, columns(), min_size=1, max_size=8), min_size=1, max_size=4
)


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables, st.data())
def test_a_pull_equals_what_it_was_made_from(
    drawn: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS drawn CASCADE; CREATE SCHEMA drawn")
        for table, definitions in drawn.items():
            parts = []
            for name, definition in definitions.items():
                default = data.draw(st.sampled_from(("", "", *DEFAULTS)))
                parts.append(f"{quote(name)} {definition}")
                if default and _fits(definition.split(" COLL")[0].split(" NOT")[0], default):
                    parts[-1] += f" DEFAULT {default}"
            key = data.draw(st.sampled_from(("", next(iter(definitions)))))
            if key and _has_order(definitions[key]):
                parts.append(f"PRIMARY KEY ({quote(key)})")
            sql = f"CREATE TABLE drawn.{quote(table)} ({', '.join(parts)})"
            # Without parameters the driver leaves percent signs alone.
            cursor.execute(sql)

    chosen = selection.select(connection, apps, "drawn_app", schemas=["drawn"])
    made = pull(connection, apps, "drawn_app", chosen)

    assert made.differences == ()
    for text in (*made.source.files.values(), *made.source.migrations.values()):
        ast.parse(text)
    for model in made.source.models:
        assert all(is_field_name(name) or name == "pk" for name, _ in model.fields)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA drawn CASCADE")


def _fits(type_: str, default: str) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"CREATE TEMP TABLE fits (x {type_} DEFAULT {default})")
        except DatabaseError:
            return False
        cursor.execute("DROP TABLE fits")
    return True


def _has_order(definition: str) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"CREATE TEMP TABLE fits (x {definition} PRIMARY KEY)")
        except DatabaseError:
            return False
        cursor.execute("DROP TABLE fits")
    return True
