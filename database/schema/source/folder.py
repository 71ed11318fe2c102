"""The folder of an app: what is in it, and how files come into it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MIGRATION = re.compile(r"\d{4}_\w+\.py")


@dataclass(frozen=True, slots=True)
class Changes:
    """What writing the files would do to a folder, by path inside of it.

    Attributes:
        new: Files that are not there.
        changed: Files that are there with another text.
        same: Files that are there already as they would be written.
        stale: Modules of models that were written before and are not any more.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    stale: tuple[str, ...]


def migrations(folder: Path) -> list[str]:
    """Return the names of the migrations in the app's folder, in order."""
    place = folder / "migrations"
    if not place.is_dir():
        return []
    return sorted(path.stem for path in place.iterdir() if MIGRATION.fullmatch(path.name))


@dataclass(frozen=True, slots=True)
class Made:
    """What a ``DatabaseObject`` operation in a migration makes, and how it is unmade."""

    sql: str
    reverse: str


def objects(folder: Path) -> dict[tuple[str, str], Made]:
    """Return what the ``DatabaseObject`` operations in the migrations make in the end.

    The files are read, not run.

    Returns:
        By kind and name, in the order in which they are made.
    """
    found: dict[tuple[str, str], Made] = {}
    for name in migrations(folder):
        tree = ast.parse((folder / "migrations" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            function = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if function not in ("DatabaseObject", "RemoveObject"):
                continue
            given = {
                keyword.arg: str(keyword.value.value)
                for keyword in node.keywords  # type: ignore[attr-defined]
                if isinstance(keyword.value, ast.Constant)
            }
            key = given.get("kind", ""), given.get("name", "")
            found.pop(key, None)
            if function == "DatabaseObject":
                found[key] = Made(given.get("sql", ""), given.get("reverse_sql", ""))
    return found


def compare(folder: Path, files: Mapping[str, str]) -> Changes:
    """Compare files with what is in the folder."""
    new, changed, same = [], [], []
    for path, text in sorted(files.items()):
        there = folder / path
        if not there.exists():
            new.append(path)
        elif there.is_file() and there.read_text(encoding="utf-8", errors="replace") == text:
            same.append(path)
        else:
            changed.append(path)
    stale = []
    if "models.py" in files and (folder / "models").is_dir():
        stale.append("models/")
    elif "models/__init__.py" in files and (folder / "models.py").is_file():
        stale.append("models.py")
    if (folder / "models").is_dir() and "models/__init__.py" in files:
        stale += [
            f"models/{path.name}"
            for path in sorted((folder / "models").glob("*.py"))
            if f"models/{path.name}" not in files
        ]
    return Changes(tuple(new), tuple(changed), tuple(same), tuple(stale))


def write(folder: Path, files: Mapping[str, str], paths: tuple[str, ...]) -> None:
    """Write some of the files, each in one step, so that none is ever half there.

    Raises:
        OSError: The folder or a file cannot be written.
    """
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.new")
        draft.write_text(files[path], encoding="utf-8")
        os.replace(draft, target)
