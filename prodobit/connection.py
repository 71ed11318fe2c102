"""Why a connection failed, in one sentence."""

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


def explain(error: OperationalError) -> str | None:
    """Say why the server could not be reached.

    Args:
        error: What Django raised.

    Returns:
        One line with the reason and the next step, without a password; None where ``error``
        happened on a connection that stood, and so is about something else. What the project's
        own server says of itself is already such a line.
    """
    if isinstance(error, EmbeddedError):
        return str(error)
    cause = error.__cause__
    if not isinstance(cause, PsycopgOperationalError) or cause.sqlstate is not None:
        return None
    reason = re.sub(r"^connection (failed|is bad): ", "", str(cause).splitlines()[0])
    reason = reason.rstrip(". ")
    step = next((step for sign, step in NEXT_STEPS if re.search(sign, reason)), ANY_NEXT_STEP)
    return f"cannot connect to PostgreSQL: {reason}. {step}"
