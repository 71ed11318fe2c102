"""Detecting changes of models in time that grows with the number of models."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any

from django.db import migrations
from django.db.migrations import autodetector
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation
from django.db.migrations.state import ProjectState

from database.migrating.model_states import Key
from database.migrating.present_state import PresentState
from database.migrating.sameness import LEAVES


class MigrationAutodetector(autodetector.MigrationAutodetector):
    """Django's autodetector: the same states in, the same migrations out.

    Models that are the same in both states are set aside before anything is done with them, and
    operations are sorted and merged without comparing each with all others.
    """

    def _detect_changes(self, convert_apps: Any = None, graph: Any = None) -> dict[str, Any]:
        self._altered_together: dict[str, list[Any]] = {}
        if self._is_everything_the_same(convert_apps):
            self.generated_operations: dict[str, Any] = {}
            self.migrations: dict[str, Any] = {}
            return self.migrations
        detected: dict[str, Any] = super()._detect_changes(convert_apps, graph)
        return detected

    @classmethod
    def finds_nothing(cls, before: ProjectState, after: ProjectState) -> bool:
        """Return whether there is nothing to be done; it may say no where there is nothing."""
        try:
            return cls(before, after)._is_everything_the_same()
        except Exception:
            return False  # A field that is no field of Django's may raise anything when copied.

    def _is_everything_the_same(self, convert_apps: Any = None) -> bool:
        self._same = frozenset[Key]()
        if isinstance(self.to_state, PresentState):
            self._same = self.to_state.share(self.from_state, self.deep_deconstruct)
        old, new = self.from_state.models, self.to_state.models
        for states in (old, new):
            # Past the mapping's own method, which copies what it gives.
            for each in dict.values(states):
                for name, field in each.fields.items():
                    field.name = name
        left_out = self.from_state.real_apps - set(convert_apps or ())
        kinds = [
            {
                key: _kind(state)
                for key, state in dict.items(states)
                if _counts(key, state, left_out)
            }
            for states in (old, new)
        ]
        return kinds[0] == kinds[1] and not self._changed(kinds[0])

    def _changed(self, keys: Iterable[Key]) -> set[Key]:
        old, new = self.from_state.models, self.to_state.models
        return {
            key for key in keys if key not in self._same and self._is_changed(old[key], new[key])
        }

    def _is_changed(self, old: Any, new: Any) -> bool:
        """Return whether two states of a model differ in anything that makes an operation.

        It may say so of states that do not.
        """
        names = (*migrations.AlterModelOptions.ALTER_OPTION_KEYS, "db_table", "db_table_comment")
        if _present(old.options, names) != _present(new.options, names):
            return True
        if _kind(new) != "model":
            return False
        return (
            old.options["indexes"] != new.options["indexes"]
            or old.options["constraints"] != new.options["constraints"]
            or _deconstructed(old.options) != _deconstructed(new.options)
            or any(
                set(old.options.get(name) or ()) != set(new.options.get(name) or ())
                for name in ("unique_together", "index_together")
            )
            or old.options.get("order_with_respect_to") != new.options.get("order_with_respect_to")
            or old.managers != new.managers
            or old.fields.keys() != new.fields.keys()
            or any(
                not self._is_same_field(field, new.fields[name])
                for name, field in old.fields.items()
            )
        )

    def _is_same_field(self, old: Any, new: Any) -> bool:
        made, made_now = old.deconstruct()[1:], new.deconstruct()[1:]
        if made == made_now and all(
            type(value) in LEAVES for value in (*made[1], *made[2].values())
        ):
            return True
        return bool(self.deep_deconstruct(old) == self.deep_deconstruct(new))

    def generate_renamed_models(self) -> None:
        """Find the models that were renamed."""
        if self.old_model_keys <= self.new_model_keys:
            self.renamed_models: dict[Key, str] = {}
            self.renamed_models_rel: dict[str, str] = {}
        else:
            super().generate_renamed_models()

    def _prepare_field_lists(self) -> None:
        super()._prepare_field_lists()
        gone = {key[:2] for key in self.old_field_keys - self.new_field_keys}
        come = {key[:2] for key in self.new_field_keys - self.old_field_keys}
        if self.renamed_models or gone & come:
            return  # What is renamed may change what others point to.
        changed = self._changed(
            self.kept_model_keys | self.kept_proxy_keys | self.kept_unmanaged_keys
        )
        self.kept_model_keys &= changed
        self.kept_proxy_keys &= changed
        self.kept_unmanaged_keys &= changed
        self.old_field_keys = {key for key in self.old_field_keys if key[:2] in changed}
        self.new_field_keys = {key for key in self.new_field_keys if key[:2] in changed}

    def create_altered_indexes(self) -> None:
        """Find the indexes that were changed."""
        # Django looks for this in all models anew for each model.
        name = migrations.AlterIndexTogether.option_name
        self._altered_together[name] = list(super()._get_altered_foo_together_operations(name))
        super().create_altered_indexes()
        del self._altered_together[name]

    def _get_altered_foo_together_operations(self, option_name: str) -> Iterator[Any]:
        if option_name in self._altered_together:
            return iter(self._altered_together[option_name])
        found: Iterator[Any] = super()._get_altered_foo_together_operations(option_name)
        return found

    def _sort_migrations(self) -> None:
        for app_label, operations in sorted(self.generated_operations.items()):
            of_model: dict[str, list[Any]] = defaultdict(list)
            for operation in operations:
                of_model[_model_name(operation)].append(operation)
            sorter: TopologicalSorter[Any] = TopologicalSorter()
            for operation in operations:
                sorter.add(operation)
                for dependency in operation._auto_deps:
                    resolved = self._resolve_dependency(dependency)[0]
                    if resolved.app_label == app_label:
                        # Whatever satisfies a dependency is an operation on the model it names.
                        candidates = of_model.get(resolved.model_name_lower, ())
                        sorter.add(
                            operation,
                            *(each for each in candidates if self.check_dependency(each, resolved)),
                        )
            self.generated_operations[app_label] = list(sorter.static_order())

    def _optimize_migrations(self) -> None:
        # Not at the top: migrate looks for changes, and has none to optimize.
        from database.migrating.optimizer import MigrationOptimizer

        for app_label, found in self.migrations.items():
            for first, second in pairwise(found):
                second.dependencies.append((app_label, first.name))
        for app_label, found in self.migrations.items():
            for migration in found:
                migration.dependencies = list(set(migration.dependencies))
                migration.operations = MigrationOptimizer().optimize(
                    migration.operations, app_label
                )


def _counts(key: Key, state: Any, left_out: set[str]) -> bool:
    return _kind(state) == "unmanaged" or key[0] not in left_out


def _kind(state: Any) -> str:
    if not state.options.get("managed", True):
        return "unmanaged"
    return "proxy" if state.options.get("proxy") else "model"


def _present(options: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: options[name] for name in names if name in options}


def _deconstructed(options: dict[str, Any]) -> list[Any]:
    return [constraint.deconstruct() for constraint in options["constraints"]]


def _model_name(operation: Any) -> str:
    if isinstance(operation, ModelOperation):
        return str(operation.name_lower)
    if isinstance(operation, FieldOperation | IndexOperation):
        return str(operation.model_name_lower)
    return ""
