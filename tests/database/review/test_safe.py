"""The safe engine: every kind of operation ends in the same schema, and is shown as it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from database.backend.base import DatabaseWrapper as Plain
from database.backend.safe.base import DatabaseWrapper
from database.backend.schema import DatabaseSchemaEditor
from database.migrating.state import ProjectState
from database.schema import catalog
from database.schema.state import Table, Unique
from tests.cluster import Server
from tests.database.review.test_operations import (
    RUNNING,
    Case,
    apply,
    first,
    ids,
    noting,
    review,
)
from tests.database.shop import new_name

SKIPPED = {
    # What is inside of them is not the engine's.
    *(name for name in RUNNING if name.startswith("sql")),
    "sql with parameters",
    "view",
    "extension",
    "state alone",
    "alter options",
}
CASES = {name: case for name, case in RUNNING.items() if name not in SKIPPED}


KINDS = (Plain, DatabaseWrapper)


def wrapper(kind: type[Plain], name: str) -> Plain:
    """Return a connection of that engine."""
    return kind({**connections["default"].settings_dict, "NAME": name}, "default")


@pytest.fixture(scope="module")
def two(cluster: Server, django_db_blocker: Any) -> Iterator[tuple[Plain, Plain]]:
    """Return connections to two databases: of the plain engine and of the safe one."""
    names = [new_name("safe") for _ in range(2)]
    for name in names:
        cluster.create(name)
    plain, safe = (wrapper(kind, name) for kind, name in zip(KINDS, names, strict=True))
    with django_db_blocker.unblock():
        yield plain, safe
        plain.close()
        safe.close()
    for name in names:
        cluster.drop(name)


@pytest.fixture
def engines(db: None, settings: Any, two: tuple[Plain, Plain]) -> list[Plain]:
    """Return the two with the tables that cases begin with."""
    settings.ZERO_DOWNTIME_MIGRATIONS_DEFERRED_SQL = False
    for connection in two:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        with DatabaseSchemaEditor(connection) as editor:
            first().apply(ProjectState(), editor)
    return list(two)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.filterwarnings("ignore::Warning")
def test_the_result_is_the_same_and_the_sql_is_as_shown(engines: list[Plain], case: Case) -> None:
    plain, safe = engines
    found = review(safe, case)
    shown = [each.sql for operation in found.operations for each in operation.statements]

    with noting(safe) as sent:
        apply(safe, case)
    apply(plain, case)

    assert shown == sent
    assert read(safe) == read(plain)
    assert "W881" not in ids(found)


def read(connection: BaseDatabaseWrapper) -> list[Table]:
    """Read all tables; a unique constraint that the model does not name may have any name."""
    return [
        replace(table, constraints=tuple(sorted(map(_unnamed, table.constraints), key=repr)))
        for table in catalog.read(connection).tables
    ]


def _unnamed(constraint: Any) -> Any:
    if isinstance(constraint, Unique) and constraint.name.endswith(("_key", "_uniq")):
        return replace(constraint, name="")
    return constraint
