"""Migration files in a folder, loaded in this process as those of an app ``shop`` (and others)."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from unittest import mock

from django.db.migrations import loader
from django.db.migrations.migration import Migration

HEAD = "from django.db import migrations, models\n\n\n"


@dataclass
class Files:
    """The migrations of some apps.

    Attributes:
        folder: Where they are, each in the folder of its app.
    """

    folder: Path
    modules: set[str] = field(default_factory=set)

    def write(
        self, name: str, operations: str, *, after: str = "", app: str = "shop", more: str = ""
    ) -> Path:
        """Write a migration.

        Args:
            name: Its name.
            operations: What is within the brackets of ``operations``.
            after: Names of those that it depends on, with or without their app.
            app: The app.
            more: What stands before the class.
        """
        keys = [tuple(each.split(".")) if "." in each else (app, each) for each in after.split()]
        return self.text(
            name,
            f"{HEAD}{textwrap.dedent(more)}\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = {keys!r}\n    operations = [\n{operations}\n    ]\n",
            app=app,
        )

    def text(self, name: str, text: str, *, app: str = "shop") -> Path:
        """Write a migration as it stands."""
        path = self.folder / app / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def load(self, name: str, *, app: str = "shop") -> Migration:
        """Load a migration as its file is now."""
        module_name = f"{app}.migrations.{name}"
        spec = spec_from_file_location(module_name, self.folder / app / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[module_name] = module
        self.modules.add(module_name)
        # Not from a cache of compiled files, which knows times by the second.
        exec(compile((self.folder / app / f"{name}.py").read_bytes(), name, "exec"), vars(module))
        migration: Migration = module.Migration(name, app)
        return migration

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Make every loader load these migrations, and no others."""

        def load_disk(self_: Any) -> None:
            paths = sorted(self.folder.glob("*/*.py"))
            self_.disk_migrations = {
                (path.parent.name, path.stem): self.load(path.stem, app=path.parent.name)
                for path in paths
            }
            self_.unmigrated_apps = set()
            self_.migrated_apps = {path.parent.name for path in paths}

        with mock.patch.object(loader.MigrationLoader, "load_disk", load_disk):
            yield

    def forget(self) -> None:
        """Take what was loaded out of ``sys.modules``."""
        for name in self.modules:
            sys.modules.pop(name, None)
