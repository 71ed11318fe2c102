"""SQL as PostgreSQL writes it becomes Django's expressions, or keeps its words."""

from __future__ import annotations

import pytest

from database.schema.source import expressions, layout
from database.schema.source.expressions import Field

FIELDS = {
    field.name: field
    for field in (
        Field("price", "numeric(10,2)"),
        Field("status", "character varying(20)"),
        Field("kind", "text"),
        Field("qty", "integer"),
        Field("a", "date"),
        Field("b", "date"),
        Field("ok", "boolean"),
        Field("size", "shirt_size", enum=True),
        Field("time", "time without time zone"),
    )
} | {"Odd Name": Field("odd_name", "text")}


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("(price >= (0)::numeric)", "Q(price__gte=0)"),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])"
            "::text[]))",
            'Q(status__in=["a", "b"])',
        ),
        ("(kind = ANY (ARRAY['a'::text, 'b''x'::text]))", 'Q(kind__in=["a", "b\'x"])'),
        ("((qty > 0) AND (qty < 100))", "Q(qty__gt=0, qty__lt=100)"),
        ("((qty > 5) AND (ok))", "Q(qty__gt=5) & Q(ok=True)"),
        ("((a IS NULL) OR (b > a))", 'Q(a__isnull=True) | Q(b__gt=F("a"))'),
        ("(NOT ok)", "Q(ok=False)"),
        ("(qty >= '-1'::integer)", "Q(qty__gte=-1)"),
        ("(size = 'm'::shirt_size)", 'Q(size="m")'),
        ("((status)::text <> ''::text)", "Condition(\"({status})::text <> ''::text\")"),
        ("(kind ~ '^[a-z]{2}$'::text)", "Condition(\"{kind} ~ '^[a-z]{{2}}$'::text\")"),
        ("(time > '10:00'::time without time zone)",
         "Condition(\"{time} > '10:00'::time without time zone\")"),
        ('("Odd Name" IS NOT NULL)', "Q(odd_name__isnull=False)"),
        ("(lower(kind) = 'x'::text)", "Condition(\"lower({kind}) = 'x'::text\")"),
        ("(qty % 7 = 0)", 'Condition("{qty} % 7 = 0")'),
    ],
)  # fmt: skip
def test_a_condition(sql: str, code: str) -> None:
    assert layout.flat(expressions.condition(sql, FIELDS)) == code


@pytest.mark.parametrize(
    ("sql", "type_", "code"),
    [
        ("now()", "timestamp with time zone", "TransactionStart()"),
        ("CURRENT_TIMESTAMP", "timestamp with time zone", 'SQL("CURRENT_TIMESTAMP")'),
        ("'TRY'::text", "text", '"TRY"'),
        ("'it''s'::character varying", "character varying(9)", '"it\'s"'),
        ("0", "integer", "0"),
        ("'-1'::integer", "integer", "-1"),
        ("4.99", "numeric(4,2)", 'Decimal("4.99")'),
        ("true", "boolean", "True"),
        ("'{}'::jsonb", "jsonb", "{}"),
        ("'{}'::text[]", "text[]", "[]"),
        ("gen_random_uuid()", "uuid", 'SQL("gen_random_uuid()")'),
        ("""'{"a": 1}'::jsonb""", "jsonb", """SQL("'{{\\"a\\": 1}}'::jsonb")"""),
    ],
)
def test_a_default(sql: str, type_: str, code: str) -> None:
    assert layout.flat(expressions.default(sql, type_)) == code


def test_what_only_lists_texts_makes_choices() -> None:
    sql = "(kind = ANY (ARRAY['a'::text, 'b'::text]))"

    assert expressions.choices(sql, FIELDS) == ("kind", ("a", "b"))
    assert expressions.choices("(qty = ANY (ARRAY[1, 2]))", FIELDS) is None
