"""Ours must do what Django's executor does, by the same statements."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db.migrations import executor as django_executor
from django.db.migrations.state import StateApps
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from database.migrating.executor import MigrationExecutor
from database.migrating.lazy_apps import LazyStateApps
from tests.database.migrating import fingerprints
from tests.database.migrating.histories import History
from tests.database.migrating.runs import Run, run

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # Shrinking takes minutes.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def database(transactional_db: Any) -> None:
    """Let statements be committed."""


@pytest.mark.slow
@EXAMPLES
@given(data=st.data())
def test_a_history_runs_as_django_runs_it(data: st.DataObject) -> None:
    history = History(data.draw)
    history.grow(data.draw(st.integers(2, 10)))
    _note(history)

    theirs, ours = run(django_executor.MigrationExecutor, history), run(MigrationExecutor, history)
    ahead = run(MigrationExecutor, history, ahead=True)

    _assert_same(ours, theirs)
    assert replace(ahead, statements=ours.statements) == ours


def _assert_same(ours: Run, theirs: Run) -> None:
    assert ours.error == theirs.error
    # Django alters what points to a renamed table in the order of a set of models, which is not the
    # same in two processes, and not in two registries either.
    assert sorted(ours.statements) == sorted(theirs.statements)
    assert ours.seen == theirs.seen
    assert ours.states == theirs.states
    assert ours.registry == theirs.registry


def _note(history: History) -> None:
    for key, migration in history.migrations.items():
        note(f"{key} {migration.operations}")


@pytest.mark.slow
@EXAMPLES
@given(data=st.data())
def test_a_history_is_taken_back_as_django_takes_it_back(data: st.DataObject) -> None:
    # Django changes the operations when a field that others point to is renamed, and fails later.
    history = History(data.draw, without=frozenset({"key"}))
    history.grow(data.draw(st.integers(2, 6)))
    _note(history)
    first = next(iter(history.migrations))

    theirs = run(django_executor.MigrationExecutor, history, history.last, first)
    ours = run(MigrationExecutor, history, history.last, first)
    ahead = run(MigrationExecutor, history, history.last, first, ahead=True)

    _assert_same(ours, theirs)
    assert replace(ahead, statements=ours.statements) == ours


class Checking(MigrationExecutor):
    """Looks at the models that are kept from migration to migration."""

    def apply_migration(self, state: Any, migration: Any, *args: Any, **options: Any) -> Any:
        state = super().apply_migration(state, migration, *args, **options)
        kept = state.__dict__.get("apps")
        if isinstance(kept, LazyStateApps):
            whole = StateApps(state.real_apps, state.models.copy())
            for key in list(kept.rendered_keys()):
                ours, theirs = kept.get_model(*key), whole.get_model(*key)
                assert fingerprints.of_model(ours) == fingerprints.of_model(theirs)
                assert fingerprints.of_relations(ours) == fingerprints.of_relations(theirs)
        return state


@pytest.mark.slow
@EXAMPLES
@given(data=st.data())
def test_models_that_are_kept_are_those_that_django_renders(data: st.DataObject) -> None:
    history = History(data.draw)
    history.grow(data.draw(st.integers(2, 10)))
    _note(history)

    done = run(Checking, history, ahead=True)

    assert "AssertionError" not in (done.error or "")
