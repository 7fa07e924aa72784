"""Compliance checks on offer; what they found is the output of runs of `run_checks`."""

from fastapi import APIRouter, Response

from netpulse_core.api.identity import Controller
from netpulse_core.api.schemas import Answer
from netpulse_core.controller import NetPulse
from netpulse_core.model import check as model

router = APIRouter(prefix="/checks", tags=["site"])


class Check(Answer):
    """A check: the platforms it fits (empty: every one), and the evidence it asks for."""

    name: str
    version: str
    sentence: str
    severity: model.Severity
    platforms: list[str]
    evidence: list[str]
    source: str


class Checks(Answer):
    """Checks by name."""

    checks: list[Check]


@router.get("", response_model=Checks)
def offered(netpulse: Controller) -> Response:
    """List checks by name."""
    return Checks(checks=[_shown(netpulse, check) for check in netpulse.checks.values()]).response()


def _shown(netpulse: NetPulse, check: model.Check) -> Check:
    return Check(
        name=check.name,
        version=check.version,
        sentence=check.sentence,
        severity=model.Severity(check.severity),
        platforms=list(check.platforms),
        evidence=list(check.evidence),
        source=netpulse.checks.source(check.name),
    )
