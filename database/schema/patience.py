"""How long a change of the schema waits for its locks, and how often it tries again.

A statement that waits for a lock makes everybody wait who comes after it. So it gives up soon, its
transaction is rolled back, and it is tried again after a pause in which the others get through.
"""

from __future__ import annotations

from dataclasses import dataclass

LOCK_TIMEOUT = 5.0
"""Seconds a statement may wait for a lock."""

LONGEST_TIMEOUT = 2_147_483
"""Seconds; PostgreSQL counts milliseconds in 32 bits."""

RETRIES = 4
"""How often a transaction is tried again when a lock cannot be had in time."""

FIRST_PAUSE = 1.0
"""Seconds before the second attempt; each further pause is twice as long."""

BLOCKED = ("55P03", "40P01")
"""Lock not available, and deadlock detected.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """What a change of the schema may wait for.

    Attributes:
        lock_timeout: Seconds that a statement may wait for a lock; 0 for ever.
        statement_timeout: Seconds that a statement may take; 0 for ever, None as the server has it.
        retries: How often a transaction is tried again when a lock could not be had.
    """

    lock_timeout: float = LOCK_TIMEOUT
    statement_timeout: float | None = None
    retries: int = RETRIES

    def settings(self) -> dict[str, str]:
        """Return PostgreSQL's settings.

        https://www.postgresql.org/docs/current/runtime-config-client.html
        """
        found = {"lock_timeout": _milliseconds(self.lock_timeout)}
        if self.statement_timeout is not None:
            found["statement_timeout"] = _milliseconds(self.statement_timeout)
        return found


def _milliseconds(seconds: float) -> str:
    # Not 0, which would mean for ever.
    return f"{max(round(seconds * 1000), 1) if seconds else 0}ms"


def pause_after(attempt: int) -> float:
    """Return the seconds between an attempt, the first being 1, and the next one."""
    return FIRST_PAUSE * (1 << (attempt - 1))


def sqlstate_of(error: BaseException) -> str:
    """Return PostgreSQL's code of an error of psycopg, or of Django's around one; "" if none."""
    for each in (error, error.__cause__):
        code = getattr(each, "sqlstate", None)
        if code:
            return str(code)
    return ""


def is_blocked(error: BaseException) -> bool:
    """Tell whether an error is that a lock could not be had, so that another attempt may help."""
    return sqlstate_of(error) in BLOCKED
