"""Write migrations for what has changed in the models."""

from __future__ import annotations

from django.core.management.commands import makemigrations


class Command(makemigrations.Command):
    """Django's makemigrations, in time that grows with the number of models."""
