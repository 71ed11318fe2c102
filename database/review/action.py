"""What a statement does: frozen dataclasses, made by parsing and judged."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from database.schema.state import TableName

from .locks import Lock

NOWHERE = TableName("", "")


class Kind(enum.StrEnum):
    """What is done."""

    CREATE_TABLE = enum.auto()
    DROP_TABLE = enum.auto()
    RENAME_TABLE = enum.auto()
    ADD_COLUMN = enum.auto()
    DROP_COLUMN = enum.auto()
    RENAME_COLUMN = enum.auto()
    ALTER_TYPE = enum.auto()
    SET_NOT_NULL = enum.auto()
    DROP_NOT_NULL = enum.auto()
    DROP_DEFAULT = enum.auto()
    ADD_CONSTRAINT = enum.auto()
    VALIDATE_CONSTRAINT = enum.auto()
    DROP_CONSTRAINT = enum.auto()
    RENAME_CONSTRAINT = enum.auto()
    CREATE_INDEX = enum.auto()
    DROP_INDEX = enum.auto()
    RENAME_INDEX = enum.auto()
    REINDEX = enum.auto()
    ALTER_TABLE = enum.auto()
    REWRITE_TABLE = enum.auto()
    REBUILD_ENUM = enum.auto()
    INSERT = enum.auto()
    UPDATE = enum.auto()
    DELETE = enum.auto()
    TRUNCATE = enum.auto()
    NO_TABLE = enum.auto()
    SESSION = enum.auto()
    UNKNOWN = enum.auto()


class ConstraintKind(enum.StrEnum):
    """Kinds of constraints, as Django and PostgreSQL call them."""

    PRIMARY_KEY = "primary key"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    CHECK = "check"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class ConstraintPart:
    """A constraint as it is written.

    Attributes:
        kind: What it is.
        name: Its name; "" where PostgreSQL chooses one.
        columns: The columns; "" for an expression.
        target: The table referred to by a foreign key.
        target_columns: The columns referred to.
        expression: What a CHECK says.
        valid: Whether the rows that are there are checked.
        using_index: The name of the index that becomes the constraint, or "".
    """

    kind: ConstraintKind
    name: str = ""
    columns: tuple[str, ...] = ()
    target: TableName = NOWHERE
    target_columns: tuple[str, ...] = ()
    expression: str = ""
    valid: bool = True
    using_index: str = ""


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """A column as it is written.

    Attributes:
        name: Its name.
        type: Its type as ``format_type()`` writes it.
        not_null: Whether it refuses NULL.
        default: SQL of the default, or None.
        functions: Names of the functions that the default calls.
        stored: Whether it is a stored generated column.
        identity: Whether it is an identity or serial column.
        constraints: What is written behind it.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    functions: tuple[str, ...] = ()
    stored: bool = False
    identity: bool = False
    constraints: tuple[ConstraintPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a statement does.

    Attributes:
        kind: What is done.
        table: To which table; for DROP_INDEX, RENAME_INDEX and REINDEX to which index.
        name: The column, constraint or index, or the new name of a table.
        to: The new name of a column, constraint or index.
        column: The column that is added.
        columns: All columns of a new table.
        index_columns: The columns of an index, "" for an expression; those that UPDATE sets.
        constraints: The constraints that are added, for a table besides those of columns.
        type: The new type.
        using: SQL of the new value, or "".
        lock: The lock, where the statement alone says it.
        concurrently: CONCURRENTLY.
        cascade: CASCADE.
        unique: UNIQUE.
        missing_ok: IF EXISTS, or IF NOT EXISTS.
        where: Whether only some rows are changed, or a part of an index's rows.
        many: Whether rows come from a query.
        method: The access method of an index.
    """

    kind: Kind
    table: TableName = NOWHERE
    name: str = ""
    to: str = ""
    column: ColumnPart | None = None
    columns: tuple[ColumnPart, ...] = ()
    index_columns: tuple[str, ...] = ()
    constraints: tuple[ConstraintPart, ...] = ()
    type: str = ""
    using: str = ""
    lock: Lock | None = None
    concurrently: bool = False
    cascade: bool = False
    unique: bool = False
    missing_ok: bool = False
    where: bool = False
    many: bool = False
    method: str = "btree"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        sql: As it will be sent.
        actions: What it does, in order.
    """

    sql: str
    actions: tuple[Action, ...]
