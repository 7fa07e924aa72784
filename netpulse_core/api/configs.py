"""Configurations that are kept: versions and what changed in them, and captures that are not believed."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import STORABLE, Closed, DeviceName
from netpulse_core.api.schemas import Answer, Instant
from netpulse_core.model.backup import Copy, Origin

router = APIRouter(prefix="/configs", tags=["configurations"])

SuspectId = Annotated[str, Path(pattern=STORABLE, description="Id of a capture.", examples=["5d41402abc4b"])]
Number = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Number of a version.")]
Which = Annotated[Copy, Query(description="Which copy; all but the redacted one hold secrets, and are audited.")]


class ConfigVersion(Answer):
    """A version of a device's configuration; sizes are bytes, `origin` is null until it is found out."""

    device: str
    number: int
    digest: str
    first_seen_at: Instant
    last_seen_at: Instant
    captures: int
    run: str
    last_run: str
    caller: str
    driver: str
    platform: str
    form: str
    lines: int
    size: int
    raw_size: int
    sealed: bool
    origin: Origin | None
    runs: list[str]
    added: int | None
    removed: int | None
    unexplained: int | None
    accepted_by: str | None
    accepted_reason: str | None


class ConfigVersions(Answer):
    """Versions, the newest first; or the last good one of each device, by device."""

    versions: list[ConfigVersion]


class ConfigText(Answer):
    """A copy of a version."""

    version: ConfigVersion
    which: Copy
    text: str


class ConfigDiff(Answer):
    """What changed between two versions, secrets masked; `before` is null for the first."""

    device: str
    before: ConfigVersion | None
    after: ConfigVersion
    diff: str
    added: int
    removed: int
    secrets_only: bool


class RestorePlan(Answer):
    """The lines that lead from the last good configuration to a version."""

    device: str
    running: ConfigVersion
    wanted: ConfigVersion
    which: Copy
    lines: str
    incomplete: bool = Field(description="Whether secrets are masked in it, or it does not lead all the way.")
    unreached: str = Field(description="What of the difference the lines do not lead to; empty where that is nothing.")


class Suspect(Answer):
    """A capture in quarantine, and why it is not believed."""

    id: str
    device: str
    reasons: list[str]
    first_seen_at: Instant
    last_seen_at: Instant
    captures: int
    run: str
    last_run: str
    caller: str
    lines: int
    size: int
    raw_size: int
    sealed: bool
    accepted_at: Instant | None
    accepted_by: str | None
    accepted_reason: str | None
    version: int | None


class Suspects(Answer):
    """Captures in quarantine, the last seen first."""

    suspects: list[Suspect]


class SuspectText(Answer):
    """A capture in quarantine, and a copy of it."""

    suspect: Suspect
    which: Copy
    text: str


class History(Answer):
    """A git repository that configurations are written to; an empty `problem` is none."""

    repository: str
    node: str
    path: str
    which: str
    remote: str
    head: str
    commits: int
    waiting: int
    exported_at: Instant | None
    pushed: str
    pushed_at: Instant | None
    failures: int
    problem: str
    retry_at: Instant | None


class Histories(Answer):
    """Git repositories, the newest first."""

    repositories: list[History]


class ToAccept(Closed):
    """Why a capture is the configuration of its device after all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the lab was torn down"}]})

    reason: str = Field(description="What the next person will read.")


@router.get("", response_model=ConfigVersions)
def current(netpulse: Controller, caller: Asking) -> Response:
    """List the last good version of each device that has one."""
    return _versions(netpulse.configs.current(caller))


@router.get("/history", response_model=Histories)
def history(netpulse: Controller, caller: Asking) -> Response:
    """List the git repositories that configurations of all devices are written to, and how they fare."""
    found = [] if caller.scope.target else netpulse.ledger.config_exports.all()
    return Histories(repositories=[History.of(one) for one in found]).response()


@router.get("/quarantine", response_model=Suspects)
def suspects(
    netpulse: Controller,
    caller: Asking,
    device: Annotated[str | None, Query(pattern=STORABLE, description="Of this device alone.")] = None,
    decided: Annotated[bool, Query(description="Those that were accepted too.")] = False,
) -> Response:
    """List captures that are not believed."""
    found = netpulse.configs.suspects(device, caller, decided=decided)
    return Suspects(suspects=[Suspect.of(one) for one in found]).response()


@router.get("/quarantine/{suspect}", response_model=SuspectText)
def suspect(suspect: SuspectId, netpulse: Controller, caller: Asking, copy: Which = Copy.REDACTED) -> Response:
    """Show a capture that is not believed."""
    return SuspectText.of(netpulse.configs.suspect(suspect, caller, copy)).response()


@router.post("/quarantine/{suspect}/accept", response_model=Suspect)
def accept(suspect: SuspectId, body: ToAccept, netpulse: Controller, caller: Asking) -> Response:
    """Take a capture for the configuration of its device, as its newest version."""
    return Suspect.of(netpulse.configs.accept(suspect, caller, body.reason)).response()


@router.get("/devices/{device:path}/versions", response_model=ConfigVersions)
def log(device: DeviceName, netpulse: Controller, caller: Asking) -> Response:
    """List the versions of a device's configuration, the newest first."""
    return _versions(netpulse.configs.log(device, caller))


@router.get("/devices/{device:path}/text", response_model=ConfigText)
def text(
    device: DeviceName,
    netpulse: Controller,
    caller: Asking,
    version: Number = None,
    at: Annotated[AwareDatetime | None, Query(description="The version that stood then: ISO 8601 with a zone.")] = None,
    copy: Which = Copy.REDACTED,
) -> Response:
    """Show a configuration: a version, the one that stood at an instant, or the last good one."""
    instant = None if at is None else at.timestamp()
    return ConfigText.of(netpulse.configs.show(device, caller, number=version, at=instant, copy=copy)).response()


@router.get("/devices/{device:path}/diff", response_model=ConfigDiff)
def diff(
    device: DeviceName, netpulse: Controller, caller: Asking, before: Number = None, after: Number = None
) -> Response:
    """Show what changed between two versions; by itself, what the last change did."""
    return ConfigDiff.of(netpulse.configs.diff(device, caller, before, after)).response()


@router.get("/devices/{device:path}/plan", response_model=RestorePlan)
def plan(
    device: DeviceName,
    netpulse: Controller,
    caller: Asking,
    version: Annotated[int, Query(ge=1, le=2**31 - 1, description="The version to go to.", examples=["1"])],
    copy: Which = Copy.REDACTED,
) -> Response:
    """Show the lines that lead from the last good configuration to a version; nothing is applied."""
    return RestorePlan.of(netpulse.configs.plan(device, caller, version, copy)).response()


def _versions(found: Sequence[object]) -> Response:
    return ConfigVersions(versions=[ConfigVersion.of(one) for one in found]).response()
