"""Running migrations in time that grows with the work."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db.migrations import executor
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

from database.migrating import operations
from database.migrating.loader import MigrationLoader
from database.migrating.state import ProjectState
from database.migrating.statements import Watcher, watcher_of
from database.migrating.swappable import setting_names_kept


class MigrationExecutor(executor.MigrationExecutor):
    """Django's migration executor, rendering only the models that an operation asks for.

    Plans, transactions, records and results are Django's; only the project states differ. See
    docs/architecture.md, "Migrations at scale".
    """

    loader: MigrationLoader

    def __init__(self, connection: Any, progress_callback: Any = None) -> None:
        self.connection = connection
        self.loader = MigrationLoader(connection)
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = progress_callback

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = ProjectState(real_apps=self.loader.unmigrated_apps)
        if with_applied_migrations:
            applied = self._applied()
            plan = self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True)
            with state.spared():
                for migration, _ in plan:
                    if migration in applied:
                        migration.mutate_state(state, preserve=False)
        return state

    def _applied(self) -> set[Migration]:
        nodes = self.loader.graph.nodes
        return {nodes[key] for key in self.loader.applied_migrations if key in nodes}

    def _migrate_all_forwards(
        self,
        state: Any,
        plan: list[tuple[Migration, bool]],
        full_plan: list[tuple[Migration, bool]],
        fake: bool,
        fake_initial: bool,
    ) -> Any:
        # As Django does it, without rendering every model first.
        to_run = {migration for migration, _ in plan}
        if "apps" not in state.__dict__ and self.progress_callback:
            self.progress_callback("render_start")
            self.progress_callback("render_success")
        for migration, _ in full_plan:
            if not to_run:
                break
            if migration in to_run:
                state.spare(True)
                state = self.apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
                to_run.remove(migration)
        state.spare(False)
        return state

    def _migrate_all_backwards(
        self,
        plan: list[tuple[Migration, bool]],
        full_plan: list[tuple[Migration, bool]],
        fake: bool,
    ) -> Any:
        # As Django does it, without rendering every model in between.
        applied = self._applied()
        to_run = {migration for migration, _ in plan}
        before: dict[Migration, Any] = {}
        state: Any = self._create_project_state()
        state.spare(True)
        if self.progress_callback:
            self.progress_callback("render_start")
        for migration, _ in full_plan:
            if not to_run:
                break
            if migration in to_run:
                before[migration] = state
                state = migration.mutate_state(state, preserve=True)
                to_run.remove(migration)
            elif migration in applied:
                migration.mutate_state(state, preserve=False)
        if self.progress_callback:
            self.progress_callback("render_success")
        for migration, _ in plan:
            self.unapply_migration(before[migration], migration, fake=fake)
            applied.remove(migration)
        last = plan[-1][0]
        state = before[last]
        state.spare(True)
        position = [migration for migration, _ in full_plan].index(last)
        for migration, _ in full_plan[position:]:
            if migration in applied:
                migration.mutate_state(state, preserve=False)
        state.spare(False)
        return state

    def apply_migration(
        self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        """Run a migration forwards, and return the state after it."""
        self._say("apply_start", migration, fake)
        if fake_initial and not fake:
            fake, state = self.detect_soft_applied(state, migration)
        state = self._run(state, migration, fake=fake, backwards=False)
        self._say("apply_success", migration, fake)
        return state

    def unapply_migration(self, state: Any, migration: Migration, fake: bool = False) -> Any:
        """Run a migration backwards, and return the state before it."""
        self._say("unapply_start", migration, fake)
        state = self._run(state, migration, fake=fake, backwards=True)
        self._say("unapply_success", migration, fake)
        return state

    def _say(self, action: str, migration: Migration, fake: bool) -> None:
        if self.progress_callback:
            self.progress_callback(action, migration, fake)

    def _run(self, state: Any, migration: Migration, *, fake: bool, backwards: bool) -> Any:
        watcher = watcher_of(self.connection)
        watcher.run = None
        if fake:
            self.record_migration(migration.app_label, migration.name, forward=not backwards)
            return state
        return self._attempt(watcher, state, migration, backwards=backwards)

    def _attempt(
        self, watcher: Watcher, state: Any, migration: Migration, *, backwards: bool
    ) -> Any:
        """Run a migration and record that, in one transaction if it is atomic.

        Django runs deferred SQL after the record, or records after it in a transaction of its own,
        so that a migration may be in the database and not in the history.
        """
        with (
            watcher.running(migration, backwards=backwards),
            self._sparingly(state, migration),
            self.connection.schema_editor(atomic=migration.atomic) as editor,
        ):
            if backwards:
                state = migration.unapply(state, editor)
            else:
                state = migration.apply(state, editor)
            for sql in editor.deferred_sql:
                editor.execute(sql, None)
            editor.deferred_sql.clear()
            with watcher.paused():
                self.record_migration(migration.app_label, migration.name, forward=not backwards)
        return state

    @contextmanager
    def _sparingly(self, state: Any, migration: Migration) -> Iterator[None]:
        """Let a migration be run by ours instead of its own method, unless it has written one."""
        if not isinstance(state, ProjectState) or not operations.can_run(migration):
            if isinstance(state, ProjectState):
                state.spare(False)
            yield
            return
        vars(migration).update(
            apply=partial(operations.apply, migration),
            unapply=partial(operations.unapply, migration),
        )
        try:
            yield
        finally:
            del migration.apply, migration.unapply


@contextmanager
def in_place_of_djangos(
    module: Any, executor_class: type[MigrationExecutor] = MigrationExecutor
) -> Iterator[None]:
    """Make a command of Django's use these classes, for which Django has no setting.

    Args:
        module: The command's module, whose global names are looked up when it runs, such as
            ``django.core.management.commands.migrate``.
        executor_class: The executor that it is to use.
    """
    ours = {"MigrationExecutor": executor_class, "MigrationLoader": MigrationLoader}
    before = {name: vars(module)[name] for name in ours if name in vars(module)}
    vars(module).update({name: ours[name] for name in before})
    try:
        with setting_names_kept():
            yield
    finally:
        vars(module).update(before)
