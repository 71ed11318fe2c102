"""Fields for PostgreSQL's own types keep values and describe themselves completely."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from database import fields

pytestmark = pytest.mark.django_db
TIME = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)


class Size(models.TextChoices):
    SMALL = "s"
    LARGE = "l"


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (fields.EnumField(Size, "t_size"), Size.LARGE, "l"),
        (fields.TypeField("macaddr"), "08:00:2b:01:02:03", "08:00:2b:01:02:03"),
        (fields.TypeField("bit(4)"), "0101", "0101"),
        (fields.TypeField("point"), "(1,2)", "(1,2)"),
        (fields.TypeField("money"), "$12.50", "$12.50"),
        (fields.TypeField("text", db_collation="C"), "x", "x"),
        (fields.CharacterField(max_length=4), "ab", "ab  "),
        (fields.KeyTextField(), "k", "k"),
        (fields.KeyCharField(max_length=5), "k", "k"),
        (fields.RealField(), 1.5, 1.5),
        (fields.JSONTextField(), {"b": [1, "x"], "a": None}, {"b": [1, "x"], "a": None}),
        (fields.JSONTextField(), "text", "text"),
        (fields.LocalDateTimeField(), TIME, TIME),
        (fields.LocalDateTimeField(precision=3), TIME, TIME.replace(microsecond=123000)),
        (fields.PreciseDateTimeField(precision=0), TIME.replace(tzinfo=datetime.UTC),
         TIME.replace(microsecond=0, tzinfo=datetime.UTC)),
        (fields.PreciseTimeField(precision=1), TIME.time(), datetime.time(12, 30, 15, 100000)),
        (fields.IntervalField(fields="day to second", precision=0),
         datetime.timedelta(days=1, seconds=2.4), datetime.timedelta(days=1, seconds=2)),
        (fields.DomainField(models.IntegerField(), "t_domain"), 7, 7),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_is_kept_found_and_described(field: Any, value: Any, stored: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE DOMAIN t_domain AS integer CHECK (VALUE > 0)")
    with isolate_apps("database"):

        class Thing(models.Model):
            value = field.clone()

            class Meta:
                app_label = "database"
                db_table = f"things_{uuid.uuid4().hex}"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Thing)
        made = Thing._base_manager.create(value=value)
        made.refresh_from_db()

        assert made.value == stored
        if field.get_internal_type() != "JSONField" and field.db_type(connection) != "point":
            assert Thing._base_manager.filter(value=stored).exists()
    _, path, args, options = field.deconstruct()
    again = getattr(fields, path.rpartition(".")[2])(*args, **options)
    assert MigrationWriter.serialize(again) == MigrationWriter.serialize(field)
    assert again.db_type(connection) == field.db_type(connection)


def test_numbers_of_the_database_come_back() -> None:
    with isolate_apps("database"):

        class Numbered(models.Model):
            id = fields.IdentityField(primary_key=True, options="START WITH 100")
            serial = fields.IdentityColumnField(type="integer")

            class Meta:
                app_label = "database"
                db_table = "numbered"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Numbered)
        first = Numbered._base_manager.create()
        second = Numbered()
        second.save()

    assert (first.pk, first.serial) == (100, 1)
    assert (second.pk, second.serial) == (101, 2)


def test_a_table_without_a_key_is_read_and_changed_by_the_place_of_its_rows() -> None:
    with isolate_apps("database"):

        class Keyless(models.Model):
            ctid = fields.RowIdField()
            name = models.TextField()

            class Meta:
                app_label = "database"
                db_table = "keyless"

            def __str__(self) -> str:
                return self.name

        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Keyless)
        made = Keyless._base_manager.create(name="a")
        Keyless._base_manager.create(name="b")
        made.name = "c"
        made.save()

        assert sorted(Keyless._base_manager.values_list("name", flat=True)) == ["b", "c"]
        Keyless._base_manager.get(name="c").delete()
        assert Keyless._base_manager.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'keyless'::regclass")
        assert cursor.fetchone()[0] == 0


def test_labels_that_postgresql_would_refuse_are_refused() -> None:
    with isolate_apps("database"):

        class Bad(models.Model):
            a = fields.EnumField([("A", "x"), ("B", "x")], "t_a")
            b = fields.EnumField([("A", "ü" * 32)], "t_b")

            class Meta:
                app_label = "database"

            def __str__(self) -> str:
                return str(self.pk)

        found = {error.id for error in Bad.check() if str(error.id).startswith("prodobit")}

    assert found == {"prodobit.E701", "prodobit.E702"}
