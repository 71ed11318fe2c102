"""One SQL statement of a migration → what it does to which table.

What Django writes is understood in full; of what people write by hand, the statements that change
schemas or rows. Everything else is UNKNOWN, and said to be.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from database.schema import normalize
from database.schema.state import TableName

from .locks import Lock
from .tokens import Reader, tokenize

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


def parse(sql: str) -> Statement:
    """Return what one SQL statement does."""
    reader = Reader(sql, tokenize(sql))
    word = reader.peek().text if reader.peek().kind == "word" else ""
    read = _STATEMENTS.get(word)
    actions = read(reader) if read else []
    return Statement(sql, tuple(actions) or (Action(Kind.UNKNOWN),))


# --- ALTER TABLE


# Phrases of ALTER TABLE that neither read nor change a row.
_LIGHT = {
    "enable row level security": Lock.ACCESS_EXCLUSIVE,
    "disable row level security": Lock.ACCESS_EXCLUSIVE,
    "force row level security": Lock.ACCESS_EXCLUSIVE,
    "no force row level security": Lock.ACCESS_EXCLUSIVE,
    "enable trigger": Lock.SHARE_ROW_EXCLUSIVE,
    "disable trigger": Lock.SHARE_ROW_EXCLUSIVE,
    "enable replica": Lock.SHARE_ROW_EXCLUSIVE,
    "enable always": Lock.SHARE_ROW_EXCLUSIVE,
    "cluster on": Lock.SHARE_UPDATE_EXCLUSIVE,
    "set without cluster": Lock.SHARE_UPDATE_EXCLUSIVE,
    "owner to": Lock.ACCESS_EXCLUSIVE,
    "replica identity": Lock.ACCESS_EXCLUSIVE,
    "inherit": Lock.ACCESS_EXCLUSIVE,
    "no inherit": Lock.ACCESS_EXCLUSIVE,
    "set schema": Lock.ACCESS_EXCLUSIVE,
}
_REWRITING = ("set tablespace", "set logged", "set unlogged", "set access method")
_LIGHT_STORAGE = ("fillfactor", "toast", "autovacuum", "parallel_workers")


def _alter_table(reader: Reader) -> list[Action]:
    reader.take("if exists")
    reader.take("only")
    table = reader.table()
    reader.take("*")
    if reader.take("rename constraint"):
        name = reader.name()
        reader.take("to")
        return [Action(Kind.RENAME_CONSTRAINT, table, name, reader.name())]
    if reader.take("rename to"):
        return [Action(Kind.RENAME_TABLE, table, reader.name())]
    if reader.take("rename"):
        reader.take("column")
        name = reader.name()
        reader.take("to")
        return [Action(Kind.RENAME_COLUMN, table, name, reader.name())]
    return [_alteration(table, part) for part in reader.rest().parts()]


def _alteration(table: TableName, reader: Reader) -> Action:
    if reader.take("add"):
        return _addition(table, reader)
    if reader.take("drop constraint"):
        missing_ok = reader.take("if exists")
        name = reader.name()
        return Action(
            Kind.DROP_CONSTRAINT, table, name, missing_ok=missing_ok, cascade=reader.has("cascade")
        )
    if reader.take("drop"):
        reader.take("column")
        missing_ok = reader.take("if exists")
        name = reader.name()
        return Action(
            Kind.DROP_COLUMN, table, name, missing_ok=missing_ok, cascade=reader.has("cascade")
        )
    if reader.take("validate constraint"):
        return Action(Kind.VALIDATE_CONSTRAINT, table, reader.name())
    if reader.take("alter constraint"):
        return Action(Kind.ALTER_TABLE, table, lock=Lock.SHARE_ROW_EXCLUSIVE)
    if reader.take("alter"):
        reader.take("column")
        return _column_alteration(table, reader.name(), reader)
    if reader.take("attach partition"):
        # The parent; the partition itself is scanned unless a CHECK proves its bounds.
        return Action(Kind.UNKNOWN, table)
    for phrase, lock in _LIGHT.items():
        if reader.take(phrase):
            return Action(Kind.ALTER_TABLE, table, lock=lock)
    for phrase in _REWRITING:
        if reader.take(phrase):
            return Action(Kind.REWRITE_TABLE, table, lock=Lock.ACCESS_EXCLUSIVE)
    if reader.take("set") or reader.take("reset"):
        names = [part.peek().text for part in reader.group().parts()]
        light = all(name.startswith(_LIGHT_STORAGE) for name in names)
        lock = Lock.SHARE_UPDATE_EXCLUSIVE if light else Lock.ACCESS_EXCLUSIVE
        return Action(Kind.ALTER_TABLE, table, lock=lock)
    return Action(Kind.UNKNOWN, table)


def _column_alteration(table: TableName, name: str, reader: Reader) -> Action:
    if reader.take("set not null"):
        return Action(Kind.SET_NOT_NULL, table, name)
    if reader.take("drop not null"):
        return Action(Kind.DROP_NOT_NULL, table, name)
    if reader.take("set data type") or reader.take("type"):
        type_ = reader.until("collate", "using")
        reader.until("using")
        using = reader.rest().text if reader.take("using") else ""
        return Action(
            Kind.ALTER_TYPE, table, name, type=normalize.column_type(type_.text), using=using
        )
    if reader.take("set expression"):
        return Action(Kind.REWRITE_TABLE, table, name, lock=Lock.ACCESS_EXCLUSIVE)
    if reader.take("set statistics") or reader.sees("set", "(") or reader.sees("reset", "("):
        return Action(Kind.ALTER_TABLE, table, name, lock=Lock.SHARE_UPDATE_EXCLUSIVE)
    if reader.take("add generated"):
        return Action(Kind.ALTER_TABLE, table, name, lock=Lock.ACCESS_EXCLUSIVE)
    if reader.take("drop default"):
        return Action(Kind.DROP_DEFAULT, table, name)
    for phrase in ("set default", "drop identity", "drop expression"):
        if reader.take(phrase):
            return Action(Kind.ALTER_TABLE, table, name, lock=Lock.ACCESS_EXCLUSIVE)
    if reader.take("set storage") or reader.take("set compression") or reader.take("set generated"):
        return Action(Kind.ALTER_TABLE, table, name, lock=Lock.ACCESS_EXCLUSIVE)
    return Action(Kind.UNKNOWN, table, name)


def _addition(table: TableName, reader: Reader) -> Action:
    if constraint := _constraint(reader):
        return Action(Kind.ADD_CONSTRAINT, table, constraint.name, constraints=(constraint,))
    reader.take("column")
    missing_ok = reader.take("if not exists")
    column = _column(reader)
    return Action(Kind.ADD_COLUMN, table, column.name, column=column, missing_ok=missing_ok)


_COLUMN_WORDS = (
    *("constraint", "not", "null", "default", "primary", "unique", "references", "check"),
    *("generated", "collate", "storage", "compression", "deferrable", "initially", "no"),
)


def _column(reader: Reader) -> ColumnPart:
    name = reader.name()
    written = reader.until(*_COLUMN_WORDS).text
    not_null = stored = False
    identity = normalize.is_serial(written)
    default: str | None = None
    functions: tuple[str, ...] = ()
    constraints = []
    constraint_name = ""
    while reader:
        if reader.take("constraint"):
            constraint_name = reader.name()
            continue
        if reader.take("not null"):
            not_null = True
        elif reader.take("default"):
            part = reader.until(*_COLUMN_WORDS) if not reader.sees("null") else reader
            if part is reader:
                reader.next()
            else:
                default, functions = part.text, _functions(part)
        elif reader.take("generated"):
            identity = reader.has("identity")
            reader.until("as")
            reader.take("as")
            if reader.take("identity"):
                if reader.sees("("):
                    reader.group()
            else:
                reader.group()
                stored = reader.take("stored")
                reader.take("virtual")
        elif found := _column_constraint(name, constraint_name, reader):
            constraints.append(found)
        else:
            reader.next()
        constraint_name = ""
    key = any(part.kind is ConstraintKind.PRIMARY_KEY for part in constraints)
    return ColumnPart(
        name=name,
        type=normalize.column_type(written) if written else "",
        not_null=not_null or key or identity,
        default=default,
        functions=functions,
        stored=stored,
        identity=identity,
        constraints=tuple(constraints),
    )


def _column_constraint(column: str, name: str, reader: Reader) -> ConstraintPart | None:
    if reader.take("primary key"):
        return ConstraintPart(ConstraintKind.PRIMARY_KEY, name, (column,))
    if reader.take("unique"):
        return ConstraintPart(ConstraintKind.UNIQUE, name, (column,))
    if reader.take("check"):
        return ConstraintPart(ConstraintKind.CHECK, name, (column,), expression=reader.group().text)
    if reader.take("references"):
        target = reader.table()
        columns = reader.group().names() if reader.sees("(") else ()
        return ConstraintPart(ConstraintKind.FOREIGN_KEY, name, (column,), target, columns)
    return None


def _functions(reader: Reader) -> tuple[str, ...]:
    """Return the functions that are called, and the keywords that stand for functions."""
    tokens = reader.tokens[reader.place :]
    return tuple(
        token.text
        for token, after in zip(tokens, [*tokens[1:], None], strict=True)
        if token.kind in ("word", "quoted")
        and after is not None
        and after.kind == "mark"
        and after.text == "("
    )


def _mentioned(reader: Reader) -> tuple[str, ...]:
    """Return everything in an expression that may be a column."""
    tokens = reader.tokens[reader.place :]
    return tuple(dict.fromkeys(t.text for t in tokens if t.kind in ("word", "quoted")))


def _constraint(reader: Reader) -> ConstraintPart | None:
    """Read a constraint of a table, if one comes next."""
    start = reader.place
    name = reader.name() if reader.take("constraint") else ""
    if reader.take("check"):
        group = reader.group()
        text, columns = group.text, _mentioned(group)
        valid = not (reader.has("not", "valid") or reader.has("not", "enforced"))
        return ConstraintPart(ConstraintKind.CHECK, name, columns, expression=text, valid=valid)
    if reader.take("foreign key"):
        columns = reader.group().names()
        reader.take("references")
        target = reader.table()
        targets = reader.group().names() if reader.sees("(") else ()
        valid = not (reader.has("not", "valid") or reader.has("not", "enforced"))
        return ConstraintPart(
            ConstraintKind.FOREIGN_KEY, name, columns, target, targets, valid=valid
        )
    if reader.take("exclude"):
        return ConstraintPart(ConstraintKind.EXCLUDE, name)
    for phrase, kind in (
        ("primary key", ConstraintKind.PRIMARY_KEY),
        ("unique", ConstraintKind.UNIQUE),
    ):
        if reader.take(phrase):
            if reader.take("using index"):
                return ConstraintPart(kind, name, using_index=reader.name())
            reader.take("nulls not distinct")
            reader.take("nulls distinct")
            return ConstraintPart(kind, name, reader.group().names())
    reader.place = start
    return None


# --- Other statements


def _alter(reader: Reader) -> list[Action]:
    reader.next()
    if reader.take("table all"):
        return [Action(Kind.UNKNOWN)]
    if reader.take("table"):
        return _alter_table(reader)
    if reader.take("index"):
        reader.take("if exists")
        index = reader.table()
        if reader.take("rename to"):
            return [
                Action(Kind.RENAME_INDEX, index, to=reader.name(), lock=Lock.SHARE_UPDATE_EXCLUSIVE)
            ]
        return [Action(Kind.UNKNOWN)]
    if reader.peek().text in ("view", "materialized", "foreign", "system", "database"):
        return [Action(Kind.UNKNOWN)]
    return [Action(Kind.NO_TABLE)]


def _create(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("or replace")
    temporary = reader.take("temporary") or reader.take("temp")
    reader.take("unlogged")
    if reader.take("table"):
        return _create_table(reader, temporary)
    unique = reader.take("unique")
    if reader.take("index"):
        return [_create_index(reader, unique)]
    if reader.take("trigger") or reader.take("constraint trigger"):
        reader.until("on")
        reader.take("on")
        return [Action(Kind.ALTER_TABLE, reader.table(), lock=Lock.SHARE_ROW_EXCLUSIVE)]
    if reader.take("policy"):
        reader.until("on")
        reader.take("on")
        return [Action(Kind.ALTER_TABLE, reader.table(), lock=Lock.ACCESS_EXCLUSIVE)]
    if reader.take("rule") or reader.take("materialized view") or reader.take("statistics"):
        return [Action(Kind.UNKNOWN)]
    return [Action(Kind.NO_TABLE)]


def _create_table(reader: Reader, temporary: bool) -> list[Action]:
    missing_ok = reader.take("if not exists")
    table = reader.table()
    if temporary:
        return [Action(Kind.NO_TABLE)]
    if not reader.sees("("):
        # AS SELECT, PARTITION OF, OF: what is in it, or whom it locks, is not said here.
        return [Action(Kind.CREATE_TABLE, table, many=True, missing_ok=missing_ok)]
    columns, constraints = [], []
    for part in reader.group().parts():
        if constraint := _constraint(part):
            constraints.append(constraint)
        elif not part.sees("like"):
            columns.append(_column(part))
    inherits = reader.has("inherits")
    return [
        Action(
            Kind.CREATE_TABLE,
            table,
            columns=tuple(columns),
            constraints=tuple(constraints),
            missing_ok=missing_ok,
        ),
        *([Action(Kind.UNKNOWN, table)] if inherits else []),
    ]


def _create_index(reader: Reader, unique: bool) -> Action:
    concurrently = reader.take("concurrently")
    missing_ok = reader.take("if not exists")
    name = "" if reader.sees("on") else reader.table().name
    reader.take("on")
    reader.take("only")
    table = reader.table()
    method = reader.name() if reader.take("using") else "btree"
    columns = reader.group().names()
    if reader.take("include"):
        columns += reader.group().names()
    return Action(
        Kind.CREATE_INDEX,
        table,
        name,
        index_columns=columns,
        concurrently=concurrently,
        unique=unique,
        missing_ok=missing_ok,
        where=reader.has("where"),
        method=method,
    )


def _drop(reader: Reader) -> list[Action]:
    reader.next()
    what = {"table": Kind.DROP_TABLE, "index": Kind.DROP_INDEX}.get(reader.next().text)
    if what is None:
        if reader.tokens[1].text in ("trigger", "policy", "rule"):
            reader.until("on")
            reader.take("on")
            return [Action(Kind.ALTER_TABLE, reader.table(), lock=Lock.ACCESS_EXCLUSIVE)]
        if reader.tokens[1].text in ("schema", "owned", "materialized", "view") or reader.has(
            "cascade"
        ):
            return [Action(Kind.UNKNOWN)]
        return [Action(Kind.NO_TABLE)]
    concurrently = reader.take("concurrently")
    missing_ok = reader.take("if exists")
    cascade = reader.has("cascade")
    return [
        Action(
            what,
            part.table(),
            concurrently=concurrently,
            missing_ok=missing_ok,
            cascade=cascade,
        )
        for part in reader.rest().parts()
    ]


def _comment(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("on")
    if reader.take("table"):
        table = reader.table()
    elif reader.take("column"):
        names = [reader.name()]
        while reader.take("."):
            names.append(reader.name())
        table = TableName(names[-3] if len(names) > 2 else "", names[-2] if len(names) > 1 else "")
    else:
        return [Action(Kind.NO_TABLE)]
    return [Action(Kind.ALTER_TABLE, table, lock=Lock.SHARE_UPDATE_EXCLUSIVE)]


def _insert(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("into")
    table = reader.table()
    many = reader.has("select") or reader.has("table")
    return [Action(Kind.INSERT, table, lock=Lock.ROW_EXCLUSIVE, many=many)]


def _update(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("only")
    table = reader.table()
    reader.until("set")
    reader.take("set")
    columns = tuple(part.name() for part in reader.until("from", "where", "returning").parts())
    where = reader.has("where")
    return [Action(Kind.UPDATE, table, lock=Lock.ROW_EXCLUSIVE, index_columns=columns, where=where)]


def _delete(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("from")
    reader.take("only")
    table = reader.table()
    return [Action(Kind.DELETE, table, lock=Lock.ROW_EXCLUSIVE, where=reader.has("where"))]


def _truncate(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("table")
    reader.take("only")
    cascade = reader.has("cascade")
    return [
        Action(Kind.TRUNCATE, part.table(), lock=Lock.ACCESS_EXCLUSIVE, cascade=cascade)
        for part in reader.rest().parts()
    ]


def _reindex(reader: Reader) -> list[Action]:
    reader.next()
    if reader.sees("("):
        reader.group()
    kind = reader.next().text
    concurrently = reader.take("concurrently")
    if kind not in ("index", "table"):
        return [Action(Kind.UNKNOWN)]
    return [Action(Kind.REINDEX, reader.table(), kind, concurrently=concurrently)]


def _set(reader: Reader) -> list[Action]:
    return [Action(Kind.SESSION)]


def _grant(reader: Reader) -> list[Action]:
    return [Action(Kind.NO_TABLE)]


def _lock(reader: Reader) -> list[Action]:
    reader.next()
    reader.take("table")
    reader.take("only")
    tables = reader.until("in", "nowait")
    lock = Lock.ACCESS_EXCLUSIVE
    if reader.take("in"):
        words = reader.until("mode").text.upper()
        lock = next((each for each in Lock if str(each) == words), lock)
    return [Action(Kind.ALTER_TABLE, part.table(), lock=lock) for part in tables.rest().parts()]


_STATEMENTS: dict[str, Callable[[Reader], list[Action]]] = {
    "alter": _alter,
    "create": _create,
    "drop": _drop,
    "comment": _comment,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "truncate": _truncate,
    "reindex": _reindex,
    "lock": _lock,
    **dict.fromkeys(("set", "reset", "show"), _set),
    **dict.fromkeys(("grant", "revoke", "notify"), _grant),
}
