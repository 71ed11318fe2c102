"""What no model, history or journal knows is left alone, and dropped only if --prune says so."""

from __future__ import annotations

import pytest

from . import build, engine
from .conftest import Bench
from .definitions import load
from .rows import fill

BEFORE = "a = IntegerField()\nb = TextField(null=True)"
AFTER = "a = IntegerField()\nb = TextField(null=True)\nc = IntegerField(null=True)"

# What is made, all of it called dba, and the query that finds it.
ON_OUR_TABLE = {
    "index": (
        "CREATE INDEX dba ON shop_thing (a)",
        "SELECT to_regclass('dba') IS NOT NULL",
    ),
    "unique index": (
        "CREATE UNIQUE INDEX dba ON shop_thing (a)",
        "SELECT to_regclass('dba') IS NOT NULL",
    ),
    "expression index": (
        "CREATE INDEX dba ON shop_thing (lower(b)) WHERE a > 0",
        "SELECT to_regclass('dba') IS NOT NULL",
    ),
    "check": (
        "ALTER TABLE shop_thing ADD CONSTRAINT dba CHECK (a > -5)",
        "SELECT count(*) = 1 FROM pg_constraint WHERE conname = 'dba'",
    ),
    "unique constraint": (
        "ALTER TABLE shop_thing ADD CONSTRAINT dba UNIQUE (a)",
        "SELECT count(*) = 1 FROM pg_constraint WHERE conname = 'dba'",
    ),
    "column": (
        "ALTER TABLE shop_thing ADD dba integer",
        "SELECT count(*) = 1 FROM pg_attribute WHERE attname = 'dba'",
    ),
    "column with a default and NOT NULL": (
        "ALTER TABLE shop_thing ADD dba integer NOT NULL DEFAULT 5",
        "SELECT count(*) = 1 FROM pg_attribute WHERE attname = 'dba'",
    ),
}
ELSEWHERE = {
    "table": "CREATE TABLE theirs (x integer)",
    "table of an app's name": "CREATE TABLE shop_theirs (x integer)",
    "view": "CREATE VIEW theirs AS SELECT a FROM shop_thing",
    "materialized view": "CREATE MATERIALIZED VIEW theirs AS SELECT a FROM shop_thing",
    "sequence": "CREATE SEQUENCE theirs",
    "foreign key on us": "CREATE TABLE theirs (x bigint REFERENCES shop_thing)",
    "trigger": """
        CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER theirs BEFORE UPDATE ON shop_thing FOR EACH ROW EXECUTE FUNCTION theirs()
    """,
    "policy": "CREATE POLICY theirs ON shop_thing USING (a > 0)",
    "rule": "CREATE RULE theirs AS ON DELETE TO shop_thing DO ALSO NOTIFY theirs",
    "statistics": "CREATE STATISTICS theirs ON a, b FROM shop_thing",
    "privileges": "GRANT SELECT ON shop_thing TO PUBLIC",
    "storage parameter": "ALTER TABLE shop_thing SET (fillfactor = 70)",
    "partitioned table": "CREATE TABLE theirs (x integer) PARTITION BY RANGE (x)",
    "enum type": "CREATE TYPE theirs AS ENUM ('a', 'b')",
}


def _build(bench: Bench, sql: str) -> None:
    registry = load(BEFORE)
    build.create(bench.connection, registry)
    engine.remember(bench.connection, registry)
    fill(registry, 3)
    bench.execute(sql)


@pytest.mark.parametrize("kind", ON_OUR_TABLE)
def test_unknown_object_is_named_and_left_alone(kind: str, bench: Bench) -> None:
    sql, found = ON_OUR_TABLE[kind]
    _build(bench, sql)

    idle = engine.push(bench.connection, load(BEFORE))
    busy = engine.push(bench.connection, load(AFTER))

    for ending in (idle, busy):
        assert ending.code == 0, ending.text
        assert ending.plan is not None
        assert any("dba" in item.what for item in ending.plan.unknown), ending.plan.unknown
    assert not idle.plan
    assert bench.execute(found) == [(True,)]


@pytest.mark.parametrize("kind", ON_OUR_TABLE)
def test_unknown_object_is_dropped_by_prune(kind: str, bench: Bench) -> None:
    sql, found = ON_OUR_TABLE[kind]
    _build(bench, sql)

    ending = engine.push(bench.connection, load(AFTER), prune=True, accept_data_loss=True)

    assert ending.code == 0, ending.text
    assert bench.execute(found) == [(False,)]
    again = engine.push(bench.connection, load(AFTER), prune=True)
    assert not again.plan
    assert again.plan is not None
    assert not again.plan.unknown


def test_values_of_an_unknown_column_are_not_pruned_unasked(bench: Bench) -> None:
    _build(bench, "ALTER TABLE shop_thing ADD dba integer NOT NULL DEFAULT 5")

    ending = engine.push(bench.connection, load(BEFORE), prune=True)

    assert ending.code == 4
    assert ending.ids == ("prodobit.E604",)
    assert bench.execute("SELECT dba FROM shop_thing") == [(5,)] * 3


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_is_not_ours_is_not_touched(kind: str, bench: Bench) -> None:
    _build(bench, ELSEWHERE[kind])
    before, *_ = bench.dumps(frozenset())

    idle = engine.push(bench.connection, load(BEFORE), prune=True)
    ending = engine.push(bench.connection, load(AFTER), prune=True)

    assert idle.code == ending.code == 0, ending.text
    assert not idle.plan, idle.plan
    after, *_ = bench.dumps(frozenset())
    lost = set(before.statements) - set(after.statements)
    assert {statement.partition(" (")[0] for statement in lost} == {"CREATE TABLE shop_thing"}
