"""database.probe against servers that work, refuse, hang and go away."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

import pytest

from database.probe import QueryRefusedError, UnreachableError, ask
from tests.database.servers import PASSWORD, PrivateServer, SilentServer, SwallowingProxy, free_port


@pytest.fixture
def params(breakable_server: PrivateServer) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": str(breakable_server.port),
        "user": "postgres",
        "password": PASSWORD,
        "dbname": "postgres",
        "sslmode": "disable",
        "cursor_factory": "something that libpq does not know",
    }


def test_rows_come_back_as_text(params: dict[str, Any]) -> None:
    rows = ask(params, "SELECT n, 'x' || n FROM generate_series(1, 3) n", 5)

    assert rows == [("1", "x1"), ("2", "x2"), ("3", "x3")]


def test_a_large_result_comes_back_whole(params: dict[str, Any]) -> None:
    rows = ask(params, "SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n", 20)

    assert len(rows) == 20000
    assert rows[-1] == ("20000", "x" * 1000)


@pytest.mark.parametrize(
    ("query", "sqlstate"),
    [
        ("SELECT * FROM nowhere", "42P01"),
        ("SELECT 1/0", "22012"),
        ("SELECT pg_sleep(60)", "57014"),
    ],
)
def test_a_refusal_carries_the_code_of_the_server(
    params: dict[str, Any], query: str, sqlstate: str
) -> None:
    begun = time.monotonic()

    with pytest.raises(QueryRefusedError) as caught:
        ask(params, query, 0.5)

    assert caught.value.sqlstate == sqlstate
    assert "\n" not in str(caught.value)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong-secret"}, "password authentication failed"),
        ({"user": "stranger"}, "password authentication failed"),
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
        ({"host": "nowhere.invalid"}, "failed to resolve host"),
        ({"sslmode": "require"}, "SSL"),
        ({"target_session_attrs": "standby"}, "standby"),
        ({"port": "5432,5433"}, "could not match"),
        ({"host": "/nonexistent"}, "No such file"),
        ({"port": str(free_port())}, "Connection refused"),
    ],
)
def test_a_connection_that_is_refused_says_why_without_the_password(
    params: dict[str, Any], change: dict[str, str], said: str
) -> None:
    with pytest.raises(UnreachableError) as caught:
        ask(params | change, "SELECT 1", 5)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_a_server_that_never_answers_is_given_up_in_time(
    params: dict[str, Any], silent_server: SilentServer
) -> None:
    begun = time.monotonic()

    with pytest.raises(UnreachableError, match=r"no answer from 127\.0\.0\.1"):
        ask(params | {"port": str(silent_server.port)}, "SELECT 1", 0.4)

    assert 0.4 <= time.monotonic() - begun < 0.6


def test_a_server_that_goes_silent_after_the_connection_is_given_up_in_time(
    params: dict[str, Any], breakable_server: PrivateServer
) -> None:
    with SwallowingProxy(breakable_server.port) as proxy:
        begun = time.monotonic()

        with pytest.raises(UnreachableError, match="then did not answer"):
            ask(params | {"port": str(proxy.port)}, "SELECT 1", 0.4)

        assert 0.4 <= time.monotonic() - begun < 0.6


def test_a_connection_that_the_server_ends_is_no_answer(params: dict[str, Any]) -> None:
    with pytest.raises(UnreachableError, match="terminating connection"):
        ask(params, "SELECT pg_terminate_backend(pg_backend_pid())", 5)


def test_a_silent_host_leaves_time_for_the_next(
    params: dict[str, Any], silent_server: SilentServer
) -> None:
    ports = f"{silent_server.port},{silent_server.port},{free_port()},{params['port']}"

    rows = ask(params | {"host": ",".join(["127.0.0.1"] * 4), "port": ports}, "SELECT 1", 1.5)

    assert rows == [("1",)]


def test_all_hosts_that_failed_are_named(
    params: dict[str, Any], silent_server: SilentServer
) -> None:
    closed = free_port()
    hosts = {"host": "127.0.0.1,127.0.0.1", "port": f"{closed},{silent_server.port}"}

    with pytest.raises(UnreachableError) as caught:
        ask(params | hosts, "SELECT 1", 0.5)

    assert f"port {closed} failed: Connection refused" in str(caught.value)
    assert f"no answer from 127.0.0.1 port {silent_server.port}" in str(caught.value)


def test_nothing_stays_open(params: dict[str, Any], silent_server: SilentServer) -> None:
    two_hosts = {"host": "127.0.0.1,127.0.0.1", "port": f"{silent_server.port},{params['port']}"}
    cases: list[dict[str, str]] = [{}, two_hosts, {"port": str(free_port())}, {"user": "nobody"}]
    before = len(os.listdir("/proc/self/fd"))

    for case in cases:
        with suppress(UnreachableError):
            ask(params | case, "SELECT 1", 5)
        with suppress(UnreachableError, QueryRefusedError):
            ask(params | case, "SELECT * FROM nowhere", 5)

    assert len(os.listdir("/proc/self/fd")) == before
