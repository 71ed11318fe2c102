"""Changes are found as Django finds them, and only what has changed is looked at closely."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import models
from django.db.migrations import autodetector as djangos
from django.db.migrations import state as states
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.serializer import serializer_factory
from django.db.migrations.state import ModelState, StateApps

from database.migrating.autodetector import MigrationAutodetector
from database.migrating.present_state import PresentState
from database.migrating.state import ProjectState

type Fields = dict[str, Any]
type Drawn = dict[str, Fields]


def text(length: int = 10) -> Any:
    return models.CharField(max_length=length)


def link(target: str, **options: Any) -> Any:
    return models.ForeignKey(f"stock.{target}", models.CASCADE, related_name="+", **options)


def begin() -> Drawn:
    """Return the fields of the models of a project."""
    return {
        "Shelf": {"code": text(), "room": models.IntegerField()},
        "Thing": {"name": text(), "shelf": link("Shelf")},
        "Label": {"thing": link("Thing"), "words": text(30)},
        "Bundle": {"things": models.ManyToManyField("stock.Thing", related_name="+")},
    }


def renamed(drawn: Drawn, old: str, new: str, field: str = "") -> Drawn:
    """Return the models with a model, or a field of one, that is called otherwise."""
    if field:
        return {
            name: {
                (field if name == new and each == old else each): value
                for each, value in fields.items()
            }
            for name, fields in drawn.items()
        }
    return {new if name == old else name: fields for name, fields in drawn.items()}


def longer(drawn: Drawn) -> Drawn:
    return {**drawn, "Thing": {**drawn["Thing"], "name": text(11)}}


def less(drawn: Drawn) -> Drawn:
    return {name: fields for name, fields in drawn.items() if name != "Label"}


def without_a_field(drawn: Drawn) -> Drawn:
    return {**drawn, "Shelf": {"code": drawn["Shelf"]["code"]}}


def model_renamed(drawn: Drawn) -> Drawn:
    drawn["Thing"]["shelf"] = link("Rack")
    return renamed(drawn, "Shelf", "Rack")


CHANGES: dict[str, Callable[[Drawn], Drawn]] = {
    "nothing": lambda drawn: drawn,
    "a field is longer": longer,
    "a model is gone": less,
    "a model has come": lambda drawn: {**drawn, "New": {"bundle": link("Bundle")}},
    "a field is gone": without_a_field,
    "a field has come": lambda drawn: {
        **drawn,
        "Shelf": {**drawn["Shelf"], "thing": link("Thing", null=True)},
    },
    "a field is renamed": lambda drawn: renamed(drawn, "words", "Label", "text"),
    "a model is renamed": model_renamed,
    "a link leads elsewhere": lambda drawn: {
        **drawn,
        "Label": {**drawn["Label"], "thing": link("Shelf")},
    },
    "two trade names": lambda drawn: {
        **drawn,
        "Shelf": {"code": models.IntegerField(), "room": text()},
    },
}


class Agreeing(MigrationQuestioner):
    """Says yes to whatever may have been renamed."""

    def ask_rename(self, *args: Any) -> bool:
        return True

    def ask_rename_model(self, *args: Any) -> bool:
        return True


def project(drawn: Drawn) -> StateApps:
    registry = StateApps(set(), {})
    for name, fields in drawn.items():
        inner = type("Meta", (), {"app_label": "stock", "apps": registry})
        key = models.AutoField(primary_key=True)
        body = {"__module__": "stock.models", "Meta": inner, "id": key, **fields}
        type(name, (models.Model,), body)
    return registry


def migrated(drawn: Drawn) -> ProjectState:
    """Return the state of migrations that have come to these models."""
    return ProjectState(states.ProjectState.from_apps(project(drawn)).models)


def written(detector: Any) -> list[str]:
    """Return what a detector has found, as it would stand in files."""
    found = detector._detect_changes()
    return [
        serializer_factory(operation).serialize()[0]
        for label in sorted(found)
        for migration in found[label]
        for operation in migration.operations
    ]


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_the_same_migrations_are_written_as_by_django(change: Callable[[Drawn], Drawn]) -> None:
    after = project(change(begin()))

    ours = written(
        MigrationAutodetector(migrated(begin()), PresentState.from_apps(after), Agreeing())
    )
    theirs = written(
        djangos.MigrationAutodetector(
            migrated(begin()), states.ProjectState.from_apps(after), Agreeing()
        )
    )

    assert ours == theirs
    assert bool(ours) == (change is not CHANGES["nothing"])


def test_a_model_state_is_only_made_of_a_model_that_has_changed() -> None:
    before, after = migrated(begin()), project(longer(begin()))

    with mock.patch.object(
        ModelState, "from_model", side_effect=ModelState.from_model
    ) as from_model:
        found = written(MigrationAutodetector(before, PresentState.from_apps(after)))

    assert len(found) == 1
    assert [call.args[0].__name__ for call in from_model.call_args_list] == ["Thing"]


def test_what_was_kept_of_another_state_stays_as_it_was() -> None:
    kept = migrated(begin())
    fields = {key: dict(state.fields) for key, state in kept.models.items()}

    written(MigrationAutodetector(kept.clone(), PresentState.from_apps(project(less(begin())))))

    assert {key: state.fields for key, state in kept.models.items()} == fields


def test_where_something_was_renamed_django_makes_all_states() -> None:
    after = PresentState.from_apps(project(model_renamed(begin())))

    shared = after.share(migrated(begin()), lambda field: field)

    assert shared == frozenset()
    assert ("stock", "rack") in after.models
