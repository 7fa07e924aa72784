"""Requests and the reading of their answers, as plain data: both clients send the same ones."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict
from urllib.parse import quote

import httpx

from netpulse_core.client import nouns
from netpulse_core.client.answers import LoadedPlugin, OfferedDriver, OfferedRunbook, Readiness
from netpulse_core.client.failures import content
from netpulse_core.errors import InvalidParameters, ServiceError, Unidentified
from netpulse_core.model.device import Device
from netpulse_core.model.node import Node
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Accepted, Job, OutputGroup, RerunRequest, Run, RunRequest, Step
from netpulse_core.model.schedule import ScheduleStatus
from netpulse_core.model.session import NodeSessions
from netpulse_core.model.stopping import Cancellation

RUNS_A_PAGE = 100
JOBS_A_PAGE = 1000

LIKE = "an address looks like http://127.0.0.1:8420"

KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call[T]:
    """One request; `again` says that sending it twice does what sending it once does."""

    path: str
    read: Callable[[Any], T]
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[T]:
    """Part of a list; `next` asks for the part that follows, None says that there is none."""

    items: list[T]
    next: str | int | None


class Filters(TypedDict, total=False):
    """Which runs; what is left out or None is not asked for."""

    runbook: str | None
    caller: str | None
    schedule: str | None
    verdict: str | None
    finished: bool | None
    device: str | None


def page_size(limit: int | None) -> int:
    """Return how many runs to ask for where `limit` are still wanted."""
    return RUNS_A_PAGE if limit is None else min(limit, RUNS_A_PAGE)


def rest(limit: int | None, page: Page[Any]) -> int | None:
    """Return how many are still wanted after this page."""
    return None if limit is None else limit - len(page.items)


def request(call: Call[Any]) -> dict[str, Any]:
    """Return the arguments of the HTTP library for a call; raise where its address would be longer than one may be."""
    params = {name: value for name, value in call.params.items() if value is not None}
    try:
        httpx.URL(call.path, params=params)
    except httpx.InvalidURL as error:
        longest = max(params, key=lambda name: len(str(params[name])), default="path")
        raise InvalidParameters(
            longest,
            ["this is longer than what the address of a request may hold"],
            hint="say it shorter, by a key or a pattern; to run without being shown the devices: --yes --confirm N",
        ) from error
    return {
        "method": call.method,
        "url": call.path,
        "params": params,
        "json": call.json,
        "headers": dict(call.headers),
    }


def address(url: str) -> str:
    """Return the address of a service, or raise where it is none."""
    try:
        known = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidParameters("url", [f"{url!r} is no address: {error}"], hint=LIKE) from error
    if known.scheme not in ("http", "https") or not known.host:
        raise InvalidParameters("url", [f"{url!r} does not begin with http:// or https:// and a host"], hint=LIKE)
    return url


def headers(key: str) -> dict[str, str]:
    """Return what identifies the caller."""
    key = key.strip()
    if not re.fullmatch(r"[!-~]+", key):  # the HTTP library would show the key in its error
        raise Unidentified("the API key is empty or holds characters no key has", hint="it looks like np_<id>_<secret>")
    return {"Authorization": f"Bearer {key}", "Accept": "application/json"}


def submit(request: RunRequest) -> Call[Accepted]:
    """Ask for a run; a key is made where there is none, so that the request may be sent again."""
    body = {
        "runbook": request.runbook,
        "target": request.target,
        "parameters": dict(request.parameters),
        "priority": request.priority,
        "deadline": request.deadline,
        "confirm": request.confirm,
    }
    if request.diagnose:  # an older service knows no such field
        body["diagnose"] = True
    if request.override_window is not None:
        body["override"] = {"window": request.override_window}
    key = request.idempotency_key or uuid.uuid4().hex
    return Call(method="POST", path="/v1/runs", json=body, headers={KEY: key}, read=nouns.accepted)


def run(run: str, wait: float | None = None) -> Call[Run]:
    """Ask for one run; once it has finished or after so many seconds, which no broken connection repeats."""
    return Call(path=of_run(run), read=nouns.run, params={"wait": wait}, again=wait is None)


def runs(filters: Mapping[str, Any], limit: int, before: str | int | None) -> Call[Page[Run]]:
    """Ask for a page of runs, newest first."""
    return Call(path="/v1/runs", params={**filters, "limit": limit, "before": before}, read=paged("runs", nouns.run))


def jobs(run: str, outcome: str | None, after: str | int | None) -> Call[Page[Job]]:
    """Ask for a page of a run's jobs."""
    params = {"outcome": outcome, "after": after, "limit": JOBS_A_PAGE}
    return Call(path=f"{of_run(run)}/devices", params=params, read=paged("devices", nouns.job))


def job(run: str, device: str) -> Call[Job]:
    """Ask for a run's work on one device."""
    return Call(path=f"{of_run(run)}/devices/{quoted(device)}", read=nouns.job)


def steps(run: str, device: str) -> Call[list[Step]]:
    """Ask for what one device answered."""
    return Call(path=f"{of_run(run)}/devices/{quoted(device)}", read=each("steps", nouns.step))


def answer(run: str, device: str) -> Call[tuple[Job, list[Step]]]:
    """Ask for both."""
    return Call(path=f"{of_run(run)}/devices/{quoted(device)}", read=nouns.answer)


