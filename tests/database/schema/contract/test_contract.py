"""What a push must do, case by case.

For every case: (1) the rows stay, (2) the catalog is that of a fresh build, (3) a second push finds
nothing, and (4) ``makemigrations`` and ``migrate`` reach the same catalog, or it is said why not.
"""

from __future__ import annotations

import functools

import pytest
from django.apps.registry import Apps

from . import build, engine
from .case import Case, Refusal
from .cases import ACCEPTED, REFUSED
from .conftest import FRESH, MIGRATED, Bench
from .definitions import declared_names, load
from .rows import fill, kept, read, read_again


def _prepare(case: Case | Refusal, bench: Bench) -> tuple[Apps, Apps]:
    before, after = load(case.before, case.uses), load(case.after, case.uses)
    build.create(bench.connection, before)
    engine.remember(bench.connection, before)
    if isinstance(case.rows, int):
        fill(before, case.rows)
    else:
        bench.execute(case.rows)
    return before, after


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.story)
def test_push_keeps_the_contract(case: Case, bench: Bench) -> None:
    before, after = _prepare(case, bench)
    with bench.at(FRESH):
        build.create(bench.connection, after)
    with bench.at(MIGRATED):
        build.create(bench.connection, before)
        stopped = build.migrate(bench.connection, before, after, case.renames, case.fills)
    tables = kept(before, after, case.renames, case.moved)
    rows = read(bench.connection, tables, build.column_types(bench.connection, FRESH))
    push = functools.partial(engine.push, renames=case.renames, fills=case.fills)
    if case.lossy:
        assert push(bench.connection, after).code == 4

    ending = push(bench.connection, after, accept_data_loss=case.lossy)

    assert ending.code == 0, ending.text
    assert ending.plan is not None
    assert bool(ending.plan) is not case.nothing, ending.plan.changes
    pushed, fresh, migrated = bench.dumps(declared_names(after))
    assert not pushed.difference(fresh), pushed.difference(fresh)
    missed = stopped or migrated.difference(fresh)
    assert bool(missed) == bool(case.django), missed or "migrate reaches it"
    assert read_again(bench.connection, tables) == rows
    again = engine.push(bench.connection, after)
    assert again.code == 0, again.text
    assert not again.plan, again.plan
    assert again.plan is not None
    assert not again.plan.unknown
    for query, expected in case.expect.items():
        assert bench.execute(query) == expected


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.story)
def test_push_refuses_and_changes_nothing(case: Refusal, bench: Bench) -> None:
    before, after = _prepare(case, bench)
    bench.execute(case.unknown or "SELECT")
    names = declared_names(before)
    dump, *_ = bench.dumps(names)
    tables = kept(before, before, ())
    rows = read_again(bench.connection, tables)

    ending = engine.push(
        bench.connection,
        after,
        renames=case.renames,
        fills=case.fills,
        accept_data_loss=case.accept_data_loss,
    )

    assert ending.code == case.exit_code, ending.text
    assert not case.id or case.id in ending.ids
    for words in case.says:
        assert words in ending.text
    assert bench.dumps(names)[0] == dump
    assert read_again(bench.connection, tables) == rows
