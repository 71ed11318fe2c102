"""Rows for any models: made, read back, and what should have become of them."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps.registry import Apps
from django.contrib.postgres import fields as postgres
from django.contrib.postgres import search
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from database.fields import EnumField

from .definitions import APP, cut, tables

EPOCH = datetime.datetime(2024, 2, 28, 23, 59, 58, 123456, tzinfo=datetime.UTC)


def fill(registry: Apps, count: int) -> None:
    """Save ``count`` rows in each table of the case's app.

    A row's values differ from those of the others; what may be NULL is NULL in the last row.
    """
    made: dict[type[models.Model], list[models.Model]] = {}
    for model in _in_order([*registry.get_models()]):
        if model._meta.proxy or not model._meta.managed:
            continue
        made[model] = []
        for number in range(count):
            made[model].append(_save(model, number, count, made))
    for model in made:
        if model._meta.app_label == APP:
            _link(model, made)


def _save(
    model: type[models.Model],
    number: int,
    count: int,
    made: dict[type[models.Model], list[models.Model]],
) -> models.Model:
    row = model()
    for field in model._meta.concrete_fields:
        parent_link = isinstance(field, models.OneToOneField) and field.remote_field.parent_link
        if field.generated or parent_link or isinstance(field, models.CompositePrimaryKey):
            continue
        if isinstance(field, models.AutoField):
            continue
        setattr(row, field.attname, _value(field, number, count, made))
    models.Model.save_base(row, force_insert=not model._meta.parents)
    return row


def _value(
    field: models.Field[Any, Any],
    number: int,
    count: int,
    made: dict[type[models.Model], list[models.Model]],
) -> Any:
    if field.null and number == count - 1:
        return None
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model._meta.concrete_model
        assert target is not None
        others = made.get(target)
        if not others:
            return None if field.null else 1
        return getattr(others[number % len(others)], field.target_field.attname)
    return value(field, number)


def value(field: models.Field[Any, Any], number: int) -> Any:
    """Return a value that this field may hold and that no other ``number`` gets."""
    if isinstance(field, postgres.ArrayField):
        inner = [value(field.base_field, number), value(field.base_field, number + 1)]
        return inner[: field.size] if field.size else inner
    for kind, make in _VALUES:
        if isinstance(field, kind):
            return make(field, number)
    raise NotImplementedError(f"no value for {field.__class__.__name__}")


def _decimal(field: Any, number: int) -> Decimal:
    step = Decimal(1).scaleb(-(field.decimal_places or 0))
    return (number + 1) * step


def _text(field: Any, number: int) -> str:
    text = f"{number}é %s"
    return text[: field.max_length] if field.max_length else f"{text} 'long' \"text\""


_VALUES: tuple[tuple[type | tuple[type, ...], Callable[[Any, int], Any]], ...] = (
    (EnumField, lambda field, number: field.values[number % len(field.values)]),
    (models.GenericIPAddressField, lambda field, number: f"10.0.0.{number + 1}"),
    (models.BooleanField, lambda field, number: number % 2 == 0),
    (models.DecimalField, _decimal),
    (models.FloatField, lambda field, number: number + 0.5),
    (models.DateTimeField, lambda field, number: EPOCH + datetime.timedelta(days=number)),
    (models.DateField, lambda field, number: EPOCH.date() + datetime.timedelta(days=number)),
    (models.TimeField, lambda field, number: datetime.time(number, 30, 15)),
    (models.DurationField, lambda field, number: datetime.timedelta(days=number, seconds=1)),
    (models.UUIDField, lambda field, number: uuid.UUID(int=number + 1)),
    (models.BinaryField, lambda field, number: bytes([number, 255])),
    (models.JSONField, lambda field, number: {"number": number, "list": [None, "é"]}),
    (models.IntegerField, lambda field, number: number + 1),
    ((models.CharField, models.TextField, models.FileField), _text),
    (postgres.HStoreField, lambda field, number: {"key": str(number), "none": None}),
    (postgres.IntegerRangeField, lambda field, number: f"[{number * 10},{number * 10 + 5})"),
    (postgres.BigIntegerRangeField, lambda field, number: f"[{number},)"),
    (postgres.DecimalRangeField, lambda field, number: f"[{number},{number}.5]"),
    (
        postgres.DateRangeField,
        lambda field, number: f"[2024-{number + 1:02}-01,2024-{number + 1:02}-05)",
    ),
    (
        postgres.DateTimeRangeField,
        lambda field, number: f"[2024-{number + 1:02}-01 00:00Z,2024-{number + 1:02}-05 12:30Z)",
    ),
    (search.SearchVectorField, lambda field, number: f"'word{number}':1"),
)


def _in_order(pending: list[type[models.Model]]) -> list[type[models.Model]]:
    ordered: list[type[models.Model]] = []
    while pending:
        ready = [
            model
            for model in pending
            if not any(
                field.remote_field.model._meta.concrete_model in pending
                and field.remote_field.model._meta.concrete_model is not model._meta.concrete_model
                and not field.null
                for field in model._meta.concrete_fields
                if isinstance(field, models.ForeignKey)
            )
        ]
        ready = ready or pending[:1]
        # One at a time, those with nullable references last: these then have something to refer to.
        chosen = min(ready, key=lambda model: sum(f.is_relation for f in model._meta.fields))
        pending.remove(chosen)
        ordered.append(chosen)
    return ordered


def _link(model: type[models.Model], made: dict[type[models.Model], list[models.Model]]) -> None:
    for field in model._meta.local_many_to_many:
        through = field.remote_field.through
        target_model = field.remote_field.model._meta.concrete_model
        assert through is not None
        assert target_model is not None
        if through._meta.auto_created:
            targets = made[target_model]
            for row, target in zip(made[model], targets, strict=False):
                getattr(row, field.name).add(target)


@dataclass(frozen=True)
class Kept:
    """A table of ``before`` and what it is in ``after``.

    Attributes:
        table: Its name before.
        now: Its name after.
        columns: Pairs of column names, before and after, of the fields that both have.
    """

    table: str
    now: str
    columns: tuple[tuple[str, str], ...]


def kept(
    before: Apps, after: Apps, renames: tuple[str, ...], moved: tuple[str, ...] = ()
) -> list[Kept]:
    """Return what must be carried over from one definition to the other.

    Args:
        before: Models the rows were saved with.
        after: Models that are pushed.
        renames: As ``--rename`` takes them.
        moved: Columns (``table.column``, as before) to leave out.
    """
    models_now, fields_now = _renamed(renames)
    result = []
    for model in tables(before):
        name = models_now.get(model.__name__, model.__name__)
        now = next((other for other in tables(after) if other.__name__ == name), None)
        if now is None:
            continue
        news = {field.name: field for field in now._meta.local_fields}
        columns = {field.column: field for field in now._meta.local_fields}
        links = {field.name: field for field in now._meta.local_many_to_many}
        pairs = []
        for field in model._meta.local_concrete_fields:
            if field.column is None or f"{model._meta.db_table}.{field.column}" in moved:
                continue
            renamed = fields_now.get((model.__name__, field.name), field.name)
            new = news.get(fields_now.get((name, field.name), renamed), columns.get(field.column))
            if new is not None and new.column is not None:
                pairs.append((cut(field.column), cut(new.column)))
        result.append(Kept(cut(model._meta.db_table), cut(now._meta.db_table), tuple(pairs)))
        for link in model._meta.local_many_to_many:
            other = links.get(fields_now.get((name, link.name), link.name))
            if other is not None:
                result += _kept_link(link, other)
    return result


def _renamed(renames: tuple[str, ...]) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    models_now, fields_now = {}, {}
    for rename in renames:
        old, _, new = rename.partition("=")
        _, model, *field = old.split(".")
        if field:
            fields_now[model, field[0]] = new
        else:
            models_now[model] = new
    return models_now, fields_now


def _kept_link(old: Any, new: Any) -> list[Kept]:
    through, now = old.remote_field.through, new.remote_field.through
    if not (through._meta.auto_created and now._meta.auto_created):
        return []
    columns = (
        ("id", "id"),
        (old.m2m_column_name(), new.m2m_column_name()),
        (old.m2m_reverse_name(), new.m2m_reverse_name()),
    )
    return [Kept(through._meta.db_table, now._meta.db_table, columns)]


def read(
    connection: BaseDatabaseWrapper, tables: list[Kept], types: dict[tuple[str, str], str]
) -> list[list[tuple[str | None, ...]]]:
    """Read the rows as they are to be afterwards: each value as text, in its type to come.

    Args:
        connection: To the schema of ``before``.
        tables: What to read.
        types: (table, column) of ``after`` → its type.
    """
    quote = connection.ops.quote_name
    queries = [
        "SELECT {} FROM {}".format(
            ", ".join(
                f"CAST({quote(old)} AS {types[table.now, new]})::text" for old, new in table.columns
            )
            or "1",
            quote(table.table),
        )
        for table in tables
    ]
    return [_rows(connection, query) for query in queries]


def read_again(
    connection: BaseDatabaseWrapper, tables: list[Kept]
) -> list[list[tuple[str | None, ...]]]:
    """Read the same rows once the database is at ``after``."""
    quote = connection.ops.quote_name
    queries = [
        "SELECT {} FROM {}".format(
            ", ".join(f"{quote(new)}::text" for _, new in table.columns) or "1", quote(table.now)
        )
        for table in tables
    ]
    return [_rows(connection, query) for query in queries]


def _rows(connection: BaseDatabaseWrapper, query: str) -> list[tuple[str | None, ...]]:
    with connection.cursor() as cursor:
        # Without parameters, a percent sign in a name is a percent sign.
        cursor.execute(query)
        return sorted(cursor.fetchall(), key=repr)
