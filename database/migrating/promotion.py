"""What was pushed → a migration file, by the machinery of makemigrations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TextIO, cast

from django.apps.registry import Apps
from django.core.management.base import CommandError, OutputWrapper
from django.core.management.commands import makemigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field

from database.schema.answers import ModelRename, Rename

UNDECIDED = 4


class Answered(MigrationQuestioner):
    """Answers what makemigrations asks from what was answered to push.

    Args:
        apps: The registry of the models.
        renames: The renames of this push and of those before it.
        fills: Values by application, model (lower case) and field.
    """

    def __init__(
        self,
        apps: Apps,
        app_labels: Collection[str],
        renames: Collection[Rename],
        fills: Mapping[tuple[str, str, str], Any],
    ) -> None:
        super().__init__(specified_apps=set(app_labels))
        self.apps = apps
        self.fields = {
            (item.model.lower(), item.old, item.new)
            for item in renames
            if not isinstance(item, ModelRename)
        }
        self.models = {
            (item.app_label, item.old.lower(), item.new.lower())
            for item in renames
            if isinstance(item, ModelRename)
        }
        self.fills = fills

    def ask_initial(self, app_label: str) -> bool:
        """Answer that an app that is promoted gets migrations."""
        return True

    def ask_rename(
        self, model_name: str, old_name: str, new_name: str, field_instance: Field[Any, Any]
    ) -> bool:
        """Answer as push was answered."""
        return (model_name.lower(), old_name, new_name) in self.fields

    def ask_rename_model(self, old_model_state: ModelState, new_model_state: ModelState) -> bool:
        """Answer as push was answered."""
        return (
            old_model_state.app_label,
            old_model_state.name_lower,
            new_model_state.name_lower,
        ) in self.models

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        """Answer with the value of --fill."""
        return self._fill(field_name, model_name)

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        """Answer with the value of --fill."""
        return self._fill(field_name, model_name)

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        """Answer with the value of --fill."""
        return self._fill(field_name, model_name)

    def _fill(self, field_name: str, model_name: str) -> Any:
        for (_, model, field), value in self.fills.items():
            if (model, field) == (model_name.lower(), field_name):
                return value
        labels = [
            model._meta.label
            for model in self.apps.get_models()
            if model._meta.model_name == model_name.lower()
            and model._meta.app_label in (self.specified_apps or ())
        ]
        target = f"{labels[0] if labels else model_name}.{field_name}"
        raise CommandError(
            f"prodobit.E626: {target} is NOT NULL without a default, so its migration needs a "
            f"value for rows elsewhere. Promote again with --fill {target}=VALUE.",
            returncode=UNDECIDED,
        )


def write(
    apps: Apps,
    app_labels: Collection[str],
    name: str,
    questioner: MigrationQuestioner,
    stdout: OutputWrapper,
) -> list[str]:
    """Write the migrations that lead from the latest ones to the models.

    Args:
        apps: The registry of the models.
        app_labels: The apps.
        name: The name of the migrations, behind their number.
        questioner: Answers what makemigrations asks.
        stdout: Where makemigrations says what it has written.

    Returns:
        The paths of the files; empty if the migrations are up to date.

    Raises:
        CommandError: Two migrations of an app are both the latest, or a value is missing.
    """
    loader = MigrationLoader(None)
    conflicts = [label for label in loader.detect_conflicts() if label in app_labels]
    if conflicts:
        raise CommandError(
            f"prodobit.E627: {', '.join(conflicts)} has two latest migrations, so nothing can "
            "follow them. Run makemigrations --merge, then promote again."
        )
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), questioner
    )
    changes = detector.changes(
        graph=loader.graph,
        trim_to_apps=set(app_labels),
        convert_apps=set(app_labels),
        migration_name=name,
    )
    if not changes:
        return []
    command: Any = makemigrations.Command(stdout=cast(TextIO, stdout))
    command.written_files = []
    command.verbosity = 1
    command.dry_run = False
    command.include_header = True
    command.scriptable = False
    command.write_migration_files(changes)
    return list(command.written_files)
