"""The process `netpulse api`."""

import signal
import threading
from collections.abc import Callable

from netpulse_core.api.server import Server
from netpulse_core.controller import opened
from netpulse_core.incoming.files import require_secrets
from netpulse_core.settings import Settings


def run(settings: Settings, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Answer until SIGTERM or SIGINT; `ready` is told the URL."""
    require_secrets(settings.site)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    found = opened(settings, stop.wait)
    if found is None:
        return
    with found as netpulse:
        server = Server(netpulse, host=settings.host, port=settings.port)
        server.start()
        ready(server.url)
        stop.wait()
        server.stop()
