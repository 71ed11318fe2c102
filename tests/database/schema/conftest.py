"""The scratch schema."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture
def scratch(db: None) -> None:
    """Make an empty schema the one that things are created in, until the test's rollback."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA scratch")
        cursor.execute("SET LOCAL search_path TO scratch, public")
