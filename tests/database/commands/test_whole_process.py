"""The garbage collector is spared by a command line, and by nothing else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from database.management.whole_process import WholeProcess


class Command(WholeProcess, BaseCommand):
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--fail", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fail"]:
            raise CommandError("no")


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_a_command_line_freezes_what_is_there() -> None:
    Command().run_from_argv(["manage.py", "command"])

    assert gc.get_freeze_count() > 0
    assert gc.isenabled()


def test_one_that_fails_does_too_and_fails_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        Command().run_from_argv(["manage.py", "command", "--fail"])

    assert (caught.value.code, capsys.readouterr().err.strip()) == (1, "CommandError: no")
    assert gc.get_freeze_count() > 0


def test_a_command_that_is_called_leaves_the_collector_alone() -> None:
    call_command(Command())

    assert gc.get_freeze_count() == 0
