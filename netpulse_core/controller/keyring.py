"""Making, rotating and revoking API keys: what a key may be asked for, and by whom."""

import re
from collections.abc import Sequence

from netpulse_core.controller.access import Access
from netpulse_core.controller.roles import roles_of
from netpulse_core.errors import InvalidParameters
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory import targets
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.keys import Keys
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model import commandrules
from netpulse_core.model.caller import NOT_NARROWED, Caller, Scope
from netpulse_core.model.device import Device
from netpulse_core.model.keys import ApiKey, NewKey
from netpulse_core.model.roles import Permission
from netpulse_core.settings import Settings

LONGEST_NAME = 100
LONGEST_LIFETIME = 10 * 366 * 86400.0
MOST_PATTERNS = 100

_NAME = re.compile(r"[^\s:](?:[^:]*[^\s:])?")


class Keyring:
    """The API keys of a site, as a caller may handle them."""

    def __init__(self, keys: Keys, access: Access) -> None:
        self._keys = keys
        self._access = access

    def all(self) -> Sequence[ApiKey]:
        """Return every key, the newest first."""
        return self._keys.all()

    def create(
        self, name: str, role: str, caller: Caller, *, scope: Scope = NOT_NARROWED, lifetime: float | None = None
    ) -> NewKey:
        """Make a key; nobody can make one that may do more than its maker."""
        problems = [*_problems(name, lifetime), *_of_scope(scope)]
        if role not in self._access.roles:
            problems.append(f"role {role!r} is none of {', '.join(self._access.roles)}")
        if problems:
            raise InvalidParameters("key", problems)
        self._require(caller, role, name)
        if (
            scope.target
        ):  # as that of a run: a misspelt one would be found out by who cannot see, or by who sees too much
            self._access.select(caller, scope.target)
        return self._keys.create(name, role, by=caller.name, scope=scope, lifetime=lifetime)

    def rotate(self, key: str, caller: Caller, *, overlap: float = 0.0) -> NewKey:
        """Make a successor of a key; the old one ends after the overlap."""
        if not 0 <= overlap <= LONGEST_LIFETIME:
            raise InvalidParameters("key", [f"overlap {overlap:g} is not within 0 and {LONGEST_LIFETIME:g} seconds"])
        self._require(caller, self._keys.one(key).role, key)
        return self._keys.rotate(key, by=caller.name, overlap=overlap)

    def revoke(self, key: str, caller: Caller) -> ApiKey:
        """End a key; within a second it opens nothing any more."""
        self._access.require(caller, Permission.KEYS_WRITE, key)
        return self._keys.revoke(key, by=caller.name)

    def _require(self, caller: Caller, role: str, thing: str) -> None:
        self._access.require(caller, Permission.KEYS_WRITE, thing)
        self._access.require_giving(caller, role, thing)


def ring_of(settings: Settings, ledger: Ledger) -> Keyring:
    """Return the keys of a site for whoever holds its folder; the inventory is read only to narrow a key."""

    def select(target: str) -> Sequence[Device]:
        return Site.load(settings, Plugins.load(settings).prepare_inventory, keep=False).select(target)

    access = Access(select, select, select, roles_of(settings), {}, ledger.audit, ledger.runs)
    return Keyring(ledger.keys, access)


def _problems(name: str, lifetime: float | None) -> list[str]:
    problems = []
    if not name.isprintable() or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        said = "1 to 100 printable characters, no colon: names with one are those of schedules and of other doors"
        problems.append(f"name {name!r} is not {said}")
    if name == "local":
        problems.append("name 'local' is whoever holds the site folder")
    if lifetime is not None and not 0 < lifetime <= LONGEST_LIFETIME:
        problems.append(f"lifetime {lifetime:g} is not within 0 and {LONGEST_LIFETIME:g} seconds")
    return problems


def _of_scope(scope: Scope) -> list[str]:
    problems = []
    if scope.target.strip():
        try:
            targets.parse(scope.target)
        except InvalidParameters as error:
            problems += [f"target: {problem}" for problem in error.problems]
    elif scope.target:
        problems.append("target is empty: leave it out to narrow nothing")
    for what, patterns in (("runbooks", scope.runbooks), ("files", scope.files)):
        if len(patterns) > MOST_PATTERNS or not all(one.strip() and one.isprintable() for one in patterns):
            problems.append(f"{what}: at most {MOST_PATTERNS} patterns, each printable and none empty")
    problems += [f"commands: {problem}" for problem in commandrules.problems(scope.commands)]
    if len(scope.commands) > MOST_PATTERNS:
        problems.append(f"commands: more than {MOST_PATTERNS} patterns")
    if scope.most_devices is not None and scope.most_devices < 1:
        problems.append("most_devices is less than 1: leave it out to narrow nothing")
    return problems
