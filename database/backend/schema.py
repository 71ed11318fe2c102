"""The schema editor: makes, changes and drops the types of enum fields with their columns.

https://www.postgresql.org/docs/current/sql-altertype.html
"""

# Django's fields are generic for type checkers, and not when the program runs.
# mypy: disable-error-code="type-arg, misc"

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.postgresql import operations, schema
from django.db.models import Model
from django.db.utils import DataError

from database.fields import EnumField, enum_fields

from . import enum_rebuild
from .enum_rebuild import literal
from .operations import NamesWithPercent, literally

LABELS = """
SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_enum e WHERE e.enumtypid = to_regtype(%s)
"""
COLUMNS = """
SELECT a.attrelid, a.attnum, a.attrelid::regclass::text, quote_ident(a.attname),
       a.atttypid <> to_regtype(%(type)s)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_type t ON t.oid = a.atttypid
WHERE to_regtype(%(type)s) IN (t.oid, t.typelem) AND NOT a.attisdropped AND a.attinhcount = 0
ORDER BY 3, 4
"""


@dataclass(frozen=True, slots=True)
class Steps:
    """How one list of labels becomes another.

    Attributes:
        renames: Pairs of the old and the new label.
        additions: A label and its neighbour: ``("b", "AFTER 'a'")``; both as SQL.
        removals: Labels that are no more.
        rebuild: Whether the type must be made anew, as PostgreSQL cannot change it in place.
    """

    renames: tuple[tuple[str, str], ...]
    additions: tuple[tuple[str, str], ...]
    removals: tuple[str, ...]
    rebuild: bool


def steps(live: Sequence[str], old: EnumField | None, new: EnumField) -> Steps:
    """Find out how the labels of a type become the values of a field.

    Args:
        live: The labels that there are, in order.
        old: The field as it was: a member that keeps its name has its value renamed.
        new: The field as it is to be.
    """
    before = dict(old.members) if old else {}
    renamed = {
        before[name]: value
        for name, value in new.members
        if before.get(name, value) != value and before[name] in live
    }
    while taken := [
        old for old, value in renamed.items() if value in live and value not in renamed
    ]:
        renamed = {old: value for old, value in renamed.items() if old not in taken}
    labels = [renamed.get(label, label) for label in live]
    wanted = list(new.values)
    kept = [value for value in wanted if value in labels]
    removals = tuple(label for label in labels if label not in wanted)
    additions = []
    there = set(kept)
    for place, value in enumerate(wanted):
        if value not in there:
            there.add(value)
            if place:
                additions.append((literal(value), f"AFTER {literal(wanted[place - 1])}"))
            elif kept:
                additions.append((literal(value), f"BEFORE {literal(kept[0])}"))
            else:
                additions.append((literal(value), ""))
    reordered = [label for label in labels if label in wanted] != kept
    return Steps(_in_turn(renamed), tuple(additions), removals, bool(removals) or reordered)


