"""What was pushed → a migration file, by the machinery of makemigrations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TextIO, cast

from django.apps.registry import Apps
from django.core.management.base import CommandError, OutputWrapper
from django.core.management.commands import makemigrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RenameField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field

from database.schema.answers import FieldRename, ModelRename, Rename

UNDECIDED = 4


def compose(renames: Iterable[Rename]) -> list[Rename]:
    """Return what a sequence of renames comes to: from the first name to the last one.

    Args:
        renames: In the order in which they were pushed.

    Returns:
        Renames of models, then renames of fields, by the last name of their model.
    """
    models: dict[tuple[str, str], str] = {}
    fields: dict[tuple[str, str, str], str] = {}
    for rename in renames:
        if not rename.new:
            continue
        if isinstance(rename, ModelRename):
            label = rename.app_label
            first = next(
                (key for key, last in models.items() if (key[0], last) == (label, rename.old)),
                (label, rename.old),
            )
            models[first] = rename.new
            # The fields are known by the last name of their model.
            fields = {
                (app, rename.new if (app, model) == (label, rename.old) else model, old): new
                for (app, model, old), new in fields.items()
            }
        else:
            place = (rename.app_label, rename.model)
            key = next(
                (key for key, last in fields.items() if (key[:2], last) == (place, rename.old)),
                (*place, rename.old),
            )
            fields[key] = rename.new
    return [
        *(ModelRename(label, old, new) for (label, old), new in models.items() if old != new),
        *(
            FieldRename(label, model, old, new)
            for (label, model, old), new in fields.items()
            if old != new
        ),
    ]


def applicable(renames: Iterable[Rename], state: ProjectState, after: ProjectState) -> list[Rename]:
    """Return the renames that the migrations do not have yet and the models do."""
    state = state.clone()
    found: list[Rename] = []
    for rename in renames:
        if isinstance(rename, ModelRename):
            old, new = ((rename.app_label, name.lower()) for name in (rename.old, rename.new))
            fits = old in state.models and old not in after.models
            fits = fits and new in after.models and new not in state.models
        else:
            key = (rename.app_label, rename.model.lower())
            fits = key in state.models and key in after.models
            if fits:
                before, now = state.models[key].fields, after.models[key].fields
                fits = rename.old in before and rename.old not in now
                fits = fits and rename.new in now and rename.new not in before
        if fits:
            found.append(rename)
            operation_of(rename).state_forwards(rename.app_label, state)
    return found


def operation_of(rename: Rename) -> Operation:
    """Return the operation of a migration that renames."""
    if isinstance(rename, ModelRename):
        return RenameModel(rename.old, rename.new)
    return RenameField(rename.model, rename.old, rename.new)


class Answered(MigrationQuestioner):
    """Answers what makemigrations asks from what was answered to push.

    Args:
        apps: The registry of the models.
        app_labels: The apps.
        renames: What was renamed.
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
        self.renames = {_key(rename) for rename in renames}
        self.fills = fills

    def ask_initial(self, app_label: str) -> bool:
        """Answer that an app that is promoted gets migrations."""
        return True

    def ask_rename(
        self, model_name: str, old_name: str, new_name: str, field_instance: Field[Any, Any]
    ) -> bool:
        """Answer as push was answered."""
        return (model_name.lower(), old_name, new_name) in self.renames

    def ask_rename_model(self, old_model_state: ModelState, new_model_state: ModelState) -> bool:
        """Answer as push was answered."""
        return ("", old_model_state.name_lower, new_model_state.name_lower) in self.renames

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
    renames: Iterable[Rename],
    fills: Mapping[tuple[str, str, str], Any],
    stdout: OutputWrapper,
) -> list[str]:
    """Write the migrations that lead from the latest ones to the models.

    Args:
        apps: The registry of the models.
        app_labels: The apps.
        name: The name of the migrations, behind their number.
        renames: What was renamed, in the order in which it was pushed.
        fills: Values by application, model (lower case) and field.
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
    before, after = loader.project_state(), ProjectState.from_apps(apps)
    renames = applicable(compose(renames), before, after)
    hidden = _unasked(apps, before, after, renames)
    state = before.clone()
    for rename in hidden:
        operation_of(rename).state_forwards(rename.app_label, state)
    questioner = Answered(apps, app_labels, renames, fills)
    changes = MigrationAutodetector(state, after, questioner).changes(
        graph=loader.graph,
        trim_to_apps=set(app_labels),
        convert_apps=set(app_labels),
        migration_name=name,
    )
    for rename in reversed(hidden):
        operations: Any = changes[rename.app_label][0].operations
        operations.insert(0, operation_of(rename))
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


def _unasked(
    apps: Apps, before: ProjectState, after: ProjectState, renames: Iterable[Rename]
) -> list[Rename]:
    """Return the renames that makemigrations would not ask about.

    It asks only where nothing but the name has changed; elsewhere it would remove the old field
    and add the new one, and so lose the values that push has kept.
    """

    class Everything(MigrationQuestioner):
        def __init__(self) -> None:
            super().__init__()
            self.asked: set[tuple[str, str, str]] = set()

        def ask_rename(
            self, model_name: str, old_name: str, new_name: str, field_instance: Any
        ) -> bool:
            self.asked.add((model_name.lower(), old_name, new_name))
            return (model_name.lower(), old_name, new_name) in wanted

        def ask_rename_model(
            self, old_model_state: ModelState, new_model_state: ModelState
        ) -> bool:
            key = ("", old_model_state.name_lower, new_model_state.name_lower)
            self.asked.add(key)
            return key in wanted

        def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
            return 0

        ask_not_null_alteration = ask_auto_now_add_addition = ask_not_null_addition

    renames = list(renames)
    wanted = {_key(rename) for rename in renames}
    if not wanted:
        return []
    questioner = Everything()
    MigrationAutodetector(before.clone(), after.clone(), questioner)._detect_changes()  # type: ignore[attr-defined]
    return [rename for rename in renames if _key(rename) not in questioner.asked]


def _key(rename: Rename) -> tuple[str, str, str]:
    if isinstance(rename, ModelRename):
        return "", rename.old.lower(), rename.new.lower()
    return rename.model.lower(), rename.old, rename.new
