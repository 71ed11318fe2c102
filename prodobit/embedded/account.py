"""The operating system's user that the server runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody")
KEPT_VARIABLES = ("PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Account:
    """A user and group, and how to run PostgreSQL's programs as them.

    Attributes:
        name: The user's name, for messages.
        uid: The user's number.
        gid: The number of the user's group.
    """

    name: str
    uid: int
    gid: int

    @classmethod
    def of_server(cls) -> Account:
        """Return whom the server runs as: the present user, or for root an unprivileged one.

        Raises:
            EmbeddedError: The user is root and there is no unprivileged user.
        """
        if os.geteuid() != 0:
            return cls(name_of(os.geteuid()), os.geteuid(), os.getegid())
        for name in UNPRIVILEGED:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            if entry.pw_uid != 0:
                return cls(name, entry.pw_uid, entry.pw_gid)
        raise EmbeddedError(
            113,
            "PostgreSQL does not run as root, and there is no user named "
            f"{' or '.join(UNPRIVILEGED)} to run it as. Create one, or run as another user.",
        )

    @property
    def stepped_down(self) -> bool:
        """Whether this is another user than the present one."""
        return self.uid != os.geteuid()

    def run(self, arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in a session of its own, and wait for it.

        It gets neither the terminal (Ctrl-C there must not stop a server) nor the environment
        (which may hold passwords, and PG… variables that change what PostgreSQL's programs do).

        Args:
            arguments: The program and its arguments.
            **options: Passed to subprocess.run.

        Raises:
            OSError: The program cannot be run by this user.
            EmbeddedError: The operating system does not let root become this user.
        """
        environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        if self.stepped_down:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        try:
            return subprocess.run(
                arguments,
                # Not the project's folder: this user may be unable to enter it.
                cwd="/",
                env=environment | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
                errors="replace",
                **options,
            )
        except subprocess.SubprocessError as error:
            raise EmbeddedError(
                113,
                f"The server cannot be run as the user {self.name}: {error}. "
                "Run as an ordinary user instead of root.",
            ) from error

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may enter ``folder``, if it is there, and every folder above it."""
        if not self.stepped_down:
            return True
        there = folder if folder.exists() else folder.parent
        return self.run(["test", "-x", str(there)]).returncode == 0

    def own(self, folder: Path) -> None:
        """Give ``folder``, which is one of the project's server, to this user alone."""
        folder.chmod(0o700)
        if self.stepped_down:
            os.chown(folder, self.uid, self.gid)


def name_of(uid: int) -> str:
    """Return the name of the user with the number ``uid``, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
