"""``manage.py migrate``: Django's own, under the lock, on databases that are there already too."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import AmbiguityError

from database.migrating.autodetector import MigrationAutodetector
from database.migrating.executor import MigrationExecutor, in_place_of_djangos
from database.migrating.project import own_labels
from database.schema import lock

DIFFERENT, UNDECIDED = 3, 4


class Command(migrate.Command):
    """Django's migrate, which waits for others and records what the database has already."""

    autodetector = MigrationAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare Django's options and the two of adoption."""
        super().add_arguments(parser)
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

    def handle(self, *args: Any, **options: Any) -> None:
        """Record what is there, then run the rest as Django does."""
        with in_place_of_djangos(migrate):
            self._handle(*args, **options)

    def _handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        reading = options["plan"] or options["check_unapplied"]
        if connection.vendor != "postgresql" or reading:
            super().handle(*args, **options)
            return
        with lock.hold(connection, application="prodobit migrate", on_wait=self._say_waiting):
            if not (options["fake"] or options["fake_initial"] or options["prune"]):
                self._adopt(connection, options)
            super().handle(*args, **options)

    def _say_waiting(self, session: lock.Session | None) -> None:
        self.stderr.write(lock.describe_wait(session), lambda text: text)
        self.stderr.flush()

    def _adopt(self, connection: BaseDatabaseWrapper, options: dict[str, Any]) -> None:
        executor = MigrationExecutor(connection)
        plan = self._plan(executor, options)
        labels = own_labels(apps)
        if not any(migration.app_label in labels for migration, _ in plan):
            return
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
        adoption.record(connection, executor, plan, found, run_data=options["run_data_migrations"])
        if options["verbosity"] >= 1:
            self.stdout.write(
                self.style.MIGRATE_HEADING("Recorded, as the database has them already:")
            )
            for migration in found.recorded:
                self.stdout.write(f"  {migration}")

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
