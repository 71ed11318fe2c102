"""A model rendered alone must be what Django renders together with all others."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import StateApps
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from database.migrating import operations
from database.migrating.lazy_apps import LazyStateApps
from database.migrating.state import ProjectState
from tests.database.migrating import fingerprints
from tests.database.migrating.histories import History

EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # Shrinking takes minutes.
    suppress_health_check=list(HealthCheck),
)


def _states(history: History) -> Any:
    state = ProjectState()
    state.spare(True)
    for migration in history.migrations.values():
        for operation in migration.operations:
            if isinstance(operation, migrations.RunPython):
                continue
            operation.state_forwards(migration.app_label, state)
            yield state.clone()


@EXAMPLES
@given(data=st.data())
def test_each_model_of_a_history_is_rendered_alone_as_with_all_others(
    data: st.DataObject,
) -> None:
    history = History(data.draw)
    history.grow(data.draw(st.integers(2, 8)))
    for state in list(_states(history))[-6:]:
        whole = StateApps(state.real_apps, state.models.copy())
        for model in whole.get_models(include_auto_created=True, include_swapped=True):
            state.spare(False)
            state.spare(True)
            alone = state.apps.get_model(model._meta.app_label, model._meta.model_name)
            assert fingerprints.of_model(alone) == fingerprints.of_model(model)
            state.spare(False)
            state.spare(True)
            alone = state.apps.get_model(model._meta.app_label, model._meta.model_name)
            assert fingerprints.of_relations(alone) == fingerprints.of_relations(model)


@EXAMPLES
@given(data=st.data())
def test_each_model_leads_to_those_that_point_to_it(data: st.DataObject) -> None:
    history = History(data.draw)
    history.grow(data.draw(st.integers(2, 8)))
    for state in list(_states(history))[-6:]:
        whole = StateApps(state.real_apps, state.models.copy())
        for model in whole.get_models(include_auto_created=True, include_swapped=True):
            state.spare(False)
            state.spare(True, walkable=True)
            alone = state.apps.get_model(model._meta.app_label, model._meta.model_name)
            assert set(vars(alone)) == set(vars(model))
            assert fingerprints.of_accessors(alone) == fingerprints.of_accessors(model)


@EXAMPLES
@given(data=st.data())
def test_a_lazy_registry_asked_for_everything_is_djangos(data: st.DataObject) -> None:
    history = History(data.draw)
    history.grow(data.draw(st.integers(2, 8)))
    for state in list(_states(history))[-3:]:
        state.spare(True, walkable=data.draw(st.booleans()))
        if state.models:
            some = data.draw(st.sampled_from(sorted(state.models)))
            state.apps.get_model(*some)
        whole = StateApps(state.real_apps, state.models.copy())
        assert fingerprints.of_registry(state.apps) == fingerprints.of_registry(whole)
        assert [m._meta.label for m in state.apps.get_models(include_auto_created=True)] == [
            m._meta.label for m in whole.get_models(include_auto_created=True)
        ]


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_registry_goes_on_when_an_index_or_a_constraint_is_added(
    asked_before: bool, db: None
) -> None:
    index = models.Index(fields=["size"], name="%(app_label)s_%(class)s")
    check = models.CheckConstraint(condition=models.Q(size__gt=1), name="%(class)s_check")
    migration = migrations.Migration("0001", "stock")
    migration.operations = [
        migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))]),
        migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))]),
        migrations.AddField("Thing", "size", models.IntegerField(null=True)),
        migrations.AddIndex("Thing", index),
        migrations.AddConstraint("Thing", check),
        migrations.AddIndex("Other", models.Index(fields=["id"], name="other")),
    ]
    state = ProjectState()
    state.spare(True)
    if not asked_before:
        migration.operations.insert(3, migrations.AlterModelOptions("Other", {}))
    with connection.schema_editor(collect_sql=True) as editor:
        state = operations.apply(migration, state, editor)
    kept = state.__dict__["apps"]
    fresh = ProjectState(state.models.copy())

    assert isinstance(kept, LazyStateApps)
    for name in ("Thing", "Other"):
        ours, theirs = kept.get_model("stock", name), fresh.apps.get_model("stock", name)
        assert fingerprints.of_model(ours) == fingerprints.of_model(theirs)
        for option in ("indexes", "constraints"):
            assert ours._meta.original_attrs[option] == theirs._meta.original_attrs[option]


def _applied(*steps: Any) -> ProjectState:
    migration = migrations.Migration("0001", "stock")
    migration.operations = list(steps)
    state = ProjectState()
    state.spare(True)
    with connection.schema_editor(collect_sql=True) as editor:
        return operations.apply(migration, state, editor)


def _model(name: str, *fields: Any, **options: Any) -> migrations.CreateModel:
    key = () if options.get("bases") else (("id", models.AutoField(primary_key=True)),)
    return migrations.CreateModel(name, [*key, *fields], **options)


def _to(name: str, **options: Any) -> Any:
    return ("to", models.ForeignKey(f"stock.{name}", models.CASCADE, **options))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([_model("Thing")], _model("Other", _to("Thing"))),
        ([_model("Thing")], _model("Other", ("to", models.ManyToManyField("stock.Thing")))),
        ([_model("Thing")], _model("Other", _to("Other"))),
        ([_model("Thing")], _model("Child", bases=("stock.Thing",))),
        ([_model("Thing")], _model("Proxy", bases=("stock.Thing",), options={"proxy": True})),
        (
            [_model("Thing"), _model("Proxy", bases=("stock.Thing",), options={"proxy": True})],
            _model("Other", _to("Proxy")),
        ),
        (
            [_model("Thing"), _model("Child", bases=("stock.Thing",))],
            _model("Other", _to("Thing")),
        ),
        (
            [_model("Thing"), _model("Other", ("many", models.ManyToManyField("stock.Thing")))],
            _model("Third", _to("Other", related_name="thirds")),
        ),
    ],
)
def test_models_know_those_that_come_to_point_to_them(
    first: list[Any], second: Any, db: None
) -> None:
    before = _applied(*first)
    kept = before.apps
    for key in before.models:
        assert kept.get_model(*key)._meta.related_objects is not None
    after = before.clone()
    second.state_forwards("stock", after)

    after.take_over(before, ("stock", second.name_lower))

    whole = StateApps(set(), after.models.copy())
    for key in after.models:
        ours, theirs = after.apps.get_model(*key), whole.get_model(*key)
        assert fingerprints.of_model(ours) == fingerprints.of_model(theirs)
        assert fingerprints.of_relations(ours) == fingerprints.of_relations(theirs)


def test_tables_that_are_made_in_a_row_are_rendered_once(db: None) -> None:
    steps = [_model("M0"), *(_model(f"M{each}", _to(f"M{each - 1}")) for each in range(1, 9))]

    state = _applied(*steps)

    assert isinstance(state.apps, LazyStateApps)
    assert len(state.apps.rendered_keys()) == 9
