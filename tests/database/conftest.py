"""Fixtures of the app's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.database.servers import PrivateServer, SilentServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def breakable_server() -> Iterator[PrivateServer]:
    """A running PostgreSQL that this test module alone uses."""
    server = PrivateServer()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    """A server that accepts and never answers."""
    with SilentServer() as server:
        yield server
