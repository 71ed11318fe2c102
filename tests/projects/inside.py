"""Migrate a project in its own environment, tell what that cost, and describe what it came to.

    python -m tests.projects.inside stock|ours FILE

The settings are those of DJANGO_SETTINGS_MODULE. FILE gets a JSON object.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,no-any-return"

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
COMMANDS = {
    "stock": "django.core.management.commands.migrate",
    "ours": "database.management.commands.migrate",
}


def main() -> None:
    """Do it."""
    import django

    kind, target = sys.argv[1:]
    django.setup()
    from django.core.management import call_command

    module = importlib.import_module(COMMANDS[kind])
    runs = _keep_runs(module)
    call_command(module.Command(), verbosity=0, interactive=False)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    cost = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "seconds": time.perf_counter() - STARTED,
        "megabytes": usage.ru_maxrss / unit,
    }
    # Not at the top: it is not part of what is measured.
    from tests.projects.describe import describe

    ((plan, state),) = runs
    described = {"cost": cost, "migrations": len(plan), "models": describe(state)}
    Path(target).write_text(json.dumps(described))


def _keep_runs(module: Any) -> list[tuple[Any, Any]]:
    """Let a command's module keep the plan that its executor runs, and the state it comes to."""
    runs: list[tuple[Any, Any]] = []

    class Executor(module.MigrationExecutor):
        def migrate(self, targets: Any, plan: Any = None, *arguments: Any, **options: Any) -> Any:
            state = super().migrate(targets, plan, *arguments, **options)
            runs.append((plan, state))
            return state

    module.MigrationExecutor = Executor
    return runs


if __name__ == "__main__":
    main()
