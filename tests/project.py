"""A copy of the project in a folder of its own, and so with an embedded server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from prodobit.embedded.cluster import Cluster
from tests.cluster import ROOT, Result, environment, manage, manage_tty

PARTS = ("manage.py", "prodobit", "database")
CONNECT = ("check", "--database", "default")
"""The command that does least and connects."""


@dataclass(frozen=True)
class Project:
    """A copy of the project that nothing is configured for.

    Attributes:
        place: The folder that is removed in the end.
        folder: Where the copy is: in there, or the same.
    """

    place: Path
    folder: Path

    @classmethod
    def copy(cls, name: str = "") -> Project:
        """Copy the project into a new folder, which only its user may enter.

        Args:
            name: A folder in there, to make the path longer.
        """
        # Not tmp_path: it is too deep for a socket's path.
        place = Path(tempfile.mkdtemp(prefix="prodobit-copy-"))
        folder = place / name
        folder.mkdir(exist_ok=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part)
            else:
                shutil.copy2(source, folder / part)
        return cls(place, folder)

    @property
    def home(self) -> Path:
        """The folder of its server."""
        return self.folder / ".postgres"

    @property
    def data(self) -> Path:
        """The data folder of its server."""
        return self.home / "data"

    @property
    def cluster(self) -> Cluster:
        """Its server, looked at from this process."""
        return Cluster(self.home)

    @property
    def log(self) -> str:
        """What its server wrote."""
        return (self.home / "log").read_text()

    def run(self, *arguments: str, **env: str) -> Result:
        """Run one of its commands without a terminal, with ``env`` set."""
        return manage(*arguments, env=env, project=self.folder)

    def run_tty(self, *arguments: str, answers: Sequence[str] = (), **env: str) -> Result:
        """Run one of its commands on a terminal and type ``answers``."""
        return manage_tty(*arguments, answers=answers, env=env, project=self.folder)

    def begin(self, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
        """Start one of its commands and return without waiting for its end.

        Args:
            *arguments: The command and its arguments.
            prefix: A program, with arguments, that runs it.
        """
        return subprocess.Popen(
            [*prefix, sys.executable, str(self.folder / "manage.py"), *arguments],
            env=environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, query: LiteralString) -> str:
        """Return what its server answers, as text."""
        with self.cluster.connect("prodobit") as connection:
            row = connection.execute(query).fetchone()
            assert row is not None
            return str(row[0])

    def discard(self) -> None:
        """Stop its server and remove the copy."""
        if self.home.exists() and self.home.stat().st_uid != os.geteuid():
            os.chown(self.home, os.geteuid(), os.getegid())
        if (self.data / "PG_VERSION").exists():
            self.cluster.stop()
        shutil.rmtree(self.place)
