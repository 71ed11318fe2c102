"""Letting one branch of an app's migrations follow the other: new numbers, new parents.

Only what no known database has applied can be moved. Files keep every byte but the names in
``dependencies``, ``run_before`` and ``replaces``.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration

from database.migrating.conflicts import Branch, Conflict, Key
from database.migrating.source_edit import Reference, Source, SourceError

_NUMBER = re.compile(r"\d+(?=_|$)")
NAMES_OF_LATEST = "max_migration.txt"
"""Where django-linear-migrations keeps the name of an app's latest migration."""


class RebaseError(Exception):
    """The migrations cannot be moved, and nothing was changed; the message says why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one file.

    Attributes:
        path: Where it is.
        target: Where it will be; the same for most.
        before: Its content.
        after: Its content to be.
    """

    path: Path
    target: Path
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Rebase:
    """What is to be done.

    Attributes:
        moves: The old and the new key of each migration that is moved, in their new order.
        parents: The key that each of them will follow, by its old key.
        edits: The files.
    """

    moves: tuple[tuple[Key, Key], ...]
    parents: Mapping[Key, Key]
    edits: tuple[Edit, ...]


def moved(conflict: Conflict, base: Branch) -> list[Migration]:
    """Return what follows a branch after a rebase, in order."""
    stays = set(base.migrations)
    return list(
        dict.fromkeys(
            migration
            for branch in conflict.branches
            if branch is not base
            for migration in branch.migrations
            if migration not in stays
        )
    )


def possible_bases(conflict: Conflict, applied: Collection[Key]) -> list[Branch]:
    """Return the branches onto which the others could be moved.

    Args:
        conflict: The conflict.
        applied: What any known database has applied.

    Raises:
        RebaseError: There is none.
    """
    found = [
        branch
        for branch in conflict.branches
        if not any(_key(migration) in applied for migration in moved(conflict, branch))
    ]
    # A branch with nothing of its own is before the other by way of another app.
    found = [branch for branch in found if not branch.migrations] or found
    if not found:
        names = ", ".join(
            migration.name
            for branch in conflict.branches
            for migration in branch.migrations
            if _key(migration) in applied
        )
        raise RebaseError(
            f"prodobit.E843: Of {conflict.app_label}, {names} are applied already, so neither "
            "branch can be moved. Join them with makemigrations --merge, or take one back first "
            f"(migrate {conflict.app_label} "
            f"{conflict.ancestor[1] if conflict.ancestor else 'zero'})."
        )
    return found


def plan(loader: MigrationLoader, choices: Sequence[tuple[Conflict, Branch]]) -> Rebase:
    """Work out new names, parents and files; only reads.

    Args:
        loader: What loaded the migrations.
        choices: The conflicts, each with the branch that the others are to follow.

    Raises:
        RebaseError: It cannot be done.
    """
    moves: dict[Key, Key] = {}
    parents: dict[Key, Key] = {}
    for conflict, base in choices:
        parent = base.leaf
        for migration in moved(conflict, base):
            if any(tuple(each) in loader.disk_migrations for each in migration.replaces):
                raise RebaseError(
                    f"prodobit.E844: {migration} replaces others that are there still, and would "
                    "have to be moved with them. Nothing was changed; rebase it by hand."
                )
            key = _key(migration)
            parents[key] = parent
            parent = moves[key] = (key[0], _numbered_after(parent[1], migration.name))
    for old, new in moves.items():
        if new in loader.disk_migrations and new not in moves:
            raise RebaseError(
                f"prodobit.E845: {'.'.join(old)} would become {new[1]}, and there is a migration "
                "of that name. Rename one of them first."
            )
    rebase = Rebase(tuple(moves.items()), parents, tuple(_edits(loader, choices, moves, parents)))
    _prove(loader, rebase)
    return rebase


def _key(migration: Migration) -> Key:
    return migration.app_label, migration.name


def _numbered_after(parent: str, name: str) -> str:
    before, own = _NUMBER.match(parent), _NUMBER.match(name)
    if before is None or own is None:
        return name
    return f"{int(before[0]) + 1:0{len(own[0])}}{name[own.end() :]}"


def _edits(
    loader: MigrationLoader,
    choices: Iterable[tuple[Conflict, Branch]],
    moves: Mapping[Key, Key],
    parents: Mapping[Key, Key],
) -> Iterable[Edit]:
    for key, migration in sorted(loader.disk_migrations.items()):
        path = path_of(migration)
        if key not in moves and not _refers(migration, moves):
            continue
        try:
            source = Source(path)
            after = source.edited(_renaming(key, source, moves, parents))
        except SourceError as error:
            raise RebaseError(
                f"prodobit.E844: {path.name} cannot be edited, as it {error}. Nothing was changed; "
                "rebase it by hand."
            ) from error
        target = path.with_name(f"{moves[key][1]}.py") if key in moves else path
        if (after, target) != (source.content, path):
            yield Edit(path, target, source.content, after)
    for conflict, base in choices:
        last = moves[_key(moved(conflict, base)[-1])][1]
        file = path_of(base.migrations[0] if base.migrations else moved(conflict, base)[0])
        latest = file.with_name(NAMES_OF_LATEST)
        if latest.is_file():
            yield Edit(latest, latest, latest.read_bytes(), f"{last}\n".encode())


