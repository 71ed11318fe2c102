"""What a schema is: frozen dataclasses, the same for the live catalog and for the models.

A name without a schema (``TableName.schema == ""``) is one that the search path decides; only
declared tables have such names. Expressions are SQL text: as PostgreSQL deparses them on the
live side, as Django's schema editor writes them on the declared side. Two texts that differ may
therefore mean the same; :mod:`database.schema.diff` is what knows. Fields marked ``compare=False``
are facts that ride along: they say nothing about whether two objects are alike.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import NamedTuple


class TableName(NamedTuple):
    """The name of a table, without quotes.

    ``schema`` is ``""`` where the search path decides (declared tables, unless ``db_table`` names a
    schema). Both parts are cut at 63 bytes, as PostgreSQL cuts them.
    """

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class TableKind(enum.StrEnum):
    """What kind of relation a name stands for (``pg_class.relkind``)."""

    TABLE = "table"
    PARTITIONED = "partitioned table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN = "foreign table"


class OriginKind(enum.StrEnum):
    """What in a model made a declared object."""

    PRIMARY_KEY = "primary_key"
    COMPOSITE_PRIMARY_KEY = "CompositePrimaryKey"
    UNIQUE = "unique"
    DB_INDEX = "db_index"
    LIKE_INDEX = "like index"
    FIELD_CHECK = "field check"
    FOREIGN_KEY = "foreign key"
    UNIQUE_TOGETHER = "unique_together"
    META_CONSTRAINT = "Meta.constraints"
    META_INDEX = "Meta.indexes"


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Where in the models a declared constraint or index comes from.

    ``fields`` are the names of the model fields (not columns) that made it; empty for an object of
    ``Meta`` that is made of expressions. ``index`` is the position of an object of ``Meta`` in
    ``Meta.constraints`` or ``Meta.indexes`` (of ``_meta``), -1 for other objects.
    """

    kind: OriginKind
    fields: tuple[str, ...] = ()
    index: int = -1


@dataclasses.dataclass(frozen=True, slots=True)
class SequenceOptions:
    """The options of an identity column's sequence.

    https://www.postgresql.org/docs/current/sql-createsequence.html
    """

    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool


