"""``manage.py history``: what was done to each migration, when, by whom, and with what SQL."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections

WRONG_USAGE = 2


class Command(BaseCommand):
    """Shows the history of the migrations of a database."""

    help = (
        "Shows which migrations are applied, adopted, faked, pending or edited since, when that "
        "was done, how long it took and who did it. With the name of a migration: its SQL too."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("app_label", nargs="?", help="Only the migrations of this app.")
        parser.add_argument(
            "migration_name", nargs="?", help="Only this one, or the one that begins so, in full."
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database whose history is shown; "default" by default.',
        )
        parser.add_argument("--json", action="store_true", help="Everything as one JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the history and print it."""
        if os.environ.get("NO_COLOR"):
            # https://no-color.org; Django has only its own option for it.
            self.style = no_style()
        from database.management.history_output import Output, document
        from database.management.migrate_history import explained
        from database.migrating import history
        from database.migrating.ledger import Ledger
        from database.migrating.loader import MigrationLoader

        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            raise CommandError("The history is kept in PostgreSQL only.", returncode=WRONG_USAGE)
        with explained():
            loader = MigrationLoader(connection, ignore_no_migrations=True)
            found = history.standings(connection, loader, options["app_label"])
            found = self._chosen(found, options)
            named = options["migration_name"] is not None
            ids = [entry.id for item in found for entry in item.entries]
            texts = Ledger(connection).texts(ids) if ids and (named or options["json"]) else {}
        diffs = history.diffs(loader, found, texts)
        if options["json"]:
            self.stdout.write(json.dumps(document(connection, loader, found, texts, diffs)))
            return
        output = Output(self.stdout, self.style)
        if named:
            output.one(found[0], texts, diffs.get(found[0].key, ()))
        else:
            output.table(found)

    def _chosen(self, found: Iterable[Any], options: dict[str, Any]) -> list[Any]:
        label, name = options["app_label"], options["migration_name"]
        items = list(found)
        if label and not items:
            known = label in {config.label for config in apps.get_app_configs()}
            reason = "has no migrations" if known else "is not installed, and was never migrated"
            raise CommandError(f"The app {label} {reason}.", returncode=WRONG_USAGE)
        if name is None:
            return items
        exact = [item for item in items if item.key[1] == name]
        chosen = exact or [item for item in items if item.key[1].startswith(name)]
        if len(chosen) != 1:
            names = ", ".join(item.key[1] for item in chosen)
            reason = f"more than one begins so: {names}" if chosen else "there is none"
            raise CommandError(f"{label}.{name}: {reason}.", returncode=WRONG_USAGE)
        return chosen
