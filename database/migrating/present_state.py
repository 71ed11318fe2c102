"""The state of the project's models, made of them only where they differ from the migrations."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any, Self

from django.apps.registry import Apps
from django.db.migrations.state import ModelState, ProjectState
from django.utils.functional import cached_property

from database.migrating.model_states import Key
from database.migrating.sameness import Deconstruct, is_same_model


class PresentState(ProjectState):
    """Django's state of the project's models, which waits to be asked for them.

    Django copies every field of every model, to find that hardly any has changed.
    """

    @classmethod
    def from_apps(cls, apps: Apps) -> Self:
        """Return the state of all models of a registry."""
        state = cls()
        state._models = apps.get_models(include_swapped=True)
        del state.models
        return state

    @cached_property
    def models(self) -> dict[Key, ModelState]:  # type: ignore[override]
        """The model states, as Django makes them."""
        return {_key(model): ModelState.from_model(model) for model in self._models}

    def share(self, before: ProjectState, deconstruct: Deconstruct) -> frozenset[Key]:
        """Take over the model states of the migrations, for the models that are as they say.

        Where something may have been renamed all are Django's, as it then changes fields to see
        whether that is all that happened.

        Args:
            before: The state of the migrations.
            deconstruct: See :func:`is_same_model`.

        Returns:
            The models whose states were taken over.
        """
        if "models" in vars(self):
            return frozenset()
        same: dict[Key, ModelState] = {}
        found: dict[Key, Any] = {}
        for model in self._models:
            key = _key(model)
            # Past the mapping's own method, which copies what it gives.
            old = dict.get(before.models, key)
            if old is None or key[0] in before.real_apps:
                found[key] = ModelState.from_model(model)
            elif is_same_model(old, model, deconstruct):
                found[key] = same[key] = old
            else:
                found[key] = ModelState.from_model(model)
        if any(
            key not in found or not old.fields.keys() <= found[key].fields.keys()
            for key, old in dict.items(before.models)
        ):
            return frozenset()
        self.models = found
        return frozenset(same)


def _key(model: Any) -> Key:
    return model._meta.app_label, model._meta.object_name.lower()
