"""Who is told before and after a migrate, and which models they need.

https://docs.djangoproject.com/en/6.1/ref/signals/#management-signals
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ReferenceType

from django.apps import apps as current_apps
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import Signal

SENDERS = ("emit_pre_migrate_signal", "emit_post_migrate_signal")


def are_known() -> bool:
    """Tell whether all receivers of both signals are those of ``django.contrib``.

    They read the names and permissions of models, look their own models up by name, and walk
    nowhere, so that any registry with the same models does.
    """
    return all(_is_known(each) for signal in (pre_migrate, post_migrate) for each in _all(signal))


def _all(signal: Signal) -> Iterator[Any]:
    for _, receiver, *_ in signal.receivers:
        yield receiver() if isinstance(receiver, ReferenceType) else receiver


def _is_known(receiver: Any) -> bool:
    return receiver is None or receiver.__module__.startswith("django.contrib.")


@contextmanager
def spared(module: Any, is_current: Callable[[], bool]) -> Iterator[None]:
    """Let the receivers see the project's models, where there is nothing to migrate.

    The models of a state are rendered for them otherwise, in the end every one.

    Args:
        module: The module of Django's command, which sends the signals.
        is_current: Whether all migrations are applied, and come to the project's models. It is
            only asked where it matters.
    """
    before = {name: vars(module)[name] for name in SENDERS}

    def sparing(send: Callable[..., None]) -> Callable[..., None]:
        def emit(*args: Any, **more: Any) -> None:
            if not more["plan"] and are_known() and is_current():
                more["apps"] = current_apps
            send(*args, **more)

        return emit

    vars(module).update({name: sparing(send) for name, send in before.items()})
    try:
        yield
    finally:
        vars(module).update(before)
