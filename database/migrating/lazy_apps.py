"""A registry of historical models that renders a model when it is asked for."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from django.db import models
from django.db.migrations.state import AppConfigStub, ModelState, StateApps
from django.db.migrations.utils import resolve_relation
from django.db.models.options import Options

from database.migrating.accessors import Accessor, Placeholder, frozen_accessors, is_plain
from database.migrating.deferral import DeferredRelation, defer
from database.migrating.model_states import Key, Order, frozen_references
from database.migrating.rendering import render

Model = type[models.Model]


class LazyStateApps(StateApps):
    """The models of one project state, each rendered when something first needs it.

    What a rendered model leads to is rendered when it is read: the other side of a foreign key when
    ``remote_field.model`` is, the models that point to it when its relations are. What asks for
    more than single models (``get_models()``, ``clone()``, changes to the registry) makes it render
    everything, in Django's order.

    The attribute that a foreign key sets on the class of the model it points to is there once the
    model that has the foreign key is rendered. Operations that only talk to the schema editor never
    use it; for anything else there are placeholders, which render that model when they are used.

    Args:
        real_apps: Labels of the apps without migrations.
        states: The model states, which must not change any more.
        real_models: The states of the models of the apps without migrations.
        walkable: Whether there are placeholders.
    """

    def __init__(
        self,
        real_apps: set[str],
        states: dict[Key, ModelState],
        real_models: list[ModelState],
        *,
        walkable: bool = False,
    ) -> None:
        self.walkable = walkable
        self._accessors: dict[Key, list[Accessor]] | None = None
        self._placeholders: list[Placeholder] = []
        self._waiting: list[Key] = []
        self._emptying = False
        self.real_models = real_models
        self._real = {(state.app_label, state.name_lower): state for state in real_models}
        self._states = {**states, **self._real} if self._real else states
        self._ranks: Order | None = None
        self._registered: dict[Key, list[Model]] = {}
        self._inheriting: set[Key] = set()
        self._rendering: list[Key] = []
        self._complete = False
        self._asked_while_rendering = False
        # What Apps.__init__() and populate() leave behind, without importing anything.
        labels = {label for label, _ in states}
        self.all_models = _Labels(self)  # type: ignore[assignment]
        self.app_configs = {}
        for label in sorted([*real_apps, *labels]):
            self._add_app_config(label)
        self.stored_app_configs = []
        self.apps_ready = self.models_ready = self.ready = self.loading = True
        self.ready_event = None  # type: ignore[assignment]
        self._lock = None
        self._pending_operations = defaultdict(list)

    @property
    def is_complete(self) -> bool:
        """Whether every model has been rendered."""
        return self._complete

    def rendered_keys(self) -> list[Key]:
        """Return the model states rendered so far."""
        return list(self._registered)

    def _add_app_config(self, label: str) -> None:
        config = AppConfigStub(label)
        config.apps = self
        config.models = self.all_models[label]
        self.app_configs[label] = config

    def find(self, key: Key) -> Model | None:
        """Return a model, rendered if it was not yet, or None if there is none of that name."""
        found = self._lookup(key)
        if found is None and key in self._states and key not in self._rendering:
            self._render(key)
            found = self._lookup(key)
        if found is None and not self._complete and not self._rendering:
            self.complete()  # It may be the table between two models.
            found = self._lookup(key)
        return found

    def _lookup(self, key: Key) -> Model | None:
        return dict.get(self.all_models[key[0]], key[1])

    def _render(self, key: Key) -> None:
        state = self._states[key]
        self._rendering.append(key)
        self._registered[key] = []
        try:
            render(state, self)
        except BaseException:
            del self._registered[key]
            raise
        finally:
            self._rendering.pop()
        if not is_plain(state):
            self._inheriting.add(key)
        self._render_what_cannot_wait(self._registered[key])
        if self.walkable and not self._complete:
            self._prepare_for_referrers(key)
        self._render_what_has_waited()
        if self._asked_while_rendering and not self._rendering:
            self._asked_while_rendering = False
            self._expire()

    def _render_what_cannot_wait(self, models_rendered: list[Model]) -> None:
        # A relation of another kind than Django's cannot be deferred.
        for model in models_rendered:
            for field in _related_fields(model):
                relation: Any = getattr(field, "remote_field", None)
                if relation is None or isinstance(relation, DeferredRelation):
                    continue
                for target in (relation.model, getattr(relation, "through", None)):
                    if isinstance(target, str):
                        self._ensure(_key(target, model._meta.app_label))

    def _ensure(self, key: Key) -> None:
        if key not in self._states or key in self._registered:
            return
        if self.must_wait_for(key):
            self._waiting.append(key)
        else:
            self._render(key)

    def must_wait_for(self, key: Key) -> bool:
        """Return whether a model can be rendered only once those that are being rendered are."""
        if not self._rendering:
            return False
        state = self._states.get(key)
        bases = state.bases if state is not None else ()
        return key in self._rendering or any(
            self.must_wait_for(_key(base, key[0])) for base in bases if isinstance(base, str)
        )

    def _prepare_for_referrers(self, key: Key) -> None:
        """Put placeholders on a rendered model, and render what they cannot stand for."""
        if self._accessors is None:
            self._accessors = defaultdict(list)
            for referrer, state in self._states.items():
                if frozen_references(state).open:
                    self._waiting.append(referrer)
                for accessor in frozen_accessors(state):
                    self._accessors[accessor.target].append(accessor)
        model = self._lookup(key)
        for accessor in self._accessors.get(key, ()) if model is not None else ():
            if accessor.referrer in self._registered:
                continue
            if accessor.name is None:
                self._waiting.append(accessor.referrer)
            else:
                self._put_placeholder(accessor, model)

    def _render_what_has_waited(self) -> None:
        if self._rendering or self._emptying:
            return
        self._emptying = True
        try:
            while self._waiting:
                self._ensure(self._waiting.pop())
        finally:
            self._emptying = False

    def _put_placeholder(self, accessor: Accessor, model: Any) -> None:
        holder = model._meta.concrete_model if accessor.on_concrete else model
        render = partial(self._ensure, accessor.referrer)
        placeholder = Placeholder(holder, accessor.name, render)
        setattr(holder, accessor.name, placeholder)
        self._placeholders.append(placeholder)

    def register_model(self, app_label: str, model: Model) -> None:
        """Take a model that has just been made, and put off what it relates to."""
        if not self._rendering:
            self.complete()
        if app_label not in self.app_configs:
            self._add_app_config(app_label)
        dict.__setitem__(self.all_models[app_label], model._meta.model_name, model)
        self.do_pending_operations(model)
        if self._rendering:
            self._registered[self._rendering[-1]].append(model)
        if self._complete:
            self.clear_cache()
        else:
            model._meta.__class__ = LazyOptions
            for field in _related_fields(model):
                defer(field, model)

    def relations_to(self, options: Options[Any]) -> list[Any]:
        """Return the fields that relate to a model, in the order Django lists them."""
        if self._complete or self._rendering:
            return list(Options._populate_directed_relation_graph(options))
        concrete = options.concrete_model._meta
        target = (concrete.app_label, concrete.model_name)
        names = {target} | self._proxies(target)
        # The model itself is one because of the tables between it and others, which point to both.
        candidates = [
            key
            for key, state in self._states.items()
            if (found := frozen_references(state)).open
            or key == target
            or not names.isdisjoint(found.keys)
        ]
        for key in candidates:
            self._ensure(key)
        return [
            field
            for model in self._in_order(candidates)
            if not model._meta.swapped
            for field in model._meta._get_fields(reverse=False, include_parents=False)
            if field.is_relation and self._leads_to(field, names, concrete.label)
        ]

    @staticmethod
    def _leads_to(field: Any, names: set[Key], label: str) -> bool:
        relation = field.remote_field
        unresolved = getattr(relation, "unresolved", None)
        if unresolved is not None and unresolved not in names:
            return False
        if field.related_model is None or isinstance(relation.model, str):
            return False
        return bool(relation.model._meta.concrete_model._meta.label == label)

    def _proxies(self, target: Key) -> set[Key]:
        found: set[Key] = set()
        proxies = {
            key: frozen_references(state).keys
            for key, state in self._states.items()
            if state.options.get("proxy")
        }
        while new := {
            key
            for key, bases in proxies.items()
            if key not in found and not bases.isdisjoint(found | {target})
        }:
            found |= new
        return found

    def _in_order(self, keys: Iterable[Key]) -> Iterator[Model]:
        """Yield the models that the given model states came to, as get_models() orders them."""
        if self._ranks is None:
            self._ranks = Order(self._states)
        ordered = sorted(keys, key=self._ranks)
        of_label: dict[str, list[Model]] = defaultdict(list)
        for key in ordered:
            for model in self._registered.get(key, ()):
                of_label[model._meta.app_label].append(model)
        for label in self.app_configs:
            yield from of_label.get(label, ())

    def complete(self) -> None:
        """Render everything that is not rendered yet, and order it as Django does."""
        if self._complete or self._rendering:
            return
        if self._ranks is None:
            self._ranks = Order(self._states)
        for key in sorted(self._states, key=self._ranks):
            if key not in self._registered:
                self._render(key)
        for model in chain.from_iterable(self._registered.values()):
            for field in _related_fields(model):
                if isinstance(getattr(field, "remote_field", None), DeferredRelation):
                    field.remote_field.resolve()
        ordered = list(self._in_order(self._states))
        for models_of_label in self.all_models.values():
            dict.clear(models_of_label)
        for model in ordered:
            options = model._meta
            dict.__setitem__(self.all_models[options.app_label], options.model_name, model)
        self._complete = True
        for placeholder in self._placeholders:
            placeholder.remove()
        self.clear_cache()
        self._check_no_reference_is_left()

    def _check_no_reference_is_left(self) -> None:
        from django.core.checks.model_checks import _check_lazy_references

        errors = _check_lazy_references(self, ignore=set())
        if errors:
            raise ValueError("\n".join(error.msg for error in errors))

    def clear_cache(self) -> None:
        """Forget what models know of each other, which is wrong once the registry changes."""
        if self._complete and self.ready:
            self._expire()

    def _expire(self) -> None:
        for models_of_label in self.all_models.values():
            for model in dict.values(models_of_label):
                model._meta._expire_cache()

    def get_models(
        self, include_auto_created: bool = False, include_swapped: bool = False
    ) -> list[Model]:
        """Return all models, rendered; while one is being made, those that there are."""
        self._asked_while_rendering = bool(self._rendering)
        self.complete()
        return [
            model
            for config in self.app_configs.values()
            for model in dict.values(config.models)
            if (include_auto_created or not model._meta.auto_created)
            and (include_swapped or not model._meta.swapped)
        ]

    def get_swappable_settings_name(self, to_string: str) -> str | None:
        """Return the setting that a model is swapped through, or None."""
        return StateApps.get_swappable_settings_name.__wrapped__(self, to_string)

    def set_option(self, states: dict[Key, ModelState], key: Key, option: str) -> None:
        """Go on with the models of the next state, in which one has other indexes or constraints.

        Args:
            states: The model states, which must not change any more.
            key: The model that differs.
            option: What differs: ``indexes`` or ``constraints``.
        """
        self._go_on_with(states)
        model = self._lookup(key)
        if model is not None:
            options: Any = model._meta
            options.original_attrs[option] = states[key].options[option]
            setattr(options, option, options._format_names(states[key].options[option]))
            options.__dict__.pop("total_unique_constraints", None)

    def add_model(self, states: dict[Key, ModelState], key: Key) -> bool:
        """Go on with the models of the next state, in which there is one more.

        Args:
            states: The model states, which must not change any more.
            key: The model that was not there before.

        Returns:
            Whether that can be done; nothing has changed if not.
        """
        found = frozen_references(states[key])
        related = [states[each] for each in (key, *found.keys) if each in states]
        if key in self._states or found.open or not all(map(is_plain, related)):
            return False
        self._go_on_with(states)
        if key[0] not in self.app_configs:
            self._add_app_config(key[0])
            self.app_configs = dict(sorted(self.app_configs.items()))
        # These know who points to them, or to what they inherit from.
        for target in found.keys & self._registered.keys() | self._inheriting:
            for model in self._registered[target]:
                model._meta._expire_cache()
        return True

    def _go_on_with(self, states: dict[Key, ModelState]) -> None:
        self._states = {**states, **self._real} if self._real else states
        self._ranks = None

    def unregister_model(self, app_label: str, model_name: str) -> None:
        """Take a model out of the registry."""
        self.complete()
        super().unregister_model(app_label, model_name)

    def render_multiple(self, model_states: list[ModelState]) -> None:
        """Render model states that did not come with the project state."""
        if model_states:
            self.complete()
            super().render_multiple(model_states)

    def clone(self) -> Any:
        """Return a copy, as Django's registry does."""
        self.complete()
        return super().clone()


