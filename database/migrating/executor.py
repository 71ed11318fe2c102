"""Running migrations in time that grows with the work."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import OperationalError
from django.db.migrations import RunPython, executor
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

from database.migrating import receivers
from database.migrating.loader import MigrationLoader
from database.migrating.present_state import PresentState
from database.migrating.safety import refuse_unsafe
from database.migrating.state import ProjectState
from database.migrating.statements import Run, Watcher, watcher_of
from database.migrating.swappable import setting_names_kept
from database.migrating.timeouts import Timeouts
from database.schema.patience import is_blocked, pause_after


class MigrationExecutor(executor.MigrationExecutor):
    """Django's migration executor, rendering only the models that an operation asks for.

    Plans, transactions, records and results are Django's; only the project states differ. See
    docs/architecture.md, "Migrations at scale".
    """

    loader: MigrationLoader

    def __init__(
        self,
        connection: Any,
        progress_callback: Any = None,
        *,
        timeouts: Timeouts | None = None,
        on_retry: Callable[[int, float], None] | None = None,
    ) -> None:
        """Load the migrations.

        Args:
            connection: The connection they run on.
            progress_callback: Told what happens, as by Django's.
            timeouts: Set before every migration; one that is blocked is tried again. Without them
                it fails, as in Django's.
            on_retry: Told the number of an attempt that failed, and the seconds until the next one.
        """
        self.connection = connection
        self.loader = MigrationLoader(connection)
        self.recorder = MigrationRecorder(connection)
        self.progress_callback = progress_callback
        self.timeouts = timeouts
        self.on_retry = on_retry
        self.total = 0
        self._session: Any = None  # The one that surely has the timeouts.

    def migrate(
        self,
        targets: Any,
        plan: Any = None,
        state: Any = None,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> Any:
        """Run a plan, and count it; see Django's.

        Raises:
            RefusedError: The safe engine refuses it; nothing was run.
        """
        self.total = len(plan or ())
        if plan and not fake:
            refuse_unsafe(self.connection, self.loader, plan)
        return super().migrate(targets, plan, state, fake, fake_initial)

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state = ProjectState(real_apps=self.loader.unmigrated_apps)
        if with_applied_migrations:
            applied = self._applied()
            plan = self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True)
            with state.spared():
                for migration, _ in plan:
                    if migration in applied:
                        migration.mutate_state(state, preserve=False)
            is_last = bool(plan) and applied.issuperset(migration for migration, _ in plan)
            self.loader.keep(state, is_last=is_last)
        if with_applied_migrations and not state.real_model_states() and receivers.are_known():
            state.spare(True, walkable=True)
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
        if receivers.are_known() and not state.real_model_states():
            state.complete()
        else:
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
        if self.timeouts is None:
            return self._attempt(watcher, state, migration, backwards=backwards)
        attempt = 1
        while True:
            if self._session is None or self._session is not self.connection.connection:
                self.timeouts.set()
            self._session = None
            before = state.clone()
            try:
                return self._attempt(watcher, state, migration, backwards=backwards, number=attempt)
            except OperationalError as error:
                if (
                    attempt > self.timeouts.patience.retries
                    or not is_blocked(error)
                    or not self._is_undone(watcher.run)
                ):
                    raise
            pause = pause_after(attempt)
            if self.on_retry is not None:
                self.on_retry(attempt, pause)
            time.sleep(pause)
            attempt += 1
            state = before

    def _is_undone(self, run: Run | None) -> bool:
        """Tell whether nothing is left of an attempt, so that another one may be made."""
        if run is None or self.connection.in_atomic_block:
            return False
        if run.migration.atomic:
            # An engine that runs it in several transactions tries its statements again by itself.
            return run.is_atomic
        # Of Python nobody knows what it has done before its first statement.
        return (
            len(run.statements) == 1
            and not run.finished
            and not isinstance(run.described(run.operation or 1), RunPython)
        )

    def _attempt(
        self,
        watcher: Watcher,
        state: Any,
        migration: Migration,
        *,
        backwards: bool,
        number: int = 1,
    ) -> Any:
        """Run a migration and record that, in one transaction if it is atomic.

        Django runs deferred SQL after the record, or records after it in a transaction of its own,
        so that a migration may be in the database and not in the history.
        """
        # Not at the top: who has nothing to run does not pay for it.
        from database.migrating import operations, pipeline

        with (
            watcher.running(migration, backwards=backwards, attempt=number),
            self._sparingly(state, migration),
            self.connection.schema_editor(atomic=migration.atomic) as editor,
        ):
            if watcher.run is not None:
                watcher.run.in_one = editor.atomic_migration or not migration.atomic
            ahead = pipeline.make(editor, watcher, known=operations.can_run(migration))
            with ahead.used():
                if backwards:
                    state = migration.unapply(state, editor)
                else:
                    state = migration.apply(state, editor)
                for sql in editor.deferred_sql:
                    editor.execute(sql, None)
                self.while_it_ends()
            editor.deferred_sql.clear()
            with watcher.paused():
                self.record_migration(migration.app_label, migration.name, forward=not backwards)
        if operations.keeps_session(migration):
            self._session = self.connection.connection
        return state

    def while_it_ends(self) -> None:
        """Do what can be done while the last statements of a migration are executed."""

    @contextmanager
    def _sparingly(self, state: Any, migration: Migration) -> Iterator[None]:
        """Let a migration be run by ours instead of its own method, unless it has written one."""
        from database.migrating import operations

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
    module: Any, make_executor: Callable[..., MigrationExecutor] = MigrationExecutor
) -> Iterator[None]:
    """Make a command of Django's use these classes, for which Django has no setting.

    Args:
        module: The command's module, whose global names are looked up when it runs, such as
            ``django.core.management.commands.migrate``.
        make_executor: Called with what Django gives its executor.
    """
    ours = {
        "MigrationExecutor": make_executor,
        "MigrationLoader": MigrationLoader,
        "ProjectState": PresentState,
    }
    before = {name: vars(module)[name] for name in ours if name in vars(module)}
    vars(module).update({name: ours[name] for name in before})
    try:
        with setting_names_kept():
            yield
    finally:
        vars(module).update(before)
