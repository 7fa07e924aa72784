"""The inventory a lab writes into a folder somebody names: marked as the lab's, and never over one that is not."""

import tempfile
from pathlib import Path

from netpulse_core.errors import Refused
from netpulse_core.lab import Lab, write_inventory

VARIABLE = "NETPULSE_LAB_PASSWORD"
MARK = "# Written by `netpulse lab up`, which writes it anew every time; without this line it refuses to."
FILES = ("hosts.yaml", "groups.yaml", "defaults.yaml")


def require_free(folder: Path) -> None:
    """Raise Refused where a file that would be written is there and no lab wrote it."""
    paths = [folder / name for name in FILES]
    theirs = [str(path) for path in paths if (path.exists() or path.is_symlink()) and not _ours(path)]
    if theirs:
        reason = f"no lab wrote {', '.join(theirs)}, which would be overwritten"
        raise Refused(reason, hint="name another folder, --inventory DIR, or move these files away")


def write(lab: Lab, folder: Path, password: str) -> None:
    """Write the inventory, its password as a reference, each file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".lab-") as beside:
        write_inventory(lab, Path(beside), password=password)
        for name in FILES:
            path = Path(beside) / name
            path.write_text(f"{MARK}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
            path.replace(folder / name)


def _ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip() == MARK
