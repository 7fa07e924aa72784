"""Who may do what: the one place where roles and scopes are judged, for REST, schedules and whatever else asks."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from netpulse_core.configs.redacting import MASK, bare, sanitized
from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, NotPermitted, Refused, ServiceError
from netpulse_core.inventory.targets import parse
from netpulse_core.ledger.audit import Audit, short
from netpulse_core.ledger.runs import Runs, Sight
from netpulse_core.model.caller import Caller
from netpulse_core.model.commandpolicy import CommandPolicy, OwnedRules, Whose
from netpulse_core.model.commandrules import LONGEST, CommandRules
from netpulse_core.model.device import Device
from netpulse_core.model.lines import sent
from netpulse_core.model.roles import NEVER_NARROWED, Permission, Role
from netpulse_core.model.run import Run
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.schedule import Schedule
from netpulse_core.model.text import device_count

log = logging.getLogger(__name__)

EVERYBODY = Whose.EVERYBODY.value
"""The name under which `[commands]` says what nobody may send."""

_BEFORE = "nothing was recorded, and nothing sent; "

UNSEEN = "a narrowed key sees its own runs, and those whose devices all lie within its target"


class Access:
    """The roles of a site, judged; every refusal is audited, and what a narrowed caller may not see is not there."""

    def __init__(
        self,
        select: Callable[[str], Sequence[Device]],
        kept: Callable[[str], Sequence[Device]],
        narrowed: Callable[[str], Sequence[Device]],
        roles: Mapping[str, Role],
        commands: Mapping[str, CommandRules],
        audit: Audit | None,
        runs: Runs,
    ) -> None:
        self._select = select
        self._kept = kept
        self._narrowed = narrowed
        self._commands = commands
        self.roles = roles
        self._audit = audit
        self._runs = runs
        self._meant: dict[str, frozenset[str]] = {}

    def unrecorded(self) -> "Access":
        """Return one that judges alike and writes nothing down, for who tries what would be refused."""
        one = copy(self)
        one._audit = None
        return one

    def permits(self, caller: Caller, permission: Permission) -> bool:
        """Whether a caller's role has a permission, and its scope leaves it that."""
        role = self.roles.get(caller.role)
        withheld = caller.scope.narrow and permission in NEVER_NARROWED
        return role is not None and permission in role.permissions and not withheld

    def require(self, caller: Caller, permission: Permission, thing: str = "") -> None:
        """Raise NotPermitted unless the caller has a permission; `thing` is what it was wanted for."""
        if self.permits(caller, permission):
            return
        who = f"{caller.name} may not do this"
        if caller.role not in self.roles:
            why, hint = f"this site has no role {caller.role!r}", f"its roles are {', '.join(self.roles)}"
        elif permission in self.roles[caller.role].permissions:
            why, hint = (
                f"a narrowed key never has {permission}",
                "it concerns the whole site: use a key without a scope",
            )
        else:
            having = [role.name for role in self.roles.values() if permission in role.permissions]
            why, hint = f"role {caller.role!r} lacks {permission}", f"roles that have it: {', '.join(having)}"
        self.refuse(caller, permission, f"{who}: {why}", thing, hint=hint)

    def refuse(self, caller: Caller, permission: str, why: str, thing: str, *, hint: str = "") -> NoReturn:
        """Audit a refusal, unless nobody asks in earnest, and raise it."""
        if self._audit is not None:
            reason = short(why)
            body = {"permission": permission, "role": caller.role, "key": caller.key, "reason": reason}
            log.warning("refused: %s", reason)
            with suppress(ServiceError):  # refused all the same, and the caller is told that and not of a ledger
                self._audit.note(caller.name, "access.refused", short(thing), body)
        raise NotPermitted(why, permission=permission, hint=hint)

    def require_run(self, caller: Caller, runbook: Runbook) -> None:
        """Raise NotPermitted unless the caller may run this runbook somewhere."""
        self.require(caller, Permission.CHANGES_RUN if runbook.changes else Permission.READS_RUN, runbook.name)
        patterns = caller.scope.runbooks
        if patterns and not any(fnmatchcase(runbook.name, pattern) for pattern in patterns):
            why = f"{caller.name} is narrowed to the runbooks {', '.join(patterns)}, and {runbook.name} is none of them"
            self.refuse(caller, "scope.runbooks", why, runbook.name)

    def require_lines(self, caller: Caller, runbook: Runbook, parameters: Mapping[str, Any]) -> None:
        """Raise NotPermitted where a caller may not send one of the lines that stand in validated parameters."""
        refusal = self.policy(caller).refusal(sent(runbook.parameters, parameters))
        if refusal is None:
            return
        part, refused = refusal
        permission = "scope.commands" if part.whose is Whose.CALLER else "commands"
        # Who asks need not be who wrote the line: a schedule fires it, a rerun sends it again.
        why = part.said(refused.said(_masked))
        self.refuse(caller, permission, why, runbook.name, hint=f"{_BEFORE}{part.hint}")

    def require_giving(self, caller: Caller, role: str, thing: str) -> None:
        """Raise NotPermitted where a role may do more than the caller, who wants to give it to a key or a schedule."""
        wanted = self.roles[role].permissions if role in self.roles else frozenset()
        for permission in sorted(wanted):
            if not self.permits(caller, permission):
                why = f"role {role!r} has {permission}, which {caller.name} has not and so cannot give"
                self.refuse(caller, permission, why, thing)
        beyond = self._rules(role).beyond(self._rules(caller.role))
        if beyond and wanted & {Permission.READS_RUN, Permission.CHANGES_RUN}:
            why = f"role {role!r} may send what {caller.name} may not, who so cannot give it: it {beyond}"
            own, theirs = f"[commands.{caller.role}]", f"[commands.{role}]"
            hint = (
                f"let {theirs} of netpulse.toml deny all that {own} denies and allow no more, or ask who has no rules"
            )
            self.refuse(caller, "commands", why, thing, hint=hint)

    def policy(self, caller: Caller) -> CommandPolicy:
        """Return the command rules a caller is held to now; the gate in the worker holds its run to them."""
        everybody, role = self._commands.get(EVERYBODY), self._commands.get(caller.role)
        owned = (
            (Whose.EVERYBODY, EVERYBODY, everybody),
            (Whose.ROLE, caller.role, role),
            (Whose.CALLER, caller.name, CommandRules(allow=caller.scope.commands)),
        )
        return CommandPolicy(
            tuple(OwnedRules(whose, name, rules) for whose, name, rules in owned if rules and rules != CommandRules())
        )

    def _rules(self, role: str) -> CommandRules:
        own, all_deny = self._commands.get(role, CommandRules()), self._commands.get(EVERYBODY, CommandRules()).deny
        return CommandRules(own.allow, (*own.deny, *all_deny))

    def require_devices(self, caller: Caller, runbook: Runbook, devices: Sequence[Device]) -> None:
        """Raise NotPermitted unless the caller may run this runbook on these devices, and on so many at once."""
        scope = caller.scope
        if any(not self.sees(caller, device.name) for device in devices):
            self._refuse_beyond(caller, runbook)
        if scope.most_devices is not None and len(devices) > scope.most_devices:
            why = f"{caller.name} may run on {scope.most_devices} devices at once, and these are {len(devices)}"
            self.refuse(caller, "scope.most_devices", why, runbook.name, hint="select fewer")

    def _refuse_beyond(self, caller: Caller, runbook: Runbook) -> NoReturn:
        target = caller.scope.target  # whether what lies beyond is there is not for this caller to learn
        why = f"{caller.name} is narrowed to {target!r}, and the target means devices beyond that"
        self.refuse(caller, "scope.target", why, runbook.name, hint=f"ask for `({target}) & ...`")

    def select(self, caller: Caller, target: str) -> list[Device]:
        """Return the devices of a target that are there for this caller.

        To a narrowed one, a target that means none says nothing of the devices beyond its own, and so does a value in
        it that no device has.
        """
        if not caller.scope.target:
            return list(self._select(target))
        parse(target)
        try:
            return self.seen(caller, self._narrowed(target))
        except NetPulseError:
            return []

    def select_for_run(
        self, caller: Caller, runbook: Runbook, target: str, *, stored: bool = False
    ) -> Sequence[Device]:
        """Return the devices of a target that is asked for; what a narrowed caller is refused tells it of no other.

        A `stored` one, of a schedule or a hook, was judged when it was written, and means those that are left of it.
        """
        select = self._left if stored else self._select
        if not caller.scope.target:
            return select(target)
        parse(target)
        try:
            return select(target)
        except NetPulseError:
            self._refuse_beyond(caller, runbook)

    def _left(self, target: str) -> Sequence[Device]:
        """Return the devices of a target one of whose values no device may have any more; that is logged."""
        try:
            return self._kept(target)
        except (Refused, InvalidParameters) as error:
            left = self._narrowed(target)  # raises the same where nothing of it is left
            log.warning("%s; %s left", error, device_count(len(left)))
            return left

    def sees(self, caller: Caller, device: str) -> bool:
        """Whether a device is there for this caller."""
        return not caller.scope.target or device in self.within(caller)

    def within(self, caller: Caller) -> frozenset[str]:
        """Return the names of the devices that a narrowed caller's target means on this site revision."""
        target = caller.scope.target
        if target not in self._meant:
            try:
                self._meant[target] = frozenset(device.name for device in self._narrowed(target))
            except NetPulseError as error:  # a key or a group it names is gone: then it means nothing, not everything
                log.warning("the target %r of %s's key means no device: %s", target, caller.name, error)
                self._meant[target] = frozenset()
        return self._meant[target]

    def require_device(self, caller: Caller, device: str) -> None:
        """Raise NotFound for a device that is not there for this caller."""
        if not self.sees(caller, device):
            raise NotFound("device", device, known=self.within(caller))

    def seen[T: Device](self, caller: Caller, devices: Iterable[T]) -> list[T]:
        """Return the devices that are there for this caller."""
        return [device for device in devices if self.sees(caller, device.name)]

    def sight(self, caller: Caller) -> Sight | None:
        """Return which runs are there for this caller; None is every one."""
        return Sight(caller.name, self.within(caller)) if caller.scope.target else None

    def run(self, caller: Caller, run: str) -> Run:
        """Return a run that is there for this caller, or raise NotFound."""
        found, sight = self._runs.get(run), self.sight(caller)
        if sight is not None and found.caller != sight.caller and not self._runs.lies_within(run, sight.devices):
            raise NotFound("run", run, hint=UNSEEN)
        return found

    def require_cancel(self, caller: Caller, run: str) -> None:
        """Raise NotPermitted unless the caller may cancel this run."""
        found = self.run(caller, run)
        if found.caller != caller.name or not self.permits(caller, Permission.RUNS_CANCEL):
            self.require(caller, Permission.RUNS_CANCEL_OTHERS, run)

    def reach(self, caller: Caller, target: str) -> str | None:
        """Return a target as far as a caller may know it: its own where this means others too, None where none of its.

        One that is not understood means every device.
        """
        if not caller.scope.target:
            return target
        mine = self.within(caller)
        try:
            meant = {device.name for device in self._narrowed(target)}
        except NetPulseError:
            return caller.scope.target
        if meant.isdisjoint(mine):
            return None
        return target if meant <= mine else caller.scope.target

    def sees_schedule(self, caller: Caller, schedule: Schedule) -> bool:
        """Whether a schedule is there for this caller: all it means today lies within the caller's target."""
        if not caller.scope.target:
            return True
        try:
            return all(self.sees(caller, device.name) for device in self._narrowed(schedule.request.target))
        except NetPulseError:
            return False


def _masked(line: str) -> str:
    """Return a line as it may be kept: without the secrets it announces, or nothing of it where letters hide some."""
    plain = " ".join(line[:LONGEST].split())
    return sanitized(plain, bare) if plain.isprintable() else MASK
