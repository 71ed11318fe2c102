"""PostgreSQL's table locks, by their own names.

https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from database.schema.state import TableName


class Lock(enum.IntEnum):
    """The lock modes of tables, from the weakest to the strongest."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    def __str__(self) -> str:
        """Return the name that PostgreSQL's documentation uses."""
        return self.name.replace("_", " ")

    @property
    def mode(self) -> str:
        """The name in ``pg_locks.mode``."""
        return "".join(word.capitalize() for word in self.name.split("_")) + "Lock"

    @property
    def blocks(self) -> str:
        """What of ordinary traffic waits for whoever holds it."""
        if self is Lock.ACCESS_EXCLUSIVE:
            return "reads and writes"
        return "writes" if self >= Lock.SHARE else "no reads and no writes"


class TableLock(NamedTuple):
    """A lock on a table (or on an index, by its name)."""

    table: TableName
    level: Lock
