"""Runbooks of the tests' own site that take and keep files."""

import tempfile
from pathlib import Path

from netpulse_core import File, Result, Task, runbook


@runbook
def look_at_file(task: Task, source: File, then: str = "") -> Result:
    """Say what is at hand."""
    if then:
        task.host.get_connection("netmiko", task.nornir.config).send_command(then)
    return Result(
        host=task.host,
        result={
            "content": source.path.read_text(),
            "mode": source.path.stat().st_mode,
            "name": source.name,
            "path": str(source.path),
            "sha256": source.sha256,
            "size": source.size,
        },
    )


@runbook
def keep_a_file(task: Task, content: str) -> Result:
    """Keep a file as if it came from the device."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "local"
        path.write_text(content)
        kept = task.host.keep_file(path, ".backup.cfg")
    return Result(host=task.host, result=str(kept))
