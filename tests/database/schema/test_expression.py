"""A prediction of what PostgreSQL shows is right, or there is none."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from database.schema.deparse import Authority, ColumnType, Kind, Question
from database.schema.expression import mentioned, predict

COLUMNS = (
    ColumnType("price", "numeric(10,2)", None),
    ColumnType("cost", "numeric", None),
    ColumnType("quantity", "integer", None),
    ColumnType("small", "smallint", None),
    ColumnType("big", "bigint", None),
    ColumnType("ratio", "double precision", None),
    ColumnType("status", "character varying(10)", None),
    ColumnType("code", "character varying", "C"),
    ColumnType("note", "text", None),
    ColumnType("fixed", "character(3)", None),
    ColumnType("active", "boolean", None),
    ColumnType("start", "date", None),
    ColumnType("end", "date", None),
    ColumnType("moment", "timestamp(3) with time zone", None),
    ColumnType("key", "uuid", None),
    ColumnType("data", "jsonb", None),
    ColumnType("Größe", "integer", None),
    ColumnType("a b", "text", None),
)
BY_NAME = {column.name: column for column in COLUMNS}

# Declared by Django, and what PostgreSQL shows: these must need no question.
KNOWN = {
    '"price" >= 0': "(price >= (0)::numeric)",
    '"quantity" >= 0': "(quantity >= 0)",
    '("quantity" >=  -5 AND "quantity" <= 5)': "((quantity >= '-5'::integer) AND (quantity <= 5))",
    "\"status\" IN ('new', 'it''s')": (
        "((status)::text = ANY ((ARRAY['new'::character varying, "
        "'it''s'::character varying])::text[]))"
    ),
    "\"note\" IN ('a', 'b')": "(note = ANY (ARRAY['a'::text, 'b'::text]))",
    '"quantity" IN (1, 2)': "(quantity = ANY (ARRAY[1, 2]))",
    '"price" BETWEEN 0 AND 100': "((price >= (0)::numeric) AND (price <= (100)::numeric))",
    '"note" IS NOT NULL': "(note IS NOT NULL)",
    "NOT (\"status\" = '')": "(NOT ((status)::text = ''::text))",
    '("end" IS NULL OR "end" >= ("start"))': '(("end" IS NULL) OR ("end" >= start))',
    '("active" OR "price" = 0)': "(active OR (price = (0)::numeric))",
    'NOT ("quantity" = 3 AND "quantity" IS NOT NULL)': (
        "(NOT ((quantity = 3) AND (quantity IS NOT NULL)))"
    ),
    "\"status\"::text LIKE 'a%'": "((status)::text ~~ 'a%'::text)",
}


@pytest.mark.parametrize(("declared", "live"), KNOWN.items())
def test_common_checks_need_no_question(declared: str, live: str) -> None:
    assert live in predict(Kind.CHECK, declared, BY_NAME)


# Live texts that a careless comparison takes for the declared expression.
DIFFERENT = [
    ('"price" >= 0', "(price > (0)::numeric)"),
    ('"price" >= 0', "(price >= 0)"),
    ('"price" >= 0', "((price)::double precision >= (0)::double precision)"),
    ('"price" >= 0', "(price >= ('-0'::integer)::numeric)"),
    ('"price" >= 0', "(cost >= (0)::numeric)"),
    ('"price" >= 0', "((price)::integer >= 0)"),
    ('"price" >= 0::double precision', "(price >= (0)::numeric)"),
    ('"price"::integer >= 0', "(price >= (0)::numeric)"),
    ('"price" >= \'0\'', "(price >= (0)::numeric)"),
    ('"price" >= 0.0', "(price >= (0)::numeric)"),
    ('"price" >= 0.0', "(price >= 0.00)"),
    ('"quantity" = 10', "(quantity = 1)"),
    ('"quantity" = -1', "(quantity = 1)"),
    ('"quantity" - 1 = 0', "(quantity = '-1'::integer)"),
    ('"quantity" -1 = 0', "((quantity + '-1'::integer) = 0)"),
    ('"quantity" / 2 * 3 = 0', "((quantity / (2 * 3)) = 0)"),
    ('"quantity" - 2 - 3 = 0', "((quantity - (2 - 3)) = 0)"),
    ('"quantity" IN (1, 2)', "(quantity = ANY (ARRAY[2, 1]))"),
    ('"quantity" IN (1, 2)', "(quantity = ALL (ARRAY[1, 2]))"),
    ('"quantity" IN (1, 2)', "(quantity <> ANY (ARRAY[1, 2]))"),
    ('"quantity" IN (1, 2)', "(quantity = ANY (ARRAY[1, 2, 3]))"),
    ('"quantity" NOT IN (1, 2)', "(NOT (quantity = ANY (ARRAY[1, 2])))"),
    ('"status" = \'a\'', "((status)::text = 'A'::text)"),
    ('"status" = \'a\'', "((status)::text = 'a '::text)"),
    ('"status" = \'a\'', "(status = 'a'::text)"),
    ('"status" = \'a\'', "((status)::text = ('a'::text COLLATE \"C\"))"),
    ('"status" = \'a\'', "(upper((status)::text) = 'a'::text)"),
    ('"status" LIKE \'a%\'', "((status)::text ~~* 'a%'::text)"),
    ('"status" LIKE \'a%\'', "((status)::text !~~ 'a%'::text)"),
    ('"status" = E\'a\\\\b\'', "((status)::text = 'a\\\\b'::text)"),
    ('"status" = E\'a\\nb\'', "((status)::text = 'anb'::text)"),
    ('"active" AND "price" = 0 OR "quantity" = 0',
     "(active AND ((price = (0)::numeric) OR (quantity = 0)))"),
    ('("active" OR "price" = 0) AND "quantity" = 0',
     "(active OR ((price = (0)::numeric) AND (quantity = 0)))"),
    ('NOT "active" OR "price" = 0', "(NOT (active OR (price = (0)::numeric)))"),
    ('NOT ("active" OR "price" = 0)', "((NOT active) OR (price = (0)::numeric))"),
    ('"note" IS NULL', "(note IS NOT NULL)"),
    ('NOT ("note" IS NULL)', "(note IS NOT NULL)"),
    ('"price" BETWEEN 0 AND 1', "((price > (0)::numeric) AND (price < (1)::numeric))"),
    ('"price" NOT BETWEEN 0 AND 1', "((price >= (0)::numeric) AND (price <= (1)::numeric))"),
    ('"end" > "start"', '(start > "end")'),
    ('"end" > "start"', "(end > start)"),
    ('"start" >= \'2020-02-30\'', "(start >= '2020-02-30'::date)"),
    ('"key" = \'0\'', "(key = '0'::uuid)"),
    ('"data" = \'{"b": 1, "a": 2}\'::jsonb', '(data = \'{"b": 1, "a": 2}\'::jsonb)'),
    ('"data" = \'{ }\'::jsonb', "(data = '{ }'::jsonb)"),
    ('"missing" >= 0', "(missing >= 0)"),
    ('"price" >= 0 -- really', "(price >= (0)::numeric)"),
    ('"price" >= 0; DROP TABLE x', "(price >= (0)::numeric)"),
    ('"price" >= 0 COLLATE "C"', "(price >= (0)::numeric)"),
    ('"price" >= 0 >= 1', "((price >= (0)::numeric) >= 1)"),
    ('PRICE >= 0', '("PRICE" >= (0)::numeric)'),
    ('"PRICE" >= 0', "(price >= (0)::numeric)"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "live"), DIFFERENT)
def test_what_is_not_the_same_is_never_predicted(declared: str, live: str) -> None:
    assert live not in predict(Kind.CHECK, declared, BY_NAME)


@pytest.mark.parametrize(
    "text",
    [
        "\"fixed\" = 'a'",
        "\"moment\" > '2020-01-01'",
        '"price" > 1e5',
        '"price" > .5',
        '"price" > 007',
        '"quantity" > 99999999999999999999',
        "B'1' = \"note\"",
        "U&'x' = \"note\"",
        '"note" = $$x$$',
        '"t"."price" > 0',
        "current_date > start",
        "\"note\" = 'a' 'b'",
        "\"note\" = 'a' || 'b'",
        '"price" > (SELECT 1)',
        "\"note\" LIKE 'a' ESCAPE '!'",
        '"price" >= 0 AND',
        '("price" >= 0',
        "",
        "'",
        "\"data\" ? 'a'",
        "json = 1",
    ],
)
def test_what_is_not_known_is_not_predicted(text: str) -> None:
    columns = {**BY_NAME, "json": ColumnType("json", "integer", None)}

    assert predict(Kind.CHECK, text, columns) == ()


def test_mentioned_names_are_folded_and_cut() -> None:
    names = mentioned('"A""b" > Lower(c) AND \'"d"\' <> E\'\\\'e\' AND "' + "f" * 70 + '" = 1')

    assert names == {'A"b', "lower", "c", "and", "f" * 63}


numbers = st.sampled_from(
    ["0", "1", " -1", "-5", "0.5", "-0.5", "1.0", "10", "3000000000", "-3000000000", "2147483648",
     "-2147483648", "9223372036854775807"]
)  # fmt: skip
strings = st.sampled_from(
    ["''", "'a'", "'it''s'", "E'a\\\\b'", "'100%'", "'2020-01-01'", "'a'::text", "'é'",
     "'2020-02-29'::date", "'00000000000000000000000000000001'::uuid", "'{}'::jsonb",
     "'{\"a\": [1, true, null]}'::jsonb", "'a'::varchar"]
)  # fmt: skip
names = st.sampled_from([f'"{column.name}"' for column in COLUMNS] + ["price", "Status", "(cost)"])
atoms = st.one_of(names, names, numbers, strings, st.sampled_from(["true", "FALSE"]))


def _values(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(" ".join).map("({})".format),
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(" ".join),
        st.tuples(st.sampled_from(["LOWER", "upper", "LENGTH"]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"COALESCE({', '.join(parts)})"),
        inner.map("({}::text)".format),
    )


values = st.one_of(atoms, st.recursive(atoms, _values, max_leaves=4))
conditions = st.one_of(
    st.tuples(values, st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="]), values).map(
        " ".join
    ),
    st.tuples(names, st.sampled_from(["=", "<", ">="]), st.one_of(numbers, strings)).map(" ".join),
    st.tuples(values, st.sampled_from(["LIKE", "NOT LIKE", "~", "~*", "!~"]), values).map(" ".join),
    st.tuples(values, st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    st.tuples(
        values, st.sampled_from(["IN", "NOT IN"]), st.lists(atoms, min_size=1, max_size=3)
    ).map(lambda parts: f"{parts[0]} {parts[1]} ({', '.join(parts[2])})"),
    st.tuples(values, st.sampled_from(["BETWEEN", "NOT BETWEEN"]), atoms, atoms).map(
        lambda parts: f"{parts[0]} {parts[1]} {parts[2]} AND {parts[3]}"
    ),
    st.just('"active"'),
)


def _booleans(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(" ".join).map("({})".format),
        inner.map("NOT {}".format),
        inner.map("NOT ({})".format),
        inner.map("({}) IS NOT TRUE".format),
        inner.map("({}) IS FALSE".format),
    )


expressions = st.one_of(conditions, st.recursive(conditions, _booleans, max_leaves=5))


# An example is a batch, for the sake of round trips; the failing one of it is named, not shrunk.
batches = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.django_db
@batches
@given(texts=st.lists(expressions, min_size=60, max_size=60), kind=st.sampled_from(list(Kind)[:2]))
def test_every_prediction_is_what_postgresql_shows(texts: list[str], kind: Kind) -> None:
    questions = {text: Question(kind, text, COLUMNS) for text in texts}
    authority = Authority(connection, ("public",), available=True)

    authority.ask(questions.values())

    wrong = []
    for text, question in questions.items():
        answer = authority.answer(question)
        assert answer is not None
        predicted = predict(kind, text, BY_NAME)
        if predicted and answer.forms and (predicted[0], predicted[-1]) != answer.forms:
            wrong.append((text, predicted, answer.forms))
    assert wrong == []


@pytest.mark.django_db
@batches
@given(
    pairs=st.lists(
        st.tuples(
            values,
            st.sampled_from(
                ["integer", "bigint", "smallint", "numeric(10,2)", "double precision", "text",
                 "character varying(5)", "boolean", "date", "uuid", "jsonb", "character(3)"]
            ),
            st.sampled_from([Kind.DEFAULT, Kind.GENERATED, Kind.KEY]),
        ),
        min_size=60,
        max_size=60,
    )
)  # fmt: skip
def test_every_predicted_value_is_what_postgresql_shows(
    pairs: list[tuple[str, str, Kind]],
) -> None:
    questions = {
        pair: Question(
            pair[2],
            pair[0],
            () if pair[2] is Kind.DEFAULT else COLUMNS,
            "" if pair[2] is Kind.KEY else pair[1],
            "btree" if pair[2] is Kind.KEY else "",
        )
        for pair in pairs
    }
    authority = Authority(connection, ("public",), available=True)

    authority.ask(questions.values())

    wrong = []
    for (text, type_, kind), question in questions.items():
        answer = authority.answer(question)
        assert answer is not None
        columns = {} if kind is Kind.DEFAULT else BY_NAME
        predicted = predict(kind, text, columns, type_)
        if predicted and answer.forms and (predicted[0], predicted[-1]) != answer.forms:
            wrong.append((text, type_, kind, predicted, answer.forms))
    assert wrong == []
