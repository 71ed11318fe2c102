"""What models cannot express → SQL operations before and after the tables, in working order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from database.schema.extras import Extra, Extras
from database.schema.state import ForeignKey, Index, LiveConstraint, Table, TableName

from .ddl import Ddl
from .layout import Block, Call, Text
from .model import Left, Model
from .relations import FieldPlan

type Node = tuple[str, int]

BY_NATURE = ("extension", "schema", "collation", "domain", "composite type", "range type")
"""Kinds that come before the tables unless they need one."""
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            "extension",
            "schema",
            "collation",
            "enum type",
            "range type",
            "composite type",
            "domain",
            "sequence",
            "function",
            "procedure",
            "aggregate",
            "table",
            "partition",
            "constraint",
            "foreign key",
            "index",
            "sequence owner",
            "table setting",
            "column setting",
            "comment",
            "view",
            "materialized view",
            "statistics",
            "rule",
            "trigger",
            "policy",
            "row security",
            "replica identity",
            "cluster mark",
        )
    )
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One SQL operation: what it makes, and how it is unmade."""

    kind: str
    name: str
    sql: str
    reverse: str
    node: Node = ("", 0)

    def call(self) -> Call:
        """Return the code of the operation."""
        keywords = [
            ("kind", Text(self.kind)),
            ("name", Text(self.name)),
            ("sql", Block(self.sql)),
        ]
        if self.reverse:
            keywords.append(("reverse_sql", Block(self.reverse)))
        return Call("DatabaseObject", (), tuple(keywords))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Carried:
    """The operations before and after those of the tables, and what could not be carried over."""

    before: tuple[Operation, ...] = ()
    after: tuple[Operation, ...] = ()
    left_behind: tuple[tuple[str, str, str], ...] = ()


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
        self.ddl = Ddl(visible)
        self.by_node = {extra.node: extra for extra in extras.objects if extra.create}
        self.managed = {
            ("pg_class", model.plan.table.oid) for model in self.models if model.managed
        }
        self.raw_nodes = {("pg_class", table.oid) for table in self.raw}
        self.before: list[Operation] = []
        self.after: list[Operation] = []
        self.left: list[tuple[str, str, str]] = []

    def make(self) -> Carried:
        """Return the plan."""
        early = self._early()
        fields = self._enum_types_of_fields()
        serials = self._serials()
        for extra in self.extras.objects:
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
            if extra.kind == "extension" and extra.name in ("plpgsql",):
                continue
            target = self.before if self._is_early(extra, early) else self.after
            target.append(Operation(extra.kind, extra.name, extra.create, extra.drop, extra.node))
        self.before = [op for op in self.before if op.kind != "schema" or self._is_used(op)]
        for table in self.raw:
            self._raw_table(table)
        for model in self.models:
            self._parts(model)
        return Carried(
            tuple(self._ordered(self.before)), tuple(self._ordered(self.after)), tuple(self.left)
        )

    def _is_used(self, schema: Operation) -> bool:
        """Tell whether something in a schema is carried over or modelled."""
        name = self.by_node[schema.node].schema
        nodes = {operation.node for operation in (*self.before, *self.after)} - {schema.node}
        return name in {model.plan.table.name.schema for model in self.models} | {
            table.name.schema for table in self.raw
        } | {self.by_node[node].schema for node in nodes if node in self.by_node}

    # What comes before the tables

    def _early(self) -> set[Node]:
        """Return everything that tables need, directly or not."""
        found: set[Node] = set()
        waiting = [*self.managed, *self.raw_nodes]
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
        if extra.kind in ("domain",):
            return
        reasons = {
            "privileges": "GRANT and REVOKE are a matter of each database",
            "foreign table": "it needs a server and a user that a migration cannot know",
            "foreign server": "it needs a user that a migration cannot know",
            "aggregate": "it has a moving or an ordered-set form",
        }
        reason = reasons.get(extra.kind, "no SQL for it is written")
        self.left.append((extra.kind, extra.name, reason))

    # Types and sequences

    def _enum_types_of_fields(self) -> set[str]:
        found = set()
        for model in self.models:
            if model.managed:
                for field in model.plan.fields:
                    found.add(field.column.type.removesuffix("[]"))
        return found

    def _enum_comment(self, extra: Extra) -> None:
        if extra.base:
            sql = extra.create[extra.create.rindex("COMMENT ON TYPE ") :]
            reverse = f"COMMENT ON TYPE {extra.name} IS NULL"
            self.after.append(Operation("comment", f"type {extra.name}", sql, reverse))

    def _serials(self) -> set[tuple[TableName, str]]:
        """Return the columns whose fields make their sequences by themselves."""
        return {
            (model.plan.table.name, field.column.name)
            for model in self.models
            for field, call in _calls(model)
            if call.function.endswith("SerialField")
        }

    def _sequence(self, extra: Extra, serials: Collection[tuple[TableName, str]]) -> None:
        table = TableName(*extra.table)
        if table.name and (table, extra.base) in serials:
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
                )
            )
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
        elif left.kind == "mark" and isinstance(thing, Index) and thing.clustered:
            self.after.append(
                Operation(
                    "cluster mark",
                    f"{thing.name} of {table.name}",
                    f"ALTER TABLE {self.ddl.name(table.name)} CLUSTER ON {_quoted(thing.name)}",
                    f"ALTER TABLE {self.ddl.name(table.name)} SET WITHOUT CLUSTER",
                )
            )
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
        elif left.kind != "mark":
            self.left.append((left.kind, f"{left.name} of {left.table}", left.reason))

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

    # Order

    def _ordered(self, operations: Sequence[Operation]) -> list[Operation]:
        """Order by need, and where that leaves a choice by kind and name."""
        places = {op.node: place for place, op in enumerate(operations) if op.node[1]}
        needs: list[set[int]] = [
            {
                places[needed]
                for needed in self.extras.depends.get(op.node, ())
                if needed in places and places[needed] != place
            }
            if op.node[1]
            else set()
            for place, op in enumerate(operations)
        ]
        followers: dict[int, list[int]] = {}
        for place, needed in enumerate(needs):
            for other in needed:
                followers.setdefault(other, []).append(place)
        counts = [len(needed) for needed in needs]

        def key(place: int) -> tuple[int, str, str, int]:
            op = operations[place]
            return RANKS.get(op.kind, 0), op.kind, op.name, place

        ready = [key(place) for place, count in enumerate(counts) if not count]
        heapq.heapify(ready)
        found: list[Operation] = []
        done: set[int] = set()
        while len(found) < len(operations):
            if not ready:
                # A circle, which only functions can make: their bodies are not looked into.
                rest = min(key(place) for place in range(len(operations)) if place not in done)
                heapq.heappush(ready, rest)
            place = heapq.heappop(ready)[-1]
            if place in done:
                continue
            done.add(place)
            found.append(operations[place])
            for follower in followers.get(place, ()):
                counts[follower] -= 1
                if counts[follower] == 0:
                    heapq.heappush(ready, key(follower))
        return found


def _calls(model: Model) -> list[tuple[FieldPlan, Call]]:
    calls = dict(model.fields)
    return [(field, calls[field.name]) for field in model.plan.fields]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def bodies(operations: Iterable[Operation]) -> bool:
    """Tell whether there are functions, whose bodies may name what is made after them."""
    return any(op.kind in ("function", "procedure") for op in operations)
