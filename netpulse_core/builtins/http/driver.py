"""The driver `http`: JSON APIs over HTTPS, one kept-alive connection a session."""

from collections.abc import Mapping
from typing import Any

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.builtins.http import failures, paths
from netpulse_core.builtins.http.connection import HttpConnection
from netpulse_core.builtins.http.options import Options
from netpulse_core.builtins.http.requests import check

_VERBS = ("get", "head", "options", "post", "put", "patch", "delete")


class Http(Driver):
    """Sessions with JSON APIs; a request is judged by its method."""

    name = "http"
    sentence = "JSON APIs over HTTPS, with a token or basic authentication"
    # `lines` sees a request before the gate does: one that cannot be made never crosses it.
    commands = frozenset({*_VERBS, "request"})
    inert = frozenset({"device"})

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Return a connection whose credentials the device has taken, as far as one request can tell."""
        parameters.refuse_jump_hosts(self.name)
        connection = HttpConnection(parameters, Options.of(parameters))
        try:
            with failures.at_the_door():
                connection.probe(timeout)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self, connection: Any) -> None:
        """Close the TCP connection; HTTP has no goodbye."""
        connection.close()

    def abort(self, connection: Any) -> None:
        """Shut the socket down; who waits for an answer gets SessionLost."""
        connection.abort()

    def alive(self, connection: Any) -> bool:
        """Whether it may be used: each request stands alone, and makes a TCP connection where the last one ended."""
        return bool(connection.alive)

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Ask for `probe_path`."""
        connection.probe(timeout)

    def at_rest(self, connection: Any) -> bool:
        """Whether no request is under way."""
        return bool(connection.at_rest)

    def device_session(self, connection: Any) -> str | None:
        """Return None: a device keeps no session of a request."""
        return None

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return `METHOD /path?query`; a request that cannot be made is refused."""
        names = ("method", "path", "body") if method == "request" else ("path", "body")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        verb = given.get("method") if method == "request" else method.upper()
        path, params = given.get("path"), given.get("params")
        # looked at here: within the call, after the gate, a misspelt argument would put the change in doubt
        if unknown := sorted(set(given) - {*names, "params", "headers", "read_timeout"}):
            raise errors.InvalidParameters(method, [f"{one}: there is no such argument" for one in unknown])
        seconds = given.get("read_timeout", 1.0)
        if not isinstance(seconds, int | float) or not seconds > 0:
            raise errors.InvalidParameters(method, ["read_timeout: seconds, more than none"])
        check(verb, path, given.get("body"), params, given.get("headers"))
        return (f"{verb} {paths.joined(str(path), params)}",)

    def whole(self, connection: Any, line: str) -> str:
        """Return the request with the base path before its own: a server takes its command from both."""
        return paths.below(connection.base_path, line)

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether the request only reads."""
        return paths.is_read(line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say what httpx raises as ours; the connection does so already."""
        ours = isinstance(error, errors.DeviceError) or type(error).__module__.startswith(("httpx", "httpcore"))
        return failures.of_transport(error, device, self.name) if ours else None
