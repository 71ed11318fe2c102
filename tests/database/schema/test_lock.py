"""The lock of pushes and migrations."""

from __future__ import annotations

import os
import socket
import threading

import pytest
from django.db import connection

from database.schema import lock
from database.schema.state import TableName
from tests.cluster import Server

ASIDE = "SELECT pg_advisory_lock(%s)"


def refuse(session: lock.Session | None) -> None:
    pytest.fail(f"waited for {session}")


@pytest.mark.django_db
def test_nobody_holds_it_at_first(cluster: Server) -> None:
    assert lock.find_holder(connection) is None


@pytest.mark.django_db
def test_it_is_held_within_the_block_and_let_go_after_it(cluster: Server) -> None:
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        with lock.hold(connection, application="a test", on_wait=refuse):
            holder = lock.find_holder(connection)
            held = other.execute("SELECT pg_try_advisory_lock(%s)", [lock.KEY]).fetchone()
        free = other.execute("SELECT pg_try_advisory_lock(%s)", [lock.KEY]).fetchone()

    assert (held, free) == ((False,), (True,))
    assert holder is not None
    assert holder.application == f"a test {os.getpid()}@{socket.gethostname()}"


@pytest.mark.django_db
def test_it_is_let_go_after_an_error() -> None:
    with (
        pytest.raises(RuntimeError),
        lock.hold(connection, application="a test", on_wait=refuse),
    ):
        raise RuntimeError

    assert lock.find_holder(connection) is None


@pytest.mark.django_db
def test_the_one_waited_for_is_named_once(cluster: Server) -> None:
    name = connection.settings_dict["NAME"]
    told: list[lock.Session | None] = []
    with cluster.connect(name) as other:
        other.execute("SET application_name = 'somebody else'")
        other.execute(ASIDE, [lock.KEY])
        release = threading.Timer(0.8, other.execute, ["SELECT pg_advisory_unlock_all()"])
        release.start()
        with lock.hold(connection, application="a test", on_wait=told.append):
            pass
        release.join()
        pid = other.info.backend_pid

    assert len(told) == 1
    assert told[0] is not None
    assert (told[0].pid, told[0].application, told[0].user) == (pid, "somebody else", "postgres")
    assert told[0].describe().startswith(f"process {pid} (somebody else, user postgres")


@pytest.mark.django_db
def test_locks_of_others_are_not_taken_for_it(cluster: Server) -> None:
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock(1, 2)", [lock.KEY + 1])

        assert lock.find_holder(connection) is None


@pytest.mark.django_db
def test_who_has_a_table_is_found(cluster: Server) -> None:
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        other.execute("SET application_name = 'a report'")
        other.execute("BEGIN")
        other.execute("SELECT FROM django_content_type")

        found = lock.find_blockers(connection, [TableName("", "django_content_type")])
        nobody = lock.find_blockers(connection, [TableName("", "auth_user")])
        other.execute("ROLLBACK")

    assert [session.application for session in found] == ["a report"]
    assert nobody == []
