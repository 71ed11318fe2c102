"""What the operating system knows about a process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc/self")


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process ``pid`` is alive and has ``folder`` as its working directory.

    PostgreSQL's processes stay in their data folder, so this tells a server from a process that
    got the number of one that died. Where there is no /proc the program's name has to do.
    """
    if not PROC.exists():
        answer = subprocess.run(
            ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True
        )
        return os.path.basename(answer.stdout.strip()) == "postgres"
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/cwd"), folder.stat())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        # Gone, a zombie, or another user's: in no case a server of ours.
        return False


def exists(pid: int) -> bool:
    """Whether there is a process ``pid``, be it another user's or one that only awaits burial."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
