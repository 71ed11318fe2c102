"""The schema editor of a review: writes SQL down, and asks the sketch instead of the database."""

# The stubs of Django know little of its schema editors.
# mypy: disable-error-code="misc, no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import sql as literals
from django.db.models import Model

from database.fields import EnumField
from database.schema import normalize
from database.schema.state import TableName

from .live import NO_VERSION
from .sketch import Sketch, Table
from .statement import Action, ConstraintKind, Kind

_KINDS = {
    ConstraintKind.PRIMARY_KEY: "p",
    ConstraintKind.UNIQUE: "u",
    ConstraintKind.FOREIGN_KEY: "f",
    ConstraintKind.CHECK: "c",
    ConstraintKind.EXCLUDE: "x",
}


type Collect = Callable[[str, tuple[Action, ...]], None]


class _NoCursor:
    """What a cursor is where there is no database: nothing can be asked."""

    def __enter__(self) -> _NoCursor:
        return self

    def __exit__(self, *error: object) -> None: ...

    def execute(self, *query: object) -> None:
        raise UnreachableError

    def fetchone(self) -> None:
        raise UnreachableError

    fetchall = fetchone


class UnreachableError(Exception):
    """An operation asks the database for something, and there is none."""


def make(
    connection: BaseDatabaseWrapper,
    sketch: Sketch,
    collect: Collect,
    *,
    atomic: bool,
) -> Any:
    """Return an editor of the connection's own kind that collects SQL.

    Args:
        connection: Asked only what the sketch cannot know.
        sketch: The tables as they are before the next statement.
        collect: Is given every statement (or a few, with semicolons) when it would be run, and what
            it does if its SQL does not tell; it keeps the sketch in step.
        atomic: Whether the migration is to run in one transaction.
    """
    editor = _class(connection.SchemaEditorClass)(connection, collect_sql=True, atomic=atomic)
    editor.sketch = sketch
    editor.guessed = set()
    editor.collected_sql = _Collected(collect)
    editor.deferred_sql = []
    return editor


