"""Poolers are told from servers, and those that keep sessions from those that do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from database.schema import lock, pooler
from database.schema.errors import RefusedError
from tests.cluster import Server, wait_until
from tests.database.pgbouncer import PgBouncer


@pytest.fixture(scope="module")
def transaction_mode(cluster: Server) -> Iterator[PgBouncer]:
    with PgBouncer(cluster, "transaction") as running:
        yield running


@pytest.fixture(scope="module")
def session_mode(cluster: Server) -> Iterator[PgBouncer]:
    with PgBouncer(cluster, "session") as running:
        yield running


@pytest.fixture
def through() -> Iterator[None]:
    """Let the test's connection be led elsewhere, and back."""
    connection.close()
    before = {**connection.settings_dict}
    yield
    connection.close()
    connection.settings_dict.clear()
    connection.settings_dict.update(before)


def refuse(session: lock.Session | None) -> None:
    pytest.fail(f"waited for {session}")


def lead(port: int, **more: object) -> None:
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": str(port), **more}


def test_a_server_is_no_pooler(cluster: Server) -> None:
    with cluster.connect() as one:
        assert not pooler.is_between(one)


def test_pgbouncer_in_session_mode_keeps_sessions(session_mode: PgBouncer) -> None:
    with session_mode.connect("postgres") as one, session_mode.connect("postgres") as other:
        assert pooler.is_between(one)
        assert not pooler.shares_sessions(one, other)


def test_pgbouncer_in_transaction_mode_does_not(transaction_mode: PgBouncer) -> None:
    with transaction_mode.connect("postgres") as one, transaction_mode.connect("postgres") as other:
        assert pooler.is_between(one)
        assert pooler.shares_sessions(one, other)


@pytest.mark.parametrize(
    ("mode", "size", "round_robin"),
    [("transaction", 1, False), ("transaction", 2, True), ("statement", 2, False)],
)
def test_it_is_told_with_few_sessions_and_in_other_modes(
    cluster: Server, mode: str, size: int, round_robin: bool
) -> None:
    with (
        PgBouncer(cluster, mode, size=size, round_robin=round_robin) as running,
        running.connect("postgres") as one,
        running.connect("postgres") as other,
    ):
        # So that there are several sessions to choose from.
        if size > 1 and mode == "transaction":
            with one.transaction(), other.transaction():
                one.execute("SELECT 1")
                other.execute("SELECT 1")

        assert pooler.shares_sessions(one, other)


def test_it_is_told_while_others_use_it(transaction_mode: PgBouncer) -> None:
    done = threading.Event()

    def use() -> None:
        with transaction_mode.connect("postgres") as busy:
            while not done.is_set():
                busy.execute("SELECT pg_sleep(0.001)")

    others = [threading.Thread(target=use) for _ in range(3)]
    for each in others:
        each.start()
    try:
        for _ in range(20):
            with (
                transaction_mode.connect("postgres") as one,
                transaction_mode.connect("postgres") as other,
            ):
                assert pooler.shares_sessions(one, other)
    finally:
        done.set()
        for each in others:
            each.join()


@pytest.mark.usefixtures("transactional_db", "through")
def test_e801_the_lock_is_refused_and_none_is_left_behind(
    cluster: Server, transaction_mode: PgBouncer
) -> None:
    name = connection.settings_dict["NAME"]
    lead(transaction_mode.port)

    with (
        pytest.raises(RefusedError, match="DB_DIRECT_HOST") as caught,
        lock.hold(connection, application="a test", on_wait=refuse),
    ):
        pass

    assert caught.value.id == "prodobit.E801"
    with cluster.connect(name) as other:
        wait_until(
            lambda: (
                not other.execute(
                    "SELECT FROM pg_locks WHERE locktype = 'advisory' "
                    "AND database = (SELECT oid FROM pg_database d "
                    "WHERE d.datname = current_database())"
                ).fetchall()
            )
        )


@pytest.mark.usefixtures("transactional_db", "through")
def test_in_session_mode_the_lock_is_held(cluster: Server, session_mode: PgBouncer) -> None:
    lead(session_mode.port)

    with lock.hold(connection, application="a test", on_wait=refuse) as held:
        found = lock.find_holder(held.connection)

    assert found is not None
    assert found.pid == held.pid
    assert lock.find_holder(connection) is None


@pytest.mark.usefixtures("transactional_db", "through")
def test_the_direct_server_is_used_while_the_lock_is_held(
    cluster: Server, transaction_mode: PgBouncer
) -> None:
    target = cluster.parameters(tcp=True)
    direct = {"HOST": target["host"], "PORT": target["port"]}
    lead(transaction_mode.port, DIRECT=direct, PASSWORD=target.get("password", ""))

    with lock.hold(connection, application="a test", on_wait=refuse):
        within = connection.connection.info.port
    connection.ensure_connection()

    assert within == int(target["port"])
    assert connection.connection.info.port == transaction_mode.port
