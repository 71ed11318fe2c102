"""The schema editor: makes, changes and drops the types of enum fields with their columns.

https://www.postgresql.org/docs/current/sql-altertype.html
"""

# Django's fields are generic for type checkers, and not when the program runs.
# mypy: disable-error-code="type-arg, misc"

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.postgresql import schema
from django.db.models import Model
from django.db.utils import DataError

from database.fields import EnumField, enum_fields

LABELS = """
SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_enum e WHERE e.enumtypid = to_regtype(%s)
"""
USES = """
SELECT count(*) FROM pg_depend d
WHERE d.refclassid = 'pg_type'::regclass AND d.deptype = 'n'
  AND d.refobjid IN (SELECT t.oid FROM pg_type t
                     WHERE to_regtype(%s) IN (t.oid, t.typelem))
"""
COLUMNS = """
SELECT a.attrelid::regclass::text, quote_ident(a.attname), a.atttypid <> to_regtype(%(type)s),
       pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE to_regtype(%(type)s) IN (t.oid, t.typelem) AND NOT a.attisdropped AND a.attinhcount = 0
ORDER BY 1, 2
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
    renames = tuple(
        (before[name], value)
        for name, value in new.members
        if before.get(name, value) != value and before[name] in live and value not in live
    )
    renamed = dict(renames)
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
                additions.append((_literal(value), f"AFTER {_literal(wanted[place - 1])}"))
            elif kept:
                additions.append((_literal(value), f"BEFORE {_literal(kept[0])}"))
            else:
                additions.append((_literal(value), ""))
    reordered = [label for label in labels if label in wanted] != kept
    return Steps(renames, tuple(additions), removals, bool(removals) or reordered)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's schema editor, which keeps enum types in step with the fields that have them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.enum_types: dict[str, tuple[str, ...]] = {}

    # What Django calls

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
        if new and old and old[0].type == new[0].type:
            self.alter_enum_type(old[0], new[0], uses=default_of(new_field))
        elif new:
            self.create_enum_type(new[0])
        # A default of another type is in the way of the column's new one.
        moved = bool(old or new) and [f.type for f in old] != [f.type for f in new]
        if moved and old_field.has_db_default():
            self.execute(self._default_sql(model, old_field, None))
        super().alter_field(model, old_field, new_field, strict)
        if moved and old_field.has_db_default() and new_field.has_db_default():
            self.execute(self._default_sql(model, new_field, new_field))
        if moved:
            self.drop_enum_types(old)

    def alter_db_table_comment(
        self, model: type[Model], old_db_table_comment: str | None, new_db_table_comment: str | None
    ) -> None:
        """Set the comment of a table, whatever signs there are in it."""
        self.execute(
            self.sql_alter_table_comment
            % {
                "table": self.quote_name(model._meta.db_table),
                "comment": self.quote_value(new_db_table_comment or ""),
            },
            params=None,
        )

    def _comment_sql(self, comment: str | None) -> str:
        # Django runs it with a list of no parameters, which is enough for a sign to count.
        return str(super()._comment_sql(comment)).replace("%", "%%")

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
            values = ", ".join(_literal(value) for value in field.values)
            self.execute(f"CREATE TYPE {field.type} AS ENUM ({values})", params=None)
        elif live != field.values:
            self.alter_enum_type(None, field)
        self._remember(field)

    def alter_enum_type(
        self, old: EnumField | None, new: EnumField, *, uses: str | None = None
    ) -> None:
        """Make the labels of a type the values of a field.

        Args:
            old: The field as it was.
            new: The field as it is to be.
            uses: A value that is used in the same transaction, which PostgreSQL allows of one that
                was added only if the type is new as well.

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
                f"ALTER TYPE {new.type} RENAME VALUE {_literal(label)} TO {_literal(value)}",
                params=None,
            )
        added = {label for label, _ in plan.additions}
        if plan.rebuild or (uses is not None and _literal(uses) in added):
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

    def _rebuild(self, field: EnumField, removals: Iterable[str]) -> None:
        """Make the type anew and move all columns to it; their tables are rewritten."""
        columns = []
        if not self.collect_sql:
            with self.connection.cursor() as cursor:
                cursor.execute(COLUMNS, {"type": field.type})
                columns = cursor.fetchall()
            self._refuse_used(field, columns, list(removals))
        old = self._spare_name(field.type)
        quoted = self.quote_name(old)
        values = ", ".join(_literal(value) for value in field.values)
        self.execute(f"ALTER TYPE {field.type} RENAME TO {quoted}", params=None)
        self.execute(f"CREATE TYPE {field.type} AS ENUM ({values})", params=None)
        for table, column, is_array, default in columns:
            ending = "[]" if is_array else ""
            change = f"ALTER TABLE {table} ALTER COLUMN {column}"
            if default is not None:
                self.execute(f"{change} DROP DEFAULT", params=None)
            self.execute(
                f"{change} TYPE {field.type}{ending} "
                f"USING {column}::text{ending}::{field.type}{ending}",
                params=None,
            )
            if default is not None:
                self.execute(f"{change} SET DEFAULT {default}", params=None)
        schema_name = field.type.rpartition(".")[0]
        self.execute(f"DROP TYPE {schema_name + '.' if schema_name else ''}{quoted}", params=None)

    def _refuse_used(
        self, field: EnumField, columns: Iterable[tuple[Any, ...]], removals: list[str]
    ) -> None:
        for table, column, is_array, _ in columns:
            if not removals:
                return
            condition = f"{column}::text[] && %s" if is_array else f"{column}::text = ANY (%s)"
            with self.connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {condition}", [removals])
                count = cursor.fetchone()[0]
            if count:
                names = ", ".join(removals)
                raise DataError(
                    f"prodobit.E712: the type {field.type} cannot lose {names}: {count:,} rows of "
                    f"{table} have it in {column}. Change these rows first; to rename a value, "
                    "keep the name of its member."
                )

    def _spare_name(self, type_: str) -> str:
        bare = type_.rpartition(".")[2].replace('"', "")
        return bare.encode()[:56].decode(errors="ignore") + "__old"

    def drop_enum_types(self, fields: Iterable[EnumField]) -> None:
        """Drop the types of fields, unless a column, a function or anything else needs them."""
        for type_ in dict.fromkeys(field.type for field in fields):
            if self.collect_sql:
                self.enum_types.pop(type_, None)
                continue
            if self.enum_labels(type_) is None:
                continue
            with self.connection.cursor() as cursor:
                cursor.execute(USES, [type_])
                if cursor.fetchone()[0]:
                    continue
            self.execute(f"DROP TYPE {type_}", params=None)


def default_of(field: models.Field) -> str | None:
    """Return the value that a field has as its default in the database."""
    default: Any = getattr(field, "db_default", None)
    value = getattr(default, "value", default)
    return value if isinstance(value, str) else None
