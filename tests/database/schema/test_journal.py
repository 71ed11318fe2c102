"""The push journal."""

from __future__ import annotations

import getpass
from typing import Any

import pytest
from django.db import connection

from database.schema import catalog, journal
from database.schema.state import TableName

PRODUCT: dict[str, Any] = {
    "model": "shop.Product",
    "field": None,
    "columns": {"name": "name"},
    "objects": ["a", "b c"],
}


def write(**values: Any) -> None:
    entry: dict[str, Any] = {
        "apps": ("shop",),
        "changes": (),
        "renames": (),
        "sql": "",
        "seconds": 0.5,
        "objects": {},
    }
    journal.write(connection, journal.Entry(**(entry | values)))


def test_the_first_entry_makes_the_table(scratch: None) -> None:
    assert not journal.exists(catalog.read(connection, tables=[journal.TABLE]))

    write(changes=("create table x",), sql="CREATE TABLE x ()", renames=("shop.A=B",))
    write()

    assert journal.exists(catalog.read(connection, tables=[journal.TABLE]))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT os_user, database_user = session_user, apps, changes, renames, sql, seconds, "
            "pushed_at = now(), length(host) > 0 FROM prodobit_push_journal ORDER BY id LIMIT 1"
        )
        row = cursor.fetchone()
    assert row == (
        getpass.getuser(),
        True,
        ["shop"],
        ["create table x"],
        ["shop.A=B"],
        "CREATE TABLE x ()",
        0.5,
        True,
        True,
    )


def test_the_newest_entry_of_a_table_counts(scratch: None) -> None:
    odd = TableName("a.b", 'c."d')
    write(objects={TableName("public", "one"): PRODUCT, odd: PRODUCT})
    write(objects={TableName("public", "one"): PRODUCT | {"objects": []}})

    found = journal.read_objects(connection)

    assert found == {TableName("public", "one"): PRODUCT | {"objects": []}, odd: PRODUCT}


def test_a_table_that_was_dropped_is_forgotten(scratch: None) -> None:
    write(objects={TableName("public", "one"): PRODUCT})
    write(objects={TableName("public", "one"): None, TableName("public", "two"): None})

    assert journal.read_objects(connection) == {}


def test_renames_come_back_in_their_order(scratch: None) -> None:
    write(renames=("shop.A.x=y", "shop.A=B"))
    write(renames=("shop.B.y=z",))

    assert journal.read_renames(connection) == ["shop.A.x=y", "shop.A=B", "shop.B.y=z"]


def test_a_user_without_a_name_is_unknown(scratch: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr(getpass, "getuser", fail)
    write()

    with connection.cursor() as cursor:
        cursor.execute("SELECT os_user FROM prodobit_push_journal")
        assert cursor.fetchall() == [("unknown",)]
