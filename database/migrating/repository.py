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
    top = root(folder)
    if top is None:
        return []
    for name in MAIN:
        files = files_of(top, name)
        if files is None:
            continue
        found = [
            place
            for place, group in enumerate(groups)
            if all(path.resolve() in files for path in group)
        ]
        if len(found) == 1:
            return found
    return []


def root(folder: Path) -> Path | None:
    """Return the folder of the repository that a folder is in, None if there is none."""
    top = ask(folder, "rev-parse", "--show-toplevel")
    return Path(top).resolve() if top else None


def files_of(top: Path, revision: str) -> frozenset[Path] | None:
    """Return the files of a revision, None if there is no such revision.

    Args:
        top: The repository's folder.
        revision: A branch or a commit.
    """
    listed = ask(top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
    if listed is None:
        return None
    return frozenset(top / name for name in listed.split("\0") if name)


def ask(folder: Path, *arguments: str) -> str | None:
    """Return what git answers, None if there is no git or it fails."""
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
