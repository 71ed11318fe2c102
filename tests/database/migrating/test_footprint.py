"""Which tables migrations may make, compared with those that they make."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, migrations, models
from hypothesis import given, settings
from hypothesis import strategies as st

from database.migrating.footprint import UnknownOperationError, is_untouched, tables
from database.migrating.state import ProjectState
from tests.database.migrating.histories import History, LookAround

LONG = "A" + "verylong" * 10
KEY = ("id", models.BigAutoField(primary_key=True))


def many(**options: Any) -> Any:
    """Return a many-to-many field to the model itself."""
    return models.ManyToManyField("self", **options)


CASES: dict[str, list[Any]] = {
    "a name": [migrations.CreateModel("Thing", [KEY])],
    "a long name": [migrations.CreateModel(LONG, [KEY, ("others", many())])],
    "a table of its own": [
        migrations.CreateModel("Thing", [KEY, ("others", many())], {"db_table": "own" * 30})
    ],
    "a table in a schema": [
        migrations.CreateModel("Thing", [KEY, ("others", many())], {"db_table": '"a"."b"'})
    ],
    "a table between": [migrations.CreateModel("Thing", [KEY, ("others", many(db_table="x"))])],
    "renames": [
        migrations.CreateModel("Thing", [KEY]),
        migrations.AddField("Thing", "others", many()),
        migrations.RenameModel("Thing", "Article"),
        migrations.RenameField("Article", "others", "rest"),
        migrations.AlterModelTable("Article", "articles"),
        migrations.AlterModelTable("Article", None),
        migrations.AlterField("Article", "rest", many(db_table="between")),
    ],
    "apart": [
        migrations.SeparateDatabaseAndState([], [migrations.CreateModel("Thing", [KEY])]),
        migrations.RunSQL(
            "SELECT 1", state_operations=[migrations.AddField("Thing", "others", many())]
        ),
        migrations.RunPython(migrations.RunPython.noop),
    ],
}


def migration(steps: list[Any], app_label: str = "stock") -> migrations.Migration:
    """Return a migration of these operations."""
    made = migrations.Migration("0001", app_label)
    made.operations = steps
    return made


def declared_names(steps: list[tuple[str, Any]]) -> set[str]:
    """Return what the tables are called in any state between the operations."""
    names: set[str] = set()
    state = ProjectState()
    for app_label, step in steps:
        step.state_forwards(app_label, state)
        for model in state.clone().apps.get_models(include_auto_created=True):
            names.add(model._meta.db_table.rpartition('"."')[2].strip('"')[:63])
    return names


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_every_table_is_known_beforehand(steps: list[Any]) -> None:
    found = tables([migration(steps)], 63)

    assert declared_names([("stock", step) for step in steps]) <= found


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_table_of_a_history_is_known_beforehand(data: st.DataObject) -> None:
    history = History(data.draw, without=frozenset({"look"}))
    history.grow(data.draw(st.integers(2, 6)))
    steps = [(each.app_label, step) for each in history.migrations.values()
             for step in each.operations]  # fmt: skip

    assert declared_names(steps) <= tables(history.migrations.values(), 63)


def test_what_changes_states_in_its_own_way_makes_tables_of_any_name(db: None) -> None:
    with pytest.raises(UnknownOperationError):
        tables([migration([LookAround([])])], 63)

    assert not is_untouched(connection, [migration([LookAround([])])], set())


@pytest.mark.parametrize(
    ("table", "applied", "untouched"),
    [
        ("stock_thing", set(), True),
        ("parameters", set(), True),
        ("django_content_type", set(), False),
        ("stock_thing", {("stock", "0000")}, False),
        ("stock_thing", {("other", "0001")}, True),
    ],
)
def test_a_database_is_untouched_without_records_and_tables(
    table: str, applied: Any, untouched: bool, db: None
) -> None:
    steps = [migrations.CreateModel("Thing", [KEY], {"db_table": table})]

    assert is_untouched(connection, [migration(steps)], applied) is untouched


def test_of_migrations_without_tables_nothing_can_be_told(db: None) -> None:
    assert not is_untouched(connection, [migration([migrations.RunSQL("SELECT 1")])], set())
