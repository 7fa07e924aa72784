"""Requests below one base URL, with the credentials of one device: nothing of a task leads them elsewhere."""

import json
from collections.abc import Mapping
from typing import Any

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http import paths
from netpulse_core.builtins.http.options import Options, header_problems

_MASK = "********"


class Requests:
    """Builds the requests of one device."""

    def __init__(self, parameters: ConnectionParameters, options: Options) -> None:
        import httpx  # noqa: PLC0415

        self._device = parameters.device
        self._options = options
        self._identifying, self._secrets = options.credentials(parameters)
        self._base = httpx.URL(
            scheme=options.scheme, host=parameters.address, port=parameters.port, path=options.base_path.rstrip("/")
        )

    @property
    def where(self) -> str:
        """Scheme, address and port, as errors name them."""
        return f"{self._base.scheme}://{self._base.netloc.decode()}"

    def to(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Return a request for a path below the base."""
        raw_path = self._base.raw_path.rstrip(b"/").decode() + paths.joined(path, params)
        return self._built(method, self._base.copy_with(raw_path=(raw_path or "/").encode()), content, headers or {})

    def redirected(self, sent: Any, location: str) -> Any:
        """Return the request that a redirect asks for, if it stays on this device, below the base, and reads."""
        import httpx  # noqa: PLC0415

        try:
            url = sent.url.join(location)
        except (httpx.InvalidURL, ValueError):
            raise self._no_way(sent, "an address that is none") from None
        if (url.scheme, url.netloc, url.userinfo) != (self._base.scheme, self._base.netloc, b""):
            raise self._no_way(sent, f"{url.scheme}://{url.host}, where these credentials do not go")
        base = self._base.path.rstrip("/")
        if not f"{url.path}/".startswith(f"{base}/"):
            raise self._no_way(sent, f"{url.path}, which is not below {base}")
        if not paths.is_read(f"{sent.method} {url.raw_path.decode()}"):
            raise self._no_way(sent, f"{url.path}, which may do more than read")
        return self._built(sent.method, url, b"", {})

    def only_to_https(self, sent: Any, location: str) -> bool:
        """Whether a redirect asks for the very same over HTTPS: a server that sends all there has done nothing yet."""
        import httpx  # noqa: PLC0415

        try:
            url = sent.url.join(location)
        except (httpx.InvalidURL, ValueError):
            return False
        same = (url.host, url.raw_path, url.userinfo) == (sent.url.host, sent.url.raw_path, b"")
        return same and (sent.url.scheme, url.scheme) == ("http", "https")

    def redacted(self, text: str) -> str:
        """Return a text of the device's with our own credentials taken out of it."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text

    def _built(self, method: str, url: Any, content: bytes, given: Mapping[str, str]) -> Any:
        import httpx  # noqa: PLC0415

        headers = httpx.Headers({"Accept": "application/json", "User-Agent": "netpulse"})
        if content:
            headers["Content-Type"] = "application/json"
        for more in (self._options.headers, given, self._identifying):  # who we are is set last
            headers.update(more)
        headers["Accept-Encoding"] = "identity"  # a few bytes could unfold to gigabytes
        asked = {"sni_hostname": self._options.server_name} if self._options.server_name else {}
        return httpx.Request(method, url, content=content or None, headers=headers, extensions=asked)

    def _no_way(self, sent: Any, where: str) -> errors.CommandRejected:
        return errors.CommandRejected(f"{shown(sent)} was redirected to {where}", device=self._device)


def shown(request: Any) -> str:
    """Return a request in words; its query may hold a key, and is left out."""
    return f"{request.method} {request.url.path}"


def check(method: Any, path: Any, body: Any, params: Any = None, headers: Any = None) -> bytes:
    """Return the body as it is sent; raise InvalidParameters for a request that cannot be made."""
    problems = [f"path: {why}" for why in paths.problems(path)]
    if method not in paths.METHODS:
        problems.append(f"method: one of {', '.join(sorted(paths.METHODS))}, in capitals")
    if params is not None and not isinstance(params, Mapping):
        problems.append("params: names with values")
    elif params and "?" in str(path):
        problems.append("params: the path holds a query already")
    if body is not None and method in paths.READS:
        problems.append("body: a request that reads has none")
    if headers is not None:
        given = header_problems(headers) if isinstance(headers, Mapping) else ["names with values"]
        problems.extend(f"headers: {why}" for why in given)
    content = b""
    try:
        content = b"" if body is None else json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        problems.append(f"body: JSON cannot say it ({type(error).__name__})")
    if problems:
        raise errors.InvalidParameters("request", problems)
    return content
