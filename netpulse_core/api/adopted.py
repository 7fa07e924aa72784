"""Routes that plugins add: none is served whose permission was not declared, and each is held to it like our own."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from netpulse_core.api.identity import who_asks
from netpulse_core.api.limits import only_known_questions
from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotPermitted, PluginError
from netpulse_core.model.routes import Need, need_of


class Adopting:
    """Looks at an application after each plugin has adjusted it."""

    def __init__(self, app: FastAPI) -> None:
        self._router = app.router
        self._placed: Sequence[BaseRoute] = list(app.router.routes)
        self._known = list(_leaves(app.router))

    def adopt(self, plugin: str) -> None:
        """Guard the routes this plugin has added; raise PluginError for one that declares nothing, or hides ours."""
        routes, placed = self._router.routes, self._placed
        if len(routes) < len(placed) or any(one is not known for one, known in zip(routes, placed, strict=False)):
            raise PluginError(
                f"plugin {plugin} takes away routes of NetPulse, or puts some before them", plugin=plugin, hint=_HINT
            )
        known = {id(leaf) for leaf in self._known}
        leaves = list(_leaves(self._router))  # all of them: a route may have been put into a router that is known
        for leaf in leaves:
            if id(leaf) not in known:
                _guard(leaf, plugin, alone=any(leaf is route for route in routes))
        self._placed, self._known = list(routes), leaves


def _leaves(router: APIRouter) -> Iterator[BaseRoute]:
    """Yield the routes of a router and of those it includes, pages served where no route matches among them."""
    for route in (*router.routes, *router._low_priority_routes):
        included: APIRouter | None = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from _leaves(included)


def _guard(route: BaseRoute, plugin: str, *, alone: bool) -> None:
    need = need_of(getattr(route, "endpoint", None) or getattr(route, "app", None))
    # Within a router of its own only FastAPI's routes stay the objects that are guarded here.
    if need is None or not isinstance(route, Route | Mount if alone else APIRoute):
        path = getattr(route, "path", "a route")
        raise PluginError(
            f"plugin {plugin} adds {path} without saying which permission it needs: nobody would be let in",
            plugin=plugin,
            hint=_HINT,
        )
    if not isinstance(route.handle, _Guarded):  # it is where a module's router is part of a second application
        setattr(route, "handle", _Guarded(route.handle, need))  # noqa: B010  it is a method there


_HINT = 'write `@requires("site.read")` beneath `@app.get(...)`; docs/plugin-authors.md shows how'


class _Guarded:
    """An endpoint behind the questions that every route of NetPulse's own asks."""

    def __init__(self, app: ASGIApp, need: Need) -> None:
        self._app, self._need = app, need

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotPermitted("only requests are let through to a plugin's route", permission="none")
        request = Request(scope, receive)
        netpulse: NetPulse = request.app.state.netpulse
        caller, access = await who_asks(request), netpulse.access
        need, thing = self._need, f"{request.method} {request.url.path}"
        if not access.permits(caller, need.permission):
            await run_in_threadpool(access.require, caller, need.permission, thing)
        if caller.scope.narrow and not need.narrowed:
            why = f"{caller.name} is narrowed, and what this route of a plugin shows is not judged by that"
            await run_in_threadpool(access.refuse, caller, need.permission.value, why, thing, hint="use a key without")
        await only_known_questions(request)
        request.state.caller = caller
        await self._app(scope, receive, send)
