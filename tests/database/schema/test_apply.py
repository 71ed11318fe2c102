"""Carrying out a plan: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from database.schema import apply, journal
from database.schema.answers import Answers
from database.schema.changes import Change, Kind, Phase, Plan, Statement
from database.schema.failure import OutdatedError, PushError
from database.schema.plan import Planner
from database.schema.state import TableName

from .contract.definitions import APP, load

PRODUCT = """
class Product(Model):
    name = CharField(max_length=30)
    price = IntegerField(null=True)
"""


@pytest.fixture
def here(transactional_db: None) -> Iterator[BaseDatabaseWrapper]:
    """The test database with an empty schema as the current one."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA apply_here")
        cursor.execute("SET search_path TO apply_here, public")
    yield connection
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA apply_here CASCADE")


def plan_of(text: str, **answers: Any) -> tuple[Planner, Plan]:
    planner = Planner(connection, load(text), {APP})
    return planner, planner.make(Answers(**answers))


def run(planner: Planner, plan: Plan, **hooks: Any) -> apply.Outcome:
    return apply.run(planner, plan, lock_timeout=5, hooks=apply.Hooks(**hooks), retries=0)


def push(text: str, **answers: Any) -> apply.Outcome:
    return run(*plan_of(text, **answers))


def query(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def tables() -> list[str]:
    return [
        name
        for (name,) in query(
            "SELECT relname FROM pg_class WHERE relnamespace = 'apply_here'::regnamespace "
            "AND relkind = 'r' ORDER BY 1"
        )
    ]


def many(count: int) -> str:
    return "".join(f"class T{n}(Model):\n    n = IntegerField()\n" for n in range(count))


def broken(planner: Planner, plan: Plan, place: int) -> Plan:
    """Return the plan with one statement replaced by one that fails."""
    change = plan.changes[place]
    failing = Statement(Phase.CREATE_TABLE, "CREATE TABLE oops (n nonsense)")
    changes = list(plan.changes)
    changes[place] = replace(change, statements=(failing,))
    return replace(plan, changes=tuple(changes))


def test_what_was_done_is_counted_and_journalled(here: BaseDatabaseWrapper) -> None:
    outcome = push(PRODUCT)

    assert (outcome.statements, outcome.attempts) == (1, 1)
    assert outcome.seconds > 0
    [(apps, changes, sql, seconds)] = query(
        f"SELECT apps, changes, sql, seconds FROM {journal.NAME}"
    )
    assert apps == [APP]
    assert changes == ["create table shop_product: 3 columns, 1 constraint"]
    assert sql.startswith('CREATE TABLE "shop_product"')
    assert 0 < seconds <= outcome.seconds


def test_a_push_with_nothing_to_do_is_not_journalled(here: BaseDatabaseWrapper) -> None:
    push(PRODUCT)

    _, plan = plan_of(PRODUCT)

    assert not plan
    assert query(f"SELECT count(*) FROM {journal.NAME}") == [(1,)]


@pytest.mark.parametrize("count", [3, 250], ids=["one by one", "in batches"])
def test_the_statement_that_failed_is_named(here: BaseDatabaseWrapper, count: int) -> None:
    planner, plan = plan_of(many(count))
    plan = broken(planner, plan, count // 2)

    with pytest.raises(PushError) as caught:
        run(planner, plan)

    report = caught.value.report
    assert report.id == "prodobit.E610"
    assert report.change == plan.changes[count // 2]
    assert report.statement == "CREATE TABLE oops (n nonsense)"
    assert report.sqlstate == "42704"
    assert tables() == []


def test_e612_what_would_not_be_as_the_models_say_is_rolled_back(
    here: BaseDatabaseWrapper,
) -> None:
    planner, plan = plan_of(many(3))
    forgetful = replace(plan, changes=plan.changes[:2])

    with pytest.raises(PushError) as caught:
        run(planner, forgetful)

    assert caught.value.report.id == "prodobit.E612"
    assert "shop_t2" in caught.value.report.detail
    assert tables() == []


def test_e612_a_table_that_should_be_gone_is_noticed(here: BaseDatabaseWrapper) -> None:
    push(PRODUCT)
    planner, plan = plan_of("")
    [change] = plan.changes
    lazy = replace(plan, changes=(replace(change, statements=()),))

    with pytest.raises(PushError) as caught:
        run(planner, lazy)

    assert caught.value.report.id == "prodobit.E612"


def test_data_that_came_meanwhile_makes_the_plan_outdated(here: BaseDatabaseWrapper) -> None:
    push(PRODUCT)
    planner, plan = plan_of("class Product(Model):\n    name = CharField(max_length=30)\n")
    query("INSERT INTO shop_product (name, price) VALUES ('a', 1)")

    with pytest.raises(OutdatedError):
        run(planner, plan)

    assert query("SELECT price FROM shop_product") == [(1,)]
    _, again = plan_of("class Product(Model):\n    name = CharField(max_length=30)\n")
    assert again.changes[0].loss is not None


def test_rows_in_a_table_that_was_empty_make_the_plan_outdated(here: BaseDatabaseWrapper) -> None:
    push(PRODUCT)
    planner, plan = plan_of("")
    query("INSERT INTO shop_product (name) VALUES ('a')")

    with pytest.raises(OutdatedError):
        run(planner, plan)

    assert tables() == [journal.NAME, "shop_product"]


def test_a_value_that_became_too_long_meanwhile_is_never_cut(here: BaseDatabaseWrapper) -> None:
    push(PRODUCT)
    query("INSERT INTO shop_product (name) VALUES ('a')")
    planner, plan = plan_of(PRODUCT.replace("30", "3"))
    query("INSERT INTO shop_product (name) VALUES ('abcd')")

    with pytest.raises(PushError) as caught:
        run(planner, plan)

    assert caught.value.report.sqlstate == "22001"
    assert query("SELECT name FROM shop_product ORDER BY id") == [("a",), ("abcd",)]


def test_hooks_run_in_the_transaction(here: BaseDatabaseWrapper) -> None:
    planner, plan = plan_of(PRODUCT)
    seen: list[tuple[str, bool]] = []

    def first() -> None:
        seen.append(("first", "shop_product" in tables()))

    def last() -> None:
        seen.append(("last", "shop_product" in tables()))
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        run(planner, plan, first=first, last=last)

    assert seen == [("first", False), ("last", True)]
    assert tables() == []


def test_progress_is_told(here: BaseDatabaseWrapper) -> None:
    planner, plan = plan_of(many(250))
    told: list[tuple[int, int]] = []

    run(planner, plan, on_progress=lambda done, all_: told.append((done, all_)))

    assert told == [(100, 250), (200, 250), (250, 250)]


def test_an_answer_lost_at_commit_is_looked_up(
    here: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner, plan = plan_of(PRODUCT)
    wrapper_class: Any = type(connections["default"])
    commit = wrapper_class._commit

    def lose(wrapper: Any) -> None:
        commit(wrapper)
        # The COMMIT has happened, and then the connection is gone.
        wrapper.connection.close()
        wrapper.connection.cursor()

    monkeypatch.setattr(wrapper_class, "_commit", lose)
    try:
        outcome = run(planner, plan)
    finally:
        monkeypatch.undo()

    assert outcome.attempts == 1
    query("SET search_path TO apply_here, public")
    assert "shop_product" in tables()


@pytest.mark.parametrize(
    ("kind", "summary", "line"),
    [
        (Kind.ALTER, "x → y", "alter column a.b: x → y"),
        (Kind.RENAME, "→ c", "rename column a.b → c"),
        (Kind.DROP, "", "drop column a.b"),
    ],
)
def test_a_change_reads_as_one_line(kind: Kind, summary: str, line: str) -> None:
    assert Change(kind, TableName("public", "a"), "column a.b", summary).describe() == line
