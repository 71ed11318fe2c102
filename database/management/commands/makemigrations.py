"""Write migrations for what has changed in the models."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import makemigrations

from database.migrating.autodetector import MigrationAutodetector
from database.migrating.executor import in_place_of_djangos


class Command(makemigrations.Command):
    """Django's makemigrations, in time that grows with the number of models."""

    autodetector = MigrationAutodetector

    def handle(self, *app_labels: str, **options: Any) -> None:
        """Write migrations."""
        with in_place_of_djangos(makemigrations):
            super().handle(*app_labels, **options)
