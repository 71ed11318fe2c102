"""Fixtures of the tests of what migrate adds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database.migrating.files import Files


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    """A folder for migration files."""
    found = Files(tmp_path)
    yield found
    found.forget()
