"""PostgreSQL as the authority on what an expression means: it writes ours as it writes its own.

Expressions are put into temporary tables with the same columns, read back, and rolled back, all of
them in one round trip. https://www.postgresql.org/docs/current/functions-info.html
"""

from __future__ import annotations

import enum
import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from . import normalize

REMEMBERED = 20_000
"""How many answers a process keeps; the oldest are forgotten."""


class Kind(enum.StrEnum):
    """Where an expression stands, which decides how PostgreSQL reads and writes it."""

    CHECK = "check"
    PREDICATE = "predicate"
    DEFAULT = "default"
    GENERATED = "generated"
    KEY = "key"
    TYPE = "type"
    OBJECT = "object"


class ColumnType(NamedTuple):
    """What decides the meaning of a column's name in an expression."""

    name: str
    type: str
    collation: str | None


class Question(NamedTuple):
    """One expression to be deparsed.

    Attributes:
        kind: Where the expression stands.
        text: The expression; for ``Kind.TYPE`` the type; for ``Kind.OBJECT`` the SQL that creates
            a constraint or index, of which there is a live one to be compared with.
        columns: The columns that it may refer to, those that it does not mention left out.
        type: The type of the column that has it (defaults and generated columns), else "".
        method: The index method (``Kind.KEY``), else "".
        suffix: What follows an index key: its collation and operator class, as SQL, else "".
        before: The columns as they may have been when the expression was created, if the type of
            one was changed since then, else (). What PostgreSQL keeps then is not what it would
            make of the expression today.
        table: The table's own bare name if the expression mentions it, else "".
        oid: The live constraint or index (``Kind.OBJECT``), else 0.
        name: Its name.
    """

    kind: Kind
    text: str
    columns: tuple[ColumnType, ...] = ()
    type: str = ""
    method: str = ""
    suffix: str = ""
    before: tuple[ColumnType, ...] = ()
    table: str = ""
    oid: int = 0
    name: str = ""


class Answer(NamedTuple):
    """What PostgreSQL made of a question.

    ``forms`` is the expression deparsed, and deparsed again from that: after a dump and restore it
    is the second form that stands in the catalog. For ``Kind.OBJECT`` it is the definitions of ours
    and of the live one. Empty if PostgreSQL refused the expression, or could not be asked;
    ``sqlstate`` is "" in the latter case, and ``reason`` one sentence.
    """

    forms: tuple[str, ...]
    sqlstate: str = ""
    reason: str = ""


class Authority:
    """Answers questions, remembering what was asked in this process for the same database.

    Args:
        connection: A PostgreSQL connection of Django.
        search_path: Decides how names are looked up and written, and so what an answer holds for.
        available: Whether temporary tables can be created here.
    """

    _remembered: OrderedDict[tuple[object, ...], Answer] = OrderedDict()

    def __init__(
        self, connection: BaseDatabaseWrapper, search_path: tuple[str, ...], *, available: bool
    ) -> None:
        self.connection = connection
        self.available = available
        settings = connection.settings_dict
        self._scope = (
            settings["HOST"],
            settings["PORT"],
            settings["NAME"],
            settings["USER"],
            search_path,
        )
        self._once: dict[Question, Answer] = {}

    def answer(self, question: Question) -> Answer | None:
        """Return the answer if the question was asked before, else None."""
        if question in self._once:
            return self._once[question]
        return self._remembered.get((*self._scope, question))

    def ask(self, questions: Collection[Question]) -> None:
        """Ask PostgreSQL all questions in one round trip; :meth:`answer` knows them from then on.

        Side effects: temporary tables in a transaction, or in a savepoint of the one that is open,
        that is rolled back.
        """
        ordered = list(dict.fromkeys(questions))
        if not self.available:
            reason = "This role may not create temporary tables here, or the server is read-only."
            self._once.update((question, Answer((), "", reason)) for question in ordered)
            return
        try:
            rows = self._run(_script(ordered))
        except DatabaseError as error:
            reason = f"PostgreSQL could not be asked: {' '.join(str(error).split())}"
            self._once.update((question, Answer((), "", reason)) for question in ordered)
            return
        answers = {number: row for number, *row in rows}
        for number, question in enumerate(ordered):
            first, second, sqlstate, message = answers[number]
            if sqlstate or question.kind is Kind.OBJECT:
                # What becomes of an object with an oid is not to be remembered.
                forms = () if sqlstate else (first or "", second or "")
                self._once[question] = Answer(forms, sqlstate or "", message or "")
            else:
                self._remembered[(*self._scope, question)] = Answer((first or "", second or ""))
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _run(self, script: str) -> list[tuple[int, str | None, str | None, str, str]]:
        """Run the script and return the rows of its SELECT; nothing remains, whatever happens."""
        inside = self.connection.in_atomic_block or not self.connection.get_autocommit()
        start, end = (
            ("SAVEPOINT prodobit_deparse", "ROLLBACK TO SAVEPOINT prodobit_deparse")
            if inside
            else ("BEGIN", "ROLLBACK")
        )
        with self.connection.cursor() as cursor, _unprepared(self.connection):
            try:
                # Without parameters psycopg sends all statements at once.
                cursor.execute(f"{start};\n{script};\n{end}")
                rows: list[tuple[int, str | None, str | None, str, str]] = []
                while True:
                    if cursor.description is not None:
                        rows = cursor.fetchall()
                    if not cursor.nextset():
                        break
                return rows
            except DatabaseError:
                # Without this a failed transaction stays open; a lost connection has none.
                if self.connection.connection is not None and not self.connection.connection.closed:
                    cursor.execute(end)
                raise


