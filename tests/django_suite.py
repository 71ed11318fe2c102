"""Run Django's own tests with our project state, executor and autodetector in place of Django's.

    python -m tests.django_suite DJANGO_SOURCE [arguments of runtests.py]

DJANGO_SOURCE is the unpacked source distribution of the Django that is installed. The database is
that of the DB_* variables, as for the project's own tests.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path


def replace() -> None:
    """Put our classes where Django's are looked up from now on."""
    from django.db.migrations import autodetector, executor, graph, loader, optimizer, state

    from database.migrating.autodetector import MigrationAutodetector
    from database.migrating.executor import MigrationExecutor
    from database.migrating.loader import MigrationLoader
    from database.migrating.optimizer import MigrationOptimizer
    from database.migrating.state import ProjectState

    autodetector.MigrationAutodetector = MigrationAutodetector
    autodetector.MigrationOptimizer = optimizer.MigrationOptimizer = MigrationOptimizer
    executor.MigrationExecutor = MigrationExecutor
    executor.MigrationLoader = loader.MigrationLoader = MigrationLoader
    for module in (executor, graph, state):
        module.ProjectState = ProjectState


def main() -> None:
    """Run them."""
    tests = Path(sys.argv[1]).resolve() / "tests"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_suite_settings"
    replace()
    os.chdir(tests)
    sys.path.insert(0, str(tests))
    sys.argv = ["runtests.py", "--parallel=1", *sys.argv[2:]]
    runpy.run_path("runtests.py", run_name="__main__")


if __name__ == "__main__":
    main()
