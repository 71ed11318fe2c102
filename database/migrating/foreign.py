"""Apps from outside of the project, migrated the ordinary way in the transaction of a push."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import truncate_name
from django.db.migrations import Migration
from django.db.migrations.operations import RenameModel
from django.db.models import Model

from database.migrating.recording import MigrationExecutor
from database.schema.failure import PushError, Report


class Foreign:
    """Migrates the apps from outside of the project whose tables are missing.

    Some of them may refer to tables of the project (the admin's log to a user model of its own),
    so there are two halves: what does not need the project's apps, and the rest.

    Args:
        apps: The registry of the models.
        connection: The connection; its transaction is open.
        labels: The apps whose tables are missing.
        own_labels: The project's own apps.
    """

    def __init__(
        self,
        apps: Apps,
        connection: BaseDatabaseWrapper,
        labels: Collection[str],
        own_labels: Collection[str],
    ) -> None:
        self.apps = apps
        self.connection = connection
        self.labels = labels
        self.own_labels = own_labels

    def migrate_before(self) -> None:
        """Apply the migrations that do not depend on the project's apps."""
        self._migrate(dependent=False)

    def migrate_after(self) -> None:
        """Apply the migrations that depend on the project's apps, whose tables are there now.

        Raises:
            PushError: A table is still missing, for its migration is recorded as applied.
        """
        self._migrate(dependent=True)
        present = set(self.connection.introspection.table_names())
        missing = [name for name in self._tables() if name not in present]
        if missing:
            raise PushError(
                Report(
                    "prodobit.E628",
                    None,
                    "",
                    f"The tables {', '.join(missing)} are missing, though the migrations of their "
                    "apps are recorded as applied.",
                    "",
                    "",
                    "",
                    "Restore them, or forget the migrations with migrate --fake APP zero and push "
                    "again.",
                )
            )

    def _models(self) -> Iterator[type[Model]]:
        for label in self.labels:
            for model in self.apps.get_app_config(label).get_models(include_auto_created=True):
                if model._meta.can_migrate(self.connection) and router.allow_migrate_model(
                    self.connection.alias, model
                ):
                    yield model

    def _tables(self) -> Iterator[str]:
        for model in self._models():
            if '"' not in model._meta.db_table:
                yield truncate_name(model._meta.db_table, self.connection.ops.max_name_length())

    def _create(self, labels: Collection[str]) -> None:
        """Create the missing tables of apps that have no migrations."""
        present = set(self.connection.introspection.table_names())
        with self.connection.schema_editor(atomic=False) as editor:
            for model in self._models():
                options = model._meta
                # Those of many-to-many fields come with the model that has the field.
                if (
                    options.app_label in labels
                    and options.db_table not in present
                    and not options.auto_created
                ):
                    editor.create_model(model)

    def _migrate(self, *, dependent: bool) -> None:
        executor = MigrationExecutor(self.connection)
        graph = executor.loader.graph
        if not dependent:
            without = executor.loader.unmigrated_apps & set(self.labels)
            if without:
                self._create(without)
            # Apps without migrations stand in every state with all their models, and are rendered
            # anew with each operation; what does not depend on them need not wait for that.
            executor.loader.unmigrated_apps -= set(self.own_labels)
        targets = [key for key in graph.leaf_nodes() if key[0] in self.labels]
        plan = [
            (migration, backwards)
            for migration, backwards in executor.migration_plan(targets)
            if migration.app_label not in self.own_labels
            and self._needs_own(graph.forwards_plan(_key(migration))) is dependent
        ]
        if plan:
            executor.migrate(targets, plan=plan)

    def _needs_own(self, nodes: Iterable[tuple[str, str]]) -> bool:
        return any(app_label in self.own_labels for app_label, _ in nodes)


def _key(migration: Migration) -> tuple[str, str]:
    return migration.app_label, migration.name


def announce(
    apps: Apps,
    connection: BaseDatabaseWrapper,
    renamed_models: Iterable[tuple[str, str, str]],
) -> None:
    """Send ``post_migrate``, as migrate does: content types and permissions follow the models.

    Args:
        apps: The registry of the models.
        connection: The connection; its transaction is open.
        renamed_models: ``(app_label, old name, new name)``.
    """
    migrations = []
    for app_label, old, new in renamed_models:
        if old != new.lower():
            migration = Migration("push", app_label)
            migration.operations = [RenameModel(old, new)]  # type: ignore[misc]
            migrations.append(migration)
    if migrations and apps.is_installed("django.contrib.contenttypes"):
        _rename_content_types(apps, connection, migrations)
    emit_post_migrate_signal(
        0, False, connection.alias, apps=apps, plan=[(migration, False) for migration in migrations]
    )


def _rename_content_types(
    apps: Apps, connection: BaseDatabaseWrapper, migrations: Iterable[Migration]
) -> None:
    from django.contrib.contenttypes.management import RenameContentType

    with connection.schema_editor(atomic=False) as editor:
        renaming: Any
        for migration in migrations:
            for operation in migration.operations:
                assert isinstance(operation, RenameModel)
                renaming = RenameContentType(
                    migration.app_label, operation.old_name_lower, operation.new_name_lower
                )
                renaming.rename_forward(apps, editor)
