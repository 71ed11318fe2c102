"""Planning: how often the catalog is asked, and what is asked of whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from database.schema import apply
from database.schema.answers import Answers
from database.schema.changes import Kind, Plan
from database.schema.plan import Planner

from .contract.definitions import APP, load

CATALOG = re.compile(
    r"\b(pg_(class|attribute|index|constraint|type|collation)|information_schema)\b"
)
MOST = 12


def shop(count: int, size: int = 30) -> str:
    """Return models with all kinds of things: each refers to the one before it."""
    return "".join(
        f"""
class T{n}(Model):
    code = CharField(max_length={size}, unique=True)
    price = DecimalField(max_digits=10, decimal_places=2, db_default=0)
    at = DateTimeField(db_index=True)
    half = GeneratedField(
        expression=F('price') / 2, db_persist=True,
        output_field=DecimalField(max_digits=10, decimal_places=2))
    before = ForeignKey({f"'T{n - 1}'" if n else "'self'"}, CASCADE, null=True)
    class Meta:
        indexes = [Index(Lower('code'), name='i{n}'), Index(fields=['at'], name='j{n}',
                   condition=Q(price__gt=0))]
        constraints = [CheckConstraint(condition=Q(price__gte=0), name='c{n}')]
"""
        for n in range(count)
    )


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the queries that read the catalog."""
    queries: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if CATALOG.search(sql):
            queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield queries


def make(text: str) -> tuple[Planner, Plan]:
    planner = Planner(connection, load(text), {APP})
    return planner, planner.make(Answers())


def push(text: str) -> Plan:
    planner, plan = make(text)
    apply.run(planner, plan, lock_timeout=5, hooks=apply.Hooks(), retries=0)
    return plan


@pytest.mark.parametrize("count", [10, 100, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_catalog_is_asked_a_fixed_number_of_times(scratch: None, count: int) -> None:
    before = shop(count)
    # One table gets a column, one loses an index and a column, one changes types.
    after = shop(count).replace("max_length=30", "max_length=40", count)
    after = after.replace("    at = DateTimeField(db_index=True)\n", "    at = DateTimeField()\n")
    with counted() as fresh:
        push(before)
    with counted() as nothing:
        _, plan = make(before)
    with counted() as changed:
        done = push(after)

    assert not plan
    assert len(done.changes) == 2 * count
    assert [len(queries) <= MOST for queries in (fresh, nothing, changed)] == [True] * 3, (
        len(fresh),
        len(nothing),
        len(changed),
    )


def test_a_plan_is_made_without_touching_anything(scratch: None) -> None:
    push(shop(2))
    writes: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if re.match(r"\s*(ALTER|CREATE|DROP|UPDATE|INSERT|DELETE|COMMENT)\b", sql):
            writes.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        _, plan = make(shop(3, size=10))

    assert plan
    assert writes == []


def test_changes_are_shown_in_the_order_of_the_models(scratch: None) -> None:
    push(shop(2))

    _, plan = make("class New(Model):\n    n = IntegerField()\n" + shop(1, size=40))

    assert [(change.kind, change.what) for change in plan.changes] == [
        (Kind.CREATE, "table shop_new"),
        (Kind.ALTER, "column shop_t0.code"),
        (Kind.DROP, "table shop_t1"),
    ]


def test_statements_run_in_the_order_that_dependencies_ask_for(scratch: None) -> None:
    push(
        "class A(Model):\n    code = CharField(max_length=5, unique=True)\n"
        "class B(Model):\n    a = ForeignKey(A, CASCADE, to_field='code')\n"
    )

    _, plan = make(
        "class A(Model):\n    code = IntegerField(unique=True)\n"
        "class B(Model):\n    a = ForeignKey(A, CASCADE, to_field='code')\n"
    )

    texts = [sql for _, sql in plan.statements()]
    places = [
        next(place for place, text in enumerate(texts) if pattern in text)
        for pattern in ("DROP CONSTRAINT", '"shop_a" ALTER COLUMN', "ADD CONSTRAINT")
    ]
    assert places == sorted(places)
    assert sum("FOREIGN KEY" in text for text in texts) == 1


def test_nothing_is_ever_dropped_with_cascade(scratch: None) -> None:
    push(shop(3))

    _, plan = make("")

    assert plan.changes
    assert not any("CASCADE" in sql for _, sql in plan.statements())
