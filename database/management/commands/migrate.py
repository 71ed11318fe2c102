"""``manage.py migrate``: Django's own, under the lock, on databases that are there already too."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.color import no_style
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import (
    AmbiguityError,
    InvalidMigrationPlan,
    MigrationSchemaMissing,
)

from database.checks import left_to_command
from database.management import migrate_history
from database.management.migrate_output import Output
from database.management.whole_process import WholeProcess
from database.migrating import receivers
from database.migrating.autodetector import MigrationAutodetector
from database.migrating.executor import in_place_of_djangos
from database.migrating.footprint import is_untouched
from database.migrating.monitor import INTERVAL, Monitor
from database.migrating.present_state import PresentState
from database.migrating.project import own_labels
from database.migrating.recording import MigrationExecutor
from database.migrating.statements import Watcher, watch
from database.migrating.timeouts import Timeouts
from database.schema import lock
from database.schema.errors import RefusedError, TerminatedError
from database.schema.patience import LOCK_TIMEOUT, LONGEST_TIMEOUT, Patience

FAILED, WRONG_USAGE, DIFFERENT, UNDECIDED = 1, 2, 3, 4
INTERRUPTED, TERMINATED = 130, 143
"""As shells count: 128 and the number of the signal."""

SHORTEST_INTERVAL = 0.02
"""Seconds between two looks at who is in the way."""

HISTORY_ERRORS = (InvalidMigrationPlan, MigrationSchemaMissing)


@contextmanager
def ended_by_a_signal() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that what runs on the server is cancelled."""

    def end(number: int, frame: object) -> None:
        raise TerminatedError

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Command(WholeProcess, migrate.Command):
    """Django's migrate, which waits for others and records what the database has already."""

    autodetector = MigrationAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare Django's options, those of adoption and history, and how long to wait."""
        super().add_arguments(parser)
        migrate_history.add_arguments(parser)
        data = parser.add_mutually_exclusive_group()
        data.add_argument(
            "--adopt-data-migrations",
            action="store_true",
            help="Record migrations with Python or SQL in them as done if the database has the "
            "rest of them already.",
        )
        data.add_argument(
            "--run-data-migrations",
            action="store_true",
            help="Run the Python and SQL of migrations that the database has the rest of already.",
        )
        parser.add_argument(
            "--lock-wait",
            type=float,
            metavar="S",
            help="Seconds to wait while others change the schema; default: as long as it takes.",
        )
        parser.add_argument(
            "--lock-timeout",
            type=float,
            metavar="S",
            help="Seconds a statement may wait for a lock before its transaction is rolled back "
            f"and tried again; 0 for ever; default: DB_LOCK_TIMEOUT, or {LOCK_TIMEOUT:g}.",
        )
        parser.add_argument(
            "--statement-timeout",
            type=float,
            metavar="S",
            help="Seconds a statement may take; 0 for ever; default: DB_STATEMENT_TIMEOUT, or as "
            "the server has it.",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; what is applied and was edited is its own affair, not of the checks."""
        with left_to_command():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Record what is there, then run the rest as Django does."""
        if os.environ.get("NO_COLOR"):
            # https://no-color.org; Django has only its own option for it.
            self.style = no_style()
        connection = connections[options["database"]]
        reading = options["plan"] or options["check_unapplied"]
        if connection.vendor != "postgresql" or reading:
            with in_place_of_djangos(migrate), self._history(options):
                if connection.vendor == "postgresql":
                    self._verify(connection, MigrationExecutor(connection), options)
                super().handle(*args, **options)
            return
        patience = self._patience(options)
        try:
            with lock.hold(
                connection,
                application="prodobit migrate",
                on_wait=self._say_waiting,
                wait=options["lock_wait"],
            ) as held:
                self._run(connection, held, patience, args, options)
        except RefusedError as error:
            raise CommandError(f"{error.id}: {error}") from None

    def _patience(self, options: dict[str, Any]) -> Patience:
        for name in ("lock_wait", "lock_timeout", "statement_timeout"):
            seconds = options[name]
            if seconds is not None and not 0 <= seconds <= LONGEST_TIMEOUT:
                raise CommandError(
                    f"prodobit.E803: --{name.replace('_', '-')} is a number of seconds from 0 to "
                    f"{LONGEST_TIMEOUT}.",
                    returncode=WRONG_USAGE,
                )
        lock_timeout, statement_timeout = options["lock_timeout"], options["statement_timeout"]
        if lock_timeout is None:
            lock_timeout = getattr(settings, "MIGRATE_LOCK_TIMEOUT", None)
        if statement_timeout is None:
            statement_timeout = getattr(settings, "MIGRATE_STATEMENT_TIMEOUT", None)
        return Patience(LOCK_TIMEOUT if lock_timeout is None else lock_timeout, statement_timeout)

    def _say_waiting(self, session: lock.Session | None) -> None:
        self.stderr.write(lock.describe_wait(session), lambda text: text)
        self.stderr.flush()

    def _run(
        self,
        connection: BaseDatabaseWrapper,
        held: lock.Held,
        patience: Patience,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        """Run under the lock, so that the plan is made of what others have left."""
        timeouts = Timeouts(connection, patience)
        terminal = self.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.output = Output(self.stdout, terminal=terminal)
        self.executor: MigrationExecutor | None = None
        self.is_same: bool | None = None
        vars(self)["autodetector"] = self._remembering(self.autodetector)
        with watch(connection) as watcher, timeouts.kept(), ended_by_a_signal():
            self.monitor = Monitor(
                held,
                watcher,
                self.output.sample if options["verbosity"] else lambda sample: None,
                interval=min(INTERVAL, max(patience.lock_timeout / 4, SHORTEST_INTERVAL)),
            )

            def retry(attempt: int, pause: float) -> None:
                if options["verbosity"]:
                    self.output.retry(watcher.run, attempt, pause, self.monitor.blocking)

            def make_executor(connection: Any, progress_callback: Any = None) -> MigrationExecutor:
                if self.executor is None:
                    self.executor = MigrationExecutor(connection, timeouts=timeouts, on_retry=retry)
                self.executor.progress_callback = progress_callback
                return self.executor

            try:
                with (
                    in_place_of_djangos(migrate, make_executor),
                    receivers.spared(migrate, self._is_current),
                    self._history(options),
                ):
                    self._verify(connection, make_executor(connection), options)
                    if not (options["fake"] or options["fake_initial"] or options["prune"]):
                        self._adopt(connection, make_executor(connection), options)
                    super().handle(*args, **options)
            except (Exception, KeyboardInterrupt) as error:
                self.monitor.stop()
                self._explain(error, watcher, held, patience)
                raise
            finally:
                self.monitor.stop()
        if options["verbosity"]:
            self.output.summary(watcher.runs)

    def _remembering(self, detector: type[MigrationAutodetector]) -> type[MigrationAutodetector]:
        """Return an autodetector that shares with this command whether there is nothing to find."""
        command = self

        class Remembering(detector):  # type: ignore[valid-type, misc]
            def changes(self, *args: Any, **options: Any) -> Any:
                if command.is_same:
                    return {}
                found = super().changes(*args, **options)
                command.is_same = not found
                return found

        return Remembering

    def _is_current(self) -> bool:
        """Tell whether all migrations are applied, and the models are as they say."""
        if self.executor is None or not self.executor.loader.is_applied:
            return False
        if self.is_same is None:
            # Django looks later, if it would say anything of it.
            state = self.executor.loader.project_state()
            self.is_same = self.autodetector.finds_nothing(state, PresentState.from_apps(apps))
        return self.is_same

    @contextmanager
    def _history(self, options: dict[str, Any]) -> Iterator[None]:
        """Explain what is wrong with the history of the migrations."""
        try:
            with migrate_history.explained():
                yield
        except CommandError:
            from database.management import migration_conflicts

            with migration_conflicts.explained(options["database"]):
                raise

    def _verify(
        self, connection: BaseDatabaseWrapper, executor: MigrationExecutor, options: dict[str, Any]
    ) -> None:
        migrate_history.verify(self, connection, executor.loader, own_labels(apps), options)

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        """Write Django's lines, and what happens while a migration runs between them."""
        if action.endswith("_success"):
            self.output.close()
        super().migration_progress_callback(action, migration, fake)
        if action in ("apply_start", "unapply_start") and self.executor is not None:
            verb = "Applying" if action == "apply_start" else "Unapplying"
            self.output.total = self.executor.total
            self.output.open(f"  {verb} {migration}...")
            self.monitor.start()

    def _explain(
        self, error: BaseException, watcher: Watcher, held: lock.Held, patience: Patience
    ) -> None:
        """Raise what is to be told instead of an error, if it is one of a migration.

        Raises:
            CommandError: A migration failed.
        """
        if isinstance(error, CommandError | BrokenPipeError):
            return
        if isinstance(error, HISTORY_ERRORS):
            text = " ".join(str(error).split()).rstrip(".")
            raise CommandError(
                f"prodobit.E809: {text}. Nothing was changed; correct the migrations, then "
                "migrate again."
            ) from error
        # Not at the top: a command that does not fail does not pay for it.
        from database.migrating.failure import examine, read_invalid

        try:
            invalid = read_invalid(held.connection)
        except psycopg.Error:
            # The server is gone, which the report says.
            invalid = []
        failure = examine(
            error,
            watcher,
            total=self.executor.total if self.executor else 0,
            blocking=self.monitor.blocking,
            lock_timeout=patience.lock_timeout,
            invalid=invalid,
        )
        if failure is None:
            return
        self.output.end()
        code = FAILED
        if isinstance(error, KeyboardInterrupt):
            code = TERMINATED if isinstance(error, TerminatedError) else INTERRUPTED
        raise CommandError("\n".join(failure.lines()), returncode=code) from error

    def _adopt(
        self,
        connection: BaseDatabaseWrapper,
        executor: MigrationExecutor,
        options: dict[str, Any],
    ) -> None:
        plan = self._plan(executor, options)
        if options["verbosity"]:
            migrate_history.say_late(self, executor.loader, plan)
        labels = own_labels(apps)
        pending = [migration for migration, _ in plan if migration.app_label in labels]
        if not pending or is_untouched(connection, pending, executor.loader.applied_migrations):
            return
        # Not at the top: a database that is new does not pay for it.
        from database.migrating import adoption

        found = adoption.examine(connection, executor, plan, labels)
        if found.differences:
            self._say_differences(found.differences)
            sys.exit(DIFFERENT)
        if not found.recorded:
            return
        decided = options["adopt_data_migrations"] or options["run_data_migrations"]
        if found.data and not decided:
            names = ", ".join(str(migration) for migration in found.data)
            raise CommandError(
                "prodobit.E631: The database has the tables of these migrations already, but "
                f"nothing tells whether their Python or SQL has run: {names}. Give "
                "--adopt-data-migrations to record them as done, or --run-data-migrations to run "
                "their Python and SQL.",
                returncode=UNDECIDED,
            )
        with executor.recorder.noting("adopted"):
            adoption.record(
                connection, executor, plan, found, run_data=options["run_data_migrations"]
            )
        # Another one is made of the history as it is now.
        self.executor = None
        if options["verbosity"] >= 1:
            self.stdout.write(
                self.style.MIGRATE_HEADING("Recorded, as the database has them already:")
            )
            for migration in found.recorded:
                self.stdout.write(f"  {migration}")
            for table, tool in found.histories.items():
                self.stdout.write(f"Left alone: {table}, the history of {tool}.")

    def _plan(
        self, executor: MigrationExecutor, options: dict[str, Any]
    ) -> list[tuple[Migration, bool]]:
        """Return the plan that Django's command will make; an empty one if it will refuse."""
        graph = executor.loader.graph
        app_label, name = options["app_label"], options["migration_name"]
        targets: Sequence[tuple[str, str]] = graph.leaf_nodes()
        if app_label:
            targets = [key for key in targets if key[0] == app_label]
        if name:
            if name == "zero":
                return []
            try:
                migration = executor.loader.get_migration_by_prefix(app_label, name)
            except (KeyError, AmbiguityError):
                return []
            targets = [(app_label, migration.name)]
        if executor.loader.detect_conflicts() or any(key not in graph.nodes for key in targets):
            return []
        return executor.migration_plan(targets)

    def _say_differences(self, differences: Sequence[str]) -> None:
        self.stderr.write(
            "prodobit.E630: The database has a part of what these migrations make, and is in no "
            "state of theirs. It differs from the newest one in this:"
        )
        for line in differences:
            self.stderr.write(f"  {line}", lambda text: text)
        self.stderr.write(
            "Make the database match with push, or write the differences as a migration; nothing "
            "was changed.",
            lambda text: text,
        )
