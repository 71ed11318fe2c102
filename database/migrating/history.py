"""What became of each migration here: pending, applied, adopted, faked, edited since, file gone."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import (
    CircularDependencyError,
    InconsistentMigrationHistory,
    NodeNotFoundError,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration

from database.migrating.ledger import APPLIED, Entry, Event, Ledger, LedgerError, Texts
from database.migrating.source_file import source_of

if TYPE_CHECKING:
    from database.migrating.fingerprint import Fingerprint

type Key = tuple[str, str]

STATES = {
    "run": "applied",
    "adopted": "adopted",
    "faked": "faked",
    "squashed": "applied",
    "replaced": "replaced",
    "accepted": "applied",
}


@dataclass(frozen=True, slots=True)
class Edited:
    """A migration whose operations are other than when it was applied.

    Attributes:
        key: App and name.
        diff: A unified diff from the operations that were applied to those of the file.
    """

    key: Key
    diff: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.key)


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not fit between a database and the files.

    Attributes:
        edited: Applied migrations whose operations have changed since.
        gone: Applied migrations that have no file any more.
    """

    edited: tuple[Edited, ...] = ()
    gone: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """One migration, as ``history`` shows it.

    Attributes:
        key: App and name.
        state: ``pending``, ``applied``, ``adopted``, ``faked``, ``replaced``, ``edited`` or
            ``file gone``.
        applied: When Django recorded it; None for pending ones.
        entries: The rows of the ledger about it, oldest first; empty where it was applied
            without one.
    """

    key: Key
    state: str
    applied: datetime | None
    entries: tuple[Entry, ...]

    @property
    def last(self) -> Entry | None:
        """The row that says how it came to be applied; None where there is none."""
        if self.applied is None or not self.entries:
            return None
        # What was accepted had been applied before, which is what people want to know.
        for entry in reversed(self.entries):
            if entry.event not in APPLIED:
                return None
            if entry.event != "accepted":
                return entry
        return None


