"""What DB_SAFE_MIGRATIONS refuses before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration

from database.schema.errors import RefusedError

UNSAFE = "prodobit.W881"
SHOWN = 5


def refuse_unsafe(
    connection: BaseDatabaseWrapper, loader: Any, plan: Sequence[tuple[Migration, bool]]
) -> None:
    """Refuse a plan if an operation is unsafe on a table that has rows.

    The engine itself would refuse it only when its turn comes, half way through a migration that
    is in no transaction.

    Args:
        connection: The connection; only one of the safe engine is looked at.
        loader: A loader of the migrations, with what is applied.
        plan: What is to be run.

    Raises:
        RefusedError: There is such an operation.
    """
    forwards = [migration for migration, backwards in plan if not backwards]
    if not getattr(connection, "safe_migrations", False) or not forwards:
        return
    if connection.in_atomic_block:
        # It is not the safe engine that migrates there.
        return
    from database.review.review import review_plan

    found = [
        f"{migration}: {each.consequence}"
        for migration in review_plan(connection, loader, forwards)
        for each in migration.all_findings()
        if each.id == UNSAFE
    ]
    if found:
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise RefusedError(
            "prodobit.E867",
            f"{'; '.join(each.rstrip('.') for each in found[:SHOWN])}{more}. Nothing was run. "
            "Write it in the safe way, which review shows; or, where nobody waits, migrate with "
            "DB_SAFE_MIGRATIONS=false.",
        )