class _Labels(dict[str, "_ModelsOfLabel"]):
    """App labels and their models. Looking up one model renders it, anything else renders all."""

    def __init__(self, apps: LazyStateApps) -> None:
        super().__init__()
        self._apps = apps

    def __missing__(self, label: str) -> _ModelsOfLabel:
        found = self[label] = _ModelsOfLabel(self._apps, label)
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, dict[str, Model]]:
        plain: dict[str, dict[str, Model]] = defaultdict(dict)
        for label, found in self.items():
            plain[label] = dict(found.items())
        return plain


class _ModelsOfLabel(dict[str, Model]):
    """Lower-case names and models of one app."""

    def __init__(self, apps: LazyStateApps, label: str) -> None:
        super().__init__()
        self._apps = apps
        self._label = label

    def __missing__(self, name: str) -> Model:
        found = self._apps.find((self._label, name))
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        self._apps.complete()
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._apps.complete()
        return super().__iter__()

    def __len__(self) -> int:
        self._apps.complete()
        return super().__len__()

    def keys(self) -> Any:
        """Return all names."""
        self._apps.complete()
        return super().keys()

    def values(self) -> Any:
        """Return all models."""
        self._apps.complete()
        return super().values()

    def items(self) -> Any:
        """Return all names and models."""
        self._apps.complete()
        return super().items()


class LazyOptions(Options):  # type: ignore[type-arg]
    """The ``_meta`` of a model in a lazy registry: asks it for the models that point to this."""

    def _populate_directed_relation_graph(self) -> list[Any]:
        apps = self.apps
        if not isinstance(apps, LazyStateApps):
            return super()._populate_directed_relation_graph()
        return apps.relations_to(self)


def _related_fields(model: Model) -> list[Any]:
    options = model._meta
    return [*options.local_many_to_many, *options.local_fields, *options.private_fields]


def _key(target: str, app_label: str) -> Key:
    label, name = resolve_relation(target, app_label)
    return label, name
