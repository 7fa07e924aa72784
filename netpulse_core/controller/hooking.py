"""Webhooks in: a signed event becomes a run, joins one that waits, or is refused; the hook is who asks."""

import hashlib
import logging
import secrets as random_secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, Refused, Unidentified
from netpulse_core.incoming import causes, events, signatures
from netpulse_core.incoming.files import HookFiles, wrong_parameters
from netpulse_core.inventory.targets import naming
from netpulse_core.model.caller import Caller
from netpulse_core.model.incoming import Became, Hook, HookEvent, Received, Signature, Wanted
from netpulse_core.model.run import NewRun, RunRequest

if TYPE_CHECKING:
    from netpulse_core.controller.netpulse import NetPulse

log = logging.getLogger(__name__)

NOBODY = "no hook of this name takes what is signed so"
"""Said of an unknown hook and of a wrong signature alike, so that names cannot be found out."""

_NOBODYS = random_secrets.token_hex(32)
_AGAIN = 5.0
"""Seconds until a secret that could not be read is asked for again: what nobody signed must not flood a vault."""


class Hooking:
    """The hooks of a site, as one process of it takes what is sent to them."""

    def __init__(self, netpulse: "NetPulse") -> None:
        self._netpulse = netpulse
        self._files = HookFiles(netpulse.settings.site)
        self._lock = threading.Lock()
        self._secrets: dict[tuple[str, Signature], tuple[float, str | None]] = {}

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Received:
        """Take one event; `headers` are asked for by lower-case names. Raise Unidentified, or why it is refused."""
        hook, delivery = self._proven(name, headers, body)
        if hook.signature is Signature.GITHUB and headers.get("x-github-event") == "ping":
            return Received(status=Became.IGNORED, delivery=delivery, reason="a ping, and it was heard")
        said = {"runbook": hook.runbook, "delivery": delivery}
        with self._netpulse.ledger.audit.refusals(hook.caller, "hook.refused", hook.name, **said):
            return self._taken(hook, delivery, headers, body)

    def hooks(self) -> list[Hook]:
        """Return the hooks whose files are right, those that are not enabled among them."""
        return [one.hook for one in self._files.all() if one.hook is not None]

    def one(self, name: str) -> Hook:
        """Return one hook, or raise NotFound; SiteError says what is wrong with its file."""
        known = self.hooks()
        for hook in known:
            if hook.name == name:
                return hook
        raise NotFound("hook", name, known=[hook.name for hook in known], hint="`netpulse check` says what is wrong")

    def wanted(self, name: str, data: Any) -> Wanted:
        """Return what an event with this body would ask for; nothing is recorded."""
        hook = self.one(name)
        new = self._prepared(hook, data, self._netpulse.tried)
        if isinstance(new, str):
            return Wanted(hook=name, runbook=hook.runbook, reason=new)
        devices = tuple(device for device, _ in new.devices)
        shown = self._netpulse.ledger.parameters.shown
        return Wanted(hook=name, runbook=new.runbook, devices=devices, parameters=shown(new.parameters))

    def _taken(self, hook: Hook, delivery: str, headers: Mapping[str, str], body: bytes) -> Received:
        told = causes.of_event(headers)
        event = HookEvent(
            hook=hook.name,
            delivery=delivery,
            digest=hashlib.sha256(body).hexdigest(),
            causes=causes.followed(hook, told),
        )
        if (known := self._netpulse.ledger.hook_events.known(event)) is not None:
            return known
        data = events.parsed(body)
        event = replace(event, causes=causes.followed(hook, causes.of_event(headers, data)))
        new = self._prepared(hook, data, self._netpulse.prepared)
        if isinstance(new, str):
            return Received(status=Became.IGNORED, delivery=delivery, reason=new)
        received = self._netpulse.ledger.hook_events.take(event, new, hook.at_most, naming)
        for one in received.runs:
            if one.created:
                made = set(one.devices)
                self._netpulse.announce(replace(new, devices=tuple(each for each in new.devices if each[0] in made)))
        return received

    def _prepared(self, hook: Hook, data: Any, prepared: Callable[..., NewRun]) -> NewRun | str:
        """Return the run an event asks for, or why the hook does not want it; raise why it may not have it."""
        netpulse = self._netpulse
        reading = events.read(hook, data)
        if reading.ignored:
            return reading.ignored
        for key, problem in wrong_parameters(hook, netpulse.plugins.runbook(hook.runbook)):
            raise InvalidParameters(f"hook {hook.name}", [f"{key}: {problem}"], hint="`netpulse check` says where")
        request = RunRequest(
            runbook=hook.runbook,
            target=hook.target if reading.names is None else naming(reading.names),
            parameters=reading.parameters,
            priority=hook.priority,
            deadline=hook.deadline,
            confirm=hook.confirm,
        )
        if reading.names is not None:
            meant = {device.name for device in netpulse.site.narrowed(hook.target)}
            if beyond := [name for name in reading.names if name not in meant]:
                shown = ", ".join(name[:100] for name in beyond[:5])
                raise Refused(f"hook {hook.name} means {hook.target!r} at most, and not: {shown}")
        caller = Caller(name=hook.caller, role=hook.role or netpulse.settings.hook_role)
        new = prepared(request, caller, names=reading.names, of_site=True)
        return replace(new, starts_in=hook.debounce)

    def _proven(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[Hook, str]:
        hook = self._files.one(name)
        kind = Signature.NETPULSE if hook is None else hook.signature
        # Of an unknown hook too, so that the answer takes as long.
        read = [] if hook is None else [self._secret(one, kind) for one in hook.secrets]
        secrets = [one for one in read if one is not None] or [_NOBODYS]
        try:
            delivery = signatures.require(kind, headers, body, secrets, time.time())
        except signatures.NotProven as error:
            if hook is not None:
                log.warning("hook %s: refused, because %s", name, error)
        else:
            if hook is not None:
                return hook, delivery
        raise Unidentified(NOBODY, hint="sign it as the hook's file says; the service's log says more")

    def _secret(self, reference: str, kind: Signature) -> str | None:
        """Return the secret behind a reference, None where it cannot be read; each answer is known for some time."""
        at = time.monotonic()
        with self._lock:
            known = self._secrets.get((reference, kind))
        if known is not None and at < known[0]:
            return known[1]
        value: str | None = None
        try:
            value = self._netpulse.plugins.secret(reference, self._netpulse.ledger.secrets).strip()
            signatures.require_usable(value, kind)
        except (NetPulseError, signatures.NotProven) as error:
            value = None
            log.error("a hook's secret %s cannot be used: %s", reference, error)
        kept = _AGAIN if value is None else self._netpulse.settings.secret_cache
        with self._lock:
            self._secrets[reference, kind] = (at + kept, value)
        return value
