"""Get the source distribution of the Django that is installed, which has Django's own tests.

    python -m tests.django_source

It is downloaded once, by its hash in requirements/run.txt, into a folder that git ignores. The
only line on standard output is the folder with the source.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".django"
LOCKED = ROOT / "requirements" / "run.txt"


class UnavailableError(Exception):
    """The source cannot be had; says why in one sentence."""


def provide(folder: Path = FOLDER, locked: Path = LOCKED) -> Path:
    """Return the folder with the source of the installed Django; download it if it is not there.

    Args:
        folder: Where sources are kept.
        locked: The list of requirements that has Django's hashes.

    Raises:
        UnavailableError: It cannot be downloaded, or is not in the list.
    """
    version = django.get_version()
    source = folder / f"django-{version}"
    if source.is_dir():
        return source
    requirement = _requirement(version, locked)
    folder.mkdir(exist_ok=True)
    # In the same folder, so that what is complete can be moved to its place at once.
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        place = Path(temporary)
        _unpack(_download(requirement, place), place / "unpacked")
        shutil.move(place / "unpacked" / source.name, source)
    return source


def _requirement(version: str, locked: Path) -> str:
    text = locked.read_text()
    found = re.search(rf"^django=={re.escape(version)} (?:\\\n *--hash=\S+ ?)+", text, re.MULTILINE)
    if found is None:
        raise UnavailableError(
            f"Django {version} is installed, but another one is in {locked.name}: install that one."
        )
    return found[0].rstrip(" \\") + "\n"


def _download(requirement: str, place: Path) -> Path:
    environment, requirements = place / "venv", place / "requirements.txt"
    requirements.write_text(requirement)
    # The installed Django's own Python: any other may be too old for pip to look at it.
    venv.create(environment, with_pip=True)
    done = subprocess.run(
        [
            *(environment / "bin" / "python", "-m", "pip", "download", "--quiet"),
            *("--disable-pip-version-check", "--no-input", "--no-deps", "--no-binary", "django"),
            *("--require-hashes", "--requirement", requirements, "--dest", place / "downloaded"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list((place / "downloaded").glob("*.tar.gz"))
    if done.returncode or not archives:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        reason = lines[-1].removeprefix("ERROR: ") if lines else f"pip ended with {done.returncode}"
        raise UnavailableError(f"Django's source could not be downloaded: {reason}")
    return archives[0]


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")


def main() -> int:
    """Print the folder; exit 1 where it cannot be had."""
    try:
        print(provide())
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
