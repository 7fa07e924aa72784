"""Host keys: fresh, or kept in a file so that a restarted lab is recognised."""

from pathlib import Path

import asyncssh


def new_host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519", comment="netpulse lab")


def stored_host_key(path: Path) -> asyncssh.SSHKey:
    """The key in `path`, made and written there where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new_host_key().write_private_key(path)
        path.chmod(0o600)
    return asyncssh.read_private_key(path)
