"""What models cannot express → SQL operations before and after the tables, in working order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from database.schema.extras import Extra, Extras
from database.schema.state import (
    ForeignKey,
    Index,
    LiveConstraint,
    PrimaryKey,
    Table,
    TableKind,
    TableName,
    Unique,
)

from . import columns
from .ddl import Ddl
from .layout import Call
from .model import Left, Model
from .operation import Node, Operation, ordered
from .relations import FieldPlan

BY_NATURE = (
    "extension",
    "schema",
    "collation",
    "domain",
    "composite type",
    "range type",
    "cast",
    "operator",
    "operator family",
    "operator class",
    "text search dictionary",
    "text search configuration",
)
"""Kinds that come before the tables unless they need one."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is made by SQL, and what is not.

    Attributes:
        before: What tables need.
        between: What tables need that needs tables itself: it comes right after them.
        after: Everything else.
        left_behind: Kind, name and reason of what is not carried over.
        keys: Primary keys that no model can say, by table; each comes right after its table.
        waiting: Names of what is in ``between``, by the table with parts that need it.
    """

    before: tuple[Operation, ...] = ()
    between: tuple[Operation, ...] = ()
    after: tuple[Operation, ...] = ()
    left_behind: tuple[tuple[str, str, str], ...] = ()
    keys: Mapping[TableName, Operation] = field(default_factory=dict)
    waiting: Mapping[TableName, frozenset[str]] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All operations; those of the tables' own migration are in the middle."""
        return (*self.before, *self.keys.values(), *self.between, *self.after)


def plan(
    models: Iterable[Model],
    raw: Iterable[Table],
    extras: Extras,
    available: Collection[TableName],
    visible: Collection[TableName],
    oids: Mapping[int, TableName],
) -> Carried:
    """Decide what is carried over, when, and by which SQL.

    Args:
        models: The models that are written.
        raw: The tables that are made by SQL: partitioned tables, partitions, inheriting tables.
        extras: What the database has besides tables.
        available: Tables that there will be, those of other apps included.
        visible: Tables that a bare name finds.
        oids: The names of all tables of the database by their oid.
    """
    return _Plan(models, raw, extras, available, visible, oids).make()


