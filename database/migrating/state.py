"""A project state whose copies and models cost only what is asked of them."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.apps import apps as global_apps
from django.db.migrations.state import ModelState, StateApps
from django.db.models import NOT_PROVIDED
from django.utils.functional import cached_property

from database.migrating.lazy_apps import LazyStateApps
from database.migrating.model_states import Key, ModelStates
from database.schema.stale import TrackingState


class ProjectState(TrackingState):
    """Django's project state, with copies that share what they have in common.

    As it comes, ``apps`` is the registry that Django makes, holding every model. While the state is
    *sparing*, ``apps`` renders a model only when something needs it, and a change of the state
    throws the registry away instead of rendering what changed and all that is related to it. If it
    is *walkable* as well, models lead to those that point to them, as Django's do. Copies are as
    sparing as what they were copied from.

    See https://docs.djangoproject.com/en/6.1/topics/migrations/#historical-models
    """

    sparing = False
    walkable = False

    def __init__(
        self, models: dict[Key, ModelState] | None = None, real_apps: set[str] | None = None
    ) -> None:
        super().__init__(models, real_apps)
        self.models: ModelStates = ModelStates(self.models)
        self._shared: tuple[set[str], list[ModelState]] | None = None

    def clone(self) -> Self:
        """Return an independent copy."""
        copied = type(self)(real_apps=self.real_apps)
        copied.models = self.models.fork()
        copied.is_delayed = self.is_delayed
        copied.sparing, copied.walkable = self.sparing, self.walkable
        copied._shared = self._shared
        apps = self.__dict__.get("apps")
        if apps is not None:
            copied.__dict__["apps"] = apps if isinstance(apps, LazyStateApps) else apps.clone()
        return copied

    @cached_property
    def apps(self) -> StateApps:
        """The registry of the models as they are in this state."""
        if self.sparing and not self._labels_clash():
            return LazyStateApps(
                self.real_apps,
                self.models.frozen(),
                self.real_model_states(),
                walkable=self.walkable,
            )
        return StateApps(self.real_apps, self.models.frozen())

    def real_model_states(self) -> list[ModelState]:
        """Return the models of the apps without migrations."""
        if self._shared is None or self._shared[0] != self.real_apps:
            found = [
                ModelState.from_model(model, exclude_rels=True)
                for label in self.real_apps
                for model in global_apps.get_app_config(label).get_models()
            ]
            self._shared = (set(self.real_apps), found)
        return self._shared[1]

    def _labels_clash(self) -> bool:
        # Django's registry refuses this, with the message to give.
        return bool(self.real_apps) and any(label in self.real_apps for label, _ in self.models)

    @contextmanager
    def spared(self, sparing: bool = True, *, walkable: bool = False) -> Iterator[None]:
        """Be sparing, or not, for a while."""
        before, before_walkable = self.sparing, self.walkable
        self.spare(sparing, walkable=walkable)
        try:
            yield
        finally:
            self.spare(before, walkable=before_walkable)

    def spare(self, sparing: bool, *, walkable: bool = False) -> None:
        """Be sparing from now on, or not, and forget a registry that does not serve for it."""
        self.sparing, self.walkable = sparing, walkable
        apps = self.__dict__.get("apps")
        lazy = isinstance(apps, LazyStateApps)
        if lazy != sparing or (lazy and walkable and not apps.walkable):
            self.__dict__.pop("apps", None)

    def complete(self) -> None:
        """Render all models that are not rendered yet, and keep those that are."""
        apps = self.apps
        if isinstance(apps, LazyStateApps):
            apps.complete()

    def take_over(self, before: ProjectState, key: Key, option: str | None = None) -> None:
        """Go on with the registry of the state before, instead of rendering what it has anew.

        Args:
            before: The state before, which renders anew if it is asked for a model again.
            key: The only model that differs.
            option: All that differs, ``indexes`` or ``constraints``; None if the model is new.
        """
        apps = before.__dict__.get("apps")
        if "apps" in self.__dict__ or not isinstance(apps, LazyStateApps):
            return
        if apps.walkable or apps.is_complete:
            return
        states = self.models.frozen()
        if option is not None:
            apps.set_option(states, key, option)
        elif not apps.add_model(states, key):
            return
        del before.__dict__["apps"]
        self.__dict__["apps"] = apps

    def detach(self) -> None:
        """Copy what the model states share with other states, for who may change it in place.

        Django forbids that, but renders the models of a state before the next operation, so that
        they are not changed by it.
        """
        for state in self.models.values():
            state.fields = {name: copy.deepcopy(field) for name, field in state.fields.items()}
            state.options = {name: copy.copy(value) for name, value in state.options.items()}

    def _forget_lazy_apps(self) -> bool:
        """Return whether there is no registry to be kept up to date, forgetting a lazy one."""
        if isinstance(self.__dict__.get("apps"), LazyStateApps):
            del self.__dict__["apps"]
        return "apps" not in self.__dict__

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Bring the registry up to date after a change of one model."""
        if not self._forget_lazy_apps():
            super().reload_model(app_label, model_name, delay)

    def reload_models(self, models: Iterable[Key], delay: bool = True) -> None:
        """Bring the registry up to date after a change of several models."""
        if not self._forget_lazy_apps():
            super().reload_models(models, delay)

    def remove_model(self, app_label: str, model_name: str) -> None:
        """Remove a model."""
        self._forget_lazy_apps()
        super().remove_model(app_label, model_name)

    def alter_field(
        self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool
    ) -> None:
        """Replace a field."""
        if self._forget_lazy_apps() and self._relations is None:
            # As Django does it; what refers to the field only matters to models that are rendered.
            if not preserve_default:
                field = field.clone()
                field.default = NOT_PROVIDED
            self.models[app_label, model_name].fields[name] = field
        else:
            super().alter_field(app_label, model_name, name, field, preserve_default)

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        """Rename a model, and point to it whatever pointed to the old name."""
        old_key, new_key = (app_label, old_name.lower()), (app_label, new_name.lower())
        if self._forget_lazy_apps() and self._relations is None and old_key in self.models:
            part = self._part(old_key)
            part.rename_model(app_label, old_name, new_name)
            del self.models[old_key]
            if new_key in part.models:
                self.models[new_key] = part.models[new_key]
        else:
            super().rename_model(app_label, old_name, new_name)

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        """Rename a field, also where other fields, indexes and models name it.

        Django changes the other fields as they are, also for earlier states, and for the operations
        that brought them. A sparing state copies them first, because it may not have been rendered
        yet when it was cloned.
        """
        part = self._part((app_label, model_name))
        for state in part.models.values() if self.sparing else ():
            for name, field in state.fields.items():
                if field.remote_field or hasattr(field, "field_names"):
                    state.fields[name] = copy.deepcopy(field)
        if self._forget_lazy_apps() and self._relations is None:
            part.rename_field(app_label, model_name, old_name, new_name)
        else:
            super().rename_field(app_label, model_name, old_name, new_name)

    def _part(self, key: Key) -> TrackingState:
        """Return a state of only one model and those that may point to it.

        Django looks for references in every field of every model. What it changes in the part is
        changed in this state, because the model states are the same.
        """
        if key not in self.models:
            raise KeyError(key)
        keys = {key, *self.models.referrers(key)}
        return TrackingState({each: self.models[each] for each in self.models if each in keys})
