"""Django models → Schema: what Django's schema editor would create for them."""

from __future__ import annotations

from collections.abc import Collection

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper

from .state import Schema


def read(
    apps: Apps, connection: BaseDatabaseWrapper, *, app_labels: Collection[str] | None = None
) -> Schema:
    """Turn models into the schema that Django's schema editor would create for them.

    Args:
        apps: The global registry, or the ``StateApps`` of a ``ProjectState``.
        connection: The connection the schema is meant for.
        app_labels: Labels of the apps whose models count; None for all.

    Returns:
        The tables of managed models that are neither proxies nor swapped out, and the tables of
        their many-to-many fields.
    """
    raise NotImplementedError
