"""Fixtures of the app's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.database.servers import PrivateServer, SilentServer
from tests.database.shop import Shop, new_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster import Server


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


@pytest.fixture(scope="session")
def _shop_template(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database to which the project of ``shop`` was pushed while it had no models."""
    name = new_name("shop_template")
    cluster.create(name)
    shop = Shop.make(tmp_path_factory.mktemp("shop"), cluster, name)
    result = shop.push()
    assert result.code == 0, result.stderr
    yield name
    cluster.drop(name)


@pytest.fixture
def shop(cluster: Server, _shop_template: str, tmp_path: Path) -> Iterator[Shop]:
    """A project with an app without models, pushed to a database of its own."""
    name = new_name("shop")
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_shop_template}".encode())
    yield Shop.make(tmp_path, cluster, name)
    cluster.drop(name)
