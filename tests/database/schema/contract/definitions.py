"""Model definitions as text, and the isolated app registry they become."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import models
from django.db.migrations.state import AppConfigStub, ModelState
from django.db.models.options import Options

APP = "shop"
"""Label of the app that the definitions of a case belong to."""

IMPORTS = """\
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.postgres.constraints import *
from django.contrib.postgres.fields import *
from django.contrib.postgres.indexes import *
from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.search import *
from django.db.models import *
from django.db.models.functions import *
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.lookups import Exact, GreaterThan

from database.fields import EnumField
"""
"""What a definition may use without saying where it comes from."""


@cache
def _vocabulary() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(IMPORTS, names)
    return names


def source(definition: str) -> str:
    """Return the Python text that a definition is short for.

    Args:
        definition: Classes; or only the body of one class, which is then called ``Thing``.
            Empty text is an app without models.
    """
    text = textwrap.dedent(definition).strip("\n")
    if not text.strip() or re.search(r"^class (?!Meta:)", text, re.MULTILINE):
        return text
    return "class Thing(Model):\n" + textwrap.indent(text, "    ")


def load(definition: str, uses: tuple[str, ...] = ()) -> Apps:
    """Make the models of a definition, in a registry of their own.

    Args:
        definition: See ``source``.
        uses: Labels of installed apps whose models the definition refers to; copies of them
            are put into the registry.
    """
    registry = Apps([AppConfigStub(label) for label in (*uses, APP)])
    for label in uses:
        for model in installed.get_app_config(label).get_models():
            ModelState.from_model(model).render(registry)
    with _declared_in(registry):
        exec(
            compile(source(definition), f"<{APP}.models>", "exec"),
            _vocabulary() | {"__name__": f"{APP}.models"},
        )
    registry.clear_cache()
    return registry


@contextmanager
def _declared_in(registry: Apps) -> Iterator[None]:
    config = registry.get_app_config(APP)
    with (
        mock.patch.object(Options, "default_apps", registry),
        mock.patch.object(installed, "get_containing_app_config", return_value=config),
    ):
        yield


def tables(registry: Apps) -> list[type[models.Model]]:
    """Return the models of the case's app that have a table of their own to be managed."""
    return [
        model
        for model in registry.get_app_config(APP).get_models()
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped
    ]


def declared_names(registry: Apps) -> frozenset[str]:
    """Return the names of indexes and constraints that the definitions state, cut."""
    names = {
        thing.name
        for model in registry.get_app_config(APP).get_models()
        for thing in (*model._meta.indexes, *model._meta.constraints)
    }
    return frozenset(cut(name) for name in names)


def cut(name: str) -> str:
    """Cut an identifier to PostgreSQL's 63 bytes, without breaking a character.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """
    return name.encode()[:63].decode(errors="ignore")
