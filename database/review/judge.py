"""Statement and Sketch → Effect: locks, work and hazards of one statement.

Lock levels: https://www.postgresql.org/docs/current/sql-altertable.html and its like; that they are
true is proven by tests/database/review/test_locks.py, which runs each and looks at pg_locks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from database.schema.state import TableName

from .findings import SET_NOT_NULL, Finding, Severity, WorkKind, blocking, finding, seconds
from .live import Live, Size
from .locks import Lock, TableLock
from .sketch import Sketch, Table
from .statement import Action, ConstraintKind, ConstraintPart, Kind, Statement
from .type_change import judge as judge_type

CODE_FIRST = "Release the code without it first."


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with the rows of a table.

    Attributes:
        kind: What.
        table: Which table, by the name it has then.
        size: How big it is now.
        seconds: About how long that takes; None if nobody knows.
        sure: Whether it is certain, or depends on what cannot be seen from here.
    """

    kind: WorkKind
    table: TableName
    size: Size
    seconds: float | None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What one statement does to the database.

    Attributes:
        locks: On tables that others can see; the strongest of each.
        works: What is done with their rows.
        findings: The hazards.
        touched: The live tables that it names or locks, with their sizes.
        hidden: Whether all that it names is made by this plan, so that nobody can wait for it.
        session: Whether it only sets something of this session.
    """

    locks: tuple[TableLock, ...] = ()
    works: tuple[Work, ...] = ()
    findings: tuple[Finding, ...] = ()
    touched: tuple[tuple[TableName, Size], ...] = ()
    hidden: bool = False
    session: bool = False

    @property
    def seconds(self) -> float | None:
        """About how long it takes, None if nobody knows."""
        if any(work.seconds is None for work in self.works):
            return None
        return sum(work.seconds or 0 for work in self.works)


@dataclass
class _Judgement:
    """Collects the effect of a statement."""

    sketch: Sketch
    live: Live
    in_transaction: bool
    locks: dict[TableName, Lock] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def size(self, name: TableName) -> Size:
        """Return how big a table is; of one that the plan has filled nobody knows."""
        table = self.sketch.table(name)
        if table is None:
            return Size()
        return Size() if table.filled and table.new else table.size

    def hidden(self, name: TableName) -> bool:
        """Tell whether nobody else can see the table yet."""
        table = self.sketch.table(name)
        return table is not None and table.new and not table.filled

    def lock(self, name: TableName, level: Lock) -> None:
        """Note a lock."""
        table = self.sketch.table(name)
        if table is not None:
            name = table.name
            if table.new:
                return
        self.locks[name] = max(level, self.locks.get(name, Lock.ACCESS_SHARE))

    def work(
        self, kind: WorkKind, name: TableName, *, times: int = 1, sure: bool = True
    ) -> tuple[Severity, str]:
        """Note work, and return how bad it is to block others for so long, and how long."""
        size = self.size(name)
        duration = seconds(kind, size, times)
        if duration != 0:
            self.works.append(Work(kind, name, size, duration, sure))
        return blocking(duration), counted(size)

    def found(self, id_: str, severity: Severity, consequence: str, remedy: str = "") -> None:
        """Note a hazard, unless there is none."""
        if severity is not Severity.OK:
            self.findings.append(finding(id_, severity, consequence, remedy))


def judge(statement: Statement, sketch: Sketch, live: Live, *, in_transaction: bool) -> Effect:
    """Tell what a statement does to the tables as they are before it.

    Args:
        statement: The statement.
        sketch: The tables before it; not changed.
        live: What may be asked of the database.
        in_transaction: Whether it runs in a transaction.
    """
    noted = _Judgement(sketch, live, in_transaction)
    for action in statement.actions:
        if action.concurrently and in_transaction:
            noted.found(
                "prodobit.W874",
                Severity.DANGER,
                "CONCURRENTLY fails in a transaction, and this migration runs in one.",
            )
        _JUDGES[action.kind](noted, action)
    names = dict.fromkeys([*noted.locks, *(work.table for work in noted.works)])
    return Effect(
        tuple(TableLock(name, level) for name, level in noted.locks.items()),
        tuple(noted.works),
        tuple(dict.fromkeys(noted.findings)),
        tuple((name, noted.size(name)) for name in names),
        _is_hidden(statement, sketch) and not noted.locks,
        all(action.kind is Kind.SESSION for action in statement.actions),
    )


def _is_hidden(statement: Statement, sketch: Sketch) -> bool:
    tables = [sketch.table(each.table) for each in statement.actions]
    return all(
        each.kind is Kind.CREATE_TABLE or (table is not None and table.new)
        for each, table in zip(statement.actions, tables, strict=True)
    )


def counted(size: Size) -> str:
    """Return how many rows: ``about 1,000,000 rows (57 MB)``."""
    if size.rows is None:
        return "rows of an unknown number" + (f" ({weight(size.bytes)})" if size.bytes else "")
    if size.rows == 0:
        return "no rows"
    rows = f"about {size.rows:,} row{'' if size.rows == 1 else 's'}"
    return f"{rows} ({weight(size.bytes)})" if size.bytes else rows


def weight(count: int | None) -> str:
    """Return bytes in the unit that suits: ``57 MB``."""
    amount = float(count or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"


# --- Tables


def _create_table(noted: _Judgement, action: Action) -> None:
    parts = [part for column in action.columns for part in column.constraints]
    for part in [*parts, *action.constraints]:
        if part.kind is ConstraintKind.FOREIGN_KEY and part.target != action.table:
            noted.lock(part.target, Lock.SHARE_ROW_EXCLUSIVE)
    if action.many:
        _unknown(noted, action)


def _drop_table(noted: _Judgement, action: Action) -> None:
    table = noted.sketch.table(action.table)
    if table is None and action.missing_ok and noted.live.connection is not None:
        return
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    _lock_targets(noted, table, Lock.ACCESS_EXCLUSIVE)
    if action.cascade:
        for other in noted.sketch.referrers(action.table):
            noted.lock(other.name, Lock.ACCESS_EXCLUSIVE)
    if table is not None and table.new:
        return
    _loses(noted, action.table, "rows")
    _breaks(noted, action.table, f"table {action.table}", CODE_FIRST)


def _rename_table(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    _breaks(noted, action.table, f"table {action.table}")


def _alter_table(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, action.lock or Lock.ACCESS_EXCLUSIVE)


def _rewrite_table(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    _rewrites(noted, action.table)


def _rebuild_enum(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    _rewrites(noted, action.table)
    if action.where and noted.size(action.table).rows != 0:
        noted.found(
            "prodobit.W867",
            Severity.WARNING,
            "It is refused if a row has a value that is taken away.",
            "Change such rows in a migration before this one.",
        )


def _rewrites(noted: _Judgement, name: TableName, *, sure: bool = True, why: str = "") -> None:
    table = noted.sketch.table(name)
    indexes = table.index_count if table else 0
    severity, rows = noted.work(WorkKind.REWRITE, name, sure=sure)
    for _ in range(indexes):
        worse, _rows = noted.work(WorkKind.INDEX, name, sure=sure)
        severity = max(severity, worse)
    total = [work.seconds for work in noted.works if work.table == name]
    if None not in total:
        severity = blocking(sum(each or 0 for each in total))
    if not sure:
        severity = min(severity, Severity.WARNING)
    noted.found(
        "prodobit.W861",
        severity,
        f"{name} {'is' if sure else 'may be'} rewritten{why}, {rows}, while nobody can read or "
        "write it.",
    )


def _loses(noted: _Judgement, name: TableName, what: str, count: int | None = None) -> None:
    size = noted.size(name)
    number = size.rows if count is None else count
    if number == 0:
        return
    amount = f"about {number:,} {what}" if number else f"{what} of an unknown number"
    noted.found(
        "prodobit.W866",
        Severity.DANGER if number else Severity.WARNING,
        f"It drops {amount} for good.",
    )


def _breaks(noted: _Judgement, name: TableName, what: str, remedy: str = "") -> None:
    """Note that code that runs while the migration does will fail."""
    table = noted.sketch.table(name)
    if table is not None and table.new:
        return
    noted.found(
        "prodobit.W868",
        Severity.NOTE if noted.size(name).rows == 0 else Severity.WARNING,
        f"Code of the release before, which uses {what}, fails from here on.",
        remedy,
    )


def _lock_targets(noted: _Judgement, table: Table | None, level: Lock, column: str = "") -> None:
    """Lock the tables that foreign keys of the table (or of one of its columns) point to."""
    for part in table.constraints.values() if table else ():
        if part.kind is ConstraintKind.FOREIGN_KEY and (not column or column in part.columns):
            noted.lock(part.target, level)


# --- Columns


def _add_column(noted: _Judgement, action: Action) -> None:
    column, table = action.column, action.table
    assert column is not None
    noted.lock(table, Lock.ACCESS_EXCLUSIVE)
    volatile = noted.live.any_volatile(column.functions) if column.functions else False
    if column.stored or column.identity or volatile or volatile is None:
        why = "for every row gets a value of its own" if not column.stored else ""
        _rewrites(noted, table, sure=volatile is not None, why=f" ({why})" if why else "")
    elif column.not_null and column.default is None and noted.size(table).rows != 0:
        noted.found(
            "prodobit.W869",
            Severity.DANGER if noted.size(table).rows else Severity.WARNING,
            f"It fails if {table} has rows: {action.name} is NOT NULL and has no default.",
        )
    for part in column.constraints:
        if part.kind is ConstraintKind.FOREIGN_KEY:
            noted.lock(part.target, Lock.SHARE_ROW_EXCLUSIVE)
            if column.default is not None:
                _checks_reference(noted, table, part)
        elif part.kind is ConstraintKind.CHECK:
            _scans(noted, table, "the CHECK")
        else:
            _builds(noted, table, part.kind)


def _drop_column(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    table = noted.sketch.table(action.table)
    _lock_targets(noted, table, Lock.ACCESS_EXCLUSIVE, action.name)
    if table is not None and (table.new or action.name not in table.columns):
        return
    size = noted.size(action.table)
    count = size.rows
    if size.rows and table is not None and table.live is not None:
        nulls = noted.live.null_fraction(table.live, action.name)
        count = round(size.rows * (1 - (nulls or 0)))
    if action.cascade:
        for other in noted.sketch.referrers(action.table):
            noted.lock(other.name, Lock.ACCESS_EXCLUSIVE)
    _loses(noted, action.table, "values", count)
    what = f"column {action.table}.{action.name}"
    _breaks(noted, action.table, what, CODE_FIRST)


def _rename_column(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    _breaks(noted, action.table, f"column {action.table}.{action.name}")


def _alter_type(noted: _Judgement, action: Action) -> None:
    name = action.table
    noted.lock(name, Lock.ACCESS_EXCLUSIVE)
    table = noted.sketch.table(name)
    _lock_targets(noted, table, Lock.ACCESS_EXCLUSIVE, action.name)
    old = table.columns.get(action.name) if table else None
    if table is None or old is None:
        _rewrites(noted, name, sure=False)
        return
    change = judge_type(old.type, action.type, action.using, utc=noted.live.in_utc)
    for other in noted.sketch.referrers(name):
        for _, part in noted.sketch.references(other, table):
            if action.name in part.target_columns or not part.target_columns:
                noted.lock(other.name, Lock.ACCESS_EXCLUSIVE)
                if change.rewrites:
                    _checks_reference(noted, other.name, part)
    if change.rewrites:
        _rewrites(noted, name, why=f" ({old.type} → {action.type})")
    else:
        _after_type(noted, table, action.name, change.reindexes)
    if change.loses and noted.size(name).rows != 0:
        severity = Severity.DANGER if change.silently else Severity.WARNING
        noted.found("prodobit.W867", severity, change.loses, "Look for such rows first.")


def _after_type(noted: _Judgement, table: Table, column: str, reindexes: bool) -> None:
    """Note what is done anew although the rows stay as they are."""
    if reindexes and (times := table.indexes_on(column)):
        severity, rows = noted.work(WorkKind.INDEX, table.name, times=times)
        noted.found(
            "prodobit.W864",
            severity,
            f"The indexes of {column} are built anew, {rows}, while nobody can read or write "
            f"{table.name}.",
            "Drop the index first, change the type, and make it again with AddIndexConcurrently.",
        )
    checks = [
        part
        for part in table.constraints.values()
        if part.kind is ConstraintKind.CHECK and column in part.columns
    ]
    if checks:
        _scans(noted, table.name, "the CHECK on the column again")


def _set_not_null(noted: _Judgement, action: Action) -> None:
    name, column = action.table, action.name
    noted.lock(name, Lock.ACCESS_EXCLUSIVE)
    table = noted.sketch.table(name)
    if table is None or not (_is_not_null(table, column) or _proves_not_null(table, column)):
        severity, rows = noted.work(WorkKind.SCAN, name)
        noted.found(
            "prodobit.W862",
            severity,
            f"{name} is scanned, {rows}, while nobody can read or write it.",
            SET_NOT_NULL.format(column=column),
        )
    if table is None or table.live is None or column in table.updated:
        return
    if table.size.rows:
        nulls = noted.live.null_fraction(table.live, column)
        if nulls:
            noted.found(
                "prodobit.W880",
                Severity.WARNING if noted.sketch.python else Severity.DANGER,
                f"It fails if NULLs are left: about {round(table.size.rows * nulls):,} rows have "
                f"none in {column} now.",
                "Fill them in a migration before this one.",
            )


def _is_not_null(table: Table, column: str) -> bool:
    return column in table.columns and table.columns[column].not_null


def _proves_not_null(table: Table, column: str) -> bool:
    """Tell whether a valid CHECK says that the column is not NULL."""
    meant = f"{column} is not null"
    return any(
        part.valid and part.expression.replace('"', "").strip("() ").lower() == meant.lower()
        for part in table.constraints.values()
        if part.kind is ConstraintKind.CHECK
    )


def _drop_default(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    table = noted.sketch.table(action.table)
    if table is None or table.new or action.name not in table.added:
        return
    if _is_not_null(table, action.name):
        noted.found(
            "prodobit.W869",
            Severity.NOTE if noted.size(action.table).rows == 0 else Severity.WARNING,
            f"INSERTs of the release before, which do not name {action.name}, fail from here on: "
            "it is NOT NULL and keeps no default.",
        )


# --- Constraints and indexes


def _add_constraint(noted: _Judgement, action: Action) -> None:
    name = action.table
    for part in action.constraints:
        if part.kind is ConstraintKind.FOREIGN_KEY:
            noted.lock(name, Lock.SHARE_ROW_EXCLUSIVE)
            noted.lock(part.target, Lock.SHARE_ROW_EXCLUSIVE)
            if part.valid:
                _checks_reference(noted, name, part)
            continue
        noted.lock(name, Lock.ACCESS_EXCLUSIVE)
        if part.kind is ConstraintKind.CHECK:
            if part.valid:
                _scans(noted, name, "the CHECK")
        elif part.using_index:
            _uses_index(noted, name, part)
        else:
            _builds(noted, name, part.kind)


def _uses_index(noted: _Judgement, name: TableName, part: ConstraintPart) -> None:
    table = noted.sketch.table(name)
    if part.kind is not ConstraintKind.PRIMARY_KEY or table is None:
        return
    index = table.indexes.get(part.using_index)
    columns = index.columns if index else ()
    if not all(_is_not_null(table, each) or _proves_not_null(table, each) for each in columns):
        _scans(noted, name, "that the key is not NULL")


def _scans(noted: _Judgement, name: TableName, what: str) -> None:
    severity, rows = noted.work(WorkKind.SCAN, name)
    noted.found(
        "prodobit.W862",
        severity,
        f"{name} is scanned for {what}, {rows}, while nobody can read or write it.",
    )


def _checks_reference(noted: _Judgement, name: TableName, part: ConstraintPart) -> None:
    severity, rows = noted.work(WorkKind.CHECK, name)
    noted.found(
        "prodobit.W865",
        severity,
        f"{name} is checked against {part.target}, {rows}, while nobody can write to either.",
    )


def _builds(noted: _Judgement, name: TableName, kind: ConstraintKind) -> None:
    severity, rows = noted.work(WorkKind.INDEX, name)
    remedy = ""
    if kind is ConstraintKind.EXCLUDE:
        remedy = "There is no way without the lock; do it when nobody needs the table."
    noted.found(
        "prodobit.W864",
        severity,
        f"An index of {name} is built, {rows}, while nobody can read or write it.",
        remedy,
    )


def _validate(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.SHARE_UPDATE_EXCLUSIVE)
    table = noted.sketch.table(action.table)
    part = table.constraints.get(action.name) if table else None
    foreign = part is not None and part.kind is ConstraintKind.FOREIGN_KEY
    if part is not None and part.valid:
        return
    if part is not None and foreign:
        noted.lock(part.target, Lock.ROW_SHARE)
    noted.work(WorkKind.CHECK if foreign else WorkKind.SCAN, action.table)


def _drop_constraint(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    table = noted.sketch.table(action.table)
    part = table.constraints.get(action.name) if table else None
    if part is not None and part.kind is ConstraintKind.FOREIGN_KEY:
        noted.lock(part.target, Lock.ACCESS_EXCLUSIVE)


def _create_index(noted: _Judgement, action: Action) -> None:
    if action.concurrently:
        noted.lock(action.table, Lock.SHARE_UPDATE_EXCLUSIVE)
        noted.work(WorkKind.INDEX, action.table, times=2)
        return
    noted.lock(action.table, Lock.SHARE)
    severity, rows = noted.work(WorkKind.INDEX, action.table)
    remedy = ""
    if action.unique:
        remedy = (
            "Build it with CREATE UNIQUE INDEX CONCURRENTLY in a migration with atomic = False "
            "(RunSQL with the AddConstraint in state_operations)."
        )
    noted.found(
        "prodobit.W863",
        severity,
        f"The index is built over {rows} while nobody can write to {action.table}.",
        remedy,
    )


def _drop_index(noted: _Judgement, action: Action) -> None:
    table = noted.sketch.owner_of(action.table)
    level = Lock.SHARE_UPDATE_EXCLUSIVE if action.concurrently else Lock.ACCESS_EXCLUSIVE
    if table is not None:
        noted.lock(table.name, level)
    elif noted.live.connection is None or not action.missing_ok:
        _unknown(noted, action)


def _rename_index(noted: _Judgement, action: Action) -> None:
    """It locks the index alone, SHARE UPDATE EXCLUSIVE, which readers and writers do not mind."""


def _reindex(noted: _Judgement, action: Action) -> None:
    table = (
        noted.sketch.table(action.table)
        if action.name == "table"
        else noted.sketch.owner_of(action.table)
    )
    if table is None:
        _unknown(noted, action)
        return
    if action.concurrently:
        noted.lock(table.name, Lock.SHARE_UPDATE_EXCLUSIVE)
        noted.work(WorkKind.INDEX, table.name, times=2)
        return
    noted.lock(table.name, Lock.SHARE)
    severity, rows = noted.work(WorkKind.INDEX, table.name)
    noted.found(
        "prodobit.W863",
        severity,
        f"An index is built over {rows} while nobody can write to {table.name}, nor read what "
        "would look at the index.",
        "Use REINDEX … CONCURRENTLY in a migration with atomic = False.",
    )


# --- Rows


def _insert(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ROW_EXCLUSIVE)


def _update(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ROW_EXCLUSIVE)
    severity, rows = noted.work(WorkKind.UPDATE, action.table, sure=not action.where)
    if noted.hidden(action.table):
        return
    some = "Some of" if action.where else "All of"
    noted.found(
        "prodobit.W871",
        min(severity, Severity.WARNING),
        f"{some} {rows} of {action.table} are changed and stay locked for other writers until the "
        f"{'end of the migration' if noted.in_transaction else 'statement is done'}.",
    )


def _delete(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ROW_EXCLUSIVE)
    severity, _ = noted.work(WorkKind.UPDATE, action.table, sure=not action.where)
    if action.where:
        noted.found(
            "prodobit.W866",
            min(severity, Severity.WARNING),
            f"It drops some of the {counted(noted.size(action.table))} of {action.table} for good.",
            "Count them first with the same WHERE.",
        )
    else:
        _loses(noted, action.table, "rows")


def _truncate(noted: _Judgement, action: Action) -> None:
    noted.lock(action.table, Lock.ACCESS_EXCLUSIVE)
    if action.cascade:
        for other in noted.sketch.referrers(action.table):
            noted.lock(other.name, Lock.ACCESS_EXCLUSIVE)
            _loses(noted, other.name, "rows")
    _loses(noted, action.table, "rows")


def _no_table(noted: _Judgement, action: Action) -> None:
    """Nothing that anybody waits for."""


def _unknown(noted: _Judgement, action: Action) -> None:
    noted.found(
        "prodobit.W873",
        Severity.WARNING,
        "What this statement locks and reads is not known here.",
        "Look it up in PostgreSQL's documentation.",
    )


_JUDGES: dict[Kind, Callable[[_Judgement, Action], None]] = {
    Kind.CREATE_TABLE: _create_table,
    Kind.DROP_TABLE: _drop_table,
    Kind.RENAME_TABLE: _rename_table,
    Kind.ADD_COLUMN: _add_column,
    Kind.DROP_COLUMN: _drop_column,
    Kind.RENAME_COLUMN: _rename_column,
    Kind.ALTER_TYPE: _alter_type,
    Kind.SET_NOT_NULL: _set_not_null,
    Kind.DROP_NOT_NULL: _alter_table,
    Kind.DROP_DEFAULT: _drop_default,
    Kind.ADD_CONSTRAINT: _add_constraint,
    Kind.VALIDATE_CONSTRAINT: _validate,
    Kind.DROP_CONSTRAINT: _drop_constraint,
    Kind.RENAME_CONSTRAINT: _alter_table,
    Kind.CREATE_INDEX: _create_index,
    Kind.DROP_INDEX: _drop_index,
    Kind.RENAME_INDEX: _rename_index,
    Kind.REINDEX: _reindex,
    Kind.ALTER_TABLE: _alter_table,
    Kind.REWRITE_TABLE: _rewrite_table,
    Kind.REBUILD_ENUM: _rebuild_enum,
    Kind.INSERT: _insert,
    Kind.UPDATE: _update,
    Kind.DELETE: _delete,
    Kind.TRUNCATE: _truncate,
    Kind.NO_TABLE: _no_table,
    Kind.SESSION: _no_table,
    Kind.UNKNOWN: _unknown,
}


def strongest(locks: Iterable[TableLock]) -> Lock | None:
    """Return the strongest of some locks."""
    return max((each.level for each in locks), default=None)