def outputs(run: str) -> Call[dict[str, list[Step]]]:
    """Ask for what each device answered."""

    def read(data: Any) -> dict[str, list[Step]]:
        return {name: [nouns.step(step) for step in steps] for name, steps in data["outputs"].items()}

    return Call(path=f"{of_run(run)}/outputs", read=read)


def groups(run: str) -> Call[list[OutputGroup]]:
    """Ask for what the devices answered, those that said the same together."""
    return Call(path=f"{of_run(run)}/groups", read=each("groups", nouns.group))


def cancel(run: str, devices: Sequence[str], queued_only: bool) -> Call[Cancellation]:
    """Cancel a run, or some devices of it."""
    body = {"devices": list(devices), "queued_only": queued_only}
    return Call(method="POST", path=f"{of_run(run)}/cancel", json=body, read=nouns.cancellation, again=False)


def rerun(asked: RerunRequest) -> Call[Accepted]:
    """Ask for a run once more; a key is made where there is none, so that the request may be sent again."""
    body = {
        "outcomes": [str(one) for one in asked.outcomes],
        "devices": list(asked.devices),
        "priority": asked.priority,
        "deadline": asked.deadline,
        "confirm": asked.confirm,
    }
    key = {KEY: asked.idempotency_key or uuid.uuid4().hex}
    return Call(method="POST", path=f"{of_run(asked.run)}/rerun", json=body, headers=key, read=nouns.accepted)


def resolve(run: str, device: str, outcome: Outcome | str, reason: str) -> Call[Job]:
    """Say what a person found of a job in doubt."""
    path = f"{of_run(run)}/devices/{quoted(device)}/resolve"
    body = {"outcome": str(outcome), "reason": reason}
    return Call(method="POST", path=path, json=body, read=nouns.job, again=False)


def devices(target: str | None) -> Call[list[Device]]:
    """Ask which devices a target means; None means all."""
    return Call(path="/v1/devices", params={"target": target}, read=each("devices", nouns.device))


def device(name: str) -> Call[Device]:
    """Ask for one device."""
    return Call(path=f"/v1/devices/{quoted(name)}", read=nouns.device)


def runbooks() -> Call[list[OfferedRunbook]]:
    """Ask for the runbooks on offer."""
    return Call(path="/v1/runbooks", read=each("runbooks", partial(nouns.noun, OfferedRunbook)))


def runbook(name: str) -> Call[OfferedRunbook]:
    """Ask for one runbook."""
    return Call(path=f"/v1/runbooks/{quoted(name)}", read=partial(nouns.noun, OfferedRunbook))


def plugins() -> Call[list[LoadedPlugin]]:
    """Ask for the plugins of the service's process."""
    return Call(path="/v1/plugins", read=each("plugins", partial(nouns.noun, LoadedPlugin)))


def drivers() -> Call[list[OfferedDriver]]:
    """Ask for the drivers on offer."""
    return Call(path="/v1/drivers", read=each("drivers", partial(nouns.noun, OfferedDriver)))


def driver(name: str) -> Call[OfferedDriver]:
    """Ask for one driver."""
    return Call(path=f"/v1/drivers/{quoted(name)}", read=partial(nouns.noun, OfferedDriver))


def schedules() -> Call[list[ScheduleStatus]]:
    """Ask for the schedules the service knows."""
    return Call(path="/v1/schedules", read=each("schedules", nouns.schedule))


def schedule(name: str) -> Call[ScheduleStatus]:
    """Ask for one schedule."""
    return Call(path=f"/v1/schedules/{quoted(name)}", read=nouns.schedule)


def nodes() -> Call[list[Node]]:
    """Ask for the workers."""
    return Call(path="/v1/nodes", read=each("nodes", partial(nouns.noun, Node)))


def sessions(node: str) -> Call[NodeSessions]:
    """Ask for the sessions of a worker."""
    return Call(path=f"/v1/nodes/{quoted(node)}/sessions", read=nouns.sessions)


def ready() -> Call[Readiness]:
    """Ask whether the service can accept runs."""
    return Call(path="/readyz", read=partial(nouns.noun, Readiness))


def readiness(response: httpx.Response) -> Readiness:
    """Return what the service says of itself, whether it is ready or not."""
    try:
        return nouns.noun(Readiness, content(response))
    except ServiceError as error:
        return Readiness(ready=False, ledger=False, broker=False, workers=0, problem=str(error))


def events(run: str) -> str:
    """Return where a run's events are told."""
    return f"{of_run(run)}/events"


def of_run(run: str) -> str:
    """Return the path of a run."""
    if not run.strip():
        raise InvalidParameters("run", ["an empty name is no run's"], hint="give its id, or `last`")
    return f"/v1/runs/{quoted(run)}"


def quoted(name: str) -> str:
    """Return a name as one part of a path."""
    return quote(name, safe="")


def each[T](member: str, read: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    return lambda data: [read(one) for one in data[member]]


def paged[T](member: str, read: Callable[[Any], T]) -> Callable[[Any], Page[T]]:
    """Return what reads one part of a list."""
    return lambda data: Page(items=[read(one) for one in data[member]], next=data["next"])
