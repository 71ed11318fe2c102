"""Enum types follow the fields that have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.db.utils import DataError
from django.test.utils import isolate_apps

from database.backend.schema import DatabaseSchemaEditor, Steps, steps
from database.fields import EnumField

pytestmark = pytest.mark.django_db
TYPE = "shirt_size"


def field(*members: str, **options: Any) -> EnumField:
    """Return a field of members that are called like their values, or ``NAME=value``."""
    pairs = [tuple(m.split("=")) if "=" in m else (m.upper(), m) for m in members]
    made = EnumField(pairs, TYPE, **options)  # type: ignore[arg-type]
    made.set_attributes_from_name("size")
    return made


def labels() -> list[str] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum "
            "WHERE enumtypid = to_regtype(%s)",
            [TYPE],
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


@pytest.fixture
def shirt() -> Iterator[type[models.Model]]:
    with isolate_apps("database"):

        class Shirt(models.Model):
            size = field("s", "m", "l", db_default="s")

            class Meta:
                app_label = "database"
                db_table = "enum_shirts"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Shirt)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO enum_shirts (size) VALUES ('s'), ('m'), (DEFAULT)")
        yield Shirt


def alter(model: type[models.Model], new: EnumField) -> None:
    old: Any = model._meta.get_field("size")
    new.model = model
    with connection.schema_editor(atomic=False) as editor:
        editor.alter_field(model, old, new)


def sizes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size::text FROM enum_shirts ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_type_comes_and_goes_with_the_table(shirt):
    assert labels() == ["s", "m", "l"]

    with connection.schema_editor(atomic=False) as editor:
        editor.delete_model(shirt)

    assert labels() is None


def test_a_type_that_something_else_needs_stays(shirt):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE enum_others (sizes {TYPE}[])")

    with connection.schema_editor(atomic=False) as editor:
        editor.delete_model(shirt)

    assert labels() == ["s", "m", "l"]


@pytest.mark.parametrize(
    ("members", "wanted", "rows"),
    [
        (("s", "m", "l", "xl"), ["s", "m", "l", "xl"], ["s", "m", "s"]),
        (("xs", "s", "m", "l"), ["xs", "s", "m", "l"], ["s", "m", "s"]),
        (("s", "sm", "m", "l"), ["s", "sm", "m", "l"], ["s", "m", "s"]),
        (("S=small", "m", "l"), ["small", "m", "l"], ["small", "m", "small"]),
        (("l", "m", "s"), ["l", "m", "s"], ["s", "m", "s"]),
        (("s", "m"), ["s", "m"], ["s", "m", "s"]),
        (("M=medium", "it's", "s"), ["medium", "it's", "s"], ["s", "medium", "s"]),
    ],
    ids=["added last", "added first", "added between", "renamed", "reordered", "removed", "all"],
)
def test_values_change_and_rows_stay(shirt, members, wanted, rows):
    alter(shirt, field(*members, db_default="small" if "S=small" in members else "s"))

    assert labels() == wanted
    assert sizes() == rows


def test_a_value_that_rows_have_cannot_be_taken_away(shirt):
    with pytest.raises(DataError, match=r"prodobit.E712: .* cannot lose m: 1 row of"):
        alter(shirt, field("s", "l", db_default="s"))

    assert labels() == ["s", "m", "l"]


def test_a_new_value_can_be_the_default_at_once(shirt):
    alter(shirt, field("s", "m", "l", "xl", db_default="xl"))

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO enum_shirts DEFAULT VALUES")
    assert sizes()[-1] == "xl"


def test_values_are_added_in_place(shirt):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regtype(%s)::oid, 'enum_shirts'::regclass::oid", [TYPE])
        before = cursor.fetchone()
        alter(shirt, field("s", "m", "l", "xl", db_default="s"))
        cursor.execute("SELECT to_regtype(%s)::oid, 'enum_shirts'::regclass::oid", [TYPE])
        assert cursor.fetchone() == before


def test_what_is_only_written_down_asks_nothing(shirt):
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        assert isinstance(editor, DatabaseSchemaEditor)
        editor.alter_enum_type(field("s", "m"), field("s", "m", "l"))

    assert editor.collected_sql == [f"ALTER TYPE {TYPE} ADD VALUE 'l' AFTER 'm';"]


def test_steps_that_were_taken_already_are_none():
    plan = steps(["s", "large"], field("s", "L=l"), field("s", "L=large"))

    assert plan == steps(["s", "large"], None, field("s", "L=large"))
    assert plan == Steps((), (), (), rebuild=False)
