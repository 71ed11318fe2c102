"""What every test can use: the server, empty databases, and commands run as a user would."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import cluster as clusters
from tests.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_unconfigure() -> None:
    """Stop the server at the end of the run, also after Ctrl-C."""
    clusters.release()


@pytest.fixture(scope="session")
def cluster() -> clusters.Server:
    """Return the server that the tests run on."""
    return clusters.provide()


@pytest.fixture
def database_url(cluster: clusters.Server) -> Iterator[str]:
    """Return the DATABASE_URL of an empty database, which is dropped after the test."""
    name = f"fresh_{secrets.token_hex(6)}"
    cluster.create(name)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def run_manage(cluster: clusters.Server) -> Callable[..., clusters.Result]:
    """Return a function that runs ``manage.py`` without a terminal.

    See tests.cluster.manage. Where ``env`` names no database it gets the server's own, empty
    one named ``postgres``, never the embedded server of the folder the tests are in.
    """
    return functools.partial(_on_server, clusters.manage, cluster)


@pytest.fixture
def run_manage_tty(cluster: clusters.Server) -> Callable[..., clusters.Result]:
    """Return a function that runs ``manage.py`` on a terminal; see tests.cluster.manage_tty."""
    return functools.partial(_on_server, clusters.manage_tty, cluster)


@pytest.fixture
def project() -> Iterator[Project]:
    """Return a copy of the project with nothing configured, in a folder closed to others."""
    copy = Project.copy()
    yield copy
    copy.discard()


def _on_server(
    run: Callable[..., clusters.Result],
    server: clusters.Server,
    *arguments: str,
    env: dict[str, str] | None = None,
    **options: object,
) -> clusters.Result:
    more = dict(env or {})
    if "DB_HOST" not in more and "project" not in options:
        more = {"DATABASE_URL": server.url("postgres"), "SECRET_KEY": clusters.SECRET_KEY} | more
    return run(*arguments, env=more, **options)