class IdentityKind(enum.StrEnum):
    """``GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY``."""

    ALWAYS = "ALWAYS"
    BY_DEFAULT = "BY DEFAULT"


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """That a column is an identity column, of which kind, with which sequence."""

    kind: IdentityKind
    options: SequenceOptions


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """The expression of a generated column; ``stored`` is False for a virtual one."""

    expression: str
    stored: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Without quotes, cut at 63 bytes.
        type: With modifiers, as ``format_type()`` writes it: ``character varying(30)``,
            ``numeric(10,2)``, ``timestamp with time zone``, ``integer[]``. Declared types are
            normalised to that form.
        not_null: Whether NULL is refused (``True`` for every column of a primary key).
        default: SQL of the default, or None. None for identity and generated columns. A serial
            column's is ``nextval('…'::regclass)``.
        identity: Set for an identity column.
        serial: Name (schema-qualified and quoted where needed) of the sequence that a serial column
            owns and takes its default from. Live columns only.
        collation: Name of the collation, unless it is the default one of the column's type.
            Qualified and quoted only if it is not found by the search path (live). On the
            declared side as Django was told.
        generated: Set for a generated column.
        comment: None if there is none.
        field: Name of the model field that declares it; None on the live side.
        position: ``pg_attribute.attnum`` (live), or the place among the model's columns from 1.
        type_schema: Schema of a user-defined type (of the element type, for an array); "" for
            types of ``pg_catalog`` and on the declared side.
        inherited: Whether a parent table (inheritance, partitions) has the column too.
        local: Whether the table's own definition has the column, a parent's or not.
        privileges: Whether somebody was granted privileges on this column alone.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: Identity | None = None
    serial: str | None = None
    collation: str | None = None
    generated: Generated | None = None
    comment: str | None = None
    field: str | None = dataclasses.field(default=None, compare=False)
    position: int = dataclasses.field(default=0, compare=False)
    type_schema: str = dataclasses.field(default="", compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    local: bool = dataclasses.field(default=True, compare=False)
    privileges: bool = dataclasses.field(default=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index or of an exclusion constraint: a column or an expression.

    Attributes:
        column: Name of the column; None for an expression.
        expression: SQL of the expression; None for a column. Live as ``pg_get_indexdef()`` shows
            it, in parentheses unless it is a function call; declared as Django writes it.
        opclass: Name of the operator class without its schema. On the declared side None if none
            was named; live always given.
        opclass_is_default: Live: whether it is what PostgreSQL takes when none is named.
        opclass_parameters: ``("siglen=32",)``.
        collation: Name of the collation where it differs from the column's (live), or was named
            (declared).
        descending: ``DESC``.
        nulls_first: ``NULLS FIRST``, or implied by ``DESC``.
        operator: What follows ``WITH`` in an exclusion constraint; "" for an index.
    """

    column: str | None = None
    expression: str | None = None
    opclass: str | None = None
    opclass_is_default: bool = dataclasses.field(default=False, compare=False)
    opclass_parameters: tuple[str, ...] = ()
    collation: str | None = None
    descending: bool = False
    nulls_first: bool = False
    operator: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Index:
    """An index that is not the index of a constraint.

    A ``UniqueConstraint`` of Django with a condition, expressions, ``include`` or operator classes
    is a unique index in PostgreSQL, and is one here; its origin is ``Meta.constraints``.

    Attributes:
        name: Without quotes, cut at 63 bytes.
        method: ``btree``, ``gin``, …
        keys: In order.
        include: Names of the columns behind ``INCLUDE``, in order.
        predicate: SQL behind ``WHERE``, or None.
        unique: Whether it is unique.
        nulls_not_distinct: ``NULLS NOT DISTINCT``.
        storage: Storage parameters as ``("fillfactor=70",)``; their order means nothing.
        tablespace: Name, or "" for the database's default (declared: not named).
        comment: None if there is none.
        valid: Live: ``indisvalid and indisready``; False after a failed CREATE INDEX CONCURRENTLY.
        named: Declared: True if the model gives the name, False if Django or PostgreSQL chose it,
            so that meaning and not name decides. Always True on the live side.
        origin: Declared: what made it. None on the live side.
        oid: Live: ``pg_class.oid``; 0 otherwise.
        definition: Live: ``pg_get_indexdef()`` of an index with expressions, a predicate or an
            unusual method, else "". Declared: the SQL that creates it if its class is not Django's
            own, else ""; it has no keys then, as only its SQL is known.
        clustered: Live: whether CLUSTER was run on it.
        replica_identity: Live: whether it is the table's replica identity.
        partition_of: Live: whether it belongs to an index of the partitioned parent.
    """

    name: str
    method: str = "btree"
    keys: tuple[IndexKey, ...] = ()
    include: tuple[str, ...] = ()
    predicate: str | None = None
    unique: bool = False
    nulls_not_distinct: bool = False
    storage: tuple[str, ...] = ()
    tablespace: str = dataclasses.field(default="", compare=False)
    comment: str | None = dataclasses.field(default=None, compare=False)
    valid: bool = True
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    definition: str = dataclasses.field(default="", compare=False)
    clustered: bool = dataclasses.field(default=False, compare=False)
    replica_identity: bool = dataclasses.field(default=False, compare=False)
    partition_of: bool = dataclasses.field(default=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class PrimaryKey:
    """A primary key. ``columns`` in order, ``include`` behind ``INCLUDE``; the rest as in Index.

    ``without_overlaps``: the last column is a range that may not overlap (PostgreSQL 18).
    """

    name: str
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    storage: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    tablespace: str = dataclasses.field(default="", compare=False)
    comment: str | None = dataclasses.field(default=None, compare=False)
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    definition: str = dataclasses.field(default="", compare=False)
    without_overlaps: bool = False
    clustered: bool = dataclasses.field(default=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Unique:
    """A unique constraint (``ADD CONSTRAINT … UNIQUE``), not a unique index."""

    name: str
    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    storage: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    tablespace: str = dataclasses.field(default="", compare=False)
    comment: str | None = dataclasses.field(default=None, compare=False)
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    definition: str = dataclasses.field(default="", compare=False)
    without_overlaps: bool = False
    clustered: bool = dataclasses.field(default=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint.

    ``expression`` is what stands between the parentheses of CHECK; ``columns`` (live) those that it
    refers to. ``enforced`` is False only for ``NOT ENFORCED`` (PostgreSQL 18).
    """

    name: str
    expression: str
    valid: bool = True
    no_inherit: bool = False
    enforced: bool = True
    columns: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    comment: str | None = dataclasses.field(default=None, compare=False)
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    definition: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Exclusion:
    """An exclusion constraint; each key carries its operator."""

    name: str
    method: str
    keys: tuple[IndexKey, ...]
    include: tuple[str, ...] = ()
    predicate: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    storage: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    tablespace: str = dataclasses.field(default="", compare=False)
    comment: str | None = dataclasses.field(default=None, compare=False)
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    definition: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key, of one column or several.

    Attributes:
        name: Without quotes.
        columns: Of this table, in order.
        target: The referenced table.
        target_columns: In the order of ``columns``.
        on_delete: ``NO ACTION``, ``RESTRICT``, ``CASCADE``, ``SET NULL`` or ``SET DEFAULT``.
        on_update: The same.
        on_delete_columns: Columns named behind ``ON DELETE SET NULL/DEFAULT (…)``.
        match: ``SIMPLE`` or ``FULL``.
        deferrable: ``DEFERRABLE``.
        initially_deferred: ``INITIALLY DEFERRED``.
        valid: False for ``NOT VALID``.
        enforced: False for ``NOT ENFORCED`` (PostgreSQL 18).
    """

    name: str
    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    on_delete_columns: tuple[str, ...] = ()
    match: str = "SIMPLE"
    deferrable: bool = False
    initially_deferred: bool = False
    valid: bool = True
    enforced: bool = True
    comment: str | None = dataclasses.field(default=None, compare=False)
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    inherited: bool = dataclasses.field(default=False, compare=False)
    definition: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class OtherConstraint:
    """A declared constraint of a class that is not Django's own, known only by its SQL.

    ``definition`` is the SQL that creates it. Live constraints are never of this class.
    """

    name: str
    definition: str
    named: bool = dataclasses.field(default=True, compare=False)
    origin: Origin | None = dataclasses.field(default=None, compare=False)


type LiveConstraint = PrimaryKey | Unique | Check | Exclusion | ForeignKey
type Constraint = LiveConstraint | OtherConstraint


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One table with all that belongs to it.

    Attributes:
        name: Live: always with its schema.
        kind: Live: what the relation is; models are ``TABLE``.
        columns: In the table's own order; the order is no part of the comparison.
        constraints: Of all kinds. NOT NULL is a property of columns, on PostgreSQL 18 too.
        indexes: Those that no constraint stands for.
        comment: None if there is none.
        storage: Storage parameters, ``("fillfactor=70",)``, sorted. Models cannot name them.
        tablespace: "" for the database's default (declared: not named).
        parents: Tables it inherits from or is a partition of.
        partition_key: ``pg_get_partkeydef()`` of a partitioned table.
        partition_bound: ``FOR VALUES …`` of a partition, else "".
        unlogged: ``UNLOGGED``.
        model: Declared: ``app_label.ModelName``. None on the live side.
        auto_created_by: Declared: for the table of a many-to-many field, ``app_label.Model.field``.
        oid: Live: ``pg_class.oid``.
        owner: Live: name of the role.
        estimated_rows: Live: ``pg_class.reltuples``; -1 if never analyzed.
        has_rows_estimate: Live: whether ``relpages`` is above 0 (a hint only; ask the table).
        row_security: Live: whether row security is enabled.
        triggers: Live: names of the user's own triggers.
        policies: Live: names of row security policies.
        rules: Live: names of rewrite rules.
        dependents: Live: views and materialized views that read it, ``schema.name``.
        publications: Live: publications that name the table itself.
        statistics: Live: names of extended statistics objects.
    """

    name: TableName
    kind: TableKind = TableKind.TABLE
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    storage: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    tablespace: str = dataclasses.field(default="", compare=False)
    parents: tuple[TableName, ...] = dataclasses.field(default=(), compare=False)
    partition_key: str = dataclasses.field(default="", compare=False)
    partition_bound: str = dataclasses.field(default="", compare=False)
    unlogged: bool = dataclasses.field(default=False, compare=False)
    model: str | None = dataclasses.field(default=None, compare=False)
    auto_created_by: str | None = dataclasses.field(default=None, compare=False)
    oid: int = dataclasses.field(default=0, compare=False)
    owner: str = dataclasses.field(default="", compare=False)
    estimated_rows: float = dataclasses.field(default=-1, compare=False)
    has_rows_estimate: bool = dataclasses.field(default=False, compare=False)
    row_security: bool = dataclasses.field(default=False, compare=False)
    triggers: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    policies: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    rules: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    dependents: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    publications: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    statistics: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclasses.dataclass(frozen=True, slots=True)
class EnumType:
    """An enum type with its labels in their order."""

    name: TableName
    labels: tuple[str, ...]
    comment: str | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """All tables of a database that were asked for, or all that models declare.

    Attributes:
        tables: Live: ordered by schema and name. Declared: in the order of the models, a
            many-to-many table right after the model that has the field.
        enums: Enum types, live: those of the schemas read.
        search_path: Live: the schemas that names without one are looked up in, in order (those
            that exist, without ``pg_catalog`` and temporary ones). Empty on the declared side.
        server_version: Live: as ``server_version_num``, 150018. 0 on the declared side.
        can_create_temporary: Live: whether this role may create temporary tables here and now,
            which is what deparsing expressions needs.
        default_tablespace: Live: the database's own tablespace, where ``tablespace`` is "".
    """

    tables: tuple[Table, ...] = ()
    enums: tuple[EnumType, ...] = ()
    search_path: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    server_version: int = dataclasses.field(default=0, compare=False)
    can_create_temporary: bool = dataclasses.field(default=False, compare=False)
    default_tablespace: str = dataclasses.field(default="", compare=False)

    def by_name(self) -> dict[TableName, Table]:
        """Return a new dict of the tables by name.

        On the live side a table that the search path finds is under its bare name
        (``TableName("", name)``) as well, so that a declared name can be looked up as it is.
        """
        tables = {table.name: table for table in self.tables}
        for schema in reversed(self.search_path):
            for table in self.tables:
                if table.name.schema == schema:
                    tables[TableName("", table.name.name)] = table
        return tables
