"""What rules are judged with besides what the device answers: templates, parsers, backups, and trees read once."""

from dataclasses import dataclass
from typing import Any, Protocol

from netpulse_core.compliance.rules.tree import Trees
from netpulse_core.errors import Refused
from netpulse_core.model.check import Source


@dataclass(frozen=True, slots=True)
class Kept:
    """A configuration that was taken earlier."""

    text: str
    taken_at: float | None = None
    """Seconds since the epoch; None is not known, and no age is too great."""


class Means(Protocol):
    """What can be had of one device without asking it; each raises one of our errors where it cannot be had."""

    def rendered(self, template: str) -> str:
        """Return what a template of the site makes of the device's data."""

    def backup(self) -> Kept:
        """Return the last good backup."""

    def parsed(self, text: str, *, command: str, template: str, parser: str) -> Any:
        """Return the records of an answer; one from which no record came is an error."""

    def asked(self, what: str, data: Any, of: Any) -> Any:
        """Return what a question about data comes to, asked where it can be killed; see `text/data.py`."""


class NoMeans:
    """Nothing but the device's own answers."""

    def rendered(self, template: str) -> str:
        """Raise Refused."""
        raise Refused(f"no template is rendered here: {template}")

    def backup(self) -> Kept:
        """Raise Refused."""
        raise Refused("no backups are at hand here")

    def parsed(self, text: str, *, command: str, template: str, parser: str) -> Any:
        """Raise Refused."""
        raise Refused(f"nothing is parsed here: {command}")

    def asked(self, what: str, data: Any, of: Any) -> Any:
        """Raise Refused."""
        raise Refused(f"no data is looked at here: {what}")


class Bench:
    """What all rules of one device share; none of it can be edited by one of them."""

    def __init__(self, means: Means) -> None:
        self.trees = Trees()
        self._means = means
        self._records: dict[tuple[str, str, str, str], Any] = {}

    def had(self, source: Source) -> Kept | None:
        """Return what is had without asking the device, or None where it must be asked."""
        match source.kind:
            case "backup":
                return self._means.backup()
            case "rendered":
                return Kept(self._means.rendered(source.of))
        return None

    def asked(self, what: str, data: Any, of: Any) -> Any:
        """Return what a question about data comes to."""
        return self._means.asked(what, data, of)

    def records(self, text: str, command: str, template: str, parser: str) -> Any:
        """Return the records of an answer, parsed once."""
        asked = text, command, template, parser
        if asked not in self._records:
            self._records[asked] = self._means.parsed(text, command=command, template=template, parser=parser)
        return self._records[asked]
