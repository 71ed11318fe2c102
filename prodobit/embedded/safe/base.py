"""The database backend Django loads by the engine's name."""

from __future__ import annotations

from database.backend.safe.base import SafeMigrations
from prodobit.embedded.postgresql import base


class DatabaseWrapper(SafeMigrations, base.DatabaseWrapper):
    """A connection to the project's own server, whose migrations block nobody for long."""
