"""The app's entry in INSTALLED_APPS."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """Configuration of the ``database`` app."""

    name = "database"
