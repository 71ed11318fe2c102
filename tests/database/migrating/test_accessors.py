"""What a historical model gets from those that point to it, as it gets it from Django."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.migrations.state import ModelState, StateApps

from database.migrating.state import ProjectState
from tests.database.migrating import fingerprints

KEY = ("id", models.BigAutoField(primary_key=True))
LABEL = "stock"


class Tying(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key of somebody else's, which adds one more to the model it points to."""

    def contribute_to_class(
        self, cls: Any, name: str, private_only: bool = False, **options: Any
    ) -> None:
        """Add this field and one that is not declared."""
        super().contribute_to_class(cls, name, private_only, **options)
        if not hasattr(cls, "tied"):
            other: Any = models.ForeignKey(f"{LABEL}.Far", models.CASCADE, related_name="ties")
            other.contribute_to_class(cls, "tied")


def model(name: str, *fields: Any, bases: Any = (models.Model,), **options: Any) -> ModelState:
    """Return the state of a model."""
    return ModelState(LABEL, name, list(fields), options, bases)


def to(target: str, kind: Any = models.ForeignKey, **options: Any) -> Any:
    """Return a field that points to a model."""
    if kind is not models.ManyToManyField:
        options["on_delete"] = models.CASCADE
    return kind(f"{LABEL}.{target}", **options)


MANY, ONE = models.ManyToManyField, models.OneToOneField
FAR = model("Far", KEY)
PROXY = model("FarProxy", bases=(f"{LABEL}.far",), proxy=True)
CHILD_POINTER = ("far_ptr", to("Far", ONE, parent_link=True, primary_key=True, auto_created=True))

CASES: dict[str, list[ModelState]] = {
    "kinds": [
        FAR,
        model("Near", KEY, ("one", to("Far")), ("two", to("Far", ONE))),
        model("Many", KEY, ("far", to("Far", MANY))),
    ],
    "names": [
        FAR,
        model(
            "Near",
            KEY,
            ("one", to("Far", related_name="%(app_label)s_%(class)s_%(model_name)s")),
            ("two", to("Far", related_name="+")),
            ("three", to("Far", related_name="hidden+")),
            ("four", to("Far", MANY, related_name="many")),
            ("five", to("Far", MANY, related_name="+")),
        ),
    ],
    "a default for names": [
        FAR,
        model("Near", KEY, ("one", to("Far")), default_related_name="of_%(class)s"),
        model("Mute", KEY, ("one", to("Far")), default_related_name="no+"),
    ],
    "itself": [
        model("Far", KEY, ("parent", to("Far")), ("peers", to("Far", MANY)),
              ("others", to("Far", MANY, symmetrical=False, related_name="back"))),
    ],
    "a proxy": [
        FAR,
        PROXY,
        model("Near", KEY, ("a", to("FarProxy")), ("b", to("FarProxy", MANY, related_name="m"))),
    ],
    "a child": [
        FAR,
        model("Child", CHILD_POINTER, bases=(f"{LABEL}.far",)),
        model("Grandchild", bases=(f"{LABEL}.child",)),
        model("Near", KEY, ("one", to("Child", related_name="x")), ("two", to("Far"))),
        model("Later", KEY, ("one", to("Grandchild"))),
    ],
    "the same name in parent and child": [
        FAR,
        model("Child", CHILD_POINTER, bases=(f"{LABEL}.far",)),
        model("Near", KEY, ("one", to("Far", related_name="same"))),
        model("Later", KEY, ("one", to("Child", related_name="same"))),
    ],
    "an order": [
        FAR,
        model("Near", KEY, ("one", to("Far")), order_with_respect_to="one"),
    ],
    "a table between": [
        FAR,
        model("Near", KEY, ("far", to("Far", MANY, through=f"{LABEL}.Between"))),
        model("Between", KEY, ("near", to("Near")), ("far", to("Far", related_name="b"))),
    ],
    "swappable": [
        FAR,
        model("Near", KEY, ("one", to("Far")), swappable="TEST_NEAR_MODEL"),
        model("Other", KEY, ("one", to("Near"))),
    ],
    "somebody else's field": [
        FAR,
        model("Near", KEY),
        model("Odd", KEY, ("near", Tying(f"{LABEL}.Near", models.CASCADE))),
    ],
    "a parent that points to its grandchild": [
        model("Far", KEY, ("one", to("Grandchild")), ("two", to("Grandchild", MANY))),
        model("Child", CHILD_POINTER, bases=(f"{LABEL}.far",)),
        model("Grandchild", bases=(f"{LABEL}.child",)),
    ],
    "circles": [
        model("A", KEY, ("b", to("B")), ("c", to("C", MANY))),
        model("B", KEY, ("c", to("C")), ("a", to("A", ONE, related_name="z"))),
        model("C", KEY, ("a", to("A")), ("b", to("B", MANY, related_name="y"))),
    ],
}  # fmt: skip


def state_of(models_: list[ModelState]) -> ProjectState:
    """Return a walkable state of these models."""
    state = ProjectState({(each.app_label, each.name_lower): each.clone() for each in models_})
    state.spare(True, walkable=True)
    return state


@pytest.mark.parametrize("models_", CASES.values(), ids=CASES)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_model_alone_has_the_attributes_that_it_has_among_all(
    models_: list[ModelState], backwards: bool
) -> None:
    whole = StateApps(set(), {(each.app_label, each.name_lower): each for each in models_})
    for each in models_:
        state = state_of(models_)
        asked = [each, *(reversed(models_) if backwards else models_)]
        for name in dict.fromkeys(one.name for one in asked):
            alone, among = state.apps.get_model(LABEL, name), whole.get_model(LABEL, name)
            assert set(vars(alone)) == set(vars(among))
            assert fingerprints.of_accessors(alone) == fingerprints.of_accessors(among)


def test_only_what_is_read_is_rendered() -> None:
    number = 20
    chain = [model("M0", KEY)] + [
        model(f"M{each}", KEY, ("other", to(f"M{each - 1}"))) for each in range(1, number)
    ]
    state = state_of(chain)
    first = state.apps.get_model(LABEL, "M0")
    assert len(state.apps.rendered_keys()) == 1

    second = first.m1_set.rel.related_model

    assert second._meta.label == "stock.M1"
    assert len(state.apps.rendered_keys()) == 2
    assert second is state.apps.get_model(LABEL, "M1")
    assert second(other=first(pk=3)).other_id == 3
    assert "m2" not in {each.name for each in first._meta.get_fields()}


def test_an_attribute_is_written_through_the_placeholder() -> None:
    state = state_of([FAR, model("Near", KEY, ("far", to("Far", ONE, null=True)))])
    far = state.apps.get_model(LABEL, "Far")(pk=1)
    near = state.apps.get_model(LABEL, "Near")
    state.spare(False)

    other_state = state_of([FAR, model("Near", KEY, ("far", to("Far", ONE, null=True)))])
    other_far = other_state.apps.get_model(LABEL, "Far")(pk=1)
    with pytest.raises(ValueError, match="must be a"):
        other_far.near = near()
    far.near = near(pk=2)

    assert far.near.far is far
