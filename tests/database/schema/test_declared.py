"""Models are read as what Django would make of them, whatever registry they stand in."""

# ruff: noqa: DJ008

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from database.schema import declared
from database.schema.state import (
    Check,
    ForeignKey,
    Identity,
    IdentityKind,
    Index,
    OriginKind,
    OtherConstraint,
    PrimaryKey,
    SequenceOptions,
    Table,
    TableName,
    Unique,
)

from . import model_cases, scratch

pytestmark = pytest.mark.django_db


def read(apps: Apps) -> list[Table]:
    return list(declared.read(apps, connection, app_labels=["database"]).tables)


def by_meaning(table: Table) -> object:
    return table.name, table.columns, frozenset(table.constraints), frozenset(table.indexes)


@pytest.mark.parametrize("define", model_cases.CASES, ids=lambda define: define.__name__)
def test_the_state_of_migrations_reads_as_the_models_do(define: Callable[[], None]) -> None:
    with scratch.registry(define) as apps:
        models_read = read(apps)
        state = ProjectState.from_apps(apps)

        state_read = read(state.apps)

    # A state keeps unique_together as a set.
    assert {by_meaning(table) for table in state_read} == {
        by_meaning(table) for table in models_read
    }


@pytest.mark.parametrize("define", model_cases.CASES, ids=lambda define: define.__name__)
def test_reading_models_asks_at_most_for_collations(define: Callable[[], None]) -> None:
    with scratch.registry(define) as apps, CaptureQueriesContext(connection) as queries:
        read(apps)

    assert len(queries) <= (1 if define is model_cases.collations else 0) + (
        define is model_cases.relations
    )


def test_implicit_names_are_those_that_django_gives(scratch: None) -> None:
    from . import scratch as support

    with support.registry(model_cases.relations) as apps:
        support.create(apps)
        live = support.read().by_name()

        tables = read(apps)

    for table in tables:
        found = live[table.name]
        names = {thing.name for thing in (*found.indexes, *found.constraints)}
        for thing in (*table.indexes, *table.constraints):
            assert thing.name in names or not thing.name


def test_everything_knows_where_it_comes_from() -> None:
    def define() -> None:
        class Parent(models.Model):
            class Meta:
                app_label = "database"

        class Child(models.Model):
            number = models.PositiveIntegerField(db_column="no")
            code = models.CharField(max_length=3, unique=True)
            parent = models.ForeignKey(Parent, models.CASCADE)
            parents = models.ManyToManyField(Parent, related_name="+")

            class Meta:
                app_label = "database"
                unique_together = [("parent", "number")]
                indexes = [models.Index(fields=["-number"], name="i")]
                constraints = [
                    models.CheckConstraint(condition=Q(number__gt=1), name="c"),
                    models.UniqueConstraint(fields=["number"], name="u"),
                    models.UniqueConstraint(fields=["code"], condition=Q(number=1), name="p"),
                ]

    with scratch.registry(define) as apps:
        _, child, many = read(apps)

    assert child.model == "database.Child"
    assert child.auto_created_by is None
    assert many.auto_created_by == "database.Child.parents"
    assert [(column.name, column.field) for column in child.columns] == [
        ("id", "id"),
        ("no", "number"),
        ("code", "code"),
        ("parent_id", "parent"),
    ]
    origins = {
        (type(thing), thing.origin.kind, thing.origin.fields, thing.origin.index, thing.named)
        for thing in (*child.constraints, *child.indexes)
        if thing.origin
    }
    assert origins == {
        (PrimaryKey, OriginKind.PRIMARY_KEY, ("id",), -1, False),
        (Check, OriginKind.FIELD_CHECK, ("number",), -1, False),
        (Unique, OriginKind.UNIQUE, ("code",), -1, False),
        (Index, OriginKind.LIKE_INDEX, ("code",), -1, False),
        (ForeignKey, OriginKind.FOREIGN_KEY, ("parent",), -1, False),
        (Index, OriginKind.DB_INDEX, ("parent",), -1, False),
        (Unique, OriginKind.UNIQUE_TOGETHER, ("parent", "number"), -1, False),
        (Index, OriginKind.META_INDEX, ("number",), 0, True),
        (Check, OriginKind.META_CONSTRAINT, (), 0, True),
        (Unique, OriginKind.META_CONSTRAINT, ("number",), 1, True),
        (Index, OriginKind.META_CONSTRAINT, ("code",), 2, True),
    }


