"""Ours must come to the list that Django's optimizer comes to."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.migrations import optimizer as django_optimizer
from hypothesis import given, settings
from hypothesis import strategies as st

from database.migrating.optimizer import MigrationOptimizer

MODELS = ("Apple", "Bear", "Cat")
FIELDS = ("one", "two", "three")

models_named = st.sampled_from(MODELS)
fields_named = st.sampled_from(FIELDS)
indexes_named = st.sampled_from(["idx1", "idx2", "idx3"])


def _field(target: str | None, through: str | None) -> Any:
    if target is None:
        return models.IntegerField(default=1)
    if through is not None:
        return models.ManyToManyField(f"app.{target}", through=f"app.{through}")
    return models.ForeignKey(f"app.{target}", models.CASCADE)


a_field = st.builds(
    _field, st.one_of(st.none(), models_named), st.one_of(st.none(), st.none(), models_named)
)


def _create(name: str, fields: dict[str, Any], base: str | None) -> Any:
    bases = (f"app.{base.lower()}",) if base and base != name else (models.Model,)
    return migrations.CreateModel(name, list(fields.items()), {}, bases)


def _index(field: str, name: str) -> Any:
    return models.Index(fields=[field], name=name)


def _constraint(field: str, name: str) -> Any:
    return models.UniqueConstraint(fields=[field], name=name)


an_operation = st.one_of(
    st.builds(
        _create,
        models_named,
        st.dictionaries(fields_named, a_field, max_size=2),
        st.one_of(st.none(), models_named),
    ),
    st.builds(migrations.DeleteModel, models_named),
    st.builds(migrations.RenameModel, models_named, models_named),
    st.builds(migrations.AddField, models_named, fields_named, a_field),
    st.builds(migrations.AlterField, models_named, fields_named, a_field),
    st.builds(migrations.RemoveField, models_named, fields_named),
    st.builds(migrations.RenameField, models_named, fields_named, fields_named),
    st.builds(
        migrations.AddIndex,
        models_named,
        st.builds(_index, fields_named, indexes_named),
    ),
    st.builds(migrations.RemoveIndex, models_named, indexes_named),
    st.builds(migrations.RenameIndex, models_named, indexes_named, indexes_named),
    st.builds(
        migrations.AddConstraint,
        models_named,
        st.builds(_constraint, fields_named, indexes_named),
    ),
    st.builds(migrations.RemoveConstraint, models_named, indexes_named),
    st.builds(migrations.AlterModelOptions, models_named, st.just({"ordering": ["one"]})),
    st.builds(migrations.AlterModelTable, models_named, st.sampled_from(["t1", "t2"])),
    st.builds(migrations.AlterModelManagers, models_named, st.just([])),
    st.builds(migrations.AlterUniqueTogether, models_named, st.just({("one", "two")})),
    st.builds(migrations.AlterIndexTogether, models_named, st.just({("one", "two")})),
    st.builds(migrations.AlterOrderWithRespectTo, models_named, st.one_of(st.none(), fields_named)),
    st.just(migrations.RunSQL("SELECT 1")),
    st.builds(lambda: migrations.RunSQL("SELECT 2", elidable=True)),
)  # fmt: skip


def _plain(operations: list[Any]) -> list[Any]:
    return [repr(operation.deconstruct()) for operation in operations]


def _merge(optimizer: Any, operations: list[Any]) -> Any:
    try:
        return _plain(optimizer.optimize(operations, "app"))
    except ValueError as refused:  # Such as two fields of one name.
        return str(refused)


@settings(max_examples=1500, deadline=None)
@given(operations=st.lists(an_operation, max_size=12))
def test_any_list_comes_out_as_from_djangos_optimizer(operations: list[Any]) -> None:
    theirs = _merge(django_optimizer.MigrationOptimizer(), operations)

    assert _merge(MigrationOptimizer(), operations) == theirs


def test_it_compares_in_proportion_to_the_number_of_models(monkeypatch: Any) -> None:
    counts: list[int] = []
    reduce = migrations.CreateModel.reduce

    def counted(self: Any, *args: Any) -> Any:
        counts[-1] += 1
        return reduce(self, *args)

    monkeypatch.setattr(migrations.CreateModel, "reduce", counted)
    for number in (100, 200):
        counts.append(0)
        names = [f"M{each}" for each in range(number)]
        created = [
            migrations.CreateModel(name, [("id", models.AutoField(primary_key=True))])
            for name in names
        ]
        related = [
            migrations.AddField(name, "other", models.ForeignKey(f"app.{names[0]}", models.CASCADE))
            for name in names
        ]
        indexed = [
            migrations.AddIndex(name, models.Index(fields=["id"], name=f"i{name}"))
            for name in names
        ]
        MigrationOptimizer().optimize(created + related + indexed, "app")

    assert counts[1] < 2.2 * counts[0]
