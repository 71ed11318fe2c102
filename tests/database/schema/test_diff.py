"""What Django creates equals its models; what somebody changes is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from . import model_cases, scratch

TYPES = """
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE "Odd Mood" AS ENUM ('sad', 'ok');
CREATE TYPE other.mood AS ENUM ('sad', 'ok');
CREATE TYPE other.far AS ENUM ('sad', 'ok');
CREATE DOMAIN positive_int AS integer CHECK (VALUE > 0);
CREATE DOMAIN other.code AS varchar(5);
"""


def prepare(define: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        if define.__name__ in model_cases.NEEDS_EXTENSIONS:
            for extension in scratch.EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION {extension} SCHEMA public")


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("define", model_cases.CASES, ids=lambda define: define.__name__)
def test_what_django_creates_equals_its_models(define: Callable[[], None]) -> None:
    prepare(define)
    with scratch.registry(define) as apps:
        scratch.create(apps)

        found = scratch.compare(apps)

    assert scratch.explain(found) == []
