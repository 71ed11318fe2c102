"""Django models → Schema: what Django's schema editor would create for them.

It follows ``django/db/backends/base/schema.py`` and ``…/postgresql/schema.py`` without running
them: :meth:`table_sql`, :meth:`_model_indexes_sql` and what they call.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.contrib.postgres.constraints import (
    ExclusionConstraint,
    ExclusionConstraintExpression,
)
from django.contrib.postgres.indexes import OpClass, PostgresIndex
from django.db import connection as default_connection
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import split_identifier
from django.db.models import (
    CheckConstraint,
    CompositePrimaryKey,
    Deferrable,
    F,
    Func,
    Model,
    UniqueConstraint,
)
from django.db.models import (
    Index as ModelIndex,
)
from django.db.models.expressions import Col, OrderBy, Value
from django.db.models.fields import PositiveIntegerRelDbTypeMixin
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression
from django.db.models.sql import Query

from database.backend.schema import DatabaseSchemaEditor

from . import normalize
from .state import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Generated,
    Identity,
    IdentityKind,
    Index,
    IndexKey,
    Origin,
    OriginKind,
    OtherConstraint,
    PrimaryKey,
    Schema,
    SequenceOptions,
    Table,
    TableName,
    Unique,
)

KNOWN_WAYS = (
    CheckConstraint.create_sql,
    ExclusionConstraint.create_sql,
    ModelIndex.create_sql,
    PostgresIndex.create_sql,
    UniqueConstraint.create_sql,
)
"""The methods whose SQL is followed here; a class with another one is known by its SQL only."""


def read(
    apps: Apps, connection: BaseDatabaseWrapper, *, app_labels: Collection[str] | None = None
) -> Schema:
    """Turn models into the schema that Django's schema editor would create for them.

    Args:
        apps: The global registry, or the ``StateApps`` of a ``ProjectState``.
        connection: The connection the schema is meant for. It is asked nothing, except once which
            collations are nondeterministic if an indexed text field names one.
        app_labels: Labels of the apps whose models count; None for all.

    Returns:
        The tables of managed models that are neither proxies nor swapped out, which the database
        routers let migrate here, and the tables of their many-to-many fields.
    """
    connection.ensure_connection()
    # django.db.connection is a proxy, which would be asked for everything a hundred thousand times.
    reader = _Reader(
        connections[connection.alias] if connection is default_connection else connection
    )
    return Schema(tuple(reader.tables(apps.get_models(), app_labels)))


class _Reader:
    """Reads models for one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        # Not the connection's own: what is declared does not depend on how it is migrated.
        self.editor: Any = DatabaseSchemaEditor(connection, collect_sql=True)
        self.deferrable = connection.ops.deferrable_sql() == " DEFERRABLE INITIALLY DEFERRED"
        self._known_parameters: dict[tuple[Any, ...], tuple[dict[str, Any], str | None]] = {}
        self._deterministic: dict[str, bool] | None = None

    def tables(
        self, models: Iterable[type[Model]], app_labels: Collection[str] | None
    ) -> Iterator[Table]:
        """Yield the tables of the models that are migrated."""
        for model in models:
            options = model._meta
            if app_labels is not None and options.app_label not in app_labels:
                continue
            if not options.can_migrate(self.connection):
                continue
            if not router.allow_migrate_model(self.connection.alias, model):
                continue
            yield self.table(model, None)
            for field in options.local_many_to_many:
                through: Any = field.remote_field.through
                if through._meta.auto_created:
                    yield self.table(through, f"{options.label}.{field.name}")

    def table(self, model: type[Model], auto_created_by: str | None) -> Table:
        """Return what ``create_model()`` makes of one model, without its many-to-many tables."""
        options = model._meta
        columns: list[Column] = []
        constraints: list[Constraint] = []
        indexes: list[Index] = []
        for field in options.local_fields:
            self._field(model, field, columns, constraints, indexes)
        if isinstance(options.pk, CompositePrimaryKey):
            names = tuple(normalize.identifier(name) for name in options.pk.columns)
            constraints.append(
                PrimaryKey(
                    "",
                    names,
                    named=False,
                    origin=Origin(OriginKind.COMPOSITE_PRIMARY_KEY, options.pk.field_names),
                )
            )
            columns = [
                column if column.name not in names else _with_not_null(column) for column in columns
            ]
        for field_names in options.unique_together:
            constraints.append(self._unique_together(model, tuple(field_names)))
        for place, constraint in enumerate(options.constraints):
            if constraint in options.constraints[:place]:
                continue
            made = self._constraint(model, constraint, place)
            if isinstance(made, Index):
                indexes.append(made)
            else:
                constraints.append(made)
        for place, index in enumerate(options.indexes):
            # Migrations may leave an index twice in a state (RenameIndex with old_fields, where
            # 0001 was edited to have it); there is only one of it.
            if index not in options.indexes[:place]:
                indexes.append(self._index(model, index, place))
        return Table(
            _table_name(options.db_table),
            columns=tuple(columns),
            constraints=tuple(constraints),
            indexes=tuple(indexes),
            comment=options.db_table_comment or None,
            tablespace=options.db_tablespace or "",
            model=options.label,
            auto_created_by=auto_created_by,
        )

    # Fields

    def _field(
        self,
        model: type[Model],
        field: Any,
        columns: list[Column],
        constraints: list[Constraint],
        indexes: list[Index],
    ) -> None:
        parameters, suffix = self._parameters(field)
        declared_type: str | None = parameters["type"]
        if declared_type is None:
            return
        name = normalize.identifier(field.column)
        column_type = normalize.column_type(declared_type)
        collation = parameters.get("collation")
        serial = normalize.is_serial(declared_type)
        columns.append(
            Column(
                name,
                column_type,
                (not field.null and not field.generated) or field.primary_key or serial,
                self._default(field) if field.has_db_default() else None,
                _identity(suffix, column_type) if suffix else None,
                "" if serial else None,
                ".".join(normalize.identifiers(collation)) if collation else None,
                self._generated(field) if field.generated else None,
                field.db_comment or None,
                field.name,
                len(columns) + 1,
            )
        )
        if field.primary_key:
            origin = Origin(OriginKind.PRIMARY_KEY, (field.name,))
            constraints.append(PrimaryKey("", (name,), named=False, origin=origin))
        elif field.unique:
            origin = Origin(OriginKind.UNIQUE, (field.name,))
            constraints.append(Unique("", (name,), named=False, origin=origin))
        if parameters["check"]:
            origin = Origin(OriginKind.FIELD_CHECK, (field.name,))
            constraints.append(
                Check("", parameters["check"], columns=(name,), named=False, origin=origin)
            )
        if field.remote_field and field.db_constraint:
            constraints.append(self._foreign_key(model, field, name))
        if field.db_index and not field.unique:
            indexes.append(self._field_index(model, field, name, None))
        if field.db_index or field.unique:
            opclass = self._like_opclass(field, declared_type)
            if opclass:
                indexes.append(self._field_index(model, field, name, opclass))

    def _parameters(self, field: Any) -> tuple[dict[str, Any], str | None]:
        """Return ``db_parameters()`` and ``db_type_suffix()`` of a field.

        Those of Django's plain fields depend on nothing but these attributes; a check has the name
        of the column in it.
        """
        if type(field).__module__ != "django.db.models.fields" or isinstance(
            field, PositiveIntegerRelDbTypeMixin
        ):
            return field.db_parameters(self.connection), field.db_type_suffix(self.connection)
        key = (
            type(field),
            field.max_length,
            getattr(field, "max_digits", None),
            getattr(field, "decimal_places", None),
            getattr(field, "db_collation", None),
        )
        known = self._known_parameters.get(key)
        if known is None:
            known = (field.db_parameters(self.connection), field.db_type_suffix(self.connection))
            self._known_parameters[key] = known
        return known

    def _default(self, field: Any) -> str | None:
        expression = field._db_default_expression
        sql, values = self.editor.db_default_sql(field)
        if values:
            sql = sql % tuple(map(self.editor.quote_value, values))
        # Django encloses what is not a plain value in parentheses; the meaning needs none.
        sql = sql if isinstance(expression, Value) else _without_parentheses(sql)
        # A default that is just NULL is the same as none, and mostly stored as none.
        return None if normalize.is_null(sql) else sql

    def _generated(self, field: Any) -> Generated:
        sql, values = field.generated_sql(self.connection)
        if values:
            sql = sql % tuple(map(self.editor.quote_value, values))
        return Generated(sql, field.db_persist)

    def _foreign_key(self, model: type[Model], field: Any, name: str) -> ForeignKey:
        target = field.target_field
        target_table = target.model._meta.db_table
        action = self.editor._create_on_delete_sql(model, field)
        return ForeignKey(
            normalize.cut(
                self.editor._create_index_name(
                    model._meta.db_table,
                    [field.column],
                    f"_fk_{split_identifier(target_table)[1]}_{target.column}",
                )
            ),
            (name,),
            _table_name(target_table),
            (normalize.identifier(target.column),),
            _action(action, "DELETE"),
            _action(action, "UPDATE"),
            match="FULL" if "MATCH FULL" in action else "SIMPLE",
            deferrable=self.deferrable,
            initially_deferred=self.deferrable,
            named=False,
            origin=Origin(OriginKind.FOREIGN_KEY, (field.name,)),
        )

    def _field_index(
        self, model: type[Model], field: Any, column: str, opclass: str | None
    ) -> Index:
        name = self.editor._create_index_name(
            model._meta.db_table, [field.column], "_like" if opclass else ""
        )
        return Index(
            normalize.cut(name),
            keys=(IndexKey(column, opclass=opclass),),
            tablespace=self._index_tablespace(model, [field], None),
            named=False,
            origin=Origin(OriginKind.LIKE_INDEX if opclass else OriginKind.DB_INDEX, (field.name,)),
        )

    def _like_opclass(self, field: Any, declared_type: str) -> str | None:
        """Return the operator class of the second index of a text field, or None for no index."""
        if "[" in declared_type or not declared_type.startswith(("varchar", "text")):
            return None
        collation = getattr(field, "db_collation", None)
        if not collation and field.is_relation:
            collation = getattr(field.target_field, "db_collation", None)
        if collation and not self._is_deterministic(collation):
            return None
        return "varchar_pattern_ops" if declared_type.startswith("varchar") else "text_pattern_ops"

    def _is_deterministic(self, collation: str) -> bool:
        # As Django asks: by the bare name, and no for a collation that does not exist.
        if self._deterministic is None:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT collname, collisdeterministic FROM pg_collation")
                self._deterministic = dict(cursor.fetchall())
        return self._deterministic.get(collation, False)

    def _index_tablespace(
        self, model: type[Model], fields: list[Any], tablespace: str | None
    ) -> str:
        if tablespace is None:
            if len(fields) == 1 and fields[0].db_tablespace:
                return str(fields[0].db_tablespace)
            return settings.DEFAULT_INDEX_TABLESPACE or model._meta.db_tablespace or ""
        return tablespace

    # Meta

    def _unique_together(self, model: type[Model], field_names: tuple[str, ...]) -> Unique:
        get_field: Any = model._meta.get_field
        columns = [get_field(name).column for name in field_names]
        name = self.editor._create_index_name(model._meta.db_table, columns, "_uniq")
        return Unique(
            normalize.cut(name),
            tuple(normalize.identifier(column) for column in columns),
            named=False,
            origin=Origin(OriginKind.UNIQUE_TOGETHER, field_names),
        )

    def _constraint(self, model: type[Model], constraint: Any, place: int) -> Constraint | Index:
        name = normalize.identifier(constraint.name)
        origin = Origin(OriginKind.META_CONSTRAINT, index=place)
        if type(constraint).create_sql not in KNOWN_WAYS:
            return OtherConstraint(
                name, str(constraint.create_sql(model, self.editor)), origin=origin
            )
        if isinstance(constraint, UniqueConstraint):
            return self._unique(model, constraint, name, place)
        made_of: Any = constraint
        if isinstance(constraint, CheckConstraint):
            sql = made_of._get_check_sql(model, self.editor)
            return Check(name, sql, origin=origin)
        if isinstance(constraint, ExclusionConstraint):
            query = Query(model, alias_cols=False)
            compiler = query.get_compiler(connection=self.connection)
            keys = []
            for expression, operator in constraint.expressions:
                wrapped = ExclusionConstraintExpression(
                    F(expression) if isinstance(expression, str) else expression,
                    operator=operator,
                )
                keys.append(self._key(wrapped, query, compiler, operator))
            return Exclusion(
                name,
                constraint.index_type.lower(),
                tuple(keys),
                self._columns(model, made_of.include),
                made_of._get_condition_sql(compiler, self.editor, query) or None,
                made_of.deferrable is not None,
                made_of.deferrable is Deferrable.DEFERRED,
                origin=origin,
            )
        return OtherConstraint(name, str(constraint.create_sql(model, self.editor)), origin=origin)

    def _unique(self, model: type[Model], constraint: Any, name: str, place: int) -> Unique | Index:
        origin = Origin(OriginKind.META_CONSTRAINT, tuple(constraint.fields), place)
        condition = constraint._get_condition_sql(model, self.editor)
        include = self._columns(model, constraint.include)
        columns = self._columns(model, constraint.fields)
        nulls_not_distinct = constraint.nulls_distinct is False
        if not (condition or include or constraint.opclasses or constraint.expressions):
            return Unique(
                name,
                columns,
                nulls_not_distinct=nulls_not_distinct,
                deferrable=constraint.deferrable is not None,
                initially_deferred=constraint.deferrable is Deferrable.DEFERRED,
                origin=origin,
            )
        if constraint.expressions:
            keys = self._expressions(model, constraint.expressions)
        else:
            keys = _plain_keys(columns, constraint.opclasses, ())
        return Index(
            name,
            keys=keys,
            include=include,
            predicate=condition or None,
            unique=True,
            nulls_not_distinct=nulls_not_distinct,
            origin=origin,
        )

    def _index(self, model: type[Model], index: Any, place: int) -> Index:
        options = model._meta
        origin = Origin(
            OriginKind.META_INDEX, tuple(name for name, _ in index.fields_orders), place
        )
        name = normalize.identifier(index.name)
        if type(index).create_sql not in KNOWN_WAYS:
            definition = str(index.create_sql(model, self.editor))
            return Index(name, method="", origin=origin, definition=definition)
        if index.expressions:
            keys = self._expressions(model, index.expressions)
            fields: list[Any] = []
        else:
            fields = [options.get_field(field_name) for field_name, _ in index.fields_orders]
            keys = _plain_keys(
                tuple(normalize.identifier(field.column) for field in fields),
                index.opclasses,
                tuple(order for _, order in index.fields_orders),
            )
        postgres = index if isinstance(index, PostgresIndex) else None
        condition = index._get_condition_sql(model, self.editor)
        return Index(
            name,
            postgres.suffix if postgres else "btree",
            keys,
            self._columns(model, index.include),
            condition or None,
            unique=bool(getattr(index, "unique", False)),
            storage=normalize.storage(postgres.get_with_params()) if postgres else (),
            tablespace=self._index_tablespace(model, fields, index.db_tablespace),
            origin=origin,
        )

    def _columns(self, model: type[Model], field_names: Iterable[str]) -> tuple[str, ...]:
        get_field: Any = model._meta.get_field
        return tuple(normalize.identifier(get_field(name).column) for name in field_names)

    def _expressions(self, model: type[Model], expressions: Iterable[Any]) -> tuple[IndexKey, ...]:
        query = Query(model, alias_cols=False)
        compiler = query.get_compiler(connection=self.connection)
        return tuple(
            self._key(IndexExpression(expression), query, compiler) for expression in expressions
        )

    def _key(
        self, wrapped: IndexExpression, query: Query, compiler: Any, operator: str = ""
    ) -> IndexKey:
        """Take an index expression apart: ordering, operator class and collation, and the core."""
        wrapped.set_wrapper_classes(self.connection)
        expression: Any
        [expression] = wrapped.resolve_expression(query).get_source_expressions()
        descending = nulls_first = False
        opclass = collation = None
        parameters: tuple[str, ...] = ()
        while isinstance(expression, wrapped.wrapper_classes):
            wrapper: Any = expression
            if isinstance(expression, OrderBy):
                descending = expression.descending
                nulls_first = bool(expression.nulls_first) or (
                    descending and not expression.nulls_last
                )
            elif isinstance(expression, OpClass):
                opclass, parameters = _opclass(expression.extra["name"])
            elif isinstance(expression, Collate):
                collation = ".".join(normalize.identifiers(wrapper.collation))
            [expression] = expression.get_source_expressions()
        core: Any = expression
        if isinstance(expression, Col):
            return IndexKey(
                normalize.identifier(core.target.column),
                None,
                opclass,
                False,
                parameters,
                collation,
                descending,
                nulls_first,
                operator,
            )
        # What is no column stands in a Func whose template is the parentheses around it.
        if isinstance(expression, Func) and expression.template == "(%(expressions)s)":
            [expression] = expression.get_source_expressions()
        sql, values = compiler.compile(expression)
        sql = sql % tuple(map(self.editor.quote_value, values))
        return IndexKey(
            None, sql, opclass, False, parameters, collation, descending, nulls_first, operator
        )


