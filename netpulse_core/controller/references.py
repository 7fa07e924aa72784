"""Which references to secrets a request may give: whoever chooses one has a worker read it and put it on a device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netpulse_core.controller.access import Access
from netpulse_core.controller.ownkeys import OwnKeys
from netpulse_core.model.caller import Caller
from netpulse_core.model.roles import Permission
from netpulse_core.model.runbook import Runbook
from netpulse_core.settings import Settings

_OF_A_WORKER = frozenset({"env", "file"})
_FILES = "a file of schedules/"
_NOTHING = "nothing was recorded, and nothing sent; "


@dataclass(frozen=True, slots=True)
class References:
    """Judges the references in parameters that are secrets."""

    access: Access
    own: OwnKeys

    @classmethod
    def of(cls, settings: Settings, access: Access) -> "References":
        """Return the judge of a site."""
        return cls(access, OwnKeys.of(settings))

    def require(self, caller: Caller, runbook: Runbook, given: Mapping[str, Any], *, of_site: bool = False) -> None:
        """Raise NotPermitted where a parameter holds a reference that may not be given.

        `of_site` says that the site's own files gave them, or somebody who was judged then: they may name any secret of
        the site, but nobody may have the keys of NetPulse itself put on a device.
        """
        for name, reference in runbook.references(given):
            if self.own.hold(reference):
                why = f"parameter {name!r}: what NetPulse itself keeps its keys in is no secret for a device"
                self._refuse(caller, "secrets.own", why, runbook, "name a secret of the site: `netpulse secrets list`")
            if not of_site:
                self._require_choice(caller, runbook, name, reference)

    def _require_choice(self, caller: Caller, runbook: Runbook, name: str, reference: str) -> None:
        scheme = reference.partition(":")[0]
        if caller.scope.narrow:
            why = f"{caller.name} is narrowed, and parameter {name!r} would choose among all secrets of the site"
            hint = f"let {_FILES} give the reference, or use a key without a scope"
            self._refuse(caller, "scope.secrets", why, runbook, hint)
        if scheme in _OF_A_WORKER and not self.access.permits(caller, Permission.KEYS_WRITE):
            why = (
                f"{caller.name} may not do this: parameter {name!r} reads what lies on the worker ({scheme}:), "
                f"and role {caller.role!r} lacks {Permission.KEYS_WRITE}"
            )
            hint = f"keep it in the store (`netpulse secrets set NAME`) and give secret:NAME, or let {_FILES} give it"
            self._refuse(caller, Permission.KEYS_WRITE, why, runbook, hint)

    def _refuse(self, caller: Caller, permission: str, why: str, runbook: Runbook, hint: str) -> None:
        self.access.refuse(caller, permission, why, runbook.name, hint=f"{_NOTHING}{hint}")
