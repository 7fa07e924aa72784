"""Claims, conclusions and settings as the data that goes between a node and the process a job runs alone in."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from netpulse_core.keyfile import secret_key
from netpulse_core.model.backup import Captured
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, Conclusion, FreshAnswer, Problem, Step
from netpulse_core.model.runbook import Queue
from netpulse_core.settings import Settings


def of_settings(settings: Settings) -> dict[str, Any]:
    """Return settings, the site's keys among them: they go through a pipe, and nobody else reads it."""
    said = settings.model_dump(mode="json") | {"secret_key": secret_key(settings).decode()}
    if settings.store_keys is not None:
        said["store_keys"] = settings.store_keys.get_secret_value()
    return said


def of_claim(claim: Claim) -> dict[str, Any]:
    """Return a claim as data."""
    return asdict(claim)


def claim(said: Mapping[str, Any]) -> Claim:
    """Return the claim that was sent."""
    return Claim(**{**said, "queue": Queue(said["queue"])})


def of_conclusion(conclusion: Conclusion) -> dict[str, Any]:
    """Return a conclusion as data."""
    return asdict(conclusion)


def conclusion(said: Mapping[str, Any]) -> Conclusion:
    """Return the conclusion that was sent."""
    made = {
        "outcome": Outcome(said["outcome"]),
        "steps": tuple(_step(step) for step in said["steps"]),
        "problem": None if said["problem"] is None else Problem(**said["problem"]),
        "answers": tuple(FreshAnswer(**answer) for answer in said["answers"]),
        "secrets": tuple(said["secrets"]),
        "captures": tuple(Captured(**{**one, "suspect": tuple(one["suspect"])}) for one in said["captures"]),
    }
    return Conclusion(**{**said, **made})


def _step(said: Mapping[str, Any]) -> Step:
    return Step(**{**said, "path": tuple((number, name) for number, name in said["path"])})
