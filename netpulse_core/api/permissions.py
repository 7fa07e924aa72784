"""Which permission each route beneath /v1 needs; one that is not in this table is open to nobody."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.errors import NotPermitted
from netpulse_core.model.roles import Permission as May

PREFIX = "/v1"

NEEDS: Mapping[str, May] = {
    "GET /plugins": May.SITE_READ,
    "POST /runs": May.READS_RUN,  # and more where the runbook changes: that is asked where runs are accepted
    "GET /runs": May.RUNS_READ,
    "GET /runs/{run}": May.RUNS_READ,
    "GET /runs/{run}/devices": May.RUNS_READ,
    "GET /runs/{run}/devices/{device:path}": May.RUNS_READ,
    "GET /runs/{run}/outputs": May.RUNS_READ,
    "GET /runs/{run}/groups": May.RUNS_READ,
    "GET /runs/{run}/events": May.RUNS_READ,
    "GET /runs/{run}/compliance": May.RUNS_READ,
    "POST /runs/{run}/devices/{device:path}/resolve": May.RUNS_RESOLVE,
    "POST /runs/{run}/cancel": May.RUNS_READ,  # and more by whose run it is: that is asked where it is cancelled
    "POST /runs/{run}/rerun": May.READS_RUN,
    "GET /runs/{run}/devices/{device:path}/explain": May.RUNS_READ,
    "GET /windows": May.SITE_READ,
    "GET /windows/next": May.SITE_READ,
    "GET /windows/{window}": May.SITE_READ,
    "GET /freezes": May.SITE_READ,
    "POST /freezes": May.FREEZES_BEGIN,
    "POST /freezes/{freeze}/thaw": May.FREEZES_END,
    "GET /files": May.FILES_READ,
    "PUT /files/{file:path}": May.FILES_WRITE,
    "GET /files/{file:path}": May.FILES_READ,
    "DELETE /files/{file:path}": May.FILES_WRITE,
    "GET /devices": May.SITE_READ,
    "GET /devices/{device:path}": May.SITE_READ,
    "GET /drivers": May.SITE_READ,
    "GET /drivers/{driver}": May.SITE_READ,
    "GET /runbooks": May.SITE_READ,
    "GET /runbooks/{runbook}": May.SITE_READ,
    "GET /checks": May.SITE_READ,
    "GET /compliance": May.RUNS_READ,
    "GET /compliance/history": May.RUNS_READ,
    "GET /metrics": May.RUNS_READ,
    "GET /configs": May.CONFIGS_READ,
    "GET /configs/history": May.CONFIGS_READ,
    "GET /configs/quarantine": May.CONFIGS_READ,
    "GET /configs/quarantine/{suspect}": May.CONFIGS_READ,  # and more for a copy with secrets: asked where it is read
    "POST /configs/quarantine/{suspect}/accept": May.CONFIGS_ACCEPT,
    "GET /configs/devices/{device:path}/versions": May.CONFIGS_READ,
    "GET /configs/devices/{device:path}/text": May.CONFIGS_READ,  # and more for a copy with secrets
    "GET /configs/devices/{device:path}/diff": May.CONFIGS_READ,
    "GET /configs/devices/{device:path}/plan": May.CONFIGS_READ,  # and more for a copy with secrets
    "GET /schedules": May.SITE_READ,
    "GET /schedules/{schedule}": May.SITE_READ,
    "GET /schedules/{schedule}/next": May.SITE_READ,
    "GET /schedules/{schedule}/fires": May.RUNS_READ,
    "POST /schedules": May.SCHEDULES_WRITE,
    "PUT /schedules/{schedule}": May.SCHEDULES_WRITE,
    "DELETE /schedules/{schedule}": May.SCHEDULES_WRITE,
    "POST /schedules/plan": May.SCHEDULES_WRITE,
    "POST /schedules/apply": May.SCHEDULES_WRITE,
    "POST /schedules/{schedule}/pause": May.SCHEDULES_PAUSE,
    "POST /schedules/{schedule}/resume": May.SCHEDULES_PAUSE,
    "POST /schedules/{schedule}/run": May.READS_RUN,  # and more where the runbook changes
    "GET /nodes": May.SITE_READ,
    "GET /nodes/{node}/sessions": May.SITE_READ,
    "GET /hostkeys": May.SITE_READ,
    "POST /hostkeys/{device:path}/approve": May.HOST_KEYS_WRITE,
    "POST /hostkeys/{device:path}/forget": May.HOST_KEYS_WRITE,
    "GET /breakers": May.SITE_READ,
    "POST /breakers/{device:path}/close": May.BREAKERS_CLOSE,
    "GET /brakes": May.SITE_READ,
    "POST /brakes/{brake}/release": May.BRAKES_RELEASE,
    "GET /credentials": May.SITE_READ,
    "GET /templates": May.SITE_READ,
    "POST /templates/render": May.TEXT_USE,
    "POST /templates/parse": May.TEXT_USE,
    "GET /webhooks": May.WEBHOOKS_READ,
    "GET /webhooks/deliveries": May.WEBHOOKS_READ,
    "GET /webhooks/deliveries/{delivery}": May.WEBHOOKS_READ,
    "POST /webhooks/deliveries/{delivery}/replay": May.WEBHOOKS_SEND,
    "POST /webhooks/{endpoint}/test": May.WEBHOOKS_SEND,
    "GET /hooks": May.WEBHOOKS_READ,
    "GET /hooks/{hook}": May.WEBHOOKS_READ,
    "POST /hooks/{hook}/test": May.WEBHOOKS_READ,  # it says what would be run, and runs nothing
    "GET /keys": May.KEYS_READ,
    "POST /keys": May.KEYS_WRITE,
    "POST /keys/{key}/rotate": May.KEYS_WRITE,
    "POST /keys/{key}/revoke": May.KEYS_WRITE,
    "GET /audit": May.AUDIT_READ,
    "GET /audit/anchor": May.AUDIT_READ,
}

BY_SIGNATURE = frozenset({"POST /hooks/{hook}"})
"""Routes that need no permission and take no key: the signature of what is sent is judged in its place."""


async def permitted(request: Request, caller: Asking, netpulse: Controller) -> None:
    """Refuse who may not use a route; only a refusal costs a thread, because it is audited."""
    path = getattr(request.scope.get("route"), "path", "")  # without the prefix of the routers it was included in
    route = f"{request.method} {path.removeprefix(PREFIX)}"
    need = NEEDS.get(route)
    if need is None:
        raise NotPermitted(f"no permission is named for {route}, so nobody has it", permission="none")
    if not netpulse.access.permits(caller, need):
        await run_in_threadpool(netpulse.access.require, caller, need, f"{request.method} {request.url.path}")
