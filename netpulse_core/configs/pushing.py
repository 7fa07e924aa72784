"""Pushing the history to its remote, in a process of its own that can be killed: `python -m ...pushing` is that one."""

import io
import json
import subprocess
import sys
from pathlib import Path

from netpulse_core.onecore import anywhere

PATIENCE = 60.0
"""Seconds for one push."""

LONGEST = 300


class NotPushed(Exception):
    """The remote has not taken it; the words hold no secret."""


def push(folder: Path, remote: str, branch: str, user: str = "", password: str = "") -> None:
    """Push a branch; raise NotPushed in words where the remote has not taken all of it."""
    said = {"folder": str(folder), "remote": remote, "branch": branch, "user": user, "password": password}
    try:
        with anywhere():
            done = subprocess.run(
                [sys.executable, "-m", "netpulse_core.configs.pushing"],
                input=json.dumps(said),
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise NotPushed(f"{remote} was not done within {PATIENCE:g} s") from None
    if done.returncode == 0:
        return
    words = " ".join(done.stdout.split()) or f"exit status {done.returncode}"
    raise NotPushed((words.replace(password, "********") if password else words)[:LONGEST])


def main() -> int:
    """Push as standard input says; what went wrong goes to standard output."""
    from dulwich import porcelain  # noqa: PLC0415

    told = json.load(sys.stdin)
    ref = f"refs/heads/{told['branch']}"
    given = {name: value for name, value in (("username", told["user"]), ("password", told["password"])) if value}
    try:
        result = porcelain.push(
            told["folder"], told["remote"], f"{ref}:{ref}", outstream=io.BytesIO(), errstream=io.BytesIO(), **given
        )
    except Exception as error:  # noqa: BLE001  the boundary of the process: whatever it was, it is told
        sys.stdout.write(f"{type(error).__name__}: {error}")
        return 1
    refused = {name: why for name, why in (result.ref_status or {}).items() if why}
    if refused:
        sys.stdout.write("; ".join(f"{name.decode()}: {why}" for name, why in refused.items()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
