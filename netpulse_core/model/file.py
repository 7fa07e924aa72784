"""Files that are kept for runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A kept file; the name is empty where it is known by its hash alone."""

    name: str
    sha256: str
    """Of the content, 64 hexadecimal digits."""
    size: int
    created_at: float
    created_by: str
    sealed: bool = False
    """It came from a device, and is shown to who may see its secrets."""

    @property
    def reference(self) -> str:
        """How a run names it so that nothing can change under it."""
        return f"{self.name}@sha256:{self.sha256}" if self.name else f"sha256:{self.sha256}"
