"""The command rules one caller is held to, each with whose it is: as they stood when its run was accepted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from netpulse_core.model.commandrules import CommandRules, Refused


class Whose(StrEnum):
    """Who set a rule, and for whom."""

    EVERYBODY = "all"  # [commands.all] of netpulse.toml
    ROLE = "role"  # [commands.ROLE]
    CALLER = "caller"  # the scope of its key


@dataclass(frozen=True, slots=True)
class OwnedRules:
    """The rules of one owner; `name` is the role or the caller they are for."""

    whose: Whose
    name: str
    rules: CommandRules

    def said(self, why: str) -> str:
        """Say a refusal of these rules in one sentence."""
        match self.whose:
            case Whose.EVERYBODY:
                return f"nobody may send this: {why}"
            case Whose.ROLE:
                return f"role {self.name!r} may not send this: {why}"
            case Whose.CALLER:
                return f"{self.name} is narrowed: {why}"

    @property
    def hint(self) -> str:
        """Where what may be sent is written."""
        if self.whose is Whose.CALLER:
            return "use a key whose scope allows it"
        return "what may be sent is in [commands] of netpulse.toml"


@dataclass(frozen=True, slots=True)
class CommandPolicy:
    """Everything one caller is held to, in the order it is judged."""

    parts: tuple[OwnedRules, ...] = ()

    def refusal(self, lines: Iterable[str]) -> tuple[OwnedRules, Refused] | None:
        """Return whose rules let one of these lines not be sent, and which; None where all may be."""
        given = tuple(lines)
        return next(((part, refused) for part in self.parts if (refused := part.rules.refused(given))), None)

    @property
    def only_some(self) -> OwnedRules | None:
        """The rules by which only listed lines are sent, where there are any: what cannot be seen is not on a list."""
        return next((part for part in self.parts if part.rules.allow), None)

    def data(self) -> list[dict[str, Any]]:
        """Return it as it is recorded with a run."""
        return [
            {
                "whose": part.whose.value,
                "name": part.name,
                "allow": list(part.rules.allow),
                "deny": list(part.rules.deny),
            }
            for part in self.parts
        ]

    @classmethod
    def of(cls, data: Sequence[Mapping[str, Any]] | None) -> Self | None:
        """Return what was recorded, None where a run is held to nothing."""
        if not data:
            return None
        return cls(
            tuple(
                OwnedRules(Whose(one["whose"]), one["name"], CommandRules(tuple(one["allow"]), tuple(one["deny"])))
                for one in data
            )
        )
