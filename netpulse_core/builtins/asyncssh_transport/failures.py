"""What opening a connection fails with: where, and how far it had come; the cause says why."""

from collections.abc import Sequence
from enum import Enum


class Stage(Enum):
    """How far an opening connection had come."""

    TRANSPORT = "transport"
    GREETING = "greeting"
    """Connected, and no SSH server has named its version."""
    LOGIN = "login"


class LinkFailed(Exception):
    """A connection could not be opened; its cause says why, and `translate` explains it."""

    def __init__(self, where: str, stage: Stage, *, jump: str = "", legacy: bool = False) -> None:
        super().__init__(f"{'jump host ' + jump + ', ' if jump else ''}{where}: the {stage.value} failed")
        self.where, self.stage, self.jump, self.legacy = where, stage, jump, legacy


class NoCommonAlgorithm(Exception):
    """Both sides know nothing in common; `key_is_pinned` where only host keys of the kind known were asked for."""

    def __init__(self, kind: str, asked: Sequence[str], has: Sequence[str], *, key_is_pinned: bool) -> None:
        super().__init__(f"{kind}: it offers {', '.join(has) or 'none'}; asked for was {', '.join(asked)}")
        self.key_is_pinned = key_is_pinned
