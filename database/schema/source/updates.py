"""What a database has besides tables now → the migration that makes it of what there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from database.schema.extras import Extras

from .carried import Carried
from .folder import Made
from .layout import Block, Call, Text
from .operation import Operation, with_bodies

KEPT = frozenset(
    (
        "collation",
        "composite type",
        "domain",
        "enum type",
        "extension",
        "partition",
        "primary key",
        "range type",
        "schema",
        "sequence",
        "table",
    )
)
"""Kinds that are never dropped to be made anew."""


@dataclass(frozen=True, slots=True)
class Update:
    """In what the objects of the database differ from what the migrations make.

    Attributes:
        new: Objects that the migrations do not make.
        changed: Objects that they make otherwise.
        gone: Kinds and names of what they make and the database does not have.
        again: Objects that are the same, but need one that is changed.
        by_hand: Objects that they make otherwise and that cannot be made anew, as something is in
            them or in columns of them.
    """

    new: tuple[Operation, ...] = ()
    changed: tuple[Operation, ...] = ()
    gone: tuple[tuple[str, str], ...] = ()
    again: tuple[Operation, ...] = ()
    by_hand: tuple[Operation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone or self.by_hand)

    def waits(self, carried: Carried) -> bool:
        """Tell whether something of it comes after the migration of the tables."""
        return bool(self.changed or self.gone) or any(
            operation not in carried.before for operation in self.new
        )

    def lines(self) -> list[str]:
        """Return one line for each object that differs."""
        lines = [f"new: {op.kind} {op.name}" for op in self.new]
        lines += [f"gone: {kind} {name}" for kind, name in self.gone]
        return lines + [f"changed: {op.kind} {op.name}" for op in (*self.changed, *self.by_hand)]


def compare(carried: Carried, extras: Extras, made: Mapping[tuple[str, str], Made]) -> Update:
    """Compare what the database has with what the migrations make.

    Args:
        carried: What the database has.
        extras: What of it depends on what.
        made: What the migrations make.
    """
    there = {(op.kind, op.name): op for op in carried.operations}
    other = [op for key, op in there.items() if key in made and made[key].sql != op.sql]
    changed = [op for op in other if op.kind not in KEPT]
    nodes = {op.node for op in changed if op.node[1] and not _replaces(op, made)}
    again = [
        op
        for key, op in there.items()
        if key in made
        and op not in other
        and op.node[1]
        and op.kind not in KEPT
        and _needs(op, nodes, extras)
    ]
    return Update(
        tuple(op for key, op in there.items() if key not in made),
        tuple(changed),
        tuple(key for key in made if key not in there),
        tuple(again),
        tuple(op for op in other if op.kind in KEPT),
    )


def _replaces(operation: Operation, made: Mapping[tuple[str, str], Made]) -> bool:
    """Tell whether CREATE OR REPLACE does it: arguments and result are the same."""
    former = made[operation.kind, operation.name].sql
    return (
        operation.sql.startswith("CREATE OR REPLACE ")
        and operation.sql.split("\n")[:2] == former.split("\n")[:2]
    )


def _needs(operation: Operation, nodes: set[tuple[str, int]], extras: Extras) -> bool:
    seen, waiting = {operation.node}, [operation.node]
    while waiting:
        for needed in extras.depends.get(waiting.pop(), ()):
            if needed in nodes:
                return True
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)
    return False


def operations(
    update: Update, carried: Carried, made: Mapping[tuple[str, str], Made], *, early: bool
) -> list[Call]:
    """Return the operations of a migration that makes the difference.

    Args:
        update: The difference.
        carried: What the database has, in working order.
        made: What the migrations make, in working order.
        early: Only what changed tables need: what is new and comes before tables.
    """
    if early:
        return with_bodies([op for op in carried.before if op in update.new])
    replaced = {op for op in update.changed if _replaces(op, made)}
    anew = [op for op in (*update.changed, *update.again) if op not in replaced]
    moved = {(op.kind, op.name) for op in anew} | set(update.gone)
    removals = [
        Call(
            "RemoveObject",
            (),
            (
                ("kind", Text(kind)),
                ("name", Text(name)),
                ("sql", Block(thing.reverse)),
                ("reverse_sql", Block(thing.sql)),
            ),
        )
        for (kind, name), thing in reversed(list(made.items()))
        if (kind, name) in moved and thing.reverse
    ]
    wanted: Sequence[Operation] = [
        op
        for op in carried.operations
        if op in update.new or op in update.changed or op in update.again
    ]
    return [*removals, *with_bodies(wanted, {op: made[op.kind, op.name].sql for op in replaced})]
