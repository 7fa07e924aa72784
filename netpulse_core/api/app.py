"""The application: every route in its place, over one controller."""

import threading
from importlib.metadata import PackageNotFoundError, version

import anyio
from fastapi import APIRouter, Depends, FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from netpulse_core.api import (
    audit,
    checks,
    compliance,
    configs,
    devices,
    drivers,
    errors,
    events,
    explain,
    files,
    health,
    hooks,
    keys,
    logins,
    metrics,
    nodes,
    openapi,
    plugins,
    runbooks,
    runs,
    schedules,
    stopping,
    templates,
    webhooks,
    windows,
)
from netpulse_core.api.adopted import Adopting
from netpulse_core.api.identity import Identities, identified
from netpulse_core.api.leaving import Leaving
from netpulse_core.api.limits import BodyLimit, Streams, no_key_twice, only_known_questions
from netpulse_core.api.permissions import PREFIX, permitted
from netpulse_core.api.rates import RateLimit
from netpulse_core.controller import NetPulse

ABOUT = "Run runbooks on devices, now or on schedule, and read what truly happened on each of them."


def create_app(netpulse: NetPulse) -> FastAPI:
    """Return the REST service of a site.

    Set `app.state.stopping`, from any thread, before the server is told to stop: open event streams then end within
    two seconds, and without it they would hold the server's shutdown for ever. The controller stays the caller's.
    """
    app = FastAPI(
        title="NetPulse",
        description=ABOUT,
        version=_version(),
        redoc_url=None,
        redirect_slashes=False,  # a redirected POST loses its body in half of the clients
    )
    app.state.netpulse = netpulse
    app.state.stopping = threading.Event()
    app.state.identities = Identities(netpulse.ledger.keys.identify)
    app.state.identify = netpulse.plugins.identify if netpulse.plugins.identifies() else None
    app.state.stream_threads = anyio.CapacityLimiter(events.THREADS)
    app.state.streams = Streams(netpulse.settings.max_streams)
    app.add_middleware(BodyLimit, largest_file=netpulse.settings.max_file_size)
    per_key, per_address = netpulse.settings.requests_per_key, netpulse.settings.requests_per_address
    app.add_middleware(RateLimit, rates=netpulse.broker.rates, per_key=per_key, per_address=per_address)
    if netpulse.settings.trusted_proxies:  # around the rates: what is counted is the address it tells of
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(netpulse.settings.trusted_proxies))
    app.add_middleware(Leaving, stopping=app.state.stopping)
    errors.install(app)
    app.include_router(health.router)
    app.include_router(_v1())
    app.include_router(_signed())
    openapi.install(app)
    netpulse.plugins.prepare_api(app, Adopting(app).adopt)
    return app


def _v1() -> APIRouter:
    v1 = APIRouter(
        prefix=PREFIX,
        dependencies=[Depends(identified), Depends(permitted), Depends(only_known_questions), Depends(no_key_twice)],
        responses=openapi.PROBLEMS,
    )
    of_runs = explain, runs, stopping, windows, events, files, configs, compliance  # explain lies within a path of runs
    of_site = devices, drivers, runbooks, checks, schedules, templates
    of_the_service = metrics, nodes, logins, webhooks, hooks, keys, audit
    for room in (plugins, *of_runs, *of_site, *of_the_service):
        v1.include_router(room.router)
    return v1


def _signed() -> APIRouter:
    """Return what takes no key: there the signature of what is sent says who sends it."""
    signed = APIRouter(prefix=PREFIX, dependencies=[Depends(only_known_questions)], responses=openapi.PROBLEMS)
    signed.include_router(hooks.door)
    return signed


def _version() -> str:
    try:
        return version("netpulse")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
