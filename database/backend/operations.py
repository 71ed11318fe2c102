"""How names are written."""

from __future__ import annotations

from django.db.backends.postgresql import operations


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own, for names with percent signs too."""

    def quote_name(self, name: str) -> str:
        """Quote a name; the driver takes a percent sign for a placeholder unless it is doubled."""
        if name.startswith('"') and name.endswith('"'):
            return name
        return str(super().quote_name(name)).replace("%", "%%")
