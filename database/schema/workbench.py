"""What everybody who drafts changes needs: both schemas, the models, names, quotes and facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from .answers import Answers
from .editor import CollectingEditor
from .expression import mentioned
from .facts import Facts
from .normalize import quote
from .state import Column, Constraint, ForeignKey, Index, Schema, Table, TableName


def mentions(text: str | None, names: Iterable[str]) -> bool:
    """Tell whether an SQL expression names one of the columns (or something else of that name)."""
    return bool(text) and not mentioned(text or "").isdisjoint(names)


def columns_of(item: Constraint | Index, candidates: Iterable[str]) -> set[str]:
    """Return those of the candidates that a constraint or an index of their table refers to."""
    plain = set(getattr(item, "columns", ()))
    plain |= set(getattr(item, "include", ()))
    texts = [getattr(item, "expression", None), getattr(item, "predicate", None)]
    for key in getattr(item, "keys", ()):
        if key.column:
            plain.add(key.column)
        texts.append(key.expression)
    return {
        name
        for name in candidates
        if name in plain or any(mentions(text, [name]) for text in texts)
    }


def expression_columns_of(item: Constraint | Index, candidates: Iterable[str]) -> set[str]:
    """Return those of the candidates that stand in an expression or predicate of the object."""
    texts = [getattr(item, "expression", None), getattr(item, "predicate", None)]
    texts += [key.expression for key in getattr(item, "keys", ())]
    return {name for name in candidates if any(mentions(text, [name]) for text in texts)}


@dataclass
class Workbench:
    """The tools of drafting.

    Attributes:
        connection: Where values are adapted and facts are measured.
        apps: The registry of the models.
        live: The live schema, with the renames that were decided applied to it.
        declared: The declared schema.
        answers: What was decided beforehand.
        original: The live tables as they are in the database now, by oid. Facts and guards, which
            come before the renames, go by these names.
        editor: Writes SQL.
        facts: Answers questions about the data.
        dropped: The live tables that are to be dropped.
    """

    connection: BaseDatabaseWrapper
    apps: Apps
    live: Schema
    declared: Schema
    answers: Answers
    original: dict[int, Table]
    editor: CollectingEditor
    facts: Facts
    dropped: frozenset[TableName] = frozenset()
    _live_by_name: dict[TableName, Table] = field(init=False)
    _models: dict[TableName, type[Model]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._live_by_name = self.live.by_name()

    def quote(self, name: str) -> str:
        """Quote one identifier."""
        return quote(name)

    def table(self, name: TableName) -> str:
        """Quote the name of a table, without the schema where the search path finds it."""
        bare = TableName("", name.name)
        found = self._live_by_name.get(bare)
        if not name.schema or (found is not None and found.name == name):
            return self.quote(name.name)
        return f"{self.quote(name.schema)}.{self.quote(name.name)}"

    def table_now(self, table: Table) -> str:
        """Quote the name that a live table has before the renames."""
        return self.quote_full(self.original[table.oid].name)

    def quote_full(self, name: TableName) -> str:
        """Quote the name of a live table with its schema."""
        return f"{self.quote(name.schema)}.{self.quote(name.name)}"

    def column_now(self, table: Table, column: Column) -> str:
        """Quote the name that a live column has before the renames."""
        original = self.original[table.oid]
        return self.quote(
            next(item.name for item in original.columns if item.position == column.position)
        )

    def names_now(self, table: Table, names: Iterable[str]) -> list[str]:
        """Quote the names that live columns have before the renames."""
        quoted = []
        for name in names:
            column = table.column(name)
            if column is not None:
                quoted.append(self.column_now(table, column))
        return quoted

    def model(self, declared: Table) -> type[Model]:
        """Return the model that declares the table; of a many-to-many field, its through model."""
        found = self._models.get(declared.name)
        if found is None:
            assert declared.model is not None
            if declared.auto_created_by:
                label, model_name, field_name = declared.auto_created_by.split(".")
                field: Any = self.apps.get_model(label, model_name)._meta.get_field(field_name)
                found = field.remote_field.through
            else:
                found = self.apps.get_model(declared.model)
            self._models[declared.name] = found
        return found

    def field_of(self, declared: Table, column: Column) -> Field[Any, Any]:
        """Return the field that declares the column."""
        assert column.field is not None
        field = self.model(declared)._meta.get_field(column.field)
        assert isinstance(field, Field)
        return field

    def live_table(self, name: TableName) -> Table | None:
        """Return the live table that a declared name finds (by the name after the renames)."""
        return self._live_by_name.get(name)

    def same_table(self, live: TableName, declared: TableName) -> bool:
        """Tell whether a declared name finds the live table of that name."""
        found = self._live_by_name.get(declared)
        return found.name == live if found else live == declared

    @cached_property
    def foreign_keys(self) -> dict[TableName, list[tuple[Table, ForeignKey]]]:
        """The live foreign keys from or to each live table, each with the table that has it."""
        found: dict[TableName, list[tuple[Table, ForeignKey]]] = defaultdict(list)
        for table in self.live.tables:
            for item in table.constraints:
                if isinstance(item, ForeignKey):
                    for name in {table.name, item.target}:
                        found[name].append((table, item))
        return found
