"""Asking a runbook's own `verify` what became of a change: a Nornir task that may only read."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from netpulse_core.errors import LoginDelayed, Refused
from netpulse_core.inventory.secrets import Resolve
from netpulse_core.model.commandpolicy import CommandPolicy
from netpulse_core.model.doubt import Doubt
from netpulse_core.model.run import Step
from netpulse_core.model.runbook import Runbook
from netpulse_core.model.session import DeviceSession
from netpulse_core.runs import explain
from netpulse_core.runs.collector import Collector
from netpulse_core.runs.credentials import Credentials
from netpulse_core.runs.host import on_copies
from netpulse_core.runs.job import Workshop, nornir_task
from netpulse_core.runs.plain import Masks, kept
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.sending import Sending


@dataclass(frozen=True, slots=True)
class Said:
    """What a `verify` answered; two that say the same are equal, whatever their steps took."""

    word: Any
    error: str
    steps: tuple[Step, ...] = field(compare=False)


class _Closed:
    """The gate of who only reads."""

    open_for_changes = False

    def cross(self, session: DeviceSession, baseline: str | None = None) -> None:
        raise Refused("verify may only read")


def verified(
    book: Runbook,
    doubt: Doubt,
    workshop: Workshop,
    credentials: Credentials,
    redact: Masks,
    resolve: Resolve,
) -> Said:
    """Run a runbook's `verify` on the device, on sessions of its own."""
    assert book.verify is not None
    until = time.monotonic() + book.timeout
    policy = CommandPolicy.of(doubt.commands)
    lender = Lender(
        workshop.pool,
        workshop.drivers,
        device=doubt.device,
        parameters=credentials.parameters,
        lending=credentials,
        gate=_Closed(),
        until=until,
        own_session=True,
        only=book.drivers,
        sending=None if policy is None else Sending(policy, doubt.device),
    )

    def in_words(error: BaseException) -> str:
        return explain.sentence(lender.translate(error) or error)

    collector = Collector(redact, in_words)
    inventory, host = on_copies(workshop.site.inventory, doubt.device, lender, None)
    host.text = workshop.text
    task = nornir_task(book.verify, inventory, workshop.config, collector)
    arguments: Mapping[str, Any] = book.arguments(doubt.parameters, resolve)
    try:
        at_hand = workshop.files.at_hand(arguments) if book.files else nullcontext(dict(arguments))
        with at_hand as task.params, workshop.alarm.within(book.timeout, lender.abort):
            result = task.start(host)
    finally:
        lender.give_back(trusted=False)
        host.close_what_was_opened()
    failed = explain.cause(result) if result.failed else None
    if isinstance(failed, LoginDelayed):
        raise failed  # nothing was asked yet
    error = kept(in_words(failed), redact) if failed is not None else ""
    if lender.aborted:
        error = f"not done within {book.timeout:.4g} s"
    return Said(None if error else result[0].result, error, tuple(_of_verify(step) for step in collector.steps))


def _of_verify(step: Step) -> Step:
    return Step(label=f"reconcile: {step.label}", body=step.body, failed=step.failed, error=step.error)
