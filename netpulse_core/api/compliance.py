"""Compliance: the report of a run, what stands of each device and check, and how it came about."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from netpulse_core.api.identity import Asking, Controller, SeenRun
from netpulse_core.api.requests import STORABLE
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.compliance.reports import document
from netpulse_core.model.check import FindingVerdict, Severity
from netpulse_core.model.trend import LOUD, Trend

router = APIRouter(tags=["compliance"])


class Report(Answer):
    """A report, whose whole form is in docs/compliance-report.schema.json."""

    schema_: int = Field(alias="schema", serialization_alias="schema")
    made_at: Instant
    run: dict[str, Any] | None
    summary: dict[str, Any]
    trend: dict[Trend, int] | None
    policies: dict[str, str]
    devices: dict[str, dict[str, str]]
    findings: dict[str, list[dict[str, Any]]]
    not_judged: dict[str, str]


class Standing(Answer):
    """What stands of a device and a check."""

    device: str
    check: str
    policy: str
    severity: Severity
    version: str
    verdict: FindingVerdict
    since: Instant
    first_failed: Instant | None
    last_passed: Instant | None
    judged_at: Instant | None
    flaps: int
    flapping: bool
    run: str
    why: str


class Standings(Answer):
    """Findings that stand, by device and check."""

    findings: list[Standing]


class Change(Answer):
    """A change of what stands; `finding` is its evidence, null where it passes."""

    run: str
    device: str
    check: str
    at: Instant
    severity: Severity
    version: str
    verdict: FindingVerdict
    was: FindingVerdict | None
    was_since: Instant | None
    trend: Trend | None
    first_failed: Instant | None
    last_passed: Instant | None
    finding: dict[str, Any] | None


class Changes(Answer):
    """Changes, the newest first."""

    changes: list[Change]


@router.get("/runs/{run}/compliance", response_model=Report)
def report(run: SeenRun, netpulse: Controller) -> Response:
    """Show what a run found, and how that compares with what stood before it."""
    return JSONResponse(document.data(netpulse.compliance.report(run)))


@router.get("/compliance", response_model=Standings)
def standing(
    netpulse: Controller,
    caller: Asking,
    target: Annotated[str | None, Query(pattern=STORABLE, description="Of these devices alone.")] = None,
    check: Annotated[str, Query(pattern=STORABLE, description="Of checks of such names, as `ntp-*`.")] = "*",
    verdict: Annotated[FindingVerdict | None, Query(description="Of this verdict alone.")] = None,
    everything: Annotated[bool, Query(description="Also what passes, and what does not apply.")] = False,
) -> Response:
    """List what stands of devices and checks now."""
    verdicts = tuple(FindingVerdict) if everything else LOUD
    found = netpulse.compliance.standing(
        target or "*", caller, check=check, verdicts=verdicts if verdict is None else (verdict,)
    )
    return Standings(findings=[Standing.of(one) for one in found]).response()


@router.get("/compliance/history", response_model=Changes)
def history(
    netpulse: Controller,
    caller: Asking,
    device: Annotated[str, Query(pattern=STORABLE, description="Name of a device.", examples=["leaf1"])],
    check: Annotated[str, Query(pattern=STORABLE, description="Name of a check.", examples=["ssh_only"])],
) -> Response:
    """List the changes of what stands of a device and a check, the newest first."""
    found = netpulse.compliance.history(device, check, caller)
    return Changes(changes=[Change(**_change(one)) for one in found]).response()


def _change(one: Any) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in Change.model_fields}
    return {**told, "finding": None if one.finding is None else one.finding.as_data()}
