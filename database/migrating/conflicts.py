"""Two latest migrations of one app: which, since when, and whether they get in each other's way."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import Any

from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import models as model_operations

from database.migrating import fingerprint

type Key = tuple[str, str]
"""An app's label and a migration's name."""


class Nearness(Enum):
    """How close two branches come to each other."""

    SAME = "both change the same"
    NEEDS = "one needs what the other takes away"
    MODEL = "both change the same model"
    UNKNOWN = "what one does cannot be known"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two operations of two branches that have to do with each other.

    Attributes:
        nearness: How much.
        text: What, in one sentence.
    """

    nearness: Nearness
    text: str

    @property
    def is_serious(self) -> bool:
        """Whether it matters which of the two comes last."""
        return self.nearness in (Nearness.SAME, Nearness.NEEDS)


@dataclass(frozen=True)
class Branch:
    """One of the latest migrations, with those that lead to it and to no other.

    Attributes:
        leaf: Its last migration.
        migrations: All of them, in the order in which they are applied.
        applied: Those that the database has applied; None if nobody could ask it.
    """

    leaf: Key
    migrations: tuple[Migration, ...]
    applied: frozenset[Key] | None

    @property
    def name(self) -> str:
        """The name of its last migration."""
        return self.leaf[1]


@dataclass(frozen=True)
class Conflict:
    """An app with several latest migrations.

    Attributes:
        app_label: The app.
        ancestor: The last migration that all of them follow; None if they have none in common.
        branches: In the order of their names.
        overlaps: Where two of them come near to each other; the serious ones first.
    """

    app_label: str
    ancestor: Key | None
    branches: tuple[Branch, ...]
    overlaps: tuple[Overlap, ...]


def find(
    loader: MigrationLoader,
    applied: Collection[Key] | None,
    app_labels: Collection[str] | None = None,
) -> list[Conflict]:
    """Return the conflicts among migrations.

    Args:
        loader: What loaded them.
        applied: The migrations that the database has applied; None if nobody could ask it.
        app_labels: Only the conflicts of these apps.
    """
    return [
        _conflict(loader, None if applied is None else frozenset(applied), label, names)
        for label, names in sorted(loader.detect_conflicts().items())
        if not app_labels or label in app_labels
    ]


def _conflict(
    loader: MigrationLoader, applied: frozenset[Key] | None, label: str, names: Iterable[str]
) -> Conflict:
    lines = {
        name: [key for key in loader.graph.forwards_plan((label, name)) if key[0] == label]
        for name in names
    }
    common = set.intersection(*map(set, lines.values()))
    shared = [key for key in next(iter(lines.values())) if key in common]
    branches = []
    for name, line in sorted(lines.items()):
        own = [key for key in line if key not in common]
        found = tuple(loader.graph.nodes[key] for key in own)
        branches.append(
            Branch((label, name), found, None if applied is None else applied & set(own))
        )
    overlaps = [
        overlap for one, other in combinations(branches, 2) for overlap in _overlaps(one, other)
    ]
    overlaps = sorted(dict.fromkeys(overlaps), key=lambda item: not item.is_serious)
    return Conflict(label, shared[-1] if shared else None, tuple(branches), tuple(overlaps))


@dataclass(frozen=True, slots=True)
class _Touch:
    """What one operation of a migration changes: a part of a model, or the whole of it.

    Attributes:
        migration: Its name.
        app_label: Its app.
        operation: The operation.
        model: The model's name in lower case; empty where nobody can tell.
        part: A field, index, constraint or option; empty for the model itself.
        removes: Whether it is not there by that name afterwards.
    """

    migration: str
    app_label: str
    operation: Any
    model: str
    part: str
    removes: bool = False

    @property
    def subject(self) -> str:
        return ".".join(filter(None, (self.app_label, self.model, self.part)))


