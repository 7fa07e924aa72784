"""Running one job to its conclusion."""

import logging
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.exceptions import NornirSubTaskError
from nornir.core.processor import Processors
from nornir.core.state import GlobalState
from nornir.core.task import MultiResult, Result, Task
from nornir.plugins.runners import SerialRunner

from netpulse_core.errors import (
    DeviceError,
    NetPulseError,
    NotFound,
    SessionLost,
    TimedOut,
)
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.outcome import Outcome, outcome_of
from netpulse_core.model.run import Claim, Conclusion, Problem
from netpulse_core.model.session import Driver, Gate
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.collector import Collector
from netpulse_core.runs.host import on_copies, parameters_of
from netpulse_core.runs.redact import Redactor
from netpulse_core.sessions.lender import Lender
from netpulse_core.sessions.pool import Pool

# Nornir logs each failed task with its traceback; the failure is an outcome, and a traceback may quote a secret.
logging.getLogger("nornir").setLevel(logging.CRITICAL)

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds before a read's second attempt, at least and at most."""


class CountingGate(Gate, Protocol):
    """A gate that remembers whether it was crossed."""

    crossed: bool
    lost: bool
    """Whether the ledger's answer to the crossing was lost: nothing was sent, but it may say `pushing`."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every job of a node shares."""

    site: Site
    plugins: Plugins
    drivers: Mapping[str, Driver]
    pool: Pool
    alarm: Alarm
    config: Config


def run_job(claim: Claim, gate: CountingGate, workshop: Workshop) -> Conclusion:
    """Run a claimed job and return what came of it; never raises for what a device or a runbook does."""
    began = time.monotonic()
    redact = Redactor()
    try:
        conclusion = _run(claim, gate, workshop, redact)
    except Exception as error:  # noqa: BLE001  the task boundary: whatever went wrong is this job's outcome
        conclusion = _failed(claim, gate, error, None, redact)
    return replace(conclusion, elapsed=round(time.monotonic() - began, 6))


def _run(claim: Claim, gate: CountingGate, workshop: Workshop, redact: Redactor) -> Conclusion:
    inventory = workshop.site.inventory
    if claim.device not in inventory.hosts:
        raise NotFound("device", claim.device, known=inventory.hosts, hint="it is no longer in the inventory")
    runbook = workshop.plugins.runbook(claim.runbook)

    def resolve(reference: str) -> str:
        return redact.learn(workshop.plugins.secret(reference))

    lender = Lender(
        workshop.pool,
        workshop.drivers,
        device=claim.device,
        parameters=lambda name: parameters_of(inventory, claim.device, name, resolve),
        gate=gate,
    )
    copies, host = on_copies(inventory, claim.device, lender)
    collector = Collector(redact, lambda error: _sentence(lender, error))
    processors = Processors([collector])
    nornir = Nornir(
        inventory=copies, config=workshop.config, data=GlobalState(), processors=processors, runner=SerialRunner()
    )
    task = Task(runbook, nornir, False, processors, **runbook.arguments(claim.parameters))
    try:
        with workshop.alarm.within(min(claim.timeout, max(claim.left, 1.0)), lender.abort):
            result = task.copy().start(host)
    finally:
        lender.give_back(trusted=not lender.aborted)
    steps = tuple(collector.steps)
    if result.failed or lender.aborted:
        error = _cause(result)
        concluded = _failed(claim, gate, error, lender, redact)
        return replace(concluded, steps=steps, session_reused=lender.reused)
    changed = any(step.changed for step in steps) or result.changed
    outcome = Outcome.CHANGED if changed and claim.changes else Outcome.OK
    return Conclusion(outcome=outcome, steps=steps, session_reused=lender.reused)


def _failed(
    claim: Claim, gate: CountingGate, error: BaseException, lender: Lender | None, redact: Redactor
) -> Conclusion:
    ours = _explained(claim, error, lender)
    outcome = outcome_of(ours)
    if gate.lost:
        outcome = Outcome.NOT_APPLIED
    elif gate.crossed and isinstance(ours, TimedOut | SessionLost):
        outcome = Outcome.IN_DOUBT
    kind = type(error).__name__ if not isinstance(ours, NetPulseError) else type(ours).__name__
    hint = ours.hint if isinstance(ours, NetPulseError) else ""
    if outcome is Outcome.IN_DOUBT:
        hint = f"look at the device, then: netpulse resolve {claim.run} {claim.device} --as OUTCOME --reason TEXT"
    problem = Problem(kind=kind, message=redact(_text(ours)), hint=hint)
    return Conclusion(outcome=outcome, problem=problem, retry_in=_retry_in(claim, gate, ours), session_reused=None)


def _explained(claim: Claim, error: BaseException, lender: Lender | None) -> BaseException:
    if lender is not None and lender.aborted:
        return TimedOut(f"not done within {min(claim.timeout, claim.left):g} s", device=claim.device)
    if isinstance(error, NetPulseError):
        return error
    if lender is not None and (ours := lender.translate(error)) is not None:
        return ours
    return error


def _retry_in(claim: Claim, gate: CountingGate, error: BaseException) -> float | None:
    """Return the seconds until the next attempt: only for what may pass by itself, and never past a crossed gate."""
    retryable = isinstance(error, DeviceError) and error.retryable
    if not retryable or gate.crossed or gate.lost or claim.attempt >= claim.attempts:
        return None
    longest = min(LONGEST_WAIT, FIRST_WAIT * 3**claim.attempt)
    wait = random.uniform(FIRST_WAIT, longest)  # noqa: S311  spreads attempts out, guards nothing
    return wait if wait < claim.left else None


def _cause(result: MultiResult) -> BaseException:
    """Return the exception of the step that failed first, beneath Nornir's own wrapping."""
    error = result[0].exception
    while isinstance(error, NornirSubTaskError):
        inner = next((one.exception for one in _leaves(error.result) if one.failed and one.exception), None)
        if inner is None:
            break
        error = inner
    if error is None:
        text = str(result[0].result or "the runbook said it failed, without a reason")
        return _SaidSo(text)
    return error


def _leaves(results: MultiResult) -> Iterator[Result]:
    for one in results:
        nested: object = one  # Nornir puts a MultiResult there and types it a Result
        if isinstance(nested, MultiResult):
            yield from _leaves(nested)
        else:
            yield one


class _SaidSo(Exception):
    """A runbook returned a failed Result."""


def _sentence(lender: Lender, error: BaseException) -> str:
    ours = error if isinstance(error, NetPulseError) else lender.translate(error)
    return _text(ours or error)


def _text(error: BaseException) -> str:
    if isinstance(error, NetPulseError | _SaidSo):
        return str(error)
    said = str(error).strip()
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
