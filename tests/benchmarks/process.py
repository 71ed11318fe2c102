"""Whole processes, measured from outside."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class CommandFailedError(Exception):
    """A measured command did not end with exit code 0."""


@dataclass(frozen=True)
class Cost:
    """What a process cost.

    Attributes:
        seconds: Wall-clock time from start to end.
        megabytes: Its largest resident set (Linux counts in KiB, macOS in bytes).
        output: What it wrote, standard error included.
        cpu: Seconds of processor time that it used, itself and in the kernel.
    """

    seconds: float
    megabytes: float
    output: str
    cpu: float = 0.0


def measure(
    command: Sequence[str], env: Mapping[str, str], folder: Path = ROOT, stdin: Path | None = None
) -> Cost:
    """Run a command once, from its start to its end.

    Raises:
        CommandFailedError: Its exit code was not 0.
    """
    with open(stdin or os.devnull, "rb") as source:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=folder,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        with process.stdout:
            output = process.stdout.read().decode(errors="replace")
        # Not wait(): only wait4() tells the memory of this child alone.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise CommandFailedError(f"{' '.join(command)}\n{output}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_maxrss / unit, output, usage.ru_utime + usage.ru_stime)


def median(costs: Sequence[Cost]) -> float:
    """Return the median of their seconds."""
    return statistics.median(cost.seconds for cost in costs)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