def _overlaps(one: Branch, other: Branch) -> Iterator[Overlap]:
    both = {migration.name for migration in one.migrations} & {
        migration.name for migration in other.migrations
    }
    first, second = (
        [touch for item in branch.migrations if item.name not in both for touch in _touches(item)]
        for branch in (one, other)
    )
    pairs = [(a, b) for a in first for b in second]
    for a, b in pairs:
        if a.model and a.model == b.model and (a.part == b.part or not (a.part and b.part)):
            yield from _same(a, b)
    for a, b in (*pairs, *((b, a) for a, b in pairs)):
        yield from _needed(a, b)
    models = {touch.model for touch in first if touch.part} & {
        touch.model for touch in second if touch.part
    }
    label = one.leaf[0]
    for model in sorted(filter(None, models)):
        parts = [{t.part for t in side if t.model == model and t.part} for side in (first, second)]
        if not parts[0] & parts[1]:
            yield Overlap(
                Nearness.MODEL,
                f"{one.name} and {other.name} both change {label}.{model}, in different places "
                f"({_list(parts[0])}; {_list(parts[1])}).",
            )
    for touch in {item.migration: item for item in (*first, *second) if not item.model}.values():
        yield Overlap(
            Nearness.UNKNOWN,
            f"{touch.migration} has a {type(touch.operation).__name__}: what that has to do with "
            "the other branch, only its reader can tell.",
        )


def _same(a: _Touch, b: _Touch) -> Iterator[Overlap]:
    if a.part and b.part:
        what = f"{a.migration} and {b.migration} both change {a.subject}."
        yield Overlap(Nearness.SAME, what)
    elif not (a.part or b.part):
        verb = "make, rename or remove"
        yield Overlap(Nearness.SAME, f"{a.migration} and {b.migration} both {verb} {a.subject}.")
    else:
        whole, part = (b, a) if a.part else (a, b)
        verb = "removes or renames" if whole.removes else "makes"
        yield Overlap(
            Nearness.NEEDS,
            f"{part.migration} changes {part.subject}, and {whole.migration} {verb} "
            f"{whole.subject}.",
        )


def _needed(a: _Touch, b: _Touch) -> Iterator[Overlap]:
    """Say whether an operation refers to what one of the other branch takes away."""
    if not (a.removes and a.model and b.model) or (a.model == b.model and a.part == b.part):
        return
    if a.model == b.model:
        refers = bool(a.part and b.part) and _names(b, a.part)
    elif a.part:
        # Only what names a field of another model refers to one: a foreign key's to_field.
        kinds = migrations.AddField | migrations.AlterField
        refers = isinstance(b.operation, kinds) and b.operation.references_field(
            a.model, a.part, a.app_label
        )
    else:
        refers = b.operation.references_model(a.model, a.app_label)
    if refers:
        yield Overlap(
            Nearness.NEEDS,
            f"{b.migration} makes {b.subject} refer to {a.subject}, which {a.migration} removes "
            "or renames.",
        )


def _names(touch: _Touch, field: str) -> bool:
    """Tell whether an index, a constraint or an option names a field of its model."""
    if isinstance(touch.operation, migrations.RenameField | migrations.RemoveField):
        return False
    try:
        lines = fingerprint.written(touch.operation)
    except ValueError:
        return True
    pattern = re.compile(rf"(?<!\w){re.escape(field)}(?:__\w+)?(?!\w)", re.IGNORECASE)
    return any(pattern.search(line) for line in lines[1:])


def _touches(migration: Migration) -> Iterator[_Touch]:
    for operation in migration.operations:
        yield from _of_operation(migration, operation)


