"""Databases that somebody else has changed, or made: a push brings them to what the models say."""

from __future__ import annotations

import pytest

from . import build, engine
from .cases.found import DIFFERENT, LEFT_ALONE, MODELS, NOTED, SAME
from .conftest import FRESH, Bench
from .definitions import declared_names, load
from .rows import fill

NAMES = """
SELECT conname, NULL FROM pg_constraint
WHERE conrelid = 'shop_book'::regclass AND contype = 'f'
UNION ALL
SELECT relname, pg_get_indexdef(oid) FROM pg_class
WHERE relkind = 'i' AND oid IN (SELECT indexrelid FROM pg_index
 WHERE indrelid = ANY ('{shop_book,shop_book_more}'::regclass[]) AND NOT indisprimary)
"""


def _names(bench: Bench) -> dict[str, str]:
    found = bench.execute(NAMES)

    def one(text: str) -> str:
        return next(f'"{name}"' for name, definition in found if text in (definition or "FK"))

    return {
        "fk": one("FK"),
        "like": one("varchar_pattern_ops"),
        "plain": one("(title);")
        if any("(title);" in (d or "") for _, d in found)
        else one("(title)"),
        "fk_index": one("shop_book USING btree (author_id)"),
        "link": one("(book_id, author_id)"),
    }


def _build(bench: Bench, sql: str) -> None:
    registry = load(MODELS)
    build.create(bench.connection, registry)
    fill(registry, 3)
    for part in sql.format(**_names(bench)).split("; "):
        bench.execute(part)


@pytest.mark.parametrize("known", [True, False], ids=["known", "never pushed"])
@pytest.mark.parametrize("story", DIFFERENT)
def test_difference_is_mended(story: str, known: bool, bench: Bench) -> None:
    models = load(MODELS)
    with bench.at(FRESH):
        build.create(bench.connection, models)
    if known:
        build.create(bench.connection, models)
        engine.remember(bench.connection, models)
        bench.execute("DROP TABLE shop_book_more, shop_book, shop_author")
    _build(bench, DIFFERENT[story])
    counts = "SELECT count(*), min(id), max(id) FROM shop_book"
    before = bench.execute(counts)

    ending = engine.push(bench.connection, models, accept_data_loss=True)

    assert ending.code == 0, ending.text
    assert ending.plan
    pushed, fresh, _ = bench.dumps(declared_names(models))
    missing = set(fresh.statements) - set(pushed.statements)
    assert not missing, pushed.difference(fresh)
    more = [line for line in set(pushed.statements) - set(fresh.statements) if "old" not in line]
    assert bool(more) == bool(ending.plan.unknown), more
    assert bench.execute(counts) == before
    again = engine.push(bench.connection, models)
    assert again.code == 0, again.text
    assert not again.plan, again.plan
    assert bench.execute("INSERT INTO shop_author (name) VALUES ('new') RETURNING id > 0") == [
        (True,)
    ]
    assert bench.execute(
        "INSERT INTO shop_book (number, author_id) SELECT 77, min(id) FROM shop_author RETURNING id"
    ) > [(before[0][2] or 0,)]


@pytest.mark.parametrize("story", NOTED)
def test_what_models_cannot_say_is_named(story: str, bench: Bench) -> None:
    _build(bench, NOTED[story])
    before, *_ = bench.dumps(frozenset())

    ending = engine.push(bench.connection, load(MODELS))

    assert ending.code == 0, ending.text
    assert ending.plan is not None
    assert len(ending.plan.notes) == 1
    assert not ending.plan, ending.plan
    assert bench.dumps(frozenset())[0] == before


@pytest.mark.parametrize("story", [*LEFT_ALONE, *SAME])
def test_what_models_cannot_say_is_left_alone(story: str, bench: Bench) -> None:
    _build(bench, (LEFT_ALONE | SAME)[story])
    before, *_ = bench.dumps(frozenset())

    ending = engine.push(bench.connection, load(MODELS))

    assert ending.code == 0, ending.text
    assert not ending.plan, ending.plan
    assert bench.dumps(frozenset())[0] == before


def test_a_whole_database_of_another_kind_is_adopted(bench: Bench) -> None:
    bench.execute(
        """
        CREATE TABLE shop_author (id serial PRIMARY KEY, name char(9) NOT NULL);
        CREATE TABLE shop_book (
            id serial, number smallint, title text, pages real DEFAULT 3,
            author_id integer REFERENCES shop_author ON DELETE SET NULL, extra xml
        );
        CREATE UNIQUE INDEX ON shop_author (name);
        CREATE TABLE shop_book_more (book_id integer, author_id integer,
            PRIMARY KEY (book_id, author_id));
        INSERT INTO shop_author (name) VALUES ('a'), ('b');
        INSERT INTO shop_book (number, title, pages, author_id)
            VALUES (1, 'x', 5, 2), (2, 'y', 6, 1);
        INSERT INTO shop_book_more VALUES (1, 2), (2, 1);
        """
    )
    models = load(MODELS)
    with bench.at(FRESH):
        build.create(bench.connection, models)

    ending = engine.push(bench.connection, models, accept_data_loss=True)

    assert ending.code == 0, ending.text
    assert ending.plan is not None
    assert [item.what for item in ending.plan.unknown if "extra" in item.what]
    assert bench.execute("SELECT number, title, pages, author_id FROM shop_book ORDER BY id") == [
        (1, "x", 5, 2),
        (2, "y", 6, 1),
    ]
    assert bench.execute("SELECT book_id, author_id FROM shop_book_more ORDER BY 1") == [
        (1, 2),
        (2, 1),
    ]
    pushed, fresh, _ = bench.dumps(declared_names(models))
    # A serial column stays one; Django has never turned them into identity columns either.
    missing = set(fresh.statements) - set(pushed.statements)
    assert all("AS IDENTITY" in line or "extra xml" in pushed.difference(fresh) for line in missing)
    assert all("bigint" in line for line in pushed.statements if line.startswith("sequence of"))
