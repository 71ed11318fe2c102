"""An optimizer of operations that does not start over after every reduction."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import migrations, models
from django.db.migrations import operations as django_operations
from django.db.migrations import optimizer
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation
from django.db.migrations.utils import resolve_relation

Position = tuple[int, ...]

_KNOWN = frozenset(getattr(django_operations, name) for name in django_operations.__all__)


class MigrationOptimizer(optimizer.MigrationOptimizer):
    """Django's optimizer: the same list in, the same list out.

    Django compares every operation with all those after it, and starts over whenever two of them
    become one. Which operations can become one, and which stand in between, depends on the models
    they name; so here only those are compared again that something has changed for.
    """

    def optimize(self, operations: list[Any], app_label: str | None) -> list[Any]:
        """Return the operations with those merged that can be.

        Args:
            operations: The operations of one migration, in order.
            app_label: The app it belongs to.
        """
        if app_label is None or any(
            type(operation) not in _KNOWN or operation.elidable for operation in operations
        ):
            optimized: list[Any] = super().optimize(operations, app_label)
            return optimized
        optimization = _Optimization(operations, app_label)
        optimization.run()
        self._iterations = optimization.reductions + 1
        return optimization.operations()


@dataclass(eq=False)
class _Entry:
    """An operation in its place.

    Attributes:
        position: What the places are ordered by.
        operation: The operation.
        names: The models and indexes that operations must have in common to be merged.
        references: The models it references; None if it may be any.
        there: Whether it is still in the list.
        held_by: The entries that are not merged because of this one, unless it goes.
    """

    position: Position
    operation: Any
    names: frozenset[str]
    references: frozenset[str] | None
    there: bool = True
    held_by: set[_Entry] = field(default_factory=set)


class _Places:
    """Entries in order of their position."""

    def __init__(self) -> None:
        self._positions: list[Position] = []
        self._entries: dict[Position, _Entry] = {}

    def add(self, entry: _Entry) -> None:
        if entry.position not in self._entries:
            insort(self._positions, entry.position)
        self._entries[entry.position] = entry

    def remove(self, entry: _Entry) -> None:
        if self._entries.get(entry.position) is entry:
            del self._entries[entry.position]
            del self._positions[bisect_left(self._positions, entry.position)]

    def between(self, first: _Entry, last: _Entry | None) -> Iterator[_Entry]:
        """Yield the entries after one and before another, or to the end."""
        index = bisect_right(self._positions, first.position)
        while index < len(self._positions):
            entry = self._entries[self._positions[index]]
            if last is not None and entry.position >= last.position:
                return
            yield entry
            index += 1

    def all(self) -> list[_Entry]:
        return [self._entries[position] for position in self._positions]


class _Optimization:
    def __init__(self, operations: list[Any], app_label: str) -> None:
        self._app_label = app_label
        self.reductions = 0
        self._naming: dict[str, _Places] = defaultdict(_Places)
        self._referencing: dict[str, _Places] = defaultdict(_Places)
        self._referencing_any = _Places()
        self._never_passed = _Places()
        self._order = _Places()
        self._todo: list[tuple[Position, int, _Entry]] = []
        self._pushed = 0
        for number, operation in enumerate(operations):
            self._insert(self._entry((number,), operation))

    def operations(self) -> list[Any]:
        return [entry.operation for entry in self._order.all()]

    def run(self) -> None:
        # The first operation that can be merged is merged, as Django does, because all those before
        # it have been looked at since anything changed for them.
        while self._todo:
            _, _, entry = heapq.heappop(self._todo)
            if entry.there:
                self._look_at(entry)

    def _look_at(self, entry: _Entry) -> None:
        for other in self._merging_candidates(entry):
            merged = self._reduce(entry, other)
            if isinstance(merged, list):
                break
        else:
            return
        right = self._stops_right(entry, other)
        if right is None:
            self._replace(entry, other, merged, at=other)
            return
        left = self._stops_left(entry, other)
        if left is None:
            self._replace(entry, other, merged, at=entry)
            return
        for holding in (other, right, left):
            holding.held_by.add(entry)

    def _reduce(self, entry: _Entry, other: _Entry) -> Any:
        return entry.operation.reduce(other.operation, self._app_label)

    def _merging_candidates(self, entry: _Entry) -> Iterator[_Entry]:
        return self._in_order([self._naming[name] for name in entry.names], entry, None)

    def _stops_right(self, entry: _Entry, other: _Entry) -> _Entry | None:
        """Return what an operation cannot be moved behind on its way to another, or None."""
        operation = entry.operation
        if self._is_never_passed(operation):
            places = [self._order]
        else:
            if isinstance(operation, migrations.RenameModel):
                name = operation.new_name_lower
            elif isinstance(operation, ModelOperation):
                name = operation.name_lower
            else:
                name = operation.model_name_lower
            places = [self._referencing_any, self._referencing[name]]
        for place in places:
            for between in place.between(entry, other):
                if not self._reduce(entry, between):
                    return between
        return None

    def _stops_left(self, entry: _Entry, other: _Entry) -> _Entry | None:
        """Return what another operation cannot be moved before on its way to one, or None."""
        if other.references is None:
            places = [self._order]
        else:
            places = [self._never_passed, *(self._naming[name] for name in other.references)]
        for place in places:
            for between in place.between(entry, other):
                if self._reduce(between, other) is not True:
                    return between
        return None

    @staticmethod
    def _in_order(places: list[_Places], first: _Entry, last: _Entry | None) -> Iterator[_Entry]:
        previous = None
        for entry in heapq.merge(
            *(place.between(first, last) for place in places), key=lambda each: each.position
        ):
            if entry is not previous:
                yield entry
            previous = entry

    def _replace(self, entry: _Entry, other: _Entry, merged: list[Any], at: _Entry) -> None:
        self.reductions += 1
        changed = entry.held_by | other.held_by
        for gone in (entry, other):
            self._remove(gone)
        for number, operation in enumerate(merged):
            position = at.position if len(merged) == 1 else (*at.position, number)
            new = self._entry(position, operation)
            self._insert(new)
            for name in new.names:
                changed.update(each for each in self._naming[name].all() if each is not new)
        for each in changed:
            self._push(each)

    def _entry(self, position: Position, operation: Any) -> _Entry:
        return _Entry(
            position, operation, _names(operation), _references(operation, self._app_label)
        )

    def _places_of(self, entry: _Entry) -> Iterator[_Places]:
        yield self._order
        for name in entry.names:
            yield self._naming[name]
        if entry.references is None:
            yield self._referencing_any
        for name in entry.references or ():
            yield self._referencing[name]
        if self._is_never_passed(entry.operation):
            yield self._never_passed

    def _insert(self, entry: _Entry) -> None:
        for places in self._places_of(entry):
            places.add(entry)
        self._push(entry)

    def _remove(self, entry: _Entry) -> None:
        entry.there = False
        for places in self._places_of(entry):
            places.remove(entry)

    def _push(self, entry: _Entry) -> None:
        if entry.there:
            self._pushed += 1
            heapq.heappush(self._todo, (entry.position, self._pushed, entry))

    @staticmethod
    def _is_never_passed(operation: Any) -> bool:
        """Return whether an operation lets none pass, by the ``reduce()`` of the base class."""
        return not isinstance(operation, ModelOperation | FieldOperation)


def _names(operation: Any) -> frozenset[str]:
    if isinstance(operation, migrations.RenameModel):
        return frozenset({operation.old_name_lower, operation.new_name_lower})
    if isinstance(operation, ModelOperation):
        return frozenset({operation.name_lower})
    if isinstance(operation, FieldOperation):
        return frozenset({operation.model_name_lower})
    if isinstance(operation, IndexOperation):
        names = {operation.model_name_lower}
        # Indexes are merged by name, whatever model they are of.
        if isinstance(operation, migrations.AddIndex):
            names.add(f"index {operation.index.name}")
        elif isinstance(operation, migrations.RemoveIndex):
            names.add(f"index {operation.name}")
        elif isinstance(operation, migrations.RenameIndex):
            names.add(f"index {operation.old_name}")
        return frozenset(names)
    return frozenset()


def _references(operation: Any, app_label: str) -> frozenset[str] | None:
    """Return for which models ``references_model()`` holds, or None for any."""
    if isinstance(operation, migrations.DeleteModel):
        return None
    if isinstance(operation, migrations.CreateModel):
        found = {operation.name_lower}
        for base in operation.bases:
            if base is not models.Model and isinstance(base, models.base.ModelBase | str):
                found.update(_local(resolve_relation(base, app_label), app_label))
        for _, each in operation.fields:
            found.update(_of_field(each, app_label, operation.name_lower))
        return frozenset(found)
    if isinstance(operation, ModelOperation):
        return _names(operation)
    if isinstance(operation, FieldOperation):
        return frozenset(
            {
                operation.model_name_lower,
                *_of_field(operation.field, app_label, operation.model_name_lower),
            }
        )
    return None


def _of_field(each: Any, app_label: str, model_name: str) -> Iterator[str]:
    relation = getattr(each, "remote_field", None)
    if relation is not None:
        for target in (relation.model, getattr(relation, "through", None)):
            if target:
                yield from _local(resolve_relation(target, app_label, model_name), app_label)


def _local(key: tuple[str, str], app_label: str) -> list[str]:
    return [key[1]] if key[0] == app_label else []
