"""Tables and their parts → SQL, for those that no model makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from database.schema.normalize import literal, quote
from database.schema.state import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    LiveConstraint,
    OtherConstraint,
    PrimaryKey,
    Table,
    TableKind,
    TableName,
    Unique,
)


class Ddl:
    """Writes SQL with names that are qualified where the search path would not find them.

    Args:
        visible: Tables that a bare name finds.
        tables: The tables that others inherit from.
    """

    def __init__(self, visible: Collection[TableName], tables: Iterable[Table] = ()) -> None:
        self.visible = visible
        self.tables = {table.name: table for table in tables}

    def name(self, name: TableName) -> str:
        """Return the quoted name of a table."""
        if name in self.visible or not name.schema:
            return quote(name.name)
        return f"{quote(name.schema)}.{quote(name.name)}"

    def create_table(self, table: Table) -> str:
        """Return what creates a table with its columns, keys, constraints, indexes and comments.

        Foreign keys are left out, and so is the place in a partitioned table: both need others.
        """
        own = [column for column in table.columns if column.local or not self._child(table)]
        lines = [self._column(column) for column in own]
        later = []
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKey | OtherConstraint):
                continue
            if isinstance(constraint, Check):
                if not (constraint.inherited and self._child(table)) and constraint.valid:
                    lines.append(self.constraint(constraint))
                elif not constraint.valid:
                    later.append(self.add_constraint(table, constraint))
            else:
                later.append(self.add_constraint(table, constraint))
        name = self.name(table.name)
        kind = "UNLOGGED TABLE" if table.unlogged else "TABLE"
        sql = f"CREATE {kind} {name} (\n    " + ",\n    ".join(lines) + "\n)"
        if self._child(table):
            sql += f" INHERITS ({', '.join(self.name(parent) for parent in table.parents)})"
        if table.partition_key:
            sql += f" PARTITION BY {table.partition_key}"
        if table.storage:
            sql += f" WITH ({', '.join(table.storage)})"
        if table.tablespace:
            sql += f" TABLESPACE {quote(table.tablespace)}"
        statements = [sql, *self._inherited(table), *later]
        statements += [self.index(table, index) for index in table.indexes if index.valid]
        statements += self.comments(table)
        return ";\n".join(statements)

    def drop_table(self, table: Table) -> str:
        """Return what drops a table."""
        return f"DROP TABLE {self.name(table.name)}"

    def attach(self, table: Table) -> str:
        """Return what makes a table a partition of its parent."""
        return (
            f"ALTER TABLE {self.name(table.parents[0])} ATTACH PARTITION "
            f"{self.name(table.name)} {table.partition_bound}"
        )

    def detach(self, table: Table) -> str:
        """Return what makes a partition a table of its own again."""
        return f"ALTER TABLE {self.name(table.parents[0])} DETACH PARTITION {self.name(table.name)}"

    def _child(self, table: Table) -> bool:
        return bool(table.parents) and not table.partition_bound

    def _inherited(self, table: Table) -> list[str]:
        """Return what makes inherited columns differ from those of the parents."""
        if not self._child(table):
            return []
        found = []
        parents = [self.tables[name] for name in table.parents if name in self.tables]
        for column in table.columns:
            if column.local:
                continue
            theirs = [other for parent in parents if (other := parent.column(column.name))]
            change = f"ALTER TABLE {self.name(table.name)} ALTER COLUMN {quote(column.name)}"
            if not column.generated and column.default not in {other.default for other in theirs}:
                default = "DROP DEFAULT"
                if column.default is not None:
                    default = f"SET DEFAULT {column.default}"
                found.append(f"{change} {default}")
            if column.not_null and not any(other.not_null for other in theirs):
                found.append(f"{change} SET NOT NULL")
        return found

    def _column(self, column: Column) -> str:
        parts = [quote(column.name), column.type]
        if column.collation:
            parts.append(f"COLLATE {_collation(column.collation)}")
        if column.generated:
            kind = "STORED" if column.generated.stored else "VIRTUAL"
            parts.append(f"GENERATED ALWAYS AS ({column.generated.expression}) {kind}")
        elif column.identity:
            parts.append(_identity(column.identity))
        elif column.default is not None:
            parts.append(f"DEFAULT {column.default}")
        if column.not_null:
            parts.append("NOT NULL")
        return " ".join(parts)

    def comments(self, table: Table) -> list[str]:
        """Return COMMENT ON for a table and all that belongs to it."""
        name = self.name(table.name)
        found = []
        if table.comment:
            found.append(f"COMMENT ON TABLE {name} IS {literal(table.comment)}")
        for column in table.columns:
            if column.comment:
                found.append(
                    f"COMMENT ON COLUMN {name}.{quote(column.name)} IS {literal(column.comment)}"
                )
        for thing in (*table.constraints, *table.indexes):
            if isinstance(thing, OtherConstraint | ForeignKey):
                continue
            if thing.comment:
                found.append(self.comment(table, thing, thing.comment))
        return found

    def comment(self, table: Table, thing: LiveConstraint | Index, text: str | None) -> str:
        """Return COMMENT ON for a constraint or an index; ``None`` takes the comment away."""
        value = "NULL" if text is None else literal(text)
        if isinstance(thing, Index):
            name = self.name(TableName(table.name.schema, thing.name))
            if table.name in self.visible:
                name = quote(thing.name)
            return f"COMMENT ON INDEX {name} IS {value}"
        return f"COMMENT ON CONSTRAINT {quote(thing.name)} ON {self.name(table.name)} IS {value}"

    def add_constraint(self, table: Table, constraint: LiveConstraint) -> str:
        """Return ALTER TABLE … ADD CONSTRAINT."""
        only = "ONLY " if table.kind is not TableKind.PARTITIONED and table.parents else ""
        return f"ALTER TABLE {only}{self.name(table.name)} ADD {self.constraint(constraint)}"

    def drop_constraint(self, table: Table, constraint: LiveConstraint) -> str:
        """Return ALTER TABLE … DROP CONSTRAINT."""
        return f"ALTER TABLE {self.name(table.name)} DROP CONSTRAINT {quote(constraint.name)}"

    def constraint(self, constraint: LiveConstraint) -> str:
        """Return a constraint as it stands in CREATE TABLE."""
        name = f"CONSTRAINT {quote(constraint.name)}"
        match constraint:
            case Check():
                sql = f"{name} CHECK ({constraint.expression})"
                sql += " NO INHERIT" if constraint.no_inherit else ""
                sql += "" if constraint.enforced else " NOT ENFORCED"
            case PrimaryKey():
                sql = f"{name} PRIMARY KEY ({_columns(constraint.columns)}{_period(constraint)})"
                sql += _include(constraint.include) + _storage(constraint.storage)
                sql += _deferrable(constraint)
            case Unique():
                distinct = " NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""
                columns = f"{_columns(constraint.columns)}{_period(constraint)}"
                sql = f"{name} UNIQUE{distinct} ({columns})"
                sql += _include(constraint.include) + _storage(constraint.storage)
                sql += _deferrable(constraint)
            case Exclusion():
                sql = f"{name} {constraint.definition}"
            case ForeignKey():
                sql = f"{name} {self._foreign_key(constraint)}"
        if isinstance(constraint, Check | ForeignKey) and not constraint.valid:
            sql += "" if sql.endswith((" NOT VALID", " NOT ENFORCED")) else " NOT VALID"
        return sql

    def _foreign_key(self, key: ForeignKey) -> str:
        if "PERIOD " in key.definition:
            return key.definition
        sql = (
            f"FOREIGN KEY ({_columns(key.columns)}) REFERENCES {self.name(key.target)} "
            f"({_columns(key.target_columns)})"
        )
        if key.match == "FULL":
            sql += " MATCH FULL"
        if key.on_update != "NO ACTION":
            sql += f" ON UPDATE {key.on_update}"
        if key.on_delete != "NO ACTION":
            sql += f" ON DELETE {key.on_delete}"
            if key.on_delete_columns:
                sql += f" ({_columns(key.on_delete_columns)})"
        return sql + _deferrable(key) + ("" if key.enforced else " NOT ENFORCED")

    def index(self, table: Table, index: Index) -> str:
        """Return CREATE INDEX."""
        unique = "UNIQUE " if index.unique else ""
        keys = ", ".join(_key(key) for key in index.keys)
        # Of a partitioned table, it is invalid for as long as a partition has none like it.
        only = "ONLY " if table.kind is TableKind.PARTITIONED and not index.valid else ""
        sql = (
            f"CREATE {unique}INDEX {quote(index.name)} ON {only}{self.name(table.name)} "
            f"USING {index.method} ({keys})"
        )
        sql += _include(index.include)
        sql += " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
        sql += _storage(index.storage)
        sql += f" TABLESPACE {quote(index.tablespace)}" if index.tablespace else ""
        return sql + (f" WHERE {index.predicate}" if index.predicate is not None else "")

    def drop_index(self, table: Table, index: Index) -> str:
        """Return DROP INDEX."""
        if table.name in self.visible:
            return f"DROP INDEX {quote(index.name)}"
        return f"DROP INDEX {quote(table.name.schema)}.{quote(index.name)}"


def _period(constraint: PrimaryKey | Unique) -> str:
    return " WITHOUT OVERLAPS" if constraint.without_overlaps else ""


def _columns(names: Collection[str]) -> str:
    return ", ".join(quote(name) for name in names)


def _include(names: Collection[str]) -> str:
    return f" INCLUDE ({_columns(names)})" if names else ""


def _storage(parameters: Collection[str]) -> str:
    return f" WITH ({', '.join(parameters)})" if parameters else ""


def _deferrable(constraint: ForeignKey | PrimaryKey | Unique) -> str:
    if not constraint.deferrable:
        return ""
    return " DEFERRABLE" + (" INITIALLY DEFERRED" if constraint.initially_deferred else "")


def _collation(name: str) -> str:
    return name if '"' in name or "." in name else quote(name)


def _identity(identity: Identity) -> str:
    options = identity.options
    cycle = " CYCLE" if options.cycle else ""
    return (
        f"GENERATED {identity.kind} AS IDENTITY (START WITH {options.start} INCREMENT BY "
        f"{options.increment} MINVALUE {options.minimum} MAXVALUE {options.maximum} "
        f"CACHE {options.cache}{cycle})"
    )


def _key(key: IndexKey) -> str:
    sql = quote(key.column) if key.column is not None else f"({key.expression})"
    if key.collation:
        sql += f" COLLATE {_collation(key.collation)}"
    if key.opclass and (not key.opclass_is_default or key.opclass_parameters):
        sql += f" {quote(key.opclass)}"
        if key.opclass_parameters:
            sql += f" ({', '.join(key.opclass_parameters)})"
    if key.descending:
        sql += " DESC" + ("" if key.nulls_first else " NULLS LAST")
    elif key.nulls_first:
        sql += " NULLS FIRST"
    return sql
