"""What git knows of migration files; without git, nobody knows anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where the main branch is looked for, in this order."""
SECONDS = 10
"""For git to answer."""


def in_main(folder: Path, groups: Collection[Collection[Path]]) -> list[int]:
    """Find out which group of files the main branch has, and no other.

    Its tip is asked, not where the present branch left it: a conflict arises when what has come
    to the main branch since is merged.

    Args:
        folder: A folder in the repository.
        groups: The files, by the branch of the migration history that they make.

    Returns:
        The place of the one group that is there as a whole; empty if it is none, or several.
    """
    root = _ask(folder, "rev-parse", "--show-toplevel")
    if root is None:
        return []
    for name in MAIN:
        listed = _ask(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", name)
        if listed is None:
            continue
        files = {Path(root).resolve() / entry for entry in listed.split("\0") if entry}
        found = [
            place
            for place, group in enumerate(groups)
            if all(path.resolve() in files for path in group)
        ]
        if len(found) == 1:
            return found
    return []


def _ask(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        answer = subprocess.run(
            [git, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
