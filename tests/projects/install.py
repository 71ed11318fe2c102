"""A virtual environment for a project, with what our own code needs to run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

from .project import Project

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".projects"
DAY = "2026-11-27"
"""What packages that are not pinned may be no newer than, so that all get the same ones."""

ANY_DAY = "2100-01-01"
LOCKED = ROOT / "requirements" / "run.txt"


class InstallError(Exception):
    """A project could not be installed; says why in one sentence."""


def run_requirements(locked: Path = LOCKED) -> list[str]:
    """Return what every process of ours needs, as ``name==version``, without hashes."""
    return re.findall(r"^[\w.-]+==[^\\\n]*[^\\\s]", locked.read_text(), re.MULTILINE)


def provide(name: str, project: Project, folder: Path = FOLDER) -> Path:
    """Return the Python of a project's environment, made and filled if it is not there.

    Our requirements override those of the project, many of which ask for an older Django.

    Raises:
        InstallError: It could not be installed.
    """
    ours = run_requirements()
    wanted = repr((project.packages, project.overrides, ours, DAY, sys.version_info[:3]))
    wanted += repr([astuple(patch) for patch in project.patches])
    place = folder / name
    environment, made = place / "venv", place / "made"
    python = environment / "bin" / "python"
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    if made.is_file() and made.read_text() == digest:
        return python
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    overrides = place / "overrides.txt"
    overrides.write_text("".join(f"{each}\n" for each in [*ours, *project.overrides]))
    uv = _uv()
    _run(name, [uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
    _run(
        name,
        [
            *(uv, "pip", "install", "--quiet", "--python", str(python), "--compile-bytecode"),
            *("--override", str(overrides), "--exclude-newer", DAY),
            *(f"--exclude-newer-package={re.split('[=[]', each)[0]}={ANY_DAY}" for each in ours),
            *(*ours, *project.packages),
        ],
    )
    for patch in project.patches:
        file = next(environment.glob(f"lib/python*/site-packages/{patch.file}"), None)
        text = file.read_text() if file else ""
        if file is None or patch.old not in text:
            raise InstallError(f"{name}: {patch.file} has not the line that needs a change.")
        # It may be a link to the installer's cache, which is to stay as it is.
        file.unlink()
        file.write_text(text.replace(patch.old, patch.new))
    made.write_text(digest)
    return python


def _uv() -> str:
    # One that is found but does not run (a version manager's shim, say) is as good as none.
    for program in (shutil.which("uv"), str(ROOT / ".uv" / "bin" / "uv")):
        if program is None or not os.access(program, os.X_OK):
            continue
        if subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0:
            return program
    raise InstallError("There is no uv; `make .uv/bin/uv` installs it.")


def _run(name: str, command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        # uv draws a tree of causes, over several lines.
        reason = " ".join(re.sub(r"[^\x00-\x7f]", " ", done.stderr).split())
        raise InstallError(f"{name} could not be installed: {reason}")
