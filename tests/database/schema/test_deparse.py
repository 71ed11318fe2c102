"""PostgreSQL is asked in one round trip, of which nothing remains, or says that it cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test.utils import CaptureQueriesContext

from database.schema import bookkeeping, deparse
from database.schema.deparse import Answer, Authority, ColumnType, Kind, Question

PRICE = (ColumnType("price", "numeric(10,2)", None),)
NAME = (ColumnType("a name", "character varying(30)", "C"),)


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    Authority._remembered.clear()
    yield
    Authority._remembered.clear()


def ask(*questions: Question) -> list[Answer | None]:
    authority = Authority(connection, ("public",), available=True)
    authority.ask(questions)
    return [authority.answer(question) for question in questions]


QUESTIONS = [
    (
        Question(Kind.CHECK, '"price" IN (1, 2)', PRICE),
        ("(price = ANY (ARRAY[(1)::numeric, (2)::numeric]))",) * 2,
    ),
    (
        Question(Kind.CHECK, "\"a name\" IN ('%', 'it''s')", NAME),
        (
            "((\"a name\")::text = ANY ((ARRAY['%'::character varying, "
            "'it''s'::character varying])::text[]))",
            "((\"a name\")::text = ANY (ARRAY[('%'::character varying)::text, "
            "('it''s'::character varying)::text]))",
        ),
    ),
    (
        Question(Kind.PREDICATE, '"price" BETWEEN 1 AND 2 AND "price" <> 3', PRICE),
        (
            "(((price >= (1)::numeric) AND (price <= (2)::numeric)) AND (price <> (3)::numeric))",
            "((price >= (1)::numeric) AND (price <= (2)::numeric) AND (price <> (3)::numeric))",
        ),
    ),
    (Question(Kind.DEFAULT, "'\\x'", (), "text"), ("'\\x'::text",) * 2),
    (Question(Kind.DEFAULT, "now()", (), "date"), ("now()",) * 2),
    (
        Question(Kind.GENERATED, '"price" * 2', PRICE, "numeric(12,2)"),
        ("(price * (2)::numeric)",) * 2,
    ),
    (
        Question(Kind.KEY, 'lower("a name")', NAME, "", "btree", " varchar_pattern_ops"),
        ('lower(("a name")::text) varchar_pattern_ops',) * 2,
    ),
    (
        Question(Kind.KEY, '"price" + 1', PRICE, "", "btree"),
        ("((price + (1)::numeric))",) * 2,
    ),
    (Question(Kind.KEY, 'lower("a name")', NAME, "", "gin"), ()),
    (Question(Kind.TYPE, "varchar ( 5 ) [3]"), ("character varying(5)[]",) * 2),
    (Question(Kind.CHECK, '"gone" > 0', PRICE), ()),
    (Question(Kind.CHECK, '"price" > ', PRICE), ()),
    (Question(Kind.CHECK, "true); DROP TABLE nothing; SELECT (1", PRICE), ()),
    (
        Question(Kind.CHECK, '"price" > 0 AND "thing"."price" < 9', PRICE, table="thing"),
        ("((price > (0)::numeric) AND (price < (9)::numeric))",) * 2,
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("question", "forms"), QUESTIONS, ids=lambda value: str(value)[:60])
def test_a_question_is_answered(question: Question, forms: tuple[str, ...]) -> None:
    [answer] = ask(question)

    assert answer is not None
    assert answer.forms == forms
    assert bool(answer.sqlstate) is not bool(forms)


def relations() -> int:
    own = [f"{name}%" for name in bookkeeping.TABLES]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class "
            "WHERE relname LIKE 'prodobit%%' AND NOT relname LIKE ANY (%s)",
            [own],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True])
def test_all_questions_are_one_round_trip_of_which_nothing_remains(inside: bool) -> None:
    questions = [question for question, _ in QUESTIONS]

    if inside:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            answers = ask(*questions)
            assert relations() == 0
    else:
        with CaptureQueriesContext(connection) as queries:
            answers = ask(*questions)

    assert [answer.forms for answer in answers if answer] == [forms for _, forms in QUESTIONS]
    assert len([query for query in queries if "SELECT count" not in query["sql"]]) == 1
    assert relations() == 0
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_prepares_every_statement_can_be_asked() -> None:
    question, forms = QUESTIONS[0]
    settings = {**connection.settings_dict}
    settings["OPTIONS"] = {
        **settings["OPTIONS"],
        "server_side_binding": True,
        "prepare_threshold": 0,
    }
    preparing = DatabaseWrapper(settings, "default")
    authority = Authority(preparing, ("public",), available=True)

    authority.ask([question])
    answer = authority.answer(question)
    threshold = preparing.connection.prepare_threshold
    preparing.close()

    assert answer == Answer(forms)
    assert threshold == 0


@pytest.mark.django_db
def test_what_was_answered_is_not_asked_again() -> None:
    question, forms = QUESTIONS[0]
    ask(question)

    again = Authority(connection, ("public",), available=True).answer(question)
    elsewhere = Authority(connection, ("other", "public"), available=True).answer(question)

    assert again == Answer(forms)
    assert elsewhere is None


@pytest.mark.django_db
def test_what_was_refused_is_asked_again() -> None:
    question = Question(Kind.CHECK, '"gone" > 0', PRICE)
    ask(question)

    assert Authority(connection, ("public",), available=True).answer(question) is None


@pytest.mark.django_db
def test_only_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deparse, "REMEMBERED", 2)

    ask(*(Question(Kind.DEFAULT, str(number), (), "integer") for number in range(5)))

    assert len(Authority._remembered) == 2


@pytest.mark.django_db
def test_without_the_right_to_create_temporary_tables_nothing_is_asked() -> None:
    question = QUESTIONS[0][0]
    authority = Authority(connection, ("public",), available=False)

    with CaptureQueriesContext(connection) as queries:
        authority.ask([question])

    answer = authority.answer(question)
    assert answer is not None
    assert answer.forms == ()
    assert answer.sqlstate == ""
    assert "temporary tables" in answer.reason
    assert len(queries) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True])
def test_a_server_that_refuses_leaves_the_connection_usable(inside: bool) -> None:
    question = QUESTIONS[0][0]

    def answer() -> Answer | None:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        try:
            return ask(question)[0]
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET default_transaction_read_only")

    if inside:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            found = ask(question)[0]
            assert relations() == 0
    else:
        found = answer()

    assert found is not None
    assert found.forms == ()
    assert found.sqlstate == ""
    assert "read-only" in found.reason
    assert relations() == 0
