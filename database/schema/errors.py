"""What keeps a change of the schema from beginning, or ends it."""

from __future__ import annotations


class RefusedError(Exception):
    """Nothing was begun; the message says what to do.

    Attributes:
        id: ``prodobit.E801`` and the like.
    """

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id


class TerminatedError(KeyboardInterrupt):
    """Somebody told the process to end (SIGTERM)."""