def _of_operation(migration: Migration, operation: Any) -> Iterator[_Touch]:
    def touch(model: str, part: str = "", *, removes: bool = False) -> _Touch:
        return _Touch(migration.name, migration.app_label, operation, model.lower(), part, removes)

    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in (*operation.state_operations, *operation.database_operations):
            yield from _of_operation(migration, inner)
    elif isinstance(operation, migrations.CreateModel):
        yield touch(operation.name)
    elif isinstance(operation, migrations.DeleteModel):
        yield touch(operation.name, removes=True)
    elif isinstance(operation, migrations.RenameModel):
        yield touch(operation.old_name, removes=True)
        yield touch(operation.new_name)
    elif isinstance(operation, migrations.RenameField):
        yield touch(operation.model_name, operation.old_name.lower(), removes=True)
        yield touch(operation.model_name, operation.new_name.lower())
    elif isinstance(operation, migrations.RemoveField):
        yield touch(operation.model_name, operation.name.lower(), removes=True)
    elif isinstance(operation, migrations.AddField | migrations.AlterField):
        yield touch(operation.model_name, operation.name.lower())
    elif isinstance(operation, migrations.RenameIndex):
        yield touch(operation.model_name, f"index {operation.old_name or operation.new_name}")
        yield touch(operation.model_name, f"index {operation.new_name}")
    elif isinstance(operation, model_operations.IndexOperation):
        yield from _of_index(operation, touch)
    elif isinstance(operation, model_operations.ModelOptionOperation):
        yield touch(operation.name, _option(operation))
    else:
        yield touch("")


def _of_index(operation: Any, touch: Any) -> Iterator[_Touch]:
    kind = "constraint" if "Constraint" in type(operation).__name__ else "index"
    item = getattr(operation, kind, None)
    name = getattr(operation, "name", None) or getattr(item, "name", "")
    yield touch(operation.model_name, f"{kind} {name}")


def _option(operation: Any) -> str:
    """Name what an operation like AlterModelTable changes."""
    return getattr(operation, "option_name", None) or {
        migrations.AlterModelTable: "db_table",
        migrations.AlterModelTableComment: "db_table_comment",
        migrations.AlterModelOptions: "options",
        migrations.AlterModelManagers: "managers",
    }.get(type(operation), type(operation).__name__)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def describe(conflict: Conflict) -> list[str]:
    """Return a conflict as lines for people."""
    since = f", since {conflict.ancestor[1]}" if conflict.ancestor else ""
    lines = [f"{conflict.app_label} has {len(conflict.branches)} latest migrations{since}:"]
    for branch in conflict.branches:
        for migration in branch.migrations:
            key = (migration.app_label, migration.name)
            applied = ""
            if branch.applied is not None:
                applied = " (applied here)" if key in branch.applied else " (not applied here)"
            lines.append(f"  {migration.name}{applied}")
            lines += [f"    {item.formatted_description()}" for item in migration.operations]
    if conflict.overlaps:
        lines += [f"  ! {overlap.text}" for overlap in conflict.overlaps if overlap.is_serious]
        lines += [f"  {overlap.text}" for overlap in conflict.overlaps if not overlap.is_serious]
    else:
        lines.append("  They change different models.")
    return lines


def explain(conflicts: Sequence[Conflict]) -> str:
    """Return what migrate and makemigrations say of conflicts."""
    apps = ", ".join(conflict.app_label for conflict in conflicts)
    lines = [f"prodobit.E840: Conflicting migrations in {apps}; nothing was done."]
    for conflict in conflicts:
        lines += describe(conflict)
    one = conflicts[0].app_label if len(conflicts) == 1 else ""
    serious = any(overlap.is_serious for item in conflicts for overlap in item.overlaps)
    both_applied = any(
        sum(bool(branch.applied) for branch in item.branches) > 1 for item in conflicts
    )
    if not both_applied:
        lines.append(
            "To keep the history a line, let the one that is not applied follow the other:\n"
            f"  makemigrations --rebase {one}".rstrip()
        )
    lines.append(
        "To keep both as they are, write a migration that follows both:\n"
        f"  makemigrations --merge {one}".rstrip()
    )
    if serious:
        lines.append("Look at the lines marked with ! first: the later one has the last word.")
    return "\n".join(lines)