def _action(sql: str, event: str) -> str:
    """Read one action from what follows a foreign key's columns; models may add ON UPDATE."""
    match = re.search(rf"ON {event} (CASCADE|SET NULL|SET DEFAULT|RESTRICT)", sql)
    return match[1] if match else "NO ACTION"


def _table_name(db_table: str) -> TableName:
    parts = normalize.identifiers(db_table)
    return TableName(parts[-2] if len(parts) > 1 else "", parts[-1])


def _with_not_null(column: Column) -> Column:
    if column.not_null:
        return column
    return Column(
        column.name, column.type, True, column.default, column.identity, column.serial,
        column.collation, column.generated, column.comment, column.field, column.position,
    )  # fmt: skip


def _without_parentheses(sql: str) -> str:
    return sql[1:-1] if sql.startswith("(") and sql.endswith(")") else sql


def _plain_keys(
    columns: tuple[str, ...], opclasses: Collection[str], orders: tuple[str, ...]
) -> tuple[IndexKey, ...]:
    if not opclasses and not any(orders):
        return tuple(IndexKey(column) for column in columns)
    keys = []
    named = list(opclasses) or [""] * len(columns)
    for column, text, order in zip(columns, named, orders or [""] * len(columns), strict=True):
        opclass, parameters = _opclass(text)
        descending = order == "DESC"
        keys.append(
            IndexKey(column, None, opclass, False, parameters, None, descending, descending)
        )
    return tuple(keys)


