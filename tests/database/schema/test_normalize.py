"""Names and types are written as PostgreSQL itself writes them."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from database.schema import normalize
from database.schema.deparse import Authority, Kind, Question

EXACT = (
    *("int", "INT2", "int4", "int8", "Integer", "smallint", "bigint", "oid", "bool", "BOOLEAN"),
    *("decimal", "numeric", "numeric(5)", "decimal( 5 , 2 )", "dec(3)", "numeric(3,-2)", "money"),
    *(
        "float",
        "float(1)",
        "float(24)",
        "float(25)",
        "float4",
        "float8",
        "real",
        "double precision",
    ),
    *("Double   Precision", "char", "char(5)", "character", "bpchar", "bpchar(3)", '"char"'),
    *("varchar", "varchar(7)", "character varying", "CHARACTER VARYING ( 9 )", "char varying(3)"),
    *("national character varying(5)", "nchar(3)", "nchar varying(4)", "national char", "text"),
    *("bit", "bit(5)", "bit varying", "bit varying(9)", "varbit(8)", "bytea", "uuid", "xml"),
    *("timestamp", "timestamptz", "timestamp(3)", "timestamptz(0)", "timestamp with time zone"),
    *("timestamp(3) with time zone", "timestamp without time zone", "time", "timetz", "time(2)"),
    *("time with time zone", "timetz(2)", "time (3) without time zone", "date", "interval"),
    *("interval(3)", "interval year", "interval year to month", "interval day to second(2)"),
    *("json", "jsonb", "jsonpath", "inet", "cidr", "macaddr", "macaddr8", "point", "tsvector"),
    *("int4range", "datemultirange", "regclass", "pg_lsn", "pg_catalog.int4", "int[]", "int[3][4]"),
    *("varchar(5)[]", "text array", "int array[4]", "timestamptz(3)[]", "numeric(5,2)[ ]"),
)


@pytest.mark.django_db
def test_types_of_postgresql_are_written_as_it_writes_them() -> None:
    questions = [Question(Kind.TYPE, text) for text in EXACT]
    authority = Authority(connection, ("public",), available=True)

    authority.ask(questions)

    answers = {question.text: authority.answer(question) for question in questions}
    assert {text: answer.forms[0] for text, answer in answers.items() if answer} == {
        text: normalize.column_type(text) for text in EXACT
    }
    assert all(normalize.is_exact(text) for text in EXACT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CITEXT", "citext"),
        ("Ext.CiText[]", "ext.citext[]"),
        ('"Odd Type"', '"Odd Type"'),
        ('other."Odd Type"[3]', 'other."Odd Type"[]'),
        ("geometry(Point, 4326)", "geometry(Point,4326)"),
        ("vector (3)", "vector(3)"),
    ],
)
def test_other_types_are_folded_and_no_more(text: str, expected: str) -> None:
    assert normalize.column_type(text) == expected
    assert not normalize.is_exact(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", ("plain",)),
        ("Upper Case", ("Upper Case",)),
        ('"quoted"', ("quoted",)),
        ('other"."thing', ("other", "thing")),
        ('"other"."thing"', ("other", "thing")),
        ('a""b', ('a"b',)),
        ("a" * 70, ("a" * 63,)),
        ("я" * 40, ("я" * 31,)),
    ],
)
def test_a_name_is_what_django_makes_of_it(name: str, expected: tuple[str, ...]) -> None:
    assert normalize.identifiers(name) == expected


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=80))
def test_a_name_is_cut_between_characters(name: str) -> None:
    cut = normalize.cut(name)

    assert len(cut.encode()) <= 63
    assert name.startswith(cut)
    assert cut == name or len((cut + name[len(cut)]).encode()) > 63


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [(["fillfactor = 70", "a=b"], ("a=b", "fillfactor=70")), ([], ())],
)
def test_storage_parameters_are_sorted(parameters: list[str], expected: tuple[str, ...]) -> None:
    assert normalize.storage(parameters) == expected
