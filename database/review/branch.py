"""Which migrations the main branch has already, asked of git; without git nobody knows."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from django.db.migrations.migration import Migration

MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where the main branch is looked for, in this order."""
PATIENCE = 10
"""Seconds for git to answer."""


class Branch:
    """The branch that is checked out, seen from the main branch.

    Args:
        folder: A folder in the repository.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = shutil.which("git")

    def _ask(self, *arguments: str) -> str | None:
        if self.git is None:
            return None
        try:
            answer = subprocess.run(
                [self.git, "-C", str(self.folder), *arguments],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    @cached_property
    def root(self) -> Path | None:
        """The repository's folder, None if there is none."""
        top = self._ask("rev-parse", "--show-toplevel")
        return Path(top).resolve() if top else None

    @cached_property
    def base(self) -> str | None:
        """The commit where this branch left the main branch."""
        if self.root is None:
            return None
        for name in MAIN:
            if self._ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"):
                return self._ask("merge-base", "HEAD", name)
        return None

    @cached_property
    def _files(self) -> frozenset[Path]:
        assert self.root is not None
        assert self.base is not None
        names = self._ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", self.base)
        return frozenset(self.root / name for name in (names or "").split("\0") if name)

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
