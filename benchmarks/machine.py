"""The machine the figures were made on, in one line."""

import os
import platform
import sqlite3
from datetime import UTC, datetime


def described() -> str:
    """Say what runs here and how busy it is with other work."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[1]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} {'core' if cores == 1 else 'cores'} ({_processor()}), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, load average {load:.1f} before the run"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  it is no file
            lines = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        lines = []
    return lines[0] if lines else platform.machine()
