"""How names are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import operations

PERCENT = "\ue000"
"""Stands for a percent sign of a name, until it is known whether the SQL has parameters."""


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own, for names with percent signs too."""

    def quote_name(self, name: str) -> str:
        """Quote a name; the driver takes a percent sign for a placeholder unless it is doubled."""
        if name.startswith('"') and name.endswith('"'):
            return name
        return str(super().quote_name(name)).replace("%", "%%")


class NamesWithPercent:
    """Lets a schema editor write names with percent signs.

    With parameters the driver takes a percent sign for a placeholder unless it is doubled, without
    them it does not; Django's editor quotes names before it knows, and sends some statements with
    an empty list of parameters, which counts as having some.
    """

    def quote_name(self, name: str) -> str:
        """Quote a name for :func:`literally`."""
        return str(super().quote_name(name)).replace("%%", PERCENT)  # type: ignore[misc]


def literally(sql: Any, params: Sequence[Any] | None) -> tuple[str, Sequence[Any] | None]:
    """Return a statement of a schema editor and its parameters as the driver takes them.

    Without parameters, every percent sign in it is one.
    """
    if params:
        return str(sql).replace(PERCENT, "%%"), params
    return str(sql).replace(PERCENT, "%"), None
