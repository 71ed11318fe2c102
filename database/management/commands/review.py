"""``manage.py review``: what pending migrations do to this database, before they do it."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

WRONG_USAGE, FOUND = 2, 3


class Command(BaseCommand):
    """Shows the SQL of migrations, and what each statement does to this database."""

    help = (
        "Shows the SQL of pending (or named) migrations, statement by statement: the locks it "
        "takes, which tables it reads or rewrites and how big they are here, what it loses, and "
        "the safe way to write it. Nothing is run or changed."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "app_label", nargs="?", default="", help="An app; default: all pending migrations."
        )
        parser.add_argument(
            "migration_name", nargs="?", default="", help="A migration, or how its name begins."
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help="The database they are to be run on; default: %(default)s.",
        )
        parser.add_argument(
            "--offline",
            action="store_true",
            help="Ask no database: sizes are unknown, and what the main branch has counts as done.",
        )
        parser.add_argument(
            "--new", action="store_true", help="Leave out what the main branch has already."
        )
        parser.add_argument(
            "--fail-on",
            choices=("warning", "danger"),
            help="Exit 3 if anything so bad is found, or worse.",
        )
        form = parser.add_mutually_exclusive_group()
        form.add_argument(
            "--json", action="store_true", help="One JSON document on stdout, text on stderr."
        )
        form.add_argument(
            "--markdown", action="store_true", help="Markdown for a pull request on stdout."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Review, print, and leave with the exit code that says what was found."""
        from database.management import review_output
        from database.review.findings import Severity

        if os.environ.get("NO_COLOR"):
            # https://no-color.org; Django has only its own option for it.
            self.style = no_style()
        started = time.monotonic()
        try:
            result = self._review(options)
        except CommandError as error:
            if options["json"]:
                document = {"error": str(error), "exit_code": error.returncode}
                self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            raise
        limit = options["fail_on"]
        failed = bool(limit) and result.severity >= Severity[limit.upper()]
        if options["json"]:
            document = review_output.as_json(result) | {
                "database": None if result.server_version is None else options["database"],
                "exit_code": FOUND if failed else 0,
                "seconds": round(time.monotonic() - started, 3),
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            self._text(self.stderr, result)
        elif options["markdown"]:
            for line in review_output.markdown(result):
                self.stdout.write(line)
        else:
            self._text(self.stdout, result)
        if failed:
            self.stderr.write(
                f"prodobit.E864: There are findings of {limit} or worse. Write them in the safe "
                "way that is given with each, or review without --fail-on."
            )
            sys.exit(FOUND)

    def _text(self, stream: Any, result: Any) -> None:
        from database.management import review_output

        for line in review_output.text(result, self.style):
            stream.write(line, lambda text: text)

    def _review(self, options: dict[str, Any]) -> Any:
        from database.review.review import ReviewError, Wanted, review
        from database.schema.patience import is_blocked

        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            raise CommandError(
                "prodobit.E866: Only migrations of a PostgreSQL database can be reviewed. Give "
                "another --database.",
                returncode=WRONG_USAGE,
            )
        wanted = Wanted(options["app_label"], options["migration_name"], options["new"])
        online = not options["offline"]
        asides: tuple[str, ...] = ()
        if online:
            try:
                connection.ensure_connection()
            except OperationalError as error:
                online = False
                first = str(error).splitlines()[0].split(": ", 2)[-1]
                asides = (
                    f"prodobit.W879: The database cannot be reached ({first}), so how big tables "
                    "are is unknown. Review where it can be, or give --offline.",
                )
        try:
            found = review(connection, wanted, online=online, folder=Path(settings.BASE_DIR))
        except ReviewError as error:
            raise CommandError(f"{error.id}: {error}", returncode=WRONG_USAGE) from None
        except OperationalError as error:
            if not is_blocked(error):
                raise
            raise CommandError(
                "prodobit.E868: Another session has locked what is to be read, and did not give it "
                "back for 5 seconds. Review again when it is done."
            ) from None
        return replace(found, asides=(*asides, *found.asides))
