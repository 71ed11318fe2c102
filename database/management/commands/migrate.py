"""Bring the database to the state of the migrations."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from database.migrating.autodetector import MigrationAutodetector
from database.migrating.executor import in_place_of_djangos


class Command(migrate.Command):
    """Django's migrate, in time that grows with the number of tables."""

    autodetector = MigrationAutodetector

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate."""
        with in_place_of_djangos(migrate):
            super().handle(*args, **options)
