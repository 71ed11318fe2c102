"""Write migrations for what has changed in the models."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import makemigrations
from django.db import DEFAULT_DB_ALIAS
from django.db.migrations import Migration

from database.management.whole_process import WholeProcess
from database.migrating.autodetector import MigrationAutodetector
from database.migrating.executor import in_place_of_djangos


class Command(WholeProcess, makemigrations.Command):
    """Django's makemigrations, in time that grows with the number of models."""

    autodetector = MigrationAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare Django's options and those of ``--rebase``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--rebase",
            action="store_true",
            help="Where an app has two latest migrations, let the one that is not applied follow "
            "the other: it gets the next number and another parent.",
        )
        parser.add_argument(
            "--onto",
            metavar="MIGRATION",
            help="With --rebase: the latest migration that stays as it is.",
        )

    def handle(self, *app_labels: str, **options: Any) -> None:
        """Write migrations."""
        from database.management import migrate_history

        with in_place_of_djangos(makemigrations), migrate_history.explained():
            if options["rebase"]:
                from database.management import migration_conflicts

                self.scriptable = options["scriptable"]
                migration_conflicts.run_rebase(self, app_labels, options, self._say)
                return
            if options["onto"]:
                migrate_history.refuse("--onto goes with --rebase.")
            try:
                super().handle(*app_labels, **options)
            except CommandError:
                # Not at the top: what goes well does not pay for it.
                from database.management import migration_conflicts

                with migration_conflicts.explained(DEFAULT_DB_ALIAS, app_labels):
                    raise

    def _say(self, text: str) -> None:
        """Write a line, whatever the stream's encoding can say of it."""
        encoding = getattr(self.log_output, "encoding", None) or "utf-8"
        self.log(text.encode(encoding, "replace").decode(encoding))

    def handle_merge(self, loader: Any, conflicts: dict[str, list[str]]) -> None:
        """Merge, and say first where the branches get in each other's way."""
        from database.management import migration_conflicts

        migration_conflicts.say_overlaps(self, loader, conflicts)
        super().handle_merge(loader, conflicts)

    def write_migration_files(
        self,
        changes: dict[str, list[Migration]],
        update_previous_migration_paths: dict[str, str] | None = None,
    ) -> None:
        """Write the files, then what is to be known of them before they are run."""
        super().write_migration_files(changes, update_previous_migration_paths)
        if not self.dry_run and self.verbosity >= 1:
            from database.management import review_output

            for line in review_output.written(changes, self.style):
                self.log(line)
