"""A copied field is what Django's clone of it is."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.core.validators import MinValueValidator
from django.db import models
from django.db.migrations.state import ModelState, StateApps
from django.db.models.functions import Lower, Now

from database.migrating.rendering import copied, render


def upload(instance: Any, name: str) -> str:
    return name


FIELDS: list[models.Field[Any, Any]] = [
    models.AutoField(primary_key=True),
    models.BigAutoField(auto_created=True, primary_key=True, verbose_name="ID"),
    models.BigIntegerField(default=3, validators=[MinValueValidator(1)]),
    models.BinaryField(editable=True, max_length=9),
    models.BooleanField(db_default=True),
    models.CharField("the name", max_length=9, choices=[("a", "A"), ("b", "B")], db_collation="C"),
    models.CharField(max_length=9, choices=lambda: [("a", "A")], blank=True),
    models.CharField(null=True, error_messages={"null": "no"}),
    models.DateField(auto_now_add=True),
    models.DateTimeField(db_default=Now(), db_index=True),
    models.DecimalField(max_digits=5, decimal_places=2, help_text="help"),
    models.DurationField(null=True, unique_for_month="other"),
    models.EmailField(unique=True),
    models.FileField(upload_to=upload),
    models.FilePathField(path="/", recursive=True),
    models.FloatField(db_column="other", db_comment="a comment"),
    models.ForeignKey("a.B", models.CASCADE, related_name="+"),
    models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=9), db_persist=True
    ),
    models.GenericIPAddressField(protocol="IPv4"),
    models.IntegerField(db_tablespace="other"),
    models.JSONField(default=dict),
    models.ManyToManyField("a.B"),
    models.PositiveSmallIntegerField(editable=False),
    models.SlugField(allow_unicode=True),
    models.TextField(default=str),
    models.TimeField(auto_now=True),
    models.URLField(max_length=300),
    models.UUIDField(),
]


def attributes(field: Any) -> dict[str, Any]:
    """Return what can be compared of a field: all but its number, and what compares by identity."""
    found = {name: value for name, value in vars(field).items() if name != "creation_counter"}
    for name in ("remote_field", "_resolved_expression", "choices"):
        if name in found:
            found[name] = repr(type(found[name]))
    return found


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: type(field).__name__)
def test_a_copy_has_what_a_clone_has(field: models.Field[Any, Any]) -> None:
    before = attributes(field)

    clone, copy = field.clone(), copied(field)

    assert attributes(copy) == attributes(clone)
    assert copy.deconstruct()[1:] == field.deconstruct()[1:]
    assert [type(each) for each in copy.validators] == [type(each) for each in clone.validators]
    assert attributes(field) == before


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: type(field).__name__)
def test_copies_are_in_the_order_in_which_they_are_made(field: models.Field[Any, Any]) -> None:
    first, second = copied(field), copied(field)

    assert first.creation_counter != second.creation_counter
    assert (first < second) is not field.auto_created


def test_a_field_of_a_model_is_copied_as_one_of_no_model() -> None:
    field = models.CharField(max_length=9)
    field.set_attributes_from_name("bound")

    assert attributes(copied(field)) == attributes(field.clone())


def test_what_is_changed_in_a_copy_stays_there() -> None:
    field = models.CharField(max_length=9, validators=[MinValueValidator(1)])
    count = len(field.validators)

    copy = copied(field)
    copy.validators.append(MinValueValidator(2))
    copy.name, copy.default = "other", "x"

    assert len(field.validators) == count
    assert not field.name
    assert not field.has_default()


class Renamed(models.CharField):  # type: ignore[type-arg]
    """A class of somebody else's, whose clones count what they were made of."""

    clones = 0

    def clone(self) -> Any:
        type(self).clones += 1
        return super().clone()


def test_what_is_not_djangos_clones_itself() -> None:
    copied(Renamed(max_length=9))

    assert Renamed.clones == 1


def test_a_model_is_rendered_as_django_renders_it() -> None:
    state = ModelState(
        "a", "Thing", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]
    )

    ours, theirs = (make(StateApps(set(), {})) for make in (_ours(state), state.render))

    assert [field.deconstruct() for field in ours._meta.fields] == [
        field.deconstruct() for field in theirs._meta.fields
    ]
    assert [field.model for field in ours._meta.fields] == [ours, ours]
    assert not any(hasattr(field, "model") for field in state.fields.values())


def _ours(state: ModelState) -> Any:
    return lambda apps: render(state, apps)
