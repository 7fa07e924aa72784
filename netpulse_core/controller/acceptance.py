"""Every question a request must answer before it is recorded."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from ulid import ULID

from netpulse_core.configs.marking import refuse_masks
from netpulse_core.controller.access import Access
from netpulse_core.controller.filing import Filing
from netpulse_core.controller.references import References
from netpulse_core.controller.windowing import Windowing
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.files import File
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.runs import recalled
from netpulse_core.model.caller import Caller
from netpulse_core.model.device import Device
from netpulse_core.model.roles import Permission
from netpulse_core.model.run import LONGEST_DEADLINE, PRIORITIES, NewRun, RunRequest
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.text import in_short

LONGEST_KEY = 200
LONGEST_REASON = 500
_SAID = 200
"""Characters of a target that a sentence repeats."""

_NOT_ASKED = frozenset({"idempotency_key", "confirm"})
"""What a request says beside what it asks for: with another, it is the same request."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Turns requests into runs that can be recorded, or raises why not; nothing is touched yet."""

    site: Site
    plugins: Plugins
    ledger: Ledger
    access: Access
    windowing: Windowing
    filing: Filing
    references: References
    most_values: int
    """How many values the parameters of one run may hold."""
    confirm_above: int
    """Devices beyond which a change has to be confirmed."""

    def unrecorded(self) -> "Acceptance":
        """Return one that asks the same questions, and whose refusals are recorded nowhere."""
        access = self.access.unrecorded()
        references, filing = replace(self.references, access=access), self.filing.judged_by(access)
        return replace(self, access=access, references=references, filing=filing)

    def prepared(
        self,
        request: RunRequest,
        caller: Caller,
        *,
        schedule: str | None = None,
        names: Sequence[str] | None = None,
        of_site: bool = False,
    ) -> NewRun:
        """Return the run a request asks for; `names` are its devices where the target only tells of them.

        `of_site` says that the site itself gives its parameters, or somebody who was judged then.
        """
        runbook = self.plugins.runbook(request.runbook)
        self.access.require_run(caller, runbook)
        if request.diagnose:
            self._require_diagnosis(runbook, caller)
        override = self._overriding(request, caller, schedule)
        self._refuse_too_many(request)
        parameters = runbook.validated(request.parameters)
        _check_bounds(request)
        refuse_masks(runbook, request.parameters)
        self.access.require_lines(caller, runbook, parameters)
        self.references.require(caller, runbook, request.parameters, of_site=of_site)
        if names is None:
            selected = self.access.select_for_run(
                caller, runbook, request.target, stored=of_site or schedule is not None
            )
        else:
            selected = self.site.named(names)
        devices = self._admitted(selected, request, runbook, caller)
        files: list[File] = []
        pinned = runbook.with_files(parameters, lambda file: self._kept(file, caller, files))
        return NewRun(
            id=str(ULID()).lower(),
            runbook=runbook.name,
            target=request.target,
            parameters=pinned,
            files=tuple(file.sha256 for file in files),
            changes=runbook.changes,
            queue=runbook.queue,
            timeout=runbook.timeout,
            attempts=runbook.attempts,
            priority=request.priority,
            deadline=request.deadline,
            caller=caller.name,
            revision=self.site.revision,
            idempotency_key=request.idempotency_key,
            fingerprint=" ".join(_hash(self._shown(request, one)) for one in (request.parameters, parameters)),
            schedule=schedule,
            diagnostic=request.diagnose,
            devices=tuple((device.name, device.key) for device in devices),
            override_window=override,
            expected=self.windowing.expected(runbook, devices),
            commands=self.access.policy(caller).data(),
        )

    def _overriding(self, request: RunRequest, caller: Caller, schedule: str | None) -> str | None:
        """Return why a run may pass windows and blackouts, or raise why it may not."""
        if request.override_window is None:
            return None
        reason = " ".join(request.override_window.split())
        if not reason or len(reason) > LONGEST_REASON:
            problem = f"override: a window is overridden with a reason of 1 to {LONGEST_REASON} characters"
            raise InvalidParameters("request", [problem])
        if schedule is not None:
            raise Refused("a schedule cannot override maintenance windows", hint="ask for this run by hand")
        self.access.require(caller, Permission.WINDOWS_OVERRIDE, request.runbook)
        return reason

    def _refuse_too_many(self, request: RunRequest) -> None:
        left: list[Any] = [request.parameters]
        found = 0
        while left and found <= self.most_values:
            one = left.pop()
            found += 1
            left += one.values() if isinstance(one, Mapping) else one if isinstance(one, (list, tuple)) else ()
        if found > self.most_values:
            problem = f"parameters: more than {self.most_values:,} values"
            raise InvalidParameters(request.runbook, [problem], hint="split the run, or set `max_parameters`")

    def repeated(self, request: RunRequest, caller: Caller) -> str | None:
        """Return the run that this request became before, although it might be refused or mean another today."""
        key = request.idempotency_key
        known = self.ledger.runs.under_key(caller.name, key) if key is not None and _is_key(key) else None
        if key is None or known is None:
            return None
        asked = [request]
        with suppress(Exception):  # the plugin-call boundary: the runbook may be gone, and its validators are not ours
            parameters = self.plugins.runbook(request.runbook).validated(request.parameters)
            asked.append(replace(request, parameters=parameters))
        # As it is shown, and as it was hashed before secrets were masked in it.
        ways = [*(self._shown(one, one.parameters) for one in asked), *asked]
        return recalled(known, key, " ".join(map(_hash, ways)))

    def _shown(self, request: RunRequest, parameters: Mapping[str, Any]) -> RunRequest:
        """Return a request as it may be shown: by the hash of its secret, that could be guessed."""
        return replace(request, parameters=self.ledger.parameters.shown(parameters))

    def _admitted(
        self, selected: Sequence[Device], request: RunRequest, runbook: Runbook, caller: Caller
    ) -> Sequence[Device]:
        self.access.require_devices(caller, runbook, selected)
        if runbook.changes:
            self._refuse_unconfirmed(request, len(selected))
        devices = runbook.fitting(selected)
        if request.diagnose:
            self._refuse_the_undoubted(devices)
        if refusals := self.plugins.refusals(request, runbook, devices, caller):
            raise Refused("; ".join(refusals), hint="nothing was recorded, and nothing sent")
        return devices

    def _require_diagnosis(self, runbook: Runbook, caller: Caller) -> None:
        self.access.require(caller, Permission.READS_DIAGNOSE, runbook.name)
        if runbook.changes:
            raise Refused(
                f"{runbook.name} may change its devices, and a device in doubt is only looked at",
                hint="diagnose with a runbook that reads; a change waits until the doubt is resolved",
            )

    def _refuse_the_undoubted(self, devices: Sequence[Device]) -> None:
        doubted = self.ledger.jobs.in_doubt([device.key for device in devices])
        if sure := [device.name for device in devices if device.key not in doubted]:
            raise Refused(
                f"not in doubt: {in_short(sure)}",
                hint="ask without --diagnose; a change whose worker died is in doubt once its timeout is over",
            )

    def _refuse_unconfirmed(self, request: RunRequest, devices: int) -> None:
        confirmed = 0 if request.confirm is None else request.confirm
        if devices > max(self.confirm_above, confirmed):
            said = f"and {confirmed} were confirmed" if confirmed else "and nobody confirmed so many"
            raise Refused(
                f"{_short(request.target)!r} means {devices} devices, {said}",
                hint=f"if all of them are meant, say so: --confirm {devices}, or `confirm` in the request",
            )

    def _kept(self, wanted: File, caller: Caller, found: list[File]) -> File:
        found.append(self.filing.for_run(caller, wanted))
        return found[-1]


