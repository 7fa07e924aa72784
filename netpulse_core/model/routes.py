"""What a route that a plugin adds to the REST service asks of its caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netpulse_core.errors import InvalidParameters, did_you_mean
from netpulse_core.model.roles import Permission

_MARK = "__netpulse_requires__"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission; `narrowed` says that the route itself shows a narrowed caller only what is there for it."""

    permission: Permission
    narrowed: bool = False


def requires[F: Callable[..., Any]](permission: str, *, narrowed: bool = False) -> Callable[[F], F]:
    """Declare what a route of a plugin needs: `@app.get("/owner")` above `@requires("site.read")` above the function.

    A narrowed caller is refused, because NetPulse cannot know what the route shows, unless `narrowed=True` says that
    the route looks at `request.state.caller` and judges by its scope. An ASGI application is marked, and then mounted.
    """
    known = {one.value for one in Permission}
    if permission not in known:
        raise InvalidParameters("requires", [f"no permission {permission!r}{did_you_mean(permission, known)}"])

    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, Need(Permission(permission), narrowed))
        return endpoint

    return mark


def need_of(endpoint: object) -> Need | None:
    """Return what was declared for an endpoint, None where nothing was."""
    found = getattr(endpoint, _MARK, None)
    return found if isinstance(found, Need) else None
