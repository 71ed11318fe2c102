"""Knowing by which setting a model can be swapped, without going over all models each time."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps

_METHOD = "get_swappable_settings_name"


class _SettingNames:
    """Callable in place of ``apps.get_swappable_settings_name``."""

    def __init__(self) -> None:
        self._names: dict[str, Any] | None = None

    def __call__(self, to_string: str) -> Any:
        if self._names is None:
            self._names = {}
            for model in apps.get_models(include_swapped=True):
                options = model._meta
                if options.swapped:
                    self._names.setdefault(options.swapped.lower(), options.swappable)
                if options.swappable:
                    self._names.setdefault(options.label_lower, options.swappable)
        return self._names.get(to_string.lower())

    def cache_clear(self) -> None:
        """Look at the models again when next asked."""
        self._names = None


@contextmanager
def setting_names_kept() -> Iterator[None]:
    """Look at all models only once to find out which can be swapped.

    Every copy of a foreign key asks for the setting of the model it points to. Django goes over all
    models for each such model, and forgets what it found whenever a model of any registry is
    rendered.
    """
    if _METHOD in vars(apps):
        yield
        return
    vars(apps)[_METHOD] = _SettingNames()
    try:
        yield
    finally:
        del vars(apps)[_METHOD]
