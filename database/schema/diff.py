"""Two schemas, a live and a declared one → differences."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from .differences import Differences
from .state import Schema


def compare(live: Schema, declared: Schema, *, connection: BaseDatabaseWrapper) -> Differences:
    """Compare a live schema with a declared one.

    Args:
        live: From :func:`database.schema.catalog.read`.
        declared: From :func:`database.schema.declared.read`.
        connection: Where PostgreSQL is asked what an expression means, in a transaction (or
            savepoint) that is rolled back, and only if the texts do not settle it.

    Returns:
        All differences; empty if a push would have nothing to do.
    """
    raise NotImplementedError
