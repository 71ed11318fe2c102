"""What the operating system knows about a process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodobit.embedded.account import Account

PROC = Path("/proc/self")


def works_in(pid: int, folder: Path, account: Account) -> bool:
    """Whether the process ``pid`` is alive and has ``folder`` as its working directory.

    PostgreSQL's processes stay in their data folder, so this tells a server from a process that
    got the number of one that died. Where there is no /proc the program's name has to do.

    Args:
        pid: The process.
        folder: The folder.
        account: Whose process it would be.
    """
    if not PROC.exists():
        answer = subprocess.run(
            ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True
        )
        return os.path.basename(answer.stdout.strip()) == "postgres"
    link = f"/proc/{pid}/cwd"
    try:
        place = os.readlink(link)
    except (FileNotFoundError, ProcessLookupError):
        # Gone, or a zombie.
        return False
    except PermissionError:
        # Another user's, which even root may not look at in a container; the user itself may.
        if not account.stepped_down:
            return False
        place = account.run(["readlink", link], capture_output=True).stdout.removesuffix("\n")
    return place == str(folder.resolve())


def exists(pid: int) -> bool:
    """Whether there is a process ``pid``, be it another user's or one that only awaits burial."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