def path_of(migration: Migration) -> Path:
    """Return the file of a migration."""
    file = getattr(sys.modules.get(type(migration).__module__), "__file__", None)
    if not file or not file.endswith(".py"):
        raise RebaseError(
            f"prodobit.E844: {migration} has no file to edit. Rebase where its source is."
        )
    return Path(file)


def _refers(migration: Migration, moves: Mapping[Key, Key]) -> bool:
    keys = (*migration.dependencies, *migration.run_before, *migration.replaces)
    return any(tuple(key) in moves for key in keys)


def _renaming(
    key: Key, source: Source, moves: Mapping[Key, Key], parents: Mapping[Key, Key]
) -> Any:
    """Return what gives a reference of a file its new name."""
    own = [
        reference
        for reference in source.references
        if reference.attribute == "dependencies" and reference.key[0] == key[0]
    ]
    if key in moves and len(own) != 1:
        raise SourceError(f"names {len(own)} parents in its own app, where one can be edited")

    def name_of(reference: Reference) -> str:
        if key in moves and reference is own[0]:
            return parents[key][1]
        return moves.get(reference.key, reference.key)[1]

    return name_of


def _prove(loader: MigrationLoader, rebase: Rebase) -> None:
    """Build the graph as it will be, and see that each app has one latest migration."""
    moves = dict(rebase.moves)

    class Future(MigrationLoader):
        def load_disk(self) -> None:
            self.unmigrated_apps = set(loader.unmigrated_apps)
            self.migrated_apps = set(loader.migrated_apps)
            self.disk_migrations = {}
            for key, migration in loader.disk_migrations.items():
                new = moves.get(key, key)
                copied = type(migration)(new[1], new[0])
                copied.dependencies = [
                    rebase.parents[key]
                    if key in moves and dependency[0] == key[0]
                    else moves.get(tuple(dependency), dependency)
                    for dependency in migration.dependencies
                ]
                copied.run_before = [moves.get(tuple(each), each) for each in migration.run_before]
                copied.replaces = [moves.get(tuple(each), each) for each in migration.replaces]
                self.disk_migrations[new] = copied

    labels = {old[0] for old, _ in rebase.moves}
    try:
        left = {*Future(None, ignore_no_migrations=True).detect_conflicts()} & labels
    except (NodeNotFoundError, CircularDependencyError, KeyError) as error:
        raise RebaseError(
            f"prodobit.E846: Rebased so, the migrations could not be put in an order: {error} "
            "Nothing was changed; rebase onto the other branch with --onto."
        ) from error
    if left:
        raise RebaseError(
            f"prodobit.E846: Rebased so, {', '.join(sorted(left))} would still have several latest "
            "migrations. Nothing was changed; join them with makemigrations --merge."
        )


def carry_out(rebase: Rebase) -> None:
    """Write the files: all of them, or none.

    Side effects:
        Moves and edits migration files, and removes what was compiled of them.

    Raises:
        RebaseError: A file has changed since it was read, or one of the new name is there, or the
            file system refuses; what was written is taken back.
    """
    done: list[Edit] = []
    try:
        for edit in rebase.edits:
            if edit.path.read_bytes() != edit.before:
                raise RebaseError(
                    f"prodobit.E845: {edit.path.name} was changed just now. Nothing was done; "
                    "rebase again."
                )
            _write(edit)
            done.append(edit)
        for edit in done:
            if edit.target != edit.path:
                edit.path.unlink()
            _forget_compiled(edit.path)
    except (OSError, RebaseError) as error:
        for edit in reversed(done):
            _take_back(edit)
        if isinstance(error, FileExistsError):
            raise RebaseError(
                f"prodobit.E845: {error.filename2 or error.filename} exists already, and is not "
                "overwritten. Nothing was changed; remove or rename it first."
            ) from error
        if isinstance(error, OSError):
            raise RebaseError(
                f"prodobit.E845: {error.filename}: {error.strerror}. Nothing was changed."
            ) from error
        raise


def _write(edit: Edit) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".rebase-", dir=edit.target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(edit.after)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(edit.path, temporary)
        if edit.target == edit.path:
            temporary.replace(edit.target)
        else:
            # Unlike a rename it never overwrites.
            os.link(temporary, edit.target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _take_back(edit: Edit) -> None:
    if edit.target != edit.path:
        if not edit.path.exists():
            edit.path.write_bytes(edit.before)
        edit.target.unlink(missing_ok=True)
    else:
        edit.path.write_bytes(edit.before)


def _forget_compiled(path: Path) -> None:
    # It is told from its source by size and second; both may be what they were.
    if path.suffix == ".py":
        with suppress(OSError, NotImplementedError):
            Path(importlib.util.cache_from_source(str(path))).unlink()