def test_an_index_that_migrations_left_twice_in_a_state_is_one() -> None:
    def define() -> None:
        class Tagged(models.Model):
            number = models.IntegerField()

            class Meta:
                app_label = "database"

        index = models.Index(fields=["number"], name="twice")
        Tagged._meta.indexes = [index, index.clone()]

    with scratch.registry(define) as apps:
        [table] = read(apps)

    assert [index.name for index in table.indexes] == ["twice"]


def test_what_no_migration_would_make_is_left_out(settings: Any) -> None:
    settings.SWAPPED = "auth.User"
    settings.DATABASE_ROUTERS = [Router()]

    def define() -> None:
        class Plain(models.Model):
            class Meta:
                app_label = "database"

        class Proxied(Plain):
            class Meta:
                app_label = "database"
                proxy = True

        class Unmanaged(models.Model):
            class Meta:
                app_label = "database"
                managed = False

        class Swapped(models.Model):
            class Meta:
                app_label = "database"
                swappable = "SWAPPED"

        class OfAnotherVendor(models.Model):
            class Meta:
                app_label = "database"
                required_db_vendor = "oracle"

        class Elsewhere(models.Model):
            class Meta:
                app_label = "database"

    with scratch.registry(define) as apps:
        tables = read(apps)

    assert [table.name for table in tables] == [TableName("", "database_plain")]


class Router:
    """Lets one model live in another database."""

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_: Any
    ) -> Any:
        return False if model_name == "elsewhere" else None


def test_only_the_apps_that_were_asked_for_are_read() -> None:
    from django.apps import apps

    tables = declared.read(apps, connection, app_labels={"auth", "contenttypes"}).tables

    assert {table.name.name for table in tables} == {
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "auth_user",
        "auth_user_groups",
        "auth_user_user_permissions",
        "django_content_type",
    }


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        (
            "GENERATED BY DEFAULT AS IDENTITY",
            Identity(IdentityKind.BY_DEFAULT, SequenceOptions(1, 1, 1, 2**31 - 1, 1, cycle=False)),
        ),
        (
            "generated  always as identity (start with 5 increment 10 cycle)",
            Identity(IdentityKind.ALWAYS, SequenceOptions(5, 10, 1, 2**31 - 1, 1, cycle=True)),
        ),
        (
            "GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY -1 NO MAXVALUE CACHE 3 NO CYCLE)",
            Identity(
                IdentityKind.BY_DEFAULT, SequenceOptions(-1, -1, -(2**31), -1, 3, cycle=False)
            ),
        ),
        (
            "GENERATED BY DEFAULT AS IDENTITY (MINVALUE 10 MAXVALUE 99)",
            Identity(IdentityKind.BY_DEFAULT, SequenceOptions(10, 1, 10, 99, 1, cycle=False)),
        ),
    ],
)
def test_an_identity_is_read_from_the_suffix_of_its_field(suffix: str, expected: Identity) -> None:
    def define() -> None:
        class Counter(models.AutoField):  # type: ignore[type-arg]
            def db_type_suffix(self, connection: Any) -> str:
                return suffix

        class Counted(models.Model):
            id = Counter(primary_key=True)

            class Meta:
                app_label = "database"

    with scratch.registry(define) as apps:
        [table] = read(apps)

    assert table.columns[0].identity == expected


class Owned(models.CheckConstraint):
    """A constraint with SQL of its own."""

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        return f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" CHECK (7 > id)'


def test_a_constraint_of_a_class_of_its_own_is_known_by_its_sql() -> None:
    def define() -> None:
        class Thing(models.Model):
            class Meta:
                app_label = "database"
                constraints = [Owned(condition=Q(id=1), name="own")]

    with scratch.registry(define) as apps:
        [table] = read(apps)

    assert table.constraints[-1] == OtherConstraint(
        "own", 'ALTER TABLE "database_thing" ADD CONSTRAINT "own" CHECK (7 > id)'
    )
