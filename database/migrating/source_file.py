"""The bytes of a migration's file: as long as they are the same, nothing was edited."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db import migrations
from django.db.migrations import Migration


@dataclass(frozen=True)
class SourceFile:
    """The file of a migration.

    Attributes:
        module: The name under which it was loaded.
        content: What is in it.
    """

    module: str
    content: bytes

    @classmethod
    def of(cls, migration: Migration) -> SourceFile | None:
        """Return the file that a migration was loaded from; None if it is not there."""
        module: ModuleType | None = sys.modules.get(type(migration).__module__)
        file = getattr(module, "__file__", None)
        # A migration that was made in memory has the name of some other module.
        if module is None or not file or module.__name__.rpartition(".")[2] != migration.name:
            return None
        if os.path.splitext(file)[1] != ".py" or not os.path.exists(file):
            return None
        with open(file, "rb", buffering=0) as stream:
            return cls(module.__name__, stream.read())


def source_of(migration: Migration, file: SourceFile | None = None) -> str:
    """Return the digest of a migration's file, with the SQL that it may have from elsewhere.

    Args:
        migration: A loaded migration.
        file: Its file, if it was read already.

    Returns:
        An empty text if there is no file.
    """
    file = file or SourceFile.of(migration)
    if file is None:
        return ""
    texts = [part.encode() for operation in migration.operations for part in _sql_in(operation)]
    return digest(file.content, *texts)


def digest(*parts: bytes) -> str:
    """Return one digest of several texts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def _sql_in(operation: Any) -> Iterator[str]:
    if isinstance(operation, migrations.RunSQL):
        yield repr((operation.sql, operation.reverse_sql))
    for name in ("state_operations", "database_operations"):
        for inner in getattr(operation, name, None) or ():
            yield from _sql_in(inner)
