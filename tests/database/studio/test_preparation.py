import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.db.utils import OperationalError

from database.models import Product
from database.studio import preparation, server


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection to a database that does not exist, with a name that needs quoting."""
    connection = connections["default"].copy()
    connection.settings_dict = connection.settings_dict | {"NAME": f'studio "{id(request)}'}
    monkeypatch.setattr(preparation, "connections", {"default": connection})
    yield connection
    connection.close()
    with preparation._maintenance(connection) as other:
        name = psycopg.sql.Identifier(connection.settings_dict["NAME"])
        other.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {}").format(name))


@pytest.fixture
def powerless(absent: Any) -> Iterator[dict[str, str]]:
    """A role that may log in and nothing else."""
    settings = dict(absent.settings_dict)
    role = {"USER": f"studio_powerless_{os.getpid()}", "PASSWORD": "unimportant"}
    with preparation._maintenance(absent) as owner:
        owner.execute(f"CREATE ROLE {role['USER']} LOGIN PASSWORD '{role['PASSWORD']}'")
    yield role
    absent.settings_dict |= settings
    with preparation._maintenance(absent) as owner:
        owner.execute(f"DROP ROLE {role['USER']}")


def test_a_missing_database_is_created_once(absent: Any, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        assert preparation.ensure_database()
        assert not preparation.ensure_database()


def test_e407_a_database_that_may_not_be_created_is_asked_for(
    absent: Any, powerless: dict[str, str], django_db_blocker: Any
) -> None:
    name = absent.settings_dict["NAME"].replace('"', '""')
    absent.settings_dict |= powerless

    with django_db_blocker.unblock(), pytest.raises(preparation.PreparationError) as caught:
        preparation.ensure_database()

    assert f'CREATE DATABASE "{name}";' in str(caught.value)
    assert "permission denied" in str(caught.value)


def test_a_server_that_is_not_there_stays_an_operational_error(
    absent: Any, django_db_blocker: Any
) -> None:
    host, port = absent.settings_dict["HOST"], absent.settings_dict["PORT"]
    absent.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}

    with django_db_blocker.unblock(), pytest.raises(OperationalError):
        preparation.ensure_database()

    absent.settings_dict |= {"HOST": host, "PORT": port}


@pytest.mark.django_db
def test_the_administrator_is_made_once_and_the_password_shown_once() -> None:
    first = preparation.ensure_administrator()
    second = preparation.ensure_administrator()

    user = User.objects.get()
    assert first.password is not None
    assert user.check_password(first.password)
    assert user.is_superuser
    assert second == preparation.Administrator("admin", None)


@pytest.mark.django_db
@pytest.mark.parametrize("rights", [{}, {"is_staff": True}])
def test_an_account_called_admin_is_never_raised_to_administrator(rights: dict[str, bool]) -> None:
    User.objects.create_user("admin", None, "x", **rights)

    found = preparation.ensure_administrator()

    assert found == preparation.Administrator("", None)
    assert not User.objects.get().is_superuser


@pytest.mark.django_db
def test_where_another_administrator_is_none_is_made() -> None:
    User.objects.create_superuser("ann", password="x")

    assert preparation.ensure_administrator() == preparation.Administrator("", None)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_single_row_is_not_empty() -> None:
    assert preparation.is_empty()

    Product.objects.create(name="Desk", price=1)

    assert not preparation.is_empty()


@pytest.mark.django_db
def test_an_up_to_date_database_has_nothing_to_migrate() -> None:
    assert preparation.migrate() == {}


def test_a_taken_port_is_passed_over_unless_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server.bind(None) as first:
        monkeypatch.setattr(server, "DEFAULT_PORT", first.server_port)

        with server.bind(None) as second:
            assert second.server_port > first.server_port
        with pytest.raises(server.PortError, match=f"Port {first.server_port} is taken"):
            server.bind(first.server_port)


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with server.bind(None) as first:
        monkeypatch.setattr(server, "DEFAULT_PORT", first.server_port)
        monkeypatch.setattr(server, "PORTS_TRIED", 1)

        with pytest.raises(server.PortError, match="Name one with --port"):
            server.bind(None)


def test_only_this_machine_can_reach_the_server() -> None:
    with server.bind(None) as listening:
        assert listening.socket.getsockname()[0] == "127.0.0.1"