def _short(target: str) -> str:
    """Return a target as a sentence can hold it: it may be ten thousand names."""
    return target if len(target) <= _SAID else f"{target[:_SAID]}..."


def _check_bounds(request: RunRequest) -> None:
    problems = []
    if request.priority not in PRIORITIES:
        problems.append(f"priority {request.priority} is not within {PRIORITIES[0]} and {PRIORITIES[-1]}")
    if not 0 < request.deadline <= LONGEST_DEADLINE:
        said = f"more than 0 and at most {LONGEST_DEADLINE:.0f} seconds ({LONGEST_DEADLINE / 86400:g} days)"
        problems.append(f"deadline {request.deadline:g}: it is how long anything may wait to begin, {said}")
    if request.confirm is not None and request.confirm < 1:
        problems.append(f"confirm {request.confirm} is no number of devices")
    if request.idempotency_key is not None and not _is_key(request.idempotency_key):
        problems.append(f"idempotency_key is not 1 to {LONGEST_KEY} printable characters")
    if problems:
        raise InvalidParameters("request", problems)


def _is_key(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isprintable()


def _hash(request: RunRequest) -> str:
    """Return a hash of what is asked, empty where that is not JSON: an object's own words are not what it holds."""
    said = {field.name: getattr(request, field.name) for field in fields(request) if field.name not in _NOT_ASKED}
    if not request.diagnose:  # the hash it has always had, under which its key is known
        del said["diagnose"]
    if request.override_window is None:
        del said["override_window"]  # as it was said before there were windows
    try:
        text = json.dumps(said | {"parameters": dict(request.parameters)}, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
