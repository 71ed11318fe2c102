"""The timeouts under which migrations run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper

from database.schema.patience import Patience

# These wait for transactions to end, but nobody waits for them: a timeout would only leave an
# invalid index behind. https://www.postgresql.org/docs/current/sql-createindex.html
BLOCKS_NOBODY = re.compile(
    r"\s*(?:(?:CREATE(?:\s+UNIQUE)?|DROP)\s+INDEX|REINDEX\b.*?\b(?:INDEX|TABLE))\s+CONCURRENTLY\b",
    re.IGNORECASE | re.DOTALL,
)

LIFT = """
SELECT current_setting('lock_timeout'), CASE
    WHEN current_setting('lock_timeout')::interval = %s::interval
    THEN set_config('lock_timeout', '0', false)
END
"""


class Timeouts:
    """The timeouts of a connection on which migrations run.

    Args:
        connection: The connection.
        patience: What they are.
    """

    def __init__(self, connection: BaseDatabaseWrapper, patience: Patience) -> None:
        self.connection = connection
        self.patience = patience

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Have the timeouts in the block, and those of the server after it."""
        self.set()
        try:
            with self.connection.execute_wrapper(self):
                yield
        finally:
            self._reset()

    def set(self) -> None:
        """Set them: again where a migration may have changed them, or have connected anew."""
        settings = self.patience.settings()
        calls = ", ".join("set_config(%s, %s, false)" for _ in settings)
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT {calls}", [part for item in settings.items() for part in item])

    def _reset(self) -> None:
        connection = self.connection
        if connection.connection is None or connection.connection.closed:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("; ".join(f"RESET {name}" for name in self.patience.settings()))
        except DjangoError:
            # A new session has the server's own.
            connection.close()

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Execute a statement: without a timeout for its locks, if nobody waits for it."""
        free = isinstance(sql, str) and BLOCKS_NOBODY.match(sql)
        if not free or self.connection.in_atomic_block:
            return execute(sql, params, many, context)
        cursor = context["cursor"].cursor
        # By the cursor itself: no part of the migration, and not to be watched.
        cursor.execute(LIFT, [self.patience.settings()["lock_timeout"]])
        before = cursor.fetchone()[0]
        try:
            return execute(sql, params, many, context)
        finally:
            if not self.connection.connection.closed:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])
