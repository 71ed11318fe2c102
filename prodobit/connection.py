"""Why a connection failed, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import OperationalError as PsycopgOperationalError

if TYPE_CHECKING:
    from django.db.utils import OperationalError


def explain(error: OperationalError) -> str | None:
    """Say why the server could not be reached.

    Args:
        error: What Django raised.

    Returns:
        One line with the reason and the next step, without a password; None where ``error``
        happened on a connection that stood, and so is about something else.
    """
    cause = error.__cause__
    if not isinstance(cause, PsycopgOperationalError) or cause.sqlstate is not None:
        return None
    reason = " ".join(str(cause).split())
    return f"cannot connect to PostgreSQL: {reason} Check DB_HOST, DB_PORT, DB_USER and DB_SSL."