def disconnected(connection: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """Return a copy of a connection that answers nothing, and what needs no answer as ever."""
    copied = connection.copy()
    vars(copied).update(cursor=_NoCursor, pg_version=NO_VERSION)
    vars(copied.ops).update(compose_sql=_composed)
    return copied


class _Collected(list[str]):
    """The SQL of an editor, handed on as it comes."""

    def __init__(self, collect: Collect) -> None:
        super().__init__()
        self.collect = collect
        self.meant: tuple[Action, ...] = ()
        """What the next statement does, where its SQL does not tell."""

    def append(self, sql: str) -> None:
        super().append(sql)
        self.collect(sql, self.meant)
        self.meant = ()


@cache
def _class(base: type[Any]) -> type[Any]:
    return type("ReviewEditor", (_Collecting, base), {})


class _Collecting:
    """Stands before a schema editor of Django, or of one that is made from it.

    Attributes:
        sketch: Where names of constraints, types and the like come from.
        guessed: Names that the sketch could not know: they are decided when the migration runs.
    """

    sketch: Sketch
    guessed: set[str]
    connection: Any
    collected_sql: _Collected

    # What Django, and django-pg-zero-downtime-migrations, ask the catalog for

    def _constraint_names(
        self,
        model: type[Model],
        column_names: Sequence[str] | None = None,
        unique: bool | None = None,
        primary_key: bool | None = None,
        index: bool | None = None,
        foreign_key: bool | None = None,
        check: bool | None = None,
        type_: str | None = None,
        exclude: Sequence[str] | None = None,
    ) -> list[str]:
        table = self._table(model)
        wanted = None if column_names is None else tuple(map(normalize.cut, column_names))
        found = []
        for name, columns, facts in _introspected(table) if table else ():
            asked = {"unique": unique, "primary_key": primary_key, "index": index, "check": check}
            if wanted is not None and columns != wanted:
                continue
            if any(value is not None and facts[key] != value for key, value in asked.items()):
                continue
            if (foreign_key is not None and not facts["foreign_key"]) or name in (exclude or ()):
                continue
            if type_ is None or type_ == facts.get("type"):
                found.append(name)
        if found or table is not None:
            return found
        # The table is not there: what the migration will find can only be guessed.
        suffix = "_fk" if foreign_key else "_uniq" if unique else "_check" if check else ""
        guess = self._create_index_name(  # type: ignore[attr-defined]
            model._meta.db_table, list(column_names or ()), suffix=suffix
        )
        self.guessed.add(guess)
        return [guess]

    def _table(self, model: type[Model]) -> Table | None:
        parts = normalize.identifiers(model._meta.db_table)
        name = TableName(parts[0] if len(parts) > 1 else "", parts[-1])
        return self.sketch.table(name)

    def _get_constraints(
        self, cursor: Any, model: type[Model]
    ) -> Iterator[tuple[str, str, str, str | None, list[str], list[str]]]:
        table = self._table(model)
        for owner in [table, *self.sketch.referrers(table.name)] if table else ():
            for name, part in sorted(owner.constraints.items()):
                if owner is not table and self.sketch.table(part.target) is not table:
                    continue
                target = self.sketch.table(part.target)
                yield (
                    name,
                    _KINDS[part.kind],
                    owner.name.name,
                    target.name.name if target else None,
                    list(part.columns),
                    list(part.target_columns),
                )

    def _get_indexes(self, cursor: Any, model: type[Model]) -> Iterator[tuple[str, str, list[str]]]:
        table = self._table(model)
        if table is not None:
            for name, index in sorted(table.indexes.items()):
                yield name, table.name.name, [column for column in index.columns if column]

    def _drop_collect_sql_introspection_related_duplicates(self, queries: object) -> None:
        """There are none: the sketch forgets what is dropped."""

    def _get_sequence_name(self, table: str, column: str) -> str | None:
        if self.sketch.live.connection is None:
            return None
        return super()._get_sequence_name(table, column)

    def _is_collation_deterministic(self, collation_name: str) -> bool | None:
        if self.sketch.live.connection is None:
            return None
        return super()._is_collation_deterministic(collation_name)

    # What the editor of this project asks the catalog for

    def enum_labels(self, type_: str) -> tuple[str, ...] | None:
        """Return the labels of a type as the plan has left them."""
        return self.sketch.enum_labels(type_)

    @property
    def enum_types(self) -> dict[str, tuple[str, ...] | None]:
        """The types that this plan has made or changed."""
        return self.sketch.enum_types

    @enum_types.setter
    def enum_types(self, value: object) -> None: ...

    def _rebuild(self, field: EnumField, removals: Sequence[str]) -> None:
        tables = {id(each): each for each in self.sketch.tables.values()}
        self.collected_sql.meant = tuple(
            Action(Kind.REBUILD_ENUM, table.name, where=bool(removals))
            for table in tables.values()
            if any(_is_of_type(column.type, field.type) for column in table.columns.values())
        ) or (Action(Kind.NO_TABLE),)
        super()._rebuild(field, removals)

    def drop_enum_types(self, fields: Iterable[EnumField]) -> None:
        """Drop the types of fields unless something needs them, which is seen when that runs."""
        self.collected_sql.meant = (Action(Kind.NO_TABLE),)
        super().drop_enum_types(fields)
        self.collected_sql.meant = ()


def _is_of_type(type_: str, enum: str) -> bool:
    return normalize.column_type(type_.removesuffix("[]")) == normalize.column_type(enum)


def _introspected(table: Table) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    """Yield constraints and indexes with what Django's introspection says of them.

    https://github.com/django/django/blob/main/django/db/backends/postgresql/introspection.py
    """
    nothing = dict.fromkeys(("unique", "primary_key", "index", "check", "foreign_key"), False)
    for name, part in table.constraints.items():
        facts: dict[str, Any] = dict(nothing)
        facts["primary_key"] = part.kind is ConstraintKind.PRIMARY_KEY
        facts["unique"] = part.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
        facts["check"] = part.kind is ConstraintKind.CHECK
        facts["foreign_key"] = part.kind is ConstraintKind.FOREIGN_KEY
        yield name, part.columns, facts
    for name, index in table.indexes.items():
        facts = dict(nothing) | {"index": True, "unique": index.unique, "type": index.type}
        yield name, index.columns, facts


def _composed(sql: str, params: Sequence[Any]) -> str:
    """Put parameters into SQL as psycopg does where there is a connection."""
    values = [literals.quote(value, None) for value in params]
    return sql % tuple(values)


@contextmanager
def reading_only(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep everything in one transaction that cannot write, unknown to Django.

    An operation that insists on being in none finds itself in none, unless there is one already.
    """
    begin, end = ["BEGIN READ ONLY"], ["ROLLBACK"]
    if connection.in_atomic_block:
        begin = ["SAVEPOINT prodobit_reading", "SET TRANSACTION READ ONLY"]
        end = ["ROLLBACK TO prodobit_reading", "RELEASE prodobit_reading"]
    with connection.cursor() as cursor:
        for statement in [*begin, "SET LOCAL lock_timeout = '5s'"]:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in end:
                cursor.execute(statement)
