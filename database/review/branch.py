"""Which migrations the main branch has already, asked of git; without git nobody knows."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path

from django.db.migrations.migration import Migration

from database.migrating import repository


class Branch:
    """The branch that is checked out, seen from the main branch.

    Args:
        folder: A folder in the repository.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def root(self) -> Path | None:
        """The repository's folder, None if there is none."""
        return repository.root(self.folder)

    @cached_property
    def base(self) -> str | None:
        """The commit where this branch left the main branch."""
        if self.root is None:
            return None
        for name in repository.MAIN:
            commit = f"{name}^{{commit}}"
            if repository.ask(self.folder, "rev-parse", "--verify", "--quiet", commit):
                return repository.ask(self.folder, "merge-base", "HEAD", name)
        return None

    @cached_property
    def _files(self) -> frozenset[Path]:
        assert self.root is not None
        assert self.base is not None
        return repository.files_of(self.root, self.base) or frozenset()

    def has(self, migration: Migration) -> bool | None:
        """Tell whether the main branch has a migration; True for one of another package.

        Returns:
            None if there is no repository, no git, or no main branch.
        """
        if self.root is None or self.base is None:
            return None
        path = Path(inspect.getfile(type(migration))).resolve()
        if not path.is_relative_to(self.root) or "site-packages" in path.parts:
            return True
        return path in self._files
