"""The model states of a project, copied only where they are written to."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.migrations.state import ModelState, StateApps
from django.db.migrations.utils import resolve_relation

Key = tuple[str, str]
"""App label and lower-case model name."""


class References(NamedTuple):
    """What the fields and bases of one model state lead to.

    Attributes:
        keys: The models they name.
        open: Whether code outside Django decides what the model relates to, so that it may relate
            to any model.
    """

    keys: frozenset[Key]
    open: bool


class ModelStates(dict[Key, ModelState]):
    """A mapping of model states that is cheap to fork.

    Django copies every model state whenever it copies a project state, which is once for every
    operation. Here a fork shares the model states, and whoever reads one through the mapping gets
    a copy of its own first, because what is read may be changed.
    """

    def __init__(self, states: dict[Key, ModelState] | None = None) -> None:
        super().__init__(states or {})
        self._owned: set[Key] = set(self)

    def fork(self) -> Self:
        """Return a copy that is independent of this mapping."""
        self._owned = set()
        forked = type(self)()
        dict.update(forked, self)  # Goes past __getitem__ and __setitem__.
        return forked

    def frozen(self) -> dict[Key, ModelState]:
        """Return the model states as they are now. They must not be changed."""
        self._owned = set()
        return self._plain()

    def referrers(self, key: Key) -> list[Key]:
        """Return the models whose fields or bases may lead to a model, in order."""
        return [
            name
            for name, state in dict.items(self)
            if (found := self._references(name, state)).open or key in found.keys
        ]

    def _references(self, key: Key, state: ModelState) -> References:
        return references(state) if key in self._owned else frozen_references(state)

    def _own(self, key: Key, state: ModelState) -> ModelState:
        if key not in self._owned:
            state = state.clone()
            self[key] = state
        return state

    def __setitem__(self, key: Key, state: ModelState) -> None:
        self._owned.add(key)
        super().__setitem__(key, state)

    def __getitem__(self, key: Key) -> ModelState:
        return self._own(key, super().__getitem__(key))

    def get(self, key: Key, default: Any = None) -> Any:
        """Return a model state, or the default."""
        return self[key] if key in self else default  # noqa: SIM401 - This is get().

    def setdefault(self, key: Key, default: Any = None) -> Any:
        """Return a model state, which is the default if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Key, *default: Any) -> Any:
        """Remove and return a model state, or the default."""
        if key in self:
            self[key]
        self._owned.discard(key)
        return super().pop(key, *default)

    def popitem(self) -> tuple[Key, ModelState]:
        """Remove and return the last model state and its key."""
        key = next(reversed(self))
        return key, self.pop(key)

    def values(self) -> Any:
        """Return the model states, each of them this mapping's own."""
        return self._all().values()

    def items(self) -> Any:
        """Return the keys and model states, each of them this mapping's own."""
        return self._all().items()

    def copy(self) -> dict[Key, ModelState]:
        """Return a plain dictionary of the same model states, as a dictionary's copy does."""
        return self._all()

    def _all(self) -> dict[Key, ModelState]:
        for key in list(self):
            self[key]
        return self._plain()

    def _plain(self) -> dict[Key, ModelState]:
        plain: dict[Key, ModelState] = {}
        plain.update(self)  # Goes past __getitem__, unlike a loop.
        return plain

    def __reduce__(self) -> Any:
        return (type(self), (self.copy(),))


def frozen_references(state: ModelState) -> References:
    """Return the references of a model state that never changes any more."""
    found = state.__dict__.get("_prodobit_references")
    if found is None:
        found = state.__dict__["_prodobit_references"] = references(state)
    return found


def references(state: ModelState) -> References:
    """Return what the fields and bases of a model state lead to."""
    here = (state.app_label, state.name_lower)
    keys: set[Key] = set()
    is_open = False
    for base in state.bases:
        if isinstance(base, str):
            keys.add(key_of(base, here))
        elif base is not models.Model and hasattr(base, "_meta"):
            is_open = True
    for field in state.fields.values():
        is_open = is_open or not _relates_as_declared(field)
        keys.update(targets_of(field, here))
    return References(frozenset(keys), is_open)


def targets_of(field: Any, here: Key) -> Iterator[Key]:
    """Yield the model that a field points to, and the one between if it names one."""
    relation = getattr(field, "remote_field", None)
    if relation is not None:
        for target in (relation.model, getattr(relation, "through", None)):
            if target:
                yield key_of(target, here)


def key_of(target: Any, here: Key) -> Key:
    """Return the model that a field or a base of a model names."""
    label, name = resolve_relation(target, *here)
    return label, name


_probed: dict[type, bool] = {}


def _relates_as_declared(field: models.Field[Any, Any]) -> bool:
    """Return whether a field brings no relations but those that it declares."""
    field_class = type(field)
    if field_class not in _probed:
        _probed[field_class] = contributes_as_django(field_class) or _adds_nothing_else(field)
    return _probed[field_class]


def contributes_as_django(field_class: type) -> bool:
    """Return whether a class of fields leaves to Django what it does to the models."""
    return all(
        getattr(field_class, name).__module__.startswith("django.")
        for name in ("contribute_to_class", "contribute_to_related_class")
        if hasattr(field_class, name)
    )


def _adds_nothing_else(field: models.Field[Any, Any]) -> bool:
    """Try what a field of somebody else's class does to a model that has nothing else."""
    apps = StateApps(set(), {})
    state = ModelState("probe", "Probe", [("id", models.AutoField(primary_key=True))])
    state.fields["probed"] = field
    try:
        options = state.render(apps)._meta
    except Exception:
        return False  # It needs more of its model: it cannot be told what it does.
    declared = set(targets_of(field, ("probe", "probe")))
    found = [*options.local_fields, *options.local_many_to_many, *options.private_fields]
    return all(
        declared.issuperset(targets_of(each, ("probe", "probe"))) for each in found
    ) and list(apps.all_models["probe"]) == ["probe"]


class Order:
    """The order in which Django, rendering everything anew, registers the models of a state.

    Django renders in order, and leaves a model whose bases are not there yet for the next round.
    """

    def __init__(self, states: dict[Key, ModelState]) -> None:
        self._states = states
        self._position = {key: number for number, key in enumerate(states)}
        self._rounds: dict[Key, int] = {}

    def __call__(self, key: Key) -> tuple[int, int]:
        """Return what to sort a model by."""
        return self._round(key), self._position[key]

    def _round(self, key: Key) -> int:
        if key not in self._rounds:
            self._rounds[key] = 0  # Bases that go in a circle end here; rendering reports them.
            for base in self._states[key].bases:
                base_key = key_of(base, key) if isinstance(base, str) else None
                if base_key in self._position:
                    later = self._position[base_key] > self._position[key]
                    self._rounds[key] = max(self._rounds[key], self._round(base_key) + later)
        return self._rounds[key]