def _in_turn(renamed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return renames in an order in which no new label is taken; circles take a detour."""
    left = dict(renamed)
    renames = []
    while left:
        label = next((old for old, value in left.items() if value not in left), None)
        if label is None:
            label = next(iter(left))
            detour = label.encode()[:58].decode(errors="ignore") + "__old"
            renames.append((label, detour))
            left[detour] = left.pop(label)
        else:
            renames.append((label, left.pop(label)))
    return tuple(renames)


class DatabaseSchemaEditor(NamesWithPercent, schema.DatabaseSchemaEditor):
    """Django's schema editor, which keeps enum types in step with the fields that have them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.enum_types: dict[str, tuple[str, ...]] = {}

    def execute(self, sql: Any, params: Sequence[Any] | None = ()) -> None:
        """Run a statement; without parameters it is taken as it is."""
        super().execute(*literally(sql, params))

    # What Django calls

    def quote_name(self, name: str) -> str:
        """Quote a name as it is: statements without parameters are run as they are written."""
        return str(operations.DatabaseOperations.quote_name(self.connection.ops, name))

    def create_model(self, model: type[Model]) -> None:
        """Create the enum types that are not there, then the table."""
        for field in enum_fields(model._meta.local_fields):
            self.create_enum_type(field)
        super().create_model(model)

    def delete_model(self, model: type[Model]) -> None:
        """Drop the table, then the enum types that nothing else needs."""
        super().delete_model(model)
        self.drop_enum_types(enum_fields(model._meta.local_fields))

    def add_field(self, model: type[Model], field: models.Field) -> None:
        """Create the enum type if it is not there, then the column."""
        for enum_field in enum_fields([field]):
            self.create_enum_type(enum_field)
        super().add_field(model, field)

    def remove_field(self, model: type[Model], field: models.Field) -> None:
        """Drop the column, then the enum type if nothing else needs it."""
        super().remove_field(model, field)
        self.drop_enum_types(enum_fields([field]))

    def alter_field(
        self,
        model: type[Model],
        old_field: models.Field,
        new_field: models.Field,
        strict: bool = False,
    ) -> None:
        """Change the enum type, then the column."""
        old, new = enum_fields([old_field]), enum_fields([new_field])
        if old and old_field.has_db_default() and default_of(old_field) != default_of(new_field):
            # It may be a value that is taken away.
            self.execute(self._default_sql(model, old_field, None), params=None)
        if new and old and old[0].type == new[0].type:
            self.alter_enum_type(old[0], new[0], uses=default_of(new_field))
        elif new:
            self.create_enum_type(new[0])
        # A default of another type is in the way of the column's new one.
        moved = bool(old or new) and [f.type for f in old] != [f.type for f in new]
        if moved and old_field.has_db_default():
            self.execute(self._default_sql(model, old_field, None), params=None)
        super().alter_field(model, old_field, new_field, strict)
        if moved and old_field.has_db_default() and new_field.has_db_default():
            self.execute(self._default_sql(model, new_field, new_field), params=None)
        if moved:
            self.drop_enum_types(old)

    def _using_sql(self, new_field: models.Field, old_field: models.Field) -> str:
        # There are no casts between enum types, but by their text.
        if enum_fields([new_field]) and enum_fields([old_field]):
            text = "text[]" if (new_field.db_type(self.connection) or "").endswith("]") else "text"
            return f" USING %(column)s::{text}::%(type)s"
        return str(super()._using_sql(new_field, old_field))

    def _default_sql(
        self, model: type[Model], column: models.Field, field: models.Field | None
    ) -> str:
        change = "DROP DEFAULT"
        if field is not None:
            sql, values = self.db_default_sql(field)
            change = "SET DEFAULT " + (
                str(self.connection.ops.compose_sql(sql, values)) if values else sql
            )
        return (
            f"ALTER TABLE {self.quote_name(model._meta.db_table)} "
            f"ALTER COLUMN {self.quote_name(column.column or '')} {change}"
        )

    # Types

    def enum_labels(self, type_: str) -> tuple[str, ...] | None:
        """Return the labels of a type, or None if there is no such type."""
        if type_ in self.enum_types:
            return self.enum_types[type_]
        if self.collect_sql:
            return None
        with self.connection.cursor() as cursor:
            cursor.execute(LABELS, [type_])
            labels = cursor.fetchone()[0]
        return tuple(labels) if labels else None

    def create_enum_type(self, field: EnumField) -> None:
        """Create the type of a field, or bring it in step if it is there already."""
        live = self.enum_labels(field.type)
        if live is None:
            values = ", ".join(literal(value) for value in field.values)
            self.execute(f"CREATE TYPE {field.type} AS ENUM ({values})", params=None)
        elif live != field.values:
            self.alter_enum_type(None, field)
        self._remember(field)

    def alter_enum_type(self, old: EnumField | None, new: EnumField, *, uses: str = "") -> None:
        """Make the labels of a type the values of a field.

        Args:
            old: The field as it was.
            new: The field as it is to be.
            uses: SQL that runs in the same transaction, which PostgreSQL allows to name a value
                that was added only if the type is new as well.

        Raises:
            DataError: A value is taken away that rows have.
        """
        live = self.enum_labels(new.type)
        if live is None:
            live = old.values if old else ()
        if live == new.values:
            return
        plan = steps(live, old, new)
        for label, value in plan.renames:
            self.execute(
                f"ALTER TYPE {new.type} RENAME VALUE {literal(label)} TO {literal(value)}",
                params=None,
            )
        if plan.rebuild or any(label in uses for label, _ in plan.additions):
            self._rebuild(new, plan.removals)
        else:
            for label, neighbour in plan.additions:
                self.execute(
                    f"ALTER TYPE {new.type} ADD VALUE {label} {neighbour}".rstrip(), params=None
                )
        self._remember(new)

    def _remember(self, field: EnumField) -> None:
        if self.collect_sql:
            self.enum_types[field.type] = field.values

    def _rebuild(self, field: EnumField, removals: Sequence[str]) -> None:
        """Make the type anew and move all columns to it; their tables are rewritten."""
        if not self.collect_sql:
            self.refuse_used(field, removals)
        self.execute(enum_rebuild.statement(field.type, field.values), params=None)

    def refuse_used(self, field: EnumField, removals: Sequence[str]) -> None:
        """Raise a ``DataError`` if rows have values that are taken away."""
        if not removals:
            return
        with self.connection.cursor() as cursor:
            cursor.execute(COLUMNS, {"type": field.type})
            for oid, number, table, column, is_array in cursor.fetchall():
                if self.is_going(oid, number):
                    continue
                value = f"{column}::text".replace("%", "%%")
                cursor.execute(
                    f"SELECT count(*) FROM {table.replace('%', '%%')} WHERE "
                    + (f"{value}[] && %s" if is_array else f"{value} = ANY (%s)"),
                    [list(removals)],
                )
                count = cursor.fetchone()[0]
                if count:
                    raise DataError(
                        f"prodobit.E712: the type {field.type} cannot lose {', '.join(removals)}: "
                        f"{count:,} {'row' if count == 1 else 'rows'} of {table} "
                        f"{'has' if count == 1 else 'have'} it in {column}. Change these rows "
                        "first; to rename a value, keep the name of its member."
                    )

    def is_going(self, oid: int, number: int) -> bool:
        """Tell whether a column will be gone before its type is changed."""
        return False

    def drop_enum_types(self, fields: Iterable[EnumField]) -> None:
        """Drop the types of fields, unless a column, a function or anything else needs them."""
        for type_ in dict.fromkeys(field.type for field in fields):
            self.enum_types.pop(type_, None)
            self.execute(enum_rebuild.drop_unused(type_), params=None)


def default_of(field: models.Field) -> str:
    """Return the default of a field in the database as SQL if it is a text, else ""."""
    default: Any = getattr(field, "db_default", None)
    value = getattr(default, "value", default)
    return literal(value) if isinstance(value, str) else ""