def examine(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, app_labels: Collection[str]
) -> Findings:
    """Compare the applied migrations of some apps with their files.

    A file that is byte by byte what it was costs only its reading. Two queries; one more where
    something was edited.

    Args:
        connection: The connection; it is only read.
        loader: Loaded with what this database has applied.
        app_labels: The apps.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    applied = [key for key in loader.applied_migrations if key[0] in app_labels]
    if not applied:
        return Findings()
    ledger = Ledger(connection)
    last = {(entry.app, entry.name): entry for entry in ledger.read(last=True)}
    changed = _changed(last, (key for key in applied if key in loader.graph.nodes), loader)
    return Findings(
        _with_diffs(ledger, changed, loader), tuple(sorted(_gone(applied, last, loader)))
    )


def _changed(
    last: Mapping[Key, Entry], applied: Iterable[Key], loader: MigrationLoader
) -> list[tuple[Entry, Fingerprint]]:
    found = []
    for key in sorted(applied):
        entry, migration = last.get(key), loader.disk_migrations.get(key)
        if entry is None or migration is None or not entry.fingerprint:
            continue
        if entry.event not in APPLIED or source_of(migration) == entry.source:
            continue
        from database.migrating import fingerprint

        now = fingerprint.of(migration)
        known = entry.fingerprint.startswith(f"{fingerprint.VERSION}:")
        if known and now.digest and now.digest != entry.fingerprint:
            found.append((entry, now))
    return found


def _gone(applied: Iterable[Key], last: Mapping[Key, Entry], loader: MigrationLoader) -> set[Key]:
    replaced = {
        replaced
        for key, entry in last.items()
        if key in loader.applied_migrations
        for replaced in entry.replaces
    }
    replaced |= {
        ".".join(key) for migration in loader.disk_migrations.values() for key in migration.replaces
    }
    # An app whose models are replaced has its files, and its migrations are out of use.
    unused = {
        label for label in loader.unmigrated_apps if loader.migrations_module(label)[0] is None
    }
    return {
        key
        for key in applied
        if key not in loader.disk_migrations
        and ".".join(key) not in replaced
        and key[0] not in unused
    }


def _with_diffs(
    ledger: Ledger,
    changed: Collection[tuple[Entry, Fingerprint]],
    loader: MigrationLoader,
) -> tuple[Edited, ...]:
    if not changed:
        return ()
    texts = ledger.texts([entry.id for entry, _ in changed])
    return tuple(
        Edited((entry.app, entry.name), difference(texts[entry.id].operations, now.operations))
        for entry, now in changed
    )


def difference(before: str, after: str) -> tuple[str, ...]:
    """Return a unified diff of two texts of operations, without line ends."""
    import difflib

    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "as applied", "in the file", lineterm=""
    )
    return tuple(lines)


def standings(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, app_label: str | None = None
) -> list[Standing]:
    """Return all migrations of one app, or of all, in the order in which they are to be applied.

    Those whose file is gone come after the others of their app, in the order of their names.
    Reads only.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    ledger = Ledger(connection)
    entries: dict[Key, list[Entry]] = defaultdict(list)
    for entry in ledger.read():
        entries[entry.app, entry.name].append(entry)
    last = {key: rows[-1] for key, rows in entries.items()}
    order = list(dict.fromkeys(_in_order(loader)))
    known = set(order)
    order += sorted(key for key in {*loader.applied_migrations, *entries} if key not in known)
    edited = {
        (entry.app, entry.name)
        for entry, _ in _changed(
            last, (key for key in loader.applied_migrations if key in loader.graph.nodes), loader
        )
    }
    gone = _gone(loader.applied_migrations, last, loader)
    labels = sorted({label for label, _ in order})
    return [
        Standing(
            key,
            _state(key, loader, last.get(key), edited, gone),
            getattr(loader.applied_migrations.get(key), "applied", None),
            tuple(entries.get(key, ())),
        )
        for label in labels
        if app_label in (None, label)
        for key in order
        if key[0] == label and (key in known or key in loader.applied_migrations)
    ]


def _in_order(loader: MigrationLoader) -> list[Key]:
    return [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)]


def _state(
    key: Key,
    loader: MigrationLoader,
    last: Entry | None,
    edited: Collection[Key],
    gone: Collection[Key],
) -> str:
    if key not in loader.applied_migrations:
        return "pending"
    if key in gone:
        return "file gone"
    if key in edited:
        return "edited"
    if key not in loader.graph.nodes:
        return "replaced"
    return STATES.get(last.event, "applied") if last else "applied"


def accept(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, keys: Iterable[Key]
) -> list[Key]:
    """Write down that applied migrations are as their files say now.

    Args:
        connection: The connection to the database.
        loader: Loaded with what this database has applied.
        keys: The migrations; what is not applied or has no file is passed over.

    Returns:
        Those that were written down.

    Raises:
        LedgerError: The ledger cannot be written.
    """
    from database.migrating import fingerprint

    ledger = Ledger(connection)
    found: list[Key] = []
    with transaction.atomic(using=connection.alias):
        for key in keys:
            migration: Migration | None = loader.disk_migrations.get(key)
            if migration is None or key not in loader.applied_migrations:
                continue
            printed = fingerprint.of(migration)
            ledger.prepare()
            ledger.write(
                Event(
                    "accepted",
                    *key,
                    fingerprint=printed.digest,
                    source=printed.source,
                    operations=printed.operations,
                    replaces=[".".join(item) for item in migration.replaces],
                )
            )
            found.append(key)
    return found


def unrecorded(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, app_labels: Collection[str]
) -> list[Key]:
    """Return applied migrations of some apps of which nobody wrote down what they did."""
    last = {(entry.app, entry.name): entry for entry in Ledger(connection).read(last=True)}
    return sorted(
        key
        for key in loader.applied_migrations
        if key[0] in app_labels
        and key in loader.graph.nodes
        and ((entry := last.get(key)) is None or not entry.fingerprint)
    )


