"""What a command may leave undone where the process ends with it."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand

if TYPE_CHECKING:
    Base = BaseCommand
else:
    Base = object


class WholeProcess(Base):
    """A command that spares the garbage collector what is there as long as the process is.

    Models live until the end, and Python looks through all of them, several times when it ends:
    with 1,000 models for half a second. Called by other code, a command leaves the collector alone.

    https://docs.python.org/3/library/gc.html#gc.freeze
    """

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Run the command for a command line, which it does once in a process."""
        gc.freeze()
        try:
            super().run_from_argv(list(argv))
        finally:
            gc.freeze()
