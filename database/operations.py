"""Operations of migrations for what no model can express."""

from __future__ import annotations

from typing import Any, override

from django.db import migrations

__all__ = ["DatabaseObject", "RemoveObject"]


class DatabaseObject(migrations.RunSQL):
    """Makes a view, a function, a trigger or the like by SQL, and takes it away in reverse.

    It is an SQL operation that says what it makes, so that it can be told whether that is there.

    Args:
        kind: ``view``, ``function``, ``trigger``, …
        name: Its name as SQL, ``last_updated ON film``.
        sql: SQL that makes it.
        reverse_sql: SQL that takes it away.
        former_sql: Where ``sql`` replaces what was there, SQL that makes it as it was; it is run in
            reverse then.
    """

    def __init__(
        self, kind: str, name: str, sql: str, reverse_sql: str = "", former_sql: str = ""
    ) -> None:
        self.kind, self.name = kind, name
        self.removal_sql, self.former_sql = reverse_sql, former_sql
        super().__init__(sql, former_sql or reverse_sql or migrations.RunSQL.noop)

    @override
    def deconstruct(self) -> Any:
        arguments = {"kind": self.kind, "name": self.name, "sql": self.sql}
        if self.removal_sql:
            arguments["reverse_sql"] = self.removal_sql
        if self.former_sql:
            arguments["former_sql"] = self.former_sql
        return self.__class__.__qualname__, [], arguments

    @override
    def describe(self) -> str:
        return f"Create {self.kind} {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        """Part of the file's name where Django chooses one."""
        return _fragment(self.kind, self.name)


class RemoveObject(migrations.RunSQL):
    """Takes away what a :class:`DatabaseObject` of an earlier migration made.

    Args:
        kind: ``view``, ``function``, ``trigger``, …
        name: Its name as SQL.
        sql: SQL that takes it away.
        reverse_sql: SQL that makes it as it was.
    """

    def __init__(self, kind: str, name: str, sql: str, reverse_sql: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(sql, reverse_sql)

    @override
    def deconstruct(self) -> Any:
        arguments = {
            "kind": self.kind,
            "name": self.name,
            "sql": self.sql,
            "reverse_sql": self.reverse_sql,
        }
        return self.__class__.__qualname__, [], arguments

    @override
    def describe(self) -> str:
        return f"Remove {self.kind} {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        """Part of the file's name where Django chooses one."""
        return f"remove_{_fragment(self.kind, self.name)}"


def _fragment(kind: str, name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in f"{kind}_{name}".lower())[:40]
