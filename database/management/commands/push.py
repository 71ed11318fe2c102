"""``manage.py push``: make the database match the models."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from database.management import push_output
from database.management.whole_process import WholeProcess
from database.migrating.project import own_labels
from database.schema import lock
from database.schema.answers import (
    AnswerError,
    Answers,
    closest,
    parse_fill,
    parse_rename,
)
from database.schema.changes import Plan, Question
from database.schema.errors import RefusedError
from database.schema.failure import OutdatedError, PushError, report
from database.schema.patience import LOCK_TIMEOUT
from database.schema.plan import Planner

FAILED, WRONG_USAGE, DIFFERENT, UNDECIDED = 1, 2, 3, 4


class Command(WholeProcess, BaseCommand):
    """Makes the database match the models, exactly and in one transaction."""

    help = (
        "Makes the database match the models, exactly and in one transaction. "
        "For development: a production database is changed by migrations."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "app_label", nargs="*", help="Apps to push; default: all apps of this project."
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help="The database to push to; default: %(default)s.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show everything and change nothing."
        )
        parser.add_argument(
            "--check", action="store_true", help="Show the differences; exit 3 if there are any."
        )
        parser.add_argument("--sql", action="store_true", help="Show the SQL as well.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive", help="Ask nothing."
        )
        parser.add_argument(
            "--accept-data-loss", action="store_true", help="Lose the rows and values named."
        )
        parser.add_argument(
            "--prune", action="store_true", help="Drop what nobody knows to be ours on our tables."
        )
        parser.add_argument(
            "--rename",
            action="append",
            default=[],
            metavar="app.Model.old=new | app.Old=New",
            help="A field or model was renamed (an empty new name: it was removed).",
        )
        parser.add_argument(
            "--fill",
            action="append",
            default=[],
            metavar="app.Model.field=VALUE",
            help="The value for rows that have none.",
        )
        parser.add_argument(
            "--promote",
            metavar="NAME",
            help="Write the migration for what has been pushed, and name it so.",
        )
        parser.add_argument(
            "--lock-timeout",
            type=float,
            default=LOCK_TIMEOUT,
            metavar="S",
            help="Seconds a statement may wait for a lock; default: %(default)g.",
        )
        parser.add_argument(
            "--json", action="store_true", help="One JSON document on stdout, text on stderr."
        )
        parser.add_argument(
            "--allow-production", action="store_true", help="Push although DEBUG is off."
        )

    def handle(self, *app_labels: str, **options: Any) -> None:
        """Push, and leave with the exit code that says how it went."""
        if os.environ.get("NO_COLOR"):
            # https://no-color.org; Django has only its own option for it.
            self.style = no_style()
        self.started = time.monotonic()
        self.document: dict[str, Any] = {"database": options["database"]}
        stream = self.stderr if options["json"] else self.stdout
        self.out = push_output.Output(
            lambda text: stream.write(text, self._plain, ending=""),
            stream.flush,
            self.style,
            getattr(stream, "encoding", None) or "utf-8",
            terminal=stream.isatty(),
        )
        try:
            code = self._push(app_labels or tuple(options["app_label"]), options)
        except BrokenPipeError:
            # Nobody reads on (push | head). What was not committed by now is rolled back; the
            # interpreter must not fail again when it flushes the stream at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(FAILED)
        except CommandError as error:
            if options["json"]:
                self._write_json("refused", error.returncode, {"error": str(error)})
            raise
        except AnswerError as error:
            if options["json"]:
                self._write_json("refused", WRONG_USAGE, {"error": f"{error.id}: {error}"})
            raise CommandError(f"{error.id}: {error}", returncode=WRONG_USAGE) from None
        except RefusedError as error:
            if options["json"]:
                self._write_json("refused", FAILED, {"error": f"{error.id}: {error}"})
            raise CommandError(f"{error.id}: {error}") from None
        if options["json"]:
            outcome = {0: "done", FAILED: "failed", DIFFERENT: "different"}.get(code, "refused")
            self._write_json(outcome, code, {})
        if code:
            sys.exit(code)

    @staticmethod
    def _plain(text: str) -> str:
        return text

    def _write_json(self, outcome: str, code: int, more: dict[str, Any]) -> None:
        self.document |= {
            "outcome": outcome,
            "exit_code": code,
            "seconds": round(time.monotonic() - self.started, 3),
            **more,
        }
        self.stdout.write(json.dumps(self.document, ensure_ascii=False, indent=2))

    def _push(self, app_labels: Collection[str], options: dict[str, Any]) -> int:
        reading = options["dry_run"] or options["check"]
        if not (settings.DEBUG or reading or options["allow_production"]):
            raise CommandError(
                "prodobit.E601: DEBUG is off, so this may be a production database, whose schema "
                "is changed by reviewed migrations. Write them with makemigrations and run "
                "migrate; or give --allow-production.",
                returncode=UNDECIDED,
            )
        if options["lock_timeout"] <= 0:
            raise CommandError(
                "prodobit.E623: --lock-timeout is a number of seconds above 0.",
                returncode=WRONG_USAGE,
            )
        if options["promote"] is not None and (reading or not options["promote"].isidentifier()):
            raise CommandError(
                "prodobit.E625: --promote takes a name of letters, digits and underscores, and "
                "neither --dry-run nor --check.",
                returncode=WRONG_USAGE,
            )
        labels = self._labels(app_labels)
        answers = Answers(
            renames=tuple(parse_rename(text) for text in options["rename"]),
            fills=dict(self._value(text) for text in options["fill"]),
            prune=options["prune"],
        )
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            raise CommandError(
                f"prodobit.E624: {options['database']} is no PostgreSQL database.",
                returncode=WRONG_USAGE,
            )
        self.interactive = options["interactive"] and sys.stdin.isatty()
        guard = (
            nullcontext()
            if reading
            else lock.hold(connection, application="prodobit push", on_wait=self.out.waiting)
        )
        try:
            with guard:
                while True:
                    try:
                        return self._push_once(connection, labels, answers, options)
                    except OutdatedError:
                        self.out.line("The data has changed meanwhile; planning again.")
        except PushError as error:
            self.document["error"] = push_output.report_as_json(error.report)
            self.out.failure(error.report)
            return FAILED
        except KeyboardInterrupt:
            self.out.line()
            self.out.line("Interrupted. Nothing was changed.")
            return FAILED

    @staticmethod
    def _value(text: str) -> tuple[tuple[str, str, str], Any]:
        from database.schema.fills import value_of

        return value_of(apps, parse_fill(text))

    def _labels(self, given: Collection[str]) -> list[str]:
        labels = own_labels(apps)
        installed = [config.label for config in apps.get_app_configs()]
        for label in given:
            if label not in installed:
                raise CommandError(
                    f"prodobit.E620: No installed app has the label {label}."
                    f"{closest(label, labels)}",
                    returncode=WRONG_USAGE,
                )
        return list(dict.fromkeys(given)) or labels

    def _push_once(
        self,
        connection: BaseDatabaseWrapper,
        labels: list[str],
        answers: Answers,
        options: dict[str, Any],
    ) -> int:
        try:
            planner = Planner(connection, apps, labels)
            plan = planner.make(answers)
            while plan.questions and self.interactive and not options["check"]:
                answered = self._ask(plan.questions, answers)
                if answered == answers:
                    break
                answers = answered
                plan = planner.make(answers)
        except DatabaseError as error:
            if not connection.is_usable():
                raise
            raise PushError(report(error)) from error
        except (LookupError, TypeError, ValueError, FieldError, FieldDoesNotExist):
            # Models that Django's checks refuse may be no schema at all. The checks take too long
            # to be run where everything is well.
            self.check(tags=["models"])
            raise
        self.document |= push_output.as_json(plan)
        self.out.plan(plan, sql=options["sql"])
        self.out.asides(plan)
        if options["check"]:
            return self._finish_check(plan)
        if plan.questions:
            self.out.questions(plan.questions)
            self._say_unchanged()
            return UNDECIDED
        if any(change.obstacle for change in plan.changes):
            self.out.obstacles(plan.changes)
            self._say_unchanged()
            return FAILED
        if not plan:
            self.out.line(f"Nothing to do: {', '.join(labels)} is as the models say.")
            return self._promote(planner, answers, options)
        if options["dry_run"]:
            return self._finish_dry_run(plan)
        if not self._loss_is_accepted(plan, options):
            return UNDECIDED
        self.check(tags=["models"])
        self._apply(planner, plan, options)
        return self._promote(planner, answers, options)

    def _say_unchanged(self) -> None:
        self.out.line()
        self.out.line("Nothing was changed.")

    # Without a push

    def _finish_check(self, plan: Plan) -> int:
        # The tables of other apps are no part of what the models say.
        if not plan.changes and not plan.questions and plan.unsettled:
            self.out.line()
            self.out.line(
                "No differences but for "
                f"{push_output.counted(len(plan.unsettled), 'expression')} that could not be "
                "compared."
            )
            return FAILED
        if not plan.changes and not plan.questions:
            self.out.line("No differences.")
            return 0
        if plan.questions:
            self.out.questions(plan.questions)
        self.out.obstacles(plan.changes)
        count = len(plan.changes) + len(plan.questions)
        self.out.line()
        self.out.line(f"{push_output.counted(count, 'difference')}.")
        return DIFFERENT

    def _finish_dry_run(self, plan: Plan) -> int:
        losses = [change for change in plan.changes if change.loss]
        self.out.line()
        if losses:
            self.out.line("A push would need --accept-data-loss.")
        done = push_output.summary(plan.changes)
        self.out.line(f"Dry run: {done} by a push. Nothing was changed.")
        return 0

    # Asking

    def _ask(self, questions: Collection[Question], answers: Answers) -> Answers:
        """Ask what can be asked on a terminal, and return what is known then."""
        settled: set[object] = set()
        for question in questions:
            rename = question.rename
            if rename is not None:
                new = (rename.app_label, getattr(rename, "model", ""), rename.new)
                old = (rename.app_label, getattr(rename, "model", ""), rename.old, "old")
                if new in settled or old in settled:
                    continue
                if self._yes(question.text):
                    settled |= {new, old}
                    answers = replace(answers, renames=(*answers.renames, rename))
                else:
                    answers = replace(answers, declined=answers.declined | {rename})
            elif question.field is not None:
                answers = self._ask_fill(question, answers)
            elif question.options == ("--prune",) and self._yes(question.text):
                answers = replace(answers, prune=True)
        return answers

    def _ask_fill(self, question: Question, answers: Answers) -> Answers:
        self.out.line(question.consequence)
        while True:
            text = self._input(f"{question.text} (empty: stop here) ")
            if not text:
                return answers
            option = question.options[0].removeprefix("--fill ").removesuffix("VALUE")
            try:
                target, value = self._value(f"{option}{text}")
            except AnswerError as error:
                self.out.line(str(error))
                continue
            return replace(answers, fills={**answers.fills, target: value})

    def _yes(self, text: str) -> bool:
        return self._input(f"{text} [y/N] ").lower() in ("y", "yes")

    def _input(self, prompt: str) -> str:
        self.out.write(prompt)
        self.out.flush()
        return sys.stdin.readline().strip()

    def _loss_is_accepted(self, plan: Plan, options: dict[str, Any]) -> bool:
        losses = [change for change in plan.changes if change.loss]
        if not losses or options["accept_data_loss"]:
            return True
        if self.interactive:
            self.out.line()
            if self._yes("Rows or values are lost for good. Go on?"):
                return True
        else:
            self.out.line()
            self.out.line(
                self.style.ERROR("prodobit.E604: This push loses rows or values for good:")
            )
            for change in losses:
                self.out.line(f"    {push_output.change_line(change)}")
            self.out.line("  Push again with --accept-data-loss, or change the models.")
        self._say_unchanged()
        return False

    # Applying

    def _apply(self, planner: Planner, plan: Plan, options: dict[str, Any]) -> None:
        # A push with nothing to do does not pay for what is imported here.
        from database.migrating.foreign import Foreign, announce
        from database.schema import apply

        connection = planner.connection
        foreign = Foreign(apps, connection, plan.foreign_apps, planner.app_labels)

        def finish() -> None:
            if plan.foreign_apps:
                foreign.migrate_after()
            announce(apps, connection, plan.renamed_models)

        outcome = apply.run(
            planner,
            plan,
            lock_timeout=options["lock_timeout"],
            hooks=apply.Hooks(
                first=foreign.migrate_before if plan.foreign_apps else None,
                last=finish,
                on_retry=self.out.retry,
                on_progress=self.out.progress if len(plan.statements()) > apply.BATCH else None,
            ),
        )
        self.document["statements"] = outcome.statements
        self.document["attempts"] = outcome.attempts
        done = push_output.summary(plan.changes) or "other apps migrated"
        self.out.line()
        self.out.line(
            self.style.SUCCESS(
                f"Pushed: {done}; {push_output.counted(outcome.statements, 'statement')} "
                f"in {outcome.seconds:.2f} s."
            )
        )

    def _promote(self, planner: Planner, answers: Answers, options: dict[str, Any]) -> int:
        """Write the migration for what has been pushed, if that was asked for."""
        if options["promote"] is None:
            return 0
        from database.migrating import promotion
        from database.schema import catalog, journal

        connection = planner.connection
        renames = []
        if journal.exists(catalog.read(connection, tables=[journal.TABLE])):
            renames = [parse_rename(text) for text in journal.read_renames(connection)]
        stream = self.stderr if options["json"] else self.stdout
        written = promotion.write(
            apps,
            planner.app_labels,
            options["promote"],
            [*renames, *(item for item in answers.renames if item not in renames)],
            answers.fills,
            stream,
        )
        self.document["migrations"] = written
        if written:
            self.out.line("migrate will find the database there already, and record them.")
        else:
            self.out.line("The migrations are up to date with the models already.")
        return 0
