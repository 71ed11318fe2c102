"""The backend: what a connection finds, and what it costs to look."""

from __future__ import annotations

import pytest

from tests.project import CONNECT, Project

POOL = (
    "from django.db import connection as c\n"
    "c.settings_dict['OPTIONS']['pool'] = {'min_size': 1, 'max_size': 2, 'timeout': 5}\n"
    "c.ensure_connection(); print(type(c.pool).__name__); c.close(); c.close_pool()\n"
)
ELSEWHERE = (
    "from django.db import connection as c\n"
    "copy = c.copy('default')\n"
    "copy.settings_dict['NAME'] = 'elsewhere'\n"
    "copy.ensure_connection()\n"
)


@pytest.mark.parametrize(("user", "name"), [("app", "shop"), ('we"ird', "ein Laden; é'")])
def test_the_configured_role_and_database_are_made(project: Project, user: str, name: str) -> None:
    code = (
        "from django.db import connection as c\n"
        "with c.cursor() as q:\n"
        "    q.execute('SELECT current_user, current_database(), pg_get_userbyid(datdba),"
        " rolsuper FROM pg_database, pg_roles"
        " WHERE datname = current_database() AND rolname = current_user')\n"
        "    print(q.fetchone())\n"
    )

    result = project.run("shell", "-v0", "-c", code, DB_USER=user, DB_NAME=name)

    assert (result.stderr, result.stdout) == ("", f"{(user, name, user, False)!r}\n")


def test_another_name_makes_another_database_on_the_same_server(project: Project) -> None:
    assert project.run(*CONNECT).code == 0
    assert project.run(*CONNECT, DB_NAME="second").code == 0

    names = (
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"
    )
    assert project.ask(names) == "postgres prodobit second"
    assert project.log.count("starting PostgreSQL") == 1


def test_a_database_that_is_not_the_projects_is_not_made(project: Project) -> None:
    result = project.run("shell", "-v0", "-c", ELSEWHERE)

    assert result.code == 1
    assert 'database "elsewhere" does not exist' in result.stderr
    assert project.run("db", "status").code == 0


def test_a_pool_finds_the_server_at_once(project: Project) -> None:
    result = project.run("shell", "-v0", "-c", POOL)

    assert (result.code, result.stderr, result.stdout) == (0, "", "ConnectionPool\n")
