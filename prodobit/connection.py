"""Why a connection failed or was lost, in one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg import OperationalError as PsycopgOperationalError

from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from django.db.utils import OperationalError

NEXT_STEPS = (
    (r"database .* does not exist", "Create it (createdb), or check DB_NAME."),
    (r"role .* does not exist|authentication failed|no password", "Check DB_USER and DB_PASSWORD."),
    (r"resolve host|translate host|Name or service", "Check DB_HOST."),
    (r"refused|No such file|timeout|timed out|unreachable", "Check DB_HOST and DB_PORT."),
    (r"SSL|certificate|pg_hba", "Check DB_SSL and DB_SSL_ROOT_CERT."),
    (r"too many clients|remaining connection slots", "Try again when connections are free."),
    (r"starting up|shutting down|recovery", "Try again in a moment."),
)
ANY_NEXT_STEP = "Check the DB_ variables."
LOST = "server closed the connection|connection is closed|connection to server was lost"
SERVER_TROUBLE = ("53", "57P", "58")
"""Insufficient resources, operator intervention, system error: classes of SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
KEPT = "What was committed is kept, an open transaction is not; see the server's log."


def explain(error: OperationalError) -> str | None:
    """Say why the server could not be reached, or left.

    Args:
        error: What Django raised.

    Returns:
        One line with the reason and the next step, without a password; None where ``error`` is
        about a statement. What the project's own server says of itself is already such a line.
    """
    if isinstance(error, EmbeddedError):
        return str(error)
    cause = error.__cause__
    if not isinstance(cause, PsycopgOperationalError):
        return None
    reason = re.sub(r"^connection (failed|is bad): ", "", str(cause).splitlines()[0])
    reason = reason.rstrip(". ")
    if cause.sqlstate is not None:
        # Of a statement's own failures only those say it all that have nothing to do with it.
        return (
            f"PostgreSQL gave up: {reason}. {KEPT}"
            if cause.sqlstate.startswith(SERVER_TROUBLE)
            else None
        )
    if re.search(LOST, reason):
        return f"the connection to PostgreSQL was lost: {reason}. {KEPT}"
    step = next((step for sign, step in NEXT_STEPS if re.search(sign, reason)), ANY_NEXT_STEP)
    return f"cannot connect to PostgreSQL: {reason}. {step}"
