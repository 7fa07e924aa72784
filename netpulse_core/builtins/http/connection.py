"""The connection a task holds: JSON in, JSON out, below one device's base URL."""

import json
import time
from collections.abc import Mapping
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http import failures, paths
from netpulse_core.builtins.http.exchange import Answer, Exchange
from netpulse_core.builtins.http.options import Options
from netpulse_core.builtins.http.requests import Requests, check, shown

READ_TIMEOUT = 30.0
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


class HttpConnection:
    """One device's API: requests go one after the other over one kept-alive connection, each bounded as a whole."""

    def __init__(self, parameters: ConnectionParameters, options: Options) -> None:
        self.device = parameters.device
        self.base_path = options.base_path
        self._probe_path = options.probe_path
        self._requests = Requests(parameters, options)
        self._exchange = Exchange(parameters, options, self._requests.where)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self.device}, {self._requests.where}>"

    def get(self, path: str, **given: Any) -> Any:
        """Return what stands there: data where the answer is JSON, else text; None where it is empty.

        Every method takes `params` (the query), `headers` and `read_timeout` in seconds, for the whole answer.
        """
        return self.request("GET", path, **given)

    def head(self, path: str, **given: Any) -> dict[str, str]:
        """Return the headers of the answer, their names in small letters."""
        return dict(self.request("HEAD", path, **given))

    def options(self, path: str, **given: Any) -> dict[str, str]:
        """Return the headers of the answer; `allow` names what may be done with the path."""
        return dict(self.request("OPTIONS", path, **given))

    def post(self, path: str, body: Any = None, **given: Any) -> Any:
        """Send a body, JSON, and return the answer's."""
        return self.request("POST", path, body, **given)

    def put(self, path: str, body: Any = None, **given: Any) -> Any:
        """Put a body, JSON, there and return the answer's."""
        return self.request("PUT", path, body, **given)

    def patch(self, path: str, body: Any = None, **given: Any) -> Any:
        """Change what stands there and return the answer's body."""
        return self.request("PATCH", path, body, **given)

    def delete(self, path: str, body: Any = None, **given: Any) -> Any:
        """Delete what stands there and return the answer's body."""
        return self.request("DELETE", path, body, **given)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float = READ_TIMEOUT,
    ) -> Any:
        """Send any of GET, HEAD, OPTIONS, POST, PUT, PATCH and DELETE; no body is sent where it is None.

        Raises DeviceError: CommandRejected for a status of 3xx and 4xx (of a change not for 301, 302 and 408, after
        which it may stand), AuthenticationFailed for 401 and 403.
        """
        content = check(method, path, body, params, headers)
        request = self._requests.to(method, path, params=params, content=content, headers=headers)
        # a GET that runs a command is neither sent again nor led elsewhere
        reads = paths.is_read(paths.below(self.base_path, f"{method} {paths.joined(path, params)}"))
        return self._call(request, read_timeout, reads=reads)

    def call(self, body: Any, *, reads: bool, read_timeout: float = READ_TIMEOUT) -> Any:
        """Post a body to the base URL itself: for protocols that say in the body whether a call reads."""
        request = self._requests.to("POST", "", content=check("POST", "", body))
        return self._call(request, read_timeout, reads=reads)

    def probe(self, timeout: float) -> None:
        """Ask for a sign of life, and whether the credentials are taken, within this time.

        Where the inventory names a path, only success will do; the base itself may as well not be found.
        """
        wanted = self._probe_path
        request = self._requests.to("GET", wanted or "")
        with self._exchange.turn:
            answer = self._exchange.send(request, timeout, reads=True)
        bad = answer.status in (401, 403) or answer.status >= 500
        if bad or (wanted is not None and not 200 <= answer.status < 300):
            raise self._refused(request, answer)

    @property
    def alive(self) -> bool:
        """Whether it is neither closed nor broken off; a new TCP connection is made where one is needed."""
        return self._exchange.alive

    @property
    def at_rest(self) -> bool:
        """Whether no request is under way."""
        return self.alive and not self._exchange.turn.locked()

    def abort(self) -> None:
        """Break off whatever is under way, from any thread."""
        self._exchange.abort()

    def close(self) -> None:
        """Close it; a second time does nothing."""
        self._exchange.close()

    def _call(self, request: Any, timeout: float, *, reads: bool) -> Any:
        with self._exchange.turn:
            try:
                return self._answered(request, timeout, reads)
            except errors.DeviceError as error:
                if reads or self._exchange.sent_something or isinstance(error, errors.CommandRejected):
                    raise
                raise failures.NothingSent(f"nothing was sent: {error}", device=self.device, hint=error.hint) from error

    def _answered(self, request: Any, timeout: float, reads: bool) -> Any:
        """Return the data of the answer, after following a read to where the device says it is."""
        until = time.monotonic() + timeout
        answer = self._exchange.send(request, timeout, reads=reads)
        for _ in range(_MOST_REDIRECTS):
            if not reads or request.method not in paths.READS or answer.status not in _REDIRECTS:
                break
            request = self._requests.redirected(request, answer.headers.get("location", ""))
            answer = self._exchange.send(request, until - time.monotonic(), reads=reads)
        if answer.status == 303 and not reads:
            return None  # done, and the result stands elsewhere (RFC 9110, section 15.4.4)
        if not 200 <= answer.status < 300:
            raise self._refused(request, answer, reads=reads)
        if request.method in ("HEAD", "OPTIONS"):
            return {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        return self._data(request, answer)

    def _data(self, request: Any, answer: Answer) -> Any:
        kind, body = answer.headers.get("content-type", ""), answer.body
        if not body.strip():
            return None
        if kind and "json" not in kind.lower():
            return body.decode("utf-8", "replace")
        try:
            return json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            if not kind:
                return body.decode("utf-8", "replace")
            # said without the parser's own words, which quote the body
            raise errors.DeviceError(
                f"{shown(request)} was answered with what is not JSON, though it says so", device=self.device
            ) from None

    def redacted(self, text: str) -> str:
        """Return a text of the device's with our own credentials taken out of it."""
        return self._requests.redacted(text)

    def _refused(self, request: Any, answer: Answer, *, reads: bool = True) -> errors.DeviceError:
        told = (answer.status, answer.body, shown(request), self.device, self.redacted)
        if answer.status in _REDIRECTS and self._requests.only_to_https(request, answer.headers.get("location", "")):
            return failures.over_https(*told)
        return failures.of_status(*told, reads=reads)


def _no_number(word: str) -> float:
    raise ValueError(word)