def _opclass(text: str) -> tuple[str | None, tuple[str, ...]]:
    """Split ``schema.gist_trgm_ops(siglen = 32)`` into the bare name and the parameters."""
    name, _, parameters = text.strip().partition("(")
    bare = name.strip().rpartition(".")[2].strip()
    bare = bare[1:-1].replace('""', '"') if bare.startswith('"') else bare.lower()
    given = parameters.strip().removesuffix(")")
    return bare or None, normalize.storage(given.split(",")) if given else ()


@lru_cache(maxsize=64)
def _identity(suffix: str, column_type: str) -> Identity | None:
    """Read the suffix of an AutoField, ``GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 5)``."""
    match = re.fullmatch(
        r"\s*GENERATED\s+(ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY\s*(?:\((.*)\))?\s*",
        suffix,
        re.IGNORECASE | re.DOTALL,
    )
    if match is None:
        return None
    given = match.group(2) or ""

    def option(pattern: str, default: int) -> int:
        found = re.search(pattern + r"\s*(-?\d+)", given, re.IGNORECASE)
        return int(found.group(1)) if found else default

    increment = option(r"\bINCREMENT(?:\s+BY)?", 1)
    maximum = option(r"(?<!NO )\bMAXVALUE", normalize.MAXIMA.get(column_type, 2**63 - 1))
    minimum = option(r"(?<!NO )\bMINVALUE", 1)
    if increment < 0:
        maximum = option(r"(?<!NO )\bMAXVALUE", -1)
        minimum = option(r"(?<!NO )\bMINVALUE", -normalize.MAXIMA.get(column_type, 2**63 - 1) - 1)
    start = option(r"\bSTART(?:\s+WITH)?", minimum if increment > 0 else maximum)
    cycle = bool(re.search(r"\bCYCLE\b", given, re.IGNORECASE)) and not re.search(
        r"\bNO\s+CYCLE\b", given, re.IGNORECASE
    )
    kind = IdentityKind.ALWAYS if match.group(1).upper() == "ALWAYS" else IdentityKind.BY_DEFAULT
    cache = option(r"\bCACHE", 1)
    return Identity(kind, SequenceOptions(start, increment, minimum, maximum, cache, cycle))
