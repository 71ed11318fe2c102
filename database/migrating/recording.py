"""The executor and the recorder of ``migrate``, which write the ledger with Django's record."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_init, post_save, pre_init, pre_save

from database.migrating import executor
from database.migrating.ledger import Event, Ledger
from database.migrating.statements import Run, Watcher, watch, watcher_of

if TYPE_CHECKING:
    from database.migrating.fingerprint import Fingerprint

WITHOUT_FINGERPRINT = frozenset(("unapplied", "forgotten", "replaced"))
RUN = frozenset(("run", "adopted", "unapplied"))
TOLD = (pre_init, post_init, pre_save, post_save)
"""Who is told of every row that a model makes, is told of Django's records too."""


@dataclass
class _Doing:
    """The migration that is being applied or taken back."""

    migration: Migration
    event: str
    print: Fingerprint | None


class Recorder(MigrationRecorder):
    """Django's recorder, which writes every record down in the ledger too, in one transaction.

    Args:
        connection: The connection to the database.
        find: Returns a migration that is on disk by app and name.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        find: Callable[[tuple[str, str]], Migration | None],
    ) -> None:
        super().__init__(connection)
        self.ledger = Ledger(connection)
        self.find = find
        self.doing: _Doing | None = None
        self.otherwise = ""

    def ensure_schema(self) -> None:
        """Make sure that both tables are there and can be written.

        Raises:
            LedgerError: The ledger cannot.
        """
        super().ensure_schema()
        self.ledger.prepare()

    def record_applied(self, app: str, name: str) -> None:
        """Record that a migration is applied, and how that came."""
        event = self.otherwise or "faked"
        if not any(signal.has_listeners(self.Migration) for signal in TOLD):
            self.ensure_schema()
            field = self.Migration._meta.get_field("applied")
            applied = field.get_db_prep_save(field.get_default(), self.connection)
            self._write(app, name, event, applied=applied)
            return
        with transaction.atomic(using=self.connection.alias, savepoint=False):
            super().record_applied(app, name)
            self._write(app, name, event)

    def record_unapplied(self, app: str, name: str) -> None:
        """Record that a migration is not applied any more."""
        with transaction.atomic(using=self.connection.alias, savepoint=False):
            super().record_unapplied(app, name)
            self._write(app, name, "forgotten")

    def _write(self, app: str, name: str, event: str, *, applied: Any = None) -> None:
        doing, migration = self.doing, self.find((app, name))
        printed, statements, seconds = None, [], None
        if doing is not None and (app, name) == _key(doing.migration):
            event, printed = doing.event, doing.print
        elif doing is not None:
            event = "forgotten" if doing.event in ("unapplied", "forgotten") else "replaced"
        run = watcher_of(self.connection).run
        if event in RUN and run is not None and _key(run.migration) == (app, name):
            # Of what is adopted, what no comparison could find there may have been run.
            seconds, statements = run.elapsed, _statements(run)
        if printed is None and migration is not None:
            printed = self._print(migration, event)
        self.ledger.write(
            Event(
                event,
                app,
                name,
                fingerprint=printed.digest if printed else "",
                source=printed.source if printed else "",
                operations=printed.operations if printed else "",
                replaces=[".".join(key) for key in migration.replaces] if migration else (),
                statements=statements,
                seconds=seconds,
            ),
            applied=applied,
        )

    def _print(self, migration: Migration, event: str) -> Fingerprint | None:
        if event in WITHOUT_FINGERPRINT:
            return None
        from database.migrating import fingerprint

        return fingerprint.of(migration)

    @contextmanager
    def during(self, migration: Migration, event: str) -> Iterator[None]:
        """Let what is recorded in the block be the outcome of one migration."""
        from database.migrating.operations import keeps_session

        self.doing = _Doing(migration, event, None)
        if not keeps_session(migration):
            # Before it runs: an operation that nobody knows may change what it was made of.
            self.prepare()
        try:
            yield
        finally:
            self.doing = None

    def prepare(self) -> None:
        """Work out what can be known of the record before it is written."""
        doing = self.doing
        if doing is not None and doing.print is None:
            doing.print = self._print(doing.migration, doing.event)

    @contextmanager
    def noting(self, event: str) -> Iterator[None]:
        """Let what is recorded in the block without being run be of this kind."""
        before, self.otherwise = self.otherwise, event
        try:
            yield
        finally:
            self.otherwise = before


def _key(migration: Migration) -> tuple[str, str]:
    return migration.app_label, migration.name


def _statements(run: Run) -> list[dict[str, Any]]:
    from database.migrating.sql_text import without_passwords

    return [
        {
            "sql": without_passwords(statement.sql),
            "operation": statement.operation,
            "seconds": statement.seconds,
            "times": statement.times,
        }
        for statement in run.statements
        if not statement.failed
    ]


class MigrationExecutor(executor.MigrationExecutor):
    """The executor that keeps the ledger."""

    recorder: Any

    def __init__(self, connection: Any, progress_callback: Any = None, **options: Any) -> None:
        super().__init__(connection, progress_callback, **options)
        if connection.vendor == "postgresql":
            self.recorder = Recorder(connection, lambda key: self.loader.disk_migrations.get(key))

    @property
    def _keeps_ledger(self) -> bool:
        return isinstance(self.recorder, Recorder)

    def migrate(self, *args: Any, **options: Any) -> Any:
        """Migrate, watched by somebody, so that the SQL is known."""
        if any(isinstance(each, Watcher) for each in self.connection.execute_wrappers):
            return super().migrate(*args, **options)
        with watch(self.connection):
            return super().migrate(*args, **options)

    def apply_migration(
        self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        """Run a migration forwards, and return the state after it."""
        if not self._keeps_ledger:
            return super().apply_migration(state, migration, fake, fake_initial)
        with self.recorder.during(migration, "faked" if fake else "run"):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(self, state: Any, migration: Migration, fake: bool = False) -> Any:
        """Run a migration backwards, and return the state before it."""
        if not self._keeps_ledger:
            return super().unapply_migration(state, migration, fake)
        with self.recorder.during(migration, "forgotten" if fake else "unapplied"):
            return super().unapply_migration(state, migration, fake)

    def while_it_ends(self) -> None:
        """Prepare the record of a migration whose last statements are still being executed."""
        if self._keeps_ledger:
            self.recorder.prepare()

    def detect_soft_applied(self, project_state: Any, migration: Migration) -> Any:
        """Tell whether an initial migration's tables are there, for ``--fake-initial``."""
        applied, state = super().detect_soft_applied(project_state, migration)
        if applied and self._keeps_ledger and self.recorder.doing is not None:
            self.recorder.doing.event = "faked"
        return applied, state

    def check_replacements(self) -> None:
        """Record the squashed migrations all of whose originals are applied."""
        if not self._keeps_ledger:
            super().check_replacements()
            return
        with self.recorder.noting("squashed"):
            super().check_replacements()
