"""The app's entry in INSTALLED_APPS."""

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from database.checks import check_history


class DatabaseConfig(AppConfig):
    """Configuration of the ``database`` app."""

    name = "database"

    def ready(self) -> None:
        """Let ``check --database`` look at the history of the migrations."""
        checks.register(check_history, checks.Tags.database)

    def import_models(self) -> None:
        """Import the models, unless those of another app replace them."""
        if self.label in getattr(settings, "REPLACED_MODELS", ()):
            assert self.apps is not None
            self.models = self.apps.all_models[self.label]
        else:
            super().import_models()