class _Plan:
    def __init__(
        self,
        models: Iterable[Model],
        raw: Iterable[Table],
        extras: Extras,
        available: Collection[TableName],
        visible: Collection[TableName],
        oids: Mapping[int, TableName],
    ) -> None:
        self.models = list(models)
        self.raw = list(raw)
        self.extras = extras
        self.available = available
        self.oids = oids
        self.absent = set(oids.values()) - set(available)
        self.ddl = Ddl(visible, self.raw)
        self.by_node = {
            extra.node: extra
            for extra in extras.objects
            if extra.create and extra.kind != "not null"
        }
        self.managed = {
            ("pg_class", model.plan.table.oid) for model in self.models if model.managed
        }
        self.raw_nodes = {("pg_class", table.oid) for table in self.raw}
        self.written = {
            *(model.plan.table.name for model in self.models),
            *(table.name for table in self.raw),
        }
        self.before: list[Operation] = []
        self.between: list[Operation] = []
        self.after: list[Operation] = []
        self.keys: dict[TableName, Operation] = {}
        self.left: list[tuple[str, str, str]] = []

    def make(self) -> Carried:
        """Return the plan."""
        early = self._early()
        tangled = {node for node in early if self._reaches(node, self.managed)}
        fields = self._enum_types_of_fields()
        serials = self._serials()
        for extra in self.extras.objects:
            if extra.kind in ("identity sequence", "not null"):
                self._generated_name(extra)
                continue
            if not extra.create:
                self._report(extra)
                continue
            if TableName(*extra.table) in self.absent:
                continue
            missing = self._missing(extra.node)
            if missing:
                self.left.append((extra.kind, extra.name, f"needs {missing}, which is not pulled"))
                continue
            if extra.kind == "enum type" and extra.node not in early and extra.name in fields:
                self._enum_comment(extra)
                continue
            if extra.kind == "sequence":
                self._sequence(extra, serials)
                continue
            if extra.kind == "privileges" and self._is_of_nothing(extra):
                continue
            target = self.before if self._is_early(extra, early) else self.after
            if extra.node in tangled:
                target = self.between
            target.append(Operation(extra.kind, extra.name, extra.create, extra.drop, extra.node))
        self.before = [op for op in self.before if op.kind != "schema" or self._is_used(op)]
        for table in self.raw:
            self._raw_table(table)
        for model in self.models:
            self._parts(model)
        return Carried(
            tuple(ordered(self.before, self.extras.depends)),
            tuple(ordered(self.between, self.extras.depends)),
            tuple(ordered(self.after, self.extras.depends)),
            tuple(self.left),
            self.keys,
            self._waiting(tangled),
        )

    def _waiting(self, tangled: Collection[Node]) -> dict[TableName, frozenset[str]]:
        """Return what a table's model needs and what needs a table, by name."""
        found = {}
        for model in self.models:
            table = model.plan.table
            needed = self.extras.depends.get(("pg_class", table.oid), frozenset()) & set(tangled)
            if needed and model.managed:
                found[table.name] = frozenset(_bare(self.by_node[node].name) for node in needed)
        return found

    def _is_of_nothing(self, privileges: Extra) -> bool:
        """Tell whether privileges are those of a relation that there will not be."""
        node = ("pg_class", privileges.node[1])
        sequence = self.by_node.get(node)
        if sequence is None or sequence.kind != "sequence":
            return False
        owner = TableName(*sequence.table)
        return bool(owner.name) and owner not in self.written

    def _is_used(self, schema: Operation) -> bool:
        """Tell whether a schema is more than the place of tables that are left out."""
        name = self.by_node[schema.node].schema
        inside = {table.schema for table in self.oids.values() if table not in self.written}
        if name not in inside or name in {table.schema for table in self.written}:
            return True
        return any(
            extra.schema == name
            and extra.node != schema.node
            and (not extra.table[1] or TableName(*extra.table) in self.written)
            for extra in self.extras.objects
        )

    # What comes before the tables

    def _early(self) -> set[Node]:
        """Return everything that tables need, directly or not."""
        found: set[Node] = set()
        by_nature = (
            extra.node
            for extra in self.by_node.values()
            if extra.kind in BY_NATURE and not self._reaches(extra.node, self.managed)
        )
        waiting = [*self.managed, *self.raw_nodes, *by_nature]
        while waiting:
            for needed in self.extras.depends.get(waiting.pop(), ()):
                if needed in self.by_node and needed not in found:
                    found.add(needed)
                    waiting.append(needed)
        # An enum type is made with the column that has it, unless something earlier needs it.
        needed_early: set[Node] = set()
        for node in (*found, *self.raw_nodes):
            needed_early |= self.extras.depends.get(node, frozenset())
        return {
            node for node in found if self.by_node[node].kind != "enum type" or node in needed_early
        }

    def _is_early(self, extra: Extra, early: Collection[Node]) -> bool:
        if extra.node in early or extra.kind in ("extension", "schema"):
            return True
        if extra.kind in BY_NATURE or extra.kind == "enum type":
            return not self._reaches(extra.node, self.managed)
        return False

    def _reaches(self, node: Node, goals: Collection[Node]) -> bool:
        seen, waiting = {node}, [node]
        while waiting:
            for needed in self.extras.depends.get(waiting.pop(), ()):
                if needed in goals:
                    return True
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
        return False

    def _missing(self, node: Node) -> str:
        """Return the name of a table that an object needs and that will not be there."""
        for needed in self.extras.depends.get(node, ()):
            if needed[0] == "pg_class" and needed[1] in self.oids:
                name = self.oids[needed[1]]
                if name not in self.available and needed not in self.by_node:
                    return str(name)
        return ""

    def _report(self, extra: Extra) -> None:
        if extra.kind == "domain":
            return
        reasons = {
            "owner": "what migrate makes belongs to the role that runs it",
            "role": "it belongs to the server; grants and policies name it",
            "subscription": "it has the password of another server",
            "user mapping": "it may have a password",
        }
        reason = reasons.get(extra.kind, "no SQL for it is written")
        self.left.append((extra.kind, extra.name, reason))

    # Types and sequences

    def _generated_name(self, extra: Extra) -> None:
        """Give what comes with a column the name it has, where PostgreSQL chooses another."""
        if extra.kind == "identity sequence":
            self._identity_sequence(extra)
            return
        table = TableName(*extra.table)
        usual = columns.generated_name(table.name, extra.base, "not_null")
        if table in {raw.name for raw in self.raw}:
            if extra.create:
                self.left.append((extra.kind, extra.name, "its table is made by SQL"))
            return
        if table not in self.written or (extra.name == usual and not extra.create):
            return
        change = f"ALTER TABLE {self.ddl.name(table)}"
        old, new = _quoted(usual), _quoted(extra.name)
        sql = f"{change} RENAME CONSTRAINT {old} TO {new}"
        reverse = f"{change} RENAME CONSTRAINT {new} TO {old}"
        if extra.create:
            column = f"ALTER COLUMN {_quoted(extra.base)}"
            sql = f"{change} {column} DROP NOT NULL;\n{change}{extra.create}"
            reverse = f"{change} {column} DROP NOT NULL;\n{change} {column} SET NOT NULL"
        name = f"{extra.name} of {table}.{extra.base}"
        self.after.append(Operation("not null", name, sql, reverse))

    def _identity_sequence(self, extra: Extra) -> None:
        """Give the sequence of an identity column the name it has, as PostgreSQL chooses one."""
        table = TableName(*extra.table)
        usual = columns.serial_sequence(table, extra.base)
        if extra.name == usual or table not in self.written:
            return
        if TableName(extra.schema, usual) in self.available:
            self.left.append(("sequence name", extra.name, "its usual name is that of a table"))
            return
        prefix = f"{_quoted(extra.schema)}." if table not in self.ddl.visible else ""
        self.after.append(
            Operation(
                "sequence name",
                f"{extra.name} of {table}.{extra.base}",
                f"ALTER SEQUENCE {prefix}{_quoted(usual)} RENAME TO {_quoted(extra.name)}",
                f"ALTER SEQUENCE {prefix}{_quoted(extra.name)} RENAME TO {_quoted(usual)}",
            )
        )

    def _enum_types_of_fields(self) -> set[str]:
        found = set()
        for model in self.models:
            if model.managed:
                for column in model.plan.table.columns:
                    found.add(column.type.removesuffix("[]"))
        return found

    def _enum_comment(self, extra: Extra) -> None:
        if extra.base:
            sql = extra.create[extra.create.rindex("COMMENT ON TYPE ") :]
            reverse = f"COMMENT ON TYPE {extra.name} IS NULL"
            self.after.append(Operation("comment", f"type {extra.name}", sql, reverse))

    def _serials(self) -> set[tuple[TableName, str]]:
        """Return the columns whose fields make their sequences by themselves."""
        return {
            (model.plan.table.name, plan.column.name)
            for model in self.models
            if model.managed
            for plan, call in _calls(model)
            if call.function.endswith("SerialField")
        }

    def _sequence(self, extra: Extra, serials: Collection[tuple[TableName, str]]) -> None:
        table = TableName(*extra.table)
        if table.name and ((table, extra.base) in serials or table not in self.written):
            return
        self.before.append(Operation("sequence", extra.name, extra.create, extra.drop, extra.node))
        if table.name:
            owner = f"{self.ddl.name(table)}.{_quoted(extra.base)}"
            self.after.append(
                Operation(
                    "sequence owner",
                    f"{extra.name} of {table}.{extra.base}",
                    f"ALTER SEQUENCE {extra.name} OWNED BY {owner}",
                    f"ALTER SEQUENCE {extra.name} OWNED BY NONE",
                )
            )

    # Tables and their parts

    def _raw_table(self, table: Table) -> None:
        self.before.append(
            Operation(
                "table",
                str(table.name),
                self.ddl.create_table(table),
                self.ddl.drop_table(table),
                ("pg_class", table.oid),
            )
        )
        if table.partition_bound:
            self.before.append(
                Operation(
                    "partition",
                    f"{table.name} of {table.parents[0]}",
                    self.ddl.attach(table),
                    self.ddl.detach(table),
                    ("", 0),
                    frozenset(
                        ("pg_class", other.oid)
                        for other in self.raw
                        if other.name in (table.name, *table.parents)
                    ),
                )
            )
        for constraint in table.constraints:
            if isinstance(constraint, PrimaryKey | Unique) and constraint.clustered:
                self._cluster_mark(table, constraint)
        for index in table.indexes:
            if table.kind is TableKind.PARTITIONED and not index.valid:
                name = f"{index.name} of {table.name}"
                sql, reverse = self.ddl.index(table, index), self.ddl.drop_index(table, index)
                self.after.append(Operation("index", name, sql, reverse))
            if index.clustered:
                self._cluster_mark(table, index)
        for constraint in table.constraints:
            if (
                isinstance(constraint, ForeignKey)
                and not constraint.inherited
                and constraint.target in self.available
            ):
                self._constraint(table, "foreign key", constraint)

    def _constraint(self, table: Table, kind: str, constraint: LiveConstraint) -> None:
        sql = self.ddl.add_constraint(table, constraint)
        if constraint.comment:
            sql += f";\n{self.ddl.comment(table, constraint, constraint.comment)}"
        self.after.append(
            Operation(
                kind,
                f"{constraint.name} of {table.name}",
                sql,
                self.ddl.drop_constraint(table, constraint),
            )
        )

    def _parts(self, model: Model) -> None:
        table = model.plan.table
        if model.managed:
            for left in model.left:
                self._left(table, left)
            self._settings(table)

    def _left(self, table: Table, left: Left) -> None:
        thing = left.thing
        if left.kind == "foreign key" and isinstance(thing, ForeignKey):
            if thing.target not in self.available:
                self.left.append((left.kind, f"{left.name} of {left.table}", left.reason))
            else:
                self._constraint(table, "foreign key", thing)
        elif left.kind == "constraint":
            self._constraint(table, "constraint", thing)  # type: ignore[arg-type]
        elif left.kind == "index" and isinstance(thing, Index):
            sql = self.ddl.index(table, thing)
            if thing.comment:
                sql += f";\n{self.ddl.comment(table, thing, thing.comment)}"
            name = f"{thing.name} of {table.name}"
            self.after.append(Operation("index", name, sql, self.ddl.drop_index(table, thing)))
        elif left.kind == "comment":
            self._comment(table, thing)  # type: ignore[arg-type]
        elif left.kind == "mark" and getattr(thing, "clustered", False):
            self._cluster_mark(table, thing)  # type: ignore[arg-type]
        elif left.kind == "column":
            name = f"ALTER TABLE {self.ddl.name(table.name)} ALTER COLUMN {_quoted(left.name)}"
            self.after.append(
                Operation(
                    "column setting",
                    f"NOT NULL of {table.name}.{left.name}",
                    f"{name} SET NOT NULL",
                    f"{name} DROP NOT NULL",
                )
            )
        elif left.kind == "primary key" and isinstance(thing, PrimaryKey):
            self._key(table, thing)
        elif left.kind != "mark":
            self.left.append((left.kind, f"{left.name} of {left.table}", left.reason))

    def _key(self, table: Table, key: PrimaryKey) -> None:
        """Make the primary key anew before anything refers to it; it goes with its table."""
        usual = columns.generated_name(table.name.name, "", "pkey")
        name = self.ddl.name(table.name)
        sql = f"ALTER TABLE {name} DROP CONSTRAINT {_quoted(usual)}, ADD {self.ddl.constraint(key)}"
        if not (key.deferrable or key.include or key.storage or key.without_overlaps):
            # Only so that its comment finds it.
            sql = f"ALTER TABLE {name} RENAME CONSTRAINT {_quoted(usual)} TO {_quoted(key.name)}"
        self.keys[table.name] = Operation(
            "primary key",
            f"{key.name} of {table.name}",
            sql,
            "",
        )

    def _cluster_mark(self, table: Table, index: Index | PrimaryKey | Unique) -> None:
        self.after.append(
            Operation(
                "cluster mark",
                f"{index.name} of {table.name}",
                f"ALTER TABLE {self.ddl.name(table.name)} CLUSTER ON {_quoted(index.name)}",
                f"ALTER TABLE {self.ddl.name(table.name)} SET WITHOUT CLUSTER",
            )
        )

    def _comment(self, table: Table, thing: LiveConstraint | Index) -> None:
        # The primary key's name is PostgreSQL's choice, and so may not be what it was.
        self.after.append(
            Operation(
                "comment",
                f"{thing.name} of {table.name}",
                self.ddl.comment(table, thing, thing.comment),
                self.ddl.comment(table, thing, None),
            )
        )

    def _settings(self, table: Table) -> None:
        name = self.ddl.name(table.name)
        if table.storage:
            names = ", ".join(parameter.split("=")[0] for parameter in table.storage)
            self.after.append(
                Operation(
                    "table setting",
                    f"storage parameters of {table.name}",
                    f"ALTER TABLE {name} SET ({', '.join(table.storage)})",
                    f"ALTER TABLE {name} RESET ({names})",
                )
            )
        if table.unlogged:
            self.after.append(
                Operation(
                    "table setting",
                    f"UNLOGGED of {table.name}",
                    f"ALTER TABLE {name} SET UNLOGGED",
                    f"ALTER TABLE {name} SET LOGGED",
                )
            )


def _calls(model: Model) -> list[tuple[FieldPlan, Call]]:
    calls = dict(model.fields)
    return [(plan, calls[plan.name]) for plan in model.plan.fields]


def _bare(name: str) -> str:
    """Return the identifier in the name of a routine, with its arguments, or of a type."""
    return columns.unquoted(re.sub(r"\(.*", "", name))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