def late(loader: MigrationLoader, plan: Iterable[tuple[Migration, bool]]) -> dict[Key, list[Key]]:
    """Return the migrations of a plan beside or before which others of their app are applied.

    Returns:
        By migration, in the order of the plan: the latest applied migrations of the same app that
        do not come before it, of which it could not know.
    """
    found: dict[Key, list[Key]] = {}
    by_app: dict[str, set[Key]] = defaultdict(set)
    for key in loader.applied_migrations:
        if key in loader.graph.nodes:
            by_app[key[0]].add(key)
    in_time: set[Any] = set()
    for migration, backwards in plan:
        key = (migration.app_label, migration.name)
        applied = by_app[migration.app_label]
        if backwards or not applied:
            continue
        parents = loader.graph.node_map[key].parents
        if any(parent.key[0] == key[0] and parent.key in in_time for parent in parents):
            in_time.add(key)
            continue
        others = applied - set(loader.graph.forwards_plan(key))
        # Of a line of migrations its last one says it all.
        shadowed: set[Any] = {
            parent.key for other in others for parent in loader.graph.node_map[other].parents
        }
        if others:
            found[key] = sorted(others - shadowed)
        else:
            in_time.add(key)
    return found


def broken_graph(error: Exception) -> str:
    """Explain why the migration files cannot be put in an order."""
    return (
        f"prodobit.E835: The migrations cannot be put in an order: {str(error).rstrip('.')}. "
        "Restore the file, or correct the dependencies that name it."
    )


def inconsistent(error: Exception) -> str:
    """Explain that something is applied which depends on something that is not."""
    return (
        f"prodobit.E836: {error} Nothing was changed. A migration came into the history before "
        "one that is applied already: take the applied one back first (migrate to the one before "
        "both), or let the new one follow it (makemigrations --merge, or edit its dependencies)."
    )


def diffs(
    loader: MigrationLoader, found: Iterable[Standing], texts: Mapping[int, Texts]
) -> dict[Key, tuple[str, ...]]:
    """Return how the edited ones of some migrations differ from what was applied.

    Args:
        loader: What loaded the files.
        found: The migrations.
        texts: The long texts of their rows.
    """
    from database.migrating import fingerprint

    return {
        item.key: difference(
            texts[item.entries[-1].id].operations,
            fingerprint.of(loader.disk_migrations[item.key]).operations,
        )
        for item in found
        if item.state == "edited" and item.entries[-1].id in texts
    }


def sentence(error: BaseException) -> str | None:
    """Explain what is wrong with the history; None for an error that has nothing to do with it."""
    if isinstance(error, NodeNotFoundError | CircularDependencyError):
        return broken_graph(error)
    if isinstance(error, InconsistentMigrationHistory):
        return inconsistent(error)
    if isinstance(error, LedgerError):
        return f"{error.id}: {error}"
    return unloadable(error)


def unloadable(error: BaseException) -> str | None:
    """Explain that a migration file cannot be loaded; None for an error of another kind."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not any(frame.f_code is MigrationLoader.load_disk.__code__ for frame, _ in frames):
        return None
    if isinstance(error, SyntaxError) and error.filename:
        file, line, text = error.filename, error.lineno, error.msg
    else:
        frame, line = frames[-1]
        file, text = frame.f_code.co_filename, str(error)
    place = f" at {Path(file).parent.name}/{Path(file).name}:{line}"
    if frames[-1][0].f_code is MigrationLoader.load_disk.__code__:
        # The loader's own complaint, which names the migration.
        place = ""
    return (
        f"prodobit.E839: The migrations cannot be loaded: {type(error).__name__}{place}: "
        f"{' '.join(text.split()).rstrip('.')}. Nothing was done; correct the file (--traceback "
        "shows more)."
    )