@contextmanager
def _unprepared(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, psycopg prepares nothing: several statements cannot be prepared as one."""
    raw = connection.connection
    before, raw.prepare_threshold = raw.prepare_threshold, None
    try:
        yield
    finally:
        raw.prepare_threshold = before


EXPRESSION = "prodobit_expression"
"""Stands in an item's SQL where the deparsed expression is put in to be deparsed again."""

# One subtransaction per question, so that what PostgreSQL refuses does not take the others along.
_SCRIPT = """
SET LOCAL client_min_messages = error;
CREATE TEMPORARY TABLE prodobit_answers
    (number integer, first text, second text, sqlstate text, message text) ON COMMIT DROP;
DO $prodobit$
DECLARE
    item jsonb;
    first text;
    second text;
    state text;
    message text;
BEGIN
    FOR item IN SELECT * FROM jsonb_array_elements({items}::jsonb) LOOP
        BEGIN
            EXECUTE item->>'create';
            EXECUTE item->>'read' INTO first;
            IF item ? 'again' THEN
                EXECUTE replace(item->>'again', 'prodobit_expression', first);
                EXECUTE item->>'read_again' INTO second;
            END IF;
            IF item ? 'number' THEN
                INSERT INTO pg_temp.prodobit_answers
                VALUES ((item->>'number')::integer, first, second, '', '');
            END IF;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
            IF item ? 'number' THEN
                INSERT INTO pg_temp.prodobit_answers
                VALUES ((item->>'number')::integer, NULL, NULL, state, message);
            END IF;
        END;
    END LOOP;
END
$prodobit$;
SELECT number, first, second, sqlstate, message FROM pg_temp.prodobit_answers
"""


def _script(questions: Iterable[Question]) -> str:
    items: list[dict[str, object]] = []
    tables: dict[tuple[str, tuple[ColumnType, ...]], str] = {}
    for number, question in enumerate(questions):
        if question.before:
            items.append(_item(number, question, f"pg_temp.prodobit_before_{number}"))
            continue
        key = (question.table, question.columns)
        if key not in tables:
            own = question.table and all(question.table != name for name, _ in tables)
            name = question.table if own else f"prodobit_table_{len(tables)}"
            tables[key] = "pg_temp." + normalize.quote(name)
            items.append(
                {"create": f"CREATE TEMPORARY TABLE {normalize.quote(name)} "
                           f"({_columns(question.columns)})",
                 "read": "SELECT NULL"}
            )  # fmt: skip
        items.append(_item(number, question, tables[key]))
    return _SCRIPT.format(items=normalize.literal(json.dumps(items)))


def _columns(columns: Iterable[ColumnType]) -> str:
    return ", ".join(
        f"{normalize.quote(column.name)} {column.type}"
        + (f" COLLATE {_collation(column.collation)}" if column.collation else "")
        for column in columns
    )


def _changes(question: Question) -> str:
    """Return the change of types from before to now, as in ALTER TABLE."""
    return ", ".join(
        f"ALTER COLUMN {normalize.quote(column.name)} TYPE {column.type} "
        f"USING {normalize.quote(column.name)}::{column.type}"
        + (f" COLLATE {_collation(column.collation)}" if column.collation else "")
        for column, before in zip(question.columns, question.before, strict=True)
        if column.type != before.type
    )


def _collation(name: str) -> str:
    """Return a collation's name as SQL; qualified ones come with their quotes."""
    return name if '"' in name or "." in name else normalize.quote(name)


def _item(number: int, question: Question, table: str) -> dict[str, object]:
    first, second = f"prodobit_{number}_1", f"prodobit_{number}_2"
    relation = f"{normalize.literal(table)}::regclass"
    text, kind, suffix = question.text, question.kind, question.suffix
    if kind is Kind.OBJECT:
        return _object_item(number, question, relation)
    again = ""
    if kind is Kind.CHECK:
        create = f"ALTER TABLE {table} ADD CONSTRAINT {{name}} CHECK ({{text}})"
        read = (
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint "
            f"WHERE conrelid = {relation} AND conname = '{{name}}'"
        )
    elif kind is Kind.PREDICATE:
        create = f"CREATE INDEX {{name}} ON {table} ((1)) WHERE {{text}}"
        read = (
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index "
            "WHERE indexrelid = 'pg_temp.{name}'::regclass"
        )
    elif kind is Kind.KEY:
        create = f"CREATE INDEX {{name}} ON {table} USING {question.method} (({{text}}){suffix})"
        read = (
            "SELECT regexp_replace(pg_get_indexdef('pg_temp.{name}'::regclass), "
            f"'^.* USING {question.method} \\((.*)\\)$', '\\1')"
        )
        again = f"CREATE INDEX {{name}} ON {table} USING {question.method} ({{text}})"
    elif kind is Kind.TYPE:
        create = f"ALTER TABLE {table} ADD COLUMN {{name}} {{text}}"
        read = (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = {relation} AND attname = '{{name}}'"
        )
    else:
        clause = (
            "DEFAULT ({text})" if kind is Kind.DEFAULT else "GENERATED ALWAYS AS ({text}) STORED"
        )
        create = f"ALTER TABLE {table} ADD COLUMN {{name}} {question.type} {clause}"
        read = (
            "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a "
            "ON a.attrelid = d.adrelid AND a.attnum = d.adnum "
            f"WHERE a.attrelid = {relation} AND a.attname = '{{name}}'"
        )
    created = create.replace("{name}", first).replace("{text}", text)
    if question.before:
        created = (
            f"CREATE TEMPORARY TABLE {table.removeprefix('pg_temp.')} "
            f"({_columns(question.before)}); {created}; "
            f"ALTER TABLE {table} {_changes(question)}"
        )
    return {
        "number": number,
        "create": created,
        "read": read.replace("{name}", first),
        "again": (again or create).replace("{name}", second).replace("{text}", EXPRESSION),
        "read_again": read.replace("{name}", second),
    }


def _object_item(number: int, question: Question, relation: str) -> dict[str, object]:
    """Create an object as its class does, on the temporary table of the same name."""
    definition = (
        "SELECT coalesce((SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE {constraint}), "
        "(SELECT regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX .* ON .*? "
        "USING ', '\\1') FROM pg_index WHERE {index}))"
    )
    name = normalize.literal(question.name)
    ours = definition.format(
        constraint=f"conrelid = {relation} AND conname = {name}",
        index=f"indrelid = {relation} AND indexrelid::regclass::text = quote_ident({name})",
    )
    theirs = definition.format(
        constraint=f"oid = {question.oid}", index=f"indexrelid = {question.oid}"
    )
    return {
        "number": number,
        "create": question.text,
        "read": ours,
        "again": "SELECT",
        "read_again": theirs,
    }
