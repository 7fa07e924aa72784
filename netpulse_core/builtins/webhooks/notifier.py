"""The notifier of webhooks."""

import json
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from netpulse_core import Endpoint, Outgoing, PluginSettings, errors
from netpulse_core.builtins.webhooks import signing
from netpulse_core.builtins.webhooks.addresses import resolved
from netpulse_core.builtins.webhooks.request import Answer, post
from netpulse_core.builtins.webhooks.settings import Settings, is_reference, url_problem

GONE = 410
"""How an endpoint says that it is to be sent nothing any more."""


class Webhooks:
    """Sends each delivery as one signed POST."""

    name = "webhooks"
    sentence = "events as signed HTTPS requests"

    def __init__(self, settings: PluginSettings[Settings]) -> None:
        self._settings = settings

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints of the site."""
        hooks = self._settings().endpoints
        return [Endpoint(name=name, shown=one.shown, kinds=one.kinds) for name, one in hooks.items()]

    def send(self, outgoing: Outgoing, secret: Callable[[str], str]) -> str:
        """Send one delivery; only an answer of 2xx says that it was taken."""
        settings = self._settings()
        hook = settings.endpoints[outgoing.endpoint]
        address = secret(hook.url).strip() if is_reference(hook.url) else hook.url
        if problem := url_problem(address, allow_http=settings.allow_http):
            raise errors.DeliveryFailed(problem)
        url = urlsplit(address)
        secure = url.scheme == "https"
        body = outgoing.body.encode()
        signed = signing.headers(outgoing.id, int(time.time()), body, [secret(one).strip() for one in hook.secrets])
        places = resolved(url.hostname or "", url.port or (443 if secure else 80), settings.allow_networks)
        context = _believed(settings.ca_file, _stamp(settings.ca_file)) if secure else None
        said = {"Content-Type": "application/json", "User-Agent": "NetPulse", **_cause(outgoing.body), **signed}
        answer = post(url, places, body, said, context)
        return _taken(answer)


def _cause(body: str) -> dict[str, str]:
    """Return the header that says which hooks led to what is told, so that none of them answers itself."""
    causes = json.loads(body).get("cause")
    return {"NetPulse-Cause": ", ".join(causes)} if causes else {}


@lru_cache(maxsize=2)
def _believed(ca_file: Path | None, stamp: object) -> ssl.SSLContext:
    """Return what certificates are judged by; made once, as reading all of the system's costs more than a delivery."""
    return ssl.create_default_context(cafile=ca_file)


def _stamp(ca_file: Path | None) -> object:
    """Return what changes with the file of certificates, so that a new one counts with the next delivery."""
    known = ssl.get_default_verify_paths()
    with suppress(OSError):
        state = Path(ca_file or known.cafile or known.capath or "").stat()
        return state.st_mtime_ns, state.st_size, state.st_ino
    return None


def _taken(answer: Answer) -> str:
    words = f"{answer.status} {answer.reason}".strip()
    if answer.status == GONE:
        raise errors.DeliveryFailed(f"answered {words}: it wants nothing more", retryable=False)
    if answer.status // 100 == 3:
        raise errors.DeliveryFailed(f"answered {words}, and redirects are not followed")
    if answer.status // 100 != 2:
        raise errors.DeliveryFailed(f"answered {words}")
    return words
