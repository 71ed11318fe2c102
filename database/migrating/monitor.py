"""What the server is doing for a migration, watched from another session while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from database.migrating.statements import Run, Statement, Watcher
from database.schema.lock import Held, Session, find_blocking
from database.schema.statement import without_values

INTERVAL = 0.25
"""Seconds between two looks."""

# Each view shows the sessions of one kind of command. ALTER TABLE has none while it rewrites a
# table, but its indexes show up when they are built anew.
# https://www.postgresql.org/docs/current/progress-reporting.html
ACTIVITY = """
SELECT a.wait_event_type IS NOT DISTINCT FROM 'Lock', p.phase, p.done::float / nullif(p.total, 0),
       CASE WHEN a.state = 'active' THEN a.query END,
       extract(epoch FROM clock_timestamp() - a.query_start)::float
FROM pg_stat_activity a LEFT JOIN (
    SELECT pid, phase,
           CASE WHEN phase LIKE '%%tuples in tree' THEN tuples_done
                WHEN phase LIKE 'waiting%%' THEN lockers_done
                WHEN phase LIKE '%%scanning%%' THEN blocks_done END,
           CASE WHEN phase LIKE '%%tuples in tree' THEN tuples_total
                WHEN phase LIKE 'waiting%%' THEN lockers_total
                WHEN phase LIKE '%%scanning%%' THEN blocks_total END
    FROM pg_stat_progress_create_index
    UNION ALL SELECT pid, phase, heap_blks_scanned, heap_blks_total FROM pg_stat_progress_cluster
    UNION ALL SELECT pid, phase, heap_blks_scanned, heap_blks_total FROM pg_stat_progress_vacuum
    UNION ALL SELECT pid, phase, sample_blks_scanned, sample_blks_total
              FROM pg_stat_progress_analyze
    UNION ALL SELECT pid, lower(command), bytes_processed, bytes_total FROM pg_stat_progress_copy
) AS p (pid, phase, done, total) ON p.pid = a.pid
WHERE a.pid = %(pid)s
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was to be seen at a moment.

    Attributes:
        run: The migration that runs.
        statement: The statement that runs; None between two of them.
        seconds: For how long it has run; 0 where there is none.
        phase: What PostgreSQL says it is at, or "".
        done: The part of the phase that is done, from 0 to 1; None where PostgreSQL does not say.
        blocking: The sessions that it waits for.
        blocked: For how many seconds it has waited for somebody.
    """

    run: Run
    statement: Statement | None
    seconds: float
    phase: str = ""
    done: float | None = None
    blocking: tuple[Session, ...] = ()
    blocked: float = 0.0


class Monitor:
    """Looks at the working session now and then, in a thread of its own.

    Args:
        held: The lock, whose connection is used for looking.
        watcher: What tells which statement runs.
        on_sample: Told what was to be seen; called in the thread.
        interval: Seconds between two looks.

    Attributes:
        blocking: The sessions that the last statement which had to wait waited for.
        trouble: Why nothing can be seen any more, or "".
    """

    def __init__(
        self,
        held: Held,
        watcher: Watcher,
        on_sample: Callable[[Sample], None],
        interval: float = INTERVAL,
    ) -> None:
        self.held = held
        self.watcher = watcher
        self.on_sample = on_sample
        self.interval = interval
        self.blocking: tuple[Session, ...] = ()
        self.trouble = ""
        self._blocked = ("", 0.0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="migrate monitor", daemon=True)

    def start(self) -> None:
        """Begin to look; once begun, this does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """Look no more: after this the lock's connection is free."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        last: Run | None = None
        while not self._stop.wait(self.interval):
            run, statement = self.watcher.run, self.watcher.current
            since = self.watcher.current_since
            if run is None or run.seconds is not None:
                continue
            if run is not last:
                # Who was in the way of another attempt is in the way no more, or seen again.
                last, self.blocking = run, ()
            sample = Sample(run, statement, time.monotonic() - since if statement else 0.0)
            if not self.trouble:
                try:
                    sample = self._look(sample)
                except psycopg.Error as error:
                    # The working session may be well; only this one sees no more.
                    self.trouble = str(error)
            self.on_sample(sample)

    def _look(self, sample: Sample) -> Sample:
        connection = self.held.connection
        row: Any = connection.execute(ACTIVITY, {"pid": self.held.pid}).fetchone()
        if row is None:
            return sample
        is_waiting, phase, done, query, seconds = row
        if sample.statement is None and query is not None:
            # What no cursor executes: COMMIT, COPY.
            found = Statement(without_values(query), None, datetime.now(UTC))
            sample = replace(sample, statement=found, seconds=seconds or 0.0)
        blocking: tuple[Session, ...] = ()
        if is_waiting and sample.statement is not None:
            blocking = tuple(find_blocking(connection, self.held.pid))
        if not blocking or sample.statement is None:
            self._blocked = ("", 0.0)
            return replace(sample, phase=phase or "", done=done)
        self.blocking = blocking
        now = time.monotonic()
        if self._blocked[0] != sample.statement.sql:
            self._blocked = (sample.statement.sql, now)
        return replace(
            sample,
            phase=phase or "",
            done=done,
            blocking=blocking,
            blocked=now - self._blocked[1],
        )
